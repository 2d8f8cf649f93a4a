"""Pairs results that a test case looked at with the right ones (:mod:`grader.judge.truth`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from grader.judge.diagnose.match import distance, leaves, nearest
from grader.judge.diagnose.trace import RIGHT, Trace, plain

_CLOSE: Final = 1e-5
_Real = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Seen:
    """A result that a test case looked at: the student's ``own``, and the nearest right one.

    ``step`` is the number of the execution, which gives several results, by ``name``;
    ``samples`` is 0 if unknown.  ``judged`` says that the result must be right.
    """

    step: int
    name: str
    own: Any
    right: Any
    judged: bool
    samples: int

    @property
    def agrees(self) -> bool:
        """Whether it is right."""
        return distance(self.own, self.right) <= _CLOSE

    @property
    def pairs(self) -> list[tuple[_Real, _Real]]:
        """Return pairs of the student's arrays and the right ones, flat, where sizes agree."""
        both = zip(leaves(self.own), leaves(self.right), strict=False)
        return [(a.reshape(-1), b.reshape(-1)) for a, b in both if a.size == b.size]

    @property
    def size(self) -> float:
        """Return the largest absolute value among the right numbers."""
        arrays = [*leaves(self.right)]
        return max((float(np.max(np.abs(a), initial=0.0)) for a in arrays), default=0.0)


def beside(trace: Trace, rights: Sequence[Trace]) -> list[Seen]:
    """Return all results of a trace; those between the *rights* are right."""
    found = []
    several = (right.steps for right in rights)
    for step, (one, *others) in enumerate(zip(trace.steps, *several, strict=False)):
        own, *wanted = (plain(each.result) for each in (one, *others))
        if not isinstance(own, dict):
            continue  # the execution raised
        if not all(isinstance(results, dict) for results in wanted):
            wanted = [own]  # random results may be right
        samples = int(one.given[0]) if one.given else 0
        for name in wanted[0]:
            given = own.get(name)  # None if the result is missing
            right = _near(given, [right.get(name) for right in wanted])
            found.append(Seen(step, name, given, right, one.what == RIGHT, samples))
    return found


def _near(own: Any, rights: Sequence[Any]) -> Any:
    if rights[0] is not own and all(
        isinstance(v, np.ndarray) and v.shape == np.shape(own) for v in (own, *rights)
    ):
        return nearest(own, rights)
    return next((right for right in rights if distance(own, right) <= _CLOSE), rights[0])
