"""What the hidden tests of the shallow narrow net are run with, and whose parts are believed.

``dloss_dw`` and ``train`` rest on a student's own ``forward`` and ``loss``, whose mistakes are
charged elsewhere: what follows from these is right, too, where they can be believed.
"""

import numpy as np

from grader.checks import plain
from grader.checks.callers import set_from_outside
from grader.checks.carrying import Belief
from grader.checks.exercise import Exercise
from grader.checks.scenario import Run, or_with, snapshot
from reference.shallow_narrow import ShallowNarrowExercise, gradients, loss

# No residuals are symmetric, of one sign, or of mean zero.
X3, Y3 = np.array([0.8, -1.1, 0.5]), np.array([0.3, -2.6, 1.9])
X5, Y5 = np.array([0.3, -0.7, 1.2, 0.0, 2.4]), np.array([1.1, -0.4, 0.2, 0.9, 3.1])
X40, X1000 = np.linspace(-1.3, 2.9, 40), np.linspace(-1.6, 1.1, 1000)
Y40, Y1000 = 0.4 + 0.3 * X40**2, 0.5 * np.cos(3.0 * X1000) - X1000


def net(weights, x, y_true, **inputs):
    """Return a run with these weights, in a list, and samples."""
    return Run(weights=list(weights), x=x, y_true=y_true, **inputs)


def predicted(Net, loss, run):
    return {"forward": Net(run.weights).forward(run.x)}


def measured(Net, loss, run):
    return {"loss": loss(Net(run.weights).forward(run.x), run.y_true)}


@or_with(forward=True)
def derived(Net, loss, run, *, forward=False):
    """The gradients; after a forward, where dloss_dw needs what that leaves behind."""
    model = Net(run.weights)
    if forward:
        model.forward(snapshot(run.x))
    return {"dloss_dw": model.dloss_dw(run.x, run.y_true)}


def predicted_before(Net, loss, run):
    """Predictions around some weights, and only then the targets and the gradients."""
    around = [Net(weights).forward(run.x) for weights in run.around]
    return {"around": around} | derived(Net, loss, run, forward=True)


def measured_before(Net, loss, run):
    """Predictions around some weights, then the losses there, and only then the gradients."""
    predictions = [Net(weights).forward(run.x) for weights in run.around]
    around = [loss(prediction, run.y_true) for prediction in predictions]
    return {"around": around} | derived(Net, loss, run, forward=True)


def belong_together(answers):
    """Tell parts that depend on both weights, and to which dloss_dw belongs."""
    around, own = (plain.reals(answers[0][key], name=key) for key in ("around", "dloss_dw"))
    costs = around if around.size == 5 else (around - UNSEEN.y_true) ** 2
    costs = costs.reshape(5, -1).mean(axis=1)
    slopes = (costs[1:3] - costs[3:]) / (2 * STEP)
    formula = gradients(UNSEEN.weights, UNSEEN.x, around[0], UNSEEN.y_true)
    near = (np.allclose(own.ravel(), g, 0, 1e-2 * np.abs(own).max()) for g in (slopes, formula))
    return (around[1:3] != around[3:]).reshape(2, -1).any(axis=1).all() and any(near)


STEP = 1e-3
UNSEEN = net([1.2, -0.7], np.array([0.9, -0.6, 1.4, 0.5]), np.array([-0.8, 1.3, 0.4, 2.2]),
             around=[[1.2 + a * STEP, -0.7 + b * STEP]
                     for a, b in ((0, 0), (1, 0), (0, 1), (-1, 0), (0, -1))])  # fmt: skip
OWN_FORWARD = Belief(predicted_before, [UNSEEN], belong_together)
OWN_LOSS = Belief(measured_before, [UNSEEN], belong_together)
RUNS = [
    net((0.7, -1.3), X5, Y5), net((-2.1, -0.4), X3, Y3), net((1.6, 0.6), X40, Y40),
    net((0.0, 0.9), X5, Y5), net((0.4, 1.1), X3[:2], Y3[:2]), net((-0.8, 1.2), X1000, Y1000),
    net((2.1e6, -0.7e6), 1e-6 * X5, 1e6 * Y5), net((1.2e-6, 0.9e-6), 1e6 * X40, 1e-6 * Y40),
]  # fmt: skip
PARTS = Exercise(ShallowNarrowExercise, loss, runs=RUNS, optional=[loss])
WEIGHTS = {"w1": lambda weights: weights[0], "w2": lambda weights: weights[1]}
SET_LATER = set_from_outside([0.3, 1.7], without=["forward"], **WEIGHTS)
