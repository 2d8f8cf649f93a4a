"""What the runs of a test case give, where one that raises says nothing of the others."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from grader.checks.asking import Besides, results_of
from grader.checks.callers import Perturbation, keeping
from grader.checks.failure import CheckFailure
from grader.checks.scenario import Caller, Outcome, Play, Results, Run, Scenario
from grader.errors import swallow


def outcomes_of(
    scenario: Scenario,
    runs: Sequence[Run],
    subjects: Sequence[Any],
    rights: Sequence[Any],
    mark: str,
    elsewhere: Scenario | None = None,
    play: Play = Caller,
    besides: Besides | None = None,
) -> list[Any]:
    """Return what each run gives: its results, or what is raised in it, and nothing after that.

    What is asked *besides* travels with them.  With *elsewhere* all are run: None where it raises
    in one that is not the first, too.  Raises where the only run does, and with *elsewhere* where
    the first does.
    """

    def once(asked: Scenario, own: str, *several: Run, **more: Any) -> list[Results]:
        plays = [(run, play) for run in several]
        return results_of(asked, plays, subjects, rights, mark + own, **more)

    try:
        return [*once(scenario, "", *runs, besides=besides)]
    except Exception:
        if len(runs) == 1:
            raise
    outcomes: list[Any] = []
    for place, run in enumerate(runs):
        try:
            outcomes += once(scenario, f"_{len(runs) + place}", run)
        except Exception as error:
            if elsewhere is not None and not place:
                raise
            outcomes.append(error)
            if elsewhere is None:
                break  # one that raises says nothing of those before
            try:
                once(elsewhere, f"_{2 * len(runs) + place}", run)
            except Exception as error:
                swallow(error)
                outcomes[-1] = None
    return outcomes


def without_diverging(
    failures: Mapping[int, Exception],
    runs: Sequence[Run],
    outcomes: Sequence[Outcome],
    diverges: Callable[[Run, Results], bool],
) -> dict[int, Exception]:
    """Return the failures of those runs that do not diverge."""

    def is_left_out(place: int) -> bool:
        own = outcomes[place]
        if isinstance(own, Exception):
            return False
        try:
            return diverges(runs[place], own)
        except (CheckFailure, KeyError):  # no numbers, or none to go by
            return False

    return {place: failure for place, failure in failures.items() if not is_left_out(place)}


def tried(
    scenario: Scenario,
    run: Run,
    way: Perturbation,
    subjects: Sequence[Any],
    rights: Sequence[Any],
    mark: str,
) -> Results:
    """The results under a perturbation; none where a call of its own, charged elsewhere, raises."""
    try:
        return results_of(scenario, [(run, way.play)], subjects, rights, mark)[0]
    except Exception as error:
        swallow(error)
        return {}


def kept_by(
    scenario: Scenario,
    run: Run,
    inputs: Sequence[str],
    subjects: Sequence[Any],
    rights: Sequence[Any],
) -> list[str]:
    """Return those *inputs* of a run that a scenario leaves as they were: all, where it raises."""
    kept = []
    for name in inputs:
        try:
            results_of(scenario, [(run, keeping([name]))], subjects, rights)
        except CheckFailure:
            continue
        except Exception as error:
            swallow(error)
        kept.append(name)
    return kept
