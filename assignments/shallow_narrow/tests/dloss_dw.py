"""Hidden test cases of ``dloss_dw``.

``values`` accepts the gradients that are asked for and, so that a mistake in ``forward`` or
``loss`` is not charged again here, also the slope of the student's own loss of the student's own
predictions.  The others ask only that ``dloss_dw`` agrees with itself.
"""

# fmt: off
from assignments.shallow_narrow.inputs import PARTS, RUNS, cost
from grader.checks import say
from grader.checks.callers import buffers_reused, nothing_changed, set_from_outside
from grader.checks.carrying import Slope
from grader.checks.scenario import or_after, snapshot

OK_FORMAT = False
name, points = "dloss_dw", 3
OTHERS = say("dloss_dw of other samples")


@or_after(dloss_dw="forward")
def derived(Net, loss, run):
    """Gradients for two arrays, and the weights after that."""
    model = Net(run.init_weights)
    return {"dloss_dw": snapshot(model.dloss_dw(run.x, run.y_true)),
            OTHERS: model.dloss_dw(run.other, run.y_other), "w1": model.w1, "w2": model.w2}


SLOPES = PARTS.resting_on("forward", "loss")
values = SLOPES.agrees(
    derived, "dloss_dw", name="values", points=2.5,
    carried=[Slope(cost, of="init_weights", result="dloss_dw")],
    says="dloss_dw must give the two derivatives of the mean squared error, each one number.")
current_weights = SLOPES.holds(
    derived, "dloss_dw", OTHERS, name="current_weights", points=0.25, runs=RUNS[:2],
    under=[set_from_outside("w1", "w2", without=["forward"]), buffers_reused()],
    says="dloss_dw must use the samples it is given and the weights that w1 and w2 hold when it is "
    "called.")
pure = SLOPES.holds(
    derived, "dloss_dw", OTHERS, "w1", "w2", name="pure", points=0.25, runs=RUNS[:2],
    under=nothing_changed("dloss_dw"), keeps=["x", "y_true", "other", "y_other"],
    says="dloss_dw must change nothing: neither x and y_true nor the weights.")
