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
name, points = "backward", 8


def trained(Layer, run):
    """Go forward with one batch in training, and backward."""
    layer = Layer(run.gamma, run.beta)
    # Names that begin with _ are not compared.
    seen = {"_out": layer.forward(run.x, True), "dx": layer.backward(run.dout)}
    return seen | {name: scenario.peek(layer, name) for name in ("dgamma", "dbeta")}


def with_deviations(std):
    """The layer that divides by these."""
    return partial(bn.BatchNormalization, root=lambda var: std)


def own_formula(run, own, answers):
    """Yield the text's gradients with the deviations that the student's own output shows.

    The output is the normalized batch times gamma or, by mistake, 1 or beta.  These gradients need
    not be its slope (where ε stands outside the root, or the variance is divided by N - 1), but
    there is nothing wrong with the backward.
    """
    for scale in (run.gamma, 1.0, run.beta):
        _, std = bn.shown_by(run.but(gamma=scale), run.x, own["_out"])
        yield trained(with_deviations(std), run)


def backward_run(x, size=1.0, run=bn.USUAL):
    return run.but(x=x, dout=size * (0.3 + bn.spread_out(len(x), seed=50))[:, : x.shape[1]])


RUNS = [backward_run(bn.batch(5)), backward_run(bn.batch(3)), backward_run(bn.batch(8), 40.0),
        backward_run(bn.batch(300), 1e-6), backward_run(bn.batch(5)[:, 1:2], run=bn.ONE_FEATURE)]
NO_SCALE = RUNS[0].but(gamma=bn.GAMMA * (0.0, 1.0, 1.0, 1.0))
SMALL = [backward_run(size * bn.spread_out(n)) for n, size in ((5, 3e-4), (5, 1e-5), (2, 3e-4))]
# The first is perturbed: with gamma 1 and beta 0 its output may well be the array that backward
# needs.  The second tells whether the gradients depend on x at all.
SAME_DOUT = [RUNS[0].but(gamma=bn.ONES, beta=bn.ZEROS), backward_run(1.5 * bn.batch(5, seed=2))]
slope = partial(carrying.Slope, bn.forward, along="dout", believed=bn.BELIEVED)
OWN_DX: list[carrying.Carried] = [carrying.Follows(own_formula, believed=bn.BELIEVED), slope("x")]

dx = bn.LAYER.agrees(
    trained, "dx", name="dx", points=3, runs=RUNS, carried=OWN_DX,
    also=[bn.LAYER.further(trained, RUNS[0], NO_SCALE, results=["dx"])],
    says="dx must follow every way from x to the output: directly, through the mean, and through "
    "the variance.")
dx_small_variance = bn.LAYER.agrees(
    trained, "dx", name="dx_small_variance", points=1, runs=SMALL, carried=OWN_DX, only_own=True,
    says="Where a feature hardly varies, dx must use the same small number as forward.")
dgamma = bn.LAYER.agrees(
    trained, "dgamma", name="dgamma", points=2, runs=RUNS, carried=[slope("gamma")],
    says="dgamma must be the gradient of gamma, which multiplies the normalized batch and is "
         "shared by all samples.")
dbeta = bn.LAYER.agrees(
    trained, "dbeta", name="dbeta", points=1, runs=RUNS, carried=[slope("beta")],
    says="dbeta must be the gradient of beta, which is added to every sample.")
caller = bn.LAYER.holds(
    trained, name="caller", points=1, runs=SAME_DOUT, keeps=["dout"],
    under=[callers.called_twice("backward"), callers.results_read_late("backward"),
           callers.used_before(lambda a: (a.forward(bn.batch(8), True), a.backward(bn.batch(8)))),
           callers.another_instance(), callers.arguments_overwritten(),
           callers.results_overwritten("forward"), callers.called_between("forward", False)],
    says="backward must belong to its own instance's last forward in training, whatever the caller "
    "has done since to the arrays.")
