"""Error carried forward: a backward that is right for the student's own wrong forward.

A fair marker charges one mistake once.  So a gradient that differs from the reference's may
still be right for what the student's own forward computes.  Then it earns its points, provided
that this forward can be believed: it gives the same at each call, whatever was called before, it
is not constant or zero, and every weight matters to it.  The differences are computed in the
judge; the student's parts are only called, with copies.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from grader.bounds import MAX_MOVED_ENTRIES
from grader.checks import plain
from grader.checks.compare import Tolerance, array_size, value
from grader.checks.failure import CheckFailure, CheckWarning, Name
from grader.checks.gradient import Array, gradient, vjp
from grader.words import say

_SAME = 1e-6  # of the result's size: what the same call may differ by
_STEP = 0.05  # of the weights' size: far enough to be seen in float32, near enough to be linear
# What a student's code may raise.  The grader's own errors are none of these.
_RAISED = (ArithmeticError, AssertionError, AttributeError, LookupError,
           NameError, RuntimeError, TypeError, ValueError)  # fmt: skip


def carried(
    f: Callable[..., Any], *weights: ArrayLike, reference: Callable[..., Any] | None = None
) -> bool:
    """Return whether ``f(*weights)``, made of a student's own parts, can be believed.

    *f* returns a number or an array.  It must give the same finite result again for the
    same weights, also after a call with other weights; a result that is not all zeros;
    and another result when a weight moves: each array's entries are moved one by one (64
    of them, spread evenly, in a larger array).  Entries on which *reference*, called the
    same way, does not depend either are left out.  *f* gets copies; if it raises, or does not
    return numbers, it cannot be believed.
    """
    points = [np.array(w, dtype=np.float64) for w in weights]
    try:
        return _pure(f, points) and _depends(f, points, reference)
    except _RAISED:
        return False


def gradient_or_carried(
    own: Callable[[Array], Any],
    x: ArrayLike,
    analytic: Any,
    expected: ArrayLike,
    *,
    name: Name,
    tolerance: Tolerance | None = None,
    reference: Callable[..., Any] | None = None,
) -> plain.Real:
    """Check a gradient by value, and where that fails against the student's own function.

    ``own(x)`` is the scalar that the student's parts compute from the weights *x*; *expected*
    is the reference's gradient.  Passing the second check issues a :class:`CheckWarning`.
    Raises the first check's :class:`CheckFailure` if neither passes.
    """
    check = partial(gradient, own, x, analytic, name=name)
    by_value = partial(value, analytic, expected, name=name, tolerance=tolerance)
    return _either(by_value, check, own, x, reference)


def vjp_or_carried(
    own: Callable[[Array], Any],
    x: ArrayLike,
    dout: ArrayLike,
    analytic: Any,
    expected: ArrayLike,
    *,
    name: Name,
    tolerance: Tolerance | None = None,
    reference: Callable[..., Any] | None = None,
) -> plain.Real:
    """Check a layer's gradient like :func:`gradient_or_carried`: ``own(x)`` is forward's array."""
    check = partial(vjp, own, x, dout, analytic, name=name)
    by_value = partial(value, analytic, expected, name=name, tolerance=tolerance)
    return _either(by_value, check, own, x, reference)


def _either(
    by_value: Callable[[], plain.Real],
    check: Callable[[], plain.Real],
    own: Callable[[Array], Any],
    x: ArrayLike,
    reference: Callable[..., Any] | None,
) -> plain.Real:
    """Check by value, then against the student's *own* function, if this can be believed."""
    try:
        return by_value()
    except CheckFailure as wrong:
        failure = wrong
    if failure.kind not in ("value", "finite") or not carried(own, x, reference=reference):
        raise failure
    point = np.array(x, dtype=np.float64)
    before = _ask(own, [point])
    try:
        result = check()
    except _RAISED:
        raise failure from None
    if not _equal(before, _ask(own, [point])):
        raise failure
    text = say("{name} is not what was asked for, but it is right for your own forward.",
               name=failure.name)  # fmt: skip
    warnings.warn(CheckWarning(text), stacklevel=3)  # the line of the hidden test
    return result


def _pure(f: Callable[..., Any], points: list[Array]) -> bool:
    """Return whether *f* gives the same again, finite and not 0, and something else elsewhere."""
    first = _ask(f, points)
    if not np.isfinite(first).all() or not array_size(first):
        return False
    again = _ask(f, points)
    other = _ask(f, [_elsewhere(p) for p in points])
    after = _ask(f, points)
    return _equal(first, again) and _equal(first, after) and not _equal(first, other)


def _depends(
    f: Callable[..., Any], points: list[Array], reference: Callable[..., Any] | None
) -> bool:
    """Return whether each single weight matters, unless it does not matter to the reference."""
    base = _ask(f, points)
    for i, point in enumerate(points):
        step = _STEP * (array_size(point) or 1.0)
        for place in np.unique(np.linspace(0, point.size - 1, MAX_MOVED_ENTRIES).astype(int)):
            moved = _copies(points)
            moved[i].reshape(-1)[place] += step
            if not _equal(base, _ask(f, moved)):
                continue
            if reference is None or not _equal(_ask(reference, points), _ask(reference, moved)):
                return False
    return True


def _elsewhere(point: Array) -> Array:
    """Return another point, neither shifted nor scaled: a layer may be indifferent to these."""
    pattern = np.cos(np.arange(point.size)).reshape(point.shape)
    return np.asarray(point * (1.2 + 0.3 * pattern) + _STEP * (array_size(point) or 1.0) * pattern)


def _ask(f: Callable[..., Any], points: list[Array]) -> plain.Real:
    return plain.reals(f(*_copies(points)), name="forward")


def _copies(points: list[Array]) -> list[Array]:
    return [point.copy() for point in points]


def _equal(first: plain.Real, second: plain.Real) -> bool:
    if first.shape != second.shape or not np.isfinite(second).all():
        return False
    return bool(np.all(np.abs(first - second) <= _SAME * array_size(first)))
