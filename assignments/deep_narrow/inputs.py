"""What the hidden tests of the deep narrow net are run with, and whose parts are believed.

``dloss_dw``, ``train`` and ``best_learning_rate`` rest on a student's own parts, whose mistakes
are charged elsewhere: the gradient of the own loss is right, too, where it can be believed, and
what trains is judged once more with right parts in place of wrong ones.
"""

import numpy as np

from grader.checks.carrying import Belief
from grader.checks.exercise import Exercise
from grader.checks.scenario import Run, or_with, peek, snapshot
from reference.deep_narrow import DeepNarrowLNN

# No residuals are symmetric, of one sign, or of mean zero.
X3, Y3 = np.array([0.8, -1.1, 0.5]), np.array([0.3, -2.6, 1.9])
X5, Y5 = np.array([0.3, -0.7, 1.2, 0.0, 2.4]), np.array([1.1, -0.4, 0.2, 0.9, 3.1])
X1000, Y1000 = np.linspace(-1.6, 1.1, 1000), np.cos(np.linspace(-2.0, 5.0, 1000))
# Many weights of both signs, none like another, whose product is neither huge nor tiny.
DEEP = (1.02 + 0.2 * np.cos(1.7 * np.arange(150.0))) * np.where(np.arange(150) % 7, 1.0, -1.0)


def net(weights, x, y_t, **inputs):
    """Return a run with these first weights and samples, the predictions, and other samples."""
    weights = np.array(weights, dtype=float)
    y_p, other = np.prod(weights) * x, 1.4 * x - 0.3
    return Run(weights=weights, x=x, y_t=y_t, y_p=y_p, other=other, **inputs)


def predicted(Net, run):
    return {"forward": Net(run.weights).forward(run.x)}


def measured(Net, run):
    """The loss of the own predictions."""
    model = Net(run.weights)
    return {"loss": model.loss(run.y_t, model.forward(run.x))}


def losing(Net, run):
    return {"loss": Net(run.weights).loss(run.y_t, run.y_p)}


def trained(Net, run):
    model = Net(run.weights)
    records = model.train(run.x, run.y_t, run.eta, run.n_epochs)
    return {"loss_records": records, "W": peek(model, "W")}


@or_with(forward=True)
def derived(Net, run, *, forward=False):
    """Gradients for two arrays, after a forward where dloss_dw needs what that leaves behind."""
    model, seen = Net(run.weights), {}
    if forward:
        model.forward(snapshot(run.x))
    seen["dloss_dw"] = snapshot(model.dloss_dw(run.x, run.y_t, run.y_p))
    return seen | {"_forward": model.forward(run.other)}


# Each weight is moved once, and the first net is asked twice.
AROUND = [(1.2, -0.7, 0.9)] * 2 + [(1.3, -0.7, 0.9), (1.2, -0.8, 0.9), (1.2, -0.7, 1.1)]
BELIEVED = Belief(measured, [net(weights, X3, Y3) for weights in AROUND])
RUNS = [net((0.7, -1.3, 1.4), X5, Y5), net([(-2.1, -0.4)], X3, Y3), net([DEEP], X5, Y5)]
RUNS += [net((0.9, 1.6, -0.6, 1.2), X1000, Y1000), net((0.4, 1.1, 2.0, -1.5, 0.8), X3[:2], Y3[:2])]
RUNS += [net([(2.1, -0.7, 1.9)], 1e6 * X5, 1e6 * Y5), net((1.2e-6, 9e-7), 1e6 * X3, 1e-6 * Y3),
         net((3e6, -8e5, 2e6), 1e-6 * X3, 1e6 * Y3)]  # fmt: skip
# With weights of 0, and so small that what is added to them shows.
ZEROS = [net((1.3, 0.0, -0.8), X5, Y5), net([(0.0, 1.7)], X3, Y3), net((0.0, 0.6, 0.0), X3, Y3),
         net((1.1, 3e-9, -0.9, 2.0), X5, Y5), net((2e6, -4e-20, 0.7), X3, Y3),
         net([(7e-13, 1e-30, 5.0)], X5, Y5)]  # fmt: skip
PUBLIC = Run(weights=np.array([2.0, -0.5, 3.0]), x=np.array([1.0, 3.0, -2.0]), eta=0.01, n_epochs=3,
             y_t=np.array([1.0, -1.0, 0.5]), y_p=np.array([-3.0, -9.0, 6.0]),
             other=np.array([2.0, -1.0, 1.0]))  # fmt: skip
PARTS = Exercise(DeepNarrowLNN, runs=RUNS, public=[PUBLIC])
# What train and the search rest on, each asked alone.
CHARGED = {"forward": predicted, "loss": losing, "dloss_dw": derived}
