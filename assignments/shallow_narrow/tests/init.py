"""Hidden test cases of ``ShallowNarrowExercise.__init__``."""

# fmt: off
from typing import Any

import numpy as np

from assignments.shallow_narrow.inputs import PARTS
from grader.checks import say
from grader.checks.callers import another_instance, arguments_overwritten, made_of_arrays
from grader.checks.scenario import Run

OK_FORMAT = False
name, points = "init", 1


def made(Net, loss, run):
    model = Net(run.init_weights)
    return {"w1": model.w1, "w2": model.w2}


FORMS: list[tuple[Any, Any]] = [
    (say("from a list"), list), (say("from a tuple"), tuple), (say("from an array"), np.array)]
RUNS = [Run(about, init_weights=form(run.init_weights))
        for about, form in FORMS for run in PARTS.runs[:3]]
PUBLIC = [Run(init_weights=form([2.0, -0.5])) for _, form in FORMS]

attributes = PARTS.agrees(
    made, name="attributes", points=0.5, runs=RUNS, public=PUBLIC,
    says="w1 and w2 must be the two numbers given, as list, tuple or array.")
independent = PARTS.holds(
    made, name="independent", points=0.5, runs=PARTS.runs[:2], keeps=["init_weights"],
    under=[another_instance([-0.9, 1.8]), arguments_overwritten(made=True), made_of_arrays()],
    says="Every instance must have weights of its own.")
