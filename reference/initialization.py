"""Xavier's and He's start values of the weights of a layer, text 003, section 9.

Sources: Glorot and Bengio 2010, in the form that counts the inputs alone; He et al. 2015,
equation 10.  A unit sums over its n_in inputs, so the variance of what it gives is n_in times
that of a weight: 1/n_in keeps it.  A ReLU makes half of it 0: 2/n_in makes up for that.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_rng = np.random.default_rng()


def xavier(n_in: int, n_out: int) -> Array:
    """Return normal weights of shape (n_in, n_out): mean 0, standard deviation √(1/n_in)."""
    return math.sqrt(1.0 / n_in) * _rng.standard_normal((n_in, n_out))


def he(n_in: int, n_out: int) -> Array:
    """Return normal weights of shape (n_in, n_out): mean 0, standard deviation √(2/n_in)."""
    return math.sqrt(2.0 / n_in) * _rng.standard_normal((n_in, n_out))
