"""Hidden test cases of ``forward``.

The last two ask only that ``forward`` agrees with itself, so that a wrong formula costs
``values`` and nothing else.
"""

# fmt: off
from assignments.shallow_narrow.inputs import PARTS, RUNS, X5, Y5, net
from grader.checks import say
from grader.checks.callers import buffers_reused, nothing_changed, set_from_outside
from grader.checks.scenario import snapshot

OK_FORMAT = False
name, points = "forward", 2
OTHERS, TURNED = say("forward of other samples"), say("forward of another net")


def predicted(Net, loss, run):
    """Predictions for two arrays, the weights after that, and with these the other way round."""
    model = Net(run.init_weights)
    return {"forward": snapshot(model.forward(run.x)),
            OTHERS: model.forward(run.other), "w1": model.w1, "w2": model.w2,
            TURNED: Net(run.init_weights[::-1]).forward(run.other)}


values = PARTS.agrees(
    predicted, "forward", name="values", points=1.5,
    says="forward must give x times both weights, for any weights and any number of samples.")
# Two nets with another second weight; turned round, another first one.
current_weights = PARTS.holds(
    predicted, "forward", TURNED, name="current_weights", points=0.25,
    runs=[net((-0.4, w2), X5, Y5) for w2 in (2.2, 1.4)], under=[set_from_outside("w1", "w2")],
    says="forward must use the weights that w1 and w2 hold when it is called.")
pure = PARTS.holds(
    predicted, "forward", OTHERS, "w1", "w2", name="pure", points=0.25, runs=RUNS[:4:3],
    under=[*nothing_changed(), buffers_reused()], keeps=["x", "other"],
    says="forward must change nothing: neither x, nor the weights, nor what it returned before.")
