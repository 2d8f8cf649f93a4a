"""What an array is, and what a caller does to its own between two calls; both sides use this.

A test that queues its calls (:meth:`grader.sandbox.outside.proxy.Remote.queued`) cannot write into
an array itself: the calls before have not been made yet.  So it asks for that as for a call:
these are its ``ACTIONS``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, Final

import numpy
from numpy import (
    absolute,
    arange,
    array,
    bool_,
    concatenate,
    matrix,
    memmap,
    ndarray,
    where,
)  # a notebook may overwrite numpy's own names
from numpy.random import default_rng

#: What a subclass of arrays may have of its own and still be no more than an array.
_NOTHING_OF_ITS_OWN: Final = frozenset(
    "__module__ __doc__ __dict__ __weakref__ __new__ __array_finalize__ __array_priority__ "
    "__annotations__ __firstlineno__ __static_attributes__ __qualname__ __slots__".split()
)


class Formula:
    """A function of one number or array z, given as NumPy code, that a test hands over.

    It travels as its ``text``, so that calling it asks nobody: each side makes its own.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.__name__ = "formula"
        self._function = eval(f"lambda z: {text}", {"np": numpy})

    def __call__(self, z: Any) -> Any:
        return self._function(z)

    def __deepcopy__(self, memo: Any) -> Formula:
        return self  # as a function is copied

    def __reduce__(self) -> Any:  # a student's code may send it to other processes
        return formula, (self.text,)


@cache
def formula(text: str) -> Formula:
    """Return the function ``lambda z: text``, the same one for the same text."""
    return Formula(text)


def overwrite(thing: Any) -> None:
    """Change every entry of an array, or of all in a dict, list or tuple, in place.

    In a list also the numbers themselves.
    """
    if isinstance(thing, dict):
        for entry in list(thing.values()):
            overwrite(entry)
    elif isinstance(thing, list | tuple):
        for place, entry in enumerate(thing):
            if type(entry) is float and type(thing) is list:
                thing[place] = others(array(entry)).item()
            else:
                overwrite(entry)
    elif type(thing) is ndarray and thing.flags.writeable and thing.dtype.kind in "fiu":
        thing[...] = others(thing)


def others(numbers: ndarray[Any, Any]) -> ndarray[Any, Any]:
    """Return an array of other numbers, of an array of floats or whole numbers.

    No shift and no scaling, to which a layer may be indifferent; and no entry stays, or nearly.
    """
    pattern = (arange(numbers.size) % 7).reshape(numbers.shape)
    found: ndarray[Any, Any]
    if numbers.dtype.kind == "f":
        found = 3.7 + 1.3 * pattern - 2 * numbers
        stays = absolute(found - numbers) < 0.5
    else:
        found = (3 + pattern).astype(numbers.dtype) - 2 * numbers  # which may wrap around
        stays = found == numbers
    return where(stays, found + 1, found)


def fill(target: Any, values: Any) -> None:
    """Write ``values`` into an array that is used again, or in place of a dict's entries."""
    if isinstance(target, dict):
        target.clear()
        target.update(values)
    else:
        target[...] = values


def shift(params: Any, amount: float) -> None:
    """Add ``amount`` to the arrays in a dict, in place."""
    for entry in params.values():
        entry += amount


def rebind(params: Any, amount: float) -> None:
    """Put new arrays, moved by ``amount``, in place of those in a dict."""
    for key in list(params):
        params[key] = params[key] + amount


def turned(mapping: dict[Any, Any], places: int) -> dict[Any, Any]:
    """Return a new dict with copies of the arrays in one, its keys ``places`` further on."""
    keys = list(mapping)
    places %= max(len(keys), 1)
    return {key: snapshot(mapping[key]) for key in keys[places:] + keys[:places]}


def moved(thing: Any) -> Any:
    """Return other numbers of the same shape, for an array or the arrays in a dict.

    No shift and no scaling, to which a layer may be indifferent.
    """
    if isinstance(thing, dict):
        return {key: moved(entry) for key, entry in thing.items()}
    if type(thing) is ndarray and thing.dtype.kind == "f":
        pattern = 1.5 + 0.25 * (arange(thing.size) % 5)
        return thing * pattern.reshape(thing.shape) + 0.3
    return snapshot(thing)


def peek(thing: Any, name: str) -> Any:
    """Return an attribute, None where there is none."""
    return getattr(thing, name, None)


def parted(arrays: dict[str, Any]) -> dict[str, Any]:
    """Return a dict with an array of its own for each entry of those in one."""
    return {
        f"{key}.{place}": array[place : place + 1].copy()
        for key, array in arrays.items()
        for place in range(len(array))
    }


def joined(parts: dict[str, Any]) -> dict[str, Any]:
    """Return the arrays that were parted, as their parts are now."""
    found: dict[str, list[Any]] = {}
    for part in sorted(parts, key=lambda part: int(part.rpartition(".")[2])):
        found.setdefault(part.rpartition(".")[0], []).append(parts[part])
    return {key: concatenate(entries) for key, entries in found.items()}


def repeat(used: Any, name: str, times: int, changed: Any, *arguments: Any) -> None:
    """Call a method so many times with the same argument and copies of the others."""
    for _ in range(times):
        getattr(used, name)(changed, *map(snapshot, arguments))


def snapshot(thing: Any) -> Any:
    """Return a copy of arrays, and of lists, tuples and dicts of them, as they are now."""
    if type(thing) is ndarray:
        return thing.copy()
    if type(thing) in (list, tuple):
        return type(thing)(map(snapshot, thing))
    if isinstance(thing, tuple) and hasattr(thing, "_fields"):  # with names: it travels as a tuple
        return tuple(map(snapshot, thing))
    if type(thing) is dict:
        return {key: snapshot(entry) for key, entry in thing.items()}
    return thing


def several(function: Any, times: int, *arguments: Any) -> list[Any]:
    """Return copies of what so many calls with the same arguments give: one operation."""
    return [snapshot(function(*arguments)) for _ in range(times)]


def generator(seed: int) -> Any:
    """Return a random generator in the state that belongs to *seed*; it is no data, so a handle."""
    return default_rng(seed)


def numbered(thing: Any) -> Any:
    """Return 1.0 for True and 0.0 for False, also in arrays, lists and tuples; else a copy."""
    if type(thing) is ndarray and thing.dtype.kind == "b":
        return thing.astype(float)
    if type(thing) in (list, tuple):
        return type(thing)(map(numbered, thing))
    return float(thing) if isinstance(thing, (bool, bool_)) else snapshot(thing)


def apart(target: Any, name: str, *arguments: Any) -> Any:
    """Call a method with copies, and return a copy of its result: one operation, not three."""
    return snapshot(getattr(target, name)(*map(snapshot, arguments)))


def without_test_time(own: Callable[..., Any]) -> Callable[..., Any]:
    """Return the method *own* for training alone, without its flag; at test time it copies x."""

    def forward(layer: Any, x: Any, train_flg: bool = True) -> Any:
        return own(layer, x) if train_flg else array(x)

    return forward


def with_harmless_test_time(own: Callable[..., Any]) -> Callable[..., Any]:
    """Return the method *own* for training alone, with its flag; at test time it copies x."""

    def forward(layer: Any, x: Any, train_flg: bool = True) -> Any:
        return own(layer, x, True) if train_flg else array(x)

    return forward


ACTIONS: Final[dict[str, Callable[..., Any]]] = {
    action.__name__: action
    for action in (
        *(overwrite, fill, shift, rebind, turned, moved, parted, joined, peek, repeat),
        *(snapshot, apart, several, generator, numbered),
        *(without_test_time, with_harmless_test_time),
    )
}


def plain_array(value: ndarray[Any, Any]) -> ndarray[Any, Any] | None:
    """Return an array of a subclass as a plain one, in the same memory, if it is no more.

    A memory map is one, a masked array with nothing masked, and what a class without
    anything of its own makes.  A matrix is not: it multiplies in another way.
    """
    kind = type(value)
    if issubclass(kind, matrix):
        return None
    if kind is not memmap and not _hides_nothing(value):
        own = set().union(*(vars(c) for c in kind.__mro__[: kind.__mro__.index(ndarray)]))
        if own - _NOTHING_OF_ITS_OWN or getattr(value, "__dict__", None):
            return None
    return ndarray.view(value, ndarray)


def _hides_nothing(value: ndarray[Any, Any]) -> bool:
    """Return whether this is a masked array in which nothing is masked."""
    from numpy.ma import MaskedArray, getmaskarray

    return type(value) is MaskedArray and not getmaskarray(value).any()
