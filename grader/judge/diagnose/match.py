"""How far two traces of one test case lie apart."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np

from .trace import LOOK, Step, Trace, plain

#: How far results of one formula written in two ways may lie apart, relative to their size.
TOLERANCE: Final = 1e-5
_TINY: Final = 1e-300
_MUCH: Final = 1000  # an error counts as so many numbers: its text is specific


def deviation(student: Trace, others: Sequence[Trace]) -> float:
    """Return the largest difference of a trace from *others*, relative to the results' size.

    The others are of one candidate, in each accepted convention; values between them are equal,
    too.  Infinite if the traces differ in kind or by more than the tolerance.
    """
    alike = [
        other
        for other in others
        if student.ending == other.ending
        and (len(student.steps) == len(other.steps) or student.cut or other.cut)
    ]
    if not alike:
        return math.inf
    worst = 0.0
    for one, *several in zip(student.steps, *(other.steps for other in alike), strict=False):
        worst = max(worst, step_distance(one, several))
        if worst > TOLERANCE:
            return math.inf
    return worst


def agrees_where_others_differ(
    student: Trace, others: Sequence[Trace], rights: Sequence[Trace]
) -> bool:
    """Whether a trace has the results of *others* wherever these differ from *rights*.

    All are traces of scenarios, the others and rights in several conventions.  Elsewhere a second
    mistake may show.
    """
    several = [trace.steps for trace in (student, *others, *rights)]
    for own, *steps in zip(*several, strict=False):
        made, right = steps[: len(others)], steps[len(others) :]
        if any(step.error for step in (own, *steps)):
            return step_distance(own, made) <= TOLERANCE
        for name in made[0].result:
            results = [[s.result.get(name) for s in group] for group in (made, right)]
            differs = any(between(one, results[1]) > TOLERANCE for one in results[0])
            if differs and between(own.result.get(name), results[0]) > TOLERANCE:
                return False
    return True


def step_distance(one: Step, others: Sequence[Step]) -> float:
    """Return the :func:`deviation` of one step."""
    alike = [
        other
        for other in others
        if (one.operation, one.what, one.error) == (other.operation, other.what, other.error)
    ]
    if not alike:
        return math.inf
    if one.operation == LOOK:  # whose results are plain
        return between(one.result, [other.result for other in alike])
    if (one.result, one.left) == (alike[0].result, alike[0].left):
        return 0.0
    results = between(plain(one.result), [plain(other.result) for other in alike])
    return max(results, between(plain(one.left), [plain(other.left) for other in alike]))


def distance(one: Any, other: Any) -> float:
    """Return the difference of two plain values, relative to their size; inf if kinds differ."""
    return between(one, [other])


def between(own: Any, others: Sequence[Any]) -> float:
    """Return how far a plain value lies from the range of *others*, relative to its size."""
    if isinstance(own, np.ndarray):
        own = _flatter(own)
        arrays = [_flatter(o) for o in others if isinstance(o, np.ndarray)]
        arrays = [array for array in arrays if array.shape == own.shape]
        if arrays and np.array_equal(own, arrays[0]):
            return 0.0  # as in most cases
        return _array_distance(own, nearest(own, arrays)) if arrays else math.inf
    if isinstance(own, tuple | dict):
        alike = [o for o in others if type(o) is type(own) and _shape(o) == _shape(own)]
        keys = own if isinstance(own, dict) else range(len(own))
        worst = 0.0 if alike else math.inf
        for key in keys:
            if worst > TOLERANCE:
                return math.inf
            worst = max(worst, between(own[key], [o[key] for o in alike]))
        return worst
    return 0.0 if any(type(own) is type(o) and own == o for o in others) else math.inf


def _flatter(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return a single row as its entries: the test case decides whether that is accepted."""
    return array[0] if array.ndim == 2 and len(array) == 1 else array


def _shape(value: tuple[Any, ...] | dict[str, Any]) -> Any:
    return value.keys() if isinstance(value, dict) else len(value)


def nearest(own: Any, others: Sequence[Any]) -> Any:
    """Return the array nearest to *own* in the range of *others*, all of one shape."""
    if len(others) == 1:
        return others[0]
    if any(np.iscomplexobj(array) for array in (own, *others)):
        return min(others, key=lambda other: _array_distance(own, other))
    near = np.clip(own, np.fmin.reduce(others), np.fmax.reduce(others))
    unknown = np.isnan(own) & ~np.logical_or.reduce([np.isnan(other) for other in others])
    return np.where(unknown, others[0], near)


def _array_distance(one: Any, other: Any) -> float:
    with np.errstate(all="ignore"):
        equal = (one == other) | (np.isnan(one) & np.isnan(other))
        if equal.all():
            return 0.0
        apart = np.abs(one - other)[~equal]
        sizes = np.maximum(np.abs(one), np.abs(other))
        size = float(np.max(sizes[np.isfinite(sizes)], initial=0.0))
    worst = float(np.max(apart))
    return worst / max(size, _TINY) if math.isfinite(worst) else math.inf


def leaves(value: Any) -> Iterator[np.ndarray[Any, Any]]:
    """Yield the arrays in a plain value, in their order."""
    if isinstance(value, dict | tuple):
        for entry in value.values() if isinstance(value, dict) else value:
            yield from leaves(entry)
    elif isinstance(value, np.ndarray):
        yield value


def evidence(student: Trace, rights: Sequence[Trace], enough: int) -> int:
    """Return how many numbers of the student's trace differ from the solution's; errors count, too.

    Counting stops once there are *enough*.  NaN and infinity are not counted: there are many
    ways to get them.
    """
    found = 0
    for one, *others in zip(student.steps, *(right.steps for right in rights), strict=False):
        if found >= enough:
            break
        if one.error or others[0].error:
            return found + _MUCH * int(one.error != others[0].error)
        own, *wanted = ([*leaves(_values(step))] for step in (one, *others))
        if any(len(own) != len(right) for right in wanted):
            break
        for a, *several in zip(own, *wanted, strict=True):
            alike = [b for b in several if a.shape == b.shape]  # conventions may have another
            if found < enough and alike and between(a, several) > TOLERANCE:
                near = nearest(a, alike)
                size = float(np.nanmax(np.abs(near), initial=0.0))
                off = np.isfinite(a) & ~(np.abs(a - near) <= TOLERANCE * size)
                found += int(np.sum(off))
    return found


def _values(step: Step) -> Any:
    """Return a step's result and the arguments that it left, plain."""
    return step.result if step.operation == LOOK else plain((step.result, *step.left))
