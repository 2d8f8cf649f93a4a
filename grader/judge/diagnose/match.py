"""Whether two traces of one test case tell the same story, and how closely."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np

from .trace import LOOK, Step, Trace, Value, plain

#: How far the results of one formula, written in two ways, may lie apart, of their size.
TOLERANCE: Final = 1e-5
_TINY: Final = 1e-300
_MUCH: Final = 1000  # what an error counts for: its text is the student's own


def deviation(student: Trace, others: Sequence[Trace]) -> float:
    """The largest difference of a trace from *others*, of the results' size; inf where they part.

    These are of one candidate, in each convention that is accepted; between them counts as well.
    """
    alike = [
        other
        for other in others
        if student.ending == other.ending
        and not other.partial
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
    """Whether a trace has the results of *others* in all that is not so in *rights*.

    All are of scenarios, each in several conventions.  A second mistake may show in the rest.
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


def departs(student: Trace, other: Trace) -> bool:
    """Whether two traces differ in the steps that both have."""
    pairs = zip(student.steps, other.steps, strict=False)
    return any(step_distance(one, [two]) > TOLERANCE for one, two in pairs)


def step_distance(one: Step, others: Sequence[Step]) -> float:
    """As :func:`deviation`, of one step."""
    alike = [
        other
        for other in others
        if (one.operation, one.what, one.error) == (other.operation, other.what, other.error)
    ]
    if not alike:
        return math.inf
    if one.operation == LOOK:  # these are plain
        return between(one.result, [other.result for other in alike])
    if (one.result, one.left) == (alike[0].result, alike[0].left):
        return 0.0
    results = between(plain(one.result), [plain(other.result) for other in alike])
    return max(results, between(plain(one.left), [plain(other.left) for other in alike]))


def kept_distance(one: Value, other: Value) -> float:
    """As :func:`distance`, of what traces keep."""
    return distance(plain(one), plain(other))


def distance(one: Any, other: Any) -> float:
    """How far two plain values lie apart, of their size; inf where they are of two kinds."""
    return between(one, [other])


def between(own: Any, others: Sequence[Any]) -> float:
    """How far a plain value lies from what lies between *others*, of its size."""
    if isinstance(own, np.ndarray):
        own = _flatter(own)
        arrays = [_flatter(o) for o in others if isinstance(o, np.ndarray)]
        arrays = [array for array in arrays if array.shape == own.shape]
        if arrays and np.array_equal(own, arrays[0]):
            return 0.0  # as most are
        return _array_distance(own, nearest(own, arrays)) if arrays else math.inf
    if isinstance(own, tuple | dict):
        alike = [o for o in others if type(o) is type(own) and _shape(o) == _shape(own)]
        keys = own if isinstance(own, dict) else range(len(own))
        worst = 0.0 if alike else math.inf
        for key in keys:
            if worst > TOLERANCE:  # they part: how far, nobody asks
                return math.inf
            worst = max(worst, between(own[key], [o[key] for o in alike]))
        return worst
    return 0.0 if any(type(own) is type(o) and own == o for o in others) else math.inf


def _flatter(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """One row as its entries: whether that is accepted, the test case says."""
    return array[0] if array.ndim == 2 and len(array) == 1 else array


def _shape(value: tuple[Any, ...] | dict[str, Any]) -> Any:
    return value.keys() if isinstance(value, dict) else len(value)


def nearest(own: Any, others: Sequence[Any]) -> Any:
    """The array next to *own* of what lies between *others*, all of one shape."""
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
    """The arrays in a plain value, in their order."""
    if isinstance(value, dict | tuple):
        for entry in value.values() if isinstance(value, dict) else value:
            yield from leaves(entry)
    elif isinstance(value, np.ndarray):
        yield value


def evidence(student: Trace, rights: Sequence[Trace], enough: int) -> int:
    """How many numbers of the student's trace are others than the solution's, errors included;
    no more are counted where there are *enough*.

    NaN and infinity are none: there are many ways to them.
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
    """What a step gave and left, plain."""
    return step.result if step.operation == LOOK else plain((step.result, *step.left))
