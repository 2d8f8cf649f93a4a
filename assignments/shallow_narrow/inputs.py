"""What the hidden tests of the shallow narrow net are run with, and what is asked of which part."""

# fmt: off
import numpy as np

from grader.checks.exercise import Exercise
from grader.checks.scenario import Run
from reference.shallow_narrow import ShallowNarrowExercise, loss

# No residuals are symmetric, of one sign, or of mean zero.
X3, Y3 = np.array([0.8, -1.1, 0.5]), np.array([0.3, -2.6, 1.9])
X5, Y5 = np.array([0.3, -0.7, 1.2, 0.0, 2.4]), np.array([1.1, -0.4, 0.2, 0.9, 3.1])
X40, X1000 = np.linspace(-1.3, 2.9, 40), np.linspace(-1.6, 1.1, 1000)
Y40, Y1000 = 0.4 + 0.3 * X40**2, 0.5 * np.cos(3.0 * X1000) - X1000


def net(weights, x, y_true, lr=0.01, n_ep=3):
    """Return a run with these weights, in a list, these samples, and as many others."""
    return Run(init_weights=list(weights), x=x, y_true=y_true, y_prediction=2.0 * x,
               other=0.5 * x + 1.0, y_other=1.0 - y_true, lr=lr, n_ep=n_ep)


def cost(Net, loss, run):
    return {"loss": loss(Net(run.init_weights).forward(run.x), run.y_true)}


RUNS = [net(*inputs) for inputs in (
    ((0.7, -1.3), X5, Y5), ((-2.1, -0.4), X3, Y3), ((1.6, 0.6), X40, Y40),
    ((0.0, 0.9), X5, Y5), ((0.4, 1.1), X3[:2], Y3[:2]), ((-0.8, 1.2), X1000, Y1000),
    ((2.1, -0.7), 1e6 * X5, 1e6 * Y5), ((1.2e-6, 9e-7), 1e6 * X40, 1e-6 * Y40),
    ((2e6, -7e5), 1e-6 * X5, 1e6 * Y5), ((1.6, 0.6), 1e-6 * X40, 1e-6 * Y40))]
UNSEEN = net((1.2, -0.7), np.array([0.9, -0.6, 1.4]), np.array([-0.8, 1.3, 0.4]))
PUBLIC = net((2.0, -0.5), np.array([1.0, 3.0, -2.0]), np.array([1.0, -1.0, 0.5]), lr=0.1)
PARTS = Exercise(
    ShallowNarrowExercise, loss, optional=[loss], runs=RUNS, public=[PUBLIC], unseen=UNSEEN)
