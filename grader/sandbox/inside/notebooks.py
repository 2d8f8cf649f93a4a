"""Notebooks that are imported as modules, and the packages that teach Python to do it.

A notebook handed in along is found under its name wherever a module would be found; for
``import_ipynb``, ``importnb``, ``nbimporter`` and ``ipynb.fs`` there are small modules of
our own where they are not installed.
"""

from __future__ import annotations

import ast
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import json
import linecache
import os
import sys
import types
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from .limits import TimeLimit
from .notebook import StudentShell
from .partial import Partial
from .standins import Needs, Origin, StandIn, say

_FILES: Final = "ipynb.fs."  # the package under which all files are modules
_TOOLS: Final = frozenset(
    "import_ipynb importnb nbimporter znipy nbformat ipynb ipynb.fs ipynb.fs.full "
    "ipynb.fs.defs".split()
)
_KEPT: Final = (
    ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef,
)  # fmt: skip


def code_cells(path: str) -> list[str]:
    """The code cells of a notebook of any format."""
    return [str(cell["source"]) for cell in _read(path)["cells"] if cell["cell_type"] == "code"]


def _read(path: str) -> dict[str, Any]:
    """A notebook as format 4 has it, sources as one text each."""
    text = Path(path).read_text(encoding="utf-8-sig", errors="replace")
    document: dict[str, Any] = json.loads(text, strict=False)
    sheets = document.get("worksheets") or [{}]
    cells = document.get("cells", sheets[0].get("cells", []))
    for cell in cells:
        source = cell.get("source", cell.get("input", ""))
        cell["source"] = source if isinstance(source, str) else "".join(source)
    return {**document, "cells": cells}


class Finder(importlib.abc.MetaPathFinder):
    """Finds notebooks and the packages that import them, where nobody else finds a module."""

    def __init__(
        self, shell: StudentShell, *, is_student: Callable[[str], bool], partial: Partial
    ) -> None:
        self._shell = shell
        self._is_student = is_student
        self._partial = partial

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: types.ModuleType | None = None,
    ) -> importlib.machinery.ModuleSpec | None:
        """A notebook's, or a tool's; None where there is neither."""
        if spec := self._student_finds(fullname, path):
            return spec
        if fullname in _TOOLS:
            loader = _Tool(self._shell)
            return importlib.machinery.ModuleSpec(fullname, loader, is_package=True)
        if fullname.startswith(_FILES):
            return self._find_file(fullname)
        places = sys.path if path is None else path
        found = self._notebook(places, fullname.rpartition(".")[2])
        return self._spec(fullname, found) if found else None

    def _student_finds(
        self, fullname: str, path: Sequence[str] | None
    ) -> importlib.machinery.ModuleSpec | None:
        """What a finder of the student's own finds: it was added behind all of ours."""
        for finder in sys.meta_path[sys.meta_path.index(self) + 1 :]:
            # Not an installed package's: ours copes with more.
            code = getattr(getattr(finder, "find_spec", None), "__code__", None)
            if code is not None and self._is_student(code.co_filename):
                spec = finder.find_spec(fullname, path)
                if spec is not None:
                    return spec
        return None

    def _notebook(self, places: Iterable[str], name: str) -> str | None:
        for place in places:
            for file in dict.fromkeys((f"{name}.ipynb", f"{name.replace('_', ' ')}.ipynb")):
                found = os.path.abspath(os.path.join(place, file))
                if self._is_student(found) and os.path.isfile(found):
                    return found
        return None

    def _spec(
        self, fullname: str, found: str, *, definitions: bool = False
    ) -> importlib.machinery.ModuleSpec | None:
        tool = sys.modules.get("nbimporter")
        options = getattr(tool, "options", None)
        if isinstance(options, dict) and options.get("only_defs"):
            definitions = True
        loader = _Notebook(self._shell, found, self._partial, definitions=definitions)
        return importlib.util.spec_from_file_location(fullname, found, loader=loader)

    def _find_file(self, fullname: str) -> importlib.machinery.ModuleSpec | None:
        """A notebook, module or folder of the student's under its name in ``ipynb.fs``."""
        kind, _, rest = fullname.removeprefix(_FILES).partition(".")
        if kind not in ("full", "defs"):
            return None
        *folders, name = rest.split(".")
        places = [os.path.join(place, *folders) for place in sys.path]
        if found := self._notebook(places, name):
            return self._spec(fullname, found, definitions=kind == "defs")
        for place in places:
            path = os.path.abspath(os.path.join(place, name))
            if self._is_student(path) and os.path.isfile(path + ".py"):
                return importlib.util.spec_from_file_location(fullname, path + ".py")
            if self._is_student(path) and os.path.isdir(path):
                return importlib.machinery.ModuleSpec(fullname, None, is_package=True)
        return None


class _Notebook(importlib.abc.Loader):
    """Runs a notebook's code cells in a module; the first error ends the import."""

    def __init__(
        self, shell: StudentShell, path: str, partial: Partial, *, definitions: bool
    ) -> None:
        self._shell = shell
        self._path = path
        self._partial = partial
        self._definitions = definitions

    def exec_module(self, module: types.ModuleType) -> None:
        namespace = vars(module)
        namespace["get_ipython"] = self._shell.get_ipython
        # Magics are to act on the module.
        outer, self._shell.user_ns = self._shell.user_ns, namespace
        try:
            cells = self._cells()
            for name, tree in cells:
                try:
                    exec(compile(tree, name, "exec", dont_inherit=True), namespace)
                except TimeLimit as limit:
                    self._partial.complete(namespace, [(name, tree), *cells], limit)
        finally:
            self._shell.user_ns = outer

    def _cells(self) -> Iterator[tuple[str, ast.Module]]:
        for number, source in enumerate(code_cells(self._path), start=1):
            plain, _ = self._shell.without_cell_magic(source)
            transformed = self._shell.transform_cell(plain)
            name = f"{self._path}, cell {number}"
            lines = transformed.splitlines(keepends=True)
            linecache.cache[name] = len(transformed), None, lines, name
            tree = ast.parse(transformed, name)
            if self._definitions:
                tree.body = [node for node in tree.body if _is_definition(node)]
            yield name, tree


def _is_definition(node: ast.stmt) -> bool:
    """What is run of a notebook of which only the definitions are wanted."""
    if isinstance(node, ast.Assign):
        return all(isinstance(target, ast.Name) and target.id.isupper() for target in node.targets)
    return isinstance(node, _KEPT)


class Importer:
    """``importnb.Notebook`` and its like: with all of them the import itself does the work."""

    def __init__(self, path: object = None, **options: object) -> None:
        if isinstance(path, str):
            vars(self)["load_module"] = lambda name=path: Importer.load(name)

    def __enter__(self) -> Importer:
        return self

    def __exit__(self, *exception: object) -> None:
        return None

    def find_spec(self, *arguments: object) -> None:
        """As a finder it leaves all to ours."""

    @staticmethod
    def load(name: object) -> types.ModuleType:
        """A notebook as a module, by its file or by its module's name."""
        text = os.fspath(name) if isinstance(name, os.PathLike) else str(name)
        if not text.endswith(".ipynb"):
            return importlib.import_module(text)
        folder, file = os.path.split(text)
        sys.path.insert(0, os.path.abspath(folder))
        try:
            return importlib.import_module(file.removesuffix(".ipynb").replace(" ", "_"))
        finally:
            sys.path.pop(0)

    load_file = load_module = from_filename = load


class _Tool(importlib.abc.Loader):
    """Makes a small module in place of a package that imports notebooks."""

    def __init__(self, shell: StudentShell) -> None:
        self._shell = shell

    def exec_module(self, module: types.ModuleType) -> None:
        name = module.__name__
        found: dict[str, Any] = {
            "__getattr__": lambda attribute: _other(name, attribute),
            **dict.fromkeys(("Notebook", "NotebookLoader", "NotebookFinder"), Importer),
            **dict.fromkeys(("Partial", "Lazy", "Execute"), Importer),
        }
        if name == "nbimporter":
            found["options"] = {"only_defs": True}
        if name == "ipynb.fs":
            # From here on the notebook may write ``from .full.other import name``.
            self._shell.user_ns["__package__"] = name
        if name == "nbformat":
            found |= {"read": _nbformat_read, "reads": _nbformat_reads, "NO_CONVERT": object()}
        vars(module).update(found)


def _other(module: str, attribute: str) -> StandIn:
    if attribute.startswith("__"):
        raise AttributeError(attribute)
    note = say("This needs {name}, which {package} does not have.", name=attribute, package=module)
    return StandIn(f"{module}.{attribute}", Origin(note, Needs()))


class _Node(dict[str, Any]):
    """A part of a notebook, as ``nbformat`` gives it: its keys are attributes too."""

    __getattr__ = dict.__getitem__


def _nbformat_read(file: Any, as_version: int = 4, **options: Any) -> _Node:
    return _nbformat_reads(file.read() if hasattr(file, "read") else Path(file).read_text("utf-8"))


def _nbformat_reads(text: str, as_version: int = 4, **options: Any) -> _Node:
    document: _Node = json.loads(text, object_hook=_Node)
    for cell in document["cells"]:
        cell["source"] = "".join(cell["source"])
    return document
