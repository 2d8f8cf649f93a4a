"""Hidden tests of ``calc_tloss``: its values, the published one among them."""

# fmt: off
from assignments.regression_net import inputs as net
from grader.checks import say
from reference.regression_net import calc_tloss

OK_FORMAT = False
name, points = "calc_tloss", 2.5
LOSS = net.exercise(calc_tloss)


def measured(calc_tloss, run):
    """The losses of two nets."""
    return {"calc_tloss": calc_tloss(*net.of(run), run.acf),
            say("calc_tloss of another net"): calc_tloss(*run.other, run.acf)}


values = LOSS.agrees(
    measured, name="values", points=2,
    says="calc_tloss must be the sum of the squared errors, with the activation handed over.")
pure = LOSS.holds(
    measured, name="pure", points=0.5, runs=net.NETS[:2], keeps=net.KEPT, under=net.TIDY,
    says="calc_tloss must change nothing and depend on its arguments alone.")
