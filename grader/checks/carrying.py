"""Error carried forward, in scenarios: other ways to be right than the reference's results.

A mistake is charged once.  So where a result is not the reference's, it may still be what
follows from the student's own work elsewhere: :class:`Follows` works it out from what the
student's parts give, :class:`Slope` differentiates them.  Both ask only parts that can be
believed (:class:`Belief`): asked before they have seen what they could be bent to fit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Protocol

import numpy as np

from grader.checks import plain
from grader.checks.failure import CheckFailure
from grader.checks.gradient import Array, gradient, vjp
from grader.checks.purity import leaves, same
from grader.checks.scenario import Caller, Results, Run, Scenario, results_of

#: What a run gave: its results, or what was raised in it.
Outcome = Results | Exception


@dataclass(frozen=True, slots=True)
class Asked:
    """One test case on one student's objects, for the ways to be right to ask them.

    ``require`` checks results, by name, against those of one way, within the tolerances of the
    reference's; it raises CheckFailure.
    """

    subjects: Sequence[Any]
    rights: Sequence[Any]
    results: Sequence[str]
    require: Callable[[Run, Results, Mapping[Any, Any]], None]

    def run(self, scenario: Scenario, runs: Sequence[Run]) -> list[Results]:
        """Run another scenario on the student's objects, all runs in one message."""
        return results_of(scenario, [(run, Caller) for run in runs], self.subjects, self.rights)


def are_sensible(answers: Sequence[Results]) -> bool:
    """Whether the first two are equal, finite and not all zero, and all others different ones.

    That holds of each result by itself; lists without entries are passed over.
    """
    names = [name for name in answers[0] if not str(name).startswith("_")]
    several = ([{key: answer[key]} for answer in answers] for key in names)
    return all(_is_sensible(one) for one in several if leaves([*one[0].values()], ""))


def _is_sensible(answers: Sequence[Results]) -> bool:
    first = leaves(list(answers[0].values()), "")
    numbers = np.concatenate([entries.ravel() for entries in first.values()])
    if not np.isfinite(numbers).all() or not numbers.any():
        return False
    different = (not _equal(answers[0], other) for other in answers[2:])
    return _equal(answers[0], answers[1]) and all(different)


@dataclass(frozen=True, slots=True)
class Belief:
    """Whether the student's own parts may stand in for right ones.

    *scenario* asks them, in instances of their own, and *holds* looks at what they give for
    all *runs*; it must be the same when they are asked again.  It is asked before the test case
    asks anything; one that is *late* only when it is needed, because what could be bent to fit
    the one thing is shown in it before the other.
    """

    scenario: Scenario
    runs: Sequence[Run]
    holds: Callable[[Sequence[Results]], bool] = are_sensible
    late: bool = False

    def ask(self, asked: Asked) -> list[Results] | None:
        """What the parts give, or None where they are not to be believed."""
        try:
            answers = asked.run(self.scenario, self.runs)
            return answers if self.holds(answers) else None
        except Exception:
            return None

    def is_kept(self, before: Sequence[Results], asked: Asked) -> bool:
        """Whether the parts still give what they gave *before*."""
        try:
            after = asked.run(self.scenario, self.runs)
            return all(_equal(one, two) for one, two in zip(before, after, strict=True))
        except Exception:
            return False


def _equal(one: Results, other: Results) -> bool:
    try:
        same(list(one.values()), list(other.values()), name="", kind="", message="")
    except CheckFailure:
        return False
    return True


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
    on the student's objects with ``runs(run, own)``, which may hold what the student's code gave.
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
        except Exception:
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
    It is a number, or an array that is weighted with the input *along*.  With *then*, the value
    is ``then(run, value)``.  *result* is the gradient's name among the results; with *row* either
    of it and that input may have one axis of length 1 before the other's.
    """

    scenario: Scenario
    of: str
    result: str
    along: str = ""
    then: Callable[[Run, Any], Any] = field(default=lambda run, value: value)
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
            moved = [self._moved(run, point) for point in points]
            found = asked.run(self.scenario, moved)
            return [self.then(r, next(iter(a.values()))) for r, a in zip(moved, found, strict=True)]

        point = np.array(run.inputs[self.of], dtype=np.float64)
        analytic = plain.reals(own[self.result], name=self.result)
        shorter, longer = sorted((point.shape, analytic.shape), key=len)
        if self.row and longer == (1, *shorter):
            analytic = analytic.reshape(point.shape)
        if analytic.shape != point.shape:
            return False
        if self.along:
            dout = run.inputs[self.along]
            vjp(values, point, dout, analytic, name=self.result, together=True, locate=False)
        else:
            gradient(values, point, analytic, name=self.result, together=True, locate=False)
        return True

    def _moved(self, run: Run, point: Array) -> Run:
        kind = type(run.inputs[self.of])
        moved = point if kind is np.ndarray else kind(map(float, point))
        return run.but(**{self.of: moved})


def beliefs(ways: Iterable[Carried], asked: Asked) -> dict[int, list[Results] | None]:
    """What the parts gave that each way rests on, by the way's number; None: not believed."""
    known: dict[int, list[Results] | None] = {}
    found: dict[int, list[Results] | None] = {}
    for number, way in enumerate(ways):
        if way.believed is None or way.believed.late:
            found[number] = []
            continue
        if id(way.believed) not in known:
            known[id(way.believed)] = way.believed.ask(asked)
        found[number] = known[id(way.believed)]
    return found


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
    late: dict[int, list[Results] | None] = {}
    kept: dict[int, bool] = {}
    known: dict[int, dict[int, list[Results]]] = {}

    def is_right(number: int, place: int, own: Results) -> bool:
        way, before = ways[number], believed[number]
        if way.believed is not None and way.believed.late:
            if id(way.believed) not in late:
                late[id(way.believed)] = way.believed.ask(asked)
            before = late[id(way.believed)]
        if before is None:
            return False
        if number not in known:
            several = {p: (runs[p], outcomes[p]) for p in left}
            known[number] = way.answers(
                {p: (run, o) for p, (run, o) in several.items() if not isinstance(o, Exception)},
                asked,
            )
        try:
            if not way.explains(runs[place], own, asked, known[number][place]):
                return False
        except Exception:
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
