"""Hidden test cases of ``forward``.

The last two ask only that ``forward`` agrees with itself, so that a wrong formula costs
``values`` and nothing else.
"""

from assignments.shallow_narrow.inputs import WEIGHTS, X3, X5, X40, X1000
from grader import checks
from grader.checks.callers import (
    buffers_reused,
    called_twice,
    calls_left_out,
    results_read_late,
    set_from_outside,
)
from grader.checks.exercise import Exercise
from grader.checks.scenario import Run, peek
from reference.shallow_narrow import ShallowNarrowExercise

OK_FORMAT = False
name = "forward"
points = 2


def predicted(Net, run):
    """Predictions of one net for samples of several sizes."""
    model = Net(run.weights)
    return {
        checks.say("forward of {count} samples", count=len(x)): model.forward(x)
        for x in run.several
    }


def of_two(Net, run):
    """Predictions of two nets."""
    return {"forward": Net(run.weights).forward(run.x),
            checks.say("forward of another net"): Net(run.others).forward(run.x)}  # fmt: skip


def predicted_twice(Net, run):
    """Predictions for two arrays, and the weights after that."""
    model = Net(run.weights)
    return {
        "forward": model.forward(run.x),
        checks.say("forward of other samples"): model.forward(run.other),
        "w1": peek(model, "w1"),
        "w2": peek(model, "w2"),
    }


SIZES = [X5, X3, X40, +X3[:2], X1000]
NUMBERS = [(0.7, -1.3), (-2.1, -0.4), (1.6, 0.6), (0.0, 0.9)]
FORWARD = Exercise(
    ShallowNarrowExercise,
    runs=[Run(weights=list(weights), several=SIZES) for weights in NUMBERS]
    + [
        Run(weights=[2e6, -3e6], several=[1e-6 * X5]),
        Run(weights=[2e-6, 3e-6], several=[1e6 * X3]),
    ],
)

values = FORWARD.agrees(
    predicted, name="values", points=1.5,
    says="forward must give x times both weights, for any weights and any number of samples.",
)  # fmt: skip
current_weights = FORWARD.holds(
    of_two, name="current_weights", points=0.25, under=[set_from_outside([0.3, 1.7], **WEIGHTS)],
    runs=[Run(weights=[-0.4, 2.2], others=[0.9, 0.5], x=X5),
          Run(weights=[-0.4, 1.4], others=[0.2, 0.5], x=X5)],  # each net has one other weight
    says="forward must use the weights that w1 and w2 hold when it is called.",
)  # fmt: skip
pure = FORWARD.holds(
    predicted_twice, name="pure", points=0.25, keeps=["x", "other"],
    under=[called_twice(), results_read_late(), buffers_reused(), calls_left_out()],
    runs=[Run(weights=[0.7, -1.3], x=X5, other=1.5 * X5),
          Run(weights=[-0.4, 2.2], x=X3, other=1.5 * X3)],
    says="forward must change nothing: neither x, nor the weights, nor what it returned before.",
)  # fmt: skip
