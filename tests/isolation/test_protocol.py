"""Any bytes on the pipe give a message, a value or a ProtocolError; nothing else, ever."""

from __future__ import annotations

import socket
import threading

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from grader.isolation.codec import Heap, ProtocolError
from grader.isolation.protocol import HEADER, Channel, Done, Parcel, judge_decoder

BYTES = st.binary(max_size=200)
# Nearly right is what gets furthest.
WIRE = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 9) | st.floats() | st.text(max_size=3) | BYTES
    | st.sampled_from(["<f8", "|b1", "<U4", "<i8", "<c16", "|O", "<M8", "f8", "<f3"]),
    lambda inner: st.lists(inner, max_size=5),
    max_leaves=12,
)  # fmt: skip


def heap() -> Heap:
    return Heap(first=0, export=lambda value: (1, "x"), resolve=lambda number, kind: object())


def read_all(data: bytes, *, piecewise: bool) -> None:
    """Feed ``data`` to a judge's channel as a worker would, and read to its end."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        pieces = [data[i : i + 1] for i in range(len(data))] if piecewise else [data]

        def feed() -> None:
            for piece in pieces:
                theirs.sendall(piece)
            theirs.shutdown(socket.SHUT_WR)

        feeder = threading.Thread(target=feed)
        feeder.start()
        channel = Channel(ours)
        try:
            while True:
                message, raw = channel.receive(judge_decoder())
                if isinstance(message, Done):
                    shared = heap()
                    shared.receive(message.parcel.contents, raw)
                    shared.decode(message.value)
        except (ProtocolError, EOFError):
            pass
        finally:
            feeder.join()


def frame(message: bytes, raw: bytes = b"") -> bytes:
    return HEADER.pack(len(message), len(raw)) + message + raw


@given(data=BYTES, piecewise=st.booleans())
@example(data=HEADER.pack(2**32 - 1, 2**32 - 1), piecewise=False)
def test_any_bytes(data: bytes, piecewise: bool) -> None:
    read_all(data, piecewise=piecewise)


@given(data=BYTES, piecewise=st.booleans())
def test_any_message_in_a_right_frame(data: bytes, piecewise: bool) -> None:
    read_all(frame(data), piecewise=piecewise)


@given(value=WIRE, contents=st.lists(WIRE, max_size=4), raw=BYTES, piecewise=st.booleans())
def test_any_value_in_a_right_message(
    value: object, contents: list[object], raw: bytes, piecewise: bool
) -> None:
    message = msgspec.msgpack.encode(Done(value=value, parcel=Parcel(contents=contents)))
    read_all(frame(message, raw), piecewise=piecewise)


@pytest.mark.long
@settings(max_examples=100_000, deadline=None)
@given(value=WIRE, contents=st.lists(WIRE, max_size=4), raw=BYTES, piecewise=st.booleans())
def test_any_value_at_length(
    value: object, contents: list[object], raw: bytes, piecewise: bool
) -> None:
    message = msgspec.msgpack.encode(Done(value=value, parcel=Parcel(contents=contents)))
    read_all(frame(message, raw), piecewise=piecewise)


def array(dtype: object, shape: object, flags: object = 0) -> list[object]:
    return [1, [0, dtype, shape, flags]]


@pytest.mark.parametrize(
    ("contents", "raw"),
    [
        ([array("|O", [1])], b"\0" * 8),  # Python objects would be pointers
        ([array("<f8", [2])], b"\0" * 8),  # fewer bytes than the shape says
        ([array("<f8", [1])], b"\0" * 9),  # more bytes
        ([array("<f8", [-1])], b""),
        ([array("<f8", [2**31, 2**31, 2**31, 2**31])], b""),
        ([array("<f8", [0, 2**31, 2**31])], b""),
        ([array("|b1", [1])], b"\2"),  # a bool that is neither
        ([array("<U1", [1])], b"\xff\xff\xff\xff"),  # no character
        ([array("<f8", [1] * 40)], b"\0" * 8),
        ([[0, [1, []]]], b""),  # numbered by the other side
        ([[1, [2, [[], 1]]]], b""),
        ([[1, [2, [[4, 1], 1]]]], b""),  # a dict as its own key
        ([[1, [1, []]], [1, [3, []]]], b""),  # a list becomes a set
        ([[1, [9, []]]], b""),
        ([[True, [1, []]]], b""),
    ],
)  # fmt: skip
def test_contents_that_are_none_are_refused(contents: list[object], raw: bytes) -> None:
    with pytest.raises(ProtocolError):
        heap().receive(contents, memoryview(raw))


def nested(depth: int) -> list[object]:
    value: list[object] = [2, []]
    for _ in range(depth):
        value = [2, [value]]
    return value


@pytest.mark.parametrize(
    "wire",
    [
        [4, 5], [0, b"\0" * 70_000], [1, 1, 2], [3, "|O", b"\0" * 8], [3, "<f8", b""], [7, b"\xff"],
        [99, 1], [], [[]], {"a": 1}, [5, "1", "x"], [6, [[4, 0]]], nested(100),
    ],
)  # fmt: skip
def test_values_that_are_none_are_refused(wire: object) -> None:
    with pytest.raises(ProtocolError):
        heap().decode(wire)
