"""Hidden tests of ``fitGD``: where it goes, the last gradients, and that nothing else changes.

Gradients are right, too, that belong to the weights that the student's own fitGD reaches one
epoch earlier; so a wrong step costs ``weights`` alone.
"""

# fmt: off
from assignments.regression_net import inputs as net
from grader.checks import plain, say
from grader.checks.carrying import Follows
from grader.checks.scenario import snapshot
from reference.regression_net import calc_der, calc_tloss, fitGD

OK_FORMAT = False
name, points = "fitGD", 3.5
WEIGHTS, GRADS = ("W", "V", "bs", "b0"), ("dW", "dV", "dbs", "db0")


def fitted(fitGD, calc_tloss, calc_der, run):
    return {(*WEIGHTS, *GRADS): fitGD(
        *net.of(run), run.acf, run.acfder, run.nepoch, run.eta, run.verbose)}


def fitted_on(fitGD, calc_tloss, calc_der, run):
    """Train with one epoch less, and then with all."""
    before = fitGD(*map(snapshot, net.of(run)), run.acf, run.acfder, run.nepoch - 1, run.eta, 0)
    return {tuple(f"_{w}" for w in (*WEIGHTS, *GRADS)): before,
            **fitted(fitGD, calc_tloss, calc_der, run)}


def fitted_twice(fitGD, calc_tloss, calc_der, run):
    """Train two nets."""
    how = run.acf, run.acfder, run.nepoch, run.eta, run.verbose
    return {"fitGD": fitGD(*net.of(run), *how),
            say("fitGD of another net"): fitGD(*run.other, *how)}


def as_stepped(run, own, answers):
    """The gradients at the weights one epoch earlier."""
    W, V, bs = [plain.array(own[f"_{w}"], name=w, shape=run.tW.shape) for w in WEIGHTS[:3]]
    b0 = plain.number(own["_b0"], name="b0")
    return dict(zip(GRADS, calc_der(run.x, run.y, W, V, bs, b0, run.acf, run.acfder), strict=True))


# In the published run the loss rises thirtyfold at first.
RUNS = [net.net(5, 7, net.TANH), net.net(5, 7, net.TANH, verbose=False, seed=1), net.published(),
        net.net(2, 3, net.SINE, nepoch=52, eta=0.002, verbose=True), net.net(4, 3, net.RELU),
        net.net(2, 30, net.SIGMOID, nepoch=4, eta=0.004, inputs=1e-6, targets=1e-6, verbose=1)]
FIT = net.exercise(fitGD, calc_tloss, calc_der, runs=RUNS).resting_on("calc_tloss", "calc_der")

weights = FIT.agrees(
    fitted, *WEIGHTS, name="weights", points=2, runs=RUNS,
    says="fitGD must take nepoch steps of gradient descent, with all weights at once.")
gradients = FIT.agrees(
    fitted_on, *GRADS, name="gradients", points=1, runs=RUNS[:2] + RUNS[4:5],
    carried=[Follows(as_stepped)],
    says="fitGD must give the gradients of the last step, at the weights before it.")
caller = FIT.holds(
    fitted_twice, name="caller", points=0.5, runs=RUNS[:2], keeps=net.KEPT,
    under=net.TIDY + net.OWN, says="fitGD must change none of its arguments and remember nothing.")
