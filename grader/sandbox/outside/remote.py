"""The operations of proxies, done one by one or queued, past an observer if there is one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from grader.errors import swallow
from grader.sandbox.wire.arrays import ACTIONS

from .promises import Promise, Queued, is_kept, kept

#: Called in place of each operation with (perform, operation, *arguments, **keywords).
Observer = Callable[..., Any]

#: Operations whose result need not be known at once: while they are queued, it is promised.
PROMISED: Final = frozenset({"lookup", "call", "method", "getattr", "setattr", "getitem", *ACTIONS})


class Remote(ABC):
    """Does a proxy's operations: through a worker's link, or on objects of this process.

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
        if self._queue is not None and (self.is_full or operation not in PROMISED):
            self.keep_promises()
        arguments = tuple(map(kept, arguments))
        keywords = {key: kept(value) for key, value in keywords.items()} if keywords else keywords
        if self._queue is None or operation not in PROMISED:
            return self._observe(self.perform, operation, arguments, keywords)
        queued = Queued(operation, arguments, keywords, Promise(self, -1, "promise"))
        self.enqueue(queued)
        self._queue.append(queued)
        self.asked += 1
        return queued.promise

    @contextmanager
    def queued(self) -> Iterator[None]:
        """Within, calls and attributes are promised, and done together at the end.

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
        except Exception:
            try:  # done it must be, as if each had been asked alone
                self.keep_promises()
            except Exception as error:
                swallow(error)
            raise
        else:
            self.keep_promises()
        finally:
            self._queue = None

    def is_done(self, value: Any) -> bool:
        """Return whether a value is there, and not a promise still to be kept."""
        return type(value) is not Promise or is_kept(value)

    def value_of(self, value: Any) -> Any:
        """Return ``value`` with kept promises replaced by what they gave."""
        return kept(value)

    def taken(self, copies: Any) -> Any:
        """Return the value of promised *copies*, which nobody on the other side has or needs."""
        return kept(copies)

    def keep_promises(self) -> None:
        """Have all queued operations done; raise what the first that fails raises."""
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
            if not is_kept(queued.promise):
                break
            self.done += 1
        if error is not None:
            raise error

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
        """Queue an operation, with its arguments as they are now; it may be done at once."""

    @abstractmethod
    def perform_all(self, queue: Sequence[Queued]) -> Exception | None:
        """Do what was queued, in order, and keep the promises.  Return what the last raised."""

    @contextmanager
    def observed(self, observer: Observer) -> Iterator[None]:
        """Within, ``observer`` gets each operation in place of ``perform``, which it calls."""
        outer, self._observer = self._observer, observer
        try:
            yield
        finally:
            self._observer = outer

    @abstractmethod
    def perform(self, operation: str, *arguments: Any, **keywords: Any) -> Any:
        """Do ``operation``; return its value or raise its exception."""

    @abstractmethod
    def release(self, number: int) -> None:
        """Note that the last proxy of this handle is gone."""
