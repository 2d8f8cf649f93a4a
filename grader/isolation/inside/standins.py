"""Inert stand-ins for modules that are not installed, so that ``import torch`` costs nobody points.

A stand-in can be called, iterated (``tqdm(x)`` gives x), used as a decorator (it
gives back what it decorates), as a context manager, as a base class, in annotations
and in ``isinstance`` (nothing but other stand-ins is one).  Only
imports written by the student get one, and not those inside ``try``: there the
import fails as it should, so that the student's own fallback works.
"""

from __future__ import annotations

import ast
import importlib.abc
import importlib.machinery
import linecache
import sys
import types
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

#: Always stood in for, installed or not, without a warning: they need a live notebook.
QUIET = frozenset({"otter", "ipywidgets", "tqdm"})
#: Stood in for where missing, without a warning: no result can need them.
_UNNOTED = QUIET | {"google"}
#: tqdm's other functions do what these do, and draw a bar.
_WORKING: dict[str, Callable[..., Iterable[Any]]] = {
    "tqdm.trange": range,
    "tqdm.tnrange": range,
    "tqdm.tenumerate": enumerate,
    "tqdm.tzip": zip,
}
_DECORATED = (types.FunctionType, types.MethodType, type, staticmethod, classmethod)
_VERSION = "9.9.9"  # newer than what any assertion asks for


class Base:
    """What a class becomes a child of when it is derived from a stand-in."""

    def __init__(self, *arguments: object, **keywords: object) -> None:
        pass

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        return self.forward(*arguments, **keywords)  # as torch.nn.Module does

    def __getattr__(self, name: str) -> StandIn:
        if name.startswith("__"):
            raise AttributeError(name)
        return StandIn(name)


class StandIn:
    """Stands in for an object of a missing module."""

    def __init__(self, name: str, items: Iterable[Any] = ()) -> None:
        self.__dict__["_name"] = name
        self.__dict__["_items"] = items

    def __repr__(self) -> str:
        return f"<stand-in for {self._name}>"

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        if len(arguments) == 1 and self._decorates(arguments[0], keywords):
            return arguments[0]
        top, _, rest = self._name.partition(".")
        working = _WORKING.get(f"{top}.{rest.rpartition('.')[2]}")
        if working is not None:
            return StandIn(f"{self._name}()", working(*arguments))
        first = arguments[0] if arguments else keywords.get("iterable")
        return StandIn(f"{self._name}()", first if isinstance(first, Iterable) else ())

    def _decorates(self, value: object, keywords: dict[str, Any]) -> bool:
        """Whether a call with this value alone is a decorator's.

        ``partial(jax.jit, static_argnums=0)(f)`` is; ``interactive(f, n=3)`` is not.
        """
        if not isinstance(value, _DECORATED) or getattr(value, "__name__", "") == "<lambda>":
            return False
        return not keywords or not self._name.startswith("ipywidgets.")

    def __getattr__(self, name: str) -> StandIn:
        if name.startswith("__"):
            raise AttributeError(name)
        return StandIn(f"{self._name}.{name}")

    def __instancecheck__(self, value: object) -> bool:
        return isinstance(value, StandIn | Base)

    def __subclasscheck__(self, kind: type) -> bool:
        return issubclass(kind, Base)

    def __setattr__(self, name: str, value: object) -> None:
        self.__dict__[name] = value

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[type, ...]:
        return () if Base in bases else (Base,)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._items if isinstance(self._items, Iterable) else ())

    def __len__(self) -> int:
        return len(self._items) if hasattr(self._items, "__len__") else 0

    def __getitem__(self, key: object) -> StandIn:
        return StandIn(f"{self._name}[...]")

    def __setitem__(self, key: object, value: object) -> None:
        pass

    def __enter__(self) -> StandIn:
        return self

    def __exit__(self, *exception: object) -> None:
        return None

    def __bool__(self) -> bool:
        return False

    def __int__(self) -> int:
        return 0

    def __index__(self) -> int:
        return 0

    def __float__(self) -> float:
        return 0.0

    def __format__(self, spec: str) -> str:
        return ""

    def _same(self, *others: object) -> StandIn:
        return self

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __matmul__ = __rmatmul__ = _same
    __truediv__ = __rtruediv__ = __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = _same
    __pow__ = __rpow__ = __neg__ = __pos__ = __abs__ = __round__ = __invert__ = _same
    __and__ = __rand__ = __or__ = __ror__ = __xor__ = __rxor__ = _same
    __lt__ = __le__ = __gt__ = __ge__ = _same
    __array_ufunc__ = None  # NumPy leaves the arithmetic to the methods above


class _StandInModule(types.ModuleType):
    __all__ = ()
    __version__ = _VERSION

    def __getattr__(self, name: str) -> StandIn:
        if name.startswith("__"):
            raise AttributeError(name)
        return StandIn(f"{self.__name__}.{name}")


class _Loader(importlib.abc.Loader):
    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        if spec.name.partition(".")[0] == "ipywidgets":
            from . import widgets

            return widgets.module(spec.name)
        module = _StandInModule(spec.name)
        module.__path__ = []  # a package, so that its submodules can be imported
        return module

    def exec_module(self, module: types.ModuleType) -> None:
        pass


class Finder(importlib.abc.MetaPathFinder):
    """Finds a stand-in where nothing else was found; ``note`` is told of each module once."""

    def __init__(self, *, is_student: Callable[[str], bool], note: Callable[..., None]) -> None:
        self._is_student = is_student
        self._note = note

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: types.ModuleType | None = None,
    ) -> importlib.machinery.ModuleSpec | None:
        """A stand-in's spec when a student's own line imports the missing module."""
        top = fullname.partition(".")[0]
        parent = sys.modules.get(fullname.rpartition(".")[0])
        if not isinstance(parent, _StandInModule):
            importer = _importer()
            if importer is None or not self._is_student(importer.f_code.co_filename):
                return None
            if _inside_try(importer.f_code.co_filename, importer.f_lineno):
                return None
            if top not in _UNNOTED:
                self._note(
                    "The module {module} is not installed here and was not handed in; an "
                    "inert stand-in took its place. Results that need it are not graded.",
                    module=fullname,
                )
        return importlib.machinery.ModuleSpec(fullname, _Loader(), is_package=True)


class QuietFinder(Finder):
    """Finds stand-ins for ``QUIET`` modules before anything else is asked."""

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: types.ModuleType | None = None,
    ) -> importlib.machinery.ModuleSpec | None:
        """A stand-in's spec for a quiet module that a student's own line imports."""
        if fullname.partition(".")[0] not in QUIET:
            return None
        return super().find_spec(fullname, path, target)


def _importer() -> types.FrameType | None:
    frame: types.FrameType | None = sys._getframe(1)
    while frame is not None:
        name = frame.f_code.co_filename
        if name != __file__ and not name.startswith("<frozen importlib"):
            return frame
        frame = frame.f_back
    return None


def _inside_try(filename: str, line: int) -> bool:
    try:
        tree = ast.parse("".join(linecache.getlines(filename)))
    except (SyntaxError, ValueError, RecursionError):
        return False
    for node in ast.walk(tree):
        guarded = isinstance(node, ast.Try) and node.handlers
        suppressed = isinstance(node, ast.With) and "suppress" in ast.dump(node.items[0])
        if (guarded or suppressed) and isinstance(node, ast.Try | ast.With):
            last = node.body[-1].end_lineno or line
            if node.body[0].lineno <= line <= last:
                return True
    return False
