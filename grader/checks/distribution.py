"""Checks random numbers by their distribution: normal, uniform, log-uniform, whole numbers.

As in :mod:`grader.checks.randomness` every check rejects a correct student with a
probability of at most 1e-9, by bounds that hold for any number of samples: Dvoretzky,
Kiefer and Wolfowitz with Massart's constant (1990) for a distribution function, Laurent
and Massart (2000) for a sum of squared normals, Chernoff for a frequency.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.checks import plain
from grader.checks.failure import CheckFailure, Name, entry_of, number_text
from grader.checks.randomness import RISK, surprise
from grader.words import Words, say

_EDGE = 1e-6  # relative: float32 may round a number just over the end of its range


def distribution(
    samples: Any,
    cdf: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    *,
    name: Name,
    what: Name = "as asked for",
    risk: float = RISK,
) -> None:
    """Check that *samples* (any shape) were drawn independently with the distribution *cdf*.

    The largest distance between *cdf*, which must be continuous, and the samples' own
    distribution function is at most √(ln(2/risk)/(2n)): 0.033 for n = 10,000 at 1e-9, which
    sees a deviation that is off by a tenth at n = 20,000.  Draws must also be distinct,
    nine in ten at least (float32 repeats a few).  *what* completes "is not distributed".
    """
    own = np.sort(plain.array(samples, name=name).astype(np.float64).ravel())
    n = len(own)
    if len(np.unique(own)) < 0.9 * n:
        raise _failure(say("{name} holds the same numbers again and again.", name=name), name)
    right = cdf(own)
    steps = np.arange(n + 1) / n
    distance = max(float(np.max(steps[1:] - right)), float(np.max(right - steps[:-1])))
    if distance > math.sqrt(math.log(2 / risk) / (2 * n)):
        raise _failure(say("{name} is not distributed {what}.", name=name, what=what), name)


def normal(samples: Any, std: float, *, name: Name, mean: float = 0.0) -> None:
    """Check that *samples* (any shape) are independent normal numbers; risk below 1e-9.

    A third of the risk each goes to the mean, to the standard deviation (seen when off by
    2 % at n = 100,000, by 7 % at 10,000) and to the shape of the distribution.
    """
    own = plain.array(samples, name=name).astype(np.float64)
    z = (own - mean) / std
    n = z.size
    limit = math.log(2 / (RISK / 3))
    if abs(float(z.mean())) > math.sqrt(2 * limit / n):
        raise _failure(
            say(
                "{name} has the mean {mean}, which is not right.",
                name=name,
                mean=number_text(own.mean()),
            ),
            name,
        )
    squares = float(np.sum(z * z))
    reach = 2 * math.sqrt(n * limit)
    if not n - reach <= squares <= n + reach + 2 * limit:
        text = number_text(own.std())
        raise _failure(
            say(
                "{name} has the standard deviation {own}, which is not right.", name=name, own=text
            ),
            name,
        )
    distribution(
        z,
        lambda t: np.array([0.5 * math.erfc(-u / math.sqrt(2)) for u in t]),
        name=name,
        what=say("normally"),
        risk=RISK / 3,
    )


def uniform(samples: Any, low: float, high: float, *, name: Name) -> None:
    """Check that *samples* (any shape) are uniform between *low* and *high*; risk below 1e-9."""
    own = plain.array(samples, name=name).astype(np.float64)
    _require_range(own, low, high, name)
    distribution(
        own,
        lambda t: np.clip((t - low) / (high - low), 0.0, 1.0),
        name=name,
        what=say("uniformly over the range"),
    )


def log_uniform(samples: Any, low: float, high: float, *, name: Name) -> None:
    """Check that the logarithms of *samples* are uniform from log *low* to log *high*.

    Both ends are positive; risk below 1e-9.  For 1-β log-uniform, pass 1-β and its ends.
    """
    own = plain.array(samples, name=name).astype(np.float64)
    _require_range(own, low, high, name)
    width = math.log(high / low)
    distribution(
        own,
        lambda t: np.clip(np.log(t / low) / width, 0.0, 1.0),
        name=name,
        what=say("uniformly on the logarithmic scale"),
    )


def whole_numbers(samples: Any, low: int, high: int, *, name: Name) -> None:
    """Check that *samples* are integers from *low* to *high*, each as likely; risk below 1e-9.

    Both ends belong to the range.  Each integer's count is binomial; one that never comes
    is seen when n > 23 (high - low + 1), about.
    """
    own = plain.integers(samples, name=name).astype(np.float64)
    _require_range(own, low, high, name)
    kinds = high - low + 1
    counts = np.bincount((own.ravel() - low).astype(int), minlength=kinds)
    odd = np.argwhere(surprise(counts, own.size, 1 / kinds, 1 / kinds) > math.log(2 * kinds / RISK))
    if len(odd):
        number = int(odd[0, 0])
        raise _failure(
            say(
                "{name} holds the number {number} {times} times in {size}, which is too far from "
                "its share.",
                name=name,
                number=low + number,
                times=int(counts[number]),
                size=own.size,
            ),
            name,
        )


def _require_range(own: plain.Real, low: float, high: float, name: Name) -> None:
    outside = np.argwhere((own < low - _EDGE * abs(low)) | (own > high + _EDGE * abs(high)))
    if len(outside):
        where = tuple(int(i) for i in outside[0])
        text = number_text(own[where])
        raise _failure(
            say(
                "{entry} is {own}, outside the range.",
                entry=entry_of(name, where),
                own=text,
            ),
            name,
        )


def _failure(message: Words, name: Name) -> CheckFailure:
    return CheckFailure(message, kind="randomness", name=name)
