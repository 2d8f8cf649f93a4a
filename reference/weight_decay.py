"""Weight decay: L2 and L1 regularisation of text 003, section 12.

    L2   loss + (lambda / 2) sum W^2,   gradient + lambda W
    L1   loss + lambda sum |W|,         gradient + lambda sign(W),  sign(0) = 0

The sums run over all entries of all weight matrices, ``W1``, ``W2`` and so on; biases, gammas
and betas are not decayed.  The sign at 0 is the middle of all slopes that the kink of |W| has.
Sources: Krogh and Hertz 1991; Goodfellow et al. 2016, sections 7.1.1 and 7.1.2.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def l2_loss(loss: float, weights: Mapping[str, Array], lam: float) -> float:
    """Return the loss with half of ``lam`` times the sum of all squared weights."""
    return loss + 0.5 * lam * sum(float(np.sum(W**2)) for W in _matrices(weights))


def l1_loss(loss: float, weights: Mapping[str, Array], lam: float) -> float:
    """Return the loss with ``lam`` times the sum of all weights' sizes."""
    return loss + lam * sum(float(np.sum(np.abs(W))) for W in _matrices(weights))


def l2_grad(grad: Array, W: Array, lam: float) -> Array:
    """Return the gradient of the L2 loss with respect to ``W``, of its shape."""
    return grad + lam * W


def l1_grad(grad: Array, W: Array, lam: float) -> Array:
    """Return the gradient of the L1 loss with respect to ``W``, of its shape."""
    return grad + lam * np.sign(W)


def _matrices(weights: Mapping[str, Array]) -> Iterator[Array]:
    """Yield the matrices among all parameters."""
    return (entry for name, entry in weights.items() if name.startswith("W"))
