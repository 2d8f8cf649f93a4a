"""Hidden tests of ``l1_grad``: its values, and that nothing else matters or changes."""

# fmt: off
from assignments.weight_decay import inputs as wd
from grader.checks import say
from reference.weight_decay import l1_grad

OK_FORMAT = False
name, points = "l1_grad", 3
exercise = wd.grad_of(l1_grad)


def called(l1_grad, run):
    """The gradients of two matrices."""
    return {"l1_grad": l1_grad(run.grad, run.W, run.lam),
            say("l1_grad of another matrix"): l1_grad(run.other_grad, run.other, run.lam)}


values = exercise.agrees(
    called, name="values", points=2,
    says="l1_grad must give grad + lam sign(W), where the sign of 0 is 0.")
pure = exercise.holds(
    called, name="pure", points=1, runs=wd.MATRICES[:2], under=wd.CALLERS + wd.WRITERS,
    keeps=["grad", "W", "other", "other_grad"], besides=[(wd.MATRICES[2:3], w) for w in wd.WRITERS],
    says="l1_grad must give a new array, change nothing and depend on the numbers alone.")
