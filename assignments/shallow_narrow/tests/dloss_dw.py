"""Hidden test cases of ``dloss_dw``.

``values`` accepts the gradients that are asked for and, so that a mistake in ``forward`` or
``loss`` is not charged again here, also gradients that are right for the student's own parts:
the formula with the student's own predictions, and the slope of the student's own loss, or of
the right one, of these.  The others ask only that ``dloss_dw`` agrees with itself.
"""

from assignments.shallow_narrow.inputs import (
    OWN_FORWARD,
    OWN_LOSS,
    PARTS,
    SET_LATER,
    X3,
    X5,
    Y3,
    Y5,
    derived,
    measured,
    net,
    predicted,
)  # fmt: skip
from grader import checks
from grader.checks import plain
from grader.checks.callers import buffers_reused, called_twice, calls_left_out
from grader.checks.carrying import Follows, Slope
from grader.checks.scenario import or_with, peek, snapshot
from reference.shallow_narrow import gradients, loss

OK_FORMAT = False
name = "dloss_dw"
points = 3


def own_formula(run, own, answers):
    prediction = plain.reals(answers[0]["forward"], name="forward")
    return {"dloss_dw": gradients(run.weights, run.x, prediction, run.y_true)}


def right_loss(run, prediction):
    return loss(plain.reals(prediction, name="forward"), run.y_true)


@or_with(forward=True)
def derived_twice(Net, loss, run, *, forward=False):
    """Gradients for two arrays, and the weights after that."""
    model, seen = Net(run.weights), {}
    for which, x, y_true in (
        ("dloss_dw", run.x, run.y_true),
        (checks.say("dloss_dw of other samples"), run.other, run.y_other),
    ):
        if forward:
            model.forward(snapshot(x))
        seen[which] = model.dloss_dw(x, y_true)
    return seen | {"w1": peek(model, "w1"), "w2": peek(model, "w2")}


TWICE = [net([0.7, -1.3], X5, Y5, other=1.4 * X5 - 0.3, y_other=1.0 - Y5),
         net([-0.4, 2.2], X3, Y3, other=1.4 * X3 - 0.3, y_other=1.0 - Y3)]  # fmt: skip
SLOPE = {"of": "weights", "result": "dloss_dw"}

values = PARTS.agrees(
    derived, name="values", points=2.5,
    carried=[Follows(own_formula, predicted, lambda run, own: [run], OWN_FORWARD),
             Slope(measured, **SLOPE, believed=OWN_LOSS),
             Slope(predicted, **SLOPE, then=right_loss, believed=OWN_FORWARD)],
    says="dloss_dw must give the two derivatives of the mean squared error, each one number.",
)  # fmt: skip
current_weights = PARTS.holds(
    derived_twice, name="current_weights", points=0.25, runs=TWICE,
    under=[SET_LATER, buffers_reused()],
    says="dloss_dw must use the samples it is given and the weights that w1 and w2 hold when it is "
    "called.",
)  # fmt: skip
pure = PARTS.holds(
    derived_twice, name="pure", points=0.25, runs=TWICE,
    keeps=["x", "y_true", "other", "y_other"],
    under=[called_twice("dloss_dw"), calls_left_out("dloss_dw")],
    says="dloss_dw must change nothing: neither x and y_true nor the weights.",
)  # fmt: skip
