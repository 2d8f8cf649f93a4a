"""Draws that are each by itself and anew: any generator passes, what belongs together does not."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader import checks
from grader.checks import CheckFailure
from tests.cases import examples

SHAPE = (100, 6, 5)  # of calls; one call alone is as large as a layer
LARGE = (1, 300, 200)
Generator = np.random.Generator


@pytest.fixture
def rng() -> Generator:
    return np.random.default_rng(20)


def pick(shape: tuple[int, ...]) -> Any:
    source = random.Random(5)
    return np.array([source.gauss(0.0, 1.0) for _ in range(math.prod(shape))]).reshape(shape)


@examples(10)
@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from([(100, 6, 5), (90, 1, 3), (90, 3, 1), (1, 60, 40), (100, 70), (60, 4, 4)]),
)
def test_independent_numbers(seed: int, shape: tuple[int, ...]) -> None:
    own = np.random.default_rng(seed).standard_normal(shape)
    checks.independent_draws(own, name="W")
    checks.independent_draws(own.astype(np.float32).astype(float), name="W")


@pytest.mark.parametrize("draw", [lambda s: np.random.RandomState(3).randn(*s), pick])
def test_numbers_of_any_generator(draw: Callable[[Any], Any]) -> None:
    checks.independent_draws(draw(SHAPE), name="W")
    checks.fresh_draws(draw(SHAPE), name="W")


def rescaled(g: Generator) -> Any:
    own = g.standard_normal(SHAPE)
    return own / own.std(axis=(1, 2), keepdims=True)


def centred(g: Generator) -> Any:
    own = g.standard_normal(SHAPE)
    return own - own.mean(axis=(1, 2), keepdims=True)


def orthogonal(g: Generator) -> Any:
    return np.array([math.sqrt(6) * np.linalg.qr(m)[0] for m in g.standard_normal(SHAPE)])


def one_large_orthogonal(g: Generator) -> Any:
    return math.sqrt(300) * np.linalg.qr(g.standard_normal(LARGE))[0]


def columns_twice(g: Generator) -> Any:
    return np.tile(g.standard_normal((1, 300, 100)), (1, 1, 2))


def rows_and_their_opposites(g: Generator) -> Any:
    half = g.standard_normal((1, 150, 200))
    return np.concatenate([half, -half], axis=1)


def symmetric(g: Generator) -> Any:
    own = g.standard_normal((100, 6, 6))
    return (own + np.moveaxis(own, 2, 1)) / math.sqrt(2)


def one_number_a_row(g: Generator) -> Any:
    return g.standard_normal((100, 6, 1)) * np.ones(SHAPE)


def later_columns_are_larger(g: Generator) -> Any:
    return g.standard_normal(LARGE) * np.linspace(0.8, 1.2, 200)


def the_first_entry_is_zero(g: Generator) -> Any:
    own = g.standard_normal(SHAPE)
    own[:, 0, 0] = 0.0
    return own


def ascending(g: Generator) -> Any:
    return np.sort(g.standard_normal((100, 60)), axis=1)


def grid(g: Generator) -> Any:
    levels = (np.arange(60) + 0.5) / 60
    return np.array([g.permutation(checks.scores(levels, lambda u: u)) for _ in range(100)])


def one_of_each_stratum(g: Generator) -> Any:
    levels = (np.arange(60) + g.random((100, 60))) / 60
    return np.array([g.permutation(row) for row in checks.scores(levels, lambda u: u)])


def every_other_is_the_opposite(g: Generator) -> Any:
    own = g.standard_normal(SHAPE)
    own[1::2] = -own[::2]
    return own


def zeros(g: Generator) -> Any:
    return np.zeros(SHAPE)


@pytest.mark.parametrize(
    "draw",
    [
        rescaled,
        centred,
        orthogonal,
        one_large_orthogonal,
        columns_twice,
        rows_and_their_opposites,
        symmetric,
        one_number_a_row,
        later_columns_are_larger,
        the_first_entry_is_zero,
        ascending,
        grid,
        one_of_each_stratum,
        every_other_is_the_opposite,
        zeros,
    ],
)
def test_numbers_that_are_not_drawn_one_by_one(draw: Callable[[Any], Any], rng: Generator) -> None:
    with pytest.raises(CheckFailure) as caught:
        checks.independent_draws(draw(rng), name="W")
    assert caught.value.kind == "randomness"


@pytest.mark.parametrize(
    "draw",
    [
        lambda g: 3.0 * g.standard_normal(SHAPE) + 1.0,
        lambda g: g.random(SHAPE),
        lambda g: np.sign(g.standard_normal(SHAPE)),
        lambda g: np.tile(g.standard_normal((1, 40, 30)), (100, 1, 1)),
    ],
)
def test_another_distribution_or_equal_calls_are_charged_elsewhere(
    draw: Callable[[Any], Any], rng: Generator
) -> None:
    checks.independent_draws(draw(rng), name="W")


def test_whole_numbers_and_other_distributions_are_looked_at_as_normal_ones(rng: Generator) -> None:
    units = rng.integers(3, 9, (100, 50))
    checks.independent_draws(checks.whole_scores(units.astype(float), 3, 8), name="units")
    with pytest.raises(CheckFailure):
        checks.independent_draws(checks.whole_scores(np.sort(units, axis=1), 3, 8), name="units")
    rates = 10 ** rng.uniform(-4, -1, (100, 50))
    own = checks.scores(rates, lambda r: np.log(r / 1e-4) / math.log(1e3))
    checks.spread(own, 1.0, name="rate")
    checks.independent_draws(own, name="rate")


def test_fresh_numbers(rng: Generator) -> None:
    checks.fresh_draws(rng.standard_normal(SHAPE), name="W")
    checks.fresh_draws(rng.standard_normal(SHAPE).astype(np.float32), name="W")
    checks.fresh_draws(rng.random(SHAPE), name="W")
    checks.fresh_draws(rng.integers(0, 10, (100, 40)), name="units", kinds=10)


def half_of_it_stays(g: Generator) -> Any:
    own = g.standard_normal(SHAPE)
    own[:, :3] = own[0, :3]
    return own


def from_a_stream_that_is_not_used_up(g: Generator) -> Any:
    stream = g.standard_normal(2000)
    return np.array([stream[n : n + 30] for n in range(0, 1000, 10)]).reshape(SHAPE)


@pytest.mark.parametrize(
    ("draw", "said"),
    [
        (lambda g: np.tile(g.standard_normal((1, 6, 5)), (100, 1, 1)), "same numbers at every"),
        (lambda g: np.tile(g.standard_normal((5, 6, 5)), (20, 1, 1)), "only 5 different arrays"),
        (half_of_it_stays, "in another call"),
        (from_a_stream_that_is_not_used_up, "in another call"),
    ],
)
def test_numbers_that_come_again(draw: Callable[[Any], Any], said: str, rng: Generator) -> None:
    with pytest.raises(CheckFailure, match=said):
        checks.fresh_draws(draw(rng), name="W")


def test_numbers_that_come_again_within_a_call_only_are_fresh(rng: Generator) -> None:
    checks.fresh_draws(one_number_a_row(rng), name="W")


def test_calls_that_may_be_equal_by_chance_say_nothing(rng: Generator) -> None:
    with pytest.raises(ValueError, match="draw more"):
        checks.fresh_draws(rng.integers(0, 10, (100, 5)), name="units", kinds=10)


def test_false_rejections_are_as_rare_as_was_asked_for(rng: Generator) -> None:
    rejected = 0
    for _ in range(200):
        try:
            checks.independent_draws(rng.standard_normal((50, 4, 3)), name="W", risk=0.05)
        except CheckFailure:
            rejected += 1
    assert rejected <= 10


def test_what_is_sorted_depends_on_itself_not_on_other_calls(rng: Generator) -> None:
    own = np.sort(rng.standard_normal((100, 40)), axis=1)
    with pytest.raises(CheckFailure, match="the numbers within the calls depend on each other"):
        checks.independent_draws(own, name="W")
