"""What each question says about a class: its mean, its deviation, how well it tells apart."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from grader.model import Result

_FEWEST: Final = 3  # submissions of which a correlation is told


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question over ``count`` submissions, in shares of its points, 0 to 1.

    ``discrimination`` is the correlation of its points with those of all other questions;
    None where there is none (too few submissions, or all have the same points).
    """

    name: str
    count: int
    mean: float
    deviation: float
    discrimination: float | None


@dataclass(slots=True)
class Questions:
    """Collects the points of each question; only of what was run, a result at a time."""

    _points: dict[str, list[float]] = field(default_factory=dict)
    _rest: dict[str, list[float]] = field(default_factory=dict)
    _most: dict[str, float] = field(default_factory=dict)

    def add(self, result: Result) -> None:
        """Take one result into account."""
        points: dict[str, float] = {}
        most: dict[str, float] = {}
        for case in result.cases:
            points[case.question] = points.get(case.question, 0.0) + case.points
            most[case.question] = most.get(case.question, 0.0) + case.max_points
        whole = sum(points.values())
        for name, own in points.items():
            self._points.setdefault(name, []).append(own)
            self._rest.setdefault(name, []).append(whole - own)
            self._most[name] = max(self._most.get(name, 0.0), most[name])

    def all(self) -> list[Question]:
        """All questions that have points, in the order in which they came."""
        return [
            Question(
                name=name,
                count=len(points),
                mean=_mean(points) / self._most[name],
                deviation=_deviation(points) / self._most[name],
                discrimination=_correlation(points, self._rest[name]),
            )
            for name, points in self._points.items()
            if self._most[name]
        ]


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def _deviation(values: Sequence[float]) -> float:
    """The standard deviation of the class itself, not an estimate for a larger one."""
    mean = _mean(values)
    return math.sqrt(math.fsum((value - mean) ** 2 for value in values) / len(values))


def _correlation(one: Sequence[float], other: Sequence[float]) -> float | None:
    spread = _deviation(one) * _deviation(other)
    if len(one) < _FEWEST or spread < 1e-12:
        return None
    means = _mean(one), _mean(other)
    together = math.fsum((a - means[0]) * (b - means[1]) for a, b in zip(one, other, strict=True))
    return together / len(one) / spread
