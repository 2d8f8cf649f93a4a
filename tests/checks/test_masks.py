"""Dropout masks: any correct way to draw passes, every catalogued mistake is seen."""

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
from grader.checks.randomness import surprise
from tests.cases import examples

SHAPE = (20, 30)
X = checks.mask_inputs(SHAPE)
Draw = Callable[[Any], Any]


def observed(draw: Draw, *, x: Any = X, calls: int = 200) -> Any:
    return checks.masks(lambda x: x * draw(x.shape), x, name="forward", calls=calls)


def all_checks(seen: Any, ratio: float) -> None:
    checks.drop_rate(seen, ratio, name="forward")
    checks.independent(seen, name="forward")
    checks.fresh(seen, name="forward")


def loops(ratio: float) -> Draw:
    source = random.Random(7)
    return lambda shape: np.array(
        [[source.random() >= ratio for _ in range(shape[1])] for _ in range(shape[0])]
    )


def correct(ratio: float) -> dict[str, Draw]:
    old = np.random.RandomState(7)
    new = np.random.default_rng(7)
    return {
        "rand": lambda s: old.rand(*s) > ratio,
        "random": lambda s: new.random(s) >= ratio,
        "uniform": lambda s: old.uniform(size=s) < 1 - ratio,
        "float32": lambda s: new.random(s, dtype=np.float32) > ratio,
        "binomial": lambda s: old.binomial(1, 1 - ratio, s),
        "choice": lambda s: old.choice([0.0, 1.0], size=s, p=[ratio, 1 - ratio]),
        "randint": lambda s: old.randint(0, 1000, s) >= 1000 * ratio,
        "loops": loops(ratio),
        "columns": lambda s: np.stack([new.random(s[0]) > ratio for _ in range(s[1])], axis=1),
        "new generator": lambda s: np.random.default_rng().random(s) > ratio,
    }


@pytest.mark.parametrize("ratio", [0.3, 0.5, 0.8])
@pytest.mark.parametrize("how", correct(0.5))
def test_correct_ways_to_draw(how: str, ratio: float) -> None:
    all_checks(observed(correct(ratio)[how]), ratio)


@examples(40)
@given(
    st.integers(0, 2**32 - 1),
    st.floats(0.02, 0.98),
    st.lists(st.integers(1, 7), min_size=1, max_size=3),
    st.integers(2, 70),
)
def test_no_size_number_of_calls_or_ratio_rejects_a_correct_student(
    seed: int, ratio: float, shape: list[int], calls: int
) -> None:
    rng = np.random.default_rng(seed)
    seen = rng.random((calls, *shape)) >= ratio
    checks.drop_rate(seen, ratio, name="forward")
    if seen.any() and not seen.all():
        checks.independent(seen, name="forward")
        checks.fresh(seen, name="forward")


def wrong_rates(ratio: float) -> dict[str, Draw]:
    rng = np.random.default_rng(7)
    return {
        "swapped": lambda s: rng.random(s) < ratio,
        "half": lambda s: rng.random(s) < 0.5,
        "randn": lambda s: rng.standard_normal(s) > ratio,
        "randn swapped": lambda s: rng.standard_normal(s) < ratio,
        "a little off": lambda s: rng.random(s) > ratio + 0.015,
        "all kept": lambda s: np.ones(s),
        "all dropped": lambda s: np.zeros(s),
    }


@pytest.mark.parametrize("ratio", [0.3, 0.8])
@pytest.mark.parametrize("how", wrong_rates(0.3))
def test_wrong_rates_lose_the_rate_and_not_the_independence(how: str, ratio: float) -> None:
    seen = observed(wrong_rates(ratio)[how])
    with pytest.raises(CheckFailure, match="rate") as caught:
        checks.drop_rate(seen, ratio, name="forward")
    assert caught.value.kind == "randomness"
    if how.startswith("all "):
        with pytest.raises(CheckFailure, match=r"drops (nothing|everything)"):
            checks.independent(seen, name="forward")
    else:
        checks.independent(seen, name="forward")
        checks.fresh(seen, name="forward")


def exactly(ratio: float, shape: tuple[int, int], axis: int | None) -> Any:
    rng = np.random.default_rng()
    kept = np.ones(shape)
    if axis is None:
        kept.ravel()[: round(ratio * kept.size)] = 0
        return rng.permutation(kept.ravel()).reshape(shape)
    np.moveaxis(kept, axis, 0)[: round(ratio * shape[axis])] = 0
    return rng.permuted(kept, axis=axis)


def dependent(ratio: float) -> dict[str, Draw]:
    rng = np.random.default_rng(7)

    def walk(s: Any) -> Any:
        """Repeat the neighbour's fate one time in ten."""
        mask = rng.random(s) > ratio
        again = rng.random(s) < 0.1
        for j in range(1, s[1]):
            mask[:, j] = np.where(again[:, j], mask[:, j - 1], mask[:, j])
        return mask

    def mirror(s: Any) -> Any:
        half = rng.random((s[0] // 2, s[1])) > ratio
        return np.vstack([half, half[::-1]])

    return {
        "one for each row": lambda s: rng.random((s[0], 1)) > ratio,
        "one for each column": lambda s: rng.random(s[1]) > ratio,
        "one for the batch": lambda s: np.full(s, rng.random() > ratio),
        "blocks": lambda s: np.kron(rng.random((s[0] // 2, s[1] // 2)) > ratio, np.ones((2, 2))),
        "two halves alike": lambda s: np.tile(rng.random((s[0] // 2, s[1])) > ratio, (2, 1)),
        "two halves opposite": lambda s: np.hstack([h := rng.random((s[0], s[1] // 2)) > 0.5, ~h]),
        "mirrored": mirror,
        "neighbours alike": walk,
        "exactly k": lambda s: exactly(ratio, s, None),
        "exactly k a row": lambda s: exactly(ratio, s, 1),
        "exactly k a column": lambda s: exactly(ratio, s, 0),
        "positions differ": lambda s: rng.random(s) > np.linspace(0.5, 1.5, s[1]) * ratio,
        "first row kept": lambda s: (rng.random(s) > ratio) | (np.arange(s[0])[:, None] == 0),
        "one entry kept": lambda s: (rng.random(s) > ratio) | (np.arange(600).reshape(s) == 99),
        "the rate differs between calls": lambda s: rng.random(s) > rng.choice([0.5, 1.5]) * ratio,
    }


@pytest.mark.parametrize("ratio", [0.3, 0.6])
@pytest.mark.parametrize("how", dependent(0.3))
def test_entries_that_hang_together_are_seen(how: str, ratio: float) -> None:
    with pytest.raises(CheckFailure) as caught:
        checks.independent(observed(dependent(ratio)[how]), name="forward")
    assert caught.value.kind == "randomness"


def stale(ratio: float) -> dict[str, Draw]:
    once = np.random.default_rng(7).random(SHAPE) > ratio
    few = [np.random.default_rng(k).random(SHAPE) > ratio for k in range(150)]
    rng = np.random.default_rng(8)
    last = [once]

    def partly(s: Any) -> Any:
        last[0] = np.where(rng.random(s) < 0.9, rng.random(s) > ratio, last[0])
        return last[0]

    return {
        "seeded": lambda s: np.random.RandomState(0).rand(*s) > ratio,
        "drawn once": lambda s: once,
        "from 150": lambda s: few[rng.integers(150)],
        "partly the last": partly,
    }


@pytest.mark.parametrize("how", stale(0.3))
def test_masks_used_again_are_seen(how: str) -> None:
    with pytest.raises(CheckFailure) as caught:
        checks.fresh(observed(stale(0.3)[how]), name="forward")
    assert caught.value.kind == "randomness"


def test_one_mask_alone_tells_nothing() -> None:
    for check in (checks.independent, checks.fresh):
        with pytest.raises(ValueError, match="draw more"):
            check(np.random.default_rng(0).random((1, 600)) > 0.3, name="forward")


def test_a_rate_close_to_1_leaves_equal_masks_possible() -> None:
    rng = np.random.default_rng(0)
    checks.fresh(rng.random((200, 3)) > 0.9, name="forward")


def test_surprise_bounds_the_binomial_tail_at_its_edge() -> None:
    """Compare with the exact tail: never smaller, and not wasteful."""
    for n, p in [(50, 0.3), (600, 0.5), (3000, 0.8)]:
        k = np.arange(n + 1)
        logs = np.array([math.lgamma(i + 1) for i in range(n + 1)])
        pmf = np.exp(logs[n] - logs - logs[::-1] + k * math.log(p) + (n - k) * math.log(1 - p))
        above = np.cumsum(pmf[::-1])[::-1]
        below = np.cumsum(pmf)
        bound = np.exp(-surprise(k, n, p, p))
        tail = np.where(k >= n * p, above, below)
        assert (tail <= bound * (1 + 1e-9)).all()
        assert (bound[k != round(n * p)] < 10 * n * tail[k != round(n * p)] + 1e-300).all()


def test_the_rate_is_rejected_just_where_the_bound_says() -> None:
    n = 10_000
    limit = math.log(2 / checks.RISK)
    kept = np.ones(n, dtype=bool)
    first = next(k for k in range(3000, n) if surprise(k, n, 0.3, 0.3) > limit)
    kept[: first - 1] = False
    checks.drop_rate(kept.reshape(10, -1), 0.3, name="forward")
    kept[first - 1] = False
    with pytest.raises(CheckFailure):
        checks.drop_rate(kept.reshape(10, -1), 0.3, name="forward")


# -- reading a mask --------------------------------------------------------


@given(st.lists(st.integers(1, 5), min_size=1, max_size=3), st.integers(0, 99))
def test_a_mask_is_read_from_what_forward_returns(shape: list[int], seed: int) -> None:
    x = checks.mask_inputs(tuple(shape), seed=seed)
    mask = np.random.default_rng(seed).random(shape) > 0.4
    for own in (
        x * mask,
        (x * mask).astype(np.float32),
        np.asfortranarray(x * mask),
        -0.0 + x * mask,
    ):
        np.testing.assert_array_equal(checks.mask_of(x, own, name="out"), mask)
    scaled = checks.mask_of(x, x * mask / 0.6, name="out", scale=1 / 0.6)
    np.testing.assert_array_equal(scaled, mask)


@pytest.mark.parametrize(
    ("spoil", "kind"),
    [
        (lambda out: 2 * out, "value"),
        (lambda out: -out, "value"),
        (lambda out: out / 0.7, "value"),
        (lambda out: out * (1 + 3e-5), "value"),
        (lambda out: out + 1e-3, "value"),
        (lambda out: np.where(out == 0, np.nan, out), "finite"),
        (lambda out: out.ravel(), "shape"),
        (lambda out: out.T, "shape"),
        (lambda out: out != 0, "kind"),
        (lambda out: None, "kind"),
    ],
)
def test_what_is_no_masked_input(spoil: Any, kind: str) -> None:
    out = X * (np.random.default_rng(0).random(SHAPE) > 0.3)
    with pytest.raises(CheckFailure) as caught:
        checks.mask_of(X, spoil(out), name="out")
    assert caught.value.kind == kind


def test_an_input_that_would_hide_the_mask_is_refused() -> None:
    for x in (np.array([1.0, 0.0]), np.array([1.0, 1e-6]), np.empty(0)):
        with pytest.raises(ValueError, match="another x"):
            checks.mask_of(x, x, name="out")


def test_inputs_are_distinct_and_far_from_zero() -> None:
    x = checks.mask_inputs((50, 40), seed=3)
    assert len(np.unique(np.abs(x))) == x.size
    assert 1 <= np.abs(x).min() <= np.abs(x).max() <= 2
    assert (x < 0).any()
    np.testing.assert_array_equal(x, checks.mask_inputs((50, 40), seed=3))


def test_backward_uses_the_same_mask() -> None:
    mask = checks.mask_of(X, X * (X > 0), name="out")
    checks.same_mask(mask, mask.copy(), name="backward")
    other = mask.copy()
    other[2, 3] ^= True
    with pytest.raises(CheckFailure, match=r"backward does not use .*\[2, 3\]") as caught:
        checks.same_mask(mask, other, name="backward")
    assert caught.value.where == (2, 3)


def test_each_forward_gets_a_fresh_copy_of_the_input() -> None:
    def forward(x: Any) -> Any:
        x[...] *= np.random.default_rng().random(x.shape) > 0.3
        return x

    assert checks.masks(forward, X, name="forward", calls=3).shape == (3, *SHAPE)
