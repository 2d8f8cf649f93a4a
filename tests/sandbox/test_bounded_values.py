"""What a worker sends is bounded: up to a limit it is a value, beyond it there is an error.

The error is a ProtocolError, of which TooMuchError is one, whatever was sent: any other would
look like one of the test's own.
"""

from __future__ import annotations

import struct
import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.sandbox.wire import codec, extent, heap
from grader.sandbox.wire.bounds import (
    MAX_AXES,
    MAX_AXIS,
    MAX_COLLISIONS,
    MAX_DEPTH,
    MAX_DTYPE_LENGTH,
    MAX_EXPANDED_ITEMS,
    MAX_INT_BYTES,
    MAX_NUMBER,
)
from grader.sandbox.wire.codec import ProtocolError, TooMuchError
from grader.sandbox.wire.heap import Heap

Wire = Any


def judge() -> Heap:
    """The judge's side of a conversation that has just begun."""
    return Heap(first=0, export=lambda value: (1, "x"), resolve=lambda number, kind: (number, kind))


def array(dtype: object, shape: object, flags: object = 0) -> Wire:
    return [1, [codec.ARRAY, dtype, shape, flags]]


def received(*contents: Wire, raw: bytes = b"", wire: Wire = None) -> Any:
    """The value of ``wire`` after these contents; of the object numbered 1 by default."""
    own = judge()
    own.receive(contents, memoryview(raw))
    return own.decode([codec.SHARED, 1] if wire is None else wire)


def nested(depth: int) -> Wire:
    """A tuple in a tuple in a tuple ..."""
    value: Wire = [codec.TUPLE, []]
    for _ in range(depth):
        value = [codec.TUPLE, [value]]
    return value


def alike(count: int) -> list[Wire]:
    """So many different keys of one hash: Python takes these numbers modulo 2**61 - 1."""
    numbers = (7 + k * (2**61 - 1) for k in range(count))
    return [[codec.BIG_INT, number.to_bytes(16, "little")] for number in numbers]


@pytest.mark.parametrize(
    ("wire", "value"),
    [
        ([codec.BIG_INT, b""], 0),
        ([codec.BIG_INT, b"\xff"], -1),
        ([codec.BIG_INT, b"\0" * MAX_INT_BYTES], 0),
        ([codec.COMPLEX, 1.0, -2.0], 1 - 2j),
        ([codec.TEXT, b"\xed\xa0\x80"], "\ud800"),
        ([codec.FROZENSET, []], frozenset()),
        ([codec.FROZENSET, [1, [codec.FROZENSET, [2]]]], frozenset({1, frozenset({2})})),
        ([codec.OWN_LIST, [1.0, [codec.OWN_DICT, ["a", 1.0]]]], [1.0, {"a": 1.0}]),
        ([codec.TUPLE, [1.0, 2.0]], (1.0, 2.0)),
        ([codec.HANDLE, -3, "function"], (-3, "function")),
    ],
)  # fmt: skip
def test_a_value_is_read_as_it_was_meant(wire: Wire, value: object) -> None:
    found = judge().decode(wire)
    assert (type(found), found) == (type(value), value)


@pytest.mark.parametrize(
    "wire",
    [
        [codec.BIG_INT, b"\0" * (MAX_INT_BYTES + 1)], [codec.BIG_INT, "1"], [codec.BIG_INT, b"", 1],
        [codec.COMPLEX, 1.0, 2], [codec.COMPLEX, 1.0], [codec.COMPLEX, 1.0, 2.0, 3.0],
        [codec.TEXT, "text"], [codec.TEXT, b"a", b"b"], [codec.TEXT, b"\xed\xa0"],
        [codec.SCALAR, b"<f8", b"\0" * 8], [codec.SCALAR, "<f8", "\0" * 8],
        [codec.SCALAR, "<f8", b"\0" * 9], [codec.SCALAR, "|b1", b"\2"],
        [codec.SCALAR, "<U1", b"\0\0\x11\0"], [codec.SCALAR, "<U0", b""],
        [codec.SHARED, -1], [codec.SHARED, True], [codec.SHARED, 1.0], [codec.SHARED, 1 << 70],
        [codec.HANDLE, 1], [codec.HANDLE, True, "x"], [codec.HANDLE, 1, b"x"],
        [codec.HANDLE, 1, "x", 2], [codec.TUPLE, [], []], [codec.TUPLE, "ab"], [codec.TUPLE, None],
        [codec.FROZENSET, [[codec.OWN_LIST, []]]], [codec.OWN_DICT, [1, 2, 3]],
        [codec.OWN_DICT, [[codec.OWN_LIST, [1.0]], 1]], [True, []], [2.0, []], [None, []], [-1, []],
        [10, []], [10, 1.0, 2.0], [10, 1, "x"], [10, "<f8", b"\0" * 8], [10, b""], [2], {"a": 1}, (2, []),
    ],
)  # fmt: skip
def test_what_is_no_value_is_refused(wire: Wire) -> None:
    with pytest.raises(ProtocolError):
        judge().decode(wire)


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("<f8", b"\0" * 8), ("<i2", b"\1\0"), ("<u2", b"\1\0"), ("<f2", b"\0" * 2), ("=f4", b"\0" * 4), ("|b1", b"\1"), ("|i1", b"\xff"), ("<c8", b"\0" * 8),
        ("<U1", b"\xff\xff\x10\0"), ("<U2", b"a\0\0\0\0\0\0\0"),
        (np.dtype(np.longdouble).str, bytes(np.dtype(np.longdouble).itemsize)),
    ],
)  # fmt: skip
def test_dtypes_that_travel_by_value(name: str, raw: bytes) -> None:
    assert judge().decode([codec.SCALAR, name, raw]).dtype.kind == name[1]
    assert received(array(name, [1]), raw=raw).tobytes() == raw


@pytest.mark.parametrize(
    "name",
    [
        "", "<", "<f", "<f3", "<f32", "<f8 ", " <f8", "f8", "8f", "<f٨", "<f²", "<f-8", "<i16", "<u3",
        "<b2", "<c4", "|O", "|O8", "<M8", "<m8", "|S3", "|V8", ">f8", "!f8", "@f8", "<f8,<f8", "<x8",
        f"<U{MAX_DTYPE_LENGTH + 1}", "<U0", "<U00000000001", "<U-1", "<f8<f8", "float64", None, 8, [],
    ],
)  # fmt: skip
def test_dtypes_that_do_not(name: object) -> None:
    for contents in (array(name, []), array(name, [0]), array(name, [2])):
        with pytest.raises(ProtocolError):
            received(contents, raw=b"")
    with pytest.raises(ProtocolError):
        judge().decode([codec.SCALAR, name, b"\0" * 8])


@given(
    name=st.text("<>|=!@biufcUOMSV0123456789 ", max_size=14),
    lengths=st.lists(st.integers(0, 3), max_size=3),
)
def test_any_name_of_a_dtype_gives_an_array_or_is_refused(name: str, lengths: list[int]) -> None:
    try:
        found = received(array(name, lengths), raw=b"")
    except ProtocolError:
        return
    assert found.size == 0


@pytest.mark.parametrize(
    ("shape", "flags"),
    [
        ([], 0), ([0], 0), ([MAX_AXIS - 1, 0], 0), ([0] * MAX_AXES, 0), ([2**17, 2**17, 0], 0),
        ([0, 5], codec.FORTRAN), ([0], codec.READ_ONLY), ([0], codec.FORTRAN | codec.READ_ONLY),
    ],
)  # fmt: skip
def test_shapes_that_can_be(shape: list[int], flags: int) -> None:
    found = received(array("<f8", shape, flags), raw=b"" if shape else b"\0" * 8)
    assert found.shape == tuple(shape)
    assert found.flags.writeable is not bool(flags & codec.READ_ONLY)


@pytest.mark.parametrize(
    ("shape", "flags"),
    [
        ([MAX_AXIS, 0], 0), ([0] * (MAX_AXES + 1), 0), ([-1], 0), ([0, -1], 0), ([1 << 70], 0),
        ([2**19, 2**18, 0], 0), ([2**31, 2**31, 0], 0), ([0.0], 0), ([True], 0), (["0"], 0), (None, 0), (0, 0),
        ("", 0), ([0], 4), ([0], -1), ([0], None), ([0], True), ([0], 0.0), ([0], 1 << 70),
    ],
)  # fmt: skip
def test_shapes_and_flags_that_cannot(shape: object, flags: object) -> None:
    with pytest.raises(ProtocolError):
        received(array("<f8", shape, flags), raw=b"")


@pytest.mark.parametrize("dtype", ["<U0", "<U1", "<f8", "|b1"])
def test_an_array_takes_no_more_memory_than_bytes_came(dtype: str) -> None:
    """Texts of no length were no bytes, and a gigabyte as soon as they were copied."""
    tracemalloc.start()
    try:
        with pytest.raises(ProtocolError):
            received(array(dtype, [1 << 26]), raw=b"")
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "contents",
    [
        [[1]], [[1, [codec.LIST, []], 2]], [{}], [None], [[1, []]], [[1, [codec.LIST]]],
        [[1, [None, []]]], [[1, [True, []]]], [[1, [4, []]]], [[1, [-1, []]]], [[1, [1.0, []]]],
        [[-1, [codec.LIST, []]]], [[MAX_NUMBER + 1, [codec.LIST, []]]], [["1", [codec.LIST, []]]],
        [[2, [codec.LIST, []]]], [[1, [codec.LIST, "ab"]]], [[1, [codec.LIST, None]]],
        [[1, [codec.DICT, [1]]]], [[1, [codec.DICT, [[codec.SHARED, 1], 1]]]],
        [[1, [codec.SET, [[codec.SHARED, 1]]]]], [[1, [codec.SET, [[codec.OWN_DICT, []]]]]],
        [[1, [codec.LIST, [[codec.SHARED, 3]]]]], [[1, [codec.ARRAY, "<f8"]]],
        [[1, [codec.ARRAY, "<f8", [0], 0, 0]]],
    ],
)  # fmt: skip
def test_contents_of_another_form_are_refused(contents: list[Wire]) -> None:
    with pytest.raises(ProtocolError):
        received(*contents)


@pytest.mark.parametrize("raw", [b"", b"\0" * 7, b"\0" * 9, b"\0" * 15, b"\0" * 17])
def test_the_bytes_are_just_those_of_the_arrays(raw: bytes) -> None:
    one, two = array("<f8", []), [3, array("<f8", [1])[1]]
    own = judge()
    with pytest.raises(ProtocolError):
        own.receive([one, two], memoryview(raw))
    own = judge()
    own.receive([one, two], memoryview(struct.pack("<dd", 1.5, 2.5)))
    assert (own.decode([codec.SHARED, 1]), own.decode([codec.SHARED, 3])) == (1.5, [2.5])


@pytest.mark.parametrize(
    ("contents", "wire"),
    [
        ([], nested(MAX_DEPTH)),
        ([[1, [codec.LIST, [nested(MAX_DEPTH - 1)]]]], None),
        ([[1, [codec.DICT, [1, nested(MAX_DEPTH - 1)]]]], None),
        ([[1, [codec.SET, [nested(MAX_DEPTH - 1)]]]], None),
        ([array(f"<U{MAX_DTYPE_LENGTH}", [0])], None),
        ([], [codec.FROZENSET, alike(MAX_COLLISIONS + 1)]),
        ([[1, [codec.SET, alike(MAX_COLLISIONS + 1)]]], None),
        ([[MAX_NUMBER - 1, [codec.LIST, []]]], [codec.SHARED, MAX_NUMBER - 1]),
    ],
)  # fmt: skip
def test_the_most_that_is_read(contents: list[Wire], wire: Wire) -> None:
    received(*contents, wire=wire)


@pytest.mark.parametrize(
    ("contents", "wire"),
    [
        ([], nested(MAX_DEPTH + 1)),
        ([[1, [codec.LIST, [nested(MAX_DEPTH)]]]], None),
        ([[1, [codec.DICT, [1, nested(MAX_DEPTH)]]]], None),
        ([[1, [codec.SET, [nested(MAX_DEPTH)]]]], None),
        ([], [codec.FROZENSET, alike(MAX_COLLISIONS + 2)]),
        ([], [codec.OWN_DICT, [part for key in alike(MAX_COLLISIONS + 2) for part in (key, 1)]]),
        ([[1, [codec.SET, alike(MAX_COLLISIONS + 2)]]], None),
        ([[1, [codec.DICT, [p for key in alike(MAX_COLLISIONS + 2) for p in (key, 1)]]]], None),
        ([[MAX_NUMBER + 1, [codec.LIST, []]]], [codec.SHARED, MAX_NUMBER + 1]),
    ],
)  # fmt: skip
def test_a_little_more_is_refused(contents: list[Wire], wire: Wire) -> None:
    with pytest.raises(ProtocolError):
        received(*contents, wire=wire)


def tower(floors: int, width: int, tag: int = codec.LIST) -> list[Wire]:
    """Lists, each holding the next one so many times: 1, 3, 5 ..."""
    numbers = range(1, 2 * floors, 2)
    items = [[[codec.SHARED, number + 2]] * width for number in numbers[:-1]]
    return [[n, [tag, one]] for n, one in zip(numbers, [*items, [1.0] * width], strict=True)]


HIGH = 1 + MAX_EXPANDED_ITEMS.bit_length()  # twice as large with each floor: just too large


@pytest.mark.parametrize("floors", [2, HIGH - 3])
def test_lists_that_hold_each_other_a_few_times(floors: int) -> None:
    found = received(*tower(floors, 2))
    assert found[0] is found[1]


@pytest.mark.parametrize("contents", [
    tower(HIGH, 2), tower(HIGH, 2)[::-1], tower(9, 10), tower(4, 1000),
    [[1, [codec.LIST, [[codec.TUPLE, [[codec.SHARED, 1]] * 2]]]]],
    [[1, [codec.DICT, ["a", [codec.SHARED, 1], "b", [codec.SHARED, 1]]]]],
    [[1, [codec.DICT, ["a", [codec.SHARED, 3], "b", [codec.SHARED, 3]]]], [3, [codec.LIST, [[codec.SHARED, 1]]]]],
], ids=["twice", "from below", "ten times", "thousand times", "itself twice", "dict in itself", "two"])  # fmt: skip
def test_lists_that_hold_each_other_too_often_are_too_much(contents: list[Wire]) -> None:
    """A few bytes on the wire; NumPy and ``repr`` would write out all of it."""
    with pytest.raises(TooMuchError):
        received(*contents)


@pytest.mark.parametrize(
    "wire",
    [
        [codec.TUPLE, [[codec.SHARED, 1]] * 5],
        [codec.OWN_LIST, [[codec.OWN_LIST, [[codec.SHARED, 1]] * 3]] * 2],
        [codec.OWN_DICT, ["a", [codec.TUPLE, [[codec.SHARED, 1]] * 5]]],
    ],
)  # fmt: skip
def test_a_value_that_holds_a_large_one_often_is_too_much(wire: Wire) -> None:
    with pytest.raises(TooMuchError):
        received(*tower(HIGH - 3, 2), wire=wire)


def test_a_value_that_holds_a_small_one_is_none() -> None:
    first, second = received([1, [codec.LIST, []]], wire=[codec.TUPLE, [[codec.SHARED, 1]] * 2])
    assert first is second


@pytest.mark.parametrize(("times", "is_read"), [(3, True), (5, False)])
def test_arrays_count_by_their_bytes(
    monkeypatch: pytest.MonkeyPatch, times: int, is_read: bool
) -> None:
    monkeypatch.setattr(extent, "MAX_EXPANDED_ITEMS", 4 * 1000)
    large = array("<f8", [998])
    raw = bytes(998 * 8)
    wire = [codec.TUPLE, [[codec.SHARED, 1]] * times]
    if is_read:
        assert len(received(large, raw=raw, wire=wire)) == times
        return
    with pytest.raises(TooMuchError):
        received(large, raw=raw, wire=wire)
    with pytest.raises(TooMuchError):
        received(large, [3, [codec.LIST, [[codec.SHARED, 1]] * times]], raw=raw)


@pytest.mark.parametrize(("letters", "is_read"), [(70_000, True), (90_000, False)])
def test_long_texts_count_by_their_length(
    monkeypatch: pytest.MonkeyPatch, letters: int, is_read: bool
) -> None:
    monkeypatch.setattr(extent, "MAX_EXPANDED_ITEMS", 10_000)
    for text in ("x" * letters, b"x" * letters):
        if is_read:
            received([1, [codec.LIST, [text]]])
            continue
        with pytest.raises(TooMuchError):
            received([1, [codec.LIST, [text]]])


def test_what_is_too_much_is_no_longer_so_when_it_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extent, "MAX_EXPANDED_ITEMS", 100)
    own = judge()
    own.receive(
        [[1, [codec.LIST, [[codec.SHARED, 3]] * 6]], [3, [codec.LIST, [1.0] * 14]]], memoryview(b"")
    )
    with pytest.raises(TooMuchError):
        own.receive([[3, [codec.LIST, [1.0] * 20]]], memoryview(b""))
    own.forget([1])
    own.receive([[3, [codec.LIST, [1.0] * 20]]], memoryview(b""))
    assert own.decode([codec.SHARED, 3]) == [1.0] * 20


def test_what_has_become_small_enough_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extent, "MAX_EXPANDED_ITEMS", 100)
    own, mine = judge(), [1.0] * 101
    for value, least in ((mine, 1), ([mine, mine], 53)):
        own.encode(value)
        with pytest.raises(ValueError, match="too often"):
            own.changes()
        del mine[-least:]
        own.encode(value)
        assert own.changes()[0]


def test_all_that_a_worker_shares_together_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heap, "MAX_HEAP_BYTES", 90_000)
    own, raw = judge(), bytes(8000)
    for number in (1, 3, 5, 7, 9):
        own.receive([[number, array("<f8", [1000])[1]]], memoryview(raw))
    for _ in range(20):  # the same again takes no more
        own.receive([array("<f8", [1000])], memoryview(raw))
    with pytest.raises(TooMuchError):
        own.receive([[11, array("<f8", [1000])[1]]], memoryview(raw))
    own = judge()
    with pytest.raises(TooMuchError):
        own.receive([[1, [codec.LIST, ["x" * 4000]]]], memoryview(b""))


def test_the_objects_that_a_worker_shares_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heap, "MAX_SHARED_OBJECTS", 3)
    own = judge()
    own.receive([[n, [codec.LIST, []]] for n in (1, 3, 5)], memoryview(b""))
    with pytest.raises(ProtocolError):
        own.receive([[7, [codec.LIST, []]]], memoryview(b""))
