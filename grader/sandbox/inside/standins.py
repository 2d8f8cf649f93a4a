"""Inert stand-ins for what is not installed, so that ``import torch`` costs nobody points.

A stand-in can be called, iterated (``tqdm(x)`` gives the items of x), used as a decorator (it
returns what it decorates), a context manager, a base class, in annotations and in
``isinstance`` (only other stand-ins are instances).  Operations with one give a stand-in.  If
one has to become a number, a length or a truth value, its ``Origin`` notes that, so that a
result which depends on it never counts as a wrong answer.  ``absent`` makes the stand-ins.
"""

from __future__ import annotations

import re
import sys
import traceback
import types
from collections.abc import Callable, Iterable, Iterator, Sized
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from numpy import ndarray  # a notebook may overwrite numpy's own names

from grader.sandbox.wire.bounds import MAX_FOUND_NEEDS, MAX_STOOD_IN_ENTRIES

from . import adding
from .equivalents import nothing
from .replacements import SHORT

#: Always replaced, even if installed, without a note: they need a live notebook.
QUIET: Final = frozenset({"otter", "ipywidgets", "tqdm"})
#: Functions that do what these do and also draw a progress bar, or use all cores.
_WORKING: Final[dict[str, Callable[..., Iterable[Any]]]] = {
    "tqdm.trange": range,
    "tqdm.tnrange": range,
    "tqdm.tenumerate": enumerate,
    "tqdm.tzip": zip,
    "prange": range,
}
#: Names of progress bars around a loop.
_BAR: Final = re.compile(r"^tqdm\b|progress|track|bar\b|\balive|prange", re.IGNORECASE)
#: These make another function of a function: returning it unchanged would give wrong results.
_TRANSFORMING: Final = frozenset(
    "grad value_and_grad grad_and_value elementwise_grad jacobian jacrev jacfwd hessian vjp jvp "
    "vmap pmap derivative vectorize guvectorize".split()
)
#: Questions such as "Is there a GPU?", to which no is the true answer.
_IS_NOT: Final = re.compile(r"\b(is|has)_|cuda|\bmps|gpu|tpu|xpu|device|backend", re.IGNORECASE)
#: What a derived class may call on its base by name.
_EXPLICIT: Final = frozenset(
    "__init__ __new__ __init_subclass__ __call__ __getattr__ __setattr__ __delattr__ __repr__ "
    "__str__ __dir__ __getstate__ __setstate__".split()
)
_DECORATED: Final = (types.FunctionType, types.MethodType, type, staticmethod, classmethod)


Note = tuple[str, dict[str, str]]


def say(text: str, /, **fields: str) -> Note:
    """Return a sentence for the student, marked to be translated."""
    return text, fields


class Needs:
    """What is missing that results since the last ``take`` need, and whether that is certain."""

    def __init__(self) -> None:
        self._found: dict[str, tuple[Note, bool]] = {}

    def add(self, note: Note, *, certain: bool) -> None:
        """Note that the present result needs what is missing, or perhaps does."""
        known = self._found.get(repr(note))
        if known is not None or len(self._found) < MAX_FOUND_NEEDS:
            self._found[repr(note)] = note, certain or (known is not None and known[1])

    def take(self) -> list[tuple[str, dict[str, str], bool]]:
        """Return the notes since the last call: (text, its fields, whether it is certain)."""
        taken = [(text, fields, certain) for (text, fields), certain in self._found.values()]
        self._found.clear()
        return taken


@dataclass(eq=False)
class Origin:
    """What stand-ins stand in for; ``note`` is said of results that need it.

    ``known`` gives the only possible meaning of a name in a module, or None.
    """

    note: Note
    needs: Needs
    known: Callable[[str, str], Any] = lambda module, name: None

    def needed(self, *, certain: bool = True) -> None:
        """Note that a result needs a stand-in of this origin."""
        self.needs.add(self.note, certain=certain)


class Base:
    """The base of classes that are derived from a stand-in."""

    _grader_name = ""
    _grader_origin: Origin

    def __init__(self, *arguments: object, **keywords: object) -> None:
        pass

    def __init_subclass__(cls, **keywords: object) -> None:
        following = super().__init_subclass__  # of another base: Generic counts its parameters
        following(**(keywords if isinstance(following, types.MethodType) else {}))

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        return self.forward(*arguments, **keywords)  # as torch.nn.Module does

    def save_hyperparameters(
        self, *arguments: object, ignore: Iterable[str] = (), **_: Any
    ) -> None:
        """Keep the caller's arguments as attributes, as in d2l and Lightning."""
        given = dict(sys._getframe(1).f_locals)
        for name in given.keys() - {"self", "__class__", *ignore}:
            if not name.startswith("_"):
                setattr(self, name, given[name])

    def __getattr__(self, name: str) -> StandIn:
        if name.startswith("__"):
            raise AttributeError(name)
        return StandIn(f"{self._grader_name}.{name}", self._grader_origin)


class StandIn:
    """Stands in for an object of a missing module."""

    def __getattribute__(self, name: str) -> Any:
        if name in _EXPLICIT and "(" not in object.__getattribute__(self, "_name"):
            return getattr(Base, name)  # ``nn.Module.__init__(self)``
        return object.__getattribute__(self, name)

    def __init__(self, name: str, origin: Origin, items: Iterable[Any] | None = None) -> None:
        self._name = name
        self._origin = origin
        self._items = items

    def __repr__(self) -> str:
        return f"<stand-in for {self._name}>"

    def _child(self, more: str, items: Iterable[Any] | None = None) -> StandIn:
        return StandIn(f"{self._name}{more}", self._origin, items)

    def __call__(self, /, *arguments: Any, **keywords: Any) -> Any:
        if self._name.endswith(".store_attr"):
            return adding.store(sys._getframe(1), *arguments, **keywords)
        attached = adding.attached(self._name, arguments, keywords)
        if attached is not None:
            return attached
        if list(map(type, arguments)) == [str, tuple, dict]:
            return type(*arguments)  # used as a metaclass
        if len(arguments) == 1 and self._decorates(arguments[0], keywords):
            return arguments[0]
        top, _, rest = self._name.partition(".")
        last = rest.rpartition(".")[2]
        working = _WORKING.get(f"{top}.{last}", _WORKING.get(last))
        if working is not None:
            return self._child("()", working(*arguments))
        first = arguments[0] if arguments else keywords.get("iterable")
        return self._child("()", first if isinstance(first, Iterable) else None)

    def _decorates(self, value: object, keywords: dict[str, Any]) -> bool:
        """Whether a call with this only positional argument decorates it.

        ``partial(jax.jit, static_argnums=0)(f)`` does; ``interactive(f, n=3)`` does not.
        """
        if not isinstance(value, _DECORATED) or getattr(value, "__name__", "") == "<lambda>":
            return False
        if self._name.rpartition(".")[2].removesuffix("()") in _TRANSFORMING:
            return False
        return not keywords or not self._name.startswith("ipywidgets.")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        is_short = name in SHORT and name != "numpy" and "(" not in self._name  # x.numpy()
        known = self._origin.known(self._name, name) if is_short else None
        return self._child(f".{name}") if known is None else known

    def __instancecheck__(self, value: object) -> bool:
        return isinstance(value, StandIn | Base)

    def __subclasscheck__(self, kind: type) -> bool:
        return issubclass(kind, Base)

    def __setattr__(self, name: str, value: object) -> None:
        self.__dict__[name] = value

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[type, ...]:
        """Return a base class for this stand-in; each has its own, since classes may have two."""
        for base in bases:
            if base is self:
                break
            if isinstance(base, StandIn) and base._name == self._name:
                return ()
        kept = self.__dict__.get("_base")
        if kept is None:
            space = {"_grader_name": self._name, "_grader_origin": self._origin}
            kept = self.__dict__["_base"] = type("Base", (Base,), space)
        return (kept,)

    # -- where it has to become something else -------------------------------------

    def _ask(self) -> None:
        """Note a question whether it is true or equal, unless no is the true answer."""
        if not _IS_NOT.search(self._name):
            self._origin.needed(certain="(" in self._name or "[" in self._name)

    def _looped(self) -> Iterable[Any]:
        """Return the items in a progress bar; note all other loops."""
        if self._items is None or not _BAR.search(self._name):
            self._origin.needed()
        return () if self._items is None else self._items

    def __iter__(self) -> Iterator[Any]:
        return iter(self._looped())

    def __len__(self) -> int:
        items = self._looped()
        return len(items) if isinstance(items, Sized) else 0

    def __bool__(self) -> bool:
        self._ask()
        return False

    def __eq__(self, other: object) -> bool:
        if self is not other:
            self._ask()
        return self is other

    __hash__ = object.__hash__

    def __int__(self) -> int:
        self._origin.needed()
        return 0

    __index__ = __int__

    def __float__(self) -> float:
        self._origin.needed()
        return 0.0

    def __getitem__(self, key: object) -> StandIn:
        return self._child("[...]")

    __setitem__ = __delitem__ = __delattr__ = __exit__ = nothing

    def __format__(self, spec: str) -> str:
        return ""

    def _same(self, *others: object) -> StandIn:
        return self

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __matmul__ = __rmatmul__ = _same
    __truediv__ = __rtruediv__ = __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = _same
    __pow__ = __rpow__ = __neg__ = __pos__ = __abs__ = __round__ = __invert__ = _same
    __and__ = __rand__ = __or__ = __ror__ = __xor__ = __rxor__ = _same
    __enter__ = __copy__ = __deepcopy__ = __array_function__ = _same

    def _compared(self, other: object) -> StandIn:
        return self._child("()")

    __lt__ = __le__ = __gt__ = __ge__ = _compared

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **keywords: Any) -> StandIn:
        if method == "at" or keywords.get("out"):
            self._origin.needed()  # it should have changed an array
        return self


class StandInModule(types.ModuleType):
    """Stands in for a missing module; ``ask`` gives its attributes."""

    __all__: Iterable[str] = ()
    __version__ = "9.9.9"  # newer than any assertion asks for

    def __init__(self, name: str, origin: Origin, ask: Callable[[StandInModule, str], Any]) -> None:
        super().__init__(name)
        self.__path__: list[str] = []  # a package, so that its submodules can be imported
        self._grader_origin = origin
        self._grader_ask = ask
        self._grader_mirror: Origin | None = None  # if another module took its place

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self._grader_ask(self, name)

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        return StandIn(self.__name__, self._grader_origin)(*arguments, **keywords)


class _Foreign(type):
    """The class of arrays of a module that NumPy replaces; NumPy's arrays are no instances."""

    _grader_origin: Origin

    def __instancecheck__(cls, value: object) -> bool:
        cls._grader_origin.needed(certain=False)
        return cls in type(value).__mro__

    def __call__(cls, *arguments: Any, **keywords: Any) -> Any:
        return ndarray(*arguments, **keywords)


def foreign(origin: Origin) -> type:
    """Return ``cupy.ndarray``, which code asks for to find arrays that are on a GPU."""
    return _Foreign("ndarray", (ndarray,), {"_grader_origin": origin})


def pattern(kind: Any = None) -> Any:
    """Return a class for ``case torch.Tensor():``; a stand-in's has no instances."""
    return _Nobody if kind is None or isinstance(kind, StandIn) else kind


class _Nobody:
    __slots__ = ()


def leaks(value: object) -> None:
    """Note a stand-in that is a result, or an entry of an array that is one."""
    origin = _origin(value)
    if origin is not None:
        origin.needed()
    elif type(value) is ndarray and value.dtype.hasobject:
        for entry in value.reshape(-1)[:MAX_STOOD_IN_ENTRIES].tolist():
            leaks(entry)


def blame(error: BaseException) -> None:
    """Note the stand-in that caused an error, by the names and variables in its frames."""
    text = ""
    with suppress(BaseException):  # the student's own __str__ may fail
        text = str(error)
    if isinstance(error, AttributeError) and "'numpy." in text:
        for module in [*sys.modules.values()]:
            if isinstance(module, StandInModule) and module._grader_mirror is not None:
                module._grader_mirror.needed(certain=False)
    if "StandIn" not in text and "BaseException" not in text:  # the latter: raised or caught
        return
    last = None
    for frame, _ in traceback.walk_tb(error.__traceback__):
        used = [frame.f_globals.get(name) for name in frame.f_code.co_names]
        origins = [_origin(value) for value in (*used, *frame.f_locals.values())]
        last = next((origin for origin in origins if origin is not None), last)
    if last is not None:
        last.needed()


def _origin(value: object) -> Origin | None:
    if isinstance(value, StandIn):
        return value._origin
    return value._grader_origin if isinstance(value, StandInModule) else None
