"""Hidden tests of ``l2_loss``: its values, and that nothing else matters or changes."""

# fmt: off
from assignments.weight_decay import inputs as wd
from grader.checks import say
from reference.weight_decay import l2_loss

OK_FORMAT = False
name, points = "l2_loss", 3
exercise = wd.loss_of(l2_loss)


def called(l2_loss, run):
    """The penalised losses of two nets."""
    return {"l2_loss": l2_loss(run.loss, run.weights, run.lam),
            say("l2_loss of another net"): l2_loss(run.loss, run.others, run.lam)}


values = exercise.agrees(
    called, name="values", points=2.5,
    says="l2_loss must add half of lam times the sum of the squares of all W to the loss.")
pure = exercise.holds(
    called, name="pure", points=0.5, runs=wd.NETS[3:5], keeps=["weights", "others"],
    under=wd.ORDERS, says="l2_loss must change nothing and depend on the numbers alone.")
