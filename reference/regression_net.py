"""Regression with one hidden layer, fitted by gradient descent and by Adam (text 002).

    prediction   f(x) = V · a(W x + b) + b0, with H hidden units and any activation a
    loss         L = sum_i (f(x_i) - y_i)², the sum over the N samples
    gradients    with r_i = 2 (f(x_i) - y_i) and z_ij = W_j x_i + b_j:
                 dL/dW_j = sum_i r_i V_j a'(z_ij) x_i,  dL/dV_j = sum_i r_i a(z_ij),
                 dL/db_j = sum_i r_i V_j a'(z_ij),      dL/db0  = sum_i r_i
    descent      p <- p - eta dL/dp, all four from one evaluation
    Adam         m <- beta1 m + (1 - beta1) g, v <- beta2 v + (1 - beta2) g²,
                 p <- p - eta m̂/(√v̂ + eps), m̂ = m/(1 - beta1^(i+1)), v̂ = v/(1 - beta2^(i+1)),
                 with i counted from 0 (Kingma and Ba 2015, algorithm 1)

``x`` and ``y`` have shape (N,); ``tW``, ``tV``, ``tbs`` (H,); ``tb0`` is a float.  ``acf`` and
``acfder`` are an activation and its derivative, both functions of z.  Nothing is changed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]
Activation = Callable[[Any], Any]
Weights = tuple[Array, Array, Array, float]  # of the shapes of tW, tV, tbs and tb0


def sigmoid(z: Any) -> Any:
    """Return 1/(1 + e^-z), entry by entry; exp of a negative number alone never overflows."""
    small = np.exp(-np.abs(z))
    return np.where(np.asarray(z) >= 0, 1.0, small) / (1.0 + small)


def sigmoid_der(z: Any) -> Any:
    """Return the derivative of the sigmoid at ``z``, σ(z) σ(-z)."""
    return sigmoid(z) * sigmoid(-z)


def relu(z: Any) -> Any:
    """Return max(z, 0), entry by entry."""
    return np.maximum(z, 0.0)


def relu_der(z: Any) -> Any:
    """Return 1 where ``z`` is positive and 0 elsewhere."""
    return (np.asarray(z) > 0) * 1.0


def calc_tloss(
    x: Array, y: Array, tW: Array, tV: Array, tbs: Array, tb0: float, acf: Activation
) -> float:
    """Return the sum of the squared errors."""
    return float(np.sum((acf(np.outer(x, tW) + tbs) @ tV + tb0 - y) ** 2))


def calc_der(
    x: Array,
    y: Array,
    tW: Array,
    tV: Array,
    tbs: Array,
    tb0: float,
    acf: Activation,
    acfder: Activation,
) -> Weights:
    """Return the gradients of that sum with respect to tW, tV, tbs and tb0."""
    z = np.outer(x, tW) + tbs
    hidden = acf(z)
    r = 2.0 * (hidden @ tV + tb0 - y)
    back = np.outer(r, tV) * acfder(z)
    return x @ back, r @ hidden, back.sum(axis=0), float(r.sum())


def fitGD(
    x: Array,
    y: Array,
    tW: Array,
    tV: Array,
    tbs: Array,
    tb0: float,
    acf: Activation,
    acfder: Activation,
    nepoch: int,
    eta: float,
    verbose: int,
) -> tuple[Any, ...]:
    """Take ``nepoch`` steps of gradient descent.

    Returns the four weights and the four gradients of the last step, at the weights before it.
    ``verbose`` changes nothing.
    """
    for _ in range(nepoch):
        dW, dV, dbs, db0 = calc_der(x, y, tW, tV, tbs, tb0, acf, acfder)
        tW, tV, tbs, tb0 = tW - eta * dW, tV - eta * dV, tbs - eta * dbs, tb0 - eta * db0
    return tW, tV, tbs, tb0, dW, dV, dbs, db0


def updateAdam(A: Any, mt: Any, vt: Any, i: int, beta1: float, beta2: float, eps: float) -> Any:
    """Return m̂/(√v̂ + eps), of the shape of ``mt``; ``A``, the weights, is not looked at."""
    return mt / (1.0 - beta1 ** (i + 1)) / (np.sqrt(vt / (1.0 - beta2 ** (i + 1))) + eps)


def guarded_root(v: Any) -> Any:
    """Return √v + 1e-6: the root, kept away from zero."""
    return np.sqrt(v) + 1e-6


def fitAdam(
    x: Array,
    y: Array,
    tW: Array,
    tV: Array,
    tbs: Array,
    tb0: float,
    acf: Activation,
    acfder: Activation,
    nepoch: int,
    eta: float,
    verbose: int,
    root: Callable[[Any], Any] = guarded_root,
) -> Weights:
    """Take ``nepoch`` steps of Adam (0.9, 0.999) and return the four weights.

    ``root(v̂)`` is what m̂ is divided by, with an ε in it that the text leaves free.
    """
    weights: list[Any] = [tW, tV, tbs, tb0]
    m: list[Any] = [0.0] * 4
    v: list[Any] = [0.0] * 4
    for i in range(nepoch):
        tW, tV, tbs, tb0 = weights
        grads: tuple[Any, ...] = calc_der(x, y, tW, tV, tbs, tb0, acf, acfder)
        for k, g in enumerate(grads):
            m[k] = 0.9 * m[k] + 0.1 * g
            v[k] = 0.999 * v[k] + 0.001 * g**2
            step = m[k] / (1.0 - 0.9 ** (i + 1)) / root(v[k] / (1.0 - 0.999 ** (i + 1)))
            weights[k] = weights[k] - eta * step
    return tuple(weights)
