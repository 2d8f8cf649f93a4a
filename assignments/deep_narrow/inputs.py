"""What the hidden tests of the deep narrow net are run with, and what is asked of which part."""

# fmt: off
import numpy as np

from grader.checks.carrying import Belief
from grader.checks.exercise import Exercise
from grader.checks.scenario import Run, peek
from reference.deep_narrow import DeepNarrowLNN

# No residuals are symmetric, of one sign, or of mean zero.
X3, Y3 = np.array([0.8, -1.1, 0.5]), np.array([0.3, -2.6, 1.9])
X5, Y5 = np.array([0.3, -0.7, 1.2, 0.0, 2.4]), np.array([1.1, -0.4, 0.2, 0.9, 3.1])
X150, Y150 = np.linspace(-1.6, 1.1, 150), np.cos(np.linspace(-2.0, 5.0, 150))
# Many weights of both signs, none like another, whose product is neither huge nor tiny.
DEEP = (1.02 + 0.2 * np.cos(1.7 * np.arange(70.0))) * np.where(np.arange(70) % 7, 1.0, -1.0)


def net(weights, x, y_t, eta=0.02, n_epochs=4):
    """Return a run with these first weights and samples, the predictions, and other samples."""
    weights = np.array(weights, dtype=float)
    return Run(init_ws=weights, x=x, y_t=y_t, y_p=np.prod(weights) * x, other=1.4 * x - 0.3,
               eta=eta, n_epochs=n_epochs)


def trained(Net, run):
    model = Net(run.init_ws)
    return {"loss_records": model.train(run.x, run.y_t, run.eta, run.n_epochs),
            "W": peek(model, "W")}


def cost(Net, run):
    """The own loss of the own predictions."""
    return {"cost": Net(run.init_ws).loss(run.y_t, Net(run.init_ws).forward(run.x))}


RUNS = [net(*inputs) for inputs in (
    ((0.7, -1.3, 1.4), X5, Y5), ([(-2.1, -0.4)], X3, Y3), ([DEEP], X5, Y5),
    ((0.9, 1.6, -0.6, 1.2), X150, Y150), ((0.4, 1.1, 2.0, -1.5, 0.8), 1e-6 * X3[:2], 1e-6 * Y3[:2]),
    ([(2.1, -0.7, 1.9)], 1e6 * X5, 1e6 * Y5), ((3e6, -8e5, 2e6), 1e-6 * X3, 1e6 * Y3))]
# With weights of 0, and so small that what is added to them shows.
ZEROS = [net(*inputs) for inputs in (
    ((1.3, 0.0, -0.8), X5, Y5), ([(0.0, 1.7)], X3, Y3), ((0.0, 0.6, 0.0), X3, Y3),
    ((1.1, 3e-9, -0.9, 2.0), X5, Y5), ([(0.7, -4e-20, 2.0)], X3, Y3),
    ((2e-5, -3e-6, 1.5), X5, Y5), ((1.2e-6, 9e-7), 1e6 * X3, 1e-6 * Y3))]
UNSEEN = net((1.2, -0.7, 0.9), np.array([0.9, -0.6, 1.4]), np.array([-0.8, 1.3, 0.4]))
PUBLIC = net((2.0, -0.5, 3.0), np.array([1.0, 3.0]), np.array([1.0, -1.0]), 0.01, 3)
# A loss and predictions of a student's are believed that depend on each weight: each is moved
# once, and the first net is asked twice.
AROUND = [(1.2, -0.7, 0.9)] * 2 + [(1.3, -0.7, 0.9), (1.2, -0.8, 0.9), (1.2, -0.7, 1.1)]
BELIEVED = Belief(cost, [net(weights, X3, Y3) for weights in AROUND])
PARTS = Exercise(DeepNarrowLNN, runs=RUNS, public=[PUBLIC], unseen=UNSEEN)
