"""Hidden test cases of ``train``: each looks at one thing, so that one mistake costs one.

``train`` calls the student's own ``forward``, ``dloss_dw`` and ``loss``, whose mistakes are
charged elsewhere.  So a record of weights is right, too, where each step follows from the
weights recorded before by the student's own gradients; a record of losses, where these belong
to the weights that were recorded; the last weights, where they are the last recorded.  Parts
that change x or y_true give what they give in the text's loop, where all steps share one x and
one y_true.  Weights that stand still carry nothing.
"""

from dataclasses import replace

import numpy as np

from assignments.shallow_narrow.inputs import (
    PARTS,
    SET_LATER,
    X40,
    X1000,
    Y40,
    Y1000,
    derived,
    measured,
    net,
    predicted,
)  # fmt: skip
from grader import checks
from grader.checks import plain
from grader.checks.callers import made_anew, results_read_late
from grader.checks.carrying import Belief, Follows
from grader.checks.exercise import Also
from grader.checks.purity import require_unchanged
from reference.shallow_narrow import loss

OK_FORMAT = False
name = "train"
points = 3

RECORDS = ("loss_records", "weight_records")


def trained(Net, loss, run):
    model = Net(run.weights)
    return {RECORDS: model.train(run.x, run.y_true, run.lr, run.n_ep),
            "last_weights": (model.w1, model.w2)}  # fmt: skip


def trained_again(Net, loss, run):
    """Train once more after one epoch."""
    model = Net(run.weights)
    model.train(run.x, run.y_true, run.lr, 1)
    return {RECORDS: model.train(run.x, run.y_true, run.lr, run.n_ep)}


def looped(Net, loss, run):
    """The text's loop, of the student's parts, from one recorded pair of weights to the next."""
    model, losses, slopes = Net(run.weights), [], []
    for weights in run.path:
        model.w1, model.w2 = weights
        losses.append(loss(model.forward(run.x), run.y_true))
        slopes.append(model.dloss_dw(run.x, run.y_true))
    return {"loss": losses, "dloss_dw": slopes, "x": run.x, "y_true": run.y_true}


def recorded(run, own, count=None):
    path = checks.array(own["weight_records"], name="", shape=(count, 2), finite=False)
    if np.array_equal(path[0], run.weights):
        raise checks.CheckFailure("The weights stand still.")
    return path


def before_steps(run, own):
    return [list(map(float, w)) for w in [run.weights, *recorded(run, own, run.n_ep)[:-1]]]


def one_by_one(run, own):
    return [run.with_inputs({**run.inputs, "weights": w}) for w in before_steps(run, own)]


def stepped(run, own, answers):
    slopes = plain.reals([a["dloss_dw"] for a in answers], name="dloss_dw").reshape(-1, 2)
    return {"weight_records": np.array(before_steps(run, own)) - run.lr * slopes}


def right_losses(run, own, answers):
    """Give the right losses of the student's predictions, or, not asked for, of right ones."""
    found = [plain.reals(answer["forward"], name="forward") for answer in answers]
    found = found or [run.x * w1 * w2 for w1, w2 in before_steps(run, own)]
    return {"loss_records": np.array([loss(prediction, run.y_true) for prediction in found])}


def own_losses(run, own, answers):
    return {"loss_records": plain.reals([a["loss"] for a in answers], name="loss").ravel()}


def in_the_loop(run, own, answers):
    (seen,) = answers
    if np.array_equal(seen["x"], run.x) and np.array_equal(seen["y_true"], run.y_true):
        return []
    return own_losses(run, own, answers) | stepped(run, own, answers)


def last_recorded(run, own, answers):
    return {"last_weights": tuple(recorded(run, own)[-1])}


def diverges(run, own):
    path = plain.reals(own["weight_records"], name="weight_records")
    return not np.all(np.abs(path) < 1e3 * np.abs(run.weights).max())


def used(Net, loss, run):
    """What train leaves of its arguments, and what its parts and setting the weights do."""
    Net(run.weights).train(run.x, run.y_true, run.lr, run.n_ep)
    model = Net(run.weights_again)
    model.w1, model.w2 = 0.3, 1.7
    loss(model.forward(run.x_again), run.y_true_again)
    model.dloss_dw(run.x_again, run.y_true_again)
    return dict(run.inputs)


def require_kept(results):
    (after,) = results
    for key in ("weights", "x", "y_true"):
        before = PURE[0].inputs[key]
        if np.array_equal(before, after[f"{key}_again"]):  # else charged to what changes it
            require_unchanged(before, after[key], key)


def training(weights, x, y_true, lr, n_ep, **inputs):
    return net(weights, x, y_true, lr=lr, n_ep=n_ep, **inputs)


X6, Y6 = np.array([0.3, -0.7, 1.2, 0.0, 0.9, -0.4]), np.array([1.1, -0.4, 0.2, 0.9, 2.1, -1.3])
LINE = np.array([0.5, 1.0, 1.5])
X9 = np.array([1.1, 0.2, -0.3, 0.8, 0.6, -0.9, 0.4, 1.3, 0.1])
RUNS = [
    training((0.7, -1.3), X6, Y6, 0.04, 7),
    training((-1.1, -0.8), X9, 0.4 + 0.9 * X9 + 0.3 * X9**2, 0.03, 5),
    training((1.1, 0.9), LINE, 2.0 * LINE, 0.08, 15),  # ends with a loss of zero
    training((-0.6, 1.4), X9, 0.3 - 1.2 * X9, 0.05, 1),
    training((2.0, -1.1), X9, 0.3 - 1.2 * X9, 0.5, 2),  # the loss rises
    training((0.9, -1.2), X1000, Y1000, 0.05, 2),
    training((0.7e6, -1.3e6), 1e-6 * X6, 1e6 * Y6, 0.04, 3),
    training((1.2e-3, 0.8e-3), 1e6 * X40[10:12], Y40[10:12], 0.03e-6, 4),
]
PURE = [training(w, x, y, 0.01, 3, weights_again=list(w), x_again=+x, y_true_again=+y)
        for w, x, y in [((0.7, -1.3), X6, Y6), ((-1.1, -0.8), X9, 0.3 - 1.2 * X9)]]  # fmt: skip
# The same weights twice, then each moved: to be believed, both must matter.
WEIGHTS = ((1.2, -0.7), (1.2, -0.7), (1.3, -0.7), (1.2, -0.8))
BELIEVED = [net(weights, LINE, Y6[:3]) for weights in WEIGHTS]
IN_THE_LOOP = Follows(
    in_the_loop,
    looped,
    lambda run, own: [run.with_inputs({**run.inputs, "path": before_steps(run, own)})],
)

loss_records = PARTS.agrees(
    trained, "loss_records", name="loss_records", points=0.75, runs=RUNS, diverges=diverges,
    carried=[
        Follows(right_losses),
        Follows(right_losses, predicted, one_by_one, Belief(predicted, BELIEVED)),
        Follows(own_losses, measured, one_by_one, Belief(measured, BELIEVED)),
        IN_THE_LOOP,
    ],
    says="loss_records must hold the loss before each step, one for each epoch.",
)  # fmt: skip
weight_records = PARTS.agrees(
    trained, "weight_records", name="weight_records", points=1.25, runs=RUNS, diverges=diverges,
    carried=[Follows(stepped, derived, one_by_one), IN_THE_LOOP],
    says="weight_records must hold w1 and w2 after each step of gradient descent.",
)  # fmt: skip
last_weights = PARTS.agrees(
    trained, "last_weights", name="last_weights", points=0.25, runs=RUNS, diverges=diverges,
    carried=[Follows(last_recorded)], says="After training, w1 and w2 must hold the last weights.",
)  # fmt: skip
goes_on = PARTS.holds(
    trained_again, name="goes_on", points=0.5, runs=PURE,
    under=[made_anew("w1", "w2"), replace(SET_LATER, optional=True)],  # else charged to forward
    says="A second train must go on from the weights that w1 and w2 hold.",
)  # fmt: skip
pure = PARTS.holds(
    trained_again, name="pure", points=0.25, runs=PURE, under=[results_read_late("train")],
    also=[Also(used, require_kept, PURE[:1])],
    says="train must change neither x, y_true and init_weights nor the records that it returned "
    "before.",
)  # fmt: skip
