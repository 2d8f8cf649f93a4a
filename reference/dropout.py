"""Vanilla dropout of text 003, section 10.

Source: Srivastava et al. 2014, with the rescaling at test time (their section 4).  Many
libraries scale in training instead ("inverted dropout"); the course does not.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class Dropout:
    """Drops each entry with probability ``dropout_ratio`` in training, scales at test time."""

    def __init__(self, dropout_ratio: float = 0.5) -> None:
        self.dropout_ratio = dropout_ratio
        self._rng = np.random.default_rng()
        self._mask: NDArray[np.bool_] = np.ones((), dtype=np.bool_)

    def forward(self, x: Array, train_flg: bool = True) -> Array:
        """Return ``x``, of any shape, with entries dropped, or all of it times 1 - ratio.

        Every training forward draws a fresh mask, each entry by itself.
        """
        if not train_flg:
            return x * (1.0 - self.dropout_ratio)
        self._mask = self._rng.random(x.shape) >= self.dropout_ratio
        return x * self._mask

    def backward(self, dout: Array) -> Array:
        """Return ``dout`` times the mask of the last training forward, of the same shape."""
        return dout * self._mask
