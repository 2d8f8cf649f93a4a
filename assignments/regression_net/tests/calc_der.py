"""Hidden tests of ``calc_der``, a test case for each gradient.

A mistake in calc_tloss is not charged again: right is also the slope of the student's own loss.
"""

# fmt: off
from assignments.regression_net import inputs as net
from grader.checks import say
from grader.checks.carrying import Belief, Slope
from reference.regression_net import calc_der, calc_tloss

OK_FORMAT = False
name, points = "calc_der", 4.5
DER = net.exercise(calc_der, calc_tloss)
OTHER = say("calc_der of another net")


def derived(calc_der, calc_tloss, run):
    return {("dW", "dV", "dbs", "db0"): calc_der(*net.of(run), run.acf, run.acfder)}


def derived_twice(calc_der, calc_tloss, run):
    """The gradients of two nets."""
    return {"calc_der": calc_der(*net.of(run), run.acf, run.acfder),
            OTHER: calc_der(*run.other, run.acf, run.acfder)}


SEEN = net.UNSEEN
BELIEVED = Belief(net.own_loss, [SEEN, *(
    SEEN.but(**{name: factor * SEEN.inputs[name]}) for name, factor in (
        ("x", 1.0), ("x", 0.5), ("y", 0.5), ("tW", 0.5), ("tV", 0.5), ("tbs", 0.5), ("tb0", 0.5)))])
w_grad, v_grad, bs_grad, b0_grad = (
    DER.agrees(derived, f"d{w}", name=f"d{w}", points=1,
               carried=[Slope(net.own_loss, of=f"t{w}", believed=BELIEVED, result=f"d{w}")],
               says=f"d{w} must be the derivative of the loss with respect to t{w}.")
    for w in ("W", "V", "bs", "b0"))
pure = DER.holds(
    derived_twice, name="pure", points=0.5, runs=net.NETS[:2], keeps=net.KEPT,
    under=net.TIDY + net.OWN, says="calc_der must give new arrays and change nothing.")
