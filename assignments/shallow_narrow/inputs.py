"""What the hidden tests of the shallow narrow net are run with, and whose parts are believed.

``dloss_dw`` and ``train`` rest on a student's own ``forward`` and ``loss``, whose mistakes are
charged elsewhere: what follows from these is right, too, where they can be believed.
"""

import numpy as np

from grader import checks
from grader.checks import plain
from grader.checks.callers import set_from_outside
from grader.checks.carrying import Belief
from grader.checks.exercise import Exercise
from grader.checks.scenario import Run, or_with, snapshot
from reference.shallow_narrow import ShallowNarrowExercise, gradients, loss

TURNED = checks.say("forward of another net")
OTHERS = checks.say("dloss_dw of other samples")
# No residuals are symmetric, of one sign, or of mean zero.
X3, Y3 = np.array([0.8, -1.1, 0.5]), np.array([0.3, -2.6, 1.9])
X5, Y5 = np.array([0.3, -0.7, 1.2, 0.0, 2.4]), np.array([1.1, -0.4, 0.2, 0.9, 3.1])
X40, X1000 = np.linspace(-1.3, 2.9, 40), np.linspace(-1.6, 1.1, 1000)
Y40, Y1000 = 0.4 + 0.3 * X40**2, 0.5 * np.cos(3.0 * X1000) - X1000


def net(weights, x, y_true, **inputs):
    """Return a run with these weights, in a list, these samples, and as many others."""
    return Run(weights=list(weights), x=x, y_true=y_true,
               other=1.4 * x - 0.3, y_other=1.0 - y_true, **inputs)  # fmt: skip


def predicted(Net, loss, run):
    """Predictions of a net, and of the one with its weights the other way round."""
    return {"forward": Net(run.weights).forward(run.x),
            TURNED: Net(run.weights[::-1]).forward(run.other)}  # fmt: skip


def measured(Net, loss, run):
    return {"loss": loss(Net(run.weights).forward(run.x), run.y_true)}


@or_with(forward=True)
def derived(Net, loss, run, *, forward=False):
    """Gradients for two arrays, and the weights after that.

    After a forward, where dloss_dw needs what that leaves behind.
    """
    model, seen = Net(run.weights), {}
    if forward:
        model.forward(snapshot(run.x))
    seen["dloss_dw"] = snapshot(model.dloss_dw(run.x, run.y_true))
    if forward:
        model.forward(snapshot(run.other))
    seen[OTHERS] = model.dloss_dw(run.other, run.y_other)
    return seen | {"w1": model.w1, "w2": model.w2}


@or_with(alone=True)
def foreseen(Net, loss, run, *, alone=False):
    """Predictions around some weights, then the losses there, and only then the gradients.

    Without losses, where the student has none that works.
    """
    around = [Net(weights).forward(run.x) for weights in run.around]
    losses = [] if alone else [loss(prediction, run.y_true) for prediction in around]
    return {"forward": around, "loss": losses} | derived(Net, loss, run, forward=True)


def belong_together(answers):
    """Tell parts that depend on both weights, and to which dloss_dw belongs."""
    own, y, measured = (
        plain.reals(answers[0][key], name=key) for key in ("dloss_dw", "forward", "loss")
    )
    costs = [((y - UNSEEN.y_true) ** 2).reshape(5, -1).mean(axis=1), measured.ravel()]
    right = [(cost[1:3] - cost[3:]) / 2e-3 for cost in costs if cost.size]
    right.append(gradients(UNSEEN.weights, UNSEEN.x, y[0], UNSEEN.y_true))
    near = [np.allclose(own.ravel(), g, 0, 1e-2 * np.abs(own).max()) for g in right]
    return any(near) and (y[1:3] != y[3:]).reshape(2, -1).any(axis=1).all()


def set_later(*without):
    first, second = (lambda weights: weights[0]), (lambda weights: weights[1])
    return set_from_outside([0.3, 1.7], without=without, w1=first, w2=second)


AROUND = [[1.2, -0.7], [1.201, -0.7], [1.2, -0.699], [1.199, -0.7], [1.2, -0.701]]
UNSEEN = net(AROUND[0], np.array([0.9, -0.6, 1.4]), np.array([-0.8, 1.3, 0.4]), around=AROUND)
BELIEVED = Belief(foreseen, [UNSEEN], belong_together, late=True)
RUNS = [net((0.7, -1.3), X5, Y5), net((-2.1, -0.4), X3, Y3), net((1.6, 0.6), X40, Y40)]
RUNS += [net((0.0, 0.9), X5, Y5), net((0.4, 1.1), X3[:2], Y3[:2]), net((-0.8, 1.2), X1000, Y1000)]
RUNS += [net((2.1, -0.7), 1e6 * X5, 1e6 * Y5), net((1.2e-6, 9e-7), 1e6 * X40, 1e-6 * Y40)]
HUGE = net((2e6, -7e5), 1e-6 * X5, 1e6 * Y5)
PUBLIC = Run(
    weights=[2.0, -0.5], lr=0.1, n_ep=3,
    x=np.array([1.0, 3.0, -2.0]), y_true=np.array([1.0, -1.0, 0.5]),
    other=np.array([2.0, -1.0, 1.0]), y_other=np.array([0.5, 1.0, 2.0]),
)  # fmt: skip
PARTS = Exercise(ShallowNarrowExercise, loss, runs=RUNS, public=[PUBLIC], optional=[loss])
# What train and dloss_dw rest on, each asked alone.
FORWARD, LOSS = (lambda Net, loss, run: {"forward": Net(run.weights).forward(run.x)},
                 lambda Net, loss, run: {"loss": loss(run.other, run.y_true)})  # fmt: skip
# Two nets with another second weight; turned round, another first one.
TWO = [net((-0.4, second), X5, Y5) for second in (2.2, 1.4)]
