"""Checks that random numbers are drawn independently of each other, and anew at every call.

The statistics of independent draws are known exactly: however standard normal numbers are grouped
into lines, a line's sum is normal, its sum of squares chi-squared, the number of positive entries
binomial, and the scalar product of two lines, divided by the length of one of them, normal.  Many
lines are looked at together, which finds what varies too much and what varies too little: numbers
that come together, columns that are orthogonal, samples that are centred, or rescaled to the exact
spread, sorted ones, grids and strata.  Numbers of any other distribution are first turned into
normal ones (:func:`scores`).

Each look at n lines checks two things: whether their levels (the distribution function at the
values, uniform for right ones) are as even as those of n draws, by the inequality of Dvoretzky,
Kiefer and Wolfowitz, 2 exp(-2nε²); and whether any of them is too far out, by Chernoff's bound,
2n exp(-surprise).  Of the risk of rejecting correct draws, half belongs to the choice between the
numbers and their ranks; the other half is shared equally by all looks, and within a look by its
two checks.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.checks.distribution import bell, is_off, normal_levels, squares_surprise
from grader.checks.failure import CheckFailure, Name
from grader.checks.randomness import RISK, not_random, surprise
from grader.words import Words, say

Numbers = NDArray[np.float64]

_STRETCH = 20  # entries of one stretch of a sample that has no rows
_LONGEST = 512  # entries of a line whose squares are summed
_SEED = 74207281  # a student may have chosen 0


def scores(samples: Numbers, cdf: Callable[[Numbers], Numbers]) -> Numbers:
    """Return the standard normal numbers whose levels are those of *samples* in *cdf*.

    *samples* (any shape) must lie in the range of the continuous distribution *cdf*; a number that
    rounding puts outside counts as the end of the range.
    """
    levels = np.clip(cdf(samples), 1e-15, 1 - 1e-15)
    inverse = NormalDist().inv_cdf
    return np.array([inverse(u) for u in levels.ravel().tolist()]).reshape(levels.shape)


def whole_scores(samples: Numbers, low: int, high: int) -> Numbers:
    """Return standard normal numbers for whole numbers from *low* to *high*, all as likely.

    A whole number stands for an interval, from which a number is drawn here.
    """
    inside = np.random.default_rng(_SEED).random(samples.shape)
    return scores(samples, lambda own: (own - low + inside) / (high - low + 1))


def independent_draws(seen: Numbers, *, name: Name, risk: float = RISK) -> None:
    """Check that standard normal numbers, shape (calls, *entries), were drawn independently.

    Entries have one axis or two.  Equal calls count once (:func:`fresh_draws` finds them).  If the
    numbers cannot be standard normal, which is charged elsewhere, their ranks are looked at
    instead.  From 80 calls on this finds that all calls have the same sum, the same sum of
    squares, or as many entries above the median.
    """
    different = distinct_draws(seen)
    if not np.ptp(different):
        raise not_random(say("{name} is the same number everywhere."), name)
    looks = list(_looks(_as_normal(different, risk / 2)))
    for text, levels, surprises in looks:
        share = risk / 2 / len(looks) / 2
        few = bool(np.max(surprises) > math.log(2 * len(surprises) / share))
        if few or is_off(np.sort(levels), share):
            text = say("{name} does not draw each number independently: {what}.", what=text)
            raise not_random(text, name)


def fresh_draws(seen: NDArray[Any], *, name: Name, kinds: float = math.inf) -> None:
    """Check that every call, along the first axis, draws numbers of its own; risk below 1e-9.

    No two calls may be equal.  Two calls of *size* numbers of so many *kinds*, all as likely, are
    equal with a probability of kinds**-size; without *kinds* the distribution is continuous, for
    which float32 counts as a million.  Then at least nine numbers in ten must be new, too (by
    chance float32 repeats one in a thousand of a million).  :func:`independent_draws` finds other
    ways in which calls depend on each other, and numbers that come again within one call; where
    these do, only equal calls are looked for.
    """
    calls, size = len(seen), seen[0].size
    if math.log(math.comb(calls, 2)) - size * math.log(min(kinds, 1e6)) > math.log(RISK):
        raise ValueError("Calls of so few numbers may be equal by chance: draw more.")
    different = len(distinct_draws(seen))
    if different == 1:
        raise not_random(say("{name} gives the same numbers at every call."), name)
    if different < calls:
        text = say("{name} gives only {different} different arrays in {count} calls.",
                   different=different, count=calls)  # fmt: skip
        raise not_random(text, name)
    kept = sum(len(np.unique(call)) for call in seen)
    if kinds == math.inf and kept > 0.9 * seen.size and len(np.unique(seen)) < 0.9 * kept:
        raise not_random(say("{name} gives numbers again that it gave in another call."), name)


def distinct_draws(seen: NDArray[Any]) -> NDArray[Any]:
    """Return the distinct calls, along the first axis, in the order of their first appearance."""
    places = {call.tobytes(): place for place, call in reversed(list(enumerate(seen)))}
    return seen[sorted(places.values())]


#: What is wrong with lines that fail, the levels of one statistic of them, and their surprises.
_Look = tuple[Words, Numbers, Numbers]
_CALLS, _ROWS, _COLUMNS = say("the calls"), say("the rows"), say("the columns")
_STRETCHES, _PLACES = say("neighbouring entries"), say("the positions")


def _looks(z: Numbers) -> Iterator[_Look]:
    calls = len(z)
    flat = z.reshape(calls, -1)
    yield from _of_lines(flat, _CALLS)
    yield from _of_lines(flat.T, _PLACES)
    if z.ndim == 2:
        whole = flat.shape[1] // _STRETCH * _STRETCH
        yield from _of_lines(flat[:, :whole].reshape(-1, _STRETCH), _STRETCHES)
        return
    rows, columns = z.shape[1:]
    yield from _of_lines(z.reshape(-1, columns), _ROWS)
    yield from _of_lines(np.moveaxis(z, 2, 1).reshape(-1, rows), _COLUMNS)
    if rows == columns > 1:
        upper = np.triu_indices(rows, 1)
        yield _pairs(z[:, *upper], np.moveaxis(z, 2, 1)[:, *upper], _COLUMNS)


def _of_lines(lines: Numbers, what: Words) -> Iterator[_Look]:
    """Look at lines, shape (number, entries): their halves, sums, spreads and pairs.

    Halves come first, since sorted lines would fail as pairs, too.
    """
    number, entries = lines.shape
    if entries > 1:
        text = say("the numbers within {what} depend on each other", what=what)
        half = entries // 2
        yield _normal(_products(lines[:, :half], lines[:, half : 2 * half]), text)
        yield _normal(_products(lines[:, :half], lines[:, : entries - half - 1 : -1]), text)
        yield _normal(_products(lines[:, : 2 * half : 2], lines[:, 1 : 2 * half : 2]), text)
    if number > 1 and entries > 1:
        sums = lines.sum(axis=1) / math.sqrt(entries)
        yield _normal(
            sums, say("the means of {what} do not vary as chance would have it", what=what)
        )
        yield _squares(lines[:, : min(entries, _LONGEST) // 2 * 2], what)
        yield _signs(lines, what)
        half = number // 2
        yield _pairs(lines[: 2 * half : 2], lines[1 : 2 * half : 2], what)
        yield _pairs(lines[:half], lines[half : 2 * half], what)
        yield _pairs(lines[:half], lines[half : 2 * half, ::-1], what)


def _pairs(first: Numbers, second: Numbers, what: Words) -> _Look:
    return _normal(_products(first, second), say("{what} depend on each other", what=what))


def _products(first: Numbers, second: Numbers) -> Numbers:
    """Return each pair of lines' scalar product, divided by the second's length: a normal."""
    length = np.sqrt(np.sum(second * second, axis=1))
    return np.asarray(np.sum(first * second, axis=1) / np.where(length > 0, length, 1.0))


def _normal(values: Numbers, text: Words) -> _Look:
    return text, normal_levels(values), 0.5 * values**2


def _squares(lines: Numbers, what: Words) -> _Look:
    """Look at sums of an even number of squares, which have an Erlang distribution."""
    entries = lines.shape[1]
    totals = np.sum(lines * lines, axis=1)
    with np.errstate(divide="ignore"):
        logs = np.log(0.5 * totals)
    above, term = np.zeros(len(totals)), -0.5 * totals
    for turn in range(1, entries // 2 + 1):
        above += np.exp(term)
        term = term + logs - math.log(turn)
    text = say("the spreads of {what} do not vary as chance would have it", what=what)
    return text, np.clip(1.0 - above, 0.0, 1.0), squares_surprise(totals, entries)


def _signs(lines: Numbers, what: Words) -> _Look:
    """Look at how many are positive; a count stands for an interval, as in whole_scores."""
    number, entries = lines.shape
    counts = np.count_nonzero(lines > 0, axis=1)
    logs = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, entries + 1)))])
    shares = np.exp(logs[-1] - logs - logs[::-1] - entries * math.log(2))
    below = np.concatenate([[0.0], np.cumsum(shares)])
    levels = below[counts] + np.random.default_rng(_SEED).random(number) * shares[counts]
    text = say("the signs in {what} do not vary as chance would have it", what=what)
    return text, np.clip(levels, 0.0, 1.0), surprise(counts, entries, 0.5, 0.5)


def _as_normal(seen: Numbers, risk: float) -> Numbers:
    """Return the numbers; the normal scores of their ranks if they cannot be standard normal."""
    try:
        bell(seen, name="", risk=risk)
        return seen
    except CheckFailure:
        pass
    # Equal numbers get their ranks at random.
    mixed = np.random.default_rng(_SEED).permutation(seen.size)
    ranks = np.empty(seen.size)
    ranks[mixed[np.argsort(seen.ravel()[mixed], kind="stable")]] = np.arange(seen.size) + 0.5
    return scores(ranks, lambda own: own / seen.size).reshape(seen.shape)
