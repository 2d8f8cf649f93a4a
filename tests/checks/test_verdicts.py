"""One mistake costs one test case, in whatever order and company it is judged."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.checks import CheckWarning, callers
from grader.checks.carrying import Slope
from grader.checks.exercise import Exercise
from grader.checks.scenario import Run
from grader.checks.sharing import Shared, sharing
from grader.course.testfile import quiet_import
from tests.cases import examples

quiet_import("otter.test_files")  # its dependencies warn


class Net:
    """The reference: a line through points, its loss, and the loss's slope."""

    def __init__(self, weights: Any) -> None:
        self.a, self.b = weights

    def forward(self, x: Any) -> Any:
        return self.a * x + self.b * x**2

    def loss(self, x: Any, y: Any) -> Any:
        return np.mean((self.forward(x) - y) ** 2)

    def slope(self, x: Any, y: Any) -> Any:
        error = 2 * (self.forward(x) - y)
        return np.mean(error * x), np.mean(error * x**2)


def went(Net: Any, run: Run) -> Mapping[str, Any]:
    return {"forward": Net(run.weights).forward(run.x)}


def lost(Net: Any, run: Run) -> Mapping[str, Any]:
    return {"loss": Net(run.weights).loss(run.x, run.y)}


def sloped(Net: Any, run: Run) -> Mapping[str, Any]:
    return {"slope": Net(run.weights).slope(run.x, run.y)}


def run(a: float, b: float, *x: float) -> Run:
    return Run(weights=[a, b], x=np.array(x), y=np.cos(np.array(x)) - 0.4)


RUNS = [
    run(1.5, -0.7, 1.0, -2.0, 0.5),
    run(0.4, 1.3, 0.7, 1.1),
    run(-0.8, 0.6, 2.0, 0.3, 1.4, -1.0),
]
UNSEEN = run(1.2, 0.8, 0.6, -0.4, 1.9)
SLOPE = Slope(lost, of="weights", result="slope")


def cases_of(runs: Sequence[Run]) -> dict[str, Any]:
    """The exercise's test cases, in the order of a test file."""
    exercise = Exercise(Net, runs=runs, unseen=UNSEEN)
    return {
        "forward": exercise.agrees(went, points=1, says="It must go forward."),
        "loss": exercise.resting_on("forward").agrees(lost, points=1, says="Say what it costs."),
        "slope": exercise.resting_on("forward", "loss").agrees(
            sloped, carried=[SLOPE], points=1, says="Say how steep it is."
        ),
        "pure": exercise.holds(
            went, under=callers.nothing_changed(), keeps=["x"], points=1, says="It must keep all."
        ),
    }


CASES = cases_of(RUNS)
CODE = """
calls = []

class Net:
    def __init__(self, weights):
        self.a, self.b = weights

    def forward(self, x):
        {forward}

    def loss(self, x, y):
        {loss}

    def slope(self, x, y):
        {slope}
"""
PARTS = {
    "forward": {
        "right": "return self.a * x + self.b * x**2",
        "shifted": "return self.a * x + self.b * x**2 + 0.25",
        "raises": "raise ValueError('not yet')",
        "gives nothing": "return None",
        "changes x": "x *= 1.5; return self.a * x / 1.5 + self.b * (x / 1.5) ** 2",
        "counts": "calls.append(x); return (self.a * x + self.b * x**2) * (1 + len(calls) / 8)",
    },
    "loss": {
        "right": "return np.mean((self.forward(x) - y) ** 2)",
        "halved": "return np.mean((self.forward(x) - y) ** 2) / 2",
        "raises": "return undefined",
        "of a list": "return [np.mean((self.forward(x) - y) ** 2)]",
    },
    "slope": {
        "right": "e = 2 * (self.forward(x) - y); return np.mean(e * x), np.mean(e * x**2)",
        "halved": "e = self.forward(x) - y; return np.mean(e * x), np.mean(e * x**2)",
        "of other signs": "e = 2 * (y - self.forward(x)); return np.mean(e * x), np.mean(e * x**2)",
        "one short": "e = 2 * (self.forward(x) - y); return np.mean(e * x),",
    },
}
STUDENTS = [*itertools.product(*PARTS.values())]


def failed(student: Sequence[str], cases: Mapping[str, Any], *, shared: bool = False) -> set[str]:
    """The test cases that a student fails, asked in this order."""
    pieces = zip(PARTS, student, strict=True)
    notebook: dict[str, Any] = {"np": np}
    exec(CODE.format(**{part: PARTS[part][how] for part, how in pieces}), notebook)
    lost = set()
    with sharing(Shared()) if shared else nullcontext(), warnings.catch_warnings():
        warnings.simplefilter("ignore", CheckWarning)
        for name, case in cases.items():
            before = {**vars(notebook["Net"])}, {**notebook}
            try:
                case.call_func(notebook)
            except Exception:
                lost.add(name)
            assert ({**vars(notebook["Net"])}, {**notebook}) == before  # all is put back
    return lost


def charged(forward: str, loss: str, slope: str) -> set[str]:
    """The test cases that a fair teacher takes the points of."""
    is_wrong = {
        "forward": forward not in ("right", "changes x"),
        "loss": loss != "right",
        # The slope of a loss that is half of what was asked for is half as steep.
        "slope": slope != "right" and (loss, slope) != ("halved", "halved"),
        "pure": forward not in ("right", "shifted"),
    }
    return {name for name, wrong in is_wrong.items() if wrong}


@pytest.mark.parametrize("student", STUDENTS, ids=", ".join)
def test_each_mistake_costs_the_test_case_of_its_part(student: Sequence[str]) -> None:
    assert failed(student, CASES) == charged(*student)


@examples(25)
@given(st.sampled_from(STUDENTS), st.permutations(list(CASES)), st.booleans())
def test_neither_order_nor_sharing_changes_what_is_charged(
    student: Sequence[str], order: Sequence[str], shared: bool
) -> None:
    cases = {name: CASES[name] for name in order}
    assert failed(student, cases, shared=shared) == charged(*student)


ORDERS = [cases_of(runs) for runs in itertools.permutations(RUNS)]


@examples(25)
@given(st.sampled_from(STUDENTS), st.sampled_from(ORDERS), st.booleans())
def test_the_order_of_runs_changes_nothing(
    student: Sequence[str], cases: Mapping[str, Any], shared: bool
) -> None:
    assert failed(student, cases, shared=shared) == charged(*student)


def test_a_student_who_is_asked_again_is_charged_the_same() -> None:
    for student in STUDENTS[::7]:
        twice = {f"{name} {time}": case for time in (1, 2) for name, case in CASES.items()}
        right = charged(*student)
        for shared in (False, True):
            assert failed(student, twice, shared=shared) == {
                f"{name} {time}" for name in right for time in (1, 2)
            }
