"""Turns what a student returned into plain arrays and numbers, or says why it is none.

Nothing here trusts the object.  Arrays must be of the type ``numpy.ndarray``, or of a class
that adds nothing to it (a memory map), so that one with its own ``__array_function__`` never
gets a say; lists, tuples, dictionaries, ints and floats are read through the built-in type's
own methods, whatever a subclass overrides.  That is also how values come out of the worker:
isolated and under ``otter run`` the same things are accepted.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.bounds import MAX_LIST_DEPTH
from grader.checks.failure import (
    CheckFailure,
    CheckWarning,
    Name,
    entry_of,
    number_text,
    type_name,
    whole,
)
from grader.sandbox.wire.arrays import plain_array
from grader.words import Words, say

Real = NDArray[np.floating[Any]]

_INTEGERS: frozenset[type] = frozenset(np.dtype(c).type for c in "bBhHiIlLqQ")
_FLOATS: frozenset[type] = frozenset(np.dtype(c).type for c in "efdg")

_TYPE_HINTS = {
    "NoneType": say("is None (is a return missing?)"),
    "matrix": say("is an np.matrix; make it an array with np.asarray"),
    "MaskedArray": say("is a masked array; make it an ordinary one"),
    "array of object": say("holds Python objects, not numbers (dtype object)"),
    "coroutine": say("comes from an async def function, which must be a plain def"),
    "complex": say("is a complex number; take its real part"),
    "complex64": say("is a complex number; take its real part"),
    "complex128": say("is a complex number; take its real part"),
}
_TYPE_HINTS |= dict.fromkeys(
    ("function", "method", "builtin_function_or_method", "ufunc"),
    say("is a function, not its result (are the parentheses of a call missing?)"),
)
_ARRAY_HINTS = {
    "b": say("holds True and False, not numbers"),
    "c": say("holds complex numbers; take the real part"),
    "O": say("holds Python objects, not numbers (dtype object)"),
    "S": say("holds text, not numbers"),
    "U": say("holds text, not numbers"),
    "V": say("holds records, not numbers"),
    "M": say("holds dates, not numbers"),
    "m": say("holds times, not numbers"),
}


def array(
    actual: Any,
    *,
    name: Name,
    shape: tuple[int | None, ...] | None = None,
    finite: bool = True,
    lists: bool = True,
) -> Real:
    """Accept *actual* as an array of real numbers and return a plain copy.

    Accepted are plain arrays with floats of any
    precision or integers and, where *lists* is true, lists and tuples of numbers
    (nested; with a :class:`CheckWarning`).  *shape* asks for a shape, None in it for an
    axis of any length; *finite* asks for neither NaN nor infinity.  The result is
    float64, or longdouble where *actual* is.

    Raises :class:`CheckFailure` of kind ``kind``, ``shape`` or ``finite``.
    """
    if lists and _is_list(actual):
        try:
            result = _from_list(actual, name)
        except CheckFailure as failure:
            raise _of_several(actual, name) or failure from None
        _warn(
            say(
                "{name} is a {type}; expected a NumPy array.",
                name=whole(name),
                type=type_name(actual),
            )
        )
    elif _is_array(actual):
        result = _from_array(actual, name)
    elif _real(actual) is not None:
        raise shape_failure(name, (), shape)
    else:
        raise _kind_failure(name, actual, say("a NumPy array"))
    if shape is not None and not _fits(result.shape, shape):
        raise shape_failure(name, result.shape, shape)
    if finite:
        require_finite(result, name)
    return result


def number(actual: Any, *, name: Name, finite: bool = True) -> float:
    """Accept *actual* as one real number and return it as a float.

    Accepted are Python and NumPy integers and floats, 0-d arrays of them, and arrays of
    shape (1,) (with a :class:`CheckWarning`); not bools, strings, None or lists.

    Raises :class:`CheckFailure` of kind ``kind``, ``shape`` or ``finite``.
    """
    if _is_array(actual):
        entries = _from_array(actual, name)
        if entries.shape == (1,):
            _warn(
                say("{name} is an array of shape (1,); expected a single number.", name=whole(name))
            )
        elif entries.shape != ():
            raise shape_failure(name, entries.shape, ())
        result = float(entries.reshape(())[()])
    elif (real := _real(actual)) is not None:
        result = float(real)
    else:
        raise _kind_failure(name, actual, say("a number"))
    if finite and not np.isfinite(result):
        raise _finite_failure(name, (), result)
    return result


def reals(actual: Any, *, name: Name) -> Real:
    """Accept *actual* as a number, an array or a list alike, and return a plain copy.

    For the checks' own use: it warns of nothing.  Raises :class:`CheckFailure` of kind
    ``kind``, or ``shape`` for lists that make no array.
    """
    if _is_list(actual):
        return _from_list(actual, name)
    if _is_array(actual):
        return _from_array(actual, name)
    if (real := _real(actual)) is not None:
        return np.array(real)
    raise _kind_failure(name, actual, None)


def integers(actual: Any, *, name: Name, shape: tuple[int | None, ...] | None = None) -> Real:
    """Accept *actual* as an array of whole numbers, as :func:`array` does.

    Floats that are whole are accepted with a :class:`CheckWarning`; a fraction raises
    :class:`CheckFailure` of kind ``kind``.
    """
    result = array(actual, name=name, shape=shape)
    fractions = np.argwhere(result != np.rint(result))
    if len(fractions):
        where = tuple(int(i) for i in fractions[0])
        own = number_text(result[where])
        raise CheckFailure(
            say(
                "{entry} is {own}; expected whole numbers.",
                entry=entry_of(name, where),
                own=own,
            ),
            kind="kind",
            name=name,
            where=where,
            actual=own,
        )
    if _is_array(actual) and actual.dtype.kind == "f":
        _warn(say("{name} holds floats; expected integers.", name=whole(name)))
    return result


def sequence(actual: Any, length: int, *, name: Name) -> tuple[Any, ...]:
    """Take apart *actual*, a tuple, list or array with *length* entries along its first axis.

    The entries are returned as they are, still to be checked.  Raises
    :class:`CheckFailure` of kind ``kind`` or ``shape``.
    """
    if _is_array(actual):
        if actual.dtype.kind not in "fiu" or not actual.ndim:
            raise _kind_failure(name, actual, say("a tuple of {length}", length=length))
        entries = tuple(actual)
    elif _is_list(actual):
        entries = tuple(items(actual))
    else:
        raise _kind_failure(name, actual, say("a tuple of {length}", length=length))
    if len(entries) != length:
        raise CheckFailure(
            say(
                "{name} has {count} entries; expected {length}.",
                name=name,
                count=len(entries),
                length=length,
            ),
            kind="shape",
            name=name,
            actual=str(len(entries)),
            expected=str(length),
        )
    return entries


def pair(actual: Any, *, name: Name) -> tuple[Any, Any]:
    """Take apart *actual*, a tuple, list or array of 2; see :func:`sequence`."""
    first, second = sequence(actual, 2, name=name)
    return first, second


def keys(actual: Any, expected: frozenset[str], *, name: Name) -> dict[str, Any]:
    """Accept *actual* as a dictionary with exactly the keys *expected*; their order is free.

    Returns a new plain dict with the values as they are.  Raises :class:`CheckFailure`
    of kind ``kind`` or ``keys``.
    """
    if not issubclass(type(actual), dict):
        raise _kind_failure(name, actual, say("a dictionary"))
    pairs = list(dict.items(actual))
    own = {str.__str__(key): entry for key, entry in pairs if issubclass(type(key), str)}
    if missing := sorted(expected - own.keys()):
        message = say("{name} has no entry {missing}.", name=name, missing=repr(missing[0]))
    elif len(pairs) > len(expected):
        message = say(
            "{name} has {count} entries; expected {length}.",
            name=name,
            count=len(pairs),
            length=len(expected),
        )
    else:
        return own
    raise CheckFailure(message, kind="keys", name=name)


def _of_several(actual: Any, name: Name) -> CheckFailure | None:
    """Say that a tuple came back where one array is asked for, if arrays are in it."""
    if type(actual) is not tuple or not any(_is_array(entry) for entry in actual):
        return None
    return CheckFailure(
        say(
            "{name} is a tuple of {count} results; expected one array.",
            name=name,
            count=len(actual),
        ),
        kind="kind",
        name=name,
        actual="tuple",
    )


def require_finite(entries: Real, name: Name) -> None:
    """Raise a :class:`CheckFailure` of kind ``finite`` at the first NaN or infinity."""
    finite = np.isfinite(entries)
    if not finite.all():
        where = tuple(int(i) for i in np.argwhere(~finite)[0])
        raise _finite_failure(name, where, entries[where])


def _from_array(actual: NDArray[Any], name: Name) -> Real:
    """Copy an exact ndarray into float64 or longdouble."""
    if actual.dtype.kind not in "fiu":
        raise _kind_failure(name, actual, say("an array of numbers"))
    wide = actual.dtype.type is np.longdouble
    return np.array(actual, dtype=np.longdouble if wide else np.float64)


def _from_list(actual: Any, name: Name, depth: int = 0) -> Real:
    """Rebuild a list element by element; every element's type is looked at."""
    if type(actual) is list and set(map(type, actual)) == {float}:
        return np.array(actual)  # a row of numbers, at once
    if (real := _real(actual)) is not None:
        return np.array(real)
    if _is_array(actual):
        return _from_array(actual, name)
    if not _is_list(actual):
        raise CheckFailure(
            say(
                "{name} holds an entry of type {type}; expected numbers only.",
                name=name,
                type=type_name(actual),
            ),
            kind="kind",
            name=name,
            actual=type_name(actual),
        )
    if depth == MAX_LIST_DEPTH:
        raise CheckFailure(say("{name} is nested too deeply.", name=name), kind="shape", name=name)
    rows = [_from_list(entry, name, depth + 1) for entry in items(actual)]
    if len({row.shape for row in rows}) > 1:
        raise CheckFailure(
            say("{name} has rows of different lengths, which do not make an array.", name=name),
            kind="shape",
            name=name,
        )
    return np.array(rows) if rows else np.empty(0)


def items(actual: Any) -> Iterator[Any]:
    """Iterate over a list or tuple, of a subclass too, by the built-in's own method."""
    return (list if issubclass(type(actual), list) else tuple).__iter__(actual)


def _is_array(actual: Any) -> bool:
    kind = type(actual)
    return kind is np.ndarray or (issubclass(kind, np.ndarray) and plain_array(actual) is not None)


def _is_list(actual: Any) -> bool:
    return issubclass(type(actual), (list, tuple))


def _real(actual: Any) -> float | np.longdouble | None:
    """Return a real number as a float (longdouble where it is one), None for anything else.

    An integer beyond float64 becomes infinite, as it would in an array.
    """
    kind = type(actual)
    if kind is np.longdouble:
        return np.longdouble(actual)
    if kind in _INTEGERS or kind in _FLOATS:
        return float(actual)
    if issubclass(kind, float):
        return float.__float__(actual)
    if not issubclass(kind, int) or kind is bool:
        return None
    whole = int.__int__(actual)
    try:
        return float(whole)
    except OverflowError:
        return math.inf if whole > 0 else -math.inf


def _fits(own: tuple[int, ...], asked: tuple[int | None, ...]) -> bool:
    return len(own) == len(asked) and all(
        b is None or a == b for a, b in zip(own, asked, strict=True)
    )


def _warn(message: Words) -> None:
    # Level 4 is the hidden test's own line in most cases; the text stands alone anyway.
    warnings.warn(CheckWarning(message), stacklevel=4)


def _shape_text(shape: tuple[int | None, ...]) -> Words:
    if shape == ():
        return say("a single number")
    inner = ", ".join("any" if n is None else str(n) for n in shape)
    return say("shape ({sizes})", sizes=inner + "," * (len(shape) == 1))


def shape_failure(
    name: Name, own: tuple[int, ...], asked: tuple[int | None, ...] | None
) -> CheckFailure:
    has = say("is a single number") if own == () else say("has {shape}", shape=_shape_text(own))
    wants = say("an array") if asked is None else _shape_text(asked)
    return CheckFailure(
        say("{name} {has}; expected {wanted}.", name=name, has=has, wanted=wants),
        kind="shape",
        name=name,
        actual=_shape_text(own),
        expected=wants,
    )


def _finite_failure(name: Name, where: tuple[int, ...], own: Any) -> CheckFailure:
    return CheckFailure(
        say(
            "{entry} is {own}; it should be a finite number.",
            entry=entry_of(name, where),
            own=number_text(own),
        ),
        kind="finite",
        name=name,
        where=where,
        actual=number_text(own),
    )


def _kind_failure(name: Name, actual: Any, wanted: Words | None) -> CheckFailure:
    """Say which type came in place of *wanted* (None: numbers), with a hint for the usual ones."""
    own = type_name(actual)
    if _is_array(actual):
        has = _ARRAY_HINTS.get(actual.dtype.kind, say("is a single number"))
    else:
        has = _TYPE_HINTS.get(own) or say("has type {type}", type=own)
    return CheckFailure(
        say("{name} {has}; expected numbers.", name=name, has=has)
        if wanted is None
        else say("{name} {has}; expected {wanted}.", name=name, has=has, wanted=wanted),
        kind="kind",
        name=name,
        actual=own,
    )
