"""Hidden test cases of ``ShallowNarrowExercise.__init__``."""

import numpy as np

from grader import checks
from grader.checks.callers import another_instance, arguments_overwritten, made_of_arrays
from grader.checks.exercise import Exercise
from grader.checks.scenario import Run
from reference.shallow_narrow import ShallowNarrowExercise

OK_FORMAT = False
name, points = "init", 1


def made(Net, run):
    model = Net(run.weights)
    return {"w1": model.w1, "w2": model.w2}


NUMBERS = [(0.7, -1.3), (-2.1, 0.4), (0.0, 0.9), (-3e6, 2e-6)]
FORMS = {checks.say("from a list"): list, checks.say("from a tuple"): tuple,
         checks.say("from an array"): np.array}  # fmt: skip
RUNS = [Run(about, weights=form(pair)) for about, form in FORMS.items() for pair in NUMBERS]
PUBLIC = [Run(weights=form([2.0, -0.5])) for form in FORMS.values()]
INIT = Exercise(ShallowNarrowExercise, runs=RUNS, public=PUBLIC)

attributes = INIT.agrees(
    made, name="attributes", points=0.5,
    says="w1 and w2 must be the two numbers given, as list, tuple or array.")  # fmt: skip
independent = INIT.holds(
    made, name="independent", points=0.5, runs=RUNS[: len(NUMBERS)], keeps=["weights"],
    under=[another_instance([-0.9, 1.8]), arguments_overwritten(made=True), made_of_arrays()],
    says="Every instance must have weights of its own.")  # fmt: skip
