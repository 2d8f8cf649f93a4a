"""Hidden test cases of the backward pass.

A gradient is right where it is the reference's, and also where it belongs to the student's
own forward, so that a mistake there is not charged again here.  That forward must be one
that normalizes at all.
"""

import numpy as np

from assignments.batchnorm.inputs import (
    BELIEVED,
    BETA,
    GAMMA,
    LAYER,
    batch,
    made,
    normalized,
    spread_out,
    upstream,
)  # fmt: skip
from grader import checks
from grader.checks.callers import (
    another_instance,
    arguments_overwritten,
    called_twice,
    results_overwritten,
    results_read_late,
    used_before,
)  # fmt: skip
from grader.checks.carrying import Follows, Slope
from grader.checks.exercise import Also
from grader.checks.scenario import peek

OK_FORMAT = False
name = "backward"
points = 8


def trained(Layer, run):
    """One batch forward in training, and backward."""
    layer = Layer(run.gamma, run.beta)
    out = layer.forward(run.x, True)
    return {"_out": out, "dx": layer.backward(run.dout)}


def all_gradients(Layer, run):
    """The same, with the other two gradients where they are there."""
    layer = Layer(run.gamma, run.beta)
    layer.forward(run.x, True)
    dx = layer.backward(run.dout)
    return {"dx": dx, "dgamma": peek(layer, "dgamma"), "dbeta": peek(layer, "dbeta")}


def dgamma_of(Layer, run):
    layer = Layer(run.gamma, run.beta)
    layer.forward(run.x, True)
    layer.backward(run.dout)
    return {"dgamma": layer.dgamma}


def dbeta_of(Layer, run):
    layer = Layer(run.gamma, run.beta)
    layer.forward(run.x, True)
    layer.backward(run.dout)
    return {"dbeta": layer.dbeta}


def test_time_between(Layer, run):
    """The same, with a forward of as many samples at test time in between."""
    layer, other = Layer(run.gamma, run.beta), Layer(run.gamma, run.beta)
    asked = {"trained": other.forward(run.other, True)}
    layer.forward(run.x, True)
    asked["tested"] = layer.forward(run.other, False)
    other.forward(run.x, True)
    return asked | {"dx": layer.backward(run.dout), "alone": other.backward(run.dout)}


def require_same(results):
    """Check that a forward at test time changes no gradient; not where it trains again."""
    for seen in results:
        try:
            checks.value(seen["tested"], checks.array(seen["trained"], name=""), name="forward")
        except checks.CheckFailure:
            message = "is another after a forward at test time"
            checks.same(seen["alone"], seen["dx"], name="backward", kind="order", message=message)


def own_formula(run, own, answers):
    """Yield the dx of the text with the divisors that the student's own output tells.

    That was multiplied, after it was divided, by gamma, or by mistake something else.  It need
    not be the slope of that output (where ε stands outside the root, or the divisor is that of
    N - 1 samples), but there is nothing wrong with the backward.
    """
    rise = np.ptp(checks.array(own["_out"], name="forward", shape=run.x.shape), axis=0)
    for scale in (run.gamma, np.ones_like(run.gamma), run.beta):
        divisor = np.abs(scale) * np.ptp(run.x, axis=0) / rise
        normal = (run.x - run.x.mean(axis=0)) / divisor
        g = run.gamma * run.dout
        yield {"dx": (g - g.mean(axis=0) - normal * (g * normal).mean(axis=0)) / divisor}


def of_size(x, size=1.0):
    return made(x=x, dout=upstream(len(x), size=size))


def used_for_another(layer):
    layer.forward(batch(8), True)
    layer.backward(upstream(8))


ONE_FEATURE = made(gamma=GAMMA[1:2], beta=BETA[1:2], x=batch(5)[:, 1:2], dout=upstream(5)[:, :1])
SIZES = (5, 1.0), (3, 1.0), (8, 40.0), (300, 1e-6)
NO_SCALE = made(gamma=GAMMA * (0.0, 1.0, 1.0, 1.0), x=batch(5), dout=upstream(5))
RUNS = [*(of_size(batch(samples), size) for samples, size in SIZES), ONE_FEATURE]
UNIT = made(gamma=np.ones(4), beta=np.zeros(4), x=batch(5), dout=upstream(5))
BETWEEN = made(x=batch(5), other=batch(5, seed=3), dout=upstream(5))
SMALL = [of_size(size * spread_out(5)) for size in (3e-4, 1e-5)]
SAME_DOUT = [of_size(batch(5)), of_size(1.5 * batch(5, seed=2))]
OWN_DX = [Follows(own_formula, believed=BELIEVED),
          Slope(normalized, of="x", along="dout", result="dx", believed=BELIEVED)]  # fmt: skip

dx = LAYER.agrees(
    trained, "dx", name="dx", points=3, runs=RUNS, carried=OWN_DX,
    also=[LAYER.further(trained, RUNS[0], NO_SCALE)],
    says="dx must follow every way from x to the output: directly, through the mean, and through "
    "the variance.",
)  # fmt: skip
dx_small_variance = LAYER.agrees(
    trained, "dx", name="dx_small_variance", points=1, runs=SMALL, carried=OWN_DX, own=True,
    says="Where a feature hardly varies, dx must use the same small number as forward.",
)  # fmt: skip
dgamma = LAYER.agrees(
    dgamma_of, name="dgamma", points=2, runs=RUNS,
    carried=[Slope(normalized, of="gamma", along="dout", result="dgamma", believed=BELIEVED)],
    says="dgamma must belong to gamma, which multiplies the normalized batch and is shared by all "
    "samples.",
)  # fmt: skip
dbeta = LAYER.agrees(
    dbeta_of, name="dbeta", points=1, runs=RUNS,
    carried=[Slope(normalized, of="beta", along="dout", result="dbeta", believed=BELIEVED)],
    says="dbeta must belong to beta, which is added to every sample.",
)  # fmt: skip
caller = LAYER.holds(
    all_gradients, name="caller", points=1, runs=SAME_DOUT, keeps=["dout"],
    besides=[([UNIT], results_overwritten("forward"))],
    under=[
        called_twice("backward"), results_read_late("backward"), used_before(used_for_another),
        another_instance(2 * GAMMA, BETA), arguments_overwritten(), results_overwritten("forward"),
    ],
    also=[Also(test_time_between, require_same, [BETWEEN])],
    says="backward must belong to its own instance's last forward in training, whatever the caller "
    "has done since to the arrays.",
)  # fmt: skip
