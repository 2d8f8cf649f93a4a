"""Error carried forward, in scenarios: other ways to be right than the reference's results.

A mistake is charged once.  So where a result is not the reference's, it may still be what
follows from the student's own work elsewhere: :class:`Follows` works it out from what the
student's parts give, :class:`Slope` differentiates them, and :mod:`grader.checks.mixing` lets
the reference call them.  All ask only parts that can be believed (:mod:`grader.checks.believing`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
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
        """What must hold of the student's parts; asked before anything else."""

    def answers(
        self, failed: Mapping[int, tuple[Run, Results]], asked: Asked
    ) -> dict[int, list[Results]]:
        """What is asked for all *failed* runs together; without those that have no answer."""

    def explains(self, run: Run, own: Results, asked: Asked, answers: list[Results]) -> bool:
        """Whether the results *own* of a *run* are right in this way; may raise if not."""


@dataclass(frozen=True, slots=True)
class Follows:
    """Right is what *expect* makes of the student's own results.

    ``expect(run, own, answers)`` gives the results that would be right, by name, or several
    such; what it does not name must be the reference's.  *answers* are those of *scenario*, run
    on the student's objects with ``runs(run, own)``, which may hold what the student's code gave;
    without a scenario they are what the parts gave when they were *believed*.
    """

    expect: Callable[[Run, Results, list[Results]], Any]
    scenario: Scenario | None = None
    runs: Callable[[Run, Results], Sequence[Run]] = lambda run, own: ()
    believed: Belief | None = None

    def answers(
        self, failed: Mapping[int, tuple[Run, Results]], asked: Asked
    ) -> dict[int, list[Results]]:
        """What the student's objects give, in one message."""
        if self.scenario is None:
            return {place: [] for place in failed}
        asks: dict[int, Sequence[Run]] = {}
        for place, (run, own) in failed.items():
            try:
                asks[place] = self.runs(run, own)
            except CheckFailure:  # there is nothing to ask for
                continue
        try:
            found = iter(asked.run(self.scenario, [run for runs in asks.values() for run in runs]))
            return {place: list(islice(found, len(runs))) for place, runs in asks.items()}
        except Exception as error:
            swallow(error)
            if len(asks) <= 1:
                return {}
        answers: dict[int, list[Results]] = {}
        for place in asks:  # one that raises says nothing of the others
            answers |= self.answers({place: failed[place]}, asked)
        return answers

    def explains(self, run: Run, own: Results, asked: Asked, answers: list[Results]) -> bool:
        """Whether one of the expected results is the student's."""
        with np.errstate(all="ignore"):
            found = self.expect(run, own, answers)
        for right in [found] if isinstance(found, Mapping) else found:
            try:
                asked.require(run, own, right)
            except CheckFailure:
                continue
            return True
        return False


@dataclass(frozen=True, slots=True)
class Slope:
    """Right is the gradient of the student's own function, by finite differences.

    *scenario* gives that function's value, its only result, for a run whose input *of* is moved.
    It is a number, or an array that is weighted with the input *along*.  *result* is the
    gradient's name among the results: where none is given, that of the input with a d before it.
    With *row* either of these may have one axis of length 1 before those of the other.
    """

    scenario: Scenario
    of: str
    result: str = ""
    along: str = ""
    believed: Belief | None = None
    row: bool = False

    def answers(
        self, failed: Mapping[int, tuple[Run, Results]], asked: Asked
    ) -> dict[int, list[Results]]:
        """Nothing: where to ask shows only then."""
        return {place: [] for place in failed}

    def explains(self, run: Run, own: Results, asked: Asked, answers: list[Results]) -> bool:
        """Whether the result is the slope; raises CheckFailure if not."""

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
        """The function's values on both sides of each number in the list *of*."""
        return self._values(
            asked, [run.but(**{self.of: m}) for m in moved_values(run.inputs[self.of])]
        )

    def is_foreseen(self, run: Run, own: Results, answers: list[Any], asked: Asked) -> bool:
        """Whether the result is, roughly, the slope between these."""
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
    """Whether a way follows parts that only the exercise's foresight vouches for."""
    return way.believed is None and isinstance(way, Foreseeing)


def beliefs(ways: Iterable[Carried], asked: Asked) -> dict[int, list[Results] | None]:
    """What the parts gave that each way rests on, by the way's number; None: not believed."""
    known: dict[int, list[Results] | None] = {}
    found: dict[int, list[Results] | None] = {}
    for number, way in enumerate(ways):
        if way.believed is None:
            found[number] = []
            continue
        if id(way.believed) not in known:
            known[id(way.believed)] = way.believed.ask(asked)
        found[number] = known[id(way.believed)]
    return found


def _is_foreseen(way: Carried, asked: Asked) -> bool:
    """Whether nothing speaks against the parts that a way follows without a belief of its own."""
    if asked.foresight and isinstance(way, Foreseeing) and way.believed is None:
        return asked.foresight.holds(way, asked)
    return True


def left_over(
    failures: Mapping[int, Exception],
    ways: Sequence[Carried],
    believed: Mapping[int, list[Results] | None],
    runs: Sequence[Run],
    outcomes: Sequence[Outcome],
    asked: Asked,
) -> dict[int, Exception]:
    """Return those *failures*, by the number of their run, that no way to be right explains."""
    left = dict(failures)
    kept: dict[int, bool] = {}

    foreseen = cache(lambda number: _is_foreseen(ways[number], asked))

    @cache
    def answers_of(number: int) -> dict[int, list[Results]]:
        ran = {p: (runs[p], o) for p in left if not isinstance(o := outcomes[p], Exception)}
        return ways[number].answers(ran, asked)

    def is_right(number: int, place: int, own: Results) -> bool:
        way, before = ways[number], believed[number]
        if before is None or not foreseen(number):
            return False
        known = answers_of(number)
        try:
            answers = known[place] or before
            if not way.explains(runs[place], own, asked, answers):
                return False
        except Exception as error:
            swallow(error)
            return False
        if way.believed is None:
            return True
        if id(way.believed) not in kept:
            kept[id(way.believed)] = way.believed.is_kept(before, asked)
        return kept[id(way.believed)]

    for place in failures:
        own = outcomes[place]
        if isinstance(own, Exception):
            continue
        if not any(is_right(number, place, own) for number in range(len(ways))):
            break  # the others cannot help any more
        del left[place]
    return left
