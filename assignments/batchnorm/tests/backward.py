"""Hidden test cases of the backward pass.

A gradient is right where it is the reference's, and also where it belongs to the student's
own forward, so that a mistake there is not charged again here.  That forward must be one
that normalizes at all.
"""

# fmt: off
from functools import partial

from assignments.batchnorm import inputs as bn
from grader.checks import callers, carrying, scenario

OK_FORMAT = False
name = "backward"
points = 8


def trained(Layer, run):
    """Go forward with one batch in training, and backward."""
    layer = Layer(run.gamma, run.beta)
    seen = {"_out": layer.forward(run.x, True), "dx": layer.backward(run.dout)}
    return seen | {name: scenario.peek(layer, name) for name in ("dgamma", "dbeta")}


def own_formula(run, own, answers):
    """Yield the gradients of the text with the deviations that the student's own output tells.

    That was multiplied, after it was divided, by gamma, or by mistake something else.  It need
    not be the slope of that output (where ε stands outside the root, or the divisor is that of
    N - 1 samples), but there is nothing wrong with the backward.
    """
    for scale in (run.gamma, 1.0, run.beta):
        std = bn.told(run.but(gamma=scale), run.x, own["_out"]).std(axis=0)
        yield trained(partial(bn.BatchNormalization, root=lambda var, own=std: own), run)


def of(x, size=1.0, layer=bn.USUAL):
    return layer.but(x=x, dout=size * (0.3 + bn.spread_out(len(x), seed=50))[:, : x.shape[1]])


RUNS = [of(bn.batch(5)), of(bn.batch(3)), of(bn.batch(8), 40.0), of(bn.batch(300), 1e-6),
        of(bn.batch(5)[:, 1:2], layer=bn.ONE_FEATURE)]
NO_SCALE = of(bn.batch(5)).but(gamma=bn.GAMMA * (0.0, 1.0, 1.0, 1.0))
SMALL = [of(size * bn.spread_out(samples)) for samples, size in ((5, 3e-4), (5, 1e-5), (2, 3e-4))]
# With the first gamma and beta the output may well be the array that backward needs.
SAME_DOUT = [of(bn.batch(5)).but(gamma=bn.ONES, beta=bn.ZEROS), of(1.5 * bn.batch(5, seed=2))]
slope = partial(carrying.Slope, bn.forward, along="dout", believed=bn.BELIEVED)
OWN_DX = [carrying.Follows(own_formula, believed=bn.BELIEVED), slope("x")]

dx = bn.LAYER.agrees(
    trained, "dx", name="dx", points=3, runs=RUNS, carried=OWN_DX,
    also=[bn.LAYER.further(trained, RUNS[0], NO_SCALE, results=["dx"])],
    says="dx must follow every way from x to the output: directly, through the mean, and through "
    "the variance.")
dx_small_variance = bn.LAYER.agrees(
    trained, "dx", name="dx_small_variance", points=1, runs=SMALL, carried=OWN_DX, own=True,
    says="Where a feature hardly varies, dx must use the same small number as forward.")
dgamma = bn.LAYER.agrees(
    trained, "dgamma", name="dgamma", points=2, runs=RUNS, carried=[slope("gamma")],
    says="dgamma must belong to gamma, which multiplies the normalized batch and is shared by all "
    "samples.")
dbeta = bn.LAYER.agrees(
    trained, "dbeta", name="dbeta", points=1, runs=RUNS, carried=[slope("beta")],
    says="dbeta must belong to beta, which is added to every sample.")
caller = bn.LAYER.holds(
    trained, name="caller", points=1, runs=SAME_DOUT, keeps=["dout"],
    under=[callers.called_twice("backward"), callers.results_read_late("backward"),
           callers.used_before(lambda a: (a.forward(bn.batch(8), True), a.backward(bn.batch(8)))),
           callers.another_instance(), callers.arguments_overwritten(),
           callers.results_overwritten("forward"), callers.called_between("forward", False)],
    says="backward must belong to its own instance's last forward in training, whatever the caller "
    "has done since to the arrays.")
