"""What a caller does to its own arrays between two calls, as operations; both sides use this.

A test that queues its calls (:meth:`grader.isolation.proxy.Remote.queued`) cannot write into
an array itself: the calls before have not been made yet.  So it asks for that, too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from numpy import arange, ndarray


def overwrite(thing: Any) -> None:
    """Change every entry of an array, or of all arrays in a dict, list or tuple, in place."""
    if isinstance(thing, dict):
        for entry in list(thing.values()):
            overwrite(entry)
    elif isinstance(thing, list | tuple):
        for entry in thing:
            overwrite(entry)
    elif type(thing) is ndarray and thing.flags.writeable and thing.dtype.kind in "fiu":
        # No shift and no scaling, to which a layer may be indifferent; no entry stays.
        pattern = 3.7 + 1.3 * (arange(thing.size) % 7)
        thing[...] = (pattern.reshape(thing.shape) - 2 * thing).astype(thing.dtype)


def fill(array: Any, values: Any) -> None:
    """Write ``values`` into an array that is used again."""
    array[...] = values


def rebind(params: Any, amount: float) -> None:
    """Put new arrays, moved by ``amount``, in place of those in a dict."""
    for key in list(params):
        params[key] = params[key] + amount


def snapshot(thing: Any) -> Any:
    """Return a copy of arrays, and of lists, tuples and dicts of them, as they are now."""
    if type(thing) is ndarray:
        return thing.copy()
    if type(thing) in (list, tuple):
        return type(thing)(map(snapshot, thing))
    if type(thing) is dict:
        return {key: snapshot(entry) for key, entry in thing.items()}
    return thing


ACTIONS: Final[dict[str, Callable[..., Any]]] = {
    action.__name__: action for action in (overwrite, fill, rebind, snapshot)
}
