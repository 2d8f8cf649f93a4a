"""What a training records: each result is looked at by itself."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from grader.checks import CheckFailure, CheckWarning
from grader.checks.exercise import Exercise
from grader.checks.scenario import Run
from grader.checks.training import Training
from grader.course.testfile import quiet_import

quiet_import("otter.test_files")  # its dependencies warn


class Net:
    """The reference: one weight that learns to be ``y``."""

    def __init__(self, start: Any) -> None:
        (self.w,) = start

    def error(self, y: float) -> float:
        return float((self.w - y) ** 2)

    def train(self, y: float, lr: float, steps: int) -> Any:
        errors, path = [], []
        for _ in range(steps):
            errors.append(self.error(y))
            self.w = self.w - lr * 2 * (self.w - y)
            path.append([self.w])
        return np.array(errors), np.array(path)


def trained(Net: Any, run: Run) -> Mapping[Any, Any]:
    net = Net(run.start)
    return {("errors", "path"): net.train(run.y, run.lr, run.steps), "last": (net.w,)}


def error(Net: Any, run: Run) -> Mapping[str, Any]:
    return {"error": Net(run.start).error(run.y)}


RUNS = [Run(start=[w], y=1.5, lr=lr, steps=4) for w, lr in ((0.5, 0.1), (-2.0, 0.3))]
EXERCISE = Exercise(Net, runs=RUNS)
TRAINING = Training(
    EXERCISE, error, start="start", epochs="steps", path="path", losses="errors", last="last"
)
SAYS = "The net must learn."
CASES = EXERCISE.agrees_in_each(
    trained,
    dict.fromkeys(("errors", "path", "last"), (1.0, SAYS)),
    carried=[TRAINING.recorded],
    diverges=TRAINING.diverges,
)
_TRAIN = """
class Net(Net):
    def train(self, y, lr, steps):
        start = self.w
        errors, path = super().train(y, {lr}, {steps})
        {then}
        return errors, path
"""


def lost(cases: Sequence[Any] = CASES, **changes: str) -> set[str]:
    """The names of the test cases that fail for a train with this change."""
    notebook: dict[str, Any] = {"np": np, "Net": Net}
    exec(_TRAIN.format(**{"lr": "lr", "steps": "steps", "then": "pass"} | changes), notebook)
    failed = set()
    for case in cases:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", CheckWarning)
            try:
                case.call_func(notebook)
            except CheckFailure:
                failed.add(case.name)
    return failed


@pytest.mark.parametrize(
    ("changes", "loses"),
    [
        ({}, set()),
        ({"lr": "2 * lr"}, {"path"}),
        ({"then": "path = np.vstack([[[start]], path[:-1]])"}, {"path"}),
        ({"lr": "-lr", "then": "path = np.vstack([[[start]], path[:-1]])"}, {"path", "last"}),
        ({"then": "errors = np.append(errors[1:], 0.0)"}, {"errors"}),
        ({"then": "self.w = start"}, {"last"}),
        (
            {"then": "path[:] = 7.0; self.w = 7.0; errors[1:] = (7.0 - y) ** 2"},
            {"path", "errors", "last"},
        ),
        ({"steps": "steps + 1"}, {"path", "errors"}),
        ({"steps": "steps - 1"}, {"path", "errors"}),
        ({"lr": "0.0"}, {"path", "errors", "last"}),
        ({"steps": "0"}, {"path", "errors", "last"}),
    ],
    ids=lambda value: " ".join(sorted(value)),  # sets are in another order in each process
)
def test_one_mistake_costs_one_result(changes: dict[str, str], loses: set[str]) -> None:
    assert lost(**changes) == loses


def test_a_path_that_grows_without_end_diverges() -> None:
    assert not TRAINING.diverges(RUNS[0], {"path": np.array([[0.5], [40.0]])})
    assert TRAINING.diverges(RUNS[0], {"path": np.array([[0.5], [np.nan]])})
    assert TRAINING.diverges(RUNS[0], {"path": np.array([[0.5], [501.0]])})


def test_growing_without_end_excuses_all_but_the_path_where_no_part_is_wrong() -> None:
    """One step of the runs is right, and no other: it must not pass by that one alone."""
    exercise = Exercise(
        Net,
        runs=[*RUNS, RUNS[0].but(steps=1)],
        unseen=Run(start=[0.8], y=0.3, lr=0.2, steps=2),
    )
    cases = exercise.resting_on("error").agrees_in_each(
        trained, dict.fromkeys(("errors", "path", "last"), (1.0, SAYS)), diverges=TRAINING.diverges
    )
    assert lost(cases) == set()
    grown = "path[1:] *= 1e9; errors[2:] = 0; self.w = path[-1, 0]"
    assert lost(cases, then=grown) == {"path"}


@pytest.mark.parametrize(
    ("changes", "loses"),
    [
        ({}, set()),
        ({"then": "path[1:] = path[0]; self.w = path[0, 0]"}, {"path", "last"}),
        ({"lr": "2 * lr", "then": "path[-1] = start"}, {"path", "errors", "last"}),
        ({"lr": "2 * lr", "then": "path[-1] = start + 9; self.w = start + 9"}, {"path"}),
    ],
    ids=["right", "stops after a step", "ends where it began", "ends elsewhere"],
)
def test_a_path_that_stands_still_explains_nothing(
    changes: dict[str, str], loses: set[str]
) -> None:
    exercise = Exercise(Net, runs=[run.but(steps=2) for run in RUNS])
    cases = exercise.agrees_in_each(
        trained,
        dict.fromkeys(("errors", "path", "last"), (1.0, SAYS)),
        carried=[replace(TRAINING, exercise=exercise).recorded],
    )
    assert lost(cases, **changes) == loses
