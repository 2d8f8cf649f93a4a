"""Test cases of one submission share what they find out, and judge it as if each asked alone."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import numpy as np
import pytest

from grader.checks.exercise import Exercise
from grader.checks.scenario import Run
from grader.checks.sharing import Shared, once, sharing
from grader.course.testfile import quiet_import

quiet_import("otter.test_files")  # its dependencies warn


def twice(x: Any) -> Any:
    return 2.0 * x


def summed(x: Any) -> tuple[Any, Any]:
    doubled = twice(x)
    return doubled.sum(), doubled.max()


def both(summed: Any, twice: Any, run: Any) -> dict[Any, Any]:
    return {("total", "largest"): summed(run.x)}


RUNS = [Run(x=np.array(x)) for x in ([1.0, -2.0, 4.0], [0.5, 3.0])]
UNSEEN = Run(x=np.array([0.3, 0.9]))
EXERCISE = Exercise(summed, twice, runs=RUNS, unseen=UNSEEN, optional=[twice])
TOTAL, LARGEST = EXERCISE.resting_on("twice").agrees_in_each(
    both, {"total": (1.0, "total is the sum."), "largest": (1.0, "largest is the maximum.")}
)


class Student:
    """What a student defines, which counts its calls."""

    def __init__(self, factor: float, shift: float = 0.0) -> None:
        self.factor, self.shift = factor, shift
        self.calls = {"summed": 0, "twice": 0}
        self.env: dict[str, Any] = {"summed": self.summed, "twice": self.twice}

    def twice(self, x: Any) -> Any:
        self.calls["twice"] += 1
        return self.factor * x

    def summed(self, x: Any) -> tuple[Any, Any]:
        self.calls["summed"] += 1
        doubled = self.env["twice"](x)
        return doubled.sum(), doubled.max() + self.shift

    def passes(self, case: Any) -> bool:
        asked = inspect.signature(case.test_func).parameters
        given = {name: self.env if name == "env" else self.env[name] for name in asked}
        try:
            case.test_func(**given)
        except Exception:
            return False
        return True


def test_executions_are_asked_for_once() -> None:
    student = Student(2.0)
    with sharing(Shared()):
        assert student.passes(TOTAL)
        assert student.passes(LARGEST)
    assert student.calls["summed"] == len(RUNS)


def test_who_shares_nothing_asks_alone() -> None:
    student = Student(2.0)
    assert student.passes(TOTAL)
    assert student.passes(LARGEST)
    assert student.calls["summed"] == 2 * len(RUNS)


@pytest.mark.filterwarnings("ignore::grader.checks.CheckWarning")
@pytest.mark.parametrize("make", [nullcontext, lambda: sharing(Shared())], ids=["alone", "shared"])
@pytest.mark.parametrize(
    ("factor", "shift", "passed"),
    [(2.0, 0.0, [True, True]), (3.0, 0.0, [True, True]), (2.0, 1.0, [True, False]),
     (3.0, 1.0, [True, False])],
    ids=["right", "a wrong part", "a wrong result", "both wrong"],
)  # fmt: skip
def test_points_are_the_same(
    make: Callable[[], Any], factor: float, shift: float, passed: list[bool]
) -> None:
    """Also where the reference's part stands in: what it gives is not what the student's gave."""
    student = Student(factor, shift)
    with make():
        assert [student.passes(TOTAL), student.passes(LARGEST)] == passed
    assert student.env["twice"] == student.twice


def test_what_raises_is_asked_for_again() -> None:
    answers = iter(["", "found", "found later"])

    def find() -> str:
        answer = next(answers)
        if not answer:
            raise ValueError("not now")
        return answer

    with sharing(Shared()):
        with pytest.raises(ValueError, match="not now"):
            once(("key",), find)
        assert [once(("key",), find), once(("key",), find)] == ["found", "found"]


def test_another_submission_is_not_the_first() -> None:
    right, wrong = Student(2.0), Student(2.0, shift=1.0)
    for student, passes in ((right, True), (wrong, False)):
        with sharing(Shared()):
            assert student.passes(LARGEST) == passes
