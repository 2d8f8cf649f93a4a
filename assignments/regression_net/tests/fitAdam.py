"""Hidden tests of ``fitAdam``: where it goes, and that nothing else changes."""

# fmt: off
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


# In the fourth some units are never active: 0 / 0 without ε.
RUNS = [net.net(5, 7, net.TANH, eta=0.3), net.net(5, 7, net.TANH, eta=0.2, verbose=True),
        net.published(12, verbose=False), net.net(6, 4, net.RELU, eta=0.1, nepoch=2),
        net.net(3, 5, net.SINE, eta=0.05, nepoch=9, level=5.0), net.net(2, 90, net.SQUARE, eta=1.0),
        net.net(2, 60, net.SIGMOID, nepoch=1, eta=0.5, verbose=1)]
FIT = net.exercise(fitAdam, calc_tloss, calc_der, updateAdam, runs=RUNS).resting_on(
    "calc_tloss", "calc_der", "updateAdam")

weights = FIT.agrees(
    fitted, name="weights", points=2,
    says="fitAdam must take nepoch steps of Adam, each weight with moments of its own.")
caller = FIT.holds(
    fitted_twice, name="caller", points=1, runs=RUNS[:2], keeps=net.KEPT,
    under=net.TIDY + net.OWN,
    says="fitAdam must change none of its arguments and start its moments at zero in every call.")
