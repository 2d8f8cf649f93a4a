"""What verification says of mistakes in code that they were not written for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from grader.course.assignment import load
from grader.course.catalogue import definitions, rewriting, together
from grader.course.known import mistakes
from grader.judge.diagnose.observations import OBSERVED
from grader.model import CaseResult, Mistake, Outcome
from grader.proof.elsewhere import Bench, Told, amiss, hints, told
from grader.words import Words

ROOT = Path(__file__).parents[1]
MISTAKE = Mistake(
    number=7, name="seven", loses=frozenset({"double/values"}), hint="Look at 7.", changes=()
)
LOST = CaseResult(
    question="double", test_case="values", hidden=True, outcome=Outcome.FAILED, points=0.0,
    max_points=1.0,
)  # fmt: skip
_BARE = "{entry} is {own}, which is not right{count}."
KEPT = replace(LOST, test_case="pure", outcome=Outcome.PASSED, points=1.0)


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        ([replace(LOST, mistake=7), KEPT], Told.NAMED),
        ([replace(LOST, mistake=7), replace(LOST, mistake=8)], Told.WRONG),
        ([replace(LOST, mistake=8)], Told.WRONG),
        ([replace(LOST, mistake=8, hint=Words("Look at 8."))], Told.WRONG),
        ([replace(LOST, mistake=8, hint=Words("Look at 7."))], Told.HINTED),
        ([replace(LOST, hint=Words("Look at 7."))], Told.HINTED),
        ([replace(LOST, hint=Words("Look at 8."))], Told.WRONG),
        ([LOST, KEPT], Told.SILENT),
    ],
)
def test_how_a_mistake_is_told(results: list[CaseResult], expected: Told) -> None:
    assert told(MISTAKE, results) is expected


@pytest.mark.parametrize(
    ("results", "finding"),
    [
        ([LOST, KEPT], ""),
        ([KEPT], "loses nothing in double/values"),
        ([LOST, replace(LOST, test_case="pure")], "also loses double/pure"),
    ],
)
def test_what_a_mistake_costs(results: list[CaseResult], finding: str) -> None:
    assert amiss(MISTAKE, results) == finding


def test_who_is_hinted_is_counted() -> None:
    observed = replace(LOST, said=(Words(min(OBSERVED)),))
    raised = replace(LOST, outcome=Outcome.ERROR)
    shape = replace(LOST, said=(Words("{name} {has}; expected {wanted}."),))
    bare = replace(LOST, said=(Words("What is asked."), Words(_BARE)), title="What is asked.")
    several = [[observed], [replace(LOST, hint=Words("a"))], [raised], [bare], [KEPT], [shape]]
    line, short = hints(several)
    told = "of 4 that give a wrong answer 2 are hinted, 1 told what is expected (75% together)"
    assert (line, short) == (f"{told}; 1 more raise", "")
    assert hints([[bare], [observed], [KEPT]])[1] == "70% are asked for"
    assert hints([[KEPT]]) == ("", "")


@pytest.mark.parametrize("epsilon", ["1e-8", "1e-6", "1e-5"])
@pytest.mark.parametrize("name", ["given_statistics_ignored", "statistics_multiply"])
def test_wrong_statistics_are_charged_once_whatever_epsilon_is(epsilon: str, name: str) -> None:
    loaded = load(ROOT / "assignments" / "batchnorm")
    (mistake,) = (mistake for mistake in mistakes(loaded) if mistake.name == name)
    solution = definitions(loaded.notebook, loaded.names)
    code = together(solution, mistake, convention=rewriting((" + 1e-7", f" + {epsilon}")))
    assert code is not None
    attempts = Bench(loaded).attempts(["import numpy as np", code])
    assert amiss(mistake, [attempt.result for attempt in attempts]) == ""
