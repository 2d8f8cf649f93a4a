"""Hidden tests of ``cross_entropy``: its values, a probability of 0, and that nothing changes."""

# fmt: off
from assignments.softmax import inputs as sm
from grader.checks import CheckFailure, number, say

OK_FORMAT = False
name, points = "cross_entropy", 4


def called(cross_entropy, run):
    """The losses of two predictions."""
    return {"cross_entropy": cross_entropy(run.y_hat, run.y),
            say("cross_entropy of another prediction"): cross_entropy(run.other, run.y_other)}


def missed(cross_entropy, run):
    """The loss where a true class has no probability."""
    return {"cross_entropy": cross_entropy(run.y_hat, run.y)}


def is_large(seen):
    for results in seen:
        if not number(results["cross_entropy"], name="cross_entropy", finite=False) >= 15:
            raise CheckFailure(say("cross_entropy is below 15, or not a number, where the true "
                                   "class has the probability 0"), name="cross_entropy")


values = sm.LOSS.agrees(
    called, name="values", points=2, runs=sm.CHANCES[:10],
    says="cross_entropy must be -ln of the true class's probability, the mean over a batch.")
zeros = sm.LOSS.agrees(
    called, name="zeros", points=0.5, runs=sm.CHANCES[10:],
    says="A probability of 0 at another class must add nothing.")
missed_class = sm.LOSS.shows(
    missed, is_large, name="missed_class", points=0.5, runs=sm.MISSED,
    says="Where the true class has the probability 0, the loss must be 15 or more, or inf.")
pure = sm.LOSS.holds(
    called, name="pure", points=1, runs=sm.CHANCES[:2], keeps=["y_hat", "y", "other", "y_other"],
    under=sm.CALLERS, says="cross_entropy must change nothing and depend on the numbers alone.")
