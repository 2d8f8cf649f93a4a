"""Hidden test cases of ``loss``."""

import numpy as np

from assignments.shallow_narrow.inputs import X40, X1000, Y40, Y1000
from grader.checks.callers import called_twice
from grader.checks.exercise import Exercise
from grader.checks.scenario import Run
from reference.shallow_narrow import loss

OK_FORMAT = False
name, points = "loss", 1


def measured(loss, run):
    return {"loss": loss(run.y_prediction, run.y_true)}


SAMPLES = [([0.3, -0.7, 1.2, 0.9, 2.4], [1.1, -0.4, 0.2, 0.3, 0.6]), ([0.02, -0.01], [0.0, 0.04]),
           ([-5.2, 3.1, 0.4], [2.5, 0.7, 1.9]), (X1000, Y1000),
           (X40, Y40), (1e6 * X40, 1e6 * Y40), (1e-6 * X40, 1e-6 * Y40)]  # fmt: skip
RUNS = [Run(y_prediction=np.array(own), y_true=np.array(true)) for own, true in SAMPLES]
PUBLIC = Run(y_prediction=np.array([1.0, 2.0, -1.0]), y_true=np.array([3.0, 1.0, 0.5]))
LOSS = Exercise(loss, runs=RUNS, public=[PUBLIC])

values = LOSS.agrees(measured, name="values", points=0.75,
                     says="loss must be one number: the mean of the squared errors.")  # fmt: skip
pure = LOSS.holds(
    measured, name="pure", points=0.25, under=[called_twice()], keeps=["y_prediction", "y_true"],
    says="loss must change neither the predictions nor the targets.")  # fmt: skip
