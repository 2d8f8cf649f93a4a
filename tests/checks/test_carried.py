"""Error carried forward: for an honest wrong forward, not for one that cannot be believed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from grader import checks
from grader.checks import CheckFailure, CheckWarning

X = np.array([0.5, -1.2, 2.0, 0.3])
Y = np.array([1.0, 0.2, -0.7, 0.4])
W = np.array([0.8, -1.3])


def loss(w: Any) -> Any:
    return np.mean((X * w[0] * w[1] - Y) ** 2)


def slope(w: Any) -> Any:
    error = np.mean(2 * (X * w[0] * w[1] - Y) * X)
    return np.array([error * w[1], error * w[0]])


def remembering() -> Callable[[Any], Any]:
    """Return a function that gives the mean of all that it was ever asked."""
    seen: list[Any] = []

    def f(w: Any) -> Any:
        seen.append(loss(w))
        return float(np.mean(seen))

    return f


def first_only() -> Callable[[Any], Any]:
    """Return a function that gives for ever what it was first asked."""
    seen: list[Any] = []

    def f(w: Any) -> Any:
        seen.append(loss(w))
        return seen[0]

    return f


@pytest.mark.parametrize(
    "f",
    [
        loss,
        lambda w: 0.5 * loss(w),
        lambda w: X * w[0] * w[1],
        lambda w: (X * w[0] * w[1]).tolist(),
        lambda w: np.float32(loss(w)),
        lambda w: np.array([loss(w)]),
        lambda w: w[0] + w[1],
    ],
)
def test_honest_functions_are_believed(f: Any) -> None:
    assert checks.carried(f, W)


@pytest.mark.parametrize(
    "f",
    [
        lambda w: 3.0,
        lambda w: 0.0,
        lambda w: 0.0 * loss(w),
        lambda w: w[0] ** 2,
        lambda w: w[0] + 1e-12 * w[1],
        lambda w: np.nan,
        lambda w: np.inf,
        lambda w: None,
        lambda w: "1",
        lambda w: w[5],
        lambda w: 1 / 0,
        remembering(),
        first_only(),
        lambda w: np.random.default_rng().random() * loss(w),
    ],
)
def test_others_are_not(f: Any) -> None:
    assert not checks.carried(f, W)


def test_several_arrays_and_a_scalar_weight() -> None:
    def f(V: Any, b: Any) -> Any:
        return np.tanh(X @ V + b)

    V = np.linspace(-1, 1, 12).reshape(4, 3)
    assert checks.carried(f, V, 0.5)
    assert not checks.carried(lambda V, b: f(V, 0.5), V, 0.5)
    assert not checks.carried(lambda V, b: f(V[:, :1], b), V, 0.5)


def test_a_layer_that_shift_and_scale_leave_alone_is_believed() -> None:
    def normalise(x: Any) -> Any:
        return (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + 1e-7)

    assert checks.carried(normalise, np.random.default_rng(0).normal(size=(6, 3)))


def test_weights_on_which_the_reference_does_not_depend_are_left_out() -> None:
    def dead(w: Any) -> Any:
        return np.maximum(w[0], 0) + np.maximum(w[1], 0)

    assert not checks.carried(lambda w: 2 * dead(w), W)
    assert checks.carried(lambda w: 2 * dead(w), W, reference=dead)
    assert not checks.carried(lambda w: 2 * dead(w), np.array([0.8, 1.3, 0.1]), reference=np.sum)


def test_the_function_gets_copies() -> None:
    def f(w: Any) -> Any:
        result = loss(w)
        w[...] = 0
        return result

    mine = W.copy()
    assert checks.carried(f, mine)
    np.testing.assert_array_equal(mine, W)


def test_large_arrays_cost_a_bounded_number_of_calls() -> None:
    calls = 0

    def f(w: Any) -> Any:
        nonlocal calls
        calls += 1
        return np.sum(np.sin(w))

    assert checks.carried(f, np.linspace(0, 1, 10_000))
    assert calls < 80


def test_the_graders_own_errors_pass_through() -> None:
    class LostError(Exception):
        pass

    def f(w: Any) -> Any:
        raise LostError

    with pytest.raises(LostError):
        checks.carried(f, W)


def test_the_right_gradient_passes_without_a_word() -> None:
    def never(w: Any) -> Any:
        raise AssertionError

    checks.gradient_or_carried(never, W, slope(W), slope(W), name="dw")


def test_right_for_the_own_wrong_loss_passes_with_a_warning() -> None:
    with pytest.warns(CheckWarning, match="your own forward"):
        checks.gradient_or_carried(lambda w: 0.5 * loss(w), W, 0.5 * slope(W), slope(W), name="dw")


@pytest.mark.parametrize(
    ("own", "analytic"),
    [
        (loss, 0.5 * slope(W)),  # a right forward, a wrong backward
        (lambda w: 0.5 * loss(w), 2 * slope(W)),  # both wrong, each in its way
        (lambda w: 7.0, np.zeros(2)),  # a constant
        (lambda w: 0 * loss(w), np.zeros(2)),
        (lambda w: w[0], np.array([1.0, 0.0])),  # a weight is missing
        (remembering(), slope(W) / 2),
        (lambda w: None, np.zeros(2)),
        (lambda w: 0.5 * loss(w), np.array([np.nan, 1.0])),
    ],
)
def test_what_carries_nothing_fails_as_the_first_check_did(own: Any, analytic: Any) -> None:
    with pytest.raises(CheckFailure) as caught:
        checks.gradient_or_carried(own, W, analytic, slope(W), name="dw")
    assert caught.value.kind in ("value", "finite")
    assert str(caught.value).startswith("dw[")


def test_a_wrong_shape_is_never_carried() -> None:
    with pytest.raises(CheckFailure) as caught:
        checks.gradient_or_carried(loss, W, np.ones((1, 2)), slope(W), name="dw")
    assert caught.value.kind == "shape"


def test_a_forward_that_changes_while_it_is_checked_carries_nothing() -> None:
    calls = 0

    def f(w: Any) -> Any:
        nonlocal calls
        calls += 1
        return 0.5 * loss(w) + (0.5 if calls > 20 else 0.0)

    with pytest.raises(CheckFailure):
        checks.gradient_or_carried(f, W, 0.5 * slope(W), slope(W), name="dw")


def test_layers() -> None:
    x = np.linspace(-1, 1, 12).reshape(4, 3)
    dout = np.cos(np.arange(12.0)).reshape(4, 3)
    with pytest.warns(CheckWarning):
        checks.vjp_or_carried(
            lambda x: np.tanh(2 * x),
            x,
            dout,
            2 * dout / np.cosh(2 * x) ** 2,
            dout / np.cosh(x) ** 2,
            name="dx",
        )
    with pytest.raises(CheckFailure, match=r"dx\[0, 0\]"):
        checks.vjp_or_carried(
            lambda x: np.tanh(2 * x), x, dout, dout, dout / np.cosh(x) ** 2, name="dx"
        )
