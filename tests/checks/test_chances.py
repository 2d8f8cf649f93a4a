"""Numbers that only one look at them can tell from right ones, and right ones that all let pass."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader import checks
from grader.checks import CheckFailure
from grader.checks.failure import percent
from tests.cases import examples

RNG = np.random.default_rng(12)
CDF = np.vectorize(lambda t: 0.5 * math.erfc(-t / math.sqrt(2)))


def passes(check: Callable[..., Any], *arguments: Any, **options: Any) -> bool:
    try:
        check(*arguments, name="W", **options)
    except CheckFailure as failure:
        return failure.kind != "randomness"
    return True


def numbers_with(waves: Callable[[Any], Any], share: float, count: int = 100_000) -> Any:
    """Numbers, evenly spread over their distribution: a bell of which a share goes in waves."""
    places = np.linspace(-8, 8, 100_001)
    density = np.exp(-(places**2) / 2)
    mean = np.sum(density * waves(places)) / np.sum(density)
    levels = np.cumsum(density * (1 + share * (waves(places) - mean)))
    return np.interp((np.arange(count) + 0.5) / count, levels / levels[-1], places)


@pytest.mark.parametrize(
    ("waves", "share"),
    [
        (lambda t: np.cos(2 * t), 0.055),
        (lambda t: np.cos(3 * t), 0.055),
        (lambda t: np.cos(0.6 * t) - 0.51 * np.cos(1.2 * t) + 0.09 * np.cos(1.8 * t), 0.65),
    ],
    ids=["twice", "three times", "kurtosis"],
)
def test_a_bell_with_ripples_is_none_though_its_levels_and_its_tails_are_right(
    waves: Callable[[Any], Any], share: float
) -> None:
    assert passes(checks.bell, numbers_with(waves, 0.0))
    rippled = numbers_with(waves, share)
    assert passes(checks.distribution, rippled, CDF)
    assert passes(checks.bell, numbers_with(waves, share / 8))
    for own in (rippled, -rippled.reshape(400, -1)):
        with pytest.raises(CheckFailure, match=r"^W is not distributed normally\.$"):
            checks.bell(own, name="W")


@examples(15)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0.02, 1.0, 300.0]), st.sampled_from([0.0, -7.5]))
def test_normal_numbers_of_any_mean_and_spread(seed: int, std: float, mean: float) -> None:
    own = np.random.default_rng(seed).normal(mean, std, (40, 50))
    for check in (checks.normal, checks.spread):
        assert passes(check, own, std, mean=mean)
        assert passes(check, own.astype(np.float32), std, mean=mean)
        assert not passes(check, own, std, mean=mean + std)
        assert not passes(check, own, 2 * std, mean=mean)
        assert not passes(check, own, std / 2, mean=mean)
    z = checks.standardised(own, std, mean=mean)
    np.testing.assert_allclose(z, (own - mean) / std)
    # A wrong spread or mean costs its own test case; here the numbers are taken by their own.
    for wrong in (checks.standardised(own, 3 * std, mean=mean), checks.standardised(own, std,
                  mean=mean + std)):  # fmt: skip
        assert (wrong.mean(), wrong.std()) == (pytest.approx(0, abs=1e-9), pytest.approx(1))


def test_numbers_that_are_all_the_same_have_no_spread_to_go_by() -> None:
    np.testing.assert_array_equal(checks.standardised(np.full((3, 4), 7.0), 1.0), np.zeros((3, 4)))


@pytest.mark.parametrize(("own", "fresh"), [
    (RNG.standard_normal((50, 40)), True),
    # Few kinds of numbers come again by chance, in one call and the next.
    (np.round(RNG.standard_normal((50, 40)), 1), True),
    (RNG.integers(0, 2, (50, 200)).astype(float), True),
    (np.repeat(RNG.standard_normal((50, 20)), 2, axis=1), True),
    # All numbers of a call are new to it, but the calls draw from one supply.
    (np.array([RNG.permutation(np.arange(40.0)) for _ in range(50)]), False),
    (np.array([RNG.permutation(60)[:40] for _ in range(50)]) + 0.5, False),
], ids=["normal", "rounded", "coins", "each twice", "another order", "from a supply"])  # fmt: skip
def test_numbers_that_come_again_in_other_calls(own: Any, fresh: bool) -> None:
    assert passes(checks.fresh_draws, own) == fresh


def neighbours(own: Any) -> Any:
    """The second of each pair of neighbours is much like the first."""
    own[..., 1::2] = 0.6 * own[..., ::2] + 0.8 * own[..., 1::2]
    return own


def halves(own: Any) -> Any:
    own[..., 10:] = 0.6 * own[..., :10] + 0.8 * own[..., 10:]
    return own


def mirrored(own: Any) -> Any:
    own[..., 10:] = 0.6 * own[..., 9::-1] + 0.8 * own[..., 10:]
    return own


def calls_in_pairs(own: Any) -> Any:
    own[1::2] = 0.6 * own[::2] + 0.8 * own[1::2]
    return own


def calls_far_apart(own: Any) -> Any:
    half = len(own) // 2
    own[half:] = 0.6 * own[:half] + 0.8 * own[half:]
    return own


def calls_far_apart_backwards(own: Any) -> Any:
    half = len(own) // 2
    own[half:] = 0.6 * own[:half, ..., ::-1] + 0.8 * own[half:]
    return own


def rows_of_one_sign(own: Any) -> Any:
    return np.abs(own) * np.where(RNG.random((len(own), 1)) < 0.5, -1, 1)


def larger_calls(own: Any) -> Any:
    size = np.where(np.arange(len(own)) % 2, 1.25, math.sqrt(2 - 1.25**2))
    return own * size[:, None]


def common_mean(own: Any) -> Any:
    return 0.9 * own + math.sqrt(1 - 0.81) * RNG.standard_normal((len(own), 1))


@pytest.mark.parametrize(
    ("tie", "told"),
    [
        (neighbours, "within the calls depend"),
        (halves, "within the calls depend"),
        (mirrored, "within the calls depend"),
        (calls_in_pairs, "the calls depend on each other"),
        (calls_far_apart, "the calls depend on each other"),
        (calls_far_apart_backwards, "the calls depend on each other"),
        (rows_of_one_sign, "of the calls do not vary|in the calls do not vary|within the calls"),
        (larger_calls, "the spreads of the calls do not vary"),
        (common_mean, "means of the calls|within the calls"),
    ],
)
def test_what_ties_numbers_together_is_told(tie: Callable[[Any], Any], told: str) -> None:
    """Each number by itself is normal; another seed, so that no case rests on its luck."""
    for seed in range(2):
        own = np.random.default_rng(seed).standard_normal((400, 20))
        checks.independent_draws(own.copy(), name="W")
        with pytest.raises(CheckFailure, match=told):
            checks.independent_draws(tie(own), name="W")


@pytest.mark.parametrize(("low", "high", "edge", "inside"), [
    (-2.0, 3.0, -2.0, True), (-2.0, 3.0, 3.0, True), (-2.0, 3.0, 3.0 + 1e-6, True),
    (-2.0, 3.0, -2.0 - 1e-6, True), (-2.0, 3.0, 3.001, False), (-2.0, 3.0, -2.001, False),
    (0.0, 1.0, -1e-9, False), (0.0, 1.0, 0.0, True), (0.0, 1.0, 1.0, True),
])  # fmt: skip
def test_the_ends_of_a_range_belong_to_it(
    low: float, high: float, edge: float, inside: bool
) -> None:
    own = low + (high - low) * RNG.random(500)
    own[37] = edge
    assert passes(checks.uniform, own, low, high) == inside


def test_a_share_is_told_with_one_digit() -> None:
    assert [percent(share) for share in (0.0, 1.0, 1 / 3, 0.295)] == [
        "0 %", "100 %", "33.3 %", "29.5 %",
    ]  # fmt: skip
