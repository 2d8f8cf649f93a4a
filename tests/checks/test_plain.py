"""What is accepted as an array, a number, a tuple or a dictionary, and what is not."""

from __future__ import annotations

import enum
from collections import OrderedDict, defaultdict
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from grader import checks
from grader.checks import CheckFailure, CheckWarning
from tests.cases import examples

REAL_DTYPES = [np.float64, np.float32, np.float16, np.longdouble, np.int64, np.int8, np.uint16]


class NoMore(np.ndarray):
    """An array by another name."""


class Liar(np.ndarray):
    """An array that claims to be equal to anything."""

    def __eq__(self, other: object) -> Any:
        return np.ones(self.shape, dtype=bool)

    def __array_function__(self, *args: Any, **kwargs: Any) -> Any:
        return True


class Sneaky(list):  # type: ignore[type-arg]
    """A list that shows other entries than it holds."""

    def __iter__(self) -> Any:
        return iter([1.0, 2.0])

    def __len__(self) -> int:
        return 2


class Half(float):
    def __float__(self) -> float:
        return 0.5


class Handle:
    """Stands for a student's object in the worker, as the isolated mode does."""

    __slots__ = ("student_type",)

    def __init__(self, kind: str) -> None:
        self.student_type = kind


class Both(NamedTuple):
    first: int
    second: int


class Colour(enum.IntEnum):
    RED = 3


@pytest.mark.parametrize("dtype", REAL_DTYPES)
@pytest.mark.parametrize("order", ["C", "F"])
def test_real_arrays_of_any_precision_and_order_are_copied(dtype: Any, order: Any) -> None:
    own = np.array([[1, 2, 3], [4, 5, 6]], dtype=dtype, order=order)
    result = checks.array(own, name="x", shape=(2, 3))
    assert result.dtype == (np.longdouble if dtype is np.longdouble else np.float64)
    np.testing.assert_array_equal(result, own)
    assert not np.shares_memory(result, own)


def test_big_endian_zero_strided_and_read_only_arrays_are_accepted() -> None:
    for own in (
        np.array([1.0, 2.0], dtype=">f8"),
        np.broadcast_to(np.float64(2.0), (2,)),
        np.arange(4.0)[::2],
        np.ma.masked_array([1.0, 2.0]),
        np.arange(2.0).view(NoMore),
    ):
        np.testing.assert_array_equal(checks.array(own, name="x"), own)


@pytest.mark.parametrize(
    ("bad", "hint"),
    [
        (np.ones((1, 2)).view(np.matrix), "np.matrix"),
        (np.ma.masked_array([1.0, 2.0], mask=[False, True]), "masked"),
        (np.array([1.0, 2.0]).view(Liar), "Liar"),
        (np.array([1 + 0j, 2]), "complex"),
        (np.array([True, False]), "True and False"),
        (np.array([1.0, 2.0], dtype=object), "objects"),
        (np.array(["1", "2"]), "text"),
        (np.array([b"1"]), "text"),
        (np.array(["2020-01-01"], dtype="M8[D]"), "dates"),
        (np.zeros(2, dtype=[("a", float)]), "records"),
        (None, "return missing"),
        ("12", "str"),
        ({0: 1.0}, "dict"),
        (1 + 2j, "complex"),
        (True, "bool"),
        (np.bool_(True), "bool"),
        (Handle("matrix"), "np.matrix"),
        (Handle("MaskedArray"), "masked"),
        (np.ma.masked_array([1.0, 2.0], mask=[True, True]), "masked"),
        (Handle("coroutine"), "async def"),
        (Handle("array of object"), "objects"),
        (Handle("DataFrame"), "DataFrame"),
        (lambda: 1.0, "function"),
        ([1.0, "a"], "str"),
        ([1.0, None], "NoneType"),
        ([True, False], "bool"),
        ([[1.0], {2.0}], "set"),
    ],
)
def test_the_wrong_kind_is_rejected_with_a_hint(bad: Any, hint: str) -> None:
    with pytest.raises(CheckFailure, match=hint) as caught:
        checks.array(bad, name="dW")
    assert caught.value.kind == "kind"
    assert caught.value.name == "dW"
    assert str(caught.value).startswith("dW ")


@pytest.mark.parametrize(
    ("own", "right"),
    [
        ([1, 2.5], [1, 2.5]),
        ((1, 2), [1, 2]),
        ([[1, 2], (3, 4)], [[1, 2], [3, 4]]),
        ([np.array([1.0, 2.0]), [3, np.float32(4)]], [[1, 2], [3, 4]]),
        ([np.array(1.0), np.int64(2)], [1, 2]),
        ([], []),
        ([Colour.RED], [3]),
    ],
)
def test_lists_are_accepted_with_a_warning(own: Any, right: Any) -> None:
    with pytest.warns(CheckWarning, match="x is a"):
        result = checks.array(own, name="x")
    np.testing.assert_array_equal(result, right)


def test_lists_are_rejected_where_they_are_not_allowed() -> None:
    with pytest.raises(CheckFailure, match="list") as caught:
        checks.array([1.0], name="x", lists=False)
    assert caught.value.kind == "kind"


def test_subclasses_of_builtins_are_read_past_their_own_methods() -> None:
    with pytest.warns(CheckWarning):
        np.testing.assert_array_equal(checks.array(Sneaky([7.0]), name="x"), [7.0])
    assert checks.number(Half(8.0), name="x") == 8.0
    assert checks.pair(Both(1, 2), name="x") == (1, 2)
    with pytest.raises(CheckFailure, match="1 entries"):
        checks.pair(Sneaky([7.0]), name="x")


@pytest.mark.parametrize("ragged", [[[1.0], [1.0, 2.0]], [1.0, [2.0]], [[], 1.0]])
def test_ragged_lists_are_no_array(ragged: Any) -> None:
    with pytest.raises(CheckFailure) as caught:
        checks.array(ragged, name="x")
    assert caught.value.kind == "shape"


@pytest.mark.parametrize(
    "several",
    [
        (np.ones((2, 3)), np.ones((2, 3), dtype=bool)),
        (np.ones((2, 3)), np.ones(3), np.ones(3)),
        (np.ones(3), None),
    ],
)
def test_of_a_tuple_of_results_it_is_said_that_it_is_one(several: Any) -> None:
    with pytest.raises(
        checks.CheckFailure, match=r"is a tuple of . results; expected one"
    ) as caught:
        checks.array(several, name="forward")
    assert caught.value.kind == "kind"


def test_a_list_that_holds_itself_is_rejected() -> None:
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(CheckFailure, match="deeply"):
        checks.array(endless, name="x")


def test_integers_beyond_float64_are_not_finite() -> None:
    with pytest.raises(CheckFailure) as caught:
        checks.number(-(10**400), name="x")
    assert caught.value.kind == "finite"
    assert checks.number(10**400, name="x", finite=False) == float("inf")


@pytest.mark.parametrize("shape", [(3,), (2, 2), (None, 2), (1, 3)])
def test_another_shape_is_rejected(shape: Any) -> None:
    with pytest.raises(CheckFailure, match="shape") as caught:
        checks.array(np.zeros((2, 3)), name="x", shape=shape)
    assert caught.value.kind == "shape"


def test_none_in_a_shape_stands_for_any_length() -> None:
    assert checks.array(np.zeros((2, 3)), name="x", shape=(None, 3)).shape == (2, 3)


@pytest.mark.parametrize("number", [3.0, 3, np.float64(3), np.int8(3), np.float16(3)])
def test_a_scalar_never_passes_for_an_array(number: Any) -> None:
    for shape in (None, (1,), (3,)):
        with pytest.raises(CheckFailure, match="single number") as caught:
            checks.array(number, name="x", shape=shape)
        assert caught.value.kind == "shape"


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_the_first_entry_that_is_not_finite_is_named(bad: float) -> None:
    own = np.ones((2, 3))
    own[1, 1:] = bad
    with pytest.raises(CheckFailure, match=r"x\[1, 1\] is -?(nan|inf)") as caught:
        checks.array(own, name="x")
    assert (caught.value.kind, caught.value.where) == ("finite", (1, 1))
    assert checks.array(own, name="x", finite=False).shape == (2, 3)


@pytest.mark.parametrize("dtype", REAL_DTYPES)
def test_numbers_of_any_precision(dtype: Any) -> None:
    for own in (dtype(3), np.array(3, dtype=dtype)):
        result = checks.number(own, name="x")
        assert type(result) is float
        assert result == 3.0


def test_shape_1_passes_for_a_number_with_a_warning() -> None:
    with pytest.warns(CheckWarning, match=r"shape \(1,\)"):
        assert checks.number(np.array([2.5]), name="loss") == 2.5


@pytest.mark.parametrize(
    ("bad", "kind"),
    [
        (True, "kind"),
        (np.True_, "kind"),
        (1j, "kind"),
        (np.complex64(1), "kind"),
        ("1.0", "kind"),
        (None, "kind"),
        ([1.0], "kind"),
        (np.array(None), "kind"),
        (np.array(True), "kind"),
        (np.ones(2), "shape"),
        (np.ones((1, 1)), "shape"),
        (np.ones(0), "shape"),
        (np.nan, "finite"),
        (np.float32(np.inf), "finite"),
    ],
)
def test_what_is_no_number(bad: Any, kind: str) -> None:
    with pytest.raises(CheckFailure) as caught:
        checks.number(bad, name="loss")
    assert caught.value.kind == kind


@given(hnp.arrays(hnp.integer_dtypes(endianness="="), hnp.array_shapes(max_dims=2, max_side=4)))
def test_integer_arrays_are_whole_numbers(own: Any) -> None:
    np.testing.assert_array_equal(checks.integers(own, name="n"), own.astype(float))


def test_whole_floats_pass_for_integers_with_a_warning_and_fractions_never() -> None:
    with pytest.warns(CheckWarning, match="floats"):
        checks.integers(np.array([3.0, 4.0]), name="units")
    with pytest.raises(CheckFailure, match=r"units\[1\] is 4.5"):
        checks.integers(np.array([3.0, 4.5]), name="units")


@pytest.mark.parametrize("own", [(1.0, "b"), [1.0, "b"]])
def test_pairs_are_taken_apart(own: Any) -> None:
    assert checks.pair(own, name="p") == (1.0, "b")


def test_an_array_of_two_is_a_pair() -> None:
    first, second = checks.pair(np.array([[1.0, 2.0], [3.0, 4.0]]), name="p")
    np.testing.assert_array_equal(first, [1, 2])
    np.testing.assert_array_equal(second, [3, 4])


@pytest.mark.parametrize(
    ("bad", "kind"),
    [
        ((1,), "shape"),
        ([1, 2, 3], "shape"),
        (np.ones(3), "shape"),
        (np.array(1.0), "kind"),
        (np.array([None, None]), "kind"),
        (np.ones((1, 2)).view(np.matrix), "kind"),
        (None, "kind"),
        ("ab", "kind"),
        ({1: 2, 3: 4}, "kind"),
    ],
)
def test_what_is_no_pair(bad: Any, kind: str) -> None:
    with pytest.raises(CheckFailure) as caught:
        checks.pair(bad, name="p")
    assert caught.value.kind == kind


@pytest.mark.parametrize("kind", [dict, OrderedDict, lambda d: defaultdict(float, d)])
def test_dictionaries_with_the_keys_in_another_order(kind: Any) -> None:
    own = kind({"b1": np.array([2.0]), "W1": np.array([1.0])})
    result = checks.dictionary(own, {"W1": [1.0], "b1": [2.0]}, name="params")
    assert set(result) == {"W1", "b1"}


@pytest.mark.parametrize(
    ("bad", "kind", "text"),
    [
        ({"W1": np.ones(1)}, "keys", "'b1'"),
        ({"W1": np.ones(1), "b1": np.ones(1), "c": 1}, "keys", "3 entries"),
        ({"W1": np.ones(1), "b1": np.zeros(1)}, "value", r"params\['b1'\]\[0\] is 0"),
        ({"W1": np.ones(1), "b1": None}, "kind", r"params\['b1'\] is None"),
        ({"W1": np.ones(1), 1: np.ones(1)}, "keys", "'b1'"),
        ([np.ones(1)], "kind", "list"),
    ],
)
def test_what_is_not_the_dictionary_asked_for(bad: Any, kind: str, text: str) -> None:
    with pytest.raises(CheckFailure, match=text) as caught:
        checks.dictionary(bad, {"W1": [1.0], "b1": [1.0]}, name="params")
    assert caught.value.kind == kind


@examples(30)
@given(st.text(max_size=80))
def test_no_name_of_a_type_spoils_the_message(name: str) -> None:
    kind = type(name.replace("\0", "") or "T", (), {}) if _encodable(name) else object
    with pytest.raises(CheckFailure) as caught:
        checks.array(kind(), name="x")
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 120


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
