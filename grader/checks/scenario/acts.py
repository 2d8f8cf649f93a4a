"""What a scenario may do besides using the student's objects.

What it does to its own arrays between two calls must be done in the same order as the calls: so
each of these is one of the ACTIONS of :mod:`grader.sandbox.wire.arrays`, done where the student's
code runs.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from contextvars import ContextVar
from typing import Any

from grader.checks.sharing import setting
from grader.sandbox.wire.arrays import ACTIONS

Act = Callable[..., Any]


def act_here(action: str, *arguments: Any) -> Any:
    """Do one of the ACTIONS in this process."""
    return ACTIONS[action](*arguments)


_act: ContextVar[Act] = ContextVar("act", default=act_here)


def act(action: str, *arguments: Any) -> Any:
    """Do one of the ACTIONS where the student's code runs, in the order of the calls."""
    return _act.get()(action, *arguments)


def acting(do: Act) -> AbstractContextManager[None]:
    """Inside the ``with`` block, call *do* for all actions."""
    return setting(_act, do)


def fill(target: Any, values: Any) -> None:
    """Write ``values`` into an array, or replace the entries of a dictionary by them."""
    act("fill", target, values)


def overwrite(thing: Any) -> None:
    """Change every entry of an array, or of the arrays in a dictionary, list or tuple."""
    act("overwrite", thing)


def shift(params: Any, amount: float) -> None:
    """Add ``amount`` to the arrays in a dictionary, in place."""
    act("shift", params, amount)


def rebind(params: Any, amount: float) -> None:
    """Replace the arrays in a dictionary by new ones, larger by ``amount``."""
    act("rebind", params, amount)


def turned(mapping: Any, places: int) -> Any:
    """Return a new dictionary with copies of the arrays, its keys rotated by *places*."""
    return act("turned", mapping, places)


def snapshot(thing: Any) -> Any:
    """Return a copy of arrays, or lists, tuples and dictionaries of them, as they are now."""
    return act("snapshot", thing)


def numbered(thing: Any) -> Any:
    """Return a copy of a result with 1.0 for True and 0.0 for False, if the task accepts these."""
    return act("numbered", thing)


def moved(argument: Any) -> Any:
    """Return an array, or a dictionary of arrays, with other numbers; anything else as it is."""
    is_plain = argument is None or isinstance(argument, bool | int | float | str)
    return argument if is_plain else act("moved", argument)


def parted(arrays: Any) -> Any:
    """Return a dictionary with an array for each entry of the arrays in a dictionary.

    Each of them is sent to the student's code alone.
    """
    return act("parted", arrays)


def joined(parts: Any) -> Any:
    """Return the arrays that were :func:`parted`, made of their parts as they are now."""
    return act("joined", parts)


def generator(seed: int) -> Any:
    """Return a new ``np.random.Generator`` for the student's code to draw from."""
    return act("generator", seed)


def asked() -> int:
    """Return how many operations the queue that is being filled has."""
    remote = getattr(_act.get(), "__self__", None)
    return int(getattr(remote, "asked", 0))
