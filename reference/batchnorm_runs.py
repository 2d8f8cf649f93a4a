"""What the hidden tests of batch normalization share: batches to feed, and who is believed.

The batches are small, so that a divisor N - 1 shows, and not square, so that a wrong axis
does.  Ordinary columns have standard deviations above 20: every accepted ε (1e-8 to 1e-5,
inside or outside the root) changes less than 1e-6 of a result.  What ε does is looked at
on batches of their own, with columns as small as ε itself.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from grader import checks
from reference.batchnorm import Array, BatchNormalization

FEATURES = 4
GAMMA = np.array([1.3, -0.7, 2.1, 0.4])
BETA = np.array([0.2, -1.1, 0.6, 3.0])
# A sample's features; no two columns have the same mean or spread.
_OFFSET = np.array([100.0, -250.0, 30.0, 0.0])
_SPREAD = np.array([40.0, 90.0, 60.0, 130.0])


def batch(samples: int, *, seed: int = 0) -> Array:
    """Return an ordinary batch, shape (samples, 4)."""
    return _OFFSET + _SPREAD * spread_out(samples, seed=seed)


def spread_out(samples: int, *, seed: int = 0) -> Array:
    """Return columns with means near 0 and biased variances between 0.4 and 1.5."""
    rng = np.random.default_rng(1000 * samples + seed)
    columns = rng.permuted(np.repeat([np.linspace(-1.5, 1.5, samples)], FEATURES, axis=0), axis=1)
    return columns.T + rng.uniform(-0.2, 0.2, (samples, FEATURES))


def upstream(samples: int, *, seed: int = 0) -> Array:
    """Return a gradient that comes from the layer above, shape (samples, 4); of 8, a large one."""
    size = 40.0 if samples == 8 else 1.0
    rng = np.random.default_rng(2000 * samples + seed)
    return size * rng.normal(0.3, 1.0, (samples, FEATURES))


def output(x: Array, gamma: Array = GAMMA, beta: Array = BETA) -> Array:
    """Return what training gives for *x*; a pure function, for tolerances."""
    return BatchNormalization(gamma, beta).forward(x)


def gradients(x: Array, dout: Array, gamma: Array = GAMMA) -> tuple[Array, Array, Array]:
    """Return (dx, dgamma, dbeta); a pure function, for tolerances."""
    layer = BatchNormalization(gamma, BETA)
    layer.forward(x)
    dx = layer.backward(dout)
    return dx, layer.dgamma, layer.dbeta


def vector(entries: Any, *, name: str) -> Array:
    """Return a student's running statistic, of shape (D,) or (1, D), as shape (D,)."""
    own = checks.array(entries, name=name)
    if own.shape == (1, FEATURES):
        own = own[0]
    return np.asarray(checks.array(own, name=name, shape=(FEATURES,)), dtype=np.float64)


def normalizes(layer: Any) -> bool:
    """Return whether the student's training forward can stand in for the right one.

    It may have the wrong divisor, axis or order, but it must do what makes backward worth
    its points: take out what moves, and what stretches, the whole batch.  *layer* is the
    student's class.
    """
    x = batch(5, seed=7)
    results = []
    for moved in (x, x + 70.0, 3.0 * x):
        own = layer(GAMMA.copy(), BETA.copy()).forward(moved, True)
        try:
            results.append(checks.array(own, name="forward", shape=x.shape))
        except checks.CheckFailure:
            return False
    first = results[0]
    if np.ptp(first, axis=0).min() < 0.05:
        return False
    return all(np.abs(other - first).max() < 1e-3 for other in results[1:])
