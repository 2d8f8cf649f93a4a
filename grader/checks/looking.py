"""What a test case looks at, told to whoever listens: the diagnosis of what went wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

#: The results of one execution of a scenario that are looked at, by name (text or words), or what
#: it raised.
Look = Mapping[Any, Any] | Exception
#: Hears of one, whether it must be the reference's, and of how many samples it is (0: unknown).
Listener = Callable[[Look, bool, int], None]
_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


def note(look: Look, *, right: bool, samples: int) -> None:
    """Tell the listener, if there is one; nothing in *look* may be changed later."""
    listener = _listener.get()
    if listener is not None:
        listener(look, right, samples)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """While it lasts, ``listener`` hears what test cases look at, before they judge it."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)
