"""Hidden test cases of the backward pass.

A gradient is right where it is the reference's, and also where it belongs to the student's
own forward, so that a mistake there is not charged again here.  That forward must be one
that normalizes at all.
"""

# fmt: off
from functools import partial

import numpy as np

from assignments.batchnorm import inputs as bn
from assignments.batchnorm.inputs import BETA, GAMMA, LAYER, ONES, ZEROS, batch, spread_out
from grader.checks import callers
from grader.checks.carrying import Follows, Slope
from grader.checks.scenario import peek
from reference.batchnorm import BatchNormalization

OK_FORMAT = False
name = "backward"
points = 8


def trained(Layer, run):
    """One batch forward in training, and backward."""
    layer = Layer(run.gamma, run.beta)
    out = layer.forward(run.x, True)
    dx = layer.backward(run.dout)
    return {"_out": out, "dx": dx, "dgamma": peek(layer, "dgamma"), "dbeta": peek(layer, "dbeta")}


def own_formula(run, own, answers):
    """Yield the gradients of the text with the deviations that the student's own output tells.

    That was multiplied, after it was divided, by gamma, or by mistake something else.  It need
    not be the slope of that output (where ε stands outside the root, or the divisor is that of
    N - 1 samples), but there is nothing wrong with the backward.
    """
    for scale in (run.gamma, np.ones_like(run.gamma), run.beta):
        _, std = bn.told(run.but(gamma=scale), run.x, own["_out"])
        yield trained(partial(BatchNormalization, root=lambda var, own=std: own), run)


def of(x, size=1.0, layer=bn.USUAL):
    return layer.but(x=x, dout=size * (0.3 + spread_out(len(x), seed=50))[:, : x.shape[1]])


RUNS = [of(batch(5)), of(batch(3)), of(batch(8), 40.0), of(batch(300), 1e-6),
        of(batch(5)[:, 1:2], layer=bn.ONE_FEATURE)]
NO_SCALE = of(batch(5)).but(gamma=GAMMA * (0.0, 1.0, 1.0, 1.0))
SMALL = [of(size * spread_out(n)) for n, size in ((5, 3e-4), (5, 1e-5), (2, 3e-4))]
# With the first gamma and beta the output may well be the array that backward needs.
SAME_DOUT = [of(batch(5)).but(gamma=ONES, beta=ZEROS), of(1.5 * batch(5, seed=2))]
slope = partial(Slope, bn.forward, along="dout", believed=bn.BELIEVED)
OWN_DX = [Follows(own_formula, believed=bn.BELIEVED), slope("x")]

dx = LAYER.agrees(
    trained, "dx", name="dx", points=3, runs=RUNS, carried=OWN_DX,
    also=[LAYER.further(trained, RUNS[0], NO_SCALE, results=["dx"])],
    says="dx must follow every way from x to the output: directly, through the mean, and through "
    "the variance.")
dx_small_variance = LAYER.agrees(
    trained, "dx", name="dx_small_variance", points=1, runs=SMALL, carried=OWN_DX, own=True,
    says="Where a feature hardly varies, dx must use the same small number as forward.")
dgamma = LAYER.agrees(
    trained, "dgamma", name="dgamma", points=2, runs=RUNS, carried=[slope("gamma")],
    says="dgamma must belong to gamma, which multiplies the normalized batch and is shared by all "
    "samples.")
dbeta = LAYER.agrees(
    trained, "dbeta", name="dbeta", points=1, runs=RUNS, carried=[slope("beta")],
    says="dbeta must belong to beta, which is added to every sample.")
caller = LAYER.holds(
    trained, name="caller", points=1, runs=SAME_DOUT, keeps=["dout"],
    under=[
        callers.called_twice("backward"),
        callers.results_read_late("backward"),
        callers.used_before(lambda one: (one.forward(batch(8), True), one.backward(batch(8)))),
        callers.another_instance(2 * GAMMA, BETA),
        callers.arguments_overwritten(),
        callers.results_overwritten("forward"),
        callers.called_between("forward", False),
    ],
    says="backward must belong to its own instance's last forward in training, whatever the caller "
    "has done since to the arrays.")
