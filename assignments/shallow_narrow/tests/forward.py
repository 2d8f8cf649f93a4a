"""Hidden test cases of ``forward``.

The last two ask only that ``forward`` agrees with itself, so that a wrong formula costs
``values`` and nothing else.
"""

from assignments.shallow_narrow.inputs import HUGE, PARTS, RUNS, TURNED, TWO, predicted, set_later
from grader import checks
from grader.checks.callers import buffers_reused, called_twice, calls_left_out, results_read_late

OK_FORMAT = False
name, points = "forward", 2
OTHERS = checks.say("forward of other samples")


def predicted_twice(Net, loss, run):
    """Predictions for two arrays, and the weights after that."""
    model = Net(run.weights)
    return {"forward": model.forward(run.x),
            OTHERS: model.forward(run.other), "w1": model.w1, "w2": model.w2}  # fmt: skip


values = PARTS.agrees(
    predicted, name="values", points=1.5, runs=[*RUNS, HUGE],
    says="forward must give x times both weights, for any weights and any number of "
    "samples.")  # fmt: skip
current_weights = PARTS.holds(
    predicted, "forward", TURNED, name="current_weights", points=0.25, runs=TWO,
    under=[set_later()],
    says="forward must use the weights that w1 and w2 hold when it is called.")  # fmt: skip
pure = PARTS.holds(
    predicted_twice, "forward", OTHERS, "w1", "w2", name="pure", points=0.25, runs=RUNS[:4:3],
    keeps=["x", "other"],
    under=[called_twice(), results_read_late(), buffers_reused(), calls_left_out()],
    says="forward must change nothing: neither x, nor the weights, nor what it returned "
    "before.")  # fmt: skip
