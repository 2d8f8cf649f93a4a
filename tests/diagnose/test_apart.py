"""How far results lie apart: what counts as the same, and what a second mistake may change."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.judge.diagnose.match import (
    TOLERANCE,
    agrees_where_others_differ,
    between,
    deviation,
    distance,
    evidence,
    leaves,
    nearest,
)
from grader.judge.diagnose.trace import LOOK, RIGHT, Step, Trace

from .test_traces import NUMBERS

ONES = np.ones(3)


def looks(*runs: Any, ending: tuple[str, ...] = ("check", "value"), cut: bool = False) -> Trace:
    """A trace of these results, run by run; an error's text in place of results."""
    trace = Trace(ending=ending, looks=True, cut=cut)
    for run in runs:
        is_error = isinstance(run, str)
        step = Step(LOOK, RIGHT, (0,), error=run) if is_error else Step(LOOK, RIGHT, (0,), run)
        trace.add(step)
    return trace


def out(*values: float) -> dict[str, Any]:
    return {"out": np.array(values)}


@given(array=NUMBERS)
def test_what_is_the_same_lies_nowhere_apart(array: np.ndarray[Any, Any]) -> None:
    assert distance(array, array.copy()) == 0
    assert distance({"a": (array, "x")}, {"a": (array.copy(), "x")}) == 0


@given(array=NUMBERS, size=st.floats(1e-3, 1e3), power=st.integers(-200, 200))
def test_distances_are_relative_to_the_size(
    array: np.ndarray[Any, Any], size: float, power: int
) -> None:
    unit = 10.0**power
    apart = distance(array * unit, (array + size) * unit)
    assert apart == pytest.approx(distance(array, array + size), rel=1e-9)
    assert apart == pytest.approx(distance((array + size) * unit, array * unit), rel=1e-9)


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        (np.array([1.0, 2.0]), np.array([1.0, 2.5]), 0.2),
        (np.array([-4.0, 0.0]), np.array([-4.0, 1.0]), 0.25),
        (np.array([0.0]), np.array([1e-200]), 1.0),
        (np.array([np.nan, 1.0]), np.array([np.nan, 1.0]), 0.0),
        (np.array([np.inf, 1.0]), np.array([np.inf, 1.0]), 0.0),
        (np.array([np.inf, 1.0]), np.array([-np.inf, 1.0]), math.inf),
        (np.array([np.nan, 1.0]), np.array([0.0, 1.0]), math.inf),
        (np.array([np.inf, 1.0]), np.array([np.inf, 2.0]), 0.5),
        (np.array([1 + 1j]), np.array([1 + 1j]), 0.0),
        (np.array([3j]), np.array([-3j]), 2.0),
        (np.array(2.0), np.array(2.0), 0.0),
        (np.ones(3), np.ones((1, 3)), 0.0),
        (np.ones(3), np.ones((3, 1)), math.inf),
        (np.ones(3), np.ones(2), math.inf),
        (np.ones((1, 3, 1)), np.ones((3, 1)), math.inf),
        (np.array(1.0), np.ones(1), math.inf),
        (np.empty(0), np.empty(0), 0.0),
        (ONES, (ONES, ONES), math.inf),
        ((ONES, ONES), (ONES, 2 * ONES), 0.5),
        ((ONES, ONES), (ONES,), math.inf),
        ({"a": ONES, "b": ONES}, {"b": ONES, "a": ONES}, 0.0),
        ({"a": ONES}, {"b": ONES}, math.inf),
        ({"a": ONES}, (ONES,), math.inf),
        ("a", "a", 0.0),
        ("a", "b", math.inf),
        (None, None, 0.0),
        (None, ONES, math.inf),
        (ONES, None, math.inf),
    ],
)
def test_distances(one: Any, other: Any, apart: float) -> None:
    assert distance(one, other) == pytest.approx(apart)


def test_after_a_large_difference_nothing_more_is_looked_at() -> None:
    assert distance({"a": ONES, "b": ONES}, {"a": 2 * ONES, "b": ONES}) == math.inf
    assert distance((ONES, ONES), (2 * ONES, ONES)) == math.inf


@pytest.mark.parametrize(
    ("own", "others", "apart"),
    [
        (np.array([2.0]), [np.array([1.0]), np.array([4.0])], 0.0),  # between two conventions
        (np.array([8.0]), [np.array([1.0]), np.array([4.0])], 0.5),
        (np.array([0.5]), [np.array([1.0]), np.array([4.0])], 0.5),
        (np.array([8.0]), [np.array([4.0]), np.ones(2)], 0.5),
        (np.array([np.nan]), [np.array([1.0]), np.array([np.nan])], 0.0),
        (np.array([np.nan]), [np.array([1.0]), np.array([2.0])], math.inf),
        (np.array([2.0]), [np.array([np.nan]), np.array([2.0])], 0.0),
        (np.array([2j]), [np.array([1j]), np.array([4j])], 0.5),
        ({"a": np.array([2.0])}, [{"a": np.array([1.0])}, {"a": np.array([4.0])}, {}], 0.0),
        ("a", ["b", "a"], 0.0),
        (True, [1], math.inf),
        (ONES, [], math.inf),
    ],
)
def test_what_lies_between_accepted_conventions_is_accepted(
    own: Any, others: list[Any], apart: float
) -> None:
    assert between(own, others) == pytest.approx(apart)


def test_of_complex_numbers_the_nearest_is_taken_as_it_is() -> None:
    found = nearest(np.array([2j]), [np.array([9j]), np.array([1j])])
    np.testing.assert_array_equal(found, [1j])


def test_leaves_are_the_arrays_in_their_order() -> None:
    value = {"a": (np.array([1.0]), "text", {"b": np.array([2.0])}), "c": np.array([3.0])}
    assert [float(leaf[0]) for leaf in leaves(value)] == [1.0, 2.0, 3.0]
    assert list(leaves("text")) == []


@pytest.mark.parametrize(
    ("student", "others", "apart"),
    [
        (looks(out(1)), [looks(out(1))], 0.0),
        (looks(out(1)), [looks(out(1 + TOLERANCE / 2))], TOLERANCE / 2),
        (looks(out(1)), [looks(out(1 + 2 * TOLERANCE))], math.inf),
        (looks(out(1), out(2)), [looks(out(1), out(3))], math.inf),
        (looks(out(1), out(2)), [looks(out(1))], math.inf),
        (looks(out(1), out(2)), [looks(out(1), cut=True)], 0.0),
        (looks(out(1), cut=True), [looks(out(1), out(2))], 0.0),
        (looks(out(1)), [looks(out(1), ending=("check", "shape"))], math.inf),
        (looks(out(1)), [looks(out(1), ending=("check", "shape")), looks(out(1))], 0.0),
        (looks(out(2)), [looks(out(1)), looks(out(3))], 0.0),
        (looks("ValueError: no"), [looks("ValueError: no")], 0.0),
        (looks("ValueError: no"), [looks("KeyError: no")], math.inf),
        (looks("ValueError: no"), [looks(out(1))], math.inf),
        (looks(), [], math.inf),
        (looks(), [looks()], 0.0),
    ],
)
def test_traces_of_one_code_lie_nowhere_apart(
    student: Trace, others: list[Trace], apart: float
) -> None:
    assert deviation(student, others) == pytest.approx(apart, rel=1e-3)


@pytest.mark.parametrize(
    ("change", "apart"),
    [
        ({}, 0.0),
        ({"what": "g"}, math.inf),
        ({"operation": "getattr"}, math.inf),
        ({"error": "ValueError: no"}, math.inf),
        ({"result": 2.0 + 1e-6}, 5e-7),
        ({"result": 3.0}, math.inf),
        ({"left": ((1.0, 2.0 + 4e-6),)}, 2e-6),
        ({"left": ((1.0, 3.0),)}, math.inf),
        ({"left": ()}, math.inf),
        ({"given": (7,)}, 0.0),  # what follows from it is compared
    ],
)
def test_uses_are_compared_by_what_they_give_and_leave(
    change: dict[str, Any], apart: float
) -> None:
    use: dict[str, Any] = {"operation": "call", "what": "f", "result": 2.0, "left": ((1.0, 2.0),)}
    one, other = Trace(), Trace()
    one.add(Step(**use))
    other.add(Step(**use | change))
    assert deviation(one, [other]) == pytest.approx(apart, rel=1e-3)


# A second mistake beside the first


@pytest.mark.parametrize(
    ("own", "made", "right", "agrees"),
    [
        ([out(2, 5)], [out(2, 5)], [out(1, 5)], True),
        ([out(3, 5)], [out(2, 5)], [out(1, 5)], False),
        ([{"a": ONES * 2, "b": ONES * 9}], [{"a": ONES * 2, "b": ONES}],
         [{"a": ONES, "b": ONES}], True),  # b is another mistake's
        ([{"a": ONES, "b": ONES * 9}], [{"a": ONES * 2, "b": ONES}],
         [{"a": ONES, "b": ONES}], False),
        ([out(7), out(2)], [out(1), out(2)], [out(1), out(1)], True),
        ([out(7), out(3)], [out(1), out(2)], [out(1), out(1)], False),
        (["ValueError: no"], ["ValueError: no"], [out(1)], True),
        ([out(1)], ["ValueError: no"], [out(1)], False),
        (["ValueError: no"], [out(2)], [out(1)], False),
        ([{"a": ONES}], [{"a": ONES, "b": ONES * 2}], [{"a": ONES, "b": ONES}], False),
    ],
)  # fmt: skip
def test_a_second_mistake_may_show_where_the_first_does_not(
    own: list[Any], made: list[Any], right: list[Any], agrees: bool
) -> None:
    assert agrees_where_others_differ(looks(*own), [looks(*made)], [looks(*right)]) is agrees


def test_a_difference_within_the_accepted_conventions_is_none() -> None:
    rights = [looks(out(1)), looks(out(3))]
    assert agrees_where_others_differ(looks(out(9)), [looks(out(2))], rights)
    assert not agrees_where_others_differ(looks(out(9)), [looks(out(5))], rights)


# How much is known


@pytest.mark.parametrize(
    ("own", "rights", "count"),
    [
        ([out(1, 2)], [[out(1, 2)]], 0),
        ([out(1, 3)], [[out(1, 2)]], 1),
        ([out(2, 3), out(4, 4)], [[out(1, 2), out(4, 5)]], 3),
        ([out(np.nan, 3)], [[out(1, 2)]], 1),
        ([out(np.inf, 2)], [[out(1, 2)]], 0),
        ([out(2)], [[out(1)], [out(3)]], 0),
        ([out(4)], [[out(1)], [out(3)]], 1),
        ([{"a": ONES, "b": ONES}], [[{"a": ONES}]], 0),
        ([out(1, 2, 3)], [[out(1, 2)]], 0),
        ([out(9), "ValueError: no"], [[out(1), out(2)]], 1001),
        ([out(9), "ValueError: no", out(7)], [[out(1), "ValueError: no", out(1)]], 1),
    ],
)
def test_evidence_is_how_many_numbers_are_wrong(
    own: list[Any], rights: list[list[Any]], count: int
) -> None:
    assert evidence(looks(*own), [looks(*right) for right in rights], 100) == count


def test_counting_ends_where_there_are_enough() -> None:
    own, right = looks(*[out(2, 2)] * 9), looks(*[out(1, 1)] * 9)
    assert evidence(own, [right], 3) == 4
    assert evidence(own, [right], 100) == 18


def test_what_a_use_leaves_is_evidence_too() -> None:
    one, other = Trace(), Trace()
    one.add(Step("call", "f", result=2.0, left=((1.0, 5.0),)))
    other.add(Step("call", "f", result=2.0, left=((1.0, 2.0),)))
    assert evidence(one, [other], 9) == 1
