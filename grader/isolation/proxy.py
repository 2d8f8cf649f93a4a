"""What a test case holds in place of a student's object: every use is done in the worker.

A proxy can be called, indexed, iterated, converted and asked for attributes; what
comes back is plain data by value, or another proxy.  Names with two underscores
stay here: NumPy and Python look for them everywhere, and an object that could
answer ``__array_interface__`` would choose which of the judge's memory is read.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from sys import getrefcount
from typing import Any, Final, TypeVar

import numpy as np

from .arrays import ACTIONS

_T = TypeVar("_T")
_REMOTE_DUNDERS: Final = frozenset(
    {"__name__", "__qualname__", "__doc__", "__dict__", "__module__"}
)


#: Called in place of each operation with (perform, operation, *arguments, **keywords).
Observer = Callable[..., Any]


_PENDING: Final = object()
# References to a promise that only the queue holds: its Queued's, and getrefcount's own.
_UNHELD: Final = 2
_CHANGEABLE: Final = (np.ndarray, list, dict)
#: Operations whose result need not be known at once: while they are queued, it is promised.
PROMISED: Final = frozenset({"lookup", "call", "method", "getattr", "setattr", "getitem", *ACTIONS})


class Remote(ABC):
    """What does a proxy's operations: a worker's link, or objects of this process.

    ``methods`` are the (type name, attribute) pairs that were seen to be methods.
    """

    def __init__(self) -> None:
        self.methods: set[tuple[str, str]] = set()
        self._observer: Observer | None = None
        self.is_full = False  # no more can be queued
        self._has_promised = False  # so that who never queues does not pay for it
        self._queue: list[Queued] | None = None  # what is still to be done, while it may wait
        self.asked = self.done = 0  # operations that were queued so far, and done

    def operate(self, operation: str, *arguments: Any, **keywords: Any) -> Any:
        """Do ``operation``, or promise its result, through the observer where there is one."""
        if not self._has_promised:
            return self._observe(self.perform, operation, arguments, keywords)
        arguments = tuple(map(kept, arguments))
        keywords = {key: kept(value) for key, value in keywords.items()}
        if self._queue is not None:
            if self.is_full or operation not in PROMISED:
                self.keep_promises()
                arguments = tuple(map(kept, arguments))
                keywords = {key: kept(value) for key, value in keywords.items()}
            if operation in PROMISED:
                queued = Queued(operation, arguments, keywords, Promise(self, -1, "promise"))
                self.enqueue(queued)
                self._queue.append(queued)
                self.asked += 1
                return queued.promise
        return self._observe(self.perform, operation, arguments, keywords)

    @contextmanager
    def queued(self) -> Iterator[None]:
        """While it lasts, calls and attributes are promised, and done together at its end.

        The operations are done in their order, each as if it were done alone, and nothing
        after the first that raises.  What that raises is raised when the promises are kept:
        at the end, or before, where a plain value is needed.
        """
        if self._queue is not None:
            yield  # within another one
            return
        self._queue = []
        self._has_promised = True
        try:
            yield
            self.keep_promises()
        finally:
            self._queue = None

    def value_of(self, value: Any) -> Any:
        """``value`` with kept promises replaced by what they gave."""
        return kept(value)

    def keep_promises(self) -> None:
        """Have all that is queued done; raise what the first operation that fails raises."""
        queue, self._queue = self._queue, None  # what the test's own functions ask is not queued
        if queue is None:
            return
        try:
            error = self.perform_all(queue) if queue else None
        finally:
            self._queue = []
            self.is_full = False
        self.done = self.asked - len(queue)
        for queued in queue:
            self.done += is_kept(queued.promise)
            if not is_kept(queued.promise):
                if error is not None:
                    self._tell(queued, error)
                break
            if not isinstance(kept(queued.promise), Proxy):  # only values are told
                self._tell(queued, None)
        if error is not None:
            raise error

    def _tell(self, queued: Queued, error: Exception | None) -> None:
        """Let the observer hear of an operation that was done in the queue.

        Only of what came of it: how its arguments were left by it, nobody has seen.
        """

        def perform(*arguments: Any, **keywords: Any) -> Any:
            if error is not None:
                raise error
            return kept(queued.promise)

        told = tuple(None if isinstance(a, _CHANGEABLE) else kept(a) for a in queued.arguments)
        try:
            self._observe(perform, queued.operation, told, {})
        except Exception as raised:
            if raised is not error:
                raise

    def _observe(
        self,
        perform: Callable[..., Any],
        operation: str,
        arguments: tuple[Any, ...],
        keywords: dict[str, Any],
    ) -> Any:
        if self._observer is None:
            return perform(operation, *arguments, **keywords)
        return self._observer(perform, operation, *arguments, **keywords)

    @abstractmethod
    def enqueue(self, queued: Queued) -> None:
        """Take up an operation, with its arguments as they are now; it may be done at once."""

    @abstractmethod
    def perform_all(self, queue: Sequence[Queued]) -> Exception | None:
        """Do what was enqueued, in order, and keep the promises; gives what the last raised."""

    @contextmanager
    def observed(self, observer: Observer) -> Iterator[None]:
        """While it lasts, ``observer`` stands in each operation's way and calls ``perform``."""
        outer, self._observer = self._observer, observer
        try:
            yield
        finally:
            self._observer = outer

    @abstractmethod
    def perform(self, operation: str, *arguments: Any, **keywords: Any) -> Any:
        """Do ``operation``; gives its value or raises its exception."""

    @abstractmethod
    def release(self, number: int) -> None:
        """The last proxy of this handle is gone."""


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
        """The method of this name, looked up when it is called."""
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


class Promise(Proxy):
    """What a queued operation will give.

    It can be called, indexed and asked for attributes, which is queued in turn; any other use
    needs the value, and has the queue done first.
    """

    __slots__ = ("_grader_value",)

    def __init__(self, remote: Remote, number: int, kind: str) -> None:
        super().__init__(remote, number, kind)
        object.__setattr__(self, "_grader_value", _PENDING)

    def __del__(self) -> None:
        pass  # no object of the worker's

    def __getitem__(self, key: Any) -> Any:
        value = kept(self)
        plain = value is not self and not isinstance(value, Proxy)
        return value[key] if plain else super().__getitem__(key)

    def __iter__(self) -> Iterator[Any]:
        return iter(_forced(self))

    def __len__(self) -> int:
        return len(_forced(self))

    def __contains__(self, item: Any) -> bool:
        return item in _forced(self)

    def __bool__(self) -> bool:
        return bool(_forced(self))

    def __int__(self) -> int:
        return int(_forced(self))

    def __float__(self) -> float:
        return float(_forced(self))

    def __complex__(self) -> complex:
        return complex(_forced(self))

    def __str__(self) -> str:
        return str(_forced(self))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        return np.array(_forced(self), dtype)


@dataclass(frozen=True, slots=True)
class Queued:
    """An operation whose result is promised."""

    operation: str
    arguments: tuple[Any, ...]
    keywords: dict[str, Any]
    promise: Promise


def is_kept(promise: Promise) -> bool:
    """Whether its operation was done."""
    return object.__getattribute__(promise, "_grader_value") is not _PENDING


def held(queue: Sequence[Queued]) -> list[bool]:
    """Which promises somebody holds besides the queue itself; call it with nothing else held."""
    used = Counter(id(p) for queued in queue for p in _promises(queued.arguments))
    return [getrefcount(queued.promise) - used[id(queued.promise)] > _UNHELD for queued in queue]


def _promises(value: Any) -> Iterator[Promise]:
    if isinstance(value, Promise):
        yield value
    elif type(value) in (list, tuple):
        for entry in value:
            yield from _promises(entry)
    elif type(value) is dict:
        for entry in value.values():
            yield from _promises(entry)


def keep(promise: Promise, value: Any) -> None:
    """Note what its operation gave."""
    object.__setattr__(promise, "_grader_value", value)


def kept(value: Any) -> Any:
    """``value``, with kept promises, also those in lists, tuples and dicts, replaced by theirs."""
    if isinstance(value, Promise):
        return object.__getattribute__(value, "_grader_value") if is_kept(value) else value
    if type(value) in (list, tuple) and any(map(_holds_promise, value)):
        return type(value)(map(kept, value))
    if type(value) is dict and any(map(_holds_promise, value.values())):
        return {key: kept(entry) for key, entry in value.items()}
    return value


def _holds_promise(value: Any) -> bool:
    if type(value) in (list, tuple):
        return any(map(_holds_promise, value))
    if type(value) is dict:
        return any(map(_holds_promise, value.values()))
    return isinstance(value, Promise)


def _forced(promise: Promise) -> Any:
    if not is_kept(promise):
        promise._grader_remote.keep_promises()
    return kept(promise)


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

    def grader_calls(self, several: list[tuple[Any, ...]]) -> Any:
        """See :meth:`Proxy.grader_calls`."""
        remote = self._grader_owner._grader_remote
        return remote.operate("calls", self._grader_owner, several, self._grader_name)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.proxy(), name)

    def __repr__(self) -> str:
        return "<the student's method>"

    def proxy(self) -> Any:
        """The method itself, as the worker has it now."""
        remote = self._grader_owner._grader_remote
        return remote.operate("getattr", self._grader_owner, self._grader_name)


class Environment(Mapping[str, Any]):
    """The student's global names, as a test case's ``env``; values are fetched when asked for."""

    def __init__(self, remote: Remote, names: list[str]) -> None:
        self._remote = remote
        self._names = dict.fromkeys(names)  # their order, found at once

    def observed(self, observer: Observer) -> AbstractContextManager[None]:
        """See :meth:`Remote.observed`: every use of these objects passes ``observer``."""
        return self._remote.observed(observer)

    def queued(self) -> AbstractContextManager[None]:
        """See :meth:`Remote.queued`: these objects, too, are promised while it lasts."""
        return self._remote.queued()

    def __getitem__(self, name: str) -> Any:
        if name not in self._names:
            raise KeyError(name)
        return self._remote.operate("lookup", name)

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
