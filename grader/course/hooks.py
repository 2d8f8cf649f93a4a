"""All that is changed of this whole process for the sake of test files, and put back afterwards.

Test files import their course's own files by name, and Otter, which need not be installed; their
data is one for all submissions.  So what they find, and have, is put in place while they are read
or run, and nothing of it stays, whatever is raised.  Not for threads.
"""

from __future__ import annotations

import copy
import importlib
import importlib.util
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, chdir, contextmanager, suppress
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import numpy as np

from grader.course import otterless

#: The packages of a course that its files may import.
COURSE: Final = ("reference", "assignments")
#: Otter's packages on the way to what test files import, and which module brings that alone.
_OTTERS: Final = {"otter": {}, "otter.test_files": {"test_case": "exception_test"}}
#: What was imported of a course, by its root, or to read test files: it is not executed again.
_kept: dict[Path | str, dict[str, ModuleType]] = {}


@contextmanager
def course(
    root: Path, *, data: Iterable[dict[str, Any]] = (), is_working: bool = False
) -> Iterator[None]:
    """While it lasts, what test files import of their course is that of the course at ``root``.

    That are ``reference``, ``assignments``, and whatever else lies there and has no other's name.
    ``data`` are global names of test files (:func:`data_of`): arrays, lists, dicts and sets among
    them are copies meanwhile.  Where it ``is_working``, ``root`` is the working folder, too.
    """
    with ExitStack() as stack:
        stack.enter_context(_importable(root))
        if is_working:
            stack.enter_context(chdir(root))
        for names in data:
            stack.enter_context(_copied(names))
        yield


@contextmanager
def otter() -> Iterator[None]:
    """While it lasts, test files can import what they need of Otter, installed or not.

    Otter itself is let be, where it is in this process, or more of it is asked for.
    """
    if "otter" in sys.modules:
        yield
        return
    _put_otter()
    try:
        yield
    finally:
        package = sys.modules["otter"]
        if isinstance(package, _Package) or package.__spec__ is None:
            _kept["otter"] = {n: m for n, m in sys.modules.items() if _top(n) == "otter"}
            _take_out(_kept["otter"])


def use_otter() -> None:
    """Have Otter itself in this process from now on, if it is installed."""
    if "otter" not in sys.modules:
        _put_otter()
        if sys.modules["otter"].__spec__ is None:
            _take_out(otterless.modules())


def data_of(functions: Iterable[Callable[..., object]]) -> list[dict[str, Any]]:
    """The global names of the files in which these test cases' functions are, each file's once."""
    spaces: dict[int, dict[str, Any]] = {}
    for function in functions:
        space = getattr(getattr(function, "scenario", function), "__globals__", None)
        if isinstance(space, dict):
            spaces[id(space)] = space
    return list(spaces.values())


@contextmanager
def _importable(root: Path) -> Iterator[None]:
    path = sys.path[:]
    loaded = [(name, module) for name, module in sys.modules.items() if _top(name) in COURSE]
    others = {name: module for name, module in loaded if not _is_of(root, name, module)}
    _take_out(others)
    known = set(sys.modules)
    for name, module in _kept.get(root, {}).items():
        sys.modules.setdefault(name, module)
    sys.path.insert(0, str(root))
    importlib.invalidate_caches()  # a file may just have been written
    try:
        yield
    finally:
        _kept.setdefault(root, {}).update(_come_since(known, root))
        _take_out(_kept[root].keys() - known)
        sys.path[:] = path
        sys.modules.update(others)


def _come_since(known: set[str], root: Path) -> dict[str, ModuleType]:
    """The modules of a course that were not in this process before."""
    tops = set(map(_top, known))
    new = {name: sys.modules[name] for name in sys.modules.keys() - known}
    return {n: m for n, m in new.items() if _top(n) not in tops and _is_of(root, n, m)}


def _is_of(root: Path, name: str, module: ModuleType) -> bool:
    """Whether a module is what lies under its name in ``root``."""
    for place in (getattr(module, "__file__", None), *getattr(module, "__path__", ())):
        resolved = Path(place or "/").resolve()
        if resolved != root and resolved.is_relative_to(root):
            return resolved.relative_to(root).parts[0].removesuffix(".py") == _top(name)
    return False


def _top(name: str) -> str:
    return name.partition(".")[0]


def _take_out(names: Iterable[str]) -> None:
    for name in names:
        sys.modules.pop(name, None)


@contextmanager
def _copied(names: dict[str, Any]) -> Iterator[None]:
    """While it lasts, arrays, lists, dicts and sets among global names are copies."""
    before = names.copy()
    for name, value in before.items():
        if not name.startswith("__") and type(value) in (np.ndarray, list, dict, set):
            with suppress(Exception):  # what has no copy cannot be sent to a student either
                names[name] = copy.deepcopy(value)
    try:
        yield
    finally:
        for name in names.keys() - before.keys():
            del names[name]
        names.update(before)


class _Package(ModuleType):
    """A package of Otter's whose ``__init__`` is executed when anything else of it is asked for.

    Those import pandas, nbconvert and IPython, half a second, which the reading of test files
    does not need; ``otter.Notebook`` and ``from otter import api`` work as ever.
    """

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name != "__all__":
            raise AttributeError(name)
        module = _OTTERS[self.__name__].get(name)
        if module is not None:
            return getattr(importlib.import_module(f"{self.__name__}.{module}"), name)
        if self.__spec__ is None or self.__spec__.loader is None:
            raise AttributeError(name)
        self.__class__ = ModuleType  # type: ignore[assignment]
        self.__spec__.loader.exec_module(self)
        return getattr(self, name)


def _put_otter() -> None:
    """Put Otter's packages in place, not executed yet, or what stands for them."""
    if "otter" in _kept:
        sys.modules.update(_kept.pop("otter"))
        return
    for name in _OTTERS:
        spec = importlib.util.find_spec(name)
        if spec is None:
            sys.modules.update(otterless.modules())
            return
        package = _Package(name)
        package.__spec__, package.__loader__ = spec, spec.loader
        package.__package__, package.__file__ = name, spec.origin
        package.__path__ = spec.submodule_search_locations or []
        sys.modules[name] = package
        parent, _, own = name.rpartition(".")
        if parent:
            setattr(sys.modules[parent], own, package)
