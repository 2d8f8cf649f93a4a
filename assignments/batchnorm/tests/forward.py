"""Hidden test cases of the forward pass in training."""

from typing import Any

import numpy as np
from otter.test_files import test_case

from grader import checks
from reference import batchnorm_runs as runs

OK_FORMAT = False
name = "forward"
points = 5


@test_case(
    name="train_output",
    points=3,
    hidden=True,
    failure_message="In training each feature is normalized over the batch, with the biased "
    "variance, then scaled by gamma and shifted by beta.",
)
def test_train_output(BatchNormalization: Any) -> None:
    layer = BatchNormalization(runs.GAMMA.copy(), runs.BETA.copy())
    for samples in (8, 3, 2, 5):
        x = runs.batch(samples)
        expected = runs.output(x)
        tolerance = checks.tolerance(runs.output, x)
        out = layer.forward(x.copy(), True)
        what = checks.say("forward of {count} samples", count=samples)
        checks.value(out, expected, name=what, tolerance=tolerance)
    x, gamma, beta = runs.batch(5)[:, 1:2], runs.GAMMA[1:2], runs.BETA[1:2]
    out = BatchNormalization(gamma.copy(), beta.copy()).forward(x.copy(), True)
    expected, tolerance = runs.output(x, gamma, beta), checks.tolerance(runs.output, x, gamma, beta)
    checks.value(out, expected, name="forward of one feature", tolerance=tolerance)


@test_case(
    name="epsilon",
    points=1,
    hidden=True,
    failure_message="A feature that is the same in every sample has variance 0: what keeps the "
    "division away from 0/0?",
)
def test_epsilon(BatchNormalization: Any) -> None:
    gamma, nothing = runs.GAMMA, np.zeros(runs.FEATURES)
    x = runs.batch(8)
    x[:, 2] = 2.0
    out = BatchNormalization(gamma.copy(), nothing.copy()).forward(x, True)
    checks.array(out, name="forward with a constant feature", shape=x.shape)

    def train(x: Any) -> Any:
        return BatchNormalization(gamma.copy(), nothing.copy()).forward(x.copy(), True)

    x = 100.0 * runs.spread_out(8)
    _require_epsilon(train, x, checks.say("forward of a batch with entries around"))

    # At test time it is the running variance that may be small, or 0.
    def test(x: Any) -> Any:
        given = nothing.copy(), x.var(axis=0)
        return BatchNormalization(gamma.copy(), nothing.copy(), 0.9, *given).forward(x, False)

    try:
        out = BatchNormalization(
            gamma.copy(), nothing.copy(), 0.9, nothing.copy(), nothing.copy()
        ).forward(x.copy(), False)
    except Exception:  # charged to the test time's own question
        return
    checks.array(out, name="forward at test time, with a running variance of 0,", shape=x.shape)
    try:
        checks.value(test(x), gamma * x / x.std(axis=0), name="forward at test time")
    except checks.CheckFailure:  # charged to the test time's own question
        return
    _require_epsilon(test, x, checks.say("forward at test time of a batch with entries around"))


def _require_epsilon(forward: Any, x: Any, what: checks.Words) -> None:
    """The smaller a feature's spread, the more ε shrinks it: within bounds."""
    large = checks.array(forward(x), name="forward", shape=x.shape)
    for factor in (1e-2, 1e-4, 1e-6):
        small = factor * x
        least = 1 / np.sqrt(1 + 1e-5 / small.var(axis=0))
        name = checks.say("{what} {size}", what=what, size=f"{factor * 100:g}")
        own = checks.array(forward(small), name=name, shape=x.shape)
        ends = np.sort([least * large, large], axis=0)
        checks.value(own, np.clip(own, *ends), name=name)


@test_case(
    name="arguments",
    points=1,
    hidden=True,
    failure_message="forward changes an array that is not its own.",
)
def test_arguments(BatchNormalization: Any) -> None:
    gamma, beta = runs.GAMMA.copy(), runs.BETA.copy()
    mean, var = runs.BETA.copy(), np.square(runs.GAMMA)
    x, other = runs.batch(5), runs.batch(5, seed=1)
    with checks.unchanged(gamma=gamma, beta=beta, running_mean=mean, running_var=var, x=x):
        layer = BatchNormalization(gamma, beta, 0.9, mean, var)
        out = layer.forward(x, True)
    try:
        before = checks.array(out, name="forward", shape=x.shape)
    except checks.CheckFailure:
        return  # charged to train_output
    layer.forward(other, True)
    after = checks.array(out, name="forward", shape=x.shape)
    message = "changes when forward is called again"
    checks.same(before, after, name="The output of forward", kind="aliased", message=message)
