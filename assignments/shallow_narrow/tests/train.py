"""Hidden test cases of ``train``: each looks at one thing, so that one mistake costs one.

``train`` calls the student's own ``forward``, ``dloss_dw`` and ``loss``, whose mistakes are
charged elsewhere.  So a record of weights is right, too, where each step follows from the
weights recorded before by the student's own gradients; a record of losses, where these belong
to the weights that were recorded; the last weights, where they are the last recorded.  Weights
that stand still carry nothing.
"""

from dataclasses import replace

import numpy as np

from assignments.shallow_narrow.inputs import (
    FORWARD,
    LOSS,
    PARTS,
    X40,
    X1000,
    Y40,
    Y1000,
    net,
    set_later,
)
from grader import checks
from grader.checks import plain
from grader.checks.callers import made_anew, results_read_late
from grader.checks.carrying import Belief, Follows
from grader.checks.scenario import or_with, snapshot
from reference.shallow_narrow import loss, losses

OK_FORMAT = False
name, points = "train", 3
RECORDS = ("loss_records", "weight_records")


def trained(Net, loss, run):
    model = Net(run.weights)
    return {RECORDS: model.train(run.x, run.y_true, run.lr, run.n_ep),
            "last_weights": (model.w1, model.w2)}  # fmt: skip


def trained_again(Net, loss, run):
    """Train once more after one epoch."""
    model = Net(run.weights)
    model.train(run.other, run.y_other, run.lr, 1)
    return {RECORDS: model.train(run.x, run.y_true, run.lr, run.n_ep)}


@or_with(alone=True)
def looped(Net, loss, run, *, alone=False):
    """The text's loop with one x and one y_true, from one given pair of weights to the next.

    Without losses, where the student has none that works.
    """
    model, seen = Net(run.weights), {"forward": [], "loss": [], "_slopes": []}
    for weights in run.path:
        model.w1, model.w2 = weights
        y_prediction = model.forward(run.x)
        seen["forward"].append(snapshot(y_prediction))
        seen["loss"] += [] if alone else [loss(y_prediction, run.y_true)]
        seen["_slopes"].append(model.dloss_dw(run.x, run.y_true))
    return seen | {"_x": run.x, "_y_true": run.y_true}


def recorded(run, own, epochs=None):
    return checks.array(own["weight_records"], name="", shape=(epochs, 2), finite=False).tolist()


def before_steps(run, own):
    """The weights before each step, by a record of those after it, or by mistake before it."""
    path = recorded(run, own, run.n_ep)
    return path if path[0] == run.weights else [run.weights, *path[:-1]]


def to_loop(run, own):
    return [run.with_inputs({**run.inputs, "path": before_steps(run, own)})]


def right_losses(run, own, answers):
    path = before_steps(run, own)
    return {"loss_records": losses(path, run.x, run.y_true)} if path[-1] != run.weights else []


def last_recorded(run, own, answers):
    path = recorded(run, own)
    return {"last_weights": tuple(path[-1])} if path[0] != run.weights else []


def from_the_loop(run, own, answers):
    """Give each step by the student's own gradients, and the losses of the own predictions."""
    (seen,), path = answers, before_steps(run, own)
    is_kept = np.array_equal(seen["_x"], run.x) and np.array_equal(seen["_y_true"], run.y_true)
    if path[-1] == run.weights and is_kept and run.n_ep > 1:
        return
    steps = np.array(path) - run.lr * plain.reals(seen["_slopes"], name="").reshape(-1, 2)
    for found in ([loss(y, run.y_true) for y in seen["forward"]], seen["loss"]):
        yield {"loss_records": plain.reals(found, name="loss").ravel(),
               "weight_records": steps, "last_weights": tuple(steps[-1])}  # fmt: skip


def diverges(run, own):
    path = plain.reals(own["weight_records"], name="weight_records")
    return not np.all(np.abs(path) < 1e3 * np.abs(run.weights).max())


X6, Y6 = np.array([0.3, -0.7, 1.2, 0.0, 0.9, -0.4]), np.array([1.1, -0.4, 0.2, 0.9, 2.1, -1.3])
X9 = np.array([1.1, 0.2, -0.3, 0.8, 0.6, -0.9, 0.4, 1.3, 0.1])
LINE = np.array([0.5, 1.0, 1.5])
RUNS = [
    net((0.7, -1.3), X6, Y6, lr=0.04, n_ep=7), net((-0.6, 1.4), X9, 0.3 - X9, lr=0.05, n_ep=1),
    net((-1.1, -0.8), X9, 0.4 + 0.9 * X9 + 0.3 * X9**2, lr=0.03, n_ep=5),
    net((1.1, 0.9), LINE, 2.0 * LINE, lr=0.08, n_ep=15),  # ends with a loss of zero
    net((2.0, -1.1), X9, 0.3 - 1.2 * X9, lr=0.5, n_ep=2),  # the loss rises
    net((0.9, -1.2), X1000, Y1000, lr=0.05, n_ep=2),
    net((0.7, -1.3), 1e6 * X6, 1e6 * Y6, lr=4e-14, n_ep=3),
    net((1.2e-3, 8e-4), 1e6 * X40[10:12], Y40[10:12], lr=3e-8, n_ep=4),
]  # fmt: skip
PURE = [net(*inputs, lr=0.01, n_ep=3, path=[[0.3, 1.7]])
        for inputs in (((0.7, -1.3), X6, Y6), ((-1.1, -0.8), X9, 0.3 - 1.2 * X9))]  # fmt: skip
# Twice the same, and each weight moved, all after the net was made.
MOVED = [net((0.4, 1.5), LINE, Y6[:3], path=[weights])
         for weights in ([1.2, -0.7], [1.2, -0.7], [1.3, -0.7], [1.2, -0.8])]  # fmt: skip

TRAIN = PARTS.resting_on(
    forward=FORWARD, loss=LOSS,
    dloss_dw=lambda Net, loss, run: {"": Net(run.weights).dloss_dw(run.x, run.y_true)})  # fmt: skip
loss_records = TRAIN.agrees(
    trained, "loss_records", name="loss_records", points=0.75, runs=RUNS, diverges=diverges,
    carried=[Follows(right_losses),
             Follows(from_the_loop, looped, to_loop, Belief(looped, MOVED, late=True))],
    says="loss_records must hold the loss before each step, one for each epoch.")  # fmt: skip
weight_records = TRAIN.agrees(
    trained, "weight_records", name="weight_records", points=1.25, runs=RUNS, diverges=diverges,
    carried=[Follows(from_the_loop, looped, to_loop)],
    says="weight_records must hold w1 and w2 after each step of gradient descent.")  # fmt: skip
last_weights = TRAIN.agrees(
    trained, "last_weights", name="last_weights", points=0.25, runs=RUNS, diverges=diverges,
    carried=[Follows(last_recorded), Follows(from_the_loop, looped, to_loop)],
    says="After training, w1 and w2 must hold the last weights.")  # fmt: skip
goes_on = TRAIN.holds(
    trained_again, name="goes_on", points=0.5, runs=PURE,
    under=[made_anew("w1", "w2"), replace(set_later(), optional=True)],  # else charged to forward
    says="A second train must go on from the weights that w1 and w2 hold.")  # fmt: skip
pure = TRAIN.holds(
    trained_again, name="pure", points=0.25, runs=PURE, under=[results_read_late("train")],
    keeps=["weights", "x", "y_true"], unless=looped,
    says="train must change neither x, y_true and init_weights nor the records that it returned "
    "before.")  # fmt: skip
