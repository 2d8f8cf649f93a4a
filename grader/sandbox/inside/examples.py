"""Runs the examples of a doctest with the student's names, in a fork of the worker.

The judge sends the examples' sources and gets what each printed or raised; the expected output
never leaves the judge.  It sends them after all cells have run, so no cell can read or change
an example.  A fork per test case hides what one does to the student's objects from the others.

Otter tests a question at the place where the notebook asks for it, with the names and values at
that time.  So a fork is made there (:meth:`Examples.mark`) and waits for the question's examples.
"""

from __future__ import annotations

import io
import sys
import traceback
from contextlib import redirect_stderr, redirect_stdout, suppress
from multiprocessing.connection import Connection, Pipe
from os import _exit, fork, kill, waitpid  # a notebook may overwrite os's own names
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
from .output import sendable
from .shell import Shell

#: What an example printed, and the class and last line of what it raised.
Outcome = tuple[str, str, str]


class Request(msgspec.Struct, array_like=True):
    """Run these sources in ``seconds`` of CPU time, or of idling, together.

    With a ``mark`` the names have the values of that mark, though these may have been changed
    in place since.
    """

    sources: list[str]
    seconds: float
    mark: str


class Examples:
    """Runs examples; ``names`` maps each mark to the notebook's names at that time."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self.names: dict[str, dict[str, Any]] = {}
        self._waiting: dict[str, tuple[int, Connection[Any, Any]]] = {}
        self._encode = msgspec.msgpack.Encoder().encode
        self._request = msgspec.msgpack.Decoder(Request)
        self._outcomes = msgspec.msgpack.Decoder(list[Outcome] | None)

    def mark(self, name: str) -> list[str]:
        """Keep the present names and values for the question ``name``; return the names."""
        if name in self._waiting:
            self._end(*self._waiting.pop(name))
        if len(self._waiting) < MAX_MARKS:
            self._waiting[name] = self._forked()
        self.names[name] = dict(self._shell.namespace)
        return [k for k in self.names[name] if isinstance(k, str) and not k.startswith("_")]

    def run(self, sources: list[str], seconds: float, mark: str = "") -> list[Outcome]:
        """Return what each example prints, and the class and last line of its error, or "".

        Raises TimeLimit if the time is up, and ChildProcessError if the fork ends before its
        examples do.
        """
        is_kept = mark in self._waiting
        request = Request(sources, seconds, "" if is_kept else mark)
        pid, pipe = self._waiting[mark] if is_kept else self._forked()
        data = b""
        try:
            with self._shell.alarm.instead(EXAMPLES_WALL_FACTOR * seconds):
                pipe.send_bytes(self._encode(request))
                data = pipe.recv_bytes(MAX_OUTCOMES_BYTES)
                if data:
                    pipe.recv_bytes(0)  # the fork has ended
        except (OSError, EOFError):
            pass
        finally:
            if not is_kept:
                self._end(pid, pipe)
        if not data:
            raise ChildProcessError("the process that ran the test case ended")
        outcomes: list[Outcome] | None = self._outcomes.decode(data)
        if outcomes is None:
            raise TimeLimit("the time limit was reached")
        return outcomes

    def _forked(self) -> tuple[int, Connection[Any, Any]]:
        """Return a fork that answers requests, each in a fork of its own, and a pipe to it."""
        ours, theirs = Pipe()
        pid = fork()
        if pid:
            theirs.close()
            return pid, ours
        try:
            ours.close()
            while True:
                self._answer(self._request.decode(theirs.recv_bytes()), theirs)
        finally:
            _exit(0)

    def _answer(self, request: Request, pipe: Connection[Any, Any]) -> None:
        pid = fork()
        if pid:
            with suppress(OSError):
                waitpid(pid, 0)
            pipe.send_bytes(b"")  # the only answer if the fork could not send one
            return
        try:
            self._shell.ip.display_formatter.formatters = {}  # doctest ignores displayed values
            self._shell.alarm.start()  # a fork inherits no timer
            outcomes = None  # stays so if the time is up
            with suppress(TimeLimit), self._shell.alarm.limit(request.seconds):
                outcomes = self._all(request)
            pipe.send_bytes(self._encode(outcomes))
        finally:
            _exit(0)

    def _all(self, request: Request) -> list[Outcome]:
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
            sendable(text[:MAX_PRINTED_CHARACTERS]),
            sendable(name[:MAX_NAME_CHARACTERS]),
            sendable(line[:MAX_RAISED_CHARACTERS]),
        )

    def _end(self, pid: int, pipe: Connection[Any, Any]) -> None:
        pipe.close()
        with suppress(OSError):  # also raised if the system reaps children by itself
            kill(pid, 9)
            waitpid(pid, 0)
