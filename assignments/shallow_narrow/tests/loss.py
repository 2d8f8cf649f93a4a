"""Hidden test cases of ``loss``."""

# fmt: off
from assignments.shallow_narrow.inputs import PUBLIC, RUNS
from grader.checks.callers import called_twice, results_read_late
from grader.checks.exercise import Exercise
from reference.shallow_narrow import loss

OK_FORMAT = False
name, points = "loss", 1
LOSS = Exercise(loss, runs=RUNS, public=[PUBLIC])


def measured(loss, run):
    return {"loss": loss(run.y_prediction, run.y_true)}


values = LOSS.agrees(measured, name="values", points=0.75,
                     says="loss must be one number: the mean of the squared errors.")
pure = LOSS.holds(
    measured, name="pure", points=0.25, runs=RUNS[:2], keeps=["y_prediction", "y_true"],
    under=[called_twice(), results_read_late()], says="loss must change neither of its arguments.")
