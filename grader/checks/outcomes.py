"""What the runs of a test case give, where one that raises says nothing of the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from grader.checks.callers import Perturbation
from grader.checks.scenario import Caller, Play, Results, Run, Scenario, results_of


def outcomes_of(
    scenario: Scenario,
    runs: Sequence[Run],
    subjects: Sequence[Any],
    rights: Sequence[Any],
    mark: str,
    elsewhere: Scenario | None = None,
    play: Play = Caller,
) -> list[Any]:
    """Return what each run gives: its results, or what is raised in it.

    None where it is not the first and *elsewhere* raises in it, too.  Raises where the only run
    does, and with *elsewhere* where the first does.
    """

    def once(asked: Scenario, own: str, *several: Run) -> list[Results]:
        return results_of(asked, [(run, play) for run in several], subjects, rights, mark + own)

    try:
        return [*once(scenario, "", *runs)]
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
            try:
                if elsewhere is not None:
                    once(elsewhere, f"_{2 * len(runs) + place}", run)
            except Exception:
                outcomes[-1] = None
    return outcomes


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
    except Exception:
        return {}
