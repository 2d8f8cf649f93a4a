"""Whether a student's own parts can be believed, so that what follows from them is right.

They are called before they have seen any input that they could be bent to fit (:class:`Belief`,
:class:`Foresight`), and called again afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Any, Final, Protocol, runtime_checkable

import numpy as np

from grader.checks import plain
from grader.checks.asking import results_of, results_of_right
from grader.checks.failure import Name
from grader.checks.purity import are_same, leaves
from grader.checks.scenario import Caller, Results, Run, Scenario
from grader.checks.sharing import once
from grader.errors import swallow

STEP: Final = 1e-3  # by which weights of about 1 are moved: float32 shows it
_DUST: Final = 1e-4  # of the right size: no honest mistake gives results that small


@dataclass(frozen=True, slots=True)
class Asked:
    """One test case on one student's objects, for the ways to be right to ask them.

    ``require(run, own, right)`` checks results by name, within the reference's tolerances, and
    raises CheckFailure.  ``are_right`` says whether parts that were called alone gave the
    reference's results: then there is nothing to carry.  ``foresight`` decides about ways that
    have no belief of their own.
    """

    subjects: Sequence[Any]
    rights: Sequence[Any]
    results: Sequence[Name]
    require: Callable[[Run, Results, Mapping[Any, Any]], None]
    are_right: Callable[[Scenario, Sequence[Run], Sequence[Results]], bool]
    foresight: Foresight | None = None

    def run(self, scenario: Scenario, runs: Sequence[Run]) -> list[Results]:
        """Run another scenario on the student's objects, all runs in one message."""
        return results_of(scenario, [(run, Caller) for run in runs], self.subjects, self.rights)


def are_sensible(answers: Sequence[Results]) -> bool:
    """Return whether the first two answers are equal, finite and not 0, and all others different.

    This must be so for each result by itself; lists without entries are ignored.
    """
    names = [name for name in answers[0] if not str(name).startswith("_")]
    several = ([{key: answer[key]} for answer in answers] for key in names)
    return all(_is_sensible(one) for one in several if leaves([*one[0].values()], ""))


def are_alike(answers: Sequence[Results]) -> bool:
    """Return whether all answers are the same, to 1e-3 of their size, and no column is constant.

    This is so for a function that is invariant to a shift and scaling of its whole input, called
    with inputs that differ by these; its results may still be wrong.
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
    """Whether a student's own parts may be used in place of right ones.

    *scenario* calls them, in instances of their own, before the test case calls anything, and
    *holds* looks at their results for all *runs*; these must be the same when they are called
    again.  Right parts carry nothing: parts that are right alone, and wrong only where it helps,
    are bent to fit.
    """

    scenario: Scenario
    runs: Sequence[Run]
    holds: Callable[[Sequence[Results]], bool] = are_sensible

    def ask(self, asked: Asked) -> list[Results] | None:
        """Return the results of the parts, or None if they cannot be believed."""
        try:
            answers = asked.run(self.scenario, self.runs)
            if self.holds(answers) and not asked.are_right(self.scenario, self.runs, answers):
                return answers
        except Exception as error:
            swallow(error)
        return None

    def is_kept(self, before: Sequence[Results], asked: Asked) -> bool:
        """Return whether the parts still give what they gave *before*."""
        try:
            after = asked.run(self.scenario, self.runs)
            return all(_equal(one, two) for one, two in zip(before, after, strict=True))
        except Exception as error:
            swallow(error)
            return False


def _equal(one: Results, other: Results) -> bool:
    return are_same(list(one.values()), list(other.values()))


def near(own: Any, wanted: Any) -> bool:
    """Return whether numbers are roughly the *wanted* ones, each to 1 % of the largest."""
    found, right = plain.reals(own, name=""), np.asarray(wanted, dtype=np.float64)
    if found.size != right.size:
        return False
    off = np.abs(found.ravel() - right.ravel()).max(initial=0.0)
    return bool(off <= 1e-2 * np.abs(right).max(initial=0.0))


@runtime_checkable
class Foreseeing(Protocol):
    """A way to be right that can find the right results before the student's are asked for."""

    def foresee(self, run: Run, asked: Asked) -> list[Any]:
        """Return what the student's parts give in a *run*."""

    def is_foreseen(self, run: Run, own: Results, answers: list[Any], asked: Asked) -> bool:
        """Return whether the student's results agree with these *answers*."""


@dataclass(frozen=True, slots=True)
class Foresight:
    """Whether a student's parts can be believed, decided by a *run* that no part has seen before.

    A way to be right must hold in this run, too, though the parts were called before the test
    case's *scenario* showed them what they could be bent to fit.  First each part is called alone,
    by its probe, also with single inputs moved: where the reference's part gives something else,
    the student's must, too.  At the end all must still give what they gave.
    """

    run: Run
    scenario: Scenario
    probes: Sequence[Scenario]

    def holds(self, way: Foreseeing, asked: Asked) -> bool:
        """Return whether the parts can be believed, and *way* explains the run."""
        key = ("foresight", way, self.run, tuple(self.probes))
        try:
            found = once(key, partial(self._look_ahead, way, asked))
            return found is not None and way.is_foreseen(self.run, *found, asked)
        except Exception as error:
            swallow(error)
            return False

    def _look_ahead(self, way: Foreseeing, asked: Asked) -> tuple[Results, list[Any]] | None:
        """Return the student's results, and those of *way*; None if the parts are not believed."""
        runs = [self.run, *(self.run.but(**{k: m}) for k, v in self.run.inputs.items()
                            for m in moved_values(v))]  # fmt: skip
        before = [asked.run(probe, runs) for probe in self.probes]
        if not all(map(partial(_depends, runs, asked), self.probes, before)):
            return None
        answers = way.foresee(self.run, asked)
        (own,) = asked.run(self.scenario, [self.run])
        after = [asked.run(probe, runs) for probe in self.probes]
        pairs = zip(chain(*before), chain(*after), strict=True)
        return (own, answers) if all(_equal(one, other) for one, other in pairs) else None


def _depends(runs: Sequence[Run], asked: Asked, probe: Scenario, own: Sequence[Results]) -> bool:
    """Return whether a part gives something else wherever the reference's does, and not nearly 0.

    A part that is nearly 0 would explain a training that does nothing.
    """
    rights = [results_of_right(probe, run, asked.rights) for run in runs]
    return _size(own[0]) >= _DUST * _size(rights[0]) and not any(
        _equal(own[0], other) and not _equal(rights[0], right)
        for other, right in zip(own[1:], rights[1:], strict=True)
    )


def _size(results: Results) -> float:
    entries = leaves([*results.values()], "").values()
    return max(float(np.abs(leaf).max(initial=0.0)) for leaf in entries)


def moved_values(value: Any) -> list[Any]:
    """Return other values of an input: a list's numbers moved one by one, an array as a whole."""
    if isinstance(value, np.ndarray):
        return [1.25 * value + 0.5]
    if not isinstance(value, list):
        return []
    return [
        [entry + step * (k == place) for k, entry in enumerate(value)]
        for place in range(len(value))
        for step in (STEP, -STEP)
    ]
