"""Messages between judge and worker, and the channel that carries them.

The judge asks, the worker answers; nothing else is ever sent:

    judge → worker                          worker → judge
    --------------------------------------  -------------------------------
    Prepare (files, cells, names, limits)   Ready
    RunCell (one code cell)                 CellDone
    Operate (call, getattr, ...)            Done | Raised, or first any number
                                            of CallBack, each answered with
                                            Done | Raised, after any number of
                                            Operate
    Queue (many of Operate)                 Answers, or first any number of
                                            CallBack, as above, and of Going
    (end of file)                           the worker ends

A frame is two little-endian 32-bit lengths, a msgpack message of the first
length and raw bytes of the second (the contents of arrays, see ``codec``).
Whatever is not the frame, message or value expected now is a ProtocolError: the
side that reads it gives up on the other.  Both sides use this module.
"""

from __future__ import annotations

import functools
import socket
import struct
import time
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Any, Final, TypeVar

import msgspec

from .arrays import ACTIONS
from .bounds import (
    LOOK_SECONDS,
    MAX_MESSAGE_BYTES,
    MAX_NUMBER,
    MAX_RAW_BYTES,
    MAX_READ_BYTES,
    READ_BYTES,
)
from .codec import ProtocolError

HEADER: Final = struct.Struct("<II")
#: A handle from here on is the result of an operation in the same queue.
PROMISED: Final = 2 * MAX_NUMBER
#: The handle of each function that travels as its text, in place of its type's name.
FORMULA: Final = 0


class Message(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    """Base of all messages."""


class Prepare(Message, tag="prepare"):
    """The first message to a worker.

    ``files`` are (relative path, size) of what is laid into the scratch folder, ``cells``
    the sizes of all cells' sources in UTF-8: where not all of a cell can be run, later
    cells tell what of it is needed.  The raw bytes are their contents, one after the other.
    ``folder`` is the notebook's own among the files, the working directory; "" is the top.
    """

    files: list[tuple[str, int]]
    cells: list[int]
    names: list[str]
    output_bytes: int
    folder: str


class Ready(Message, tag="ready"):
    """The worker is confined, by these layers, and waits for the first cell."""

    layers: list[str]


class RunCell(Message, tag="cell"):
    """Run one code cell; after ``seconds`` of CPU time, or of idling, it is interrupted.

    ``definitions_only`` runs its imports, functions and classes, what these and the
    required names need, and nothing else; ``reaching`` what may make it in other ways, too.
    """

    index: int
    source: str
    seconds: float
    definitions_only: bool
    reaching: bool


class Stop(StrEnum):
    """The limit that stopped something; of what ended by itself, none."""

    NONE = ""
    TIMEOUT = "timeout"
    MEMORY = "memory"
    CRASH = "crash"  # the process died, or does not keep to the protocol


class Befell(StrEnum):
    """What befell a cell, where the judge decides by it: notes are for people alone."""

    NOT_RUN = "not_run"  # it stands under a magic that is not known
    WITHOUT_MAGIC = "without_magic"  # it does, and was run
    OTHER_PYTHON = "other_python"  # it asks for what another version of Python may have


class CellDone(Message, tag="cell_done"):
    """How a cell ran.  ``error`` is ``"ClassName: message"``; ``limit`` is what stopped it.

    ``notes`` are (text, its fields) each, as :class:`grader.words.Words` has them.
    """

    error: str | None
    traceback: str
    output: str
    notes: list[tuple[str, dict[str, str]]]
    limit: Stop
    befell: list[Befell] = []


class Parcel(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    """Changes to shared objects that travel with a message, before its values are read.

    ``contents`` belong to ``heap.Heap``; ``forget`` names shared objects, to be
    dropped after the contents were taken over, and ``drop`` handles that the sender
    no longer needs.
    """

    contents: list[Any] = []
    forget: list[int] = []
    drop: list[int] = []


class Operate(Message, tag="operate"):
    """Do ``operation`` on the first argument: one of ``OPERATIONS``."""

    operation: str
    arguments: list[Any]
    keywords: dict[str, Any]
    seconds: float
    parcel: Parcel


class Queue(Message, tag="queue"):
    """Do these in order, as if each were asked alone, until one raises.

    An argument may be the result of an earlier one: a handle, ``PROMISED`` and its place.
    ``sizes`` part the raw bytes; of those in ``wanted`` the value is asked for.  ``unheld`` are
    shared objects whose changes the judge does not need, unless it is given them again.
    """

    steps: list[Operate]
    sizes: list[int]
    wanted: list[bool]
    unheld: list[int] = []


class Answers(Message, tag="answers"):
    """What a queue gave: a value for each operation that was done, and what ended it, if any.

    In place of a value that is not wanted there is None; ``notes`` and ``needs`` are as
    Done's.
    """

    values: list[Any]
    raised: Raised | None
    parcel: Parcel
    notes: list[tuple[str, dict[str, str]]] = []
    needs: list[tuple[str, dict[str, str], bool]] = []


class Going(Message, tag="going"):
    """The worker is still at a queue: another operation of it has ended."""


class CallBack(Message, tag="callback"):
    """The student's code calls a function that the test passed as an argument."""

    function: int
    arguments: list[Any]
    keywords: dict[str, Any]
    parcel: Parcel


class Done(Message, tag="done"):
    """The value that an operation, or a call back, gave.

    ``notes`` are as a cell's; ``needs`` are what is missing that it rests on: (text, its
    fields, whether that is certain) each.
    """

    value: Any
    parcel: Parcel
    notes: list[tuple[str, dict[str, str]]] = []
    needs: list[tuple[str, dict[str, str], bool]] = []


class Raised(Message, tag="raised"):
    """The exception that an operation, or a call back, raised.

    ``kind`` is a built-in class's name (see ``BUILTIN``), ``name`` the student's
    own class's; ``limit`` is what stopped it; ``notes`` and ``needs`` are as Done's.
    """

    kind: str
    name: str
    message: str
    traceback: str
    limit: Stop
    parcel: Parcel
    notes: list[tuple[str, dict[str, str]]] = []
    needs: list[tuple[str, dict[str, str], bool]] = []


FromWorker = Ready | CellDone | CallBack | Done | Raised | Answers | Going
FromJudge = Prepare | RunCell | Operate | Queue | Done | Raised

#: What an Operate may ask for; the worker's table must have the same keys.
OPERATIONS: Final = frozenset(
    "lookup defined define undefine call calls method getattr setattr delattr getitem setitem "
    "delitem len iter next contains isinstance bool int float complex str repr array "
    "examples mark seed".split()
) | frozenset(ACTIONS)

#: The classes an exception may arrive as: those that take one message.
BUILTIN: Final[dict[str, type[Exception]]] = {
    cls.__name__: cls
    for cls in (
        ArithmeticError, AssertionError, AttributeError, BufferError, EOFError, Exception,
        FloatingPointError, ImportError, IndentationError, IndexError, KeyError, LookupError,
        MemoryError, ModuleNotFoundError, NameError, NotImplementedError, OSError, OverflowError,
        PermissionError, FileNotFoundError, FileExistsError, IsADirectoryError,
        NotADirectoryError, ConnectionError, TimeoutError, RecursionError, ReferenceError,
        RuntimeError, StopIteration, SyntaxError, SystemError, TypeError, UnboundLocalError,
        UnicodeError, ValueError, ZeroDivisionError,
    )
}  # fmt: skip

_M = TypeVar("_M")
_A_WHILE: Final = struct.pack("ll", 0, int(1e6 * LOOK_SECONDS))  # a struct timeval


class Channel:
    """One end of the pipe.

    ``patience`` is called after each tenth of a second of waiting, and raises when
    the time is up; None waits for ever.  Raises EOFError when the other side is gone.
    """

    def __init__(self, sock: socket.socket, *, patience: Callable[[], None] | None = None) -> None:
        self._sock = sock
        self._patience = patience
        sock.setblocking(True)
        if patience is not None:
            # Cheaper than asking, before each read, whether there is something to read.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, _A_WHILE)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, _A_WHILE)
        self._encoder = msgspec.msgpack.Encoder()
        self._rest = memoryview(b"")  # read, but of no message yet
        self._looked = 0.0
        self.received = 0  # bytes of messages, without the raw ones behind them

    def close(self) -> None:
        """Close this end; the other side reads the end of file."""
        self._sock.close()

    def send(self, message: Message, raw: Sequence[bytes] = ()) -> None:
        """Send one message; raise ValueError if it is larger than a frame may be."""
        body = self._encoder.encode(message)
        size = sum(map(len, raw))
        if len(body) > MAX_MESSAGE_BYTES or size > MAX_RAW_BYTES:
            raise ValueError("too much data to send in one call")
        view = memoryview(b"".join([HEADER.pack(len(body), size), body, *raw]))
        while view:
            try:
                view = view[self._sock.send(view) :]
            except BlockingIOError:
                pass
            except (BrokenPipeError, ConnectionResetError) as error:
                raise EOFError from error
            if view:
                self.look()

    def receive(self, decoder: msgspec.msgpack.Decoder[_M]) -> tuple[_M, memoryview]:
        """Return the next message and the raw bytes after it; raise ProtocolError or EOFError."""
        size, raw_size = HEADER.unpack(self._exactly(HEADER.size))
        if size > MAX_MESSAGE_BYTES or raw_size > MAX_RAW_BYTES:
            raise ProtocolError("expected a frame of bounded size")
        frame = self._exactly(size + raw_size)
        self.received += size
        try:
            message = decoder.decode(frame[:size])
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
            raise ProtocolError("expected a message") from error
        self.look()  # many quick answers never let us wait
        return message, frame[size:]

    def _exactly(self, size: int) -> memoryview:
        if len(self._rest) < size:
            self._fill(size)
        taken, self._rest = self._rest[:size], self._rest[size:]
        return taken

    def _fill(self, size: int) -> None:
        parts: list[bytes | memoryview] = [self._rest]
        missing = size - len(self._rest)
        while missing > 0:
            try:
                part = self._sock.recv(max(READ_BYTES, min(missing, MAX_READ_BYTES)))
            except BlockingIOError:
                self.look()
                continue
            except ConnectionResetError as error:
                raise EOFError from error
            if not part:
                raise EOFError
            parts.append(part)
            missing -= len(part)
            if missing > 0:
                self.look()  # a side that sends a byte at a time never lets us wait
        self._rest = memoryview(b"".join(parts))

    def look(self) -> None:
        """Ask ``patience``, at most once in a tenth of a second."""
        if self._patience is not None:
            now = time.monotonic()
            if now - self._looked > 0.9 * LOOK_SECONDS:
                self._looked = now
                self._patience()


@functools.cache
def judge_decoder() -> msgspec.msgpack.Decoder[FromWorker]:
    """Return the decoder of what a worker sends.  Made once: that takes a millisecond."""
    return msgspec.msgpack.Decoder(FromWorker)


@functools.cache
def worker_decoder() -> msgspec.msgpack.Decoder[FromJudge]:
    """Return the decoder of what the judge sends."""
    return msgspec.msgpack.Decoder(FromJudge)
