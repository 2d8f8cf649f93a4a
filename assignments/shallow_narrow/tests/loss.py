"""Hidden test cases of ``loss``."""

from functools import cache
from typing import Any

import numpy as np
from otter.test_files import test_case

from grader import checks
from reference import shallow_narrow as reference

OK_FORMAT = False
name = "loss"
points = 1

# Predictions and targets; no residuals that are symmetric, of one sign, or of mean zero.
SAMPLES = [
    (np.array([0.3, -0.7, 1.2, 0.9, 2.4]), np.array([1.1, -0.4, 0.2, 0.3, 0.6])),
    (np.array([-5.2, 3.1, 0.4]), np.array([2.5, 0.7, 1.9])),
    (np.linspace(-1.3, 2.9, 40), np.linspace(0.2, 1.1, 40) ** 3),
    (np.array([0.02, -0.01]), np.array([0.0, 0.04])),
]


@cache
def _expected() -> list[Any]:
    """Right losses and their tolerances: the same for everybody."""
    return [
        (reference.loss(*sample), checks.tolerance(reference.loss, *sample, permute={0: 0, 1: 0}))
        for sample in SAMPLES
    ]


@test_case(
    name="values",
    points=0.75,
    hidden=True,
    failure_message="loss must be one number: the mean of the squared errors.",
)
def test_values(loss: Any) -> None:
    results = checks.calls(loss, [(ours.copy(), true.copy()) for ours, true in SAMPLES])
    for own, (expected, tolerance) in zip(results, _expected(), strict=True):
        checks.scalar(own, expected, name="the loss", tolerance=tolerance)


@test_case(
    name="pure",
    points=0.25,
    hidden=True,
    failure_message="loss must change neither the predictions nor the targets.",
)
def test_pure(loss: Any) -> None:
    for right_prediction, right_true in SAMPLES:
        y_prediction, y_true = right_prediction.copy(), right_true.copy()
        with checks.unchanged(y_prediction=y_prediction, y_true=y_true):
            loss(y_prediction, y_true)
    results = checks.repeatable(loss, SAMPLES, name="the loss")
    try:
        checks.same(results[0], results[1], name="", kind="", message="")
    except checks.CheckFailure:
        return
    raise checks.CheckFailure("loss is the same for other predictions and targets.", name="loss")
