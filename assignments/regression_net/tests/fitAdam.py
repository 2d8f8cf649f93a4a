"""Hidden tests of ``fitAdam``: where it goes, and that nothing else changes."""

# fmt: off
import numpy as np

from assignments.regression_net import inputs as net
from grader.checks import say
from reference.regression_net import calc_der, calc_tloss, fitAdam, updateAdam

OK_FORMAT = False
name, points = "fitAdam", 3


def fitted(fitAdam, calc_tloss, calc_der, updateAdam, run):
    return {("W", "V", "bs", "b0"): fitAdam(
        *net.of(run), run.acf, run.acfder, run.nepoch, run.eta, run.verbose)}


def fitted_twice(fitAdam, calc_tloss, calc_der, updateAdam, run):
    """Train two nets."""
    how = run.acf, run.acfder, run.nepoch, run.eta, run.verbose
    return {"fitAdam": fitAdam(*net.of(run), *how),
            say("fitAdam of another net"): fitAdam(*run.other, *how)}


# Any ε that is accepted lies between these roots, the last of Adam's other form at its first step;
# it shows in the published run, and in the last, of small gradients.  In the fourth some units
# are never active: 0 / 0 without ε.
ROOTS = [{"root": lambda v: np.sqrt(v) + 1e-8}, {"root": lambda v: np.sqrt(v + 1e-6)},
         {"root": lambda v: np.sqrt(v) + 3.2e-5}]
RUNS = [net.net(5, 7, net.TANH, eta=0.3, targets=20.0),
        net.net(5, 7, net.TANH, eta=0.2, targets=30.0, verbose=False, seed=1),
        net.published(8), net.net(6, 4, net.RELU, eta=0.1, nepoch=2, targets=9.0),
        net.net(2, 3, net.SINE, eta=0.02, nepoch=22, level=5.0, verbose=True),
        net.net(2, 30, net.SIGMOID, nepoch=1, eta=3.0, verbose=1, targets=1e6),
        net.net(2, 3, net.TANH, nepoch=2, eta=2e-7, inputs=1e6),
        net.net(3, 5, net.SINE, nepoch=1, eta=0.5, targets=0.02)]
FIT = net.exercise(
    fitAdam, calc_tloss, calc_der, updateAdam, runs=RUNS, freedoms=ROOTS
).resting_on("calc_tloss", "calc_der", "updateAdam")

PUBLIC = net.PUBLIC.but(y=np.array([20.0, -10.0, 40.0]), eta=0.5)  # no ε shows
weights = FIT.agrees(
    fitted, name="weights", points=2, runs=RUNS, public=[PUBLIC],
    says="fitAdam must take nepoch steps of Adam, each weight with moments of its own.")
caller = FIT.holds(
    fitted_twice, name="caller", points=1, runs=RUNS[:2], keeps=net.KEPT,
    under=net.TIDY + net.OWN,
    says="fitAdam must change none of its arguments and start its moments at zero in every call.")
