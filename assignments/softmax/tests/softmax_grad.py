"""Hidden tests of ``softmax_grad``.

A mistake in softmax or cross_entropy is not charged again: right is also what softmax_grad gives
with a right softmax, and the slope of the student's own loss of the student's own softmax.
"""

# fmt: off
import numpy as np

from assignments.softmax import inputs as sm
from grader.checks import plain, say
from grader.checks.carrying import Belief, Slope

OK_FORMAT = False
name, points = "softmax_grad", 4


def called(softmax_grad, softmax, cross_entropy, run):
    """The gradients for two arrays of logits."""
    return {"softmax_grad": softmax_grad(run.z, run.y),
            say("softmax_grad of other logits"): softmax_grad(run.other, run.y_other)}


def gradient(softmax_grad, softmax, cross_entropy, run):
    return {"softmax_grad": softmax_grad(run.z, run.y)}


def own_loss(softmax_grad, softmax, cross_entropy, run):
    return {"loss": cross_entropy(softmax(run.z), run.y)}


def is_a_loss(answers):
    """Tell a loss that stays the same, asked again, and falls with the true class's logit."""
    first, again, *others = (plain.reals(a["loss"], name="loss").reshape(()) for a in answers)
    return bool(first == again and np.isfinite([first, *others]).all() and first > others[0])


PROBED = sm.LOGITS[0].but(z=np.array([[0.4, -0.7, 0.2], [1.1, 0.3, -0.5]]), y=np.eye(3)[[2, 0]])
RAISED = PROBED.but(z=PROBED.z + 0.5 * PROBED.y)
GRAD = sm.GRAD.resting_on("softmax")
BELIEVED = Belief(own_loss, [PROBED, PROBED, RAISED], is_a_loss)
SLOPE = [Slope(own_loss, of="z", result="softmax_grad", believed=BELIEVED)]

values = GRAD.agrees(
    gradient, name="values", points=2.5, runs=sm.MODERATE,
    carried=SLOPE,
    says="softmax_grad must be the gradient of cross_entropy(softmax(z), y).")
large_logits = GRAD.agrees(
    gradient, name="large_logits", points=0.5, runs=sm.LARGE[:2] + sm.LARGE[3:6], carried=SLOPE,
    says="softmax_grad must be right for the same logits as softmax.")
pure = GRAD.holds(
    called, name="pure", points=1, runs=sm.LOGITS[:2], keeps=["z", "y", "other", "y_other"],
    under=sm.CALLERS + sm.WRITERS, says="softmax_grad must give a new array and change nothing.")
