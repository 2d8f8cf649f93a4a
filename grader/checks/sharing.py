"""What is found out once about a submission, and shared by its test cases.

Three test cases of ``train`` may look at the same executions, each at another result, and five of
them need to know whether ``forward`` can be used.  The judge says whose objects the test cases get
(:func:`sharing`); without that, as under ``otter run``, each test case asks for itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, TypeVar

_Found = TypeVar("_Found")


@dataclass(slots=True)
class Shared:
    """What was found out about one submission's objects, and which stand-ins replace parts."""

    found: dict[Sequence[Any], Any] = field(default_factory=dict)
    in_place: tuple[int, ...] = ()


_shared: ContextVar[Shared | None] = ContextVar("shared", default=None)


@contextmanager
def setting(variable: ContextVar[Any], value: Any) -> Iterator[None]:
    """Set a context variable inside the ``with`` block."""
    token = variable.set(value)
    try:
        yield
    finally:
        variable.reset(token)


def sharing(shared: Shared) -> AbstractContextManager[None]:
    """Inside the ``with`` block, test cases are about the objects that *shared* belongs to."""
    return setting(_shared, shared)


def once(key: Sequence[Any], find: Callable[[], _Found]) -> _Found:
    """Return the result of *find*, or an earlier one for this *key* and the same stand-ins.

    An exception of *find* is not kept.  The result must not be changed.
    """
    shared = _shared.get()
    if shared is None:
        return find()
    full = (shared.in_place, *key)
    if full not in shared.found:
        shared.found[full] = find()
    found: _Found = shared.found[full]
    return found


def note_in_place(part: object, until: ExitStack) -> None:
    """Note that *part* stands in for the student's until *until* ends: results may differ then."""
    shared = _shared.get()
    if shared is None:
        return
    before = shared.in_place
    shared.in_place = (*before, id(part))
    until.callback(setattr, shared, "in_place", before)
