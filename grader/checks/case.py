"""What all kinds of test cases have in common, and the test cases that call a judge."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from grader.checks.asking import Ask, Besides, outcomes_of, results_of
from grader.checks.failure import Name
from grader.checks.looking import tell
from grader.checks.right import Reference
from grader.checks.scenario import Caller, Results, Run, Scenario
from grader.checks.scenario.using import Play
from grader.errors import swallow


@dataclass(frozen=True, slots=True)
class Also:
    """A further look of a test case: *judge* gets the results of *scenario* in all *runs*.

    It is left out if the scenario raises: that is charged elsewhere.  With *outcomes* the judge
    gets the exception that a run raises in place of its results; it ends the list.  A judge that
    looks only at some *results* names them.
    """

    scenario: Scenario
    judge: Callable[[Sequence[Any]], None]
    runs: Sequence[Run] = ()
    outcomes: bool = False
    results: Sequence[Name] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A scenario in some runs, of which these *results* are looked at (all, if none is named).

    *mark* is added to keys in this test case, so that the next one does not find state kept by
    key.  Each further look, in *also*, has runs.
    """

    name: str
    reference: Reference
    scenario: Scenario
    runs: Sequence[Run]
    mark: str
    results: Sequence[Name] = ()
    also: Sequence[Also] = ()

    def results_of(
        self, plays: Sequence[tuple[Run, Play]], given: Sequence[Any], own: str = "", **more: Any
    ) -> list[Results]:
        """Run the scenario on the student's objects *given*; see :func:`results_of`."""
        return results_of(
            self.scenario, plays, given, self.reference.rights, self.mark + own, **more
        )

    def besides(self) -> Besides:
        """Return what is asked together with the test case's own runs."""
        mark = f"{self.mark}_also"
        return Besides([Ask(a.scenario, [(r, Caller) for r in a.runs], mark) for a in self.also])

    def look_besides(self, given: Sequence[Any], besides: Besides) -> None:
        """Judge what was asked *besides*; it is asked now by itself if something raised."""
        rights = self.reference.rights
        for place, (look, ask) in enumerate(zip(self.also, besides.asks, strict=True)):
            seen: list[Any] | None = besides.answers.get(place)
            try:
                seen = seen or outcomes_of(look.scenario, look.runs, given, rights, ask.mark)
            except Exception as error:
                swallow(error)
                continue
            tell(seen, look.runs, look.results)
            if look.outcomes or not isinstance(seen[-1], Exception):
                look.judge(seen)


@dataclass(frozen=True, slots=True, kw_only=True)
class Showing(Case):
    """A test case whose *judge* gets the results of all runs and raises CheckFailure.

    A run after the first that raises is left out if *elsewhere* raises, too.
    """

    judge: Callable[[Sequence[Any]], None]
    play: Play
    elsewhere: Scenario | None

    def __call__(self, subjects: Mapping[str, Any], *, trial: int, carrying: bool) -> None:
        """Judge a student's objects."""
        given, besides = self.reference.given(subjects), self.besides()
        seen = outcomes_of(
            self.scenario, self.runs, given, self.reference.rights, self.mark, self.elsewhere,
            self.play, besides,
        )  # fmt: skip
        tell(seen, self.runs)
        for outcome in seen:
            if isinstance(outcome, Exception):
                raise outcome
        self.judge(seen)
        self.look_besides(given, besides)
