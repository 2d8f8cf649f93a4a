"""Hidden test cases of ``loss``."""

# fmt: off
from assignments.deep_narrow.inputs import PARTS, RUNS, losing
from grader.checks.callers import called_twice

OK_FORMAT = False
name, points = "loss", 1

values = PARTS.agrees(
    losing, name="values", points=0.75,
    says="loss must be one number: half of the mean of the squared errors.")
pure = PARTS.holds(
    losing, name="pure", points=0.25, runs=RUNS[:2], under=[called_twice()], keeps=["y_t", "y_p"],
    says="loss must change neither the targets nor the predictions.")
