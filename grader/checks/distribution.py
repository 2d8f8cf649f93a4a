"""Checks random numbers by their distribution: normal, uniform, log-uniform, whole numbers.

As in :mod:`grader.checks.randomness` every check rejects a correct student with a
probability of at most 1e-9, by bounds that hold for any number of samples: Dvoretzky,
Kiefer and Wolfowitz with Massart's constant (1990) for a distribution function, Chernoff for
a frequency and for a sum of squared normals.  Whether numbers depend on each other is looked at
in :mod:`grader.checks.draws`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.checks import plain
from grader.checks.failure import CheckFailure, Name, entry_of, number_text
from grader.checks.randomness import RISK, surprise
from grader.words import Words, say

TOO_FEW = say("too few")
_EDGE = 1e-6  # relative: float32 may round a number just over the end of its range
_TAILS = (2.0, 2.5, 3.0, 3.5, 4.0)  # in standard deviations: where normals are counted
# Weights of cosines whose means are looked at, by how often these swing.  The last sum is nearly
# the fourth Hermite polynomial, which tells how pointed numbers lie, and bounded.
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
    sees a deviation that is off by a tenth at n = 20,000.  Draws must also be distinct,
    nine in ten at least (float32 repeats a few).  *what* completes "is not distributed".
    """
    own = np.sort(plain.array(samples, name=name).astype(np.float64).ravel())
    n = len(own)
    if np.count_nonzero(np.diff(own)) + 1 < 0.9 * n:
        raise _failure(say("{name} holds the same numbers again and again.", name=name), name)
    if is_off(cdf(own), risk):
        raise _failure(say("{name} is not distributed {what}.", name=name, what=what), name)


def is_off(levels: NDArray[np.float64], risk: float) -> bool:
    """Return whether sorted *levels* are surely not those of draws with their own distribution.

    A level is the distribution function at a draw, uniform between 0 and 1 for a right one.
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
    """Places and levels to interpolate between: erfc takes ten times as long for many numbers."""
    places = np.linspace(-9.0, 9.0, 20_001)
    return places, np.array([0.5 * math.erfc(-u / math.sqrt(2)) for u in places.tolist()])


def normal(samples: Any, std: float, *, name: Name, mean: float = 0.0) -> None:
    """Check that *samples* (any shape) are independent normal numbers; risk below 1e-9.

    The mean and the standard deviation first (:func:`spread`), then the shape of the
    distribution (:func:`bell`), each with half of the risk.
    """
    own = plain.array(samples, name=name).astype(np.float64)
    spread(own, std, name=name, mean=mean, risk=RISK / 2)
    bell((own - mean) / std, name=name, risk=RISK / 2)


def spread(samples: Any, std: float, *, name: Name, mean: float = 0.0, risk: float = RISK) -> None:
    """Check that normal *samples* (any shape) have this mean and this standard deviation.

    Half of the *risk* each goes to the mean and to the standard deviation, which is seen when
    off by 1.5 % at n = 100,000, by 5 % at 10,000.
    """
    own = plain.array(samples, name=name).astype(np.float64)
    z = (own - mean) / std
    limit = math.log(4 / risk)
    if abs(float(z.mean())) > math.sqrt(2 * limit / z.size):
        text = say(
            "{name} has the mean {mean}, which is not right.",
            name=name,
            mean=number_text(own.mean()),
        )
        raise _failure(text, name)
    if float(squares_surprise(np.array(np.sum(z * z)), z.size)) > limit:
        text = say(
            "{name} has the standard deviation {own}, which is not right.",
            name=name,
            own=number_text(own.std()),
        )
        raise _failure(text, name)


def squares_surprise(total: NDArray[np.float64], terms: int) -> NDArray[np.float64]:
    """Return -log of Chernoff's bound on a sum of *terms* squared standard normals.

    A sum lies as far from *terms*, on this side, with a probability of at most exp(-that).
    """
    part = np.asarray(total, dtype=np.float64) / terms
    with np.errstate(divide="ignore"):
        return np.asarray(0.5 * terms * (part - 1.0 - np.log(part)))


def bell(samples: Any, *, name: Name, risk: float = RISK) -> None:
    """Check that *samples* (any shape) have the shape of the standard normal distribution.

    Half of the *risk* goes to the distribution function; a quarter to the mean cosines of 1, 2 and
    3 times the samples, exp(-t²/2) of a normal number, and to a sum of them, by Bernstein's
    inequality; a quarter to how many lie beyond 2, 2.5, 3, 3.5 and 4, on one side and on both,
    which sees numbers cut off at 3 from n = 10,000 on.
    """
    own = plain.array(samples, name=name).astype(np.float64).ravel()
    _require_tails(own, name, risk / 4)  # says most of what is wrong
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
            text = say("{name} is not distributed {what}.", name=name, what=say("normally"))
            raise _failure(text, name)


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
                    name=name,
                    tail=number_text(tail),
                    few=few,
                )
                raise _failure(text, name)


def standardised(
    samples: NDArray[np.float64], std: float, *, mean: float = 0.0, risk: float = RISK
) -> NDArray[np.float64]:
    """Return *samples* in standard deviations, for what is asked of them besides their spread.

    These are the right ones, or, where mean or spread surely are not right, the samples' own:
    a wrong spread is charged once.  The samples' own are used of right ones with a probability
    of at most *risk*.
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
    distribution(
        own,
        lambda t: np.clip((t - low) / (high - low), 0.0, 1.0),
        name=name,
        what=say("uniformly over the range"),
    )


def log_uniform(samples: Any, low: float, high: float, *, name: Name, risk: float = RISK) -> None:
    """Check that the logarithms of *samples* are uniform from log *low* to log *high*.

    Both ends are positive.  For 1-β log-uniform, pass 1-β and its ends.
    """
    own = plain.array(samples, name=name).astype(np.float64)
    require_range(own, low, high, name)
    width = math.log(high / low)
    distribution(
        own,
        lambda t: np.clip(np.log(t / low) / width, 0.0, 1.0),
        name=name,
        what=say("uniformly on the logarithmic scale"),
        risk=risk,
    )


def whole_numbers(samples: Any, low: int, high: int, *, name: Name, risk: float = RISK) -> None:
    """Check that *samples* are integers from *low* to *high*, each as likely.

    Both ends belong to the range.  Each integer's count is binomial; one that never comes
    is seen when n > 23 (high - low + 1), about.
    """
    own = plain.integers(samples, name=name).astype(np.float64)
    require_range(own, low, high, name)
    kinds = high - low + 1
    counts = np.bincount((own.ravel() - low).astype(int), minlength=kinds)
    odd = np.argwhere(surprise(counts, own.size, 1 / kinds, 1 / kinds) > math.log(2 * kinds / risk))
    if len(odd):
        number = int(odd[0, 0])
        raise _failure(
            say(
                "Of {size} numbers of {name}, {times} are {number}, which is too far from its "
                "share.",
                name=name,
                number=low + number,
                times=int(counts[number]),
                size=own.size,
            ),
            name,
        )


def require_range(own: plain.Real, low: float, high: float, name: Name) -> None:
    """Check that all numbers lie between the ends, or no further off than float32 rounds."""
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
