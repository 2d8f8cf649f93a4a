"""Whether two traces of one test case tell the same story, and how closely."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np

from .trace import Step, Trace, Value, plain

#: How far the results of one formula, written in two ways, may lie apart, of their size.
TOLERANCE: Final = 1e-5
_TINY: Final = 1e-300


def deviation(student: Trace, other: Trace) -> float:
    """The largest difference of two traces, of the results' size; inf where they part."""
    if student.ending != other.ending or other.partial:
        return math.inf
    if len(student.steps) != len(other.steps) and not (student.cut or other.cut):
        return math.inf
    worst = 0.0
    for one, two in zip(student.steps, other.steps, strict=False):
        worst = max(worst, step_distance(one, two))
        if worst > TOLERANCE:
            return math.inf
    return worst


def departs(student: Trace, other: Trace) -> bool:
    """Whether two traces differ in the steps that both have."""
    pairs = zip(student.steps, other.steps, strict=False)
    return any(step_distance(one, two) > TOLERANCE for one, two in pairs)


def step_distance(one: Step, other: Step) -> float:
    """As :func:`deviation`, of one step."""
    if one.operation != other.operation or one.what != other.what or one.error != other.error:
        return math.inf
    if one.result == other.result and one.left == other.left:
        return 0.0
    return max(kept_distance(one.result, other.result), kept_distance(one.left, other.left))


def kept_distance(one: Value, other: Value) -> float:
    """As :func:`distance`, of what traces keep."""
    return distance(plain(one), plain(other))


def distance(one: Any, other: Any) -> float:
    """How far two plain values lie apart, of their size; inf where they are of two kinds."""
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        return _array_distance(one, other)
    if isinstance(one, tuple) and isinstance(other, tuple) and len(one) == len(other):
        return max(map(distance, one, other), default=0.0)
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        return max((distance(one[key], other[key]) for key in one), default=0.0)
    return 0.0 if type(one) is type(other) and one == other else math.inf


def _array_distance(one: Any, other: Any) -> float:
    if one.shape != other.shape:
        return math.inf
    with np.errstate(all="ignore"):
        equal = (one == other) | (np.isnan(one) & np.isnan(other))
        if equal.all():
            return 0.0
        apart = np.abs(one - other)[~equal]
        sizes = np.maximum(np.abs(one), np.abs(other))
        size = float(np.max(sizes[np.isfinite(sizes)], initial=0.0))
    worst = float(np.max(apart))
    return worst / max(size, _TINY) if math.isfinite(worst) else math.inf
