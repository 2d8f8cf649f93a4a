"""Hidden test cases of ``ShallowNarrowExercise.__init__``."""

import numpy as np

from grader import checks
from grader.checks.callers import another_instance, arguments_overwritten, made_of_arrays
from grader.checks.exercise import Exercise
from grader.checks.scenario import Run, snapshot
from reference.shallow_narrow import ShallowNarrowExercise

OK_FORMAT = False
name = "init"
points = 1


def made(Net, run):
    model = Net(run.weights)
    return {"w1": model.w1, "w2": model.w2}


def set_later(Net, run):
    """The weights of a net, and those that are set from outside."""
    model = Net(run.weights)
    seen = {"w1": snapshot(model.w1), "w2": snapshot(model.w2)}
    model.w1, model.w2 = run.later
    return seen | {checks.say("w1, when it is set,"): model.w1,
                   checks.say("w2, when it is set,"): model.w2}  # fmt: skip


FORMS = [(checks.say("from a list"), list), (checks.say("from a tuple"), tuple),
         (checks.say("from an array"), np.array)]  # fmt: skip
NUMBERS = [(0.7, -1.3), (-2.1, 0.4), (0.0, 0.9), (-3e6, 2e-6)]
INIT = Exercise(
    ShallowNarrowExercise,
    runs=[Run(about, weights=form(numbers)) for numbers in NUMBERS for about, form in FORMS],
)

attributes = INIT.agrees(
    made, name="attributes", points=0.5,
    says="w1 and w2 must be the two numbers given, as list, tuple or array.",
)  # fmt: skip
independent = INIT.holds(
    set_later, name="independent", points=0.5, keeps=["weights"],
    runs=[Run(weights=[0.7, -1.3], later=(1.7, 0.6)), Run(weights=[-0.4, 2.2], later=(0.2, -1.1))],
    under=[another_instance([-0.9, 1.8]), arguments_overwritten(made=True), made_of_arrays()],
    says="Every instance must have weights of its own.",
)  # fmt: skip
