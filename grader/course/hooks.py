"""Changes of the whole process that test files need, and that are undone afterwards.

Test files import their course's own files by name, and Otter, which may not be installed; and
all submissions share their data.  So modules and copies of the data are put in place while test
files are read or run, and all is undone at the end, whatever is raised.  Not for threads.
"""

from __future__ import annotations

import copy
import importlib
import importlib.util
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, chdir, contextmanager, nullcontext
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any, Final

import numpy as np

from grader.course import otterless
from grader.errors import log

#: The packages of a course that its files may import.
COURSE: Final = ("reference", "assignments")
#: Otter's packages that test files import from, and the module that holds a name.
_OTTERS: Final = {"otter": {}, "otter.test_files": {"test_case": "exception_test"}}
Data = tuple[dict[str, Any], set[str]]  #: a file's global names, and those that tests may change
#: Modules imported from a course, by its root, or to read test files: not executed again.
_kept: dict[Path | str, dict[str, ModuleType]] = {}


@contextmanager
def course(root: Path, *, data: Iterable[Data] = (), is_working: bool = False) -> Iterator[None]:
    """Within it, test files import from the course at ``root``.

    They find ``reference``, ``assignments``, and whatever else is there and not yet imported.
    Arrays, lists, dicts and sets among the ``data`` of test files (:func:`data_of`) are copies
    meanwhile, and their global names have their old values afterwards.  If ``is_working``,
    ``root`` is also the working folder.
    """
    with _importable(root), chdir(root) if is_working else nullcontext(), ExitStack() as copies:
        for one in data:
            copies.enter_context(_copied(one))
        yield


@contextmanager
def otter() -> Iterator[None]:
    """Within it, test files can import what they need of Otter, installed or not.

    Nothing changes if Otter is already imported, or if more of it gets imported.
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


def data_of(functions: Iterable[Any]) -> list[Data]:
    """Return the data that these test cases' functions, or their scenarios, reach by global names.

    Not what functions and classes of other files reach.
    """
    found: dict[int, Data] = {}
    for function in functions:
        own = getattr(function, "scenario", function)
        if isinstance(own, FunctionType):
            space = own.__globals__
            found.setdefault(id(space), (space, set()))[1].update(_reached(own))
    return list(found.values())


def _reached(function: FunctionType) -> set[str]:
    """Return the global names that a function uses, directly or through others of its file."""
    space, names, waiting = function.__globals__, set[str](), [function.__code__]
    while waiting:
        code = waiting.pop()
        waiting += [inner for inner in code.co_consts if isinstance(inner, CodeType)]
        for name in set(code.co_names) - names:
            names.add(name)
            value = space.get(name)
            parts = vars(value).values() if isinstance(value, type) else [value]
            own = [part for part in parts if isinstance(part, FunctionType)]
            waiting += [part.__code__ for part in own if part.__globals__ is space]
    return names


@contextmanager
def _importable(root: Path) -> Iterator[None]:
    path, kept = sys.path[:], _kept.setdefault(root, {})
    loaded = [name for name in sys.modules if name.startswith(COURSE)]
    others = {n: sys.modules[n] for n in loaded if not _is_of(root, n, sys.modules[n])}
    _take_out(others)
    known = set(sys.modules)
    for name, module in kept.items():
        sys.modules.setdefault(name, module)
    sys.path.insert(0, str(root))
    importlib.invalidate_caches()  # a file may just have been written
    try:
        yield
    finally:
        if new := sys.modules.keys() - known - kept.keys():
            tops = set(map(_top, known))
            own = (name for name in new if _top(name) not in tops)
            kept.update((n, sys.modules[n]) for n in own if _is_of(root, n, sys.modules[n]))
        _take_out(kept.keys() - known)
        sys.path[:] = path
        sys.modules.update(others)


def _is_of(root: Path, name: str, module: ModuleType) -> bool:
    """Whether a module was loaded from ``root``."""
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
def _copied(data: Data) -> Iterator[None]:
    space, names = data
    before = space.copy()
    for name in names & space.keys():
        if type(space[name]) in (np.ndarray, list, dict, set):
            try:
                space[name] = copy.deepcopy(space[name])
            except Exception:  # what cannot be copied cannot be sent to a student either
                log.debug("%s of a test file has no copy", name, exc_info=True)
    try:
        yield
    finally:
        for name in space.keys() - before.keys():
            del space[name]
        space.update(before)


class _Package(ModuleType):
    """A package of Otter's whose ``__init__`` is executed only when it is needed.

    It imports pandas, nbconvert and IPython, which take half a second and which reading test
    files does not need; ``otter.Notebook`` and ``from otter import api`` work nevertheless.
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
    """Put Otter's packages in place, not yet executed, or their replacements."""
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
