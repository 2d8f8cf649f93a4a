"""Whose parts are believed, and what is made of what they gave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np
import pytest

from grader.checks import CheckFailure, CheckWarning, say
from grader.checks.carrying import Belief, Follows, are_alike
from grader.checks.exercise import Exercise
from grader.checks.looking import listening
from grader.checks.scenario import Results, Run
from grader.course.testfile import quiet_import

quiet_import("otter.test_files")  # its dependencies warn

X = np.array([[1.0, -4.0], [2.0, 3.0], [6.0, 0.5]])
SAYS = "It must do what is asked."


@pytest.mark.parametrize(
    ("function", "believed"),
    [
        (lambda x: (x - x.mean(axis=0)) / x.std(axis=0), True),
        (lambda x: ((x - x.mean(axis=0)) / x.std(axis=0)).tolist(), True),  # lists are numbers, too
        (lambda x: (x - np.median(x)) / np.ptp(x), True),  # wrong, and alike all the same
        (lambda x: x - x.mean(axis=0), False),
        (lambda x: x / x.std(axis=0), False),
        (lambda x: np.full(x.shape, 3.0), False),
        (lambda x: np.tile([1.0, 2.0], (len(x), 1)), False),  # the same for all samples
        (lambda x: x * np.nan, False),
    ],
)
def test_what_takes_out_shift_and_scale_is_alike(function: Any, believed: bool) -> None:
    answers: list[Results] = [{"out": function(x)} for x in (X, X + 70.0, 3.0 * X)]
    assert are_alike(answers) == believed


def doubled(x: Any) -> Any:
    return 2 * x


def asked(double: Any, run: Run) -> Mapping[str, Any]:
    return {"one": double(run.x), "other": (double(run.x),)}


def outcome(case: Any, own: Any) -> str:
    """What a test case says of a student's function, empty where it passes."""
    try:
        case.call_func({"doubled": own})
    except CheckFailure as failure:
        return str(failure)
    return ""


EXERCISE = Exercise(doubled, runs=[Run(x=X)])


def test_without_a_scenario_of_its_own_a_way_gets_what_was_believed() -> None:
    def as_before(run: Run, own: Results, answers: Sequence[Results]) -> Mapping[str, Any]:
        return {"one": run.x * answers[0]["one"][0, 0]}  # what it makes of 1

    ones = [Run(x=np.ones((1, 2))), Run(x=np.ones((1, 2))), Run(x=X)]
    way = Follows(as_before, believed=Belief(asked, ones))
    case = EXERCISE.agrees(asked, "one", carried=[way], points=1, says=SAYS)
    with pytest.warns(CheckWarning, match="follows correctly from what your own"):
        assert outcome(case, lambda x: 3 * x) == ""
    assert "is not right" in outcome(case, lambda x: x**2 + 1)


def test_a_way_without_anything_to_ask_for_explains_nothing() -> None:
    def nothing(run: Run, own: Results) -> Sequence[Run]:
        raise CheckFailure("these are no numbers to ask with")

    way = Follows(lambda run, own, answers: own, asked, nothing)
    case = EXERCISE.agrees(asked, "one", carried=[way], points=1, says=SAYS)
    assert "is not right" in outcome(case, lambda x: 3 * x)


def test_a_run_that_is_left_out_need_not_be_the_students_own() -> None:
    def raises_for_large(x: Any) -> Any:
        if np.max(x) > 100:
            raise ValueError("too large")
        return 2 * x

    def said(double: Any, run: Run) -> Mapping[str, Any]:
        return {"one": double(run.x)}

    follows = Follows(lambda run, own, answers: {"one": 2 * run.x})
    case = EXERCISE.agrees(
        said, "one", runs=[Run(x=X), Run(x=100 * X)], carried=[follows], only_own=True,
        elsewhere=said, points=1, says=SAYS,
    )  # fmt: skip
    assert outcome(case, raises_for_large) == ""
    assert "is not right" in outcome(case, lambda x: 3 * x)


def test_a_part_that_is_alone_has_no_number() -> None:
    case = EXERCISE.agrees(asked, "other", points=1, says=SAYS)
    assert outcome(case, lambda x: 3 * x).startswith("other[0, 0] is 3")


def test_a_look_further_tells_what_it_looks_at_and_no_more() -> None:
    heard: list[Any] = []
    further = EXERCISE.further(asked, *EXERCISE.runs, Run(x=-X), results=["one"])
    case = EXERCISE.agrees(asked, "other", also=[further], points=1, says=SAYS)
    with listening(lambda look, right, samples: heard.append([*cast(Mapping[str, Any], look)])):
        assert outcome(case, doubled) == ""
    assert heard == [["other"], ["one"], ["one"]]


@pytest.mark.parametrize("result", ["out", say("double of other samples")], ids=str)
def test_what_must_be_the_students_own_may_be_named_in_words(result: Any) -> None:
    def said(double: Any, run: Run) -> Mapping[Any, Any]:
        return {result: double(run.x)}

    follows = Follows(lambda run, own, answers: {result: 2 * run.x})
    case = EXERCISE.agrees(
        said, result, name="own", points=1, carried=[follows], only_own=True, says=SAYS
    )
    assert outcome(case, doubled) == ""
    assert str(result) in outcome(case, lambda x: 3 * x)
