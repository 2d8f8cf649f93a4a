"""Any bytes on the pipe give a message, a value or a ProtocolError; nothing else, ever."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from grader.model import Limits
from grader.sandbox.outside.host import Link, Stopped, student_error
from grader.sandbox.outside.promises import kept
from grader.sandbox.wire.codec import ProtocolError
from grader.sandbox.wire.heap import Heap
from grader.sandbox.wire.protocol import (  # fmt: skip
    BUILTIN,
    HEADER,
    Answers,
    CallBack,
    CellDone,
    Channel,
    Done,
    Going,
    Message,
    Parcel,
    Raised,
    Ready,
    judge_decoder,
)

BYTES = st.binary(max_size=200)
DTYPES = ["<f8", "|b1", "<U4", "<i8", "<c16", "|O", "<M8", "f8", "<f3"]
# Nearly right is what gets furthest.
WIRE = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 9) | st.floats() | st.text(max_size=3) | BYTES
    | st.sampled_from(DTYPES),
    lambda inner: st.lists(inner, max_size=5),
    max_leaves=12,
)  # fmt: skip
VALUES = st.recursive(
    st.none() | st.integers(0, 9) | st.floats() | st.text(max_size=2)
    | st.builds(lambda n: [4, n], st.integers(0, 7))
    | st.builds(lambda n: [5, n, "f"], st.integers(-3, 5))
    | st.builds(lambda n: [0, n.to_bytes(9, "little")], st.integers(0, 1 << 70)),
    lambda inner: st.builds(lambda tag, items: [tag, items], st.sampled_from([2, 6, 8, 9]),
                            st.lists(inner, max_size=4)),
    max_leaves=6,
)  # fmt: skip


class Told:
    """The judge's end of a pipe on which a worker has said all that it will ever say."""

    def __init__(self, data: bytes, *, piecewise: bool) -> None:
        self._data = memoryview(data)
        self._most = 1 if piecewise else len(data)

    def recv(self, size: int) -> bytes:
        size = min(size, self._most)
        part, self._data = self._data[:size], self._data[size:]
        return bytes(part)

    def send(self, data: memoryview) -> int:
        return len(data)

    def setblocking(self, flag: bool) -> None:
        pass

    def setsockopt(self, *option: object) -> None:
        pass

    def close(self) -> None:
        pass


def heap() -> Heap:
    return Heap(first=0, export=lambda value: (1, "x"), resolve=lambda number, kind: object())


def read_all(data: bytes, *, piecewise: bool) -> None:
    """Feed ``data`` to a judge's channel as a worker would, and read to its end."""
    channel = Channel(Told(data, piecewise=piecewise))  # type: ignore[arg-type]
    try:
        while True:
            message, raw = channel.receive(judge_decoder())
            if isinstance(message, Done):
                shared = heap()
                shared.receive(message.parcel.contents, raw)
                shared.decode(message.value)
    except (ProtocolError, EOFError):
        pass


def frame(message: bytes, raw: bytes = b"") -> bytes:
    return HEADER.pack(len(message), len(raw)) + message + raw


@st.composite
def contents(draw: st.DrawFn) -> tuple[list[Any], bytes]:
    """Contents of shared objects, most of them right, and the raw bytes of the arrays."""
    entries, raw = [], b""
    for number in draw(st.lists(st.integers(0, 7), max_size=4)):
        if draw(st.booleans()):
            shape = draw(st.lists(st.integers(0, 3), max_size=3))
            dtype = draw(st.sampled_from(DTYPES[:5]))
            size = np.dtype(dtype).itemsize * int(np.prod(shape))
            raw += draw(st.binary(min_size=size, max_size=size))
            entries.append([number, [0, dtype, shape, draw(st.integers(0, 4))]])
        else:
            items = draw(st.lists(VALUES, max_size=4))
            entries.append([number, [draw(st.integers(1, 3)), items]])
    return entries, raw


@st.composite
def spoken(draw: st.DrawFn) -> bytes:
    """A few frames of a worker that keeps to the order of messages, or nearly."""
    data = b""
    for _ in range(draw(st.integers(1, 4))):
        held, raw = draw(contents())
        parcel, value = Parcel(contents=held), draw(VALUES)
        text = draw(st.text(max_size=3))
        # A worker may write down what is no limit at all.
        limits: Any = st.sampled_from(["", "timeout", text])
        messages: Sequence[Message] = (
            Done(value=value, parcel=parcel),
            CallBack(function=draw(st.integers(-3, 1)), arguments=[value], keywords={text: value},
                     parcel=parcel),
            Raised(kind=draw(st.sampled_from([*BUILTIN, "SystemExit", ""])), name=text,
                   message=text, traceback=text, limit=draw(limits),
                   parcel=parcel),
            Ready(layers=[text]),
            CellDone(error=text, traceback=text, output=text, notes=[], limit=draw(limits)),
            Going(),
            Answers(values=[value, draw(VALUES), text][: draw(st.integers(0, 3))], raised=None,
                    parcel=parcel),
        )  # fmt: skip
        message = messages[draw(st.sampled_from([0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 6, 6]))]
        data += frame(
            msgspec.msgpack.encode(message), raw + draw(st.sampled_from([b"", b"", b"x"]))
        )
    return data


def ask(link: Link, *arguments: object) -> None:
    link.operate("call", *arguments)


def ask_twice(link: Link, *arguments: object) -> None:
    with link.queued():
        promised = [link.operate("call", *arguments)]
        promised += [link.operate("call", promised[0], *arguments)]
    repr(kept(promised))


def converse(data: bytes, *, piecewise: bool, ask: Callable[..., None] = ask) -> None:
    """Let a judge use an object whose worker answers ``data``, until that is used up."""
    link = Link(Told(data, piecewise=piecewise), os.getpid(),  # type: ignore[arg-type]
                limits=Limits(), deadline=time.monotonic() + 60)  # fmt: skip
    array, listed = np.arange(3.0), [1, 2]
    view, protected = array[1:], np.ones(2)
    protected.flags.writeable = False
    raised: Exception | None
    while True:
        try:
            ask(link, array, listed, protected, repr, lambda *a, **k: a)
        except Stopped:
            break
        except Exception as error:
            raised = error
        else:
            raised = None
        if raised is not None and student_error(raised) is None:
            # What a worker made of the judge's own list may be more than can be sent back.
            assert (type(raised), link.alive) == (ValueError, False), raised
        # The judge's memory stays its own: a view is a view, protected is protected.
        assert array.size == 3
        assert view.base is array
        assert protected.tolist() == [1.0, 1.0]
    assert not link.alive or link.stopped is not None


@given(data=BYTES, piecewise=st.booleans())
@example(data=HEADER.pack(2**32 - 1, 2**32 - 1), piecewise=False)
def test_any_bytes(data: bytes, piecewise: bool) -> None:
    read_all(data, piecewise=piecewise)
    converse(data, piecewise=piecewise)


@given(data=BYTES, piecewise=st.booleans())
def test_any_message_in_a_right_frame(data: bytes, piecewise: bool) -> None:
    read_all(frame(data), piecewise=piecewise)


def any_value(value: object, held: list[object], raw: bytes, piecewise: bool) -> None:
    message = msgspec.msgpack.encode(Done(value=value, parcel=Parcel(contents=held)))
    read_all(frame(message, raw), piecewise=piecewise)


ANY_VALUE = given(value=WIRE, held=st.lists(WIRE, max_size=4), raw=BYTES, piecewise=st.booleans())
NEARLY_RIGHT = given(data=spoken(), piecewise=st.booleans())


@ANY_VALUE
def test_any_value_in_a_right_message(
    value: object, held: list[object], raw: bytes, piecewise: bool
) -> None:
    any_value(value, held, raw, piecewise)


@pytest.mark.parametrize("ask", [ask, ask_twice], ids=["one by one", "in a queue"])
@NEARLY_RIGHT
def test_a_conversation_that_is_nearly_right(
    data: bytes, piecewise: bool, ask: Callable[..., None]
) -> None:
    converse(data, piecewise=piecewise, ask=ask)


#: 100,000 examples of each, in parts that can run side by side.
PARTS = pytest.mark.parametrize("part", range(4))


@pytest.mark.long
@PARTS
@settings(max_examples=25_000, deadline=None)
@ANY_VALUE
def test_any_value_at_length(
    part: int, value: object, held: list[object], raw: bytes, piecewise: bool
) -> None:
    any_value(value, held, raw, piecewise)


@pytest.mark.long
@PARTS
@settings(max_examples=25_000, deadline=None)
@NEARLY_RIGHT
def test_conversations_at_length(part: int, data: bytes, piecewise: bool) -> None:
    converse(data, piecewise=piecewise)


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
        [8, 1], [8, [[9]]], [8, [[4, 5]]], [9, [1]], [9, [[8, [1.0]], 1]], [[8], []],
    ],
)  # fmt: skip
def test_values_that_are_none_are_refused(wire: object) -> None:
    with pytest.raises(ProtocolError):
        heap().decode(wire)
