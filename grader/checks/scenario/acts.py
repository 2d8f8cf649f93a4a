"""What a scenario may do besides using the student's objects.

What it does to arrays of its own between two calls must travel in its order, too: each of these
is one of the ACTIONS of :mod:`grader.sandbox.wire.arrays`, done where the student's code runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from grader.sandbox.wire.arrays import ACTIONS

Act = Callable[..., Any]


def act_here(action: str, *arguments: Any) -> Any:
    """Do one of the ACTIONS in this process."""
    return ACTIONS[action](*arguments)


_act: ContextVar[Act] = ContextVar("act", default=act_here)


def act(action: str, *arguments: Any) -> Any:
    """Do one of the ACTIONS, in the order of the calls."""
    return _act.get()(action, *arguments)


@contextmanager
def acting(do: Act) -> Iterator[None]:
    """While it lasts, *do* is called in place of all actions."""
    token = _act.set(do)
    try:
        yield
    finally:
        _act.reset(token)


def fill(target: Any, values: Any) -> None:
    """Write ``values`` into an array, or in place of the entries of a dictionary."""
    act("fill", target, values)


def overwrite(thing: Any) -> None:
    """Change every entry of an array, or of the arrays in a dictionary, list or tuple."""
    act("overwrite", thing)


def shift(params: Any, amount: float) -> None:
    """Add ``amount`` to the arrays in a dictionary, in place."""
    act("shift", params, amount)


def rebind(params: Any, amount: float) -> None:
    """Put new arrays, moved by ``amount``, in place of those in a dictionary."""
    act("rebind", params, amount)


def turned(mapping: Any, places: int) -> Any:
    """Make a new dictionary with copies of the arrays in one, its keys turned by *places*."""
    return act("turned", mapping, places)


def snapshot(thing: Any) -> Any:
    """Copy arrays, and lists, tuples and dictionaries of them, as they are now."""
    return act("snapshot", thing)


def numbered(thing: Any) -> Any:
    """Copy a result, with 1.0 and 0.0 for True and False, where a text accepts these."""
    return act("numbered", thing)


def moved(argument: Any) -> Any:
    """Other numbers in an array, or in the arrays of a dictionary; anything else as it is."""
    is_plain = argument is None or isinstance(argument, bool | int | float | str)
    return argument if is_plain else act("moved", argument)


def parted(arrays: Any) -> Any:
    """Make a dictionary with an array for each entry of those in one, which alone travels."""
    return act("parted", arrays)


def joined(parts: Any) -> Any:
    """The arrays that were :func:`parted`, as their parts are now."""
    return act("joined", parts)


def generator(seed: int) -> Any:
    """Make a ``np.random.Generator`` for the student's code to draw from, one a call of this."""
    return act("generator", seed)


def asked() -> int:
    """How many operations have been asked for in the queue that is being filled."""
    remote = getattr(_act.get(), "__self__", None)
    return 0 if remote is None else int(remote.asked)
