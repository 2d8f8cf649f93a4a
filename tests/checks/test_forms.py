"""A right answer counts in whatever form it is given; a wrong one in none."""

from __future__ import annotations

import warnings
from collections import OrderedDict, UserDict
from collections.abc import Callable, Sequence
from types import MappingProxyType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from grader import checks
from grader.checks import CheckFailure, CheckWarning, Tolerance
from grader.checks.compare import between
from tests.cases import examples

# Sixteenths are exact in each precision.
SIXTEENTHS = st.integers(-800, 800).map(lambda n: n / 16)
TABLES = hnp.arrays(np.float64, hnp.array_shapes(min_dims=1, max_dims=3, max_side=4),
                    elements=SIXTEENTHS)  # fmt: skip


def read_only(a: Any) -> Any:
    return np.frombuffer(a.tobytes()).reshape(a.shape)


def nested(a: Any, kind: Callable[[Any], Any]) -> Any:
    return kind([nested(row, kind) for row in a]) if np.ndim(a) else a


ARRAYS: dict[str, Callable[[Any], Any]] = {
    "float32": lambda a: a.astype(np.float32),
    "float16": lambda a: a.astype(np.float16),
    "longdouble": lambda a: a.astype(np.longdouble),
    "big-endian": lambda a: a.astype(">f8"),
    "Fortran order": lambda a: a.copy(order="F"),
    "a transposed view": lambda a: a.T.copy().T,
    "every other entry of a larger one": lambda a: np.repeat(a, 2, axis=-1)[..., ::2],
    "backwards in memory": lambda a: a[::-1].copy()[::-1],
    "one of several that share memory": lambda a: np.broadcast_to(a, (3, *a.shape))[1],
    "read-only": read_only,
    "masked, but nothing is": np.ma.masked_array,
    "a field of records": lambda a: np.array([*zip(a.ravel(), strict=True)], "f8,")["f0"]
    .reshape(a.shape),
}  # fmt: skip
LISTS: dict[str, Callable[[Any], Any]] = {
    "lists": lambda a: a.tolist(),
    "tuples": lambda a: nested(a, tuple),
    "a list of arrays": list,
    "a tuple of arrays": tuple,
    "lists of NumPy's numbers": lambda a: nested(a, list),
    "lists of arrays without axes": lambda a: nested(a, lambda rows: [*map(np.asarray, rows)]),
}
FORMS = ARRAYS | LISTS


def said(own: Any, *rights: Any, row: bool = False, tolerance: Tolerance | None = None) -> str:
    """What is wrong with a result; empty if nothing is."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", CheckWarning)
            between(own, rights, name="out", tolerance=tolerance or Tolerance(scale=1), row=row)
    except CheckFailure as failure:
        return str(failure)
    return ""


@pytest.mark.parametrize("form", FORMS)
@examples(8)
@given(right=TABLES)
def test_right_numbers_are_right_in_every_form(form: str, right: Any) -> None:
    own = FORMS[form](right)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = checks.value(own, right, name="out")
    np.testing.assert_array_equal(found, right)
    # A list is accepted with a word about it, an array without.
    assert [w.category for w in caught] == [CheckWarning] * (form in LISTS)


@pytest.mark.parametrize("form", FORMS)
@examples(8)
@given(right=TABLES, data=st.data())
def test_one_wrong_entry_is_wrong_in_every_form_and_place(form: str, right: Any, data: Any) -> None:
    where = tuple(data.draw(st.integers(0, n - 1)) for n in right.shape)
    off = data.draw(st.sampled_from([-1.0, 1.0])) * max(1 / 16, np.abs(right).max() / 16)
    own = right.copy()
    own[where] += off
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(CheckFailure) as caught:
            checks.value(FORMS[form](own), right, name="out")
    assert (caught.value.kind, caught.value.where) == ("value", where)


@pytest.mark.parametrize("dtype", "bBhHiIlLqQ")
@pytest.mark.parametrize(("right", "passes"), [([3.0, 0.0], True), ([3.0, 0.25], False)])
def test_whole_numbers_are_right_where_right_ones_are_whole(
    dtype: str, right: list[float], passes: bool
) -> None:
    assert (said(np.array([3, 0], dtype=dtype), np.array(right)) == "") == passes


@pytest.mark.parametrize(
    "own",
    [2.5, np.float32(2.5), np.float16(2.5), np.longdouble(2.5), np.array(2.5), np.array([2.5]),
     np.array(2.5, dtype=">f4"), np.ma.masked_array(2.5), np.array([1.0, 2.5])[1:]],
    ids=lambda own: f"{type(own).__name__}{np.shape(own)} {np.asarray(own).dtype.str}",
)  # fmt: skip
def test_a_number_is_right_in_every_form(own: Any) -> None:
    assert said(own, 2.5) == ""
    assert said(own, 2.4999) == "out is 2.5, which is not right."


@pytest.mark.parametrize(
    "own",
    [[2.5], (2.5,), "2.5", b"2.5", True, 2.5 + 0j, None, {2.5}, {"loss": 2.5}, lambda: 2.5,
     iter([2.5]), range(2, 3), np.array([[2.5]]), np.array("2.5"), np.array(2.5, dtype=object),
     np.array([2.5, 2.5]), np.array([[2.5]]).view(np.matrix), np.ma.masked, float, float("nan")],
    ids=lambda own: f"{type(own).__name__}{np.shape(own)}",
)  # fmt: skip
def test_what_is_no_number_is_wrong_even_if_it_holds_the_right_one(own: Any) -> None:
    assert said(own, 2.5)


SQUARE = np.array([[1.0, 2.0], [3.0, 5.0]])
ROW = np.array([1.0, -2.0, 4.0])


@pytest.mark.parametrize(
    ("own", "right"),
    [
        (SQUARE.T, SQUARE),
        (SQUARE[::-1], SQUARE),
        (SQUARE.ravel(), SQUARE),
        (SQUARE[None], SQUARE),
        (SQUARE[..., None], SQUARE),
        (ROW[None], ROW),
        (ROW[:, None], ROW),
        (ROW, ROW[None]),
        (np.tile(ROW, (3, 1)), ROW),
        (ROW[:2], ROW),
        (np.append(ROW, 0.0), ROW),
        (ROW[:0], ROW),
        (np.array(ROW, dtype=object), ROW),
        (ROW.astype(str), ROW),
        (ROW.astype(complex), ROW),
        (ROW != 0, np.ones(3)),
        (ROW[None].view(np.matrix), ROW[None]),
        (np.ma.masked_array(ROW, mask=[False, False, True]), ROW),
        (np.round(ROW / 7, 3), ROW / 7),
        (ROW * (1 + 3e-5), ROW),
        (-ROW, ROW),
        ([[1.0, -2.0], [4.0]], ROW),
        (iter(ROW), ROW),
        (dict(enumerate(ROW)), ROW),
        (memoryview(ROW.data), ROW),
    ],
    ids=lambda own: f"{type(own).__name__}{np.shape(own) if type(own) is np.ndarray else ''}",
)  # fmt: skip
def test_what_is_nearly_the_array_asked_for_is_wrong(own: Any, right: Any) -> None:
    assert said(right.copy(), right) == ""
    assert said(own, right)


@pytest.mark.parametrize(("own", "passes"), [
    (ROW, True), (ROW[None], True), (ROW[:, None], False), (ROW[None, None], False),
    (ROW[None] + 1, False), ([ROW.tolist()], True), (np.append(ROW, 0.0)[None], False),
])  # fmt: skip
def test_where_a_row_may_be_given_it_is_one_axis_at_the_front(own: Any, passes: bool) -> None:
    assert (said(own, ROW, row=True) == "") == passes
    assert (said({"dx": (own,)}, {"dx": (ROW,)}, row=True) == "") == passes  # inside others, too


PAIR = (ROW, SQUARE)


@pytest.mark.parametrize(("own", "passes"), [
    (PAIR, True), ([*PAIR], True), ((ROW.tolist(), SQUARE.astype(np.float32)), True),
    (PAIR[::-1], False), (PAIR[:1], False), ((*PAIR, None), False), (iter(PAIR), False),
    ({0: ROW, 1: SQUARE}, False), (ROW, False), (None, False), ((ROW, SQUARE.T), False),
    ((ROW, None), False), ((ROW, SQUARE + np.diag([0, 1e-3])), False),
])  # fmt: skip
def test_several_results_are_a_tuple_or_a_list_in_this_order(own: Any, passes: bool) -> None:
    assert (said(own, PAIR) == "") == passes


@pytest.mark.parametrize(("own", "passes"), [
    ((3.0, -1e-4), True), ([np.float32(3), np.array([-1e-4])], True), (np.array([3, -1e-4]), True),
    ((3.0, -1e-4 + 2e-5), True), ((3.0, -1e-4 + 4e-5), False), ((3.0,), False),
    (np.array([[3.0, -1e-4]]), False), ((3.0, [-1e-4]), False), ((3.0, np.nan), False),
    ((3.0, True), False), ((-1e-4, 3.0), False),
])  # fmt: skip
def test_several_numbers_are_as_accurate_as_the_largest(own: Any, passes: bool) -> None:
    assert (said(own, (3.0, -1e-4)) == "") == passes


GRADS = {"W": SQUARE, "b": ROW}


@pytest.mark.parametrize(("own", "passes"), [
    (GRADS, True), (dict(reversed(GRADS.items())), True), (OrderedDict(GRADS), True),
    ({np.str_(key): entry for key, entry in GRADS.items()}, True),
    ({"W": SQUARE.tolist(), "b": ROW.astype(">f8")}, True),
    ({"W": SQUARE}, False), (GRADS | {"c": ROW}, False), ({"w": SQUARE, "b": ROW}, False),
    (GRADS | {0: ROW}, False), ({"W": ROW, "b": SQUARE}, False), (GRADS | {"b": -ROW}, False),
    (GRADS | {"b": None}, False), ([*GRADS.items()], False), (UserDict(GRADS), False),
    (MappingProxyType(GRADS), False), (SimpleNamespace(**GRADS), False), ({}, False),
], ids=lambda own: f"{type(own).__name__} {' '.join(map(repr, own))}"
                   if isinstance(own, dict) else type(own).__name__)  # fmt: skip
def test_a_dictionary_has_the_keys_asked_for_in_any_order(own: Any, passes: bool) -> None:
    assert (said(own, GRADS) == "") == passes


@given(
    hnp.arrays(np.float64, (2, 3), elements=st.floats(-10, 10)),
    st.lists(hnp.arrays(np.float64, (2, 3), elements=st.floats(-10, 10)), max_size=2),
    st.lists(st.floats(0, 1), min_size=6, max_size=6),
    st.integers(0, 5),
    st.sampled_from([-1, 1]),
)
def test_what_lies_between_accepted_results_is_right_and_nothing_beyond(
    first: Any, others: Sequence[Any], parts: Sequence[float], place: int, side: int
) -> None:
    rights = [first, *others]
    low, high = np.min(rights, axis=0), np.max(rights, axis=0)
    own = low + np.reshape(parts, (2, 3)) * (high - low)
    tolerance = Tolerance(absolute=1e-3)
    assert said(own, *rights, tolerance=tolerance) == ""
    assert said((own.tolist(), own), *((right, right) for right in rights),
                tolerance=tolerance) == ""  # fmt: skip
    own.flat[place] = (high if side > 0 else low).flat[place] + 2e-3 * side
    assert said(own, *rights, tolerance=tolerance)
    assert said((own, low), *((right, right) for right in rights), tolerance=tolerance)
