"""The judge's end: starts zygotes and workers, and watches over every answer.

A ``Zygote`` gives one ``Link`` to a worker at a time.  The student's exceptions
arrive as their built-in class (:func:`student_error` gives the student's side of
one); a worker that is over its time, dies or sends what is no message ends in
``Stopped``, which tests cannot mistake for an ``Exception``.
"""

from __future__ import annotations

import importlib.resources
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec
import platformdirs

from grader.errors import Fault
from grader.model import Limits

from .codec import Heap, ProtocolError
from .folder import Folder
from .inside.packets import End, Ended, Failed, FromZygote, Spawn, Spawned, Started, ToZygote
from .protocol import (
    BUILTIN,
    CallBack,
    CellDone,
    Channel,
    Done,
    Message,
    Operate,
    Parcel,
    Prepare,
    Raised,
    Ready,
    RunCell,
    judge_decoder,
)
from .proxy import Method, Proxy

#: How much longer than the worker's own alarm the judge waits before it kills.
GRACE_SECONDS: Final = 1.0
START_SECONDS: Final = 60.0
_Answer = TypeVar("_Answer", bound=Message)
_ANSWERED: Final = "_answered_by_student"


class Stopped(BaseException):
    """A call did not end as calls do: ``reason`` is timeout, memory or crash."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True)
class StudentError:
    """What is known of an exception that the student's code raised."""

    name: str
    message: str
    traceback: str
    limit: str


def student_error(error: BaseException) -> StudentError | None:
    """The student's side of an exception raised through a proxy; None for the test's own."""
    found = getattr(error, _ANSWERED, None)
    return found if isinstance(found, StudentError) else None


class Patience:
    """Decides how long to wait for a worker: by its CPU time, and by how long it idles.

    Looked at only where an answer takes long, so that most calls cost nothing here.
    """

    def __init__(self, pid: int, *, seconds: float, deadline: float) -> None:
        self._pid = pid
        self._seconds = seconds + GRACE_SECONDS
        self._deadline = deadline
        self._cpu = self._seen = -1.0  # CPU seconds at the first look, and at the last
        self._since = 0.0

    def check(self) -> None:
        """Raise Stopped when the time is up."""
        now, used = time.monotonic(), _cpu_seconds(self._pid)
        if self._cpu < 0:
            self._cpu = self._seen = used
            self._since = now
        if used - self._cpu > self._seconds:
            raise Stopped("timeout", "the time limit was reached")
        if now > self._deadline:
            raise Stopped("timeout", "the submission's time was used up")
        if now - self._since > self._seconds:
            if used - self._seen < 0.1 * self._seconds:
                raise Stopped("timeout", "the time limit was reached while waiting")
            self._since, self._seen = now, used


def _cpu_seconds(pid: int) -> float:
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Link:
    """One worker.  All that it says is checked here; see ``protocol`` for the order."""

    def __init__(self, sock: socket.socket, pid: int, *, limits: Limits, deadline: float) -> None:
        self._limits = limits
        self._pid = pid
        self._deadline = deadline
        self._patience = Patience(pid, seconds=START_SECONDS, deadline=deadline)
        self._channel = Channel(sock, patience=lambda: self._patience.check())
        self._decoder = judge_decoder()
        self._heap = Heap(first=0, export=self._export, resolve=self._resolve)
        self._proxies: weakref.WeakValueDictionary[int, Proxy] = weakref.WeakValueDictionary()
        self._released: set[int] = set()
        self._functions: dict[int, Callable[..., Any]] = {}
        self.layers: list[str] = []
        self.methods: set[tuple[str, str]] = set()
        self.stopped: Stopped | None = None  # the last limit reached; the caller resets it
        self.alive = True

    # -- the life of a worker ------------------------------------------------

    def prepare(self, *, files: tuple[tuple[str, bytes], ...], names: tuple[str, ...]) -> None:
        """Hand over the files beside the notebook; afterwards ``layers`` is known."""
        request = Prepare(
            files=[(name, len(data)) for name, data in files],
            names=list(names),
            output_bytes=self._limits.output_bytes,
        )
        raw = [data for _, data in files]
        self.layers = self._ask(request, Ready, START_SECONDS, raw=raw).layers

    def run_cell(self, index: int, source: str, *, definitions_only: bool = False) -> CellDone:
        """Run one code cell, in order."""
        seconds = self._limits.cell_seconds
        request = RunCell(
            index=index, source=source, seconds=seconds, definitions_only=definitions_only
        )
        return self._ask(request, CellDone, seconds)

    def close(self) -> None:
        """End the conversation; the zygote ends the worker."""
        self._channel.close()

    def _ask(
        self,
        request: Message,
        kind: type[_Answer],
        seconds: float,
        *,
        raw: Sequence[bytes] = (),
    ) -> _Answer:
        with _Guard(self):
            self._patience = Patience(self._pid, seconds=seconds, deadline=self._deadline)
            self._channel.send(request, raw)
            answer, rest = self._channel.receive(self._decoder)
            if not isinstance(answer, kind) or rest:
                raise ProtocolError(f"expected {kind.__name__}")
        return answer

    # -- operations ----------------------------------------------------------

    def operate(self, operation: str, *arguments: Any, **keywords: Any) -> Any:
        """Do ``operation`` in the worker.

        Raises the student's exception as its built-in class, or Stopped.
        """
        seconds = self._limits.call_seconds
        request = Operate(
            operation=operation,
            arguments=[self._heap.encode(value) for value in arguments],
            keywords={key: self._heap.encode(value) for key, value in keywords.items()},
            seconds=seconds,
            parcel=Parcel(),
        )
        with _Guard(self):
            self._patience = Patience(self._pid, seconds=seconds, deadline=self._deadline)
            self._post(request)
            while True:
                answer, raw = self._channel.receive(self._decoder)
                if isinstance(answer, CallBack):
                    self._call_back(answer, raw)
                    continue
                if not isinstance(answer, Done | Raised):
                    raise ProtocolError("expected an operation's result")
                self._heap.receive(answer.parcel.contents, raw)
                value = self._heap.decode(answer.value) if isinstance(answer, Done) else None
                break
        if isinstance(answer, Raised):
            self._raise(answer)
        return value

    def release(self, number: int) -> None:
        """The last proxy of this handle is gone; the worker is told with the next operation."""
        self._released.add(number)

    def _post(self, message: Operate | Done | Raised) -> None:
        contents, raw = self._heap.changes()
        # Only after its last change was sent.
        forget = self._heap.unreferenced() if isinstance(message, Operate) else []
        self._heap.forget(forget)
        drop, self._released = list(self._released), set()
        message.parcel = Parcel(contents=contents, forget=forget, drop=drop)
        self._channel.send(message, raw)

    def _call_back(self, call: CallBack, raw: memoryview) -> None:
        self._heap.receive(call.parcel.contents, raw)
        function = self._functions.get(call.function)
        if function is None:
            raise ProtocolError("expected a function that was passed")
        arguments = [self._heap.decode(wire) for wire in call.arguments]
        keywords = {key: self._heap.decode(wire) for key, wire in call.keywords.items()}
        reply: Done | Raised
        try:
            value = function(*arguments, **keywords)
            reply = Done(value=self._heap.encode(value), parcel=Parcel())
        except Exception as error:
            kind = type(error).__name__ if type(error).__name__ in BUILTIN else "RuntimeError"
            reply = Raised(
                kind=kind, name=kind, message=str(error), traceback="", limit="", parcel=Parcel()
            )
        self._post(reply)

    def _raise(self, answer: Raised) -> None:
        student = StudentError(
            name=answer.name[:200],
            message=answer.message[:4000],
            traceback=answer.traceback[:8000],
            limit=answer.limit,
        )
        if student.limit == "timeout":
            self.stopped = Stopped("timeout", "the time limit was reached")
            raise self.stopped
        error = BUILTIN.get(answer.kind, RuntimeError)(student.message)
        setattr(error, _ANSWERED, student)
        raise error

    def _export(self, value: object) -> tuple[int, str]:
        if isinstance(value, Method):
            value = value.proxy()
        if isinstance(value, Proxy):
            if object.__getattribute__(value, "_grader_remote") is not self:
                raise TypeError("an object of a worker that has ended cannot be used again")
            return value._grader_number, value.student_type
        if callable(value):
            number = -1 - len(self._functions)
            self._functions[number] = value
            return number, "function"
        raise TypeError(f"a test cannot pass a {type(value).__name__} to a student's function")

    def _resolve(self, number: int, kind: str) -> object:
        if number < 0:
            if number not in self._functions:
                raise ProtocolError("expected a function that was passed")
            return self._functions[number]
        if not 0 < number < 1 << 40:
            raise ProtocolError("expected a handle")
        self._released.discard(number)
        proxy = self._proxies.get(number)
        if proxy is None:
            proxy = Proxy(self, number, kind[:200])
            self._proxies[number] = proxy
        return proxy


class _Guard:
    """Turns every way in which a worker can fail into Stopped, and remembers it."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def __enter__(self) -> None:
        if not self._link.alive:
            raise Stopped("crash", "the process died")

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is None:
            return
        if isinstance(error, EOFError):
            self._link.stopped = Stopped("crash", "the process died")
        elif isinstance(error, ProtocolError):
            self._link.stopped = Stopped("crash", f"the process sent garbage: {error}")
        elif isinstance(error, Stopped):
            self._link.stopped = error
        else:
            return
        self._link.alive = False
        self._link.close()
        raise self._link.stopped from error


class Zygote:
    """A warm interpreter that forks workers, one at a time; started again when it died.

    ``python`` is the worker's interpreter; it needs numpy, matplotlib, IPython and
    msgspec.  Starting takes a second and goes on in the background.
    """

    def __init__(self, *, python: str | None = None) -> None:
        self._python = python or sys.executable
        self._folder = Folder()
        self._home = self._folder.path
        self._decoder = msgspec.msgpack.Decoder(FromZygote)
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket
        self._scratch: Path | None = None
        self.versions: dict[str, str] | None = None
        self._start()

    def __enter__(self) -> Zygote:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    @property
    def pid(self) -> int:
        """The zygote's process number."""
        assert self._process is not None
        return self._process.pid

    def _start(self) -> None:
        self.versions = None
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours, stream = socket.socketpair()
        base = self._home / "root"
        base.mkdir(exist_ok=True)
        cache = platformdirs.user_cache_path("grader", ensure_exists=True)
        settings = json.dumps({"sources": _sources(), "base": str(base)}).encode()
        boot = (Path(__file__).parent / "inside" / "boot.py").read_text()
        with theirs, stream, ours, (self._home / "errors").open("wb") as errors:
            self._process = subprocess.Popen(
                [self._python, "-I", "-c", boot, str(theirs.fileno()), str(stream.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                cwd="/",
                env=_environment(cache),
                pass_fds=[theirs.fileno(), stream.fileno()],
            )
            stream.close()
            try:
                ours.sendall(len(settings).to_bytes(8, "little") + settings)
            except BrokenPipeError:
                pass  # it died at once; the next request says so

    def spawn(self, *, limits: Limits, deadline: float) -> Link:
        """A fresh confined worker.  ``deadline`` is its submission's, on time.monotonic."""
        for attempt in range(2):
            try:
                return self._spawn(limits, deadline)
            except (EOFError, BrokenPipeError, ConnectionResetError):
                # Whoever killed the zygote, the submission is not to blame: start another.
                self._stop()
                if attempt == 0:
                    self._start()
        raise Fault(f"the worker's interpreter {self._python} does not start: {self._errors()}")

    def _spawn(self, limits: Limits, deadline: float) -> Link:
        self._started()
        self._scratch = Path(tempfile.mkdtemp(dir=self._home))
        ours, theirs = socket.socketpair()
        packet = Spawn(
            scratch=str(self._scratch),
            memory_mb=limits.memory_mb,
            scratch_mb=limits.scratch_mb,
            processes=limits.processes,
            seconds=limits.total_seconds,
        )
        try:
            with theirs:
                data = msgspec.msgpack.encode(packet)
                socket.send_fds(self._control, [data], [theirs.fileno()])
            answer = self._receive()
            if not isinstance(answer, Spawned):
                reason = answer.reason if isinstance(answer, Failed) else "unexpected answer"
                raise Fault(f"no worker could be started: {reason}")
        except BaseException:
            ours.close()
            raise
        return Link(ours, answer.pid, limits=limits, deadline=deadline)

    def why(self) -> str:
        """The last line that the zygote, or a worker before it was confined, complained with."""
        return self._errors()

    def end(self) -> int:
        """Kill the worker and all it started; gives its wait status, -1 where there was none."""
        status = -1
        try:
            self._send(End())
            answer = self._receive()
            if isinstance(answer, Ended):
                status = answer.status
        except (EOFError, OSError):
            pass  # the zygote is dead, and its worker with it
        if self._scratch is not None:
            shutil.rmtree(self._scratch, ignore_errors=True)
            self._scratch = None
        return status

    def _started(self) -> None:
        if self.versions is None:
            answer = self._receive()
            if not isinstance(answer, Started):
                raise Fault("the zygote gave an unexpected answer")
            self.versions = answer.versions

    def _send(self, packet: ToZygote) -> None:
        self._control.send(msgspec.msgpack.encode(packet))

    def _receive(self) -> FromZygote:
        self._control.settimeout(START_SECONDS)
        try:
            data = self._control.recv(1 << 16)
        except TimeoutError:
            raise EOFError from None
        if not data:
            raise EOFError
        answer: FromZygote = self._decoder.decode(data)
        return answer

    def _errors(self) -> str:
        lines = (self._home / "errors").read_text(errors="replace").strip().splitlines()
        return lines[-1][:300] if lines else "it gave no reason"

    def _stop(self) -> None:
        assert self._process is not None
        self._control.close()
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def close(self) -> None:
        """End the zygote and its worker, and remove their folders."""
        if self._process is not None:
            self.end()
            self._stop()
            self._process = None
        self._folder.close()


def _sources() -> dict[str, str]:
    """The source of every module that the worker's side imports, by name."""
    package = importlib.resources.files("grader.isolation")
    shared = {name: package / f"{name}.py" for name in ("codec", "protocol")}
    inside = {f"inside.{p.name[:-3]}": p for p in (package / "inside").iterdir()
              if p.name.endswith(".py") and p.name not in ("__init__.py", "boot.py")}  # fmt: skip
    sources = {f"grader.isolation.{name}": p.read_text() for name, p in (shared | inside).items()}
    return {"grader": "", "grader.isolation": "", "grader.isolation.inside": ""} | sources


def _environment(cache: Path) -> dict[str, str]:
    """The zygote's whole environment: nothing of the caller's.

    Matplotlib's list of fonts takes seconds to make, so that it is kept from run to run.
    """
    one_thread = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "HOME": "/nonexistent",
        "MPLBACKEND": "Agg",
        "MPLCONFIGDIR": str(cache),
        "IPYTHONDIR": str(cache / "ipython"),
        "PYTHONDONTWRITEBYTECODE": "1",
        **dict.fromkeys(one_thread, "1"),
    }
