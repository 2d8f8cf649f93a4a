"""A row where an array is asked for, instances that the reference makes, a class not defined."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from grader.checks import CheckFailure, CheckWarning
from grader.checks.carrying import Belief, Slope
from grader.checks.exercise import Exercise
from grader.checks.scenario import Run
from grader.course.testfile import quiet_import

quiet_import("otter.test_files")  # its dependencies warn

SAYS = "The net must do what is asked."


class Net:
    """The reference: weights in an array, and steps that make new nets of their own."""

    def __init__(self, weights: Any) -> None:
        self.W = np.array(weights, dtype=float).ravel()

    def forward(self, x: Any) -> Any:
        return self.W.sum() ** 2 * x

    def cost(self, x: Any) -> Any:
        return np.mean(self.forward(x))

    def slope(self, x: Any) -> Any:
        return 2 * self.W.sum() * np.mean(x) * np.ones(self.W.size)

    def steps(self, x: Any, count: int) -> Any:
        net, costs = Net(self.W), []
        for _ in range(count):
            costs.append(net.cost(x))
            net = Net(net.W - 0.01 * net.slope(x))
        return np.array(costs)


def search(count: int) -> float:
    """The reference of a function that may use the class, and need not."""
    return float(Net(np.array([1.0, 2.0])).steps(np.ones(3), count)[-1])


def made(*weights: float, x: Any = (1.0, -2.0, 2.5)) -> Run:
    return Run(weights=np.array(weights), x=np.array(x), count=3)


def cost(Net: Any, run: Run) -> Mapping[str, Any]:
    return {"cost": Net(run.weights).cost(run.x)}


def sloped(Net: Any, run: Run) -> Mapping[str, Any]:
    return {"slope": Net(run.weights).slope(run.x)}


def stepped(Net: Any, run: Run) -> Mapping[str, Any]:
    return {"steps": Net(run.weights).steps(run.x, run.count)}


def found(Net: Any, search: Any, run: Run) -> Mapping[str, Any]:
    return {"search": search(run.count)}


RUNS = [made(1.5, -0.7), made(0.4, 1.3, 0.5)]
NET = Exercise(Net, runs=RUNS, unseen=made(1.2, 0.8, x=(0.7, -0.4, 1.9)))
AROUND = [made(1.2, 0.8), made(1.2, 0.8), made(1.3, 0.8), made(1.2, 0.9)]
# A student's own class: weights that cannot be set, the slope a row.
OWN = """
class Net:
    def __init__(self, weights):
        self._w = np.array(weights, dtype=float).reshape(1, -1)
    @property
    def W(self):
        return self._w
    def forward(self, x):
        return {forward}
    def cost(self, x):
        return {factor} * np.mean(self.forward(x))
    def slope(self, x):
        return {factor} * {slope} * np.mean(x) * np.ones((1, self._w.size))
    def steps(self, x, count):
        costs = []
        for _ in range(count):
            costs.append({cost})
            self._w = self._w - {rate} * self.slope(x)
        return np.array(costs)
"""
RIGHT: dict[str, Any] = {
    "forward": "self._w.sum() ** 2 * x", "factor": 1, "slope": "2 * self._w.sum()",
    "cost": "self.cost(x)", "rate": 0.01,
}  # fmt: skip


def outcome(test_case: Any, code: str) -> tuple[str, str]:
    """What a test case says of a notebook, and warns of; empty where it does not."""
    notebook: dict[str, Any] = {"np": np}
    exec(code, notebook)
    given = {name: notebook.get(name, notebook) for name in test_case._get_func_params()}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", CheckWarning)
        try:
            test_case.call_func({**notebook, **given})
        except CheckFailure as failure:
            return str(failure), ""
    return "", " ".join(str(w.message) for w in caught)


@pytest.mark.parametrize(("factor", "slope", "is_right"), [
    (1, RIGHT["slope"], True), (3, RIGHT["slope"], True), (3, "2", False),
])  # fmt: skip
@pytest.mark.parametrize("row", [True, False])
def test_a_row_may_be_the_slope_of_the_own_cost(
    factor: int, slope: str, is_right: bool, row: bool
) -> None:
    way = Slope(cost, "weights", "slope", believed=Belief(cost, AROUND), row=row)
    case = NET.agrees(sloped, carried=[way], row=True, points=1, says=SAYS)
    said, _ = outcome(case, OWN.format(**{**RIGHT, "factor": factor, "slope": slope}))
    assert (said == "") == (is_right and (row or factor == 1))


@pytest.mark.parametrize("rows", [["slope"], []])
def test_a_part_that_gives_a_row_need_not_be_replaced(rows: list[str]) -> None:
    case = NET.resting_on("forward", "slope", rows=rows).agrees(stepped, points=1, says=SAYS)
    said, warned = outcome(case, OWN.format(**{**RIGHT, "forward": "self._w.sum() * x"}))
    assert said == ""
    assert "forward" in warned
    assert ("slope" in warned) != bool(rows)


@pytest.mark.parametrize(("rate", "is_right"), [(0.01, True), (0.02, False)])
def test_the_reference_with_a_students_parts_makes_instances_with_them(
    rate: float, is_right: bool
) -> None:
    """Nothing is set in the student's: each is made of the weights that it should have."""
    rests = NET.resting_on("forward", "cost", "slope", rows=["slope"])
    wrong = {"factor": 3, "cost": "3 * np.mean(self._w.sum() ** 2 * x)", "rate": rate}
    said, _ = outcome(rests.agrees(stepped, points=1, says=SAYS), OWN.format(**{**RIGHT, **wrong}))
    assert (said == "") == is_right


@pytest.mark.parametrize(("value", "is_right"), [(search(3), True), (0.5, False)])
def test_a_class_that_may_be_missing_has_no_place_for_a_right_part(
    value: float, is_right: bool
) -> None:
    runs = [run.but(count=3) for run in RUNS]
    exercise = Exercise(Net, search, runs=runs, optional=[Net], unseen=runs[0].but(count=4))
    rests = exercise.resting_on("steps", "slope")
    case = rests.agrees(found, points=1, says=SAYS)
    said, _ = outcome(case, f"def search(count): return {value}")
    assert (said == "") == is_right
