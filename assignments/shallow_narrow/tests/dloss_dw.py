"""Hidden test cases of ``dloss_dw``.

``values`` accepts the gradients that are asked for and, so that a mistake in ``forward`` or
``loss`` is not charged again here, also gradients that are right for the student's own parts:
the formula with the student's own predictions, and the slope of the student's own loss, or of
the right one, of these.  The others ask only that ``dloss_dw`` agrees with itself.
"""

from assignments.shallow_narrow import inputs
from assignments.shallow_narrow.inputs import BELIEVED, OTHERS, PARTS, RUNS, derived, predicted
from grader.checks import plain
from grader.checks.callers import buffers_reused, called_twice, calls_left_out, results_read_late
from grader.checks.carrying import Follows, Slope
from reference.shallow_narrow import gradients, loss

OK_FORMAT = False
name, points = "dloss_dw", 3


def own_formula(run, own, answers):
    y_prediction = plain.reals(answers[0]["forward"], name="forward")
    return {"dloss_dw": gradients(run.weights, run.x, y_prediction, run.y_true)}


def right_loss(run, y_prediction):
    return loss(plain.reals(y_prediction, name="forward"), run.y_true)


SLOPES = PARTS.resting_on(forward=inputs.FORWARD)
SLOPE = {"of": "weights", "result": "dloss_dw", "believed": BELIEVED}

values = SLOPES.agrees(
    derived, "dloss_dw", name="values", points=2.5,
    carried=[Follows(own_formula, predicted, lambda run, own: [run], BELIEVED),
             Slope(inputs.measured, **SLOPE),
             Slope(predicted, **SLOPE, then=right_loss)],
    says="dloss_dw must give the two derivatives of the mean squared error, each "
    "one number.")  # fmt: skip
current_weights = SLOPES.holds(
    derived, "dloss_dw", OTHERS, name="current_weights", points=0.25, runs=RUNS[:2],
    under=[inputs.set_later("forward"), buffers_reused()],
    says="dloss_dw must use the samples it is given and the weights that w1 and w2 hold when it is "
    "called.")  # fmt: skip
pure = SLOPES.holds(
    derived, "dloss_dw", OTHERS, "w1", "w2", name="pure", points=0.25, runs=RUNS[:2],
    under=[called_twice("dloss_dw"), results_read_late("dloss_dw"), calls_left_out("dloss_dw")],
    keeps=["x", "y_true", "other", "y_other"],
    says="dloss_dw must change nothing: neither x and y_true nor the weights.")  # fmt: skip
