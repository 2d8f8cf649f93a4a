"""Whether two traces of one test case tell the same story, and how closely."""

from __future__ import annotations

import math
from itertools import zip_longest
from typing import Any, Final

import numpy as np

from .trace import Step, Trace

#: How far the results of one formula, written in two ways, may lie apart, of their size.
TOLERANCE: Final = 1e-5
_TINY: Final = 1e-300
_SPREAD: Final = 3.0


def deviation(first: Trace, second: Trace) -> float:
    """The largest difference of two traces, of the results' size; inf where they part."""
    if first.ending != second.ending:
        return math.inf
    pairs = zip_longest(first.steps, second.steps)
    if first.cut or second.cut:
        pairs = zip(first.steps, second.steps, strict=False)  # type: ignore[assignment]
    worst = 0.0
    for one, other in pairs:
        if one is None or other is None:
            return math.inf
        worst = max(worst, step_distance(one, other))
        if worst > TOLERANCE:
            return math.inf
    return worst


def step_distance(one: Step, other: Step) -> float:
    """As :func:`deviation`, of one step."""
    if one.operation != other.operation or one.error != other.error:
        return math.inf
    return max(distance(one.result, other.result), distance(one.arguments, other.arguments))


def distance(one: Any, other: Any) -> float:
    """How far two canonical values lie apart, of their size; inf where they are of two kinds."""
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
    if not one.size or one.tobytes() == other.tobytes():
        return 0.0
    with np.errstate(all="ignore"):
        equal = (one == other) | (np.isnan(one) & np.isnan(other))
        if equal.all():
            return 0.0
        apart = np.abs(one - other)[~equal]
        sizes = np.maximum(np.abs(one), np.abs(other))
        size = float(np.max(sizes[np.isfinite(sizes)], initial=0.0))
    worst = float(np.max(apart))
    return worst / max(size, _TINY) if math.isfinite(worst) else math.inf


def alike(student: Trace, first: Trace, second: Trace) -> bool:
    """Whether a student's trace with random results may come from where two others come from.

    All must fail for the same reason, the steps that hold no randomness must be equal, the
    others must agree in shape and in the values that entries take.  How many entries are
    zero may differ, all steps together, a few times as much as it does between the two.
    """
    if not student.ending == first.ending == second.ending:
        return False
    own, other = _pulls(first, second), _pulls(student, first)
    if own is None or other is None:
        return False
    return sum(other) <= _SPREAD * max(sum(own), len(other)) + _SPREAD**2


def _pulls(one: Trace, other: Trace) -> list[float] | None:
    """The squared differences of the random steps, in standard deviations; None if unlike."""
    pulls: list[float] = []
    for a, b in zip(one.steps, other.steps, strict=False):
        if step_distance(a, b) > TOLERANCE:
            pull = _pull(a, b)
            if pull is None:
                return None
            pulls.append(pull * pull)
    return pulls


def _pull(one: Step, other: Step) -> float | None:
    """How many standard deviations lie between two random steps; None where they are unlike."""
    if one.operation != other.operation or one.error or other.error:
        return None
    a, b = one.result, other.result
    if isinstance(a, dict) and isinstance(b, dict) and a.keys() == b.keys() == {"shape", "entries"}:
        a, b = (a["entries"], b["entries"]) if a["shape"] == b["shape"] else (None, None)
    if not isinstance(a, np.ndarray) or not isinstance(b, np.ndarray) or a.shape != b.shape:
        return None
    both = (a != 0) & (b != 0)
    if both.any() and distance(a[both], b[both]) > TOLERANCE:
        # Not the same values where both let something through.
        ratios = a[both] / b[both]
        if np.ptp(ratios) <= TOLERANCE * abs(ratios[0]):
            return None  # the same draws, scaled by another factor
        # Compare them as samples.
        spread = math.hypot(float(np.std(a[both])), float(np.std(b[both])))
        gap = abs(float(np.mean(a[both]) - np.mean(b[both])))
        return gap / max(spread / math.sqrt(int(both.sum())), _TINY) if spread else None
    shares = float(np.mean(a == 0)), float(np.mean(b == 0))
    middle = sum(shares) / 2
    spread = math.sqrt(max(2 * middle * (1 - middle), 1e-12) / max(a.size, 1))
    return abs(shares[0] - shares[1]) / spread
