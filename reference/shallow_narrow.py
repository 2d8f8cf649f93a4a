"""The shallow narrow linear net: one hidden neuron, two weights, no activation.

Formulas, with means over the N samples (text 001; text 000 is the same in Japanese):

    prediction   y_hat = x w1 w2
    loss         L = mean((y_hat - y)^2), no factor 1/2
    gradients    dL/dw1 = 2 w2 mean(x (y_hat - y)),  dL/dw2 = 2 w1 mean(x (y_hat - y))
    step         (w1, w2) <- (w1, w2) - lr (dL/dw1, dL/dw2), both at once

Everywhere ``x``, ``y_prediction`` and ``y_true`` have shape (N,), and none is changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]


class ShallowNarrowExercise:
    """The net; ``w1`` and ``w2`` are its weights, which may be set from outside."""

    def __init__(self, init_weights: Sequence[float]) -> None:
        self.w1, self.w2 = init_weights

    def forward(self, x: Array) -> Array:
        """Return the predictions, of shape (N,)."""
        return x * self.w1 * self.w2

    def dloss_dw(self, x: Array, y_true: Array) -> tuple[float, float]:
        """Return the gradients of the loss with respect to w1 and w2."""
        return gradients((self.w1, self.w2), x, self.forward(x), y_true)

    def train(self, x: Array, y_true: Array, lr: float, n_ep: int) -> tuple[Array, Array]:
        """Take ``n_ep`` steps of gradient descent and return what they record.

        The first array, of shape (n_ep,), holds the loss before each step; the second, of
        shape (n_ep, 2), the weights after it.
        """
        loss_records = np.empty(n_ep)
        weight_records = np.empty((n_ep, 2))
        for epoch in range(n_ep):
            loss_records[epoch] = loss(self.forward(x), y_true)
            d1, d2 = self.dloss_dw(x, y_true)
            self.w1, self.w2 = self.w1 - lr * d1, self.w2 - lr * d2
            weight_records[epoch] = self.w1, self.w2
        return loss_records, weight_records


def loss(y_prediction: Array, y_true: Array) -> float:
    """Return the mean squared error."""
    return float(np.mean((y_prediction - y_true) ** 2))


def gradients(
    weights: Sequence[float], x: Array, y_prediction: Array, y_true: Array
) -> tuple[float, float]:
    """Return dL/dw1 and dL/dw2 where ``y_prediction`` is what the net predicts for ``x``."""
    w1, w2 = weights
    common = 2.0 * float(np.mean(x * (y_prediction - y_true)))
    return w2 * common, w1 * common
