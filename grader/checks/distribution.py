"""Checks random numbers by their distribution: normal, uniform, log-uniform, whole numbers.

As in :mod:`grader.checks.randomness` every check rejects a correct student with a
probability of at most 1e-9, by bounds that hold for any number of samples: Dvoretzky,
Kiefer and Wolfowitz with Massart's constant (1990) for a distribution function, Chernoff for
a frequency and for a sum of squared normals.  Whether numbers depend on each other is checked in
:mod:`grader.checks.draws`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.checks import plain
from grader.checks.failure import CheckFailure, Name, first_place, number_text, require_each
from grader.checks.randomness import RISK, not_random, surprise
from grader.words import say

TOO_FEW = say("too few")
_EDGE = 1e-6  # relative: float32 may round a number just over the end of its range
_TAILS = (2.0, 2.5, 3.0, 3.5, 4.0)  # in standard deviations: where normals are counted
# Sums of cosines whose means are checked: frequencies and weights.  The last is nearly the fourth
# Hermite polynomial, which shows a wrong kurtosis, but bounded.
_WAVES = ({1.0: 1.0}, {2.0: 1.0}, {3.0: 1.0}, {0.6: 1.0, 1.2: -0.51, 1.8: 0.09})


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
    finds a standard deviation that is off by a tenth at n = 20,000.  At least nine draws in ten
    must be distinct (float32 repeats a few).  *what* completes "is not distributed".
    """
    own = np.sort(plain.array(samples, name=name).astype(np.float64).ravel())
    n = len(own)
    if np.count_nonzero(np.diff(own)) + 1 < 0.9 * n:
        raise not_random(say("{name} holds the same numbers again and again."), name)
    if is_off(cdf(own), risk):
        raise not_random(say("{name} is not distributed {what}.", what=what), name)


def is_off(levels: NDArray[np.float64], risk: float) -> bool:
    """Return whether sorted *levels* cannot be uniform between 0 and 1, but for this *risk*.

    A level is the distribution function at a draw.
    """
    n = len(levels)
    steps = np.arange(n + 1) / n
    distance = max(float(np.max(steps[1:] - levels)), float(np.max(levels - steps[:-1])))
    return distance > math.sqrt(math.log(2 / risk) / (2 * n))


def normal_levels(numbers: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the standard normal distribution function at *numbers* (any shape), to 3e-8."""
    places, levels = _normal_table()
    return np.interp(numbers, places, levels, left=0.0, right=1.0)


@cache
def _normal_table() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return points and levels to interpolate between, ten times as fast as erfc."""
    places = np.linspace(-9.0, 9.0, 20_001)
    return places, np.array([0.5 * math.erfc(-u / math.sqrt(2)) for u in places.tolist()])


def normal(samples: Any, std: float, *, name: Name, mean: float = 0.0) -> None:
    """Check that *samples* (any shape) are independent normal numbers; risk below 1e-9.

    First the mean and the standard deviation are checked (:func:`spread`), then the shape of the
    distribution (:func:`bell`), each with half of the risk.
    """
    own = plain.array(samples, name=name).astype(np.float64)
    spread(own, std, name=name, mean=mean, risk=RISK / 2)
    bell((own - mean) / std, name=name, risk=RISK / 2)


def spread(samples: Any, std: float, *, name: Name, mean: float = 0.0, risk: float = RISK) -> None:
    """Check that normal *samples* (any shape) have this mean and this standard deviation.

    The mean and the standard deviation have half of the *risk* each.  A standard deviation is
    found to be wrong when it is off by 1.5 % at n = 100,000, by 5 % at 10,000.
    """
    own = plain.array(samples, name=name).astype(np.float64)
    z = (own - mean) / std
    limit = math.log(4 / risk)
    if abs(float(z.mean())) > math.sqrt(2 * limit / z.size):
        text = say("{name} has the mean {mean}, which is not right.", mean=number_text(own.mean()))
        raise not_random(text, name)
    if float(squares_surprise(np.array(np.sum(z * z)), z.size)) > limit:
        deviation = number_text(own.std())
        text = say("{name} has the standard deviation {own}, which is not right.", own=deviation)
        raise not_random(text, name)


def squares_surprise(total: NDArray[np.float64], terms: int) -> NDArray[np.float64]:
    """Return -log of Chernoff's bound on the probability of a *total* of squared standard normals.

    The bound is on a sum of so many *terms* that is as far from *terms*, on this side.
    """
    part = np.asarray(total, dtype=np.float64) / terms
    with np.errstate(divide="ignore"):
        return np.asarray(0.5 * terms * (part - 1.0 - np.log(part)))


def bell(samples: Any, *, name: Name, risk: float = RISK) -> None:
    """Check that *samples* (any shape) have the shape of the standard normal distribution.

    Half of the *risk* goes to the distribution function; a quarter to the mean cosines of 1, 2 and
    3 times the samples, which are exp(-t²/2) for normal numbers, and to a sum of cosines, by
    Bernstein's inequality; a quarter to how many lie beyond 2, 2.5, 3, 3.5 and 4, on one side and
    on both, which finds numbers cut off at 3 from n = 10,000 on.
    """
    own = plain.array(samples, name=name).astype(np.float64).ravel()
    _require_tails(own, name, risk / 4)  # first, since its message says most
    distribution(own, normal_levels, name=name, what=say("normally"), risk=risk / 2)
    _require_waves(own, name, risk / 4)


def _require_waves(own: NDArray[np.float64], name: Name, risk: float) -> None:
    limit = math.log(2 * len(_WAVES) / risk)
    for waves in _WAVES:
        swings, weights = np.array(list(waves.items())).T
        mean = weights @ np.exp(-(swings**2) / 2)
        # A product of cosines is half the sum of those of difference and sum.
        pairs = (swings[:, None] - swings, swings[:, None] + swings)
        squares = sum(np.exp(-(swing**2) / 2) for swing in pairs) / 2
        variance = weights @ squares @ weights - mean**2
        seen = sum(weight * np.mean(np.cos(swing * own)) for swing, weight in waves.items())
        off, most = abs(seen - mean), 2 * np.abs(weights).sum()  # no number is off by more
        if own.size * off**2 / (2 * variance + 2 / 3 * most * off) > limit:
            raise not_random(say("{name} is not distributed {what}.", what=say("normally")), name)


def _require_tails(own: NDArray[np.float64], name: Name, risk: float) -> None:
    limit = math.log(2 * 3 * len(_TAILS) / risk)
    for tail in _TAILS:
        rate = 0.5 * math.erfc(tail / math.sqrt(2))
        for beyond, times in ((abs(own) > tail, 2), (own > tail, 1), (own < -tail, 1)):
            count = int(np.count_nonzero(beyond))
            if surprise(count, own.size, times * rate, times * rate) > limit:
                few = TOO_FEW if count < times * rate * own.size else say("too many")
                text = say(
                    "{count} of the {size} numbers of {name} lie {tail} or more standard "
                    "deviations from the mean; for a normal distribution that is {few}.",
                    count=count,
                    size=own.size,
                    tail=number_text(tail),
                    few=few,
                )
                raise not_random(text, name)


def standardised(
    samples: NDArray[np.float64], std: float, *, mean: float = 0.0, risk: float = RISK
) -> NDArray[np.float64]:
    """Return *samples* in standard deviations, for checks of other things than their spread.

    The right mean and standard deviation are used or, if the samples' are wrong, their own: so a
    wrong spread is charged once.  For right samples their own are used with a probability of at
    most *risk*.
    """
    try:
        spread(samples, std, name="", mean=mean, risk=risk)
    except CheckFailure:
        own = float(samples.std())
        return np.asarray((samples - samples.mean()) / (own or 1.0))
    return np.asarray((samples - mean) / std)


def uniform(samples: Any, low: float, high: float, *, name: Name) -> None:
    """Check that *samples* (any shape) are uniform between *low* and *high*; risk below 1e-9."""
    own = plain.array(samples, name=name).astype(np.float64)
    require_range(own, low, high, name)

    def cdf(t: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.clip((t - low) / (high - low), 0.0, 1.0)

    distribution(own, cdf, name=name, what=say("uniformly over the range"))


def log_uniform(samples: Any, low: float, high: float, *, name: Name, risk: float = RISK) -> None:
    """Check that the logarithms of *samples* are uniform from log *low* to log *high*.

    Both ends are positive.  For 1-β log-uniform, pass 1-β and its ends.
    """
    own = plain.array(samples, name=name).astype(np.float64)
    require_range(own, low, high, name)
    width = math.log(high / low)

    def cdf(t: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.clip(np.log(t / low) / width, 0.0, 1.0)

    distribution(own, cdf, name=name, what=say("uniformly on the logarithmic scale"), risk=risk)


def whole_numbers(samples: Any, low: int, high: int, *, name: Name, risk: float = RISK) -> None:
    """Check that *samples* are integers from *low* to *high*, both included, all as likely.

    Each integer's count is binomial; one that never comes is found from about
    n = 23 (high - low + 1) on.
    """
    own = plain.integers(samples, name=name).astype(np.float64)
    require_range(own, low, high, name)
    kinds = high - low + 1
    counts = np.bincount((own.ravel() - low).astype(int), minlength=kinds)
    odd = surprise(counts, own.size, 1 / kinds, 1 / kinds) > math.log(2 * kinds / risk)
    if (where := first_place(odd)) is not None:
        text = say(
            "Of {size} numbers of {name}, {times} are {number}, which is too far from its share.",
            name=name,
            number=low + where[0],
            times=int(counts[where]),
            size=own.size,
        )
        raise not_random(text, name)


def require_range(own: plain.Real, low: float, high: float, name: Name) -> None:
    """Check that all numbers lie between the ends, or as near to them as float32 rounds."""
    inside = (own >= low - _EDGE * abs(low)) & (own <= high + _EDGE * abs(high))
    require_each(
        inside, own, say("{entry} is {own}, outside the range."), kind="randomness", name=name
    )
