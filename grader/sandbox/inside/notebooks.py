"""Imports notebooks as modules, and replaces the packages that do so.

Another notebook that was handed in is found by its name wherever a module would be.  Small
modules take the place of ``import_ipynb``, ``importnb``, ``nbimporter`` and ``ipynb.fs`` if these
are not installed.
"""

from __future__ import annotations

import ast
import importlib
import importlib.abc
import importlib.util
import json
import linecache
import os
import sys
import types
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any, Final

from .definitions import ALWAYS
from .equivalents import nothing
from .limits import TimeLimit
from .notebook import StudentShell
from .partial import Partial
from .standins import Needs, Origin, StandIn, say

_FILES: Final = "ipynb.fs."  # the package in which all files are modules
_TOOLS: Final = frozenset(
    "import_ipynb importnb nbimporter znipy nbformat ipynb ipynb.fs ipynb.fs.full "
    "ipynb.fs.defs".split()
)


def code_cells(path: str) -> list[str]:
    """Return the sources of the code cells of a notebook of any format."""
    text = Path(path).read_text(encoding="utf-8-sig", errors="replace")
    document: dict[str, Any] = json.loads(text, strict=False)
    sheets = document.get("worksheets") or [{}]  # before format 4
    cells = document.get("cells", sheets[0].get("cells", []))
    return [
        "".join(cell.get("source", cell.get("input", "")))
        for cell in cells
        if cell["cell_type"] == "code"
    ]


@dataclass(eq=False)
class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds notebooks if no other finder has the module, and replaces packages that do so."""

    shell: StudentShell
    is_student: Callable[[str], bool]
    partial: Partial

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: object = None
    ) -> ModuleSpec | None:
        """Return the spec of a notebook or of a package that imports them, or None."""
        if spec := self._student_finds(fullname, path):
            return spec
        if fullname in _TOOLS:
            return ModuleSpec(fullname, self, is_package=True)
        if fullname.startswith(_FILES):
            return self._find_file(fullname)
        places = sys.path if path is None else path
        found = self._notebook(places, fullname.rpartition(".")[2])
        return self._spec(fullname, found) if found else None

    def _student_finds(self, fullname: str, path: Sequence[str] | None) -> ModuleSpec | None:
        """Return what the student's own finders find, which come after this one."""
        for finder in sys.meta_path[sys.meta_path.index(self) + 1 :]:
            # Not those of installed packages: this one copes with more notebooks.
            code = getattr(getattr(finder, "find_spec", None), "__code__", None)
            own = code is not None and self.is_student(code.co_filename)
            if own and (spec := finder.find_spec(fullname, path)):
                return spec
        return None

    def _notebook(self, places: Iterable[str], name: str) -> str | None:
        for place in places:
            for file in dict.fromkeys((f"{name}.ipynb", f"{name.replace('_', ' ')}.ipynb")):
                found = os.path.abspath(os.path.join(place, file))
                if self.is_student(found) and os.path.isfile(found):
                    return found
        return None

    def _spec(self, fullname: str, found: str, *, definitions: bool = False) -> ModuleSpec | None:
        options = getattr(sys.modules.get("nbimporter"), "options", None)
        if isinstance(options, dict) and options.get("only_defs"):
            definitions = True
        loader = _Notebook(self.shell, found, self.partial, definitions)
        return importlib.util.spec_from_file_location(fullname, found, loader=loader)

    def _find_file(self, fullname: str) -> ModuleSpec | None:
        """Return the spec of a student's notebook, module or folder by its name in ``ipynb.fs``."""
        kind, _, rest = fullname.removeprefix(_FILES).partition(".")
        if kind not in ("full", "defs"):
            return None
        *folders, name = rest.split(".")
        places = [os.path.join(place, *folders) for place in sys.path]
        if found := self._notebook(places, name):
            return self._spec(fullname, found, definitions=kind == "defs")
        for place in places:
            path = os.path.abspath(os.path.join(place, name))
            if self.is_student(path) and os.path.isfile(path + ".py"):
                return importlib.util.spec_from_file_location(fullname, path + ".py")
            if self.is_student(path) and os.path.isdir(path):
                return ModuleSpec(fullname, None, is_package=True)
        return None

    def exec_module(self, module: types.ModuleType) -> None:
        """Fill a module that takes the place of a package which imports notebooks."""
        name = module.__name__
        kinds = "Notebook NotebookLoader NotebookFinder Partial Lazy Execute".split()
        found: dict[str, Any] = dict.fromkeys(kinds, Importer)
        found["__getattr__"] = lambda attribute: _other(name, attribute)
        if name == "nbimporter":
            found["options"] = {"only_defs": True}
        if name == "ipynb.fs":
            # Allows ``from .full.other import name`` in the notebook.
            self.shell.user_ns["__package__"] = name
        if name == "nbformat":
            found |= {"read": _nbformat_read, "reads": _nbformat_reads, "NO_CONVERT": object()}
        vars(module).update(found)


@dataclass(eq=False)
class _Notebook(importlib.abc.Loader):
    """Runs a notebook's code cells in a module; the first error ends the import."""

    shell: StudentShell
    path: str
    partial: Partial
    definitions: bool

    def exec_module(self, module: types.ModuleType) -> None:
        namespace = vars(module)
        namespace["get_ipython"] = self.shell.get_ipython
        # Magics act on the module's names.
        outer, self.shell.user_ns = self.shell.user_ns, namespace
        try:
            cells = self._cells()
            for name, tree in cells:
                try:
                    exec(compile(tree, name, "exec", dont_inherit=True), namespace)
                except TimeLimit as limit:
                    self.partial.complete(namespace, [(name, tree), *cells], limit)
        finally:
            self.shell.user_ns = outer

    def _cells(self) -> Iterator[tuple[str, ast.Module]]:
        for number, source in enumerate(code_cells(self.path), start=1):
            plain, _ = self.shell.without_cell_magic(source)
            transformed = self.shell.transform_cell(plain)
            name = f"{self.path}, cell {number}"
            lines = transformed.splitlines(keepends=True)
            linecache.cache[name] = len(transformed), None, lines, name
            tree = ast.parse(transformed, name)
            if self.definitions:
                tree.body = [node for node in tree.body if _is_definition(node)]
            yield name, tree


def _is_definition(node: ast.stmt) -> bool:
    """Whether nbimporter and ``ipynb.fs.defs`` run the statement: definitions and constants."""
    if isinstance(node, ast.Assign):
        return all(isinstance(target, ast.Name) and target.id.isupper() for target in node.targets)
    return isinstance(node, ALWAYS)


class Importer:
    """``importnb.Notebook`` and similar classes, whose work the import itself does."""

    def __init__(self, path: object = None, **options: object) -> None:
        if isinstance(path, str):
            vars(self)["load_module"] = lambda name=path: Importer.load(name)

    def __enter__(self) -> Importer:
        return self

    __exit__ = find_spec = nothing  # as a finder, it leaves notebooks to the one above

    @staticmethod
    def load(name: object) -> types.ModuleType:
        """Return a notebook as a module, by its file or its module's name."""
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


def _other(module: str, attribute: str) -> StandIn:
    if attribute.startswith("__"):
        raise AttributeError(attribute)
    note = say("This needs {name}, which {package} does not have.", name=attribute, package=module)
    return StandIn(f"{module}.{attribute}", Origin(note, Needs()))


class _Node(dict[str, Any]):
    """A part of a notebook as from ``nbformat``: its keys are attributes, too."""

    __getattr__ = dict.__getitem__


def _nbformat_read(file: Any, as_version: int = 4, **options: Any) -> _Node:
    return _nbformat_reads(file.read() if hasattr(file, "read") else Path(file).read_text("utf-8"))


def _nbformat_reads(text: str, as_version: int = 4, **options: Any) -> _Node:
    document: _Node = json.loads(text, object_hook=_Node)
    for cell in document["cells"]:
        cell["source"] = "".join(cell["source"])
    return document
