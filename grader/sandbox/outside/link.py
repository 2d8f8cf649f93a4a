"""One worker, as the judge sees it: every answer is watched over and believed in nothing.

The student's exceptions arrive as their built-in class (:mod:`grader.sandbox.outside.told`); a
worker that is over its time, dies or sends what is no message ends in ``Stopped``, which tests
cannot mistake for an ``Exception``.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from grader.bounds import (
    MAX_GOING,
    MAX_ITERATED_BYTES,
    MAX_NESTED,
    MAX_WAITING_BYTES,
    QUEUED_BYTES,
    START_SECONDS,
)
from grader.model import Limits
from grader.sandbox.inside import processes
from grader.sandbox.inside.layers import LAYERS
from grader.sandbox.wire.codec import ProtocolError, TooMuchError
from grader.sandbox.wire.heap import Heap
from grader.sandbox.wire.protocol import (
    BUILTIN,
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
    judge_decoder,
)
from grader.words import say

from .handles import Handles
from .promises import Promise, Queued, held, keep, let_go
from .remote import Remote
from .told import StudentError, Told, as_students, raised, said, student_error
from .watch import Patience, Stopped, stopped_by

__all__ = ["Link", "StudentError", "as_students", "said", "student_error"]

_Answer = TypeVar("_Answer", bound=Message)


class Link(Remote):
    """One worker.  All that it says is checked here; see ``protocol`` for the order."""

    def __init__(
        self,
        sock: socket.socket,
        pid: int,
        *,
        limits: Limits,
        deadline: float,
    ) -> None:
        super().__init__()
        self._limits = limits
        self._pid = pid
        self.deadline = deadline  # on time.monotonic, of what is being asked for
        self.use: Callable[[list[int]], None] = lambda members: None  # see watch.Patience
        self._patience = self._wait(START_SECONDS)
        self._channel = Channel(sock, patience=lambda: self._patience.check())
        self._iterated = 0
        self._nested = 0
        self._decoder = judge_decoder()
        self.handles = Handles(self)
        self._heap = Heap(first=0, export=self.handles.export, resolve=self.handles.resolve)
        self._forgotten: list[int] = []  # shared objects, which the worker is told next time
        self._steps: list[Operate] = []  # of a queue, each with its raw bytes
        self._raw: list[bytes] = []
        self._waiting = 0  # about as many bytes are queued
        self._going = 0
        self._unwanted = Promise(self, -1, "unwanted")  # stands for all values that nobody holds
        self.layers: list[str] = []
        self.stopped: Stopped | None = None  # the last limit reached; the caller resets it
        self.told = Told(output_bytes=limits.output_bytes)
        self.alive = True

    # -- the life of a worker ------------------------------------------------

    def prepare(
        self,
        *,
        files: tuple[tuple[str, bytes], ...],
        names: tuple[str, ...],
        cells: tuple[str, ...] = (),
        folder: str = "",
    ) -> None:
        """Hand over the files around the notebook, which lies in ``folder`` among them.

        ``cells`` are all that will be run: they tell what the required ``names`` need.
        Afterwards ``layers`` is known.
        """
        sources = [cell.encode("utf-8", "replace") for cell in cells]
        request = Prepare(
            files=[(name, len(data)) for name, data in files],
            cells=[len(source) for source in sources],
            names=list(names),
            output_bytes=self._limits.output_bytes,
            folder=folder,
        )
        raw = [*(data for _, data in files), *sources]
        told = self._ask(request, Ready, START_SECONDS, raw=raw).layers
        self.layers = [layer for layer in LAYERS if layer in told or layer in self.layers]

    def run_cell(
        self,
        index: int,
        source: str,
        *,
        seconds: float | None = None,
        definitions_only: bool = False,
        reaching: bool = False,
    ) -> CellDone:
        """Run one code cell, for at most ``seconds`` of CPU time, or the limit of a cell."""
        seconds = min(self._limits.cell_seconds, seconds or self._limits.cell_seconds)
        request = RunCell(
            index=index,
            source=source,
            seconds=seconds,
            definitions_only=definitions_only,
            reaching=reaching,
        )
        done = self.told.cell(self._ask(request, CellDone, seconds))
        with _Guard(self):
            self.use([])  # the cell may have written faster than anybody looked
        return done

    def cpu_seconds(self) -> float:
        """Return the CPU seconds of the worker's processes, even if dead, until they are reaped."""
        return sum(map(processes.cpu_seconds, processes.family(self._pid)))

    def close(self) -> None:
        """End the conversation; the zygote ends the worker."""
        self._channel.close()

    def _wait(self, seconds: float) -> Patience:
        return Patience(self._pid, seconds=seconds, deadline=self.deadline, use=self.use)

    def _ask(
        self,
        request: Message,
        kind: type[_Answer],
        seconds: float,
        *,
        raw: Sequence[bytes] = (),
    ) -> _Answer:
        with _Guard(self):
            self._patience = self._wait(seconds)
            self._channel.send(request, raw)
            answer, rest = self._channel.receive(self._decoder)
            if not isinstance(answer, kind) or rest:
                raise ProtocolError(f"expected {kind.__name__}")
        return answer

    # -- operations ----------------------------------------------------------

    def perform(self, operation: str, *arguments: Any, **keywords: Any) -> Any:
        """Do ``operation`` in the worker.

        Raises the student's exception as its built-in class, or Stopped.
        """
        seconds = self._limits.call_seconds
        request = self._request(operation, arguments, keywords)
        outer, received = self._patience, self._channel.received
        with _Guard(self):
            if time.monotonic() > self.deadline:
                raise Stopped(Stop.TIMEOUT, say("its time by the clock was used up"))
            self._patience = self._wait(seconds)
            self._post(request)
            answer, value = self._answer()
            self._patience = outer
            if operation == "next":
                self._iterated += self._channel.received - received
                if self._iterated > MAX_ITERATED_BYTES:
                    raise TooMuchError("expected an iterator that ends")
        if isinstance(answer, Raised):
            raise self._error(answer)
        return value

    def _request(
        self, operation: str, arguments: tuple[Any, ...], keywords: dict[str, Any]
    ) -> Operate:
        encode = self._heap.encode
        named = {key: encode(value) for key, value in keywords.items()} if keywords else {}
        return Operate(
            operation, list(map(encode, arguments)), named, self._limits.call_seconds, Parcel()
        )

    def enqueue(self, queued: Queued) -> None:
        """Queue an operation with its arguments, and what changed in them, as they are now.

        What changed elsewhere is looked at once a queue: it can be long.
        """
        object.__setattr__(queued.promise, "_grader_number", PROMISED + len(self._steps))
        step = self._request(queued.operation, queued.arguments, queued.keywords)
        try:
            contents, raw = self._heap.changes(everywhere=not self._steps)
        except (ValueError, MemoryError) as error:
            raise self._unsendable(error) from error
        step.parcel.contents = contents
        self._steps.append(step)
        self._raw.append(b"".join(raw))
        self._waiting += QUEUED_BYTES + len(self._raw[-1]) + 16 * len(contents)
        self.is_full = self._waiting > MAX_WAITING_BYTES

    def perform_all(self, queue: Sequence[Queued]) -> Exception | None:
        """Do what was queued, in one message.  Return the student's exception, if any."""
        steps, raw = self._steps, self._raw
        self._steps, self._raw, self._waiting = [], [], 0
        wanted = held(queue)
        request = Queue(steps=steps, sizes=list(map(len, raw)), wanted=wanted)
        outer, seconds = self._patience, self._limits.call_seconds
        with _Guard(self):
            if time.monotonic() > self.deadline:
                raise Stopped(Stop.TIMEOUT, say("its time by the clock was used up"))
            self._patience = self._wait(seconds)
            steps[0].parcel.forget, steps[0].parcel.drop = self._dropped()
            let_go(queue)
            request.unheld = self._heap.unheld()
            try:
                self._channel.send(request, raw)
            except (ValueError, MemoryError) as error:
                raise self._unsendable(error) from error
            answers = self._receive_answers(len(queue))
            values = [
                self._heap.decode(v) if w else self._unwanted
                for v, w in zip(answers.values, wanted, strict=False)
            ]
            self._patience = outer
        for queued, value in zip(queue, values, strict=False):
            keep(queued.promise, value)
        unheld = set(request.unheld)  # that both sides know the same of: no need to look again
        self._forget(n for n in self._heap.unreferenced() if n in unheld)
        return self._error(answers.raised) if answers.raised is not None else None

    def _receive_answers(self, most: int) -> Answers:
        while True:
            answer, raw = self._channel.receive(self._decoder)
            if isinstance(answer, CallBack):
                self._call_back(answer, raw)
                self._channel.look()
            elif isinstance(answer, Going):
                self._patience = self._wait(self._limits.call_seconds)
                self._going += 1
                if raw or self._going > MAX_GOING:
                    raise ProtocolError("expected the answers to a queue")
            elif isinstance(answer, Answers):
                self.told.heed(answer)
                self._heap.receive(answer.parcel.contents, raw)
                is_whole = len(answer.values) == most
                if len(answer.values) > most or is_whole == (answer.raised is not None):
                    raise ProtocolError("expected an answer to each operation")
                return answer
            else:
                raise ProtocolError("expected the answers to a queue")

    def _answer(self) -> tuple[Done | Raised, Any]:
        while True:
            answer, raw = self._channel.receive(self._decoder)
            if isinstance(answer, CallBack):
                self._call_back(answer, raw)
                self._channel.look()  # a worker that only calls back never lets us wait
                continue
            if not isinstance(answer, Done | Raised):
                raise ProtocolError("expected an operation's result")
            if answer.notes or answer.needs:
                self.told.heed(answer)
            self._heap.receive(answer.parcel.contents, raw)
            return answer, self._heap.decode(answer.value) if isinstance(answer, Done) else None

    def taken(self, copies: Any) -> Any:
        """Return the value of promised *copies*, which from now on are this side's alone."""
        value = super().taken(copies)
        self._forgotten += self._heap.disown(value)
        return value

    def release(self, number: int) -> None:
        """Note that the last proxy of this handle is gone; the next operation tells the worker."""
        self.handles.release(number)

    def _post(self, message: Operate | Done | Raised) -> None:
        try:
            contents, raw = self._heap.changes()
            # Only after its last change was sent, and not while a function of ours is called: what
            # the queue holds that calls it, nobody here does any more.
            is_first = isinstance(message, Operate) and not self._nested
            forget, drop = self._dropped() if is_first else ([], [])
            message.parcel = Parcel(contents=contents, forget=forget, drop=drop)
            self._channel.send(message, raw)
        except (ValueError, MemoryError) as error:
            raise self._unsendable(error) from error

    def _dropped(self) -> tuple[list[int], list[int]]:
        """Return the shared objects and the handles that nobody here needs any more."""
        self._forget(self._heap.unreferenced())
        forget, self._forgotten = self._forgotten, []
        return forget, self.handles.released()

    def _forget(self, numbers: Iterable[int]) -> None:
        unreferenced = list(numbers)
        self._heap.forget(unreferenced)
        self._forgotten += unreferenced

    def _unsendable(self, error: Exception) -> ValueError:
        # What cannot be sent now could not be sent with any later message either.
        self.alive = False
        self.close()
        return ValueError(f"this cannot be passed to the student's code: {error}")

    def _call_back(self, call: CallBack, raw: memoryview) -> None:
        self._heap.receive(call.parcel.contents, raw)
        function = self.handles.function(call.function)
        arguments = [self._heap.decode(wire) for wire in call.arguments]
        keywords = {key: self._heap.decode(wire) for key, wire in call.keywords.items()}
        reply: Done | Raised
        self._nested += 1
        try:
            if self._nested > MAX_NESTED:
                raise RecursionError("the test's function and yours call each other too deeply")
            value = function(*arguments, **keywords)
            reply = Done(value=self._heap.encode(value), parcel=Parcel())
        except Exception as error:
            kind = type(error).__name__ if type(error).__name__ in BUILTIN else "RuntimeError"
            reply = Raised(
                kind=kind,
                name=kind,
                message=said(error),
                traceback="",
                limit=Stop.NONE,
                parcel=Parcel(),
            )
        finally:
            self._nested -= 1
        if not self.alive:
            raise EOFError  # it died in what the function called
        self._post(reply)

    def _error(self, answer: Raised) -> Exception:
        """Return the student's exception; raise Stopped if a time limit was reached."""
        if answer.limit is Stop.TIMEOUT:
            seconds = f"{self._limits.call_seconds:g}"
            detail = say("the limit of {seconds} s for one call was reached", seconds=seconds)
            where = student_error(raised(answer))
            self.stopped = Stopped(Stop.TIMEOUT, detail, traceback=where.traceback if where else "")
            raise self.stopped
        return raised(answer)


class _Guard:
    """Turns every way in which a worker can fail into Stopped, and remembers it."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def __enter__(self) -> None:
        if not self._link.alive:
            raise Stopped(Stop.CRASH, say("the process died"))

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is None:
            return
        stopped = stopped_by(error)
        if stopped is None:
            return
        self._link.stopped = stopped
        self._link.alive = False
        self._link.close()
        raise stopped from error
