"""Inert stand-ins for what is not installed, so that ``import torch`` costs nobody points.

A stand-in can be called, iterated (``tqdm(x)`` gives x), used as a decorator (it
gives back what it decorates), as a context manager, as a base class, in annotations
and in ``isinstance`` (nothing but other stand-ins is one).  What is computed with one is
one; where it has to become a number, a length, a truth, its ``Origin`` remembers, so that a
result that rests on it is never taken for a wrong answer.  ``absent`` says who gets one.
"""

from __future__ import annotations

import re
import sys
import types
from collections.abc import Callable, Iterable, Iterator, Sized
from typing import Any, Final

from numpy import ndarray  # a notebook may overwrite numpy's own names

from grader.sandbox.wire.bounds import MAX_FOUND_NEEDS, MAX_STOOD_IN_ENTRIES

from . import adding
from .replacements import SHORT

#: Always stood in for, installed or not, without a warning: they need a live notebook.
QUIET: Final = frozenset({"otter", "ipywidgets", "tqdm"})
#: tqdm's other functions do what these do, and draw a bar; so does Numba's, on all cores.
_WORKING: Final[dict[str, Callable[..., Iterable[Any]]]] = {
    "tqdm.trange": range,
    "tqdm.tnrange": range,
    "tqdm.tenumerate": enumerate,
    "tqdm.tzip": zip,
    "prange": range,
}
#: What only shows how far a loop is.
_BAR: Final = re.compile(r"^tqdm\b|progress|track|bar\b|\balive|prange", re.IGNORECASE)
#: What these make of a function is another one: its own result would be a wrong one.
_TRANSFORMING: Final = frozenset(
    "grad value_and_grad grad_and_value elementwise_grad jacobian jacrev jacfwd hessian vjp jvp "
    "vmap pmap derivative vectorize guvectorize".split()
)
#: "Is there a GPU?": no is the truth.
_IS_NOT: Final = re.compile(r"\b(is|has)_|cuda|\bmps|gpu|tpu|xpu|device|backend", re.IGNORECASE)
#: What a derived class asks of its base by name.
_EXPLICIT: Final = frozenset(
    "__init__ __new__ __init_subclass__ __call__ __getattr__ __setattr__ __delattr__ __repr__ "
    "__str__ __dir__ __getstate__ __setstate__".split()
)
_DECORATED: Final = (types.FunctionType, types.MethodType, type, staticmethod, classmethod)
_VERSION: Final = "9.9.9"  # newer than what any assertion asks for

Note = tuple[str, dict[str, str]]


def say(text: str, /, **fields: str) -> Note:
    """A sentence for the student, told when it is needed."""
    return text, fields


class Needs:
    """What the results since the last ``take`` rest on, each with whether that is certain."""

    def __init__(self) -> None:
        self._found: dict[str, tuple[Note, bool]] = {}

    def __bool__(self) -> bool:
        return bool(self._found)

    def add(self, note: Note, *, certain: bool) -> None:
        """Note that what is computed now needs what is missing, or only asked it a question."""
        known = self._found.get(repr(note))
        if len(self._found) < MAX_FOUND_NEEDS:
            self._found[repr(note)] = note, certain or (known is not None and known[1])

    def take(self) -> list[tuple[str, dict[str, str], bool]]:
        """What was noted, which begins anew."""
        taken = [(text, fields, certain) for (text, fields), certain in self._found.values()]
        self._found.clear()
        return taken


class Origin:
    """What stand-ins stand in for; ``note`` is what is said of a result that needs it."""

    def __init__(
        self,
        note: Note,
        needs: Needs,
        known: Callable[[str, str], Any] = lambda module, name: None,
    ) -> None:
        self.note = note
        self.known = known  # what a name of a module can only mean, else None
        self._needs = needs

    def needed(self, *, certain: bool = True) -> None:
        """A result was made of a stand-in of this origin."""
        self._needs.add(self.note, certain=certain)


class Base:
    """What a class becomes a child of when it is derived from a stand-in."""

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
        """Keep the caller's arguments as attributes, as d2l's and Lightning's modules do."""
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

    _name: str
    _origin: Origin
    _items: Iterable[Any] | None

    def __getattribute__(self, name: str) -> Any:
        if name in _EXPLICIT and "(" not in object.__getattribute__(self, "_name"):
            return getattr(Base, name)  # ``nn.Module.__init__(self)``
        return object.__getattribute__(self, name)

    def __init__(self, name: str, origin: Origin, items: Iterable[Any] | None = None) -> None:
        self.__dict__["_name"] = name
        self.__dict__["_origin"] = origin
        self.__dict__["_items"] = items

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
            return type(*arguments)  # as a metaclass
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
        """Whether a call with this value alone is a decorator's.

        ``partial(jax.jit, static_argnums=0)(f)`` is; ``interactive(f, n=3)`` is not.
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

    def __copy__(self, *_: object) -> StandIn:
        return self

    __deepcopy__ = __copy__

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[type, ...]:
        """A class of its own for each, as there would be: some derive from two."""
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
        """Somebody asked whether it is true, or equal; to some questions no is the answer."""
        if not _IS_NOT.search(self._name):
            self._origin.needed(certain="(" in self._name or "[" in self._name)

    def __iter__(self) -> Iterator[Any]:
        if self._items is None or not _BAR.search(self._name):
            self._origin.needed()
        return iter(() if self._items is None else self._items)

    def __len__(self) -> int:
        if self._items is None or not _BAR.search(self._name):
            self._origin.needed()
        return len(self._items) if isinstance(self._items, Sized) else 0

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

    def __setitem__(self, key: object, value: object) -> None:
        pass

    def __delitem__(self, key: object) -> None:
        pass

    __delattr__ = __delitem__

    def __enter__(self) -> StandIn:
        return self

    def __exit__(self, *exception: object) -> None:
        return None

    def __format__(self, spec: str) -> str:
        return ""

    def _same(self, *others: object) -> StandIn:
        return self

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __matmul__ = __rmatmul__ = _same
    __truediv__ = __rtruediv__ = __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = _same
    __pow__ = __rpow__ = __neg__ = __pos__ = __abs__ = __round__ = __invert__ = _same
    __and__ = __rand__ = __or__ = __ror__ = __xor__ = __rxor__ = _same

    def _compared(self, other: object) -> StandIn:
        return self._child("()")

    __lt__ = __le__ = __gt__ = __ge__ = _compared

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **keywords: Any) -> StandIn:
        if method == "at" or keywords.get("out"):
            self._origin.needed()  # what should be written to an array is lost
        return self

    def __array_function__(self, function: Any, *_: Any) -> StandIn:
        return self


class StandInModule(types.ModuleType):
    """Stands in for a missing module; ``ask`` finds its names."""

    __all__: Iterable[str] = ()
    __version__ = _VERSION

    def __init__(self, name: str, origin: Origin, ask: Callable[[StandInModule, str], Any]) -> None:
        super().__init__(name)
        self.__path__: list[str] = []  # a package, so that its submodules can be imported
        self._grader_origin = origin
        self._grader_ask = ask
        self._grader_mirror: Origin | None = None  # where another module took its place

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self._grader_ask(self, name)

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        return StandIn(self.__name__, self._grader_origin)(*arguments, **keywords)


class _Foreign(type):
    """The arrays of a module whose place NumPy took: NumPy's own are none of them."""

    _grader_origin: Origin

    def __instancecheck__(cls, value: object) -> bool:
        cls._grader_origin.needed(certain=False)
        return cls in type(value).__mro__

    def __call__(cls, *arguments: Any, **keywords: Any) -> Any:
        return ndarray(*arguments, **keywords)


def foreign(origin: Origin) -> type:
    """``cupy.ndarray``: whose ``isinstance`` asks for what has to be brought back from a GPU."""
    return _Foreign("ndarray", (ndarray,), {"_grader_origin": origin})


def pattern(kind: Any = None) -> Any:
    """What ``case torch.Tensor():`` can ask for: a class, of which nothing is an instance."""
    return _Nobody if kind is None or isinstance(kind, StandIn) else kind


class _Nobody:
    __slots__ = ()


def leaks(value: object) -> None:
    """Note a stand-in that is itself a result, or one of an array's entries."""
    origin = _origin(value)
    if origin is not None:
        origin.needed()
    elif type(value) is ndarray and value.dtype.hasobject:
        for entry in value.reshape(-1)[:MAX_STOOD_IN_ENTRIES].tolist():
            leaks(entry)


def blame(error: BaseException) -> None:
    """Note the stand-in that an error is about, by what its frames use."""
    text = _text(error)
    if isinstance(error, AttributeError) and "'numpy." in text:
        for module in [*sys.modules.values()]:
            if isinstance(module, StandInModule) and module._grader_mirror is not None:
                module._grader_mirror.needed(certain=False)
    if "StandIn" not in text and "BaseException" not in text:  # raised, or caught, as one
        return
    trace, last = error.__traceback__, None
    while trace is not None:
        frame = trace.tb_frame
        used = [frame.f_globals.get(name) for name in frame.f_code.co_names]
        origins = [_origin(value) for value in (*used, *frame.f_locals.values())]
        last = next((origin for origin in origins if origin is not None), last)
        trace = trace.tb_next
    if last is not None:
        last.needed()


def _origin(value: object) -> Origin | None:
    if isinstance(value, StandIn):
        return value._origin
    return value._grader_origin if isinstance(value, StandInModule) else None


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except BaseException:
        return ""
