"""Test cases whose results must be the reference's, or follow from the student's own parts."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from grader.checks.asking import Besides, outcomes_of
from grader.checks.believing import Asked, Foresight
from grader.checks.carrying import Carried, beliefs, left_over, rests_on_parts
from grader.checks.case import Case
from grader.checks.examples import example_of_result
from grader.checks.failure import CheckFailure, CheckWarning
from grader.checks.looking import tell
from grader.checks.mixing import Mixture
from grader.checks.scenario import Outcome, Results, Run, Scenario
from grader.checks.sharing import once
from grader.checks.standing_in import Check
from grader.errors import swallow
from grader.model import Example
from grader.words import say


class Found(NamedTuple):
    """What is wrong, by the place of the run, and what of it is *left* unexplained."""

    failures: dict[int, Exception]
    left: dict[int, Exception]
    outcomes: list[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement(Case):
    """Results that must be the reference's: see :meth:`grader.checks.exercise.Exercise.agrees`.

    It rests on *parts* that must be right.  The run *unseen* shows whether the student's parts can
    be believed, after each was called alone by its probe.
    """

    carried: Sequence[Carried]
    parts: Sequence[str]
    unseen: Run | None
    probes: Sequence[Scenario]
    only_own: bool
    elsewhere: Scenario | None
    row: bool
    diverges: Callable[[Run, Results], bool]
    shown: Callable[[], Sequence[Run]]  # the runs that students may see, made when needed

    def __post_init__(self) -> None:
        """Refuse ways to be right that a student could bend to fit."""
        if self.unseen is None and (self.parts or any(map(rests_on_parts, self.carried))):
            raise ValueError(
                f"{self.name}: what rests on a student's own parts needs "
                "Exercise(unseen=Run(...)), a run that tells whether these can be believed."
            )

    def __call__(
        self,
        subjects: Mapping[str, Any],
        *,
        trial: int,
        carrying: bool,
        ways: Sequence[Carried] | None = None,
    ) -> None:
        """Judge a student's objects; *ways* to be right are those *carried*, or these instead."""
        given, besides = self.reference.given(subjects), self.besides()
        ways = self.carried if ways is None else ways
        failures, left, _ = self._judge(
            given, self.runs, self.mark, ways, trial=trial, carrying=carrying, besides=besides
        )
        if left:
            raise next(iter(left.values()))
        if failures and not self.only_own:
            _warn_carried(next(iter(failures.values())))
        self.look_besides(given, besides)

    def mixed(self, parts: Sequence[str]) -> Check:
        """Return this check with another way to be right: what the reference gives with these
        parts of the student's."""
        return partial(self, ways=[Mixture(self.scenario, tuple(parts))])

    def example(self, message: str, given: Sequence[Any]) -> Example | None:
        """Return code that shows in a public run what is wrong; None if nothing is."""
        runs = self.shown()
        if not runs:
            return None
        mark, carrying = f"{self.mark}_shown", not self.parts
        _, left, outcomes = self._judge(
            given, runs, mark, self.carried, trial=-1, carrying=carrying
        )
        for place in left:
            run, seen = runs[place], outcomes[place]
            if self.only_own and not self._rests_on_right(run, seen):
                continue
            key = self.reference.wrong(self.scenario, run, seen, self.results, row=self.row)
            before, right = (
                seen if isinstance(seen, Exception) else seen[key],
                self._right(run)[key],
            )
            return example_of_result(
                self, run, key, given, before=before, right=right, message=message
            )
        return None

    def _judge(
        self,
        given: Sequence[Any],
        runs: Sequence[Run],
        mark: str,
        ways: Sequence[Carried],
        *,
        trial: int,
        carrying: bool,
        besides: Besides | None = None,
    ) -> Found:
        ways = [way for way in ways if carrying or not rests_on_parts(way)]
        asked = self._asked(given, trial)
        believed = beliefs(ways, asked)  # first: the parts have seen no input yet
        ask = partial(outcomes_of, self.scenario, runs, given, asked.rights, mark, self.elsewhere)
        key = ("outcomes", self.scenario, tuple(runs), self.elsewhere)
        outcomes = once(key, partial(ask, besides=besides))
        tell(outcomes, runs, self.results, right=not self.only_own)
        failures = self._failures(runs, outcomes)
        if self.only_own and None not in believed:
            failures = self._not_their_own(outcomes) | failures
        kept = {
            p: failure
            for p, failure in failures.items()
            if not self._grows(carrying, runs[p], outcomes[p])
        }
        if len(failures) - len(kept) < len(runs):
            failures = kept
        left = left_over(failures, ways, believed, runs, outcomes, asked)
        return Found(failures, left, outcomes)

    def _asked(self, given: Sequence[Any], trial: int) -> Asked:
        def require(run: Run, own: Results, right: Mapping[Any, Any]) -> None:
            reference.require(self.scenario, run, own, self.results, row=self.row, instead=right)

        reference = self.reference
        are_right = (lambda *parts: False) if self.only_own else reference.are_right
        foresight = self._foresight(trial)
        return Asked(given, reference.rights, self.results, require, are_right, foresight)

    def _foresight(self, trial: int) -> Foresight | None:
        """Return what tells whether parts can be believed, with another run in each trial.

        Test cases that share their executions share the run, too.
        """
        if self.unseen is None:
            return None
        unseen = self.unseen

        def make() -> Run:
            size = 1 + int(self.mark.strip("_")) / 64 + trial / 1024
            inputs = unseen.inputs.items()
            return unseen.but(**{k: size * v for k, v in inputs if type(v) is np.ndarray})

        run = once(("unseen", self.scenario, unseen, trial), make)
        return Foresight(run, self.scenario, self.probes)

    def _failures(self, runs: Sequence[Run], outcomes: Sequence[Any]) -> dict[int, Exception]:
        """Return what is wrong in each run whose results are not the reference's, by place."""
        failures = {}
        for place, (run, outcome) in enumerate(zip(runs, outcomes, strict=False)):
            if outcome is None:
                continue
            try:
                self.reference.require(self.scenario, run, outcome, self.results, row=self.row)
            except Exception as failure:
                failures[place] = failure
        return failures

    def _not_their_own(self, outcomes: Sequence[Any]) -> dict[int, Exception]:
        """Return what is wrong in all runs unless the student's own parts explain the results."""
        names = self.results[0] if len(self.results) == 1 else ", ".join(map(str, self.results))
        text = say("{name} does not belong to your own forward.", name=names)
        wrong = CheckFailure(text, kind="gradient", name=self.results[0])
        return {place: wrong for place, own in enumerate(outcomes) if own is not None}

    def _grows(self, carrying: bool, run: Run, own: Outcome) -> bool:
        """Return whether a run diverges, so that its failure does not count."""
        if isinstance(own, Exception):
            return False
        try:
            # A result does not excuse itself, unless the right one diverges, or a part is wrong.
            if not carrying and not self.diverges(run, self._right(run)):
                own = {name: result for name, result in own.items() if name not in self.results}
            return self.diverges(run, own)
        except (CheckFailure, KeyError):  # no numbers, or not those that *diverges* looks at
            return False

    def _rests_on_right(self, run: Run, own: Outcome) -> bool:
        """Return whether what the results rest on is right: then the reference's are, too."""
        names = [name for name in self._right(run) if str(name).startswith("_")]
        try:
            self.reference.require(self.scenario, run, own, names)
        except Exception as error:
            swallow(error)
            return False
        return bool(names)

    def _right(self, run: Run) -> Results:
        return self.reference.right(self.scenario, run).accepted[0]


def _warn_carried(failure: Exception) -> None:
    name = failure.name if isinstance(failure, CheckFailure) else ""
    text = say(
        "{name} is not what was asked for, but it follows correctly from what your own code gives "
        "elsewhere.",
        name=name,
    )
    warnings.warn(CheckWarning(text), stacklevel=2)
