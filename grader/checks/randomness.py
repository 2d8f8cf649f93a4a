"""Checks dropout masks by their statistics, never by a seed.

A mask is read from a forward: an output entry is 0, or the input's.  Every check states a bound
on the probability that it rejects a correct student, at most 1e-9 (``RISK``).  The bounds are
exact, not approximate: for n independent trials of probability p, the probability that the
observed frequency q is as far off as it is lies below exp(-n KL(q‖p)) on either side (Chernoff
1952; KL is the relative entropy of two coins).  The risk is divided by the number of comparisons
that a check makes (union bound).

Only :func:`drop_rate` is told the rate.  The other checks take it from the masks: any rate in
the masks' confidence interval may be the true one, and they reject only what none of these
explains.  A student who swaps keep and drop loses the rate, but not the independence.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from grader.checks import plain
from grader.checks.compare import SINGLE, array_size
from grader.checks.failure import (
    CheckFailure,
    Name,
    first_place,
    percent,
    place_text,
    require_each,
)
from grader.words import Words, say

Mask = NDArray[np.bool_]

RISK = 1e-9  # bound on the probability that one check rejects a correct student


def mask_inputs(shape: tuple[int, ...], *, seed: int = 0) -> NDArray[np.float64]:
    """Return distinct floats between 1 and 2 in size, of both signs: no zeros to hide a mask."""
    rng = np.random.default_rng(seed)
    return np.asarray(rng.uniform(1.0, 2.0, shape) * rng.choice([-1.0, 1.0], shape))


def mask_of(x: ArrayLike, out: Any, *, name: Name, scale: float = 1.0) -> Mask:
    """Return which entries of *x* were kept (True) in *out*, an array of the same shape.

    Every entry of *out* must be 0 or *scale* times that of *x*, to 1e-5 of the largest
    (*scale* is 1 for vanilla dropout, 1/(1-ratio) for inverted dropout).  *x* must not hold
    zeros, which would hide the mask; :func:`mask_inputs` makes such an input.

    Raises :class:`CheckFailure` of kind ``kind``, ``shape``, ``finite`` or ``value``.
    """
    kept = scale * np.asarray(x, dtype=np.float64)
    close = SINGLE * array_size(kept)
    if kept.size == 0 or np.abs(kept).min() <= 10 * close:
        raise ValueError("A mask shows only where no entry of x is 0, or nearly: choose another x.")
    own = plain.array(out, name=name, shape=kept.shape)
    mask = np.abs(own - kept) <= close
    text = say("{entry} is {own}: neither dropped nor kept as it should be.")
    require_each(mask | (np.abs(own) <= close), own, text, kind="value", name=name)
    return np.asarray(mask, dtype=np.bool_)


def masks(
    forward: Callable[[NDArray[np.float64]], Any],
    x: ArrayLike,
    *,
    name: Name,
    calls: int = 200,
    scale: float = 1.0,
) -> Mask:
    """Call ``forward(x)`` *calls* times and return the masks, shape (calls, *x.shape).

    Each call gets a fresh copy of *x*.  With 200 calls and x of shape (20, 30) the checks below
    find a rate that is off by 0.011, and every dependence that students build in.  A *forward*
    that makes a new instance at each call compares instances.  Raises what :func:`mask_of`
    raises.
    """
    point = np.asarray(x, dtype=np.float64)
    seen = [mask_of(point, forward(point.copy()), name=name, scale=scale) for _ in range(calls)]
    return np.stack(seen)


def same_mask(first: Mask, second: Mask, *, name: Name) -> None:
    """Check that two masks are the same one, as in backward and its forward.

    Nothing is left to chance: a correct student is never rejected, and a fresh mask passes with
    the probability (p² + (1-p)²) to the power of the number of entries.
    """
    if (where := first_place(first != second)) is not None:
        text = say(
            "{name} does not use the mask of the last training forward (first at {place}).",
            place=place_text(where) or say("its only entry"),
        )
        raise CheckFailure(text, kind="randomness", name=name, where=where)


def drop_rate(seen: Mask, ratio: float, *, name: Name) -> None:
    """Check that entries are dropped with probability *ratio*; risk below 1e-9.

    The number dropped among all T entries of all calls is binomial.  A rate that is off by
    8·√(ratio(1-ratio)/T) is found nine times in ten: 0.011 at ratio 0.3 and T = 120,000.
    """
    dropped = int(np.count_nonzero(~seen))
    if surprise(dropped, seen.size, ratio, ratio) > math.log(2 / RISK):
        own = percent(dropped / seen.size)
        text = say(
            "{name} drops {own} of the entries, over {count} calls; that is not the rate asked "
            "for.",
            own=own,
            count=len(seen),
        )
        raise not_random(text, name, actual=own, expected=percent(ratio))


def independent(seen: Mask, *, name: Name) -> None:
    """Check that each entry is dropped by itself; risk below 1e-9.

    Over the calls: each position, and each row, column or slice, is dropped as often as the
    average.  Within a call: neighbours along each axis, entries half an axis apart or mirrored,
    and entries paired at random agree as often as independent ones (p² + (1-p)²); this finds one
    mask for a row, a column, a block or the batch.  From call to call: the number dropped varies
    as it should; this finds a mask with exactly k dropped (from 100 calls on).

    The rate's confidence interval and the three kinds of comparison have a quarter of the risk
    each.
    """
    low, high = _rate_interval(seen, RISK / 4, name)
    _check_positions(seen, low, high, RISK / 4, name)
    _check_agreement(_pairs_within(seen), low, high, RISK / 4, name, say("entries of one mask"))
    _check_counts(seen, low, high, RISK / 4, name)


def fresh(seen: Mask, *, name: Name) -> None:
    """Check that every call (or instance) draws a mask of its own; risk below 1e-9.

    Consecutive masks agree as often as independent ones, and no two masks are equal (checked only
    if equal ones are unlikely enough).  This finds a generator that is seeded inside forward.
    The rate's confidence interval and the two comparisons have a third of the risk each.
    """
    low, high = _rate_interval(seen, RISK / 3, name)
    steps = [(seen[:-1:2], seen[1::2]), (seen[1:-1:2], seen[2::2])]
    agreement = max(_agreement(low), _agreement(high))
    pairs = math.comb(len(seen), 2)
    if math.log(pairs) + seen[0].size * math.log(agreement) <= math.log(RISK / 3):
        different = len({mask.tobytes() for mask in seen})
        if different < len(seen):
            text = say("{name} draws only {different} different masks in {count} calls.",
                       different=different, count=len(seen))  # fmt: skip
            raise not_random(text, name)
    _check_agreement(steps, low, high, RISK / 3, name, say("masks of consecutive calls"))


def surprise(count: Any, trials: Any, low: float, high: float) -> Any:
    """Return -log of the bound on the probability of a frequency this far outside *low* to *high*.

    The frequency is *count* of *trials*; both may be arrays.
    """
    if isinstance(count, int):  # NumPy takes ten times as long for a single one
        rate = count / trials
        nearest = min(max(rate, low), high)
        return trials * (_term(rate, nearest) + _term(1 - rate, 1 - nearest))
    q = np.asarray(count) / trials
    p = np.clip(q, low, high)
    with np.errstate(divide="ignore", invalid="ignore"):
        hit = np.where(q > 0, q * np.log(q / p), 0.0)
        miss = np.where(q < 1, (1 - q) * np.log((1 - q) / (1 - p)), 0.0)
    return trials * (hit + miss)


def _term(own: float, nearest: float) -> float:
    """Return one term of the Kullback-Leibler divergence of two rates."""
    if own <= 0:
        return 0.0
    return own * math.log(own / nearest) if nearest > 0 else math.inf


def _rate_interval(seen: Mask, risk: float, name: Name) -> tuple[float, float]:
    """Return the confidence interval of the drop rate: the masks have less than *risk* outside."""
    if len(seen) < 2:
        raise ValueError("Independence shows only in several masks: draw more.")
    dropped = int(np.count_nonzero(~seen))
    if dropped in (0, seen.size):
        what = say("nothing") if dropped == 0 else say("everything")
        text = say("{name} drops {what} in {count} calls.", what=what, count=len(seen))
        raise not_random(text, name)
    limit = math.log(2 / risk)
    ends = []
    for end in (0.0, 1.0):
        inside, outside = dropped / seen.size, end
        for _ in range(60):
            middle = (inside + outside) / 2
            if surprise(dropped, seen.size, middle, middle) > limit:
                outside = middle
            else:
                inside = middle
        ends.append(outside)
    return ends[0], ends[1]


def _check_positions(seen: Mask, low: float, high: float, risk: float, name: Name) -> None:
    """Check that no position, and no slice across an axis, is dropped too often or too seldom."""
    dropped = ~seen
    axes = range(1, seen.ndim) if seen.ndim > 2 else []
    slices = [dropped.sum(axis=tuple(a for a in range(seen.ndim) if a != axis)) for axis in axes]
    groups = [dropped.sum(axis=0), *slices]
    limit = math.log(2 * sum(group.size for group in groups) / risk)
    for group in groups:
        trials = seen.size // group.size
        where = first_place(surprise(group, trials, low, high) > limit)
        if where is not None:
            text = say(
                "{name} does not drop all places equally often: {place} {times} times in "
                "{trials}, but {mean} of all entries.",
                times=int(group[where]),
                trials=trials,
                place=place_text(where),
                mean=percent(dropped.mean()),
            )
            raise not_random(text, name)


def _pairs_within(seen: Mask) -> list[tuple[Mask, Mask]]:
    """Return pairs of entries of each mask; each kind of pair uses an entry at most once."""
    pairs = []
    for axis in range(1, seen.ndim):
        line = np.moveaxis(seen, axis, -1)
        n = line.shape[-1]
        half = n // 2
        if n > 1:
            pairs.append((line[..., 0 : n - 1 : 2], line[..., 1:n:2]))
        if n > 2:
            pairs.append((line[..., 1 : n - 1 : 2], line[..., 2:n:2]))
        if n > 3:
            pairs.append((line[..., :half], line[..., half : 2 * half]))
            pairs.append((line[..., :half], line[..., : n - half - 1 : -1]))
    flat = seen.reshape(len(seen), -1)
    rng = np.random.default_rng(0)
    for _ in range(4):
        order = rng.permutation(flat.shape[1])
        half = flat.shape[1] // 2
        pairs.append((flat[:, order[:half]], flat[:, order[half : 2 * half]]))
    return pairs


def _check_agreement(
    pairs: list[tuple[Mask, Mask]], low: float, high: float, risk: float, name: Name, what: Words
) -> None:
    """Check that paired entries agree as often as independent ones."""
    rates = [_agreement(p) for p in (low, high, min(max(0.5, low), high))]
    limit = math.log(2 * len(pairs) / risk)
    for first, second in pairs:
        agree = int(np.count_nonzero(first == second))
        if first.size and surprise(agree, first.size, min(rates), max(rates)) > limit:
            text = say(
                "{name} does not drop each entry independently: {what} agree in {agree} of the "
                "pairs looked at.",
                what=what,
                agree=percent(agree / first.size),
            )
            raise not_random(text, name)


def _check_counts(seen: Mask, low: float, high: float, risk: float, name: Name) -> None:
    """Check that the number dropped differs between calls as a binomial one does."""
    entries = seen[0].size
    counts = np.count_nonzero(~seen.reshape(len(seen), -1), axis=1)
    pairs = len(counts) // 2
    apart = np.abs(counts[: 2 * pairs : 2] - counts[1 : 2 * pairs : 2])
    # About 2 in 5 pairs of counts lie within 0.7 deviations.  This limit comes from the masks
    # too; as a power of two it takes one of 16 values, which the risk is divided by.
    middle = (low + high) / 2
    near = 2 ** max(0, round(math.log2(0.7 * math.sqrt(entries * middle * (1 - middle)) + 0.5)))
    rates = [_within(near, entries, p) for p in (low, high, min(max(0.5, low), high))]
    close = int(np.count_nonzero(apart <= near))
    if surprise(close, pairs, min(rates), max(rates)) > math.log(2 * 16 / risk):
        text = say(
            "{name} drops between {least} and {most} of {entries} entries in {count} calls; "
            "if entries were dropped independently, these numbers would vary differently.",
            least=int(counts.min()),
            most=int(counts.max()),
            entries=entries,
            count=len(seen),
        )
        raise not_random(text, name)


def _agreement(p: float) -> float:
    return p * p + (1 - p) * (1 - p)


def _within(near: int, trials: int, p: float) -> float:
    """Return the exact probability that two binomial counts differ by at most *near*."""
    logs = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, trials + 1)))])
    k = np.arange(trials + 1)
    pmf = np.exp(logs[-1] - logs - logs[::-1] + k * math.log(p) + (trials - k) * math.log1p(-p))
    pmf = pmf[pmf > 1e-25]
    difference = np.convolve(pmf, pmf[::-1])
    centre = len(pmf) - 1
    window = difference[max(0, centre - near) : centre + near + 1]
    return min(1.0, max(0.0, float(window.sum())))


def not_random(message: Words, name: Name, *, actual: str = "", expected: str = "") -> CheckFailure:
    """Return the failure of what is not as random as it should be, or not in the right way."""
    return CheckFailure(message, kind="randomness", name=name, actual=actual, expected=expected)
