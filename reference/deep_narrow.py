"""The deep narrow linear net: n layers of one neuron each, no activation.

Formulas, with means over the N samples (text 001; text 000 is the same in Japanese):

    prediction   y_p = (w_1 w_2 ... w_n) x
    loss         L = mean((y_t - y_p)^2) / 2
    gradients    dL/dw_i = -mean(x (y_t - y_p)) times the product of the other weights
    step         w <- w - eta dL/dw, all weights at once

The text divides the product of all weights by w_i + 1e-9, which fails where a weight is 0 and is
off where one is tiny; here the others are multiplied.  ``x``, ``y_t`` and ``y_p`` have shape
(N,), and none is changed.

The demo of the text: 600 epochs from weights of 0.9 on y = 2x, here without its noise.  A rate's
learning time is the first epoch from which on the loss is below 0.01.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]

#: The rates of the demo's slider; by the depth the best of them, and its learning time.
RATES = tuple(0.005 * step for step in range(1, 22))
BEST = {10: (0.095, 6), 20: (0.08, 9), 30: (0.05, 24), 40: (0.04, 58), 50: (0.03, 168),
        60: (0.025, 470)}  # fmt: skip
EPOCHS, CONVERGED = 600, 0.01


class DeepNarrowLNN:
    """The net; ``W`` holds its n weights, of shape (n,)."""

    def __init__(self, init_ws: Array) -> None:
        self.W = np.array(init_ws, dtype=np.float64).ravel()

    def forward(self, x: Array) -> Array:
        """Return the predictions, of shape (N,)."""
        return np.asarray(np.prod(self.W) * x)

    def loss(self, y_t: Array, y_p: Array) -> float:
        """Return half of the mean squared error."""
        return float(np.mean((y_t - y_p) ** 2) / 2)

    def dloss_dw(self, x: Array, y_t: Array, y_p: Array) -> Array:
        """Return the gradients, in the shape of ``W``; ``y_p`` is what the net predicts for x."""
        return -np.mean(x * (y_t - y_p)) * products_of_others(self.W)

    def train(self, x: Array, y_t: Array, eta: float, n_epochs: int) -> Array:
        """Take ``n_epochs`` steps; return the loss before each, of shape (n_epochs,).

        Where a gradient is not finite training ends, and all later records are NaN.
        """
        loss_records = np.full(n_epochs, np.nan)
        net = DeepNarrowLNN(self.W)  # all that follows is the reference's own, whatever self is
        with np.errstate(all="ignore"):
            for epoch in range(n_epochs):
                y_p = net.forward(x)
                loss_records[epoch] = net.loss(y_t, y_p)
                slopes = net.dloss_dw(x, y_t, y_p)
                if not np.isfinite(slopes).all():
                    break
                net = DeepNarrowLNN(net.W - eta * slopes)
        # In place, as in the text: who keeps init_ws itself is charged for that, not here again.
        np.asarray(self.W)[...] = np.reshape(net.W, np.shape(self.W))
        return loss_records


def products_of_others(weights: Array) -> Array:
    """Return for each weight the product of all others: of those before it and those after."""
    flat = np.ravel(weights)
    before = np.cumprod(np.concatenate([[1.0], flat[:-1]]))
    after = np.cumprod(np.concatenate([[1.0], flat[:0:-1]]))[::-1]
    return np.reshape(before * after, np.shape(weights))


def losses(depth: int, rate: float) -> Array:
    """Return the losses of the demo, of shape (600,), for a net of this depth."""
    x = np.linspace(0.0, 1.0, 100)
    return DeepNarrowLNN(np.full(depth, 0.9)).train(x, 2.0 * x, rate, EPOCHS)


@lru_cache(maxsize=4096)
def learning_time(depth: int, rate: float) -> int | None:
    """Return the first epoch from which on the demo's loss is below 0.01; None: there is none."""
    (large,) = np.nonzero(~(losses(depth, rate) < CONVERGED))
    since = int(large[-1]) + 1
    return since if since < EPOCHS else None


def best_learning_rate(depth: int) -> float:
    """Return the rate of the slider with which a net of this depth learns fastest."""
    return BEST[depth][0]
