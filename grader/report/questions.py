"""Statistics of each question over a class: mean, deviation, and how well it discriminates."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Final

import numpy as np

from grader.model import Result

_FEWEST: Final = 3  # submissions for a correlation


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question over a class, in shares of its points, 0 to 1.

    ``deviation`` is the standard deviation of the class itself, not an estimate for a larger one.
    ``discrimination`` is the correlation of its points with those of all other questions; None
    for too few submissions, or where all have the same points.
    """

    name: str
    mean: float
    deviation: float
    discrimination: float | None


class Questions:
    """Collects the points of each question, one result at a time; only of what was run."""

    def __init__(self) -> None:
        # By question: its points and those of all others, for each submission.
        self._points = defaultdict[str, list[tuple[float, float]]](list)
        self._most = defaultdict[str, float](float)

    def add(self, result: Result) -> None:
        """Add one result."""
        points, most = defaultdict[str, float](float), defaultdict[str, float](float)
        for case in result.cases:
            points[case.question] += case.points
            most[case.question] += case.max_points
        whole = sum(points.values())
        for name, own in points.items():
            self._points[name].append((own, whole - own))
            self._most[name] = max(self._most[name], most[name])

    def all(self) -> list[Question]:
        """Return all questions that have points, in the order in which they came."""
        return [
            _question(name, np.array(pairs), self._most[name])
            for name, pairs in self._points.items()
            if self._most[name]
        ]


def _question(name: str, pairs: np.ndarray, most: float) -> Question:
    """Return the statistics of ``pairs`` of points, shape (submissions, 2)."""
    (mean, _), (deviation, others) = pairs.mean(axis=0), pairs.std(axis=0)
    discrimination = None
    if len(pairs) >= _FEWEST and deviation * others >= 1e-12:
        discrimination = float(np.corrcoef(pairs.T)[0, 1])
    return Question(
        name=name,
        mean=float(mean) / most,
        deviation=float(deviation) / most,
        discrimination=discrimination,
    )
