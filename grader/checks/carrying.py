"""Error carried forward, in scenarios: other ways to be right than the reference's results.

A mistake is charged once.  So where a result is not the reference's, it may still be what
follows from the student's own work elsewhere: :class:`Follows` works it out from what the
student's parts give, :class:`Slope` differentiates them, and :mod:`grader.checks.mixing` lets
the reference call them.  All ask only parts that can be believed: asked before they have seen
what they could be bent to fit (:class:`Belief`, :class:`Foresight`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from typing import Any, Final, Protocol, runtime_checkable

import numpy as np

from grader.checks import plain
from grader.checks.asking import results_of, results_of_right
from grader.checks.failure import CheckFailure
from grader.checks.gradient import Array, gradient, vjp
from grader.checks.purity import are_same, leaves
from grader.checks.scenario import Caller, Results, Run, Scenario

_STEP: Final = 1e-3  # by which weights of about 1 are moved: it shows in float32
_DUST: Final = 1e-4  # of the size that is right: no wrong formula is that small
#: What a run gave: its results, or what was raised in it.
Outcome = Results | Exception


@dataclass(frozen=True, slots=True)
class Asked:
    """One test case on one student's objects, for the ways to be right to ask them.

    ``require`` checks results, by name, against those of one way, within the tolerances of the
    reference's; it raises CheckFailure.  ``are_right`` says whether parts that were asked alone
    gave what the reference's give: then there is nothing to carry.  ``foresight`` tells which ways
    are believed that have no belief of their own.
    """

    subjects: Sequence[Any]
    rights: Sequence[Any]
    results: Sequence[str]
    require: Callable[[Run, Results, Mapping[Any, Any]], None]
    are_right: Callable[[Scenario, Sequence[Run], Sequence[Results]], bool]
    foresight: Foresight | None = None

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


def are_alike(answers: Sequence[Results]) -> bool:
    """Whether all are the same, to 1e-3 of their size, though no column of them is constant.

    So it is with a function that takes out what shifts or stretches its whole input, asked with
    inputs that differ by no more; whether it does so rightly is another question.
    """
    several = ([plain.reals(answer[name], name=name) for answer in answers] for name in answers[0])
    return all(_is_alike(*one) for one in several)


def _is_alike(first: plain.Real, *others: plain.Real) -> bool:
    least = 1e-3 * np.abs(first).max()
    return bool(np.ptp(first, axis=0).min() > least and np.abs(others - first).max() < least)


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
    asks anything.  Parts that are right carry nothing: who is right alone, and wrong only where
    it helps, was bent to fit.
    """

    scenario: Scenario
    runs: Sequence[Run]
    holds: Callable[[Sequence[Results]], bool] = are_sensible

    def ask(self, asked: Asked) -> list[Results] | None:
        """What the parts give, or None where they are not to be believed."""
        try:
            answers = asked.run(self.scenario, self.runs)
            is_carried = self.holds(answers) and not asked.are_right(
                self.scenario, self.runs, answers
            )
            return answers if is_carried else None
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
    return are_same(list(one.values()), list(other.values()))


def near(own: Any, wanted: Any) -> bool:
    """Whether numbers are roughly what is wanted, each to 1 % of the largest."""
    found, right = plain.reals(own, name=""), np.asarray(wanted, dtype=np.float64)
    if found.size != right.size:
        return False
    off = np.abs(found.ravel() - right.ravel()).max(initial=0.0)
    return bool(off <= 1e-2 * np.abs(right).max(initial=0.0))


@runtime_checkable
class Foreseeing(Protocol):
    """A way to be right that can tell what is right before the student's result is asked for."""

    def foresee(self, run: Run, asked: Asked) -> list[Any]:
        """What the student's parts give in a *run*."""

    def is_foreseen(self, run: Run, own: Results, answers: list[Any], asked: Asked) -> bool:
        """Whether the student's results go with these."""


@dataclass(frozen=True, slots=True)
class Foresight:
    """Whether the student's parts may be followed, as a *run* tells that nobody has seen before.

    A way to be right must hold there, too, though the parts were asked before the test case's
    *scenario* showed them what they could be bent to fit.  First each is asked alone, by its
    probe, also with single inputs moved: where the reference's part gives something else, so must
    the student's.  In the end all must still give what they gave.
    """

    run: Run
    scenario: Scenario
    probes: Sequence[Scenario]

    def holds(self, way: Foreseeing, asked: Asked) -> bool:
        """Whether the parts can be believed, and the way explains the run."""
        runs = [self.run, *(self.run.but(**{k: m}) for k, v in self.run.inputs.items()
                            for m in _moved(v))]  # fmt: skip
        try:
            before = [asked.run(probe, runs) for probe in self.probes]
            if not all(map(partial(_depends, runs, asked), self.probes, before)):
                return False
            answers = way.foresee(self.run, asked)
            (own,) = asked.run(self.scenario, [self.run])
            if not way.is_foreseen(self.run, own, answers, asked):
                return False
            after = [asked.run(probe, runs) for probe in self.probes]
            return all(
                _equal(one, other) for one, other in zip(chain(*before), chain(*after), strict=True)
            )
        except Exception:
            return False


def _depends(runs: Sequence[Run], asked: Asked, probe: Scenario, own: Sequence[Results]) -> bool:
    """Whether a part gives something else wherever the reference's part does, and more than dust.

    What is next to nothing goes with a training that does nothing.
    """
    rights = [results_of_right(probe, run, asked.rights) for run in runs]
    return _size(own[0]) >= _DUST * _size(rights[0]) and not any(
        _equal(own[0], other) and not _equal(rights[0], right)
        for other, right in zip(own[1:], rights[1:], strict=True)
    )


def _size(results: Results) -> float:
    entries = leaves([*results.values()], "").values()
    return max(float(np.abs(leaf).max(initial=0.0)) for leaf in entries)


def _moved(value: Any) -> list[Any]:
    """Other values of an input: a list's numbers moved one by one, an array as a whole."""
    if isinstance(value, np.ndarray):
        return [1.25 * value + 0.5]
    if not isinstance(value, list):
        return []
    return [
        [entry + step * (k == place) for k, entry in enumerate(value)]
        for place in range(len(value))
        for step in (_STEP, -_STEP)
    ]


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
    It is a number, or an array that is weighted with the input *along*.  *result* is the
    gradient's name among the results: where none is given, that of the input with a d before it.
    """

    scenario: Scenario
    of: str
    result: str = ""
    along: str = ""
    believed: Belief | None = None

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
        result = self.result or f"d{self.of}"
        analytic = plain.reals(own[result], name=result)
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
        return self._values(asked, [run.but(**{self.of: m}) for m in _moved(run.inputs[self.of])])

    def is_foreseen(self, run: Run, own: Results, answers: list[Any], asked: Asked) -> bool:
        """Whether the result is, roughly, the slope between these."""
        values = plain.reals(answers, name="").reshape(-1, 2)
        return near(own[self.result], (values[:, 0] - values[:, 1]) / (2 * _STEP))

    def _values(self, asked: Asked, runs: Sequence[Run]) -> list[Any]:
        return [next(iter(found.values())) for found in asked.run(self.scenario, runs)]

    def _moved(self, run: Run, point: Array) -> Run:
        kind = type(run.inputs[self.of])
        moved = point if kind is np.ndarray else kind(map(float, point))
        return run.but(**{self.of: moved})


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
    foreseen: dict[int, bool] = {}
    kept: dict[int, bool] = {}
    known: dict[int, dict[int, list[Results]]] = {}

    def is_right(number: int, place: int, own: Results) -> bool:
        way, before = ways[number], believed[number]
        if before is None:
            return False
        if asked.foresight and isinstance(way, Foreseeing) and way.believed is None:
            if number not in foreseen:
                foreseen[number] = asked.foresight.holds(way, asked)
            if not foreseen[number]:
                return False
        if number not in known:
            several = {p: (runs[p], outcomes[p]) for p in left}
            known[number] = way.answers(
                {p: (run, o) for p, (run, o) in several.items() if not isinstance(o, Exception)},
                asked,
            )
        try:
            answers = known[number][place] or before
            if not way.explains(runs[place], own, asked, answers):
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
