"""What weight decay is tried with: nets of one to thirteen layers, and single matrices.

The penalty is a good part of each loss, and biases, gammas and betas are no smaller than the
weights, so that whatever is summed besides shows.
"""

# fmt: off
from itertools import pairwise

import numpy as np

from grader.checks import callers
from grader.checks.exercise import Exercise
from grader.checks.scenario import Keyed, Run

# What must not matter to any of the four.
CALLERS = [callers.called_twice(), callers.results_read_late(), callers.buffers_reused()]
ORDERS = [*CALLERS, callers.other_dictionaries()]
WRITERS = [callers.arguments_overwritten(), callers.results_overwritten()]
_numbers = np.random.default_rng(2003)


def parameters(*units, size=1.0, norm=False):
    """Return all parameters of a net with so many units a layer, their keys in no order."""
    net = {}
    for i, (rows, columns) in enumerate(pairwise(units), 1):
        net[f"W{i}"] = size * (_numbers.normal(size=(rows, columns)) + 0.3)
        for vector in ("b", "gamma", "beta") if norm else "b":
            net[f"{vector}{i}"] = size * (_numbers.random(columns) + 0.6)
    keys = [list(net)[place] for place in _numbers.permutation(len(net))]
    return Keyed({key: net[key] for key in keys})


def net(loss, lam, *units, **kind):
    return Run(loss=loss, lam=lam, weights=parameters(*units, **kind),
               others=parameters(*units, **kind))


def matrix(lam, *shape, size=1.0, zeros=0):
    """Return a run with one W, so many of its first entries 0, and a gradient of its size."""
    drawn = _numbers.normal(size=(4, *shape))
    W, grad, other, other_grad = size * (drawn + 0.3 * np.sign(drawn))
    W.flat[:zeros] *= 0.0
    return Run(lam=lam, W=W, grad=grad, other=other, other_grad=other_grad)


def loss_of(*rights):
    return Exercise(*rights, runs=NETS, public=[Run(
        loss=1.0, lam=0.5, weights=Keyed({
            "W1": np.array([[1.0, -2.0], [3.0, 0.0], [-1.0, 5.0]]), "b1": np.array([4.0, -4.0]),
            "W2": np.array([[2.0], [-3.0]]), "b2": np.array([7.0])}),
        others=Keyed({"W1": np.array([[4.0, 2.0], [-1.0, 8.0], [2.0, -5.0]]),
                      "b1": np.array([1.0, 3.0])}))])


def grad_of(*rights):
    return Exercise(*rights, runs=MATRICES, public=[Run(
        lam=0.5, W=np.array([[1.0, -2.0], [3.0, 0.0], [-1.0, 5.0]]),
        grad=np.array([[2.0, 4.0], [-1.0, 3.0], [0.0, 1.0]]),
        other=np.array([[4.0, 2.0], [-1.0, 8.0], [2.0, -5.0]]),
        other_grad=np.array([[1.0, 1.0], [-4.0, 2.0], [5.0, 0.0]]))])


# The runs of the first sizes are alike but for their numbers: what is kept by shape shows.
NETS = [net(0.73, 0.31, 4, 3, 2), net(0.21, 1.7, 4, 3, 2), net(0.9, 0.0, 4, 3, 2, norm=True),
        net(0.0, 0.013, *(3, 2, 2) * 4, 5, 3, norm=True), net(2.6, 0.7, 3, 5),
        net(0.4, 2.3, 1, 4, 1),
        net(3.1e5, 0.2, 3, 4, 2, size=1e6, norm=True), net(7e-7, 0.6, 2, 4, 3, size=2e-6),
        net(4e-13, 0.8, 2, 3, size=1e-6), net(1.3, 1.1e-4, 300, 200, 10, norm=True),
        net(2.4e6, 37.0, 6, 40, size=90.0), net(0.05, 2e-6, 7, 3, size=900.0)]
MATRICES = [matrix(0.31, 4, 3), matrix(1.7, 4, 3), matrix(0.0, 4, 3), matrix(0.45, 3, 3, zeros=2),
            matrix(2.3, 1, 5, zeros=2), matrix(0.6, 5, 1, zeros=1), matrix(0.9, 1, 1, zeros=1),
            matrix(0.2, 300, 40, zeros=500), matrix(0.7, 3, 4, size=1e6),
            matrix(3.2e6, 2, 5, size=2e6), matrix(0.8, 3, 2, size=1e-6),
            matrix(3e-6, 2, 6, size=2e-6)]
MATRICES += [Run(lam=0.7, W=np.array([[2e-6, -0.8, 0.0], [-0.0, -1.3e-6, 900.0]]),
                 grad=np.array([[0.3, 0.0, -0.4], [0.0, 0.2, 0.0]]),
                 other=np.ones((2, 3)), other_grad=np.eye(2, 3))]
