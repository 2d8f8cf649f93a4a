"""What a test case holds in place of a student's object: every use is done in the worker.

A proxy can be called, indexed, iterated, converted and asked for attributes; what
comes back is plain data by value, or another proxy.  Names with two underscores
stay here: NumPy and Python look for them everywhere, and an object that could
answer ``__array_interface__`` would choose which of the judge's memory is read.
"""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Final, TypeVar

import numpy as np

if TYPE_CHECKING:
    from .remote import Observer, Remote

_T = TypeVar("_T")
_REMOTE_DUNDERS: Final = frozenset(
    {"__name__", "__qualname__", "__doc__", "__dict__", "__module__"}
)


class Proxy:
    """Stands for the object with this handle in the worker."""

    __slots__ = ("__weakref__", "_grader_number", "_grader_remote", "student_type")

    def __init__(self, remote: Remote, number: int, kind: str) -> None:
        object.__setattr__(self, "_grader_remote", remote)
        object.__setattr__(self, "_grader_number", number)
        object.__setattr__(self, "student_type", kind)

    def __del__(self) -> None:
        self._grader_remote.release(self._grader_number)

    def __copy__(self) -> Proxy:
        return self  # as a function is copied: there is one object, in the worker

    def __deepcopy__(self, memo: dict[int, Any]) -> Proxy:
        return self

    def __reduce__(self) -> str:
        raise TypeError("the student's object cannot be pickled")

    def __repr__(self) -> str:
        return f"<the student's {self.student_type}>"

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        return self._grader_remote.operate("call", self, *arguments, **keywords)

    def grader_calls(self, several: list[tuple[Any, ...]]) -> Any:
        """Call once for each tuple of arguments, in one operation (:func:`grader.checks.calls`)."""
        return self._grader_remote.operate("calls", self, several)

    def grader_method(self, name: str) -> Method:
        """Return the method of this name, looked up when it is called."""
        return Method(self, name)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name not in _REMOTE_DUNDERS:
            raise AttributeError(name)
        known = self._grader_remote.methods
        if (self.student_type, name) in known:
            return Method(self, name)
        value = self._grader_remote.operate("getattr", self, name)
        if isinstance(value, Proxy) and value.student_type == "method":
            known.add((self.student_type, name))
        return value

    def __setattr__(self, name: str, value: Any) -> None:
        self._grader_remote.operate("setattr", self, name, value)

    def __delattr__(self, name: str) -> None:
        self._grader_remote.operate("delattr", self, name)

    def __getitem__(self, key: Any) -> Any:
        return self._grader_remote.operate("getitem", self, key)

    def __setitem__(self, key: Any, value: Any) -> None:
        self._grader_remote.operate("setitem", self, key, value)

    def __delitem__(self, key: Any) -> None:
        self._grader_remote.operate("delitem", self, key)

    def __len__(self) -> int:
        return _exactly(int, self._grader_remote.operate("len", self))

    def __iter__(self) -> Iterator[Any]:
        iterator = self._grader_remote.operate("iter", self)
        if not isinstance(iterator, Proxy):
            raise TypeError("the student's object is no iterator")
        return iterator

    def __next__(self) -> Any:
        return self._grader_remote.operate("next", self)

    def __contains__(self, item: Any) -> bool:
        return _exactly(bool, self._grader_remote.operate("contains", self, item))

    def __instancecheck__(self, instance: Any) -> bool:
        return _exactly(bool, self._grader_remote.operate("isinstance", instance, self))

    def __bool__(self) -> bool:
        return _exactly(bool, self._grader_remote.operate("bool", self))

    def __int__(self) -> int:
        return _exactly(int, self._grader_remote.operate("int", self))

    def __float__(self) -> float:
        return _exactly(float, self._grader_remote.operate("float", self))

    def __complex__(self) -> complex:
        return _exactly(complex, self._grader_remote.operate("complex", self))

    def __str__(self) -> str:
        return _exactly(str, self._grader_remote.operate("str", self))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        array = self._grader_remote.operate("array", self)
        if type(array) is not np.ndarray:
            raise TypeError("the student's object is no array of numbers")
        return array if dtype is None else array.astype(dtype)


class Method:
    """A method of a student's object that was seen before: looked up when it is called.

    That saves one of the two operations of ``model.forward(x)``.  Used in any other way
    than called, it becomes the proxy of the method.
    """

    __slots__ = ("_grader_name", "_grader_owner")

    def __init__(self, owner: Proxy, name: str) -> None:
        self._grader_owner = owner
        self._grader_name = name

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        remote = self._grader_owner._grader_remote
        return remote.operate(
            "method", self._grader_owner, self._grader_name, *arguments, **keywords
        )

    def grader_apart(self, *arguments: Any) -> Any:
        """Call it with copies of the arguments, and return a copy of the result."""
        owner = self._grader_owner
        return owner._grader_remote.operate("apart", owner, self._grader_name, *arguments)

    def grader_calls(self, several: list[tuple[Any, ...]]) -> Any:
        """See :meth:`Proxy.grader_calls`."""
        remote = self._grader_owner._grader_remote
        return remote.operate("calls", self._grader_owner, several, self._grader_name)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.proxy(), name)

    def __repr__(self) -> str:
        return "<the student's method>"

    def proxy(self) -> Any:
        """Return the method itself, as the worker has it now."""
        remote = self._grader_owner._grader_remote
        return remote.operate("getattr", self._grader_owner, self._grader_name)


class Environment(MutableMapping[str, Any]):
    """The student's global names, as a test case's ``env``; values are fetched when asked for.

    A test may define other ones, and takes them back.  With a ``mark`` they are those of when it
    was made (``inside/examples.py``), of all cells else.
    """

    def __init__(self, remote: Remote, names: list[str], *, mark: str = "") -> None:
        self._remote = remote
        self._mark = (mark,) if mark else ()
        self._names = dict.fromkeys(names)  # their order, found at once

    def observed(self, observer: Observer) -> AbstractContextManager[None]:
        """See :meth:`Remote.observed`: every use of these objects passes ``observer``."""
        return self._remote.observed(observer)

    def queued(self) -> AbstractContextManager[None]:
        """See :meth:`Remote.queued`: these objects, too, are promised while it lasts."""
        return self._remote.queued()

    def examples(self, sources: list[str], seconds: float) -> Any:
        """Return what a doctest's examples give with these names (``inside/examples.py``)."""
        return self._remote.operate("examples", sources, seconds, *self._mark)

    def __getitem__(self, name: str) -> Any:
        if name not in self._names:
            raise KeyError(name)
        return self._remote.operate("lookup", name, *self._mark)

    def __setitem__(self, name: str, value: Any) -> None:
        self._remote.operate("define", name, value)
        self._names[name] = None

    def __delitem__(self, name: str) -> None:
        del self._names[name]
        self._remote.operate("undefine", name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __contains__(self, name: object) -> bool:
        return name in self._names


def _exactly(kind: type[_T], value: object) -> _T:
    if type(value) is not kind:
        raise TypeError(f"the student's object gives no {kind.__name__}")
    return value
