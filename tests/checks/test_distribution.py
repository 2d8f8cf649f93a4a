"""Random numbers by their distribution: any generator passes, wrong laws do not."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader import checks
from grader.checks import CheckFailure, CheckWarning
from tests.cases import examples

N_IN, N_OUT = 400, 100
HE = math.sqrt(2 / N_IN)


@examples(15)
@given(st.integers(0, 2**32 - 1), st.integers(1, 20_000), st.sampled_from([1e-3, 1.0, 50.0]))
def test_normal_numbers(seed: int, n: int, std: float) -> None:
    own = std * np.random.default_rng(seed).standard_normal(n)
    checks.normal(own, std, name="W")
    checks.normal(own.astype(np.float32).reshape(1, n), std, name="W")
    checks.normal(own + 3.0, std, name="W", mean=3.0)


@pytest.mark.parametrize(
    "draw",
    [
        lambda g: g.normal(size=(N_IN, N_OUT)) * 2 / N_IN,
        lambda g: g.normal(size=(N_IN, N_OUT)) * math.sqrt(2 / N_OUT),
        lambda g: g.normal(size=(N_IN, N_OUT)) * math.sqrt(1 / N_IN),
        lambda g: g.normal(size=(N_IN, N_OUT)) * math.sqrt(2 / N_IN + N_OUT),
        lambda g: g.normal(size=(N_IN, N_OUT)) * math.sqrt(3 / (N_IN + N_OUT)),
        lambda g: g.normal(size=(N_IN, N_OUT)) * HE * 1.05,
        lambda g: g.normal(size=(N_IN, N_OUT)) * HE + 0.05 * HE,
        lambda g: np.zeros((N_IN, N_OUT)),
        lambda g: np.full((N_IN, N_OUT), HE),
        lambda g: g.random((N_IN, N_OUT)) * HE,
        lambda g: g.uniform(-1, 1, (N_IN, N_OUT)) * HE * math.sqrt(3),
        lambda g: np.tile(g.normal(size=(1, N_OUT)) * HE, (N_IN, 1)),
        lambda g: np.sign(g.normal(size=(N_IN, N_OUT))) * HE,
    ],
)
def test_wrong_initialisations(draw: Any) -> None:
    with pytest.raises(CheckFailure) as caught:
        checks.normal(draw(np.random.default_rng(1)), HE, name="W")
    assert caught.value.kind == "randomness"


@pytest.mark.parametrize("cut", [2.0, 3.0, 4.0])
def test_a_bell_that_is_cut_off_is_none_even_with_the_right_spread(cut: float) -> None:
    own = np.random.default_rng(1).standard_normal(420_000)
    checks.bell(own, name="W")
    own = own[np.abs(own) < cut]
    with pytest.raises(CheckFailure, match="normal"):
        checks.bell(own / own.std(), name="W")


def test_a_sum_of_uniform_numbers_is_no_bell() -> None:
    own = np.random.default_rng(1).random((12, 400_000)).sum(axis=0) - 6.0
    checks.spread(own, 1.0, name="W")
    with pytest.raises(CheckFailure, match="for a normal distribution that is too few"):
        checks.bell(own, name="W")


def test_a_wrong_spread_costs_nothing_where_only_the_shape_is_asked_for() -> None:
    own = 3.0 * np.random.default_rng(1).standard_normal(10_000) + 1.0
    with pytest.raises(CheckFailure, match=r"has the mean 0\.967"):
        checks.spread(own, 3.0, name="W")
    with pytest.raises(CheckFailure, match=r"has the standard deviation 2\.9"):
        checks.spread(own - 1.0, 1.0, name="W")
    checks.bell(checks.standardised(own, 1.0), name="W")


@examples(15)
@given(st.integers(0, 2**32 - 1), st.integers(1, 20_000))
def test_uniform_and_log_uniform_numbers(seed: int, n: int) -> None:
    u = np.random.default_rng(seed).random(n)
    checks.uniform(2 * u - 3, -3.0, -1.0, name="x")
    checks.log_uniform(10 ** (-4 + 3 * u), 1e-4, 1e-1, name="rate")
    checks.log_uniform(np.exp(u * math.log(1e3)) * 1e-4, 1e-4, 1e-1, name="rate")
    checks.log_uniform((10 ** (-4 + 3 * u)).astype(np.float32), 1e-4, 1e-1, name="rate")


@pytest.mark.parametrize(
    "draw",
    [
        lambda u: 1e-4 + u * (1e-1 - 1e-4),
        lambda u: 10 ** (1e-4 + u * (1e-1 - 1e-4)),
        lambda u: 10 ** (np.log(1e-4) + u * (np.log(1e-1) - np.log(1e-4))),
        lambda u: np.full_like(u, 1e-2),
        lambda u: 10 ** (-4 + 3 * u**1.3),
        lambda u: -(10 ** (-4 + 3 * u)),
        lambda u: 10 ** (-4.1 + 3 * u),
    ],
)
def test_rates_on_the_wrong_scale(draw: Any) -> None:
    with pytest.raises(CheckFailure) as caught:
        checks.log_uniform(draw(np.random.default_rng(1).random(10_000)), 1e-4, 1e-1, name="rate")
    assert caught.value.kind == "randomness"


def test_numbers_just_over_the_end_by_rounding_are_inside() -> None:
    u = np.random.default_rng(1).random(1000)
    own = 10 ** (-4 + 3 * u)
    own[0], own[1] = 1e-4 * (1 - 1e-7), 1e-1 * (1 + 1e-7)
    checks.log_uniform(own, 1e-4, 1e-1, name="rate")
    own[2] = 1e-4 * (1 - 1e-5)
    with pytest.raises(CheckFailure, match=r"rate\[2\] is 9.9999e-05, outside"):
        checks.log_uniform(own, 1e-4, 1e-1, name="rate")


@examples(15)
@given(st.integers(0, 2**32 - 1), st.integers(1, 5000), st.integers(1, 60))
def test_whole_numbers(seed: int, n: int, kinds: int) -> None:
    own = np.random.default_rng(seed).integers(50, 50 + kinds, n)
    checks.whole_numbers(own, 50, 50 + kinds - 1, name="units")


def test_whole_floats_warn() -> None:
    own = np.random.default_rng(0).integers(1, 4, 100).astype(float)
    with pytest.warns(CheckWarning):
        checks.whole_numbers(own, 1, 3, name="units")


@pytest.mark.parametrize(
    ("draw", "kind"),
    [
        (lambda g: g.integers(50, 100, 5000), "randomness"),  # the last one never comes
        (lambda g: g.integers(51, 101, 5000), "randomness"),
        (lambda g: g.integers(50, 102, 5000), "randomness"),
        (lambda g: g.uniform(50, 100, 5000), "kind"),
        (lambda g: np.full(5000, 75), "randomness"),
        (lambda g: (50 + 50 * g.random(5000) ** 2).astype(int), "randomness"),
    ],
)
def test_numbers_of_units_drawn_wrongly(draw: Any, kind: str) -> None:
    with pytest.raises(CheckFailure) as caught:
        checks.whole_numbers(draw(np.random.default_rng(1)), 50, 100, name="units")
    assert caught.value.kind == kind


def test_the_distance_is_rejected_just_where_the_bound_says() -> None:
    """Shift a perfectly even sample until its distance crosses the bound."""
    n = 10_000
    even = (np.arange(n) + 0.5) / n
    reach = math.sqrt(math.log(2 / checks.RISK) / (2 * n)) - 0.5 / n
    assert reach == pytest.approx(0.0327, abs=1e-4)
    for shift, passes in [(0.999 * reach, True), (1.001 * reach, False)]:
        try:
            checks.distribution(even + shift, lambda t: np.clip(t, 0, 1), name="x")
        except CheckFailure:
            assert not passes
        else:
            assert passes
