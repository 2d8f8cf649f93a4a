"""Closeness: the whole array's size decides, float32 passes, mistakes do not."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from grader import checks
from grader.checks import CheckFailure, CheckWarning, Tolerance
from grader.checks.compare import between

finite = st.floats(-1e100, 1e100)
shapes = hnp.array_shapes(max_dims=3, max_side=4)


@given(hnp.arrays(np.float64, shapes, elements=finite))
def test_the_right_values_pass_whatever_they_are(right: Any) -> None:
    np.testing.assert_array_equal(checks.value(right.copy(), right, name="x"), right)
    checks.value(np.asfortranarray(right), right, name="x")
    checks.value(right + 0.0, right, name="x", float32=False)


@given(hnp.arrays(np.float64, shapes, elements=st.floats(-1e3, 1e3)), st.floats(-10, 30))
def test_float32_results_pass_and_strictly_do_not(right: Any, exponent: float) -> None:
    right[(0,) * right.ndim] = 1.7
    right *= 10.0**exponent
    own = right.astype(np.float32)
    checks.value(own, right, name="x")
    if np.abs(own.astype(float) - right).max() > 1e-9 * np.abs(right).max():
        with pytest.raises(CheckFailure):
            checks.value(own, right, name="x", float32=False)


@pytest.mark.parametrize("size", [1.0, 1e-200, 1e200, 3e-310])
def test_the_edge_of_the_allowance(size: float) -> None:
    right = size * np.array([[1.0, -0.5], [1e-9, 0.25]])
    for where in np.ndindex(2, 2):
        for sign in (-1, 1):
            own = right.copy()
            own[where] += sign * 0.99e-5 * size
            checks.value(own, right, name="x")
            own[where] = right[where] + sign * 1.02e-5 * size
            with pytest.raises(CheckFailure) as caught:
                checks.value(own, right, name="x")
            assert (caught.value.kind, caught.value.where) == ("value", where)


def test_strict_comparison_allows_reordered_sums_and_no_more() -> None:
    right = np.array([1.0, 2.0])
    checks.value(right * (1 + 2e-13), right, name="x", float32=False)
    with pytest.raises(CheckFailure):
        checks.value(right * (1 + 3e-13), right, name="x", float32=False)


def test_a_tolerance_wider_than_the_allowance_is_used_to_its_edge() -> None:
    right = np.array([1.0, 2.0])
    tolerance = Tolerance(absolute=1e-3)
    checks.value(right + 0.99e-3, right, name="x", tolerance=tolerance)
    with pytest.raises(CheckFailure):
        checks.value(right + 1.01e-3, right, name="x", tolerance=tolerance)


def test_zeros_are_compared_on_the_scale_of_the_inputs() -> None:
    right = np.zeros(3)
    checks.value(right - 0.0, right, name="x")
    checks.value(np.array([0.0, -0.0, 1e-17]), right, name="x", float32=False)
    checks.value(np.full(3, 0.9e-2), right, name="x", tolerance=Tolerance(scale=1e3))
    with pytest.raises(CheckFailure):
        checks.value(np.full(3, 1.1e-2), right, name="x", tolerance=Tolerance(scale=1e3))


def test_numbers_that_are_only_rounding_count_as_zeros() -> None:
    tolerance = Tolerance(absolute=1e-14, scale=1.0)
    checks.value(np.array([3e-8]), np.array([2e-17]), name="x", tolerance=tolerance)
    with pytest.raises(CheckFailure):
        checks.value(np.array([3e-8]), np.array([2e-10]), name="x", tolerance=tolerance)


def test_an_elementwise_bound_comes_on_top() -> None:
    right = np.array([1.0, 1e-8])
    tolerance = Tolerance(elementwise=np.array([1e-4, 1e-12]))
    checks.value(right + np.array([0.9e-5, 0.9e-12]), right, name="x", tolerance=tolerance)
    with pytest.raises(CheckFailure, match=r"x\[1\]"):
        checks.value(right + np.array([0.0, 1.1e-12]), right, name="x", tolerance=tolerance)


def test_nan_is_wrong_even_where_nan_is_expected() -> None:
    both = np.array([1.0, np.nan])
    with pytest.raises(CheckFailure) as caught:
        checks.value(both, both, name="x")
    assert caught.value.kind == "finite"
    with pytest.raises(CheckFailure) as caught:
        checks.value(np.ones(2), both, name="x")
    assert caught.value.kind == "value"


def test_nan_and_infinity_are_compared_when_asked_for() -> None:
    right = np.array([1.0, np.nan, np.inf, -np.inf])
    checks.value(right.copy(), right, name="x", nan_equal=True)
    for where, wrong in [(0, np.nan), (1, 0.0), (2, -np.inf), (3, np.nan), (2, 1e300)]:
        own = right.copy()
        own[where] = wrong
        with pytest.raises(CheckFailure) as caught:
            checks.value(own, right, name="x", nan_equal=True)
        assert caught.value.where == (where,)


def test_integers_longdoubles_and_numpy_scalars_compare_by_value() -> None:
    checks.value(np.array([1, 2]), [1.0, 2.0], name="x")
    wide = checks.value(np.array([1, 2], dtype=np.longdouble), [1.0, 2.0], name="x")
    assert wide.dtype == np.longdouble
    assert checks.scalar(np.int64(3), 3.0, name="n") == 3.0


def test_another_shape_is_accepted_only_where_it_is_listed() -> None:
    row = np.arange(3.0).reshape(1, 3)
    assert checks.value(row, np.arange(3.0), name="mean", also=((1, 3),)).shape == (3,)
    with pytest.raises(CheckFailure, match="shape"):
        checks.value(row, np.arange(3.0), name="mean")
    with pytest.raises(CheckFailure, match=r"mean\[1\]"):
        checks.value(row, np.array([0.0, 9.0, 2.0]), name="mean", also=((1, 3),))


def test_an_expected_number_asks_for_a_number() -> None:
    assert checks.value(2.0, np.float64(2.0), name="loss").shape == ()
    with pytest.raises(CheckFailure, match="shape"):
        checks.value(np.full(2, 2.0), 2.0, name="loss")


@pytest.mark.parametrize("own", [1.5, np.float32(1.5), np.array(1.5), 1.5 + 1e-6])
def test_right_numbers(own: Any) -> None:
    assert checks.scalar(own, 1.5, name="loss") == pytest.approx(1.5, rel=1e-5)


@pytest.mark.parametrize("own", [1.5001, -1.5, 0, np.array(1.6)])
def test_wrong_numbers(own: Any) -> None:
    with pytest.raises(CheckFailure, match="loss is") as caught:
        checks.scalar(own, 1.5, name="loss")
    assert caught.value.kind == "value"
    assert caught.value.where == ()


def test_a_number_in_an_array_of_one_warns_and_is_still_compared() -> None:
    with pytest.warns(CheckWarning):
        checks.scalar(np.array([1.5]), 1.5, name="loss")
    with pytest.warns(CheckWarning), pytest.raises(CheckFailure):
        checks.scalar(np.array([1.6]), 1.5, name="loss")


def test_a_nan_number_when_asked_for() -> None:
    assert np.isnan(checks.scalar(np.nan, np.nan, name="loss", nan_equal=True))
    with pytest.raises(CheckFailure):
        checks.scalar(np.nan, np.nan, name="loss")
    with pytest.raises(CheckFailure):
        checks.scalar(1.0, np.nan, name="loss", nan_equal=True)


def test_the_message_holds_the_own_value_and_never_the_expected_one() -> None:
    own = np.array([[1.0, 2.0], [3.75, 4.0]])
    right = np.array([[1.0, 2.0], [7.125, 8.0]])
    with pytest.raises(CheckFailure) as caught:
        checks.value(own, right, name="dW")
    failure = caught.value
    assert str(failure) == "dW[1, 0] is 3.75, which is not right (2 of 4 entries are wrong)."
    assert (failure.actual, failure.expected) == ("3.75", "7.125")
    with pytest.raises(CheckFailure, match=r"\(1 of 4 entries is wrong\)"):
        checks.value(np.array([[1.0, 2.0], [3.75, 8.0]]), right, name="dW")


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("dx", "dx[0] is 0, "),
        ("params['W1']", "params['W1'][0] is 0, "),
        ("net.w1", "net.w1[0] is 0, "),
        ("After update 2, params['b']", "After update 2, params['b'][0] is 0, "),
        ("forward's output for 8 samples", "Entry [0] of forward's output for 8 samples is 0, "),
        ("forward, before any training,", "Entry [0] of forward, before any training, is 0, "),
    ],
)
def test_an_expression_is_indexed_and_a_phrase_has_entries(name: str, told: str) -> None:
    with pytest.raises(CheckFailure) as caught:
        checks.value(np.zeros(2), np.ones(2), name=name)
    assert str(caught.value).startswith(told)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("outs", "outs[1][0] is 0, "),
        ("forward in training", "Entry [0] of result 2 of forward in training is 0, "),
    ],
)
def test_one_of_several_is_indexed_or_counted(name: str, told: str) -> None:
    with pytest.raises(CheckFailure) as caught:
        between(
            (np.ones(2), np.zeros(2)),
            [(np.ones(2), np.ones(2))],
            name=name,
            tolerance=Tolerance(),
        )
    assert str(caught.value).startswith(told)


@given(st.floats(-1e6, 1e6), st.floats(1.0, 1e6))
def test_no_message_holds_the_expected_value(own: float, off: float) -> None:
    with pytest.raises(CheckFailure) as caught:
        checks.scalar(own, own + 1000 * off, name="loss")
    assert f"{own + 1000 * off:.6g}" not in str(caught.value).replace(f"{own:.6g}", "")


def test_failures_can_be_copied_and_pickled() -> None:
    failure = CheckFailure(
        "w is off.", kind="shape", name="w", where=(1,), actual="2", expected="3"
    )
    for other in (copy.copy(failure), pickle.loads(pickle.dumps(failure))):
        assert str(other) == "w is off."
        assert (other.kind, other.where, other.expected) == ("shape", (1,), "3")


def test_a_failure_fills_in_the_name_that_its_message_leaves_open() -> None:
    assert str(CheckFailure(checks.say("{name} is off."), name="w")) == "w is off."
    text = checks.say("{name} is off, {count} times.", name="All", count=2)
    assert str(CheckFailure(text, name="w")) == "All is off, 2 times."


def test_broadcasting_never_hides_a_wrong_shape() -> None:
    for bad in (np.ones((3, 1)), np.ones((1, 3)), np.ones((3, 3)), np.ones(1)):
        with pytest.raises(CheckFailure) as caught:
            checks.value(bad, np.ones(3), name="x")
        assert caught.value.kind == "shape"


def test_values_that_overflow_when_subtracted_are_wrong() -> None:
    with pytest.raises(CheckFailure):
        checks.value(np.array([-1.7e308]), np.array([1.7e308]), name="x")
