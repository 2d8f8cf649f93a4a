"""Error carried forward, in scenarios: other ways to be right than the reference's results.

A mistake is charged once.  So a result that is not the reference's may still follow from the
student's own work elsewhere: :class:`Follows` computes it from the results of the student's
parts, :class:`Slope` differentiates them, and :mod:`grader.checks.mixing` lets the reference call
them.  All use only parts that can be believed (:mod:`grader.checks.believing`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Any, Protocol

import numpy as np

from grader.checks import plain
from grader.checks.believing import (
    STEP,
    Asked,
    Belief,
    Foreseeing,
    are_alike,
    are_sensible,
    moved_values,
    near,
)
from grader.checks.failure import CheckFailure
from grader.checks.gradient import Array, gradient, vjp
from grader.checks.scenario import Outcome, Results, Run, Scenario
from grader.errors import swallow

__all__ = ["Belief", "Carried", "Follows", "Slope", "are_alike", "are_sensible"]


class Carried(Protocol):
    """A way to be right without the reference's results."""

    @property
    def believed(self) -> Belief | None:
        """What must hold of the student's parts; checked before anything else."""

    def explains(self, run: Run, own: Results, asked: Asked, answers: list[Results]) -> bool:
        """Return whether the results *own* of a *run* are right in this way; may raise if not."""


@dataclass(frozen=True, slots=True)
class Follows:
    """The right results are those that *expect* computes from the student's own.

    ``expect(run, own, answers)`` returns the right results by name, or several such dictionaries;
    results that it does not name must be the reference's.  *answers* are the results of
    *scenario* on the student's objects for ``runs(run, own)``, which may hold what the student's
    code gave; without a scenario they are what the parts gave when they were *believed*.
    """

    expect: Callable[[Run, Results, list[Results]], Any]
    scenario: Scenario | None = None
    runs: Callable[[Run, Results], Sequence[Run]] = lambda run, own: ()
    believed: Belief | None = None

    def answers(
        self, failed: Mapping[int, tuple[Run, Results]], asked: Asked
    ) -> dict[int, list[Results]]:
        """Return the *answers* for each failed run, by place, without those that have none.

        All are asked for in one message; if that raises, each by itself.
        """
        if self.scenario is None:
            return {place: [] for place in failed}
        asks: dict[int, Sequence[Run]] = {}
        for place, (run, own) in failed.items():
            with suppress(CheckFailure):  # nothing to ask for
                asks[place] = self.runs(run, own)
        try:
            found = iter(asked.run(self.scenario, [run for runs in asks.values() for run in runs]))
            return {place: list(islice(found, len(runs))) for place, runs in asks.items()}
        except Exception as error:
            swallow(error)
        if len(asks) <= 1:
            return {}
        answers: dict[int, list[Results]] = {}
        for place in asks:
            answers |= self.answers({place: failed[place]}, asked)
        return answers

    def explains(self, run: Run, own: Results, asked: Asked, answers: list[Results]) -> bool:
        """Return whether the student's results are one of those expected."""
        with np.errstate(all="ignore"):
            found = self.expect(run, own, answers)
        for right in [found] if isinstance(found, Mapping) else found:
            with suppress(CheckFailure):
                asked.require(run, own, right)
                return True
        return False


@dataclass(frozen=True, slots=True)
class Slope:
    """The right result is the gradient of the student's own function, by finite differences.

    *scenario* returns that function's value, its only result, for a run whose input *of* is moved:
    a number, or an array that is weighted with the input *along*.  *result* is the gradient's name
    among the results, by default the input's name with a d before it.  With *row* the gradient or
    the input may have one axis of length 1 before those of the other.
    """

    scenario: Scenario
    of: str
    result: str = ""
    along: str = ""
    believed: Belief | None = None
    row: bool = False

    def explains(self, run: Run, own: Results, asked: Asked, answers: list[Results]) -> bool:
        """Return whether the result is the slope; raises CheckFailure if not."""

        def values(points: Sequence[Array]) -> list[Any]:
            return self._values(asked, [self._moved(run, point) for point in points])

        point = np.array(run.inputs[self.of], dtype=np.float64)
        result = self._name
        analytic = plain.reals(own[result], name=result)
        shorter, longer = sorted((point.shape, analytic.shape), key=len)
        if self.row and longer == (1, *shorter):
            analytic = analytic.reshape(point.shape)
        if analytic.shape != point.shape:
            return False
        if self.along:
            dout = run.inputs[self.along]
            vjp(values, point, dout, analytic, name=result, together=True, locate=False)
        else:
            gradient(values, point, analytic, name=result, together=True, locate=False)
        return True

    def foresee(self, run: Run, asked: Asked) -> list[Any]:
        """Return the function's values on both sides of each number in the list *of*."""
        moved = moved_values(run.inputs[self.of])
        return self._values(asked, [run.but(**{self.of: value}) for value in moved])

    def is_foreseen(self, run: Run, own: Results, answers: list[Any], asked: Asked) -> bool:
        """Return whether the result is, roughly, the slope between these values.

        Only slopes along the weights in a list are foreseen.
        """
        if self.along or not isinstance(run.inputs[self.of], list):
            return False
        values = plain.reals(answers, name="").reshape(-1, 2)
        return near(own[self._name], (values[:, 0] - values[:, 1]) / (2 * STEP))

    @property
    def _name(self) -> str:
        return self.result or f"d{self.of}"

    def _values(self, asked: Asked, runs: Sequence[Run]) -> list[Any]:
        return [next(iter(found.values())) for found in asked.run(self.scenario, runs)]

    def _moved(self, run: Run, point: Array) -> Run:
        kind = type(run.inputs[self.of])
        if kind in (np.ndarray, float):
            return run.but(**{self.of: kind(point) if kind is float else point})
        return run.but(**{self.of: kind(map(float, point))})


def rests_on_parts(way: Carried) -> bool:
    """Return whether a way uses parts that only the exercise's foresight vouches for."""
    return way.believed is None and isinstance(way, Foreseeing)


def beliefs(ways: Sequence[Carried], asked: Asked) -> list[list[Results] | None]:
    """Return what the parts gave that each way rests on; None if they are not believed."""
    several = {id(way.believed): way.believed for way in ways}
    known = {key: [] if one is None else one.ask(asked) for key, one in several.items()}
    return [known[id(way.believed)] for way in ways]


def left_over(
    failures: Mapping[int, Exception],
    ways: Sequence[Carried],
    believed: Sequence[list[Results] | None],
    runs: Sequence[Run],
    outcomes: Sequence[Outcome],
    asked: Asked,
) -> dict[int, Exception]:
    """Return those *failures*, by the place of their run, that no way to be right explains."""
    left = dict(failures)

    @cache
    def is_foreseen(number: int) -> bool:
        way = ways[number]
        if asked.foresight and isinstance(way, Foreseeing) and way.believed is None:
            return asked.foresight.holds(way, asked)
        return True

    @cache
    def answers_of(number: int) -> dict[int, list[Results]]:
        ran = {p: (runs[p], o) for p in left if not isinstance(o := outcomes[p], Exception)}
        way = ways[number]
        return way.answers(ran, asked) if isinstance(way, Follows) else {p: [] for p in ran}

    @cache
    def is_kept(number: int) -> bool:
        way, before = ways[number], believed[number]
        return way.believed is None or way.believed.is_kept(before or [], asked)

    def is_right(number: int, place: int, own: Results) -> bool:
        before = believed[number]
        if before is None or not is_foreseen(number) or place not in answers_of(number):
            return False
        answers = answers_of(number)[place] or before
        try:
            explained = ways[number].explains(runs[place], own, asked, answers)
        except Exception as error:
            swallow(error)
            return False
        return explained and is_kept(number)

    for place in failures:
        own = outcomes[place]
        if isinstance(own, Exception):
            continue
        if not any(is_right(number, place, own) for number in range(len(ways))):
            break  # the others cannot help any more
        del left[place]
    return left
