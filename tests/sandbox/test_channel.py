"""Frames on the pipe: read whole however they come, bounded, and never waited for too long."""

from __future__ import annotations

import itertools
import socket
import struct
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.sandbox.wire import protocol
from grader.sandbox.wire.bounds import MAX_RAW_BYTES, MAX_READ_BYTES
from grader.sandbox.wire.codec import ProtocolError
from grader.sandbox.wire.protocol import (
    Channel,
    Going,
    Ready,
    Stop,
    judge_decoder,
    worker_decoder,
)

from .scripted import frame


class Given:
    """An end of a pipe that gives these pieces; None is a tenth of a second without any."""

    def __init__(self, *pieces: bytes | None, takes: int = 1 << 20) -> None:
        self.pieces, self.takes = list(pieces), takes
        self.taken, self.asked = b"", [0]

    def recv(self, size: int) -> bytes:
        self.asked.append(size)
        piece = self.pieces.pop(0) if self.pieces else b""
        if piece is None:
            raise BlockingIOError
        if len(piece) > size:
            self.pieces.insert(0, piece[size:])
        return piece[:size]

    def send(self, data: memoryview) -> int:
        piece = self.pieces.pop(0) if self.pieces else b"goes on"
        if piece is None:
            raise BlockingIOError
        self.taken += bytes(data[: self.takes])
        return min(len(data), self.takes)

    def setblocking(self, flag: bool) -> None:
        pass

    def setsockopt(self, *option: object) -> None:
        pass


class UpError(Exception):
    """The time is up."""


class Clock:
    """A clock that goes on by ``step`` seconds each time it is looked at; patience for ten looks."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, step: float) -> None:
        self.now, self.step, self.looks = 100.0, step, 0
        monkeypatch.setattr(protocol, "time", SimpleNamespace(monotonic=self.monotonic))

    def monotonic(self) -> float:
        self.now += self.step
        return self.now

    def check(self) -> None:
        self.looks += 1
        if self.looks == 10:
            raise UpError


def channel(sock: Given, clock: Clock | None = None) -> Channel:
    return Channel(sock, patience=clock.check if clock else None)  # type: ignore[arg-type]


def read_all(own: Channel) -> None:
    while True:
        own.receive(judge_decoder())


def layers(*names: str) -> bytes:
    return frame(Ready(layers=list(names)))


@given(
    texts=st.lists(st.tuples(st.text(max_size=9), st.binary(max_size=9)), min_size=1, max_size=4),
    cuts=st.lists(st.integers(0, 60), max_size=6),
)
def test_messages_arrive_whole_and_in_order_wherever_they_are_cut(
    texts: list[tuple[str, bytes]], cuts: list[int]
) -> None:
    data = b"".join(frame(Ready(layers=[text]), raw) for text, raw in texts)
    places = [0, *sorted(cut for cut in cuts if cut < len(data)), len(data)]
    pieces = [data[a:b] for a, b in itertools.pairwise(places) if a < b]
    own = channel(Given(*pieces))
    for text, raw in texts:
        message, rest = own.receive(judge_decoder())
        assert (message, bytes(rest)) == (Ready(layers=[text]), raw)
    with pytest.raises(EOFError):
        own.receive(judge_decoder())


def test_what_was_received_is_counted_without_raw_bytes() -> None:
    one, two = Ready(layers=["a"]), Going()
    own = channel(Given(frame(one, b"x" * 99) + frame(two)))
    own.receive(judge_decoder())
    own.receive(judge_decoder())
    assert own.received == len(frame(one)) + len(frame(two)) - 2 * protocol.HEADER.size


@pytest.mark.parametrize(
    ("sizes", "is_read"),
    [((10, 20), True), ((11, 0), False), ((0, 21), False), ((2**32 - 1, 2**32 - 1), False)],
)
def test_a_frame_of_more_than_the_limit_is_not_even_read(
    monkeypatch: pytest.MonkeyPatch, sizes: tuple[int, int], is_read: bool
) -> None:
    monkeypatch.setattr(protocol, "MAX_MESSAGE_BYTES", 10)
    monkeypatch.setattr(protocol, "MAX_RAW_BYTES", 20)
    header, body = struct.pack("<II", *sizes), layers("a")[8:]
    assert len(body) == 10
    sock = Given(header, body + b"x" * 20)
    if is_read:
        assert bytes(channel(sock).receive(judge_decoder())[1]) == b"x" * 20
        return
    with pytest.raises(ProtocolError):
        channel(sock).receive(judge_decoder())
    assert len(sock.pieces) == 1


def test_no_more_is_reserved_than_a_part_of_what_a_frame_announces() -> None:
    sock = Given(struct.pack("<II", 1, MAX_RAW_BYTES), b"x" * 1000)
    with pytest.raises(EOFError):
        channel(sock).receive(judge_decoder())
    assert max(sock.asked) == MAX_READ_BYTES


@pytest.mark.parametrize(
    "pieces",
    [
        [None] * 99,
        [bytes([byte]) for byte in layers("x" * 200)],
        [frame(Going())] * 99,
    ],
    ids=["nothing", "a byte at a time", "one message after the other"],
)
def test_patience_is_asked_whatever_comes(
    monkeypatch: pytest.MonkeyPatch, pieces: list[bytes | None]
) -> None:
    own = channel(Given(*pieces), Clock(monkeypatch, step=0.2))
    with pytest.raises(UpError):
        read_all(own)


def test_patience_is_asked_at_most_once_in_a_tenth_of_a_second(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = Clock(monkeypatch, step=0.01)
    own = channel(Given(*[frame(Going())] * 50), clock)
    with pytest.raises(EOFError):
        read_all(own)
    assert 4 <= clock.looks <= 6


def test_a_side_that_does_not_read_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    message = Ready(layers=["x" * 30])
    sock = Given(None, b"", None, b"", takes=20)
    channel(sock, Clock(monkeypatch, step=0.2)).send(message, [b"a", b"bc"])
    assert sock.taken == frame(message, b"abc")
    with pytest.raises(UpError):
        channel(Given(*[None] * 99), Clock(monkeypatch, step=0.2)).send(message)


@pytest.mark.parametrize(
    ("layers", "raw", "is_sent"),
    [(["x"], [b"a" * 12, b"b" * 8], True), (["x"], [b"a" * 12, b"b" * 9], False), (["x" * 99], [], False)],
)  # fmt: skip
def test_no_more_is_sent_than_would_be_read(
    monkeypatch: pytest.MonkeyPatch, layers: list[str], raw: list[bytes], is_sent: bool
) -> None:
    monkeypatch.setattr(protocol, "MAX_MESSAGE_BYTES", 50)
    monkeypatch.setattr(protocol, "MAX_RAW_BYTES", 20)
    sock = Given()
    if is_sent:
        channel(sock).send(Ready(layers=layers), raw)
        assert sock.taken
        return
    with pytest.raises(ValueError, match="too much data"):
        channel(sock).send(Ready(layers=layers), raw)
    assert sock.taken == b""


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def test_a_closed_pipe_is_an_end_of_file_for_both(ends: tuple[Any, Any]) -> None:
    ours, theirs = ends
    own, other = Channel(ours), Channel(theirs)
    own.send(Going())
    assert other.receive(judge_decoder())[0] == Going()
    other.send(Going())
    other.close()  # with nothing read of it: the kernel resets the connection
    own.receive(judge_decoder())
    with pytest.raises(EOFError):
        own.receive(judge_decoder())
    with pytest.raises(EOFError):
        own.send(Going())


@pytest.mark.parametrize(
    ("name", "error"),
    [("send", ConnectionResetError), ("send", BrokenPipeError), ("recv", ConnectionResetError)],
)
def test_a_connection_that_breaks_is_an_end_of_file(
    monkeypatch: pytest.MonkeyPatch, name: str, error: type[OSError]
) -> None:
    def breaks(*arguments: object) -> int:
        raise error

    monkeypatch.setattr(Given, name, breaks)
    own = channel(Given())
    with pytest.raises(EOFError):
        own.send(Going()) if name == "send" else own.receive(judge_decoder())


@pytest.mark.parametrize(
    "body",
    [
        b"", b"\xc0", b"\x90", b"\x91\x01", b"\x91\xa4none", b"\x91\xa5going\x01", b"\x92\xa5going\xc0",
        b"\x92\xa5ready\x91\x01", b"\x92\xa5ready\x91\xa1\xff", b"\x91" * 9999, b"\x92\xa5ready\xdd\xff\xff\xff\xff",
        b"\x92\xa5ready\xdb\xff\xff\xff\xff", b"\x91\xa5going\x91\xa5going",
    ],
)  # fmt: skip
def test_what_is_no_message_is_refused(body: bytes) -> None:
    for judges in (True, False):
        own = channel(Given(frame(body)))
        with pytest.raises(ProtocolError):
            own.receive(judge_decoder()) if judges else own.receive(worker_decoder())


def test_neither_side_takes_what_only_the_other_may_say() -> None:
    with pytest.raises(ProtocolError):
        channel(Given(layers())).receive(worker_decoder())
    asked = protocol.Operate("call", [], {}, 1.0, protocol.Parcel())
    with pytest.raises(ProtocolError):
        channel(Given(frame(asked))).receive(judge_decoder())
    assert channel(Given(frame(asked))).receive(worker_decoder())[0] == asked


@pytest.mark.parametrize("limit", ["fault", "TIMEOUT", "timeout ", 1, None])
def test_a_limit_that_does_not_exist_is_no_message(limit: object) -> None:
    for text, is_read in ((limit, False), (Stop.TIMEOUT, True)):
        body = ["cell_done", None, "", "", [], text]
        sock = Given(frame(msgspec.msgpack.encode(body)))
        if is_read:
            assert channel(sock).receive(judge_decoder())[0].limit is Stop.TIMEOUT  # type: ignore[union-attr]
            continue
        with pytest.raises(ProtocolError):
            channel(sock).receive(judge_decoder())
