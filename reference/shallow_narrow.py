"""The shallow narrow linear net: one hidden neuron, two weights, no activation.

Formulas, with means over the N samples (text 001; text 000 is the same in Japanese):

    prediction   y_hat = x w1 w2
    loss         L = mean((y_hat - y)^2), no factor 1/2
    gradients    dL/dw1 = 2 w2 mean(x (y_hat - y)),  dL/dw2 = 2 w1 mean(x (y_hat - y))
    step         (w1, w2) <- (w1, w2) - lr (dL/dw1, dL/dw2), both at once

Everywhere ``x`` and ``y_true`` have shape (N,) and ``weights`` is the pair (w1, w2).
All functions are pure.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]
Weights = tuple[float, float]


def forward(weights: Weights, x: Array) -> Array:
    """Return the predictions, of shape (N,)."""
    w1, w2 = weights
    return x * w1 * w2


def loss(y_prediction: Array, y_true: Array) -> float:
    """Return the mean squared error of predictions of shape (N,)."""
    return float(np.mean((y_prediction - y_true) ** 2))


def gradients(weights: Weights, x: Array, y_prediction: Array, y_true: Array) -> Weights:
    """Return dL/dw1 and dL/dw2 where ``y_prediction`` is what the net predicts for ``x``."""
    w1, w2 = weights
    common = 2.0 * float(np.mean(x * (y_prediction - y_true)))
    return w2 * common, w1 * common


def dloss_dw(weights: Weights, x: Array, y_true: Array) -> Weights:
    """Return the gradients of the loss with respect to w1 and w2."""
    return gradients(weights, x, forward(weights, x), y_true)


def train(weights: Weights, x: Array, y_true: Array, lr: float, n_ep: int) -> tuple[Array, Array]:
    """Return what ``n_ep`` steps of gradient descent record, starting from ``weights``.

    The first array, of shape (n_ep,), holds the loss before each step; the second, of
    shape (n_ep, 2), the weights after it.
    """
    loss_records = np.empty(n_ep)
    weight_records = np.empty((n_ep, 2))
    for epoch in range(n_ep):
        loss_records[epoch] = loss(forward(weights, x), y_true)
        d1, d2 = dloss_dw(weights, x, y_true)
        weights = weights[0] - lr * d1, weights[1] - lr * d2
        weight_records[epoch] = weights
    return loss_records, weight_records
