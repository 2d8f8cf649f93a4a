"""The right results: what a scenario gives on the reference, and whether a student's are the same.

The scenario is run on the reference's objects once in each process: under each accepted
convention, and with inputs that are moved by units in the last place, which gives the tolerance.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import numpy as np

from grader.checks.asking import results_of_right
from grader.checks.compare import Tolerance, between
from grader.checks.failure import CheckFailure, Name
from grader.checks.looking import looked_at
from grader.checks.scenario import Outcome, Results, Run, Scenario
from grader.checks.tolerance import single, tolerance
from grader.words import Words


@dataclass(frozen=True, slots=True)
class Right:
    """What is right in one run: the results under each accepted convention, and tolerances."""

    accepted: tuple[Results, ...]
    tolerance: Tolerance


class Reference:
    """The reference's objects, *rights*, by the names that students give theirs.

    *freedoms* are further settings of them that are accepted.  A student need not define the
    *optional* names.  ``right(scenario, run)`` is what is right in a run, ``rounded(scenario,
    run)`` the results for inputs in single precision, which may be used inside, and
    ``looked_at(scenario, run)`` the names of its results; each is computed once.
    """

    def __init__(
        self,
        rights: Sequence[Any],
        freedoms: Iterable[Mapping[str, Any]],
        optional: Iterable[str],
    ) -> None:
        self.rights = rights
        self.optional = frozenset(optional)
        self._conventions = [rights] + [
            tuple(_set(right, settings) for right in rights) for settings in freedoms
        ]
        self.right = cache(self._right)
        self.rounded = cache(self._rounded)
        self.looked_at = cache(self._looked_at)

    @property
    def names(self) -> list[str]:
        """The names that every student must define."""
        names = (right.__name__ for right in self.rights)
        return [name for name in names if name not in self.optional]

    def given(self, subjects: Mapping[str, Any]) -> list[Any]:
        """Return a student's objects in the order of *rights*; None for an optional one missing."""
        names = [right.__name__ for right in self.rights]
        # Where something is optional, "env" has all that the student defined.
        return [subjects["env"].get(n) if n in self.optional else subjects[n] for n in names]

    def _right(self, scenario: Scenario, run: Run) -> Right:
        def moved(inputs: Mapping[str, Any]) -> dict[str, Any]:
            found = results_of_right(scenario, run.with_inputs(inputs), self.rights)
            return {str(name): value for name, value in found.items()}

        with np.errstate(all="ignore"):
            accepted = tuple(results_of_right(scenario, run, r) for r in self._conventions)
            return Right(accepted, tolerance(moved, run.inputs))

    def _rounded(self, scenario: Scenario, run: Run) -> Results:
        with np.errstate(all="ignore"):
            rounded = run.with_inputs(single(run.inputs))
            return results_of_right(scenario, rounded, self.rights)

    def _looked_at(self, scenario: Scenario, run: Run) -> list[str | Words]:
        with np.errstate(all="ignore"):
            return looked_at(results_of_right(scenario, run, self.rights))

    def require(
        self,
        scenario: Scenario,
        run: Run,
        outcome: Outcome,
        results: Sequence[Name] = (),
        *,
        row: bool = False,
        instead: Mapping[Any, Any] | None = None,
    ) -> None:
        """Check a run's results against the reference's, or what is right *instead* of these.

        Raises CheckFailure, or the *outcome* if it is an exception.
        """
        if isinstance(outcome, Exception):
            raise outcome
        right = self.right(scenario, run)
        for key in results or looked_at(right.accepted[0]):
            rights = [accepted[key] for accepted in right.accepted]
            if instead is not None and key in instead:
                rights = [instead[key]]
            allowed = right.tolerance[str(key)]
            look = partial(between, outcome[key], name=run.named(key), row=row)
            try:
                look(rights, tolerance=allowed)
            except CheckFailure as failure:
                if instead is not None:
                    raise
                try:
                    look([self.rounded(scenario, run)[key]], tolerance=Tolerance())
                except CheckFailure:
                    raise failure from None

    def are_right(
        self, scenario: Scenario, runs: Sequence[Run], answers: Sequence[Results]
    ) -> bool:
        """Return whether all results of these runs are the reference's."""
        try:
            for run, own in zip(runs, answers, strict=True):
                self.require(scenario, run, own)
        except CheckFailure:
            return False
        return True

    def wrong(
        self, scenario: Scenario, run: Run, own: Outcome, results: Sequence[Name], *, row: bool
    ) -> Any:
        """Return the name of the first result that is wrong; the last one if *own* was raised."""
        keys = results or looked_at(self.right(scenario, run).accepted[0])
        for key in keys if not isinstance(own, Exception) else ():
            try:
                self.require(scenario, run, own, [key], row=row)
            except CheckFailure:
                return key
        return keys[-1]


def _set(right: Callable[..., Any], settings: Mapping[str, Any]) -> Callable[..., Any]:
    takes = isinstance(right, type) or settings.keys() <= {*inspect.signature(right).parameters}
    return partial(right, **settings) if takes else right
