"""Runs the examples of a doctest among the student's names, in a fork that ends with them.

The judge sends each example's source and gets what it printed, or raised; what should have come
out never leaves the judge.  It sends them after all cells have run, so that none of them reads
or changes an example, and what one test case does to the student's objects no other one sees.

Otter tests a question where the notebook asks for that, among the names and values of then.  So
there a fork is kept (:meth:`Examples.mark`), which waits for that question's examples.
"""

from __future__ import annotations

import io
import sys
import traceback
from contextlib import redirect_stderr, redirect_stdout, suppress
from os import _exit, fork, kill, waitpid  # not as the student may leave them
from socket import socket, socketpair
from typing import Any

import msgspec

from grader.sandbox.wire.bounds import (
    EXAMPLES_WALL_FACTOR,
    MAX_MARKS,
    MAX_NAME_CHARACTERS,
    MAX_OUTCOMES_BYTES,
    MAX_PRINTED_CHARACTERS,
    MAX_RAISED_CHARACTERS,
)

from .limits import TimeLimit
from .shell import Shell

Outcome = tuple[str, str, str]


class Request(msgspec.Struct, array_like=True):
    """Run these; ``seconds`` of CPU time, or of idling, are for all together.

    With a ``mark`` the names are first made those of then, though what they stand for may have
    changed.
    """

    sources: list[str]
    seconds: float
    mark: str


class Reply(msgspec.Struct, array_like=True):
    """For each source what it printed, and the class and last line of what it raised."""

    outcomes: list[Outcome]
    is_late: bool = False


class Examples:
    """Runs examples; ``names`` are those at each mark, by its name."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self.names: dict[str, dict[str, Any]] = {}
        self._waiting: dict[str, tuple[int, socket]] = {}
        self._encode = msgspec.msgpack.Encoder().encode
        self._request = msgspec.msgpack.Decoder(Request)
        self._reply = msgspec.msgpack.Decoder(Reply)

    def mark(self, name: str) -> list[str]:
        """Keep the names and values of now for the question ``name``; gives the names."""
        if name in self._waiting:
            self._end(*self._waiting.pop(name))
        if len(self._waiting) < MAX_MARKS:
            self._waiting[name] = self._forked()
        self.names[name] = dict(self._shell.namespace)
        return [k for k in self.names[name] if isinstance(k, str) and not k.startswith("_")]

    def run(self, sources: list[str], seconds: float, mark: str = "") -> list[Outcome]:
        """What examples print and raise; both texts of the latter are empty where nothing is.

        Raises TimeLimit where the time was too short, and ChildProcessError where the fork ended
        before its examples did.
        """
        is_kept = mark in self._waiting
        request = Request(sources, seconds, "" if is_kept else mark)
        pid, sock = self._waiting[mark] if is_kept else self._forked()
        try:
            with self._shell.alarm.instead(EXAMPLES_WALL_FACTOR * seconds):
                _send(sock, self._encode(request))
                data = _receive(sock)
                if data:
                    _receive(sock)  # that the fork has ended
        except OSError:
            data = b""
        finally:
            if not is_kept:
                self._end(pid, sock)
        if not data:
            raise ChildProcessError("the process that ran the test case ended")
        reply = self._reply.decode(data)
        if reply.is_late:
            raise TimeLimit("the time limit was reached")
        return reply.outcomes

    def _forked(self) -> tuple[int, socket]:
        """A fork that answers requests, each in a fork of its own."""
        ours, theirs = socketpair()
        pid = fork()
        if pid:
            theirs.close()
            return pid, ours
        try:
            ours.close()
            while data := _receive(theirs):
                self._answer(self._request.decode(data), theirs)
        finally:
            _exit(0)

    def _answer(self, request: Request, sock: socket) -> None:
        pid = fork()
        if pid:
            with suppress(OSError):
                waitpid(pid, 0)
            _send(sock, b"")  # all that comes where the fork could not answer
            return
        try:
            self._shell.ip.display_formatter.formatters = {}  # what is displayed is not printed
            self._shell.alarm.start()  # a timer of its own
            try:
                with self._shell.alarm.limit(request.seconds):
                    reply = Reply(self._outcomes(request))
            except TimeLimit:
                reply = Reply([], is_late=True)
            _send(sock, self._encode(reply))
        finally:
            _exit(0)

    def _outcomes(self, request: Request) -> list[Outcome]:
        own = self._shell.namespace
        if request.mark in self.names:
            then = self.names[request.mark]
            own.clear()
            own.update(then)
        names = own.copy()  # as doctest does
        return [self._one(number, source, names) for number, source in enumerate(request.sources)]

    def _one(self, number: int, source: str, names: dict[str, Any]) -> Outcome:
        printed = io.StringIO()
        name = line = ""
        sys.displayhook = sys.__displayhook__
        with redirect_stdout(printed), redirect_stderr(io.StringIO()):
            try:
                code = compile(source, f"<doctest {number}>", "single", 0, True)
                exec(code, names)
            except KeyboardInterrupt:
                raise
            except BaseException as error:
                name = type(error).__name__
                line = traceback.format_exception_only(type(error), error)[-1]
        text = printed.getvalue()
        if text and not text.endswith("\n"):
            text += "\n"  # as doctest compares
        return (
            _plain(text, MAX_PRINTED_CHARACTERS),
            _plain(name, MAX_NAME_CHARACTERS),
            _plain(line, MAX_RAISED_CHARACTERS),
        )

    def _end(self, pid: int, sock: socket) -> None:
        sock.close()
        with suppress(OSError):  # also where children are reaped by themselves
            kill(pid, 9)
            waitpid(pid, 0)


def _send(sock: socket, data: bytes) -> None:
    sock.sendall(len(data).to_bytes(4, "little") + data)


def _receive(sock: socket) -> bytes:
    """What was sent; empty where that was nothing, or the other side is gone."""
    size = int.from_bytes(_read(sock, 4), "little")
    return _read(sock, size) if size <= MAX_OUTCOMES_BYTES else b""


def _read(sock: socket, size: int) -> bytes:
    data = b""
    while len(data) < size and (part := sock.recv(size - len(data))):
        data += part
    return data if len(data) == size else b""


def _plain(text: Any, most: int) -> str:
    return str(text)[:most].encode("utf-8", "replace").decode()
