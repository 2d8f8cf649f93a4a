"""Softmax, its cross-entropy, and the gradient of both together (text 004, course 2, week 3).

    softmax        y_hat_j = exp(z_j) / sum_k exp(z_k), along the last axis
    cross-entropy  L = -sum_j y_j ln y_hat_j, the mean of it over the N samples of a batch
    gradient       dL/dz = (y_hat - y) / N, without 1/N for one sample

Everything is of shape (C,) for one sample or (N, C) for a batch.  Taking each row's own largest
logit off changes nothing and keeps exp from overflowing (Goodfellow et al. 2016, section 4.1).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def softmax(z: Array) -> Array:
    """Return probabilities of the shape of the logits ``z``."""
    powers = np.exp(z - z.max(axis=-1, keepdims=True))
    found: Array = powers / powers.sum(axis=-1, keepdims=True)
    return found


def cross_entropy(y_hat: Array, y: Array, guard: float = 0.0) -> float:
    """Return the loss of the probabilities ``y_hat`` where ``y`` is one-hot, of the same shape.

    It is infinite where a true class has the probability 0, unless a ``guard`` is added to it.
    """
    true = y_hat[y > 0.5] + guard
    with np.errstate(divide="ignore"):
        return float(-np.mean(np.log(true)))


def softmax_grad(z: Array, y: Array) -> Array:
    """Return the gradient of the loss of softmax(z) with respect to ``z``, of its shape."""
    samples = z.shape[0] if z.ndim == 2 else 1
    return (softmax(z) - y) / samples
