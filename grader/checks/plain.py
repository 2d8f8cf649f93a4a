"""Turns what a student returned into plain arrays and numbers, or says why it is none.

Nothing here trusts the object.  Arrays must be exactly of the type ``numpy.ndarray``, so
that a subclass with its own ``__array_function__`` never gets a say; lists, tuples,
dictionaries, ints and floats are read through the built-in type's own methods, whatever a
subclass overrides.  That is also how values come out of the worker: isolated and under
``otter run`` the same things are accepted.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.checks.failure import CheckFailure, CheckWarning, number_text, place_text, type_name

Real = NDArray[np.floating[Any]]

_INTEGERS: frozenset[type] = frozenset(np.dtype(c).type for c in "bBhHiIlLqQ")
_FLOATS: frozenset[type] = frozenset(np.dtype(c).type for c in "efdg")
_DEPTH = 16  # no array asked for anywhere has more axes; a list may hold itself

_TYPE_HINTS = {
    "NoneType": "is None (is a return missing?)",
    "matrix": "is a np.matrix; make it an array with np.asarray",
    "MaskedArray": "is a masked array; make it an ordinary one",
    "array of object": "holds Python objects, not numbers (dtype object)",
    "complex": "is a complex number; take its real part",
    "complex64": "is a complex number; take its real part",
    "complex128": "is a complex number; take its real part",
}
_ARRAY_HINTS = {
    "b": "holds True and False, not numbers",
    "c": "holds complex numbers; take the real part",
    "O": "holds Python objects, not numbers (dtype object)",
    "S": "holds text, not numbers",
    "U": "holds text, not numbers",
    "V": "holds records, not numbers",
    "M": "holds dates, not numbers",
    "m": "holds times, not numbers",
}


def array(
    actual: Any,
    *,
    name: str,
    shape: tuple[int | None, ...] | None = None,
    finite: bool = True,
    lists: bool = True,
) -> Real:
    """Accept *actual* as an array of real numbers and return a plain copy.

    Accepted are arrays of exactly the type ``numpy.ndarray`` with floats of any
    precision or integers and, where *lists* is true, lists and tuples of numbers
    (nested; with a :class:`CheckWarning`).  *shape* asks for a shape, None in it for an
    axis of any length; *finite* asks for neither NaN nor infinity.  The result is
    float64, or longdouble where *actual* is.

    Raises :class:`CheckFailure` of kind ``kind``, ``shape`` or ``finite``.
    """
    if lists and _is_list(actual):
        result = _from_list(actual, name)
        _warn(f"{name} is a {type_name(actual)}; a NumPy array is asked for.")
    elif type(actual) is np.ndarray:
        result = _from_array(actual, name)
    elif _real(actual) is not None:
        raise shape_failure(name, (), shape)
    else:
        raise _kind_failure(name, actual, "a NumPy array")
    if shape is not None and not _fits(result.shape, shape):
        raise shape_failure(name, result.shape, shape)
    if finite:
        require_finite(result, name)
    return result


def number(actual: Any, *, name: str, finite: bool = True) -> float:
    """Accept *actual* as one real number and return it as a float.

    Accepted are Python and NumPy integers and floats, 0-d arrays of them, and arrays of
    shape (1,) (with a :class:`CheckWarning`); not bools, strings, None or lists.

    Raises :class:`CheckFailure` of kind ``kind``, ``shape`` or ``finite``.
    """
    if type(actual) is np.ndarray:
        entries = _from_array(actual, name)
        if entries.shape == (1,):
            _warn(f"{name} is an array of shape (1,); a single number is asked for.")
        elif entries.shape != ():
            raise shape_failure(name, entries.shape, ())
        result = float(entries.reshape(())[()])
    elif (real := _real(actual)) is not None:
        result = float(real)
    else:
        raise _kind_failure(name, actual, "a number")
    if finite and not np.isfinite(result):
        raise _finite_failure(name, (), result)
    return result


def reals(actual: Any, *, name: str) -> Real:
    """Accept *actual* as a number, an array or a list alike, and return a plain copy.

    For the checks' own use: it warns of nothing.  Raises :class:`CheckFailure` of kind
    ``kind``, or ``shape`` for lists that make no array.
    """
    if _is_list(actual):
        return _from_list(actual, name)
    if type(actual) is np.ndarray:
        return _from_array(actual, name)
    if (real := _real(actual)) is not None:
        return np.array(real)
    raise _kind_failure(name, actual, "numbers")


def integers(actual: Any, *, name: str, shape: tuple[int | None, ...] | None = None) -> Real:
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
            f"{name}{place_text(where)} is {own}; whole numbers are asked for.",
            kind="kind",
            name=name,
            where=where,
            actual=own,
        )
    if type(actual) is np.ndarray and actual.dtype.kind == "f":
        _warn(f"{name} holds floats; integers are asked for.")
    return result


def sequence(actual: Any, length: int, *, name: str) -> tuple[Any, ...]:
    """Take apart *actual*, a tuple, list or array with *length* entries along its first axis.

    The entries are returned as they are, still to be checked.  Raises
    :class:`CheckFailure` of kind ``kind`` or ``shape``.
    """
    if type(actual) is np.ndarray:
        if actual.dtype.kind not in "fiu" or not actual.ndim:
            raise _kind_failure(name, actual, f"a tuple of {length}")
        entries = tuple(actual)
    elif _is_list(actual):
        entries = tuple(items(actual))
    else:
        raise _kind_failure(name, actual, f"a tuple of {length}")
    if len(entries) != length:
        raise CheckFailure(
            f"{name} has {len(entries)} entries; {length} are asked for.",
            kind="shape",
            name=name,
            actual=str(len(entries)),
            expected=str(length),
        )
    return entries


def pair(actual: Any, *, name: str) -> tuple[Any, Any]:
    """Take apart *actual*, a tuple, list or array of 2; see :func:`sequence`."""
    first, second = sequence(actual, 2, name=name)
    return first, second


def keys(actual: Any, expected: frozenset[str], *, name: str) -> dict[str, Any]:
    """Accept *actual* as a dictionary with exactly the keys *expected*; their order is free.

    Returns a new plain dict with the values as they are.  Raises :class:`CheckFailure`
    of kind ``kind`` or ``keys``.
    """
    if not issubclass(type(actual), dict):
        raise _kind_failure(name, actual, "a dictionary")
    pairs = list(dict.items(actual))
    own = {str.__str__(key): entry for key, entry in pairs if issubclass(type(key), str)}
    if missing := sorted(expected - own.keys()):
        message = f"{name} has no entry {missing[0]!r}."
    elif len(pairs) > len(expected):
        message = f"{name} has {len(pairs)} entries; {len(expected)} are asked for."
    else:
        return own
    raise CheckFailure(message, kind="keys", name=name)


def require_finite(entries: Real, name: str) -> None:
    """Raise a :class:`CheckFailure` of kind ``finite`` at the first NaN or infinity."""
    finite = np.isfinite(entries)
    if not finite.all():
        where = tuple(int(i) for i in np.argwhere(~finite)[0])
        raise _finite_failure(name, where, entries[where])


def _from_array(actual: NDArray[Any], name: str) -> Real:
    """Copy an exact ndarray into float64 or longdouble."""
    if actual.dtype.kind not in "fiu":
        raise _kind_failure(name, actual, "an array of numbers")
    wide = actual.dtype.type is np.longdouble
    return np.array(actual, dtype=np.longdouble if wide else np.float64)


def _from_list(actual: Any, name: str, depth: int = 0) -> Real:
    """Rebuild a list element by element; every element's type is looked at."""
    if type(actual) is list and set(map(type, actual)) == {float}:
        return np.array(actual)  # a row of numbers, at once
    if (real := _real(actual)) is not None:
        return np.array(real)
    if type(actual) is np.ndarray:
        return _from_array(actual, name)
    if not _is_list(actual):
        raise CheckFailure(
            f"{name} holds an entry of type {type_name(actual)}; only numbers are asked for.",
            kind="kind",
            name=name,
            actual=type_name(actual),
        )
    if depth == _DEPTH:
        raise CheckFailure(f"{name} is nested too deeply.", kind="shape", name=name)
    rows = [_from_list(entry, name, depth + 1) for entry in items(actual)]
    if len({row.shape for row in rows}) > 1:
        raise CheckFailure(
            f"{name} has rows of different lengths; they make no array.", kind="shape", name=name
        )
    return np.array(rows) if rows else np.empty(0)


def items(actual: Any) -> Iterator[Any]:
    """Iterate over a list or tuple, of a subclass too, by the built-in's own method."""
    return (list if issubclass(type(actual), list) else tuple).__iter__(actual)


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


def _warn(message: str) -> None:
    # Level 4 is the hidden test's own line in most cases; the text stands alone anyway.
    warnings.warn(CheckWarning(message), stacklevel=4)


def _shape_text(shape: tuple[int | None, ...]) -> str:
    if shape == ():
        return "a single number"
    inner = ", ".join("any" if n is None else str(n) for n in shape)
    return f"shape ({inner}{',' if len(shape) == 1 else ''})"


def shape_failure(
    name: str, own: tuple[int, ...], asked: tuple[int | None, ...] | None
) -> CheckFailure:
    has = "is a single number" if own == () else f"has {_shape_text(own)}"
    wants = "an array" if asked is None else _shape_text(asked)
    return CheckFailure(
        f"{name} {has}; {wants} is asked for.",
        kind="shape",
        name=name,
        actual=_shape_text(own),
        expected=wants,
    )


def _finite_failure(name: str, where: tuple[int, ...], own: Any) -> CheckFailure:
    return CheckFailure(
        f"{name}{place_text(where)} is {number_text(own)}; it should be a finite number.",
        kind="finite",
        name=name,
        where=where,
        actual=number_text(own),
    )


def _kind_failure(name: str, actual: Any, wanted: str) -> CheckFailure:
    """Say which type came in place of *wanted*, with a hint for the usual ones."""
    own = type_name(actual)
    if type(actual) is np.ndarray:
        has = _ARRAY_HINTS.get(actual.dtype.kind, "is a single number")
    else:
        has = _TYPE_HINTS.get(own, f"has type {own}")
    return CheckFailure(f"{name} {has}; {wanted} is asked for.", kind="kind", name=name, actual=own)
