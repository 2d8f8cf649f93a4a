"""Hidden test cases of ``train``: each looks at one thing, so that one mistake costs one."""

# fmt: off
from assignments.shallow_narrow.inputs import PARTS, X3, X5, X40, X1000, Y3, Y5, Y1000, cost, net
from grader.checks.callers import made_anew, results_read_late, set_from_outside
from grader.checks.training import Training

OK_FORMAT = False
name, points = "train", 3


def trained(Net, loss, run):
    model = Net(run.init_weights)
    return {("loss_records", "weight_records"): model.train(run.x, run.y_true, run.lr, run.n_ep),
            "last_weights": (model.w1, model.w2)}


def trained_again(Net, loss, run):
    """Train once more after one epoch."""
    model = Net(run.init_weights)
    model.train(run.other, run.y_other, run.lr, 1)
    return {("loss_records", "weight_records"): model.train(run.x, run.y_true, run.lr, run.n_ep)}


# The fourth ends with a loss of zero; in the fifth the loss rises.
RUNS = [net(*inputs) for inputs in (
    ((0.9, -1.2), X1000, Y1000, 0.05), ((-1.1, -0.8), X40, 0.4 - X40),
    ((0.7, -1.3), X5, Y5, 0.04, 7), ((1.1, 0.9), X3, 2.0 * X3, 0.15, 23),
    ((2.0, -1.1), X3, -Y3, 0.5, 2), ((-0.6, 1.4), X3, Y3, 0.05, 1),
    ((0.7, -1.3), 1e6 * X5, 1e6 * Y5, 4e-14), ((1.2e-3, 8e-4), 1e6 * X3[:2], Y3[:2], 3e-8, 4))]
TRAIN = PARTS.resting_on("forward", "loss", "dloss_dw")
TRAINING = Training(PARTS, cost, start="init_weights", epochs="n_ep", path="weight_records",
                    losses="loss_records", last="last_weights")
loss_records, weight_records, last_weights = TRAIN.agrees_in_each(
    trained, runs=RUNS, carried=[TRAINING.recorded], diverges=TRAINING.diverges, cases={
    "loss_records": (0.75, "loss_records must hold the loss before each step, one for each epoch."),
    "weight_records":
        (1.25, "weight_records must hold w1 and w2 after each step of gradient descent."),
    "last_weights": (0.25, "After training, w1 and w2 must hold the last weights.")})
goes_on = TRAIN.holds(
    trained_again, name="goes_on", points=0.5, runs=RUNS[:2],  # what cannot be set is forward's
    under=[made_anew("w1", "w2"), set_from_outside("w1", "w2", optional=True)],
    says="A second train must go on from the weights that w1 and w2 hold.")
pure = TRAIN.holds(
    trained_again, name="pure", points=0.25, runs=RUNS[:2], under=[results_read_late("train")],
    keeps=["init_weights", "x", "y_true"],
    says="train must change neither x, y_true and init_weights nor the records that it returned "
    "before.")
