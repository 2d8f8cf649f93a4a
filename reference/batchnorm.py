"""Batch normalization of text 003, section 11, and of text 004, "Batch Normalization".

Source of the algorithm: Ioffe and Szegedy 2015, algorithms 1 and 2.  The paper, and some
libraries, keep an unbiased running variance; the course keeps the biased one, as text 003.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

EPSILON = 1e-7


def guarded_root(var: Array) -> Array:
    """Return √(σ² + ε), which is never zero."""
    return np.sqrt(var + EPSILON)


class BatchNormalization:
    """Normalizes each of D features over the samples of a batch, then scales and shifts it.

    ``gamma``, ``beta`` and, where given, ``running_mean`` and ``running_var`` have shape
    (D,); the last two start at zeros otherwise.  ``dgamma`` and ``dbeta``, shape (D,), are
    set by :meth:`backward`.  ``root`` makes standard deviations of variances.
    """

    dgamma: Array
    dbeta: Array

    def __init__(
        self,
        gamma: Array,
        beta: Array,
        momentum: float = 0.9,
        running_mean: Array | None = None,
        running_var: Array | None = None,
        *,
        root: Callable[[Array], Array] = guarded_root,
    ) -> None:
        self.root = root
        self.gamma = gamma
        self.beta = beta
        self.momentum = momentum
        self.running_mean = np.zeros(gamma.shape) if running_mean is None else running_mean
        self.running_var = np.zeros(gamma.shape) if running_var is None else running_var

    def forward(self, x: Array, train_flg: bool = True) -> Array:
        """Return γ·(x - μ)/√(σ² + ε) + β for ``x`` of shape (N, D).

        In training μ and σ² are the batch's mean and biased variance, and the running
        statistics become momentum·old + (1 - momentum)·batch.  At test time the running
        statistics take the place of the batch's, and nothing changes.
        """
        if train_flg:
            normal = self._normalize(x)
        else:
            normal = (x - self.running_mean) / self.root(self.running_var)
        out: Array = self.gamma * normal + self.beta
        return out

    def _normalize(self, x: Array) -> Array:
        """Normalize over the batch; remember what backward needs, move the statistics."""
        mean = x.mean(axis=0)
        var = ((x - mean) ** 2).mean(axis=0)
        self._std = self.root(var)
        self._normal: Array = (x - mean) / self._std
        self.running_mean = self.momentum * self.running_mean + (1 - self.momentum) * mean
        self.running_var = self.momentum * self.running_var + (1 - self.momentum) * var
        normal: Array = self._normal
        return normal

    def backward(self, dout: Array) -> Array:
        """Return dx, shape (N, D), for the last training forward; set ``dgamma``, ``dbeta``.

        With n the normalized batch and g = γ·dout, both (N, D), and means over the samples:
        dx = (g - mean(g) - n·mean(g·n)) / √(σ² + ε); dγ = Σ dout·n; dβ = Σ dout.
        """
        self.dgamma = (dout * self._normal).sum(axis=0)
        self.dbeta = dout.sum(axis=0)
        g = self.gamma * dout
        along = (g * self._normal).mean(axis=0)
        dx: Array = (g - g.mean(axis=0) - self._normal * along) / self._std
        return dx
