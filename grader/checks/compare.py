"""Compares what a student returned with the right result: arrays, numbers, dictionaries.

The accepted error follows from the size of the whole array, never from one entry: it is the
:class:`Tolerance`'s (what rounding can do to a correct solution) or, where single precision
inside is allowed, 1e-5 of the largest expected entry, whichever is larger.  A float64 result
does not show whether it was computed in float32, so this applies to everyone, and hidden tests
choose inputs on which every mistake is well above it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from grader.checks import plain
from grader.checks.failure import CheckFailure, Name, failure_at, first_place, number_text, part
from grader.checks.plain import Real
from grader.words import say

EPS = float(np.finfo(np.float64).eps)
SINGLE = 1e-5  # of the array's size: what single precision inside may cost
_FLOOR = 1e3  # units of EPS of the array's size: what a long sum in another order may cost


@dataclass(frozen=True, kw_only=True)
class Tolerance:
    """The error that a correct solution may show, in the units of what is compared.

    ``absolute`` bounds the largest error of an array, but never below ``floor`` units of
    rounding (2.2e-16) of the array's size; ``scale`` is the size of the problem's inputs, used
    in place of the array's size if all expected entries are zero or no larger than
    ``absolute``.  ``elementwise`` is None, or an array of further bounds, one for each entry.
    ``parts`` are the tolerances of the entries of a tuple or dictionary: ``tolerance["W1"]``,
    ``tolerance[0]``.
    """

    absolute: float = 0.0
    floor: float = _FLOOR
    scale: float = 0.0
    elementwise: NDArray[np.float64] | None = field(default=None, compare=False)
    parts: Mapping[str | int, Tolerance] = field(default_factory=dict, compare=False)

    def __getitem__(self, key: str | int) -> Tolerance:
        """Return the part for *key*; the whole if there are no parts."""
        return self.parts[key] if self.parts else self

    def accepted(self, expected: Real, *, float32: bool = True) -> float:
        """Return the largest error accepted where *expected* is the right array.

        With *float32*, single precision inside is allowed: 1e-5 of the array's size.
        """
        size = array_size(expected)
        if size <= self.absolute or size == 0.0:
            size = max(size, self.scale)
        return max(self.absolute, self.floor * EPS * size, SINGLE * size if float32 else 0.0)


# Inputs of order one, which is what nearly all tests use.
_USUAL = Tolerance(scale=1.0)


def array_size(entries: Real) -> float:
    """Return the largest finite magnitude in *entries* (0.0 if there is none)."""
    finite = np.abs(entries[np.isfinite(entries)])
    return float(finite.max()) if finite.size else 0.0


def value(
    actual: Any,
    expected: ArrayLike,
    *,
    name: Name,
    tolerance: Tolerance | None = None,
    float32: bool = True,
    nan_equal: bool = False,
    lists: bool = True,
    also: tuple[tuple[int, ...], ...] = (),
) -> Real:
    """Check an array in full and return it as a plain float64 (or longdouble) array.

    Its kind is checked first, then shape, finiteness and closeness to *expected*.
    :func:`grader.checks.array` says what is accepted as an array; a scalar never is.  *also*
    lists further shapes that are right (``((1, D),)`` for a running mean); such a result is
    returned in the shape of *expected*.  Without a *tolerance* the inputs are assumed to be of
    order one.  ``float32=False`` asks for float64 accuracy.  A NaN or infinity in *actual* is
    wrong unless ``nan_equal=True``, which asks for the same ones in the same places.

    Raises :class:`CheckFailure` of kind ``kind``, ``shape``, ``finite`` or ``value``.
    """
    right = _expected(expected)
    if right.ndim == 0:
        number = scalar(
            actual, right, name=name, tolerance=tolerance, float32=float32, nan_equal=nan_equal
        )
        return np.asarray(number)
    own = plain.array(actual, name=name, finite=False, lists=lists)
    if own.shape in also:
        own = own.reshape(right.shape)
    if own.shape != right.shape:
        raise plain.shape_failure(name, own.shape, right.shape)
    if not nan_equal:
        plain.require_finite(own, name)
    _require_close(own, right, name, tolerance or _USUAL, float32)
    return own


def scalar(
    actual: Any,
    expected: Any,
    *,
    name: Name,
    tolerance: Tolerance | None = None,
    float32: bool = True,
    nan_equal: bool = False,
) -> float:
    """Check one number in full and return it as a float.

    :func:`grader.checks.number` says what is accepted as a number: shape (1,) with a
    :class:`CheckWarning`, no other array.  The options are those of :func:`value`.

    Raises :class:`CheckFailure` of kind ``kind``, ``shape``, ``finite`` or ``value``.
    """
    own = plain.number(actual, name=name, finite=not nan_equal)
    right = _expected(expected).reshape(())
    _require_close(np.asarray(own), right, name, tolerance or _USUAL, float32)
    return own


def dictionary(
    actual: Any,
    expected: Mapping[str, ArrayLike],
    *,
    name: Name,
    tolerance: Tolerance | None = None,
    float32: bool = True,
) -> dict[str, Real]:
    """Check a dictionary of arrays: the same keys in any order, and each entry.

    *tolerance* may have a part for every key.  Returns the checked arrays.  Raises
    :class:`CheckFailure` of kind ``kind``, ``keys`` or one of :func:`value`'s.
    """
    own, allowed = plain.keys(actual, frozenset(expected), name=name), tolerance or _USUAL
    return {
        key: value(
            own[key], right, name=part(name, repr(key)), tolerance=allowed[key], float32=float32
        )
        for key, right in expected.items()
    }


def between(
    own: Any, rights: Sequence[Any], *, name: Name, tolerance: Tolerance, row: bool = False
) -> None:
    """Check a result, or a tuple or dictionary of results, against the accepted ones.

    *rights* are the results under each convention; anything between them is right, too.  With
    *row* an array may have one axis of length 1 before those asked for.  Raises
    :class:`CheckFailure` with the first difference from the first of *rights*.
    """
    right = rights[0]
    if isinstance(right, Mapping):
        own = plain.keys(own, frozenset(right), name=name)
        names: dict[Any, Name] = {key: part(name, repr(key)) for key in right}
    elif isinstance(right, tuple):
        own = plain.sequence(own, len(right), name=name)
        if all(np.ndim(number) == 0 for number in right):
            # Several numbers are as accurate as the largest of them, like an array's.
            own = [plain.number(e, name=part(name, i), finite=False) for i, e in enumerate(own)]
            nearest = _nearest(own, [np.array(r, dtype=np.float64) for r in rights])
            value(np.array(own), nearest, name=name, tolerance=tolerance)
            return
        names = {i: part(name, i) if len(right) > 1 else name for i in range(len(right))}
    else:
        nearest = _nearest(own, [np.asarray(r, dtype=np.float64) for r in rights])
        also = ((1, *nearest.shape),) if row else ()
        value(own, nearest, name=name, tolerance=tolerance, also=also)
        return
    for key, entry in names.items():
        several = [r[key] for r in rights]
        between(own[key], several, name=entry, tolerance=tolerance[key], row=row)


def _nearest(own: Any, rights: Sequence[Any]) -> Any:
    """Return the accepted result that is nearest to *own*: *own* itself if it is between them."""
    if len(rights) == 1:
        return rights[0]
    try:
        entries = plain.reals(own, name="")
    except CheckFailure:
        return rights[0]
    if entries.size != rights[0].size:
        return rights[0]
    return np.clip(entries.reshape(rights[0].shape), np.min(rights, axis=0), np.max(rights, axis=0))


def _expected(expected: ArrayLike) -> Real:
    """Return the judge's own value as an array; it is trusted, so NumPy may convert it."""
    right = np.asarray(expected)
    return right if right.dtype.type is np.longdouble else right.astype(np.float64)


def _require_close(own: Real, right: Real, name: Name, tolerance: Tolerance, float32: bool) -> None:
    """Raise CheckFailure at the first entry that is off by more than the array is allowed."""
    allowed: Any = tolerance.accepted(right, float32=float32)
    if tolerance.elementwise is not None:
        allowed = np.minimum(allowed, tolerance.elementwise)
    with np.errstate(invalid="ignore", over="ignore"):
        error = np.abs(own - right)
    same = (own == right) | (np.isnan(own) & np.isnan(right))
    bad = ~same & ~(error <= allowed)
    where = first_place(bad)
    if where is None:
        return
    count = say(" ({bad} of {all} entries are wrong)", bad=int(bad.sum()), all=bad.size)
    if bad.sum() == 1:
        count = say(" (1 of {all} entries is wrong)", all=bad.size)
    text = say("{entry} is {own}, which is not right{count}.", count=count if bad.ndim else "")
    expected = number_text(right[where])
    raise failure_at(where, own, text, kind="value", name=name, expected=expected)
