"""Turns what a student returned into plain arrays and numbers, or says why it cannot.

Nothing here trusts the object.  Arrays must be of the type ``numpy.ndarray``, or of a class
that adds nothing to it (a memory map), so that a class with its own ``__array_function__`` is
never called; lists, tuples, dictionaries, ints and floats are read through the built-in type's
own methods, whatever a subclass overrides.  Values come out of the worker the same way, so
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
    require_each,
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
}
_TYPE_HINTS |= dict.fromkeys(
    ("complex", "complex64", "complex128"), say("is a complex number; take its real part")
)
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
_NOT_FINITE = say("{entry} is {own}; it should be a finite number.")


def array(
    actual: Any,
    *,
    name: Name,
    shape: tuple[int | None, ...] | None = None,
    finite: bool = True,
    lists: bool = True,
) -> Real:
    """Accept *actual* as an array of real numbers and return a plain copy.

    Accepted are plain arrays with floats of any precision or integers and, if *lists* is true,
    lists and tuples of numbers (nested; with a :class:`CheckWarning`).  *shape* is the shape
    asked for, with None for an axis of any length; *finite* refuses NaN and infinity.  The
    result is float64, or longdouble if *actual* is.

    Raises :class:`CheckFailure` of kind ``kind``, ``shape`` or ``finite``.
    """
    if lists and _is_list(actual):
        try:
            result = _from_list(actual, name)
        except CheckFailure:
            if type(actual) is not tuple or not any(map(_is_array, actual)):
                raise
            text = say("{name} is a tuple of {count} results; expected one array.",
                       count=len(actual))  # fmt: skip
            raise CheckFailure(text, kind="kind", name=name, actual="tuple") from None
        text = say("{name} is a {type}; expected a NumPy array.",
                   name=whole(name), type=type_name(actual))  # fmt: skip
        _warn(text)
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
            text = say("{name} is an array of shape (1,); expected a single number.",
                       name=whole(name))  # fmt: skip
            _warn(text)
        elif entries.shape != ():
            raise shape_failure(name, entries.shape, ())
        result = float(entries.item())
    elif (real := _real(actual)) is not None:
        result = float(real)
    else:
        raise _kind_failure(name, actual, say("a number"))
    if finite and not math.isfinite(result):
        require_finite(np.asarray(result), name)
    return result


def reals(actual: Any, *, name: Name) -> Real:
    """Accept *actual* as a number, an array or a list, and return a plain copy.

    For the checks' own use: it gives no warnings.  Raises :class:`CheckFailure` of kind
    ``kind``, or ``shape`` for lists that do not make an array.
    """
    if _is_list(actual):
        return _from_list(actual, name)
    if _is_array(actual):
        return _from_array(actual, name)
    if (real := _real(actual)) is not None:
        return np.array(real)
    raise _kind_failure(name, actual, None)


def integers(actual: Any, *, name: Name, shape: tuple[int | None, ...] | None = None) -> Real:
    """Accept *actual* as an array of whole numbers; otherwise like :func:`array`.

    Floats that are whole are accepted with a :class:`CheckWarning`; a fraction raises
    :class:`CheckFailure` of kind ``kind``.
    """
    result = array(actual, name=name, shape=shape)
    text = say("{entry} is {own}; expected whole numbers.")
    require_each(result == np.rint(result), result, text, kind="kind", name=name)
    if _is_array(actual) and actual.dtype.kind == "f":
        _warn(say("{name} holds floats; expected integers.", name=whole(name)))
    return result


def sequence(actual: Any, length: int, *, name: Name) -> tuple[Any, ...]:
    """Return the entries of *actual*, a tuple, list or array of *length* along its first axis.

    The entries themselves are not checked.  Raises :class:`CheckFailure` of kind ``kind`` or
    ``shape``.
    """
    if _is_list(actual):
        entries = tuple(items(actual))
    elif _is_array(actual) and actual.dtype.kind in "fiu" and actual.ndim:
        entries = tuple(actual)
    else:
        raise _kind_failure(name, actual, say("a tuple of {length}", length=length))
    if (count := len(entries)) != length:
        raise CheckFailure(
            _count_text(count, length),
            kind="shape", name=name, actual=str(count), expected=str(length),
        )  # fmt: skip
    return entries


def pair(actual: Any, *, name: Name) -> tuple[Any, Any]:
    """Return the two entries of *actual*, a tuple, list or array; see :func:`sequence`."""
    first, second = sequence(actual, 2, name=name)
    return first, second


def keys(actual: Any, expected: frozenset[str], *, name: Name) -> dict[str, Any]:
    """Accept *actual* as a dictionary with exactly the keys *expected*, in any order.

    Returns a new plain dict; its values are not checked.  Raises :class:`CheckFailure` of kind
    ``kind`` or ``keys``.
    """
    if not issubclass(type(actual), dict):
        raise _kind_failure(name, actual, say("a dictionary"))
    pairs = list(dict.items(actual))
    own = {str.__str__(key): entry for key, entry in pairs if issubclass(type(key), str)}
    if missing := sorted(expected - own.keys()):
        message = say("{name} has no entry {missing}.", missing=repr(missing[0]))
    elif len(pairs) > len(expected):
        message = _count_text(len(pairs), len(expected))
    else:
        return own
    raise CheckFailure(message, kind="keys", name=name)


def require_finite(entries: Real, name: Name) -> None:
    """Raise a :class:`CheckFailure` of kind ``finite`` at the first NaN or infinity."""
    require_each(np.isfinite(entries), entries, _NOT_FINITE, kind="finite", name=name)


def _count_text(count: int, length: int) -> Words:
    return say("{name} has {count} entries; expected {length}.", count=count, length=length)


def _from_array(actual: NDArray[Any], name: Name) -> Real:
    """Return a copy in float64 or longdouble."""
    if actual.dtype.kind not in "fiu":
        raise _kind_failure(name, actual, say("an array of numbers"))
    wide = actual.dtype.type is np.longdouble
    return np.array(actual, dtype=np.longdouble if wide else np.float64)


def _from_list(actual: Any, name: Name, depth: int = 0) -> Real:
    """Return an array of a list's elements; the type of each is checked."""
    if type(actual) is list and set(map(type, actual)) == {float}:
        return np.array(actual)  # the usual row of numbers, without a look at each
    if (real := _real(actual)) is not None:
        return np.array(real)
    if _is_array(actual):
        return _from_array(actual, name)
    if not _is_list(actual):
        own = type_name(actual)
        text = say("{name} holds an entry of type {type}; expected numbers only.", type=own)
        raise CheckFailure(text, kind="kind", name=name, actual=own)
    if depth == MAX_LIST_DEPTH:
        raise CheckFailure(say("{name} is nested too deeply."), kind="shape", name=name)
    rows = [_from_list(entry, name, depth + 1) for entry in items(actual)]
    if len({row.shape for row in rows}) > 1:
        text = say("{name} has rows of different lengths, which do not make an array.")
        raise CheckFailure(text, kind="shape", name=name)
    return np.array(rows) if rows else np.empty(0)


def items(actual: Any) -> Iterator[Any]:
    """Iterate over a list or tuple by the built-in's own method, whatever a subclass overrides."""
    return (list if issubclass(type(actual), list) else tuple).__iter__(actual)


def _is_array(actual: Any) -> bool:
    kind = type(actual)
    return kind is np.ndarray or (issubclass(kind, np.ndarray) and plain_array(actual) is not None)


def _is_list(actual: Any) -> bool:
    return issubclass(type(actual), (list, tuple))


def _real(actual: Any) -> float | np.longdouble | None:
    """Return a real number as a float (a longdouble stays one), None for anything else.

    An integer beyond float64 becomes infinite, as in an array.
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
    integer = int.__int__(actual)
    try:
        return float(integer)
    except OverflowError:
        return math.inf if integer > 0 else -math.inf


def _fits(own: tuple[int, ...], asked: tuple[int | None, ...]) -> bool:
    return len(own) == len(asked) and all(
        b is None or a == b for a, b in zip(own, asked, strict=True)
    )


def _warn(message: Words) -> None:
    # In most cases level 4 is the hidden test's own line.
    warnings.warn(CheckWarning(message), stacklevel=4)


def _shape_text(shape: tuple[int | None, ...]) -> Words:
    if shape == ():
        return say("a single number")
    inner = ", ".join("any" if n is None else str(n) for n in shape)
    return say("shape ({sizes})", sizes=inner + "," * (len(shape) == 1))


def shape_failure(
    name: Name, own: tuple[int, ...], asked: tuple[int | None, ...] | None
) -> CheckFailure:
    """Return the failure of a result of the shape *own* (of *asked*, None is any array)."""
    shape = _shape_text(own)
    has = say("is a single number") if own == () else say("has {shape}", shape=shape)
    wants = say("an array") if asked is None else _shape_text(asked)
    text = say("{name} {has}; expected {wanted}.", has=has, wanted=wants)
    return CheckFailure(text, kind="shape", name=name, actual=shape, expected=wants)


def _kind_failure(name: Name, actual: Any, wanted: Words | None) -> CheckFailure:
    """Return the failure of a result of another type than *wanted* (None: numbers)."""
    own = type_name(actual)
    if _is_array(actual):
        has = _ARRAY_HINTS.get(actual.dtype.kind, say("is a single number"))
    else:
        has = _TYPE_HINTS.get(own) or say("has type {type}", type=own)
    text = say("{name} {has}; expected numbers.", has=has)
    if wanted is not None:
        text = say("{name} {has}; expected {wanted}.", has=has, wanted=wanted)
    return CheckFailure(text, kind="kind", name=name, actual=own)
