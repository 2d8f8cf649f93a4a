"""Hidden tests of ``l1_loss``: its values, and that nothing else matters or changes."""

# fmt: off
from assignments.weight_decay import inputs as wd
from grader.checks import say
from reference.weight_decay import l1_loss

OK_FORMAT = False
name, points = "l1_loss", 3
exercise = wd.loss_of(l1_loss)


def called(l1_loss, run):
    """The penalised losses of two nets."""
    return {"l1_loss": l1_loss(run.loss, run.weights, run.lam),
            say("l1_loss of another net"): l1_loss(run.loss, run.others, run.lam)}


values = exercise.agrees(
    called, name="values", points=2.5,
    says="l1_loss must add lam times the sum of the absolute values of all W to the loss.")
pure = exercise.holds(
    called, name="pure", points=0.5, runs=wd.NETS[3:5], keeps=["weights", "others"],
    under=wd.ORDERS, says="l1_loss must change nothing and depend on the numbers alone.")
