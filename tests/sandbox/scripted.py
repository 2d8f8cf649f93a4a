"""A worker that says what a test wrote down for it, to a judge's link in this process."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from typing import Any

import msgspec

from grader.model import Limits
from grader.sandbox.outside.host import Link
from grader.sandbox.wire.protocol import (
    HEADER,
    Answers,
    CallBack,
    CellDone,
    Done,
    FromJudge,
    Message,
    Parcel,
    Raised,
    Stop,
    worker_decoder,
)


def frame(message: Message | bytes, raw: bytes = b"") -> bytes:
    """A message, or bytes in place of one, as it stands on the pipe."""
    body = message if isinstance(message, bytes) else msgspec.msgpack.encode(message)
    return HEADER.pack(len(body), len(raw)) + body + raw


class Pipe:
    """The judge's end of the pipe: ``heard`` are the messages that the judge sent."""

    def __init__(self, data: bytes) -> None:
        self.data, self.sent = memoryview(data), b""
        self.is_closed = False

    def recv(self, size: int) -> bytes:
        part, self.data = self.data[:size], self.data[size:]
        return bytes(part)

    def send(self, data: memoryview) -> int:
        self.sent += bytes(data)
        return len(data)

    def setblocking(self, flag: bool) -> None:
        pass

    def setsockopt(self, *option: object) -> None:
        pass

    def close(self) -> None:
        self.is_closed = True

    @property
    def heard(self) -> list[tuple[FromJudge, bytes]]:
        """The messages so far, each with its raw bytes."""
        found, rest = [], self.sent
        while rest:
            size, raw = HEADER.unpack_from(rest)
            start = HEADER.size + size
            found.append((worker_decoder().decode(rest[HEADER.size : start]), rest[start:][:raw]))
            rest = rest[start + raw :]
        return found


def link(
    *said: Message | bytes | tuple[Message, bytes],
    limits: Limits | None = None,
    seconds: float = 60,
) -> tuple[Link, Pipe]:
    """A judge's link to a worker that says this, one after the other, and its pipe."""
    frames: Sequence[Any] = [one if isinstance(one, tuple) else (one, b"") for one in said]
    pipe = Pipe(b"".join(frame(*one) for one in frames))
    deadline = time.monotonic() + seconds
    made = Link(pipe, os.getpid(), limits=limits or Limits(), deadline=deadline)  # type: ignore[arg-type]
    return made, pipe


EMPTY = Parcel()
CELL = CellDone(error=None, traceback="", output="", notes=[], limit=Stop.NONE)


def done(value: Any, *contents: Any) -> Done:
    return Done(value=value, parcel=Parcel(contents=list(contents)))


def raised(**changes: Any) -> Raised:
    fields = {
        "kind": "ValueError",
        "name": "Own",
        "message": "m",
        "traceback": "",
        "limit": Stop.NONE,
    }
    return Raised(**{**fields, **changes}, parcel=EMPTY)


def answers(*values: Any, raised: Raised | None = None) -> Answers:
    return Answers(values=list(values), raised=raised, parcel=EMPTY)


def call_back(number: int, *arguments: Any, **keywords: Any) -> CallBack:
    return CallBack(function=number, arguments=list(arguments), keywords=keywords, parcel=EMPTY)


def queue(own: Link) -> list[Any]:
    with own.queued():
        return [own.operate("call", 1), own.operate("call", 2)]
