"""The worker: runs one submission's cells, then does operations on its objects for the judge.

From the first cell on, student code can change everything in this process, so the judge trusts
none of its answers.
"""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Callable, Sequence
from itertools import takewhile
from time import monotonic
from types import MethodType
from typing import Any, Final

import numpy as np
from numpy import ndarray

from grader.sandbox.wire.arrays import Formula, formula
from grader.sandbox.wire.bounds import (
    GOING_SECONDS,
    MAX_MESSAGE_CHARACTERS,
    MAX_NAME_CHARACTERS,
    SWITCH_SECONDS,
)
from grader.sandbox.wire.codec import HANDLE, Wire
from grader.sandbox.wire.heap import Heap
from grader.sandbox.wire.protocol import (
    BUILTIN,
    FORMULA,
    PROMISED,
    Answers,
    CallBack,
    CellDone,
    Channel,
    Done,
    Going,
    Message,
    Operate,
    Parcel,
    Prepare,
    Queue,
    Raised,
    Ready,
    RunCell,
    Stop,
    worker_decoder,
)

from . import jupyter, notebooks, operations, standins, tree
from .absent import Absent
from .limits import TimeLimit
from .output import sendable
from .partial import Partial
from .shell import Shell

#: Types whose values are encoded only when a queue has ended: later steps may change them.
_LATE: Final = (list, tuple, dict)


class Worker:
    """Serves one judge until the pipe closes."""

    def __init__(self, channel: Channel, shell: Shell, *, layers: list[str], scratch: str) -> None:
        self._channel = channel
        self._pid = os.getpid()
        self._decoder = worker_decoder()
        self._shell = shell
        self._layers = layers
        self._scratch = scratch
        self._objects: dict[int, Any] = {}
        self._numbers: dict[int, int] = {}
        self._heap = Heap(first=1, export=self._export, resolve=self._resolve)
        self._next = 1
        self._needs = standins.Needs()
        self._absent = Absent(is_student=shell.is_student, note=shell.note, needs=self._needs)
        self._promised: list[Any] = []  # the results of the present queue's operations
        self._unheld: frozenset[int] = frozenset()  # shared objects the judge holds no longer
        self._operations = operations.table(shell, self._absent)

    def serve(self) -> None:
        """Answer messages until the pipe closes."""
        while True:
            try:
                message, raw = self._channel.receive(self._decoder)
            except EOFError:
                return
            if isinstance(message, Prepare):
                self._prepare(message, raw)
                self._channel.send(Ready(layers=self._layers))
            elif isinstance(message, RunCell):
                self._send(self._run_cell(message))
            elif isinstance(message, Operate):
                self._operate(message, raw)
            elif isinstance(message, Queue):
                self._do_all(message, raw)

    def _prepare(self, message: Prepare, raw: memoryview) -> None:
        laid = tree.lay(message, raw, top=self._scratch, note=self._shell.note)
        rest = raw[sum(size for _, size in message.files) :]
        cells = []
        for size in message.cells:
            cells.append(str(rest[:size], "utf-8"))
            rest = rest[size:]
        os.chdir(laid.home)
        jupyter.start(laid.home, *laid.importable)
        # All workers are copies of one process: without this they would draw the same numbers.
        np.random.seed(int.from_bytes(os.urandom(4), "little"))
        random.seed()
        # A busy thread that a demo left behind would delay every answer.
        sys.setswitchinterval(SWITCH_SECONDS)
        self._shell.prepare(message, cells, laid)
        is_student = self._shell.is_student
        partial = Partial(self._shell.alarm, is_student=is_student, cells=cells)
        partial.install()
        sys.meta_path.append(notebooks.Finder(self._shell.ip, is_student, partial))
        self._absent.install()
        self._shell.ip.compile.look = self._absent.look
        self._shell.imports.install()

    def _run_cell(self, message: RunCell) -> CellDone:
        shell, cell = self._shell, (message.index, message.source, message.seconds)
        if message.definitions_only:
            error, output = shell.run_definitions(*cell, reaching=message.reaching)
        else:
            error, output = shell.run(*cell)
        self._needs.take()  # only results of test cases count, not those of demos
        done = CellDone(
            error=None,
            traceback="",
            output=sendable(output),
            notes=shell.ip.take_notes(),
            limit=Stop.TIMEOUT if shell.alarm.has_rung else Stop.NONE,
            befell=shell.befell(error),
        )
        if error is not None:
            text = sendable(f"{type(error).__name__}: {_message(error)}")
            done.error = text[:MAX_MESSAGE_CHARACTERS]
            done.traceback = shell.traceback(error)
            done.limit = _limit(error)
        return done

    # -- operations ----------------------------------------------------------

    def _operate(self, message: Operate, raw: memoryview) -> None:
        reply: Done | Raised
        try:
            given = self._heap.encode_given([self._do(message, raw)])
            reply = Done(value=given[0], parcel=Parcel())
        except BaseException as error:
            reply = self._raised(error)
        try:
            self._reply(reply)
        except Exception as error:  # the result cannot be sent
            self._reply(self._raised(error))

    def _do(self, message: Operate, raw: memoryview) -> Any:
        self._accept(message.parcel, raw)
        arguments = [self._heap.decode(wire) for wire in message.arguments]
        keywords = {key: self._heap.decode(wire) for key, wire in message.keywords.items()}
        with self._shell.alarm.limit(message.seconds):
            return self._operations[message.operation](*arguments, **keywords)

    def _do_all(self, queue: Queue, raw: memoryview) -> None:
        reply = Answers(values=[], raised=None, parcel=Parcel())
        told = monotonic()
        self._promised.clear()
        self._unheld = frozenset(queue.unheld)
        for step, size, wanted in zip(queue.steps, queue.sizes, queue.wanted, strict=True):
            if reply.raised is not None:  # not done, but the objects that came with it are known
                self._promised.append(None)
                self._accept(step.parcel, raw[:size])
                raw = raw[size:]
                continue
            try:
                value = self._do(step, raw[:size])
                is_now = wanted and type(value) not in _LATE
                wire = self._heap.encode(value) if is_now else None
            except BaseException as error:
                reply.raised = self._raised(error)
                value = None
            else:
                reply.values.append(wire)
            self._promised.append(value)
            raw = raw[size:]
            if monotonic() - told > GOING_SECONDS:
                self._send(Going())
                told = monotonic()
        value = None
        try:
            self._give(reply, queue.wanted)
            self._reply(reply)
        except Exception as error:  # a result cannot be sent
            self._heap.forget(self._heap.unsent())
            # Handles can: without them the judge would not know what it holds.
            handles = list(takewhile(_is_handle, reply.values[:-1]))
            self._reply(Answers(values=handles, raised=self._raised(error), parcel=Parcel()))
        self._unheld = frozenset()

    def _give(self, answers: Answers, wanted: Sequence[bool]) -> None:
        """Encode the wanted values that had to wait for the end of the queue."""
        promised = self._promised
        late = [n for n in range(len(answers.values)) if wanted[n] and type(promised[n]) in _LATE]
        given = [promised[n] for n in late]
        for n in late:
            promised[n] = None
        for n, wire in zip(late, self._heap.encode_given(given), strict=True):
            answers.values[n] = wire

    def _send(self, message: Message, raw: Sequence[bytes] = ()) -> None:
        if os.getpid() != self._pid:  # a fork of the student's code must not answer
            os._exit(0)
        self._channel.send(message, raw)

    def _accept(self, parcel: Parcel, raw: memoryview) -> None:
        for number in parcel.drop:
            dropped = self._objects.pop(number, None)
            if dropped is not None:
                self._numbers.pop(id(dropped), None)
        self._heap.receive(parcel.contents, raw)
        self._heap.forget(parcel.forget)

    def _reply(self, reply: Done | Raised | Answers | CallBack) -> None:
        contents: list[list[Any]] = []
        try:
            contents, raw = self._heap.changes(but=self._unheld)
            reply.parcel = Parcel(contents=contents)
            if not isinstance(reply, CallBack):
                self._explain(reply)
            self._send(reply, raw)
        except (ValueError, MemoryError):  # too large: the judge will not know these objects
            self._heap.forget([*self._heap.unsent(), *(number for number, _ in contents)])
            raise

    def _explain(self, reply: Done | Raised | Answers) -> None:
        """Add the notes since the last reply, and what is missing that the result rests on."""
        reply.notes = self._shell.ip.take_notes()
        for note in self._shell.ip.terminal.missed:
            self._needs.add(note, certain=False)
        reply.needs = self._needs.take()

    def _raised(self, error: BaseException) -> Raised:
        standins.blame(error)
        kind = next((c.__name__ for c in type(error).__mro__ if c.__name__ in BUILTIN), "")
        return Raised(
            kind=kind or "RuntimeError",
            name=sendable(type(error).__name__[:MAX_NAME_CHARACTERS]),
            message=_message(error),
            traceback=self._shell.traceback(error),
            limit=_limit(error),
            parcel=Parcel(),
        )

    def _export(self, value: object) -> tuple[int, str]:
        if isinstance(value, _JudgeFunction):
            return value.number, "function"
        if isinstance(value, Formula):
            return FORMULA, value.text
        standins.leaks(value)
        number = self._numbers.get(id(value))
        if number is None:
            number = self._next
            self._next += 1
            self._numbers[id(value)] = number
            self._objects[number] = value
        name = f"array of {value.dtype}" if type(value) is ndarray else type(value).__name__
        return number, sendable(name[:MAX_NAME_CHARACTERS])

    def _resolve(self, number: int, name: str) -> object:
        if number >= PROMISED:
            return self._promised[number - PROMISED]
        if number == FORMULA:
            return formula(name)
        return self._objects[number] if number > 0 else _JudgeFunction(number, self._call_back)

    def _call_back(self, number: int, arguments: Any, keywords: Any) -> Any:
        self._unheld = frozenset()  # the function may keep what it is given
        message = CallBack(
            function=number,
            arguments=[self._heap.encode(value) for value in arguments],
            keywords={key: self._heap.encode(value) for key, value in keywords.items()},
            parcel=Parcel(),
        )
        self._reply(message)
        answer, raw = self._channel.receive(self._decoder)
        while isinstance(answer, Operate):  # the function uses an object of the student's
            self._operate(answer, raw)
            answer, raw = self._channel.receive(self._decoder)
        if isinstance(answer, Done):
            self._accept(answer.parcel, raw)
            return self._heap.decode(answer.value)
        if isinstance(answer, Raised):
            raise BUILTIN.get(answer.kind, RuntimeError)(answer.message)
        raise RuntimeError("unexpected message")


class _JudgeFunction:
    """A function that the test passed as an argument; a call of it asks the judge."""

    def __init__(self, number: int, call_back: Callable[[int, Any, Any], Any]) -> None:
        self.number = number
        self._call_back = call_back

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        return self._call_back(self.number, arguments, keywords)

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        return self if instance is None else MethodType(self, instance)  # as any function


def _is_handle(wire: Wire) -> bool:
    return type(wire) is list and wire[0] == HANDLE


def _message(error: BaseException) -> str:
    try:
        # Not str(KeyError("a")), which is "'a'": the judge makes a new KeyError from the message.
        plain = error.args[0] if isinstance(error, KeyError) and error.args else error
        text = str(plain)
    except BaseException:
        text = "(its message could not be made)"
    return sendable(text)[:MAX_MESSAGE_CHARACTERS]


def _limit(error: BaseException) -> Stop:
    if isinstance(error, TimeLimit):
        return Stop.TIMEOUT
    return Stop.MEMORY if isinstance(error, MemoryError) else Stop.NONE
