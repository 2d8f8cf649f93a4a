"""Hidden tests of ``softmax``: its values, and that nothing else matters or changes."""

# fmt: off
from assignments.softmax import inputs as sm
from grader.checks import say

OK_FORMAT = False
name, points = "softmax", 5


def called(softmax, run):
    """The probabilities for two arrays of logits, and for the first once more."""
    return {"softmax": softmax(run.z), say("softmax of other logits"): softmax(run.other),
            say("softmax of the first logits again"): softmax(run.z)}


values = sm.SOFTMAX.agrees(
    called, name="values", points=2.5, runs=sm.MODERATE,
    says="softmax must give each row's powers of e, divided by their sum in that row.")
large_logits = sm.SOFTMAX.agrees(
    called, name="large_logits", points=1.5, runs=sm.LARGE,
    says="softmax must be right for logits up to 1e4, also where rows differ by thousands.")
pure = sm.SOFTMAX.holds(
    called, name="pure", points=1, runs=sm.LOGITS[:2], keeps=["z", "other"],
    under=sm.CALLERS + sm.WRITERS, says="softmax must give a new array and change nothing.")
