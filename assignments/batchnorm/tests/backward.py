"""Hidden test cases of the backward pass.

A gradient is right where it is the reference's, and also where it belongs to the student's
own forward, so that a mistake there is not charged again here.  That forward must be one
that normalizes at all.
"""

from typing import Any

import numpy as np
from otter.test_files import test_case

from grader import checks
from reference import batchnorm_runs as runs

OK_FORMAT = False
name = "backward"
points = 8

SAMPLES = (5, 3, 8)


def _layer(BatchNormalization: Any, gamma: Any = runs.GAMMA, beta: Any = runs.BETA) -> Any:
    return BatchNormalization(np.array(gamma), np.array(beta))


def _tolerance(x: Any, dout: Any) -> checks.Tolerance:
    return checks.tolerance(runs.gradients, x, dout)


def _own_formula(x: Any, dout: Any, out: Any, scale: Any) -> Any:
    """Return the dx of the text with the divisors that the student's own output tells.

    That was multiplied by *scale* after it was divided: gamma, or by mistake something else.
    It need not be the slope of that output (where ε stands outside the root, or the
    divisor is that of N - 1 samples), but there is nothing wrong with the backward.
    """
    rise = np.ptp(checks.array(out, name="forward", shape=x.shape), axis=0)
    divisor = np.abs(scale) * np.ptp(x, axis=0) / rise
    normal = (x - x.mean(axis=0)) / divisor
    g = runs.GAMMA * dout
    return (g - g.mean(axis=0) - normal * (g * normal).mean(axis=0)) / divisor


def _require_own_dx(BatchNormalization: Any, x: Any, dout: Any, out: Any, dx: Any) -> None:
    """Check dx against the student's own forward: by the formula, then by its slope."""
    for scale in (runs.GAMMA, np.ones_like(runs.GAMMA), runs.BETA):
        try:
            checks.value(dx, _own_formula(x, dout, out, scale), name="dx")
            return
        except checks.CheckFailure:
            continue
    checks.vjp(
        lambda point: _layer(BatchNormalization).forward(point, True), x, dout, dx, name="dx"
    )


@test_case(
    name="dx",
    points=3,
    hidden=True,
    failure_message="Follow every way from x to the output: directly, through the mean, and "
    "through the variance.",
)
def test_dx(BatchNormalization: Any) -> None:
    believed = runs.normalizes(BatchNormalization)
    for samples in SAMPLES:
        x, dout = runs.batch(samples), runs.upstream(samples)
        layer = _layer(BatchNormalization)
        out = layer.forward(x.copy(), True)
        dx = layer.backward(dout.copy())
        expected = runs.gradients(x, dout)[0]
        try:
            checks.value(dx, expected, name="dx", tolerance=_tolerance(x, dout)[0])
        except checks.CheckFailure:
            if not believed:
                raise
            _require_own_dx(BatchNormalization, x, dout, out, dx)


@test_case(
    name="dx_small_variance",
    points=1,
    hidden=True,
    failure_message="Where a feature hardly varies, dx must use the same small number as forward.",
)
def test_dx_small_variance(BatchNormalization: Any) -> None:
    believed = runs.normalizes(BatchNormalization)
    for size in (3e-4, 1e-5):
        x, dout = size * runs.spread_out(5), runs.upstream(5)
        layer = _layer(BatchNormalization)
        out = layer.forward(x.copy(), True)
        dx = layer.backward(dout.copy())
        if believed:
            _require_own_dx(BatchNormalization, x, dout, out, dx)
        else:
            checks.value(dx, runs.gradients(x, dout)[0], name="dx")


@test_case(
    name="dgamma",
    points=2,
    hidden=True,
    failure_message="gamma multiplies the normalized batch, and is shared by all samples.",
)
def test_dgamma(BatchNormalization: Any) -> None:
    believed = runs.normalizes(BatchNormalization)
    for samples in SAMPLES:
        x, dout = runs.batch(samples), runs.upstream(samples)
        layer = _layer(BatchNormalization)
        layer.forward(x.copy(), True)
        layer.backward(dout.copy())
        own = layer.dgamma
        expected, tolerance = runs.gradients(x, dout)[1], _tolerance(x, dout)[1]
        if not believed:
            checks.value(own, expected, name="dgamma", tolerance=tolerance)
            continue

        def loss(gamma: Any, x: Any = x, dout: Any = dout) -> Any:
            out = _layer(BatchNormalization, gamma).forward(x.copy(), True)
            return np.sum(dout * checks.array(out, name="forward", shape=x.shape))

        checks.gradient_or_carried(
            loss,
            runs.GAMMA,
            own,
            expected,
            name="dgamma",
            tolerance=tolerance,
        )


@test_case(
    name="dbeta",
    points=1,
    hidden=True,
    failure_message="beta is added to every sample.",
)
def test_dbeta(BatchNormalization: Any) -> None:
    for samples in SAMPLES:
        x, dout = runs.batch(samples), runs.upstream(samples)
        layer = _layer(BatchNormalization)
        layer.forward(x.copy(), True)
        layer.backward(dout.copy())
        own = layer.dbeta

        def loss(beta: Any, x: Any = x, dout: Any = dout) -> Any:
            out = _layer(BatchNormalization, beta=beta).forward(x.copy(), True)
            return np.sum(dout * checks.array(out, name="forward", shape=x.shape))

        checks.gradient_or_carried(
            loss,
            runs.BETA,
            own,
            runs.gradients(x, dout)[2],
            name="dbeta",
            tolerance=_tolerance(x, dout)[2],
        )


def _gradients(layer: Any, dout: Any) -> list[Any]:
    """Return copies of dx and, where they are arrays, dgamma and dbeta."""
    dx = checks.array(layer.backward(dout), name="backward", shape=dout.shape)
    others = [getattr(layer, name, None) for name in ("dgamma", "dbeta")]
    return [dx, *(other.copy() for other in others if type(other) is np.ndarray)]


def _require_same_after_test_time(BatchNormalization: Any, x: Any, dout: Any, alone: Any) -> None:
    """Check that a forward at test time changes no gradient.

    Where it is none, but trains again, or fails, that is charged to the test time's question.
    """
    other = runs.batch(8, seed=3)
    trained = _layer(BatchNormalization).forward(other.copy(), True)
    layer = _layer(BatchNormalization)
    layer.forward(x.copy(), True)
    try:
        out = checks.array(layer.forward(other.copy(), False), name="forward", shape=other.shape)
        checks.value(out, checks.array(trained, name="forward"), name="forward")
    except checks.CheckFailure:
        message = "is another after a forward at test time"
        own = _gradients(layer, dout)
        checks.same(alone, own, name="backward", kind="order", message=message)
    except Exception:
        return


@test_case(
    name="caller",
    points=1,
    hidden=True,
    failure_message="backward belongs to its own instance's last forward in training, whatever the "
    "caller has done since to the arrays.",
)
def test_caller(BatchNormalization: Any) -> None:
    x, dout = runs.batch(5), runs.upstream(5)
    layer = _layer(BatchNormalization)
    layer.forward(x.copy(), True)
    with checks.unchanged(dout=dout):
        alone = _gradients(layer, dout)
    dx = layer.backward(dout.copy())
    again = _gradients(layer, dout)
    message = "is another when backward is called again"
    checks.same(alone, again, name="backward", kind="order", message=message)
    layer.backward(2 * dout)
    later = checks.array(dx, name="backward", shape=x.shape)
    message = "changes when backward is called again"
    checks.same(alone[0], later, name="The result of backward", kind="aliased", message=message)

    layer = _layer(BatchNormalization)
    layer.forward(runs.batch(8), True)
    layer.backward(runs.upstream(8))
    layer.forward(x.copy(), True)
    later = _gradients(layer, dout)
    message = "depends on an earlier batch"
    checks.same(alone, later, name="backward", kind="order", message=message)
    layer.forward(1.5 * runs.batch(5, seed=2), True)
    if np.array_equal(alone[0], _gradients(layer, dout)[0]):
        raise checks.CheckFailure("backward does not depend on x.", name="backward")

    layer, other = _layer(BatchNormalization), _layer(BatchNormalization, 2 * runs.GAMMA)
    layer.forward(x.copy(), True)
    other.forward(runs.batch(5, seed=1), True)
    message = "is another after another instance's forward"
    own = _gradients(layer, dout)
    checks.same(alone, own, name="backward", kind="shared_state", message=message)

    def scenario(touch: checks.Touch) -> list[Any]:
        layer, given = _layer(BatchNormalization), x.copy()
        out = layer.forward(given, True)
        touch(given, "x")
        touch(out, "the output of forward")
        first = _gradients(layer, dout.copy())
        touch(layer.backward(dout.copy()), "the result of backward")
        return [first, _gradients(layer, dout.copy())]

    checks.unaliased(scenario, name="backward")
    _require_same_after_test_time(BatchNormalization, x, dout, alone)
