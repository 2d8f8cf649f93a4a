"""Hidden test cases of ``loss``."""

# fmt: off
from assignments.deep_narrow.inputs import PARTS
from grader.checks.callers import called_twice, results_read_late

OK_FORMAT = False
name, points = "loss", 1


def measured(Net, run):
    return {"loss": Net(run.init_ws).loss(run.y_t, run.y_p)}


values = PARTS.agrees(measured, name="values", points=0.75,
                      says="loss must be one number: half of the mean of the squared errors.")
pure = PARTS.holds(
    measured, name="pure", points=0.25, under=[called_twice(), results_read_late()],
    keeps=["y_t", "y_p"], says="loss must change neither the targets nor the predictions.")
