"""Drawing hyperparameters at random, and gradient descent on w² - 10w + 25, text 004.

Sources: Bergstra and Bengio 2012 for random search in place of a grid; Ng's course (text 004)
for the scales: a learning rate, and 1-β of an average over about 1/(1-β) steps, matter by their
order of magnitude, so their logarithms are drawn evenly; numbers of units are drawn evenly.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def sample_learning_rate(low: float, high: float, size: int, rng: np.random.Generator) -> Array:
    """Return ``size`` rates, log-uniform between low and high, 0 < low < high."""
    return np.exp(rng.uniform(math.log(low), math.log(high), size))


def sample_beta(low: float, high: float, size: int, rng: np.random.Generator) -> Array:
    """Return ``size`` values of β, 1-β log-uniform between 1-high and 1-low, 0 < low < high < 1."""
    return 1.0 - sample_learning_rate(1.0 - high, 1.0 - low, size, rng)


def sample_units(low: int, high: int, size: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return ``size`` integers from low to high, both included, all as likely."""
    return rng.integers(low, high, size, endpoint=True)


def minimize(w0: float, lr: float, steps: int) -> Array:
    """Return w0 and w after each of ``steps`` steps of gradient descent, shape (steps + 1,).

    The slope of w² - 10w + 25 = (w - 5)² is 2w - 10: w ← w - lr·(2w - 10).
    """
    path = [float(w0)]
    for _ in range(steps):
        path.append(path[-1] - lr * (2.0 * path[-1] - 10.0))
    return np.array(path)
