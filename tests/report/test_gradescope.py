"""results.json: Gradescope's schema, one entry a test case, never a zero for our fault."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from grader.bounds import GRADESCOPE_OUTPUT_CHARACTERS
from grader.model import CellReport, Example, Outcome, Result, Status
from grader.report.gradescope import results_json

from .results import case, result, results


def document(graded: Result) -> dict[str, Any]:
    value = json.loads(results_json(graded))
    assert isinstance(value, dict)
    return value


def test_entries() -> None:
    wrong = case(
        outcome=Outcome.FAILED,
        points=0.0,
        message="differs at [0]",
        traceback="cell 1, line 2",
        warnings=("a list",),
        mistake=52,
    )
    public = case(question="SGD", test_case="example", hidden=False, points=0.1 + 0.2)
    assert document(result(cases=(wrong, public), score=0.1 + 0.2))["tests"] == [
        {
            "name": "Adam - first_step",
            "name_format": "text",
            "score": 0,
            "max_score": 1,
            "status": "failed",
            "output": "differs at [0]\nAccepted, but: a list\ncell 1, line 2",
            "output_format": "text",
            "visibility": "visible",
            "extra_data": {
                "question": "Adam",
                "test_case": "first_step",
                "outcome": "failed",
                "mistake": 52,
            },
        },
        {
            "name": "SGD - example",
            "name_format": "text",
            "score": 0.3,
            "max_score": 1,
            "status": "passed",
            "output": "",
            "output_format": "text",
            "visibility": "visible",
            "extra_data": {
                "question": "SGD",
                "test_case": "example",
                "outcome": "passed",
                "mistake": None,
            },
        },
    ]


def test_an_entry_says_what_was_asked_and_says_it_once() -> None:
    asked = "It must stop."
    wrong = case(outcome=Outcome.FAILED, title=asked, message=f"{asked}\nIt runs on.")
    entries = document(result(cases=(wrong, case(title=asked))))["tests"]
    assert [entry["output"] for entry in entries] == ["It must stop.\nIt runs on.", asked]


def test_the_whole_submission() -> None:
    cells = (CellReport(index=3, error="NameError: x"), CellReport(index=4))
    found = document(result(notes=("a note",), cells=cells, status=Status.TIMEOUT, seconds=1.23456))
    assert found["output"] == "a note\nCode cell 3: NameError: x"
    assert found["score"] == 1
    assert found["execution_time"] == 1.235
    assert found["extra_data"] == {
        "status": "timeout",
        "submission": "alice",
        "isolation": [],
    }


def test_the_layers_of_isolation_are_named() -> None:
    graded = replace(result(), isolation=("user", "limits"))
    assert document(graded)["extra_data"]["isolation"] == ["user", "limits"]


def test_an_unreadable_submission_scores_zero_and_says_why() -> None:
    found = document(result(status=Status.UNREADABLE, score=0.0, problem="x.ipynb is empty."))
    assert (found["score"], found["tests"]) == (0, [])
    assert "x.ipynb is empty." in found["output"]


def test_a_fault_has_no_score() -> None:
    found = document(result(status=Status.FAULT, score=None, cases=(case(),), problem="secret"))
    assert "score" not in found
    assert "tests" not in found
    assert "no zero" in found["output"]
    assert "secret" not in found["output"]


def test_hidden_test_cases_can_be_shown_later() -> None:
    cases = (case(), case(test_case="example", hidden=False))
    shown = json.loads(results_json(result(cases=cases), hidden="after_due_date"))["tests"]
    assert [entry["visibility"] for entry in shown] == ["after_due_date", "visible"]


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome(outcome: Outcome) -> None:
    (entry,) = document(result(cases=(case(outcome=outcome),)))["tests"]
    assert entry["status"] == ("passed" if outcome is Outcome.PASSED else "failed")
    assert entry["extra_data"]["outcome"] == outcome


def test_what_can_be_tried_is_told() -> None:
    wrong = case(
        outcome=Outcome.FAILED, message="Not right.", example=Example("print(f(1))", "3", "2")
    )
    assert document(result(cases=(wrong,)))["tests"][0]["output"] == (
        "Not right.\nTry it yourself, in a cell of your notebook:\nprint(f(1))\nYours: 3\nRight: 2"
    )


def test_long_output_is_cut() -> None:
    (entry,) = document(result(cases=(case(message="x" * 100_000),)))["tests"]
    assert len(entry["output"]) < GRADESCOPE_OUTPUT_CHARACTERS + 50


@given(results())
def test_any_result_gives_valid_json(graded: Result) -> None:
    text = results_json(graded)
    assert "\x1b" not in text
    assert isinstance(json.loads(text.encode()), dict)
