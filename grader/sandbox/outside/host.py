"""Starts zygotes and workers, and sees that all of a submission's processes end with it.

A ``Zygote`` gives one ``Link`` (see ``link``) to a worker at a time.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import tempfile
from collections.abc import Iterable
from pathlib import Path

import msgspec

from grader.bounds import DYING_SECONDS, MAX_COMPLAINT_CHARACTERS, START_SECONDS
from grader.errors import Fault
from grader.model import Limits
from grader.sandbox.inside import processes
from grader.sandbox.inside.packets import (
    Born,
    End,
    Ended,
    Enter,
    Failed,
    FromZygote,
    Spawn,
    Spawned,
    Started,
    ToZygote,
)
from grader.sandbox.wire.bounds import MAX_PACKET_BYTES

from .folder import Folder, remove
from .groups import Group
from .interpreter import Interpreter
from .link import Link, StudentError, student_error
from .watch import Stopped, Watch

__all__ = ["Link", "Stopped", "StudentError", "Zygote", "student_error"]


class Zygote:
    """A copy of a warm interpreter that forks workers, one at a time; replaced when it died.

    ``interpreter`` is one of its own unless given.  Starting goes on in the background.
    ``preload`` are further modules that are imported, where the interpreter has them, so
    that no submission waits for them (see ``having``).
    """

    def __init__(
        self, interpreter: Interpreter | None = None, *, preload: Iterable[str] = ()
    ) -> None:
        self._interpreter = interpreter or Interpreter()
        self._is_own = interpreter is None
        self._preload = tuple(preload)
        self._having: dict[tuple[str, ...], Zygote] = {}
        self._folder = Folder()
        self._home = self._folder.path
        self._home.chmod(0o711)  # a worker that is another user goes through it to its own
        self._decoder = msgspec.msgpack.Decoder(FromZygote)
        self._control: socket.socket
        self._pid = self._process = -1  # its number, and a descriptor of it, once it is known
        self._scratch: Path | None = None
        self._group: Group | None = None
        self._worker = -1  # a descriptor of its process, while there is one
        self.versions: dict[str, str] | None = None
        self._start()

    def __enter__(self) -> Zygote:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    @property
    def pid(self) -> int:
        """The zygote's process number."""
        self._started()
        return self._pid

    def having(self, modules: tuple[str, ...]) -> Zygote:
        """Return a zygote of the same interpreter that has imported these ``modules``, too.

        It is started when it is first asked for, and closed with this one.  What a zygote has
        imported makes each fork of it dearer, so only submissions that may use the modules
        should come from it.
        """
        if not modules:
            return self
        if modules not in self._having:
            self._having[modules] = Zygote(self._interpreter, preload=modules)
        return self._having[modules]

    def _start(self) -> None:
        self.versions = None
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        base = self._home / "root"
        base.mkdir(exist_ok=True)
        with theirs, (self._home / "errors").open("wb") as errors:
            self._interpreter.fork(control=theirs, errors=errors, base=base, preload=self._preload)

    def spawn(self, *, limits: Limits, deadline: float) -> Link:
        """Return a fresh confined worker.  ``deadline`` is its submission's, on time.monotonic."""
        for attempt in range(2):
            try:
                return self._spawn(limits, deadline)
            except (EOFError, BrokenPipeError, ConnectionResetError):
                # Whoever killed the zygote, the submission is not to blame: start another.
                self._stop()
                if attempt == 0:
                    self._start()
        raise Fault(
            f"the worker's interpreter {self._interpreter.name} does not start: {self.why()}"
        )

    def _spawn(self, limits: Limits, deadline: float) -> Link:
        self._started()
        self._scratch = Path(tempfile.mkdtemp(dir=self._home))
        ours, theirs = socket.socketpair()
        packet = Spawn(
            scratch=str(self._scratch),
            memory_mb=limits.memory_mb,
            scratch_mb=limits.scratch_mb,
            processes=limits.processes,
            seconds=limits.total_seconds + limits.cell_seconds,
        )
        if self._group is not None:
            self._group.bound(
                memory_mb=limits.memory_mb + limits.scratch_mb, processes=limits.processes
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
        self._worker = os.pidfd_open(answer.pid)
        return self._linked(ours, answer.pid, limits, deadline)

    def _linked(self, sock: socket.socket, pid: int, limits: Limits, deadline: float) -> Link:
        """Return a link; what the kernel does not bound, the link watches."""
        link = Link(sock, pid, limits=limits, deadline=deadline)
        if self._group is not None or processes.children(self._pid):
            link.layers.append("together")
        link.use = Watch(
            memory_mb=None if self._group is not None else limits.memory_mb,
            scratch=self._scratch,
            scratch_mb=limits.scratch_mb,
        )
        return link

    def why(self) -> str:
        """Return the last line of the errors of the zygote, or of a worker not yet confined."""
        lines = (self._home / "errors").read_text(errors="replace").strip().splitlines()
        last = lines[-1] if lines else self._interpreter.complaint()
        return last[:MAX_COMPLAINT_CHARACTERS] if last else "it gave no reason"

    def has_worker_ended(self) -> bool:
        """Return whether the worker ended by itself; its connection may close a little earlier."""
        if self._worker < 0:
            return True
        ended = select.poll()
        ended.register(self._worker, select.POLLIN)
        return bool(ended.poll(1000 * DYING_SECONDS))

    def end(self) -> int:
        """Kill the worker and all it started.  Return its wait status, or -1 if there was none."""
        status = -1
        if self._process < 0:
            return status  # it is still to come
        try:
            self._send(End())
            answer = self._receive()
            if isinstance(answer, Ended):
                status = answer.status
        except (EOFError, OSError):
            # Dead, or out of step: the next request starts another.
            self._kill()
        if self._worker >= 0:
            os.close(self._worker)
            self._worker = -1
        if self._group is not None:
            self._group.kill(spare=self._pid)
        if self._scratch is not None:
            remove(self._scratch)
            self._scratch = None
        return status

    def _kill(self) -> None:
        """Kill the zygote and, should it outlive its parent, the worker."""
        for process in (self._worker, self._process):
            if process >= 0:
                try:
                    signal.pidfd_send_signal(process, signal.SIGKILL)
                except ProcessLookupError:
                    pass
        if self._process >= 0:
            gone = select.poll()
            gone.register(self._process, select.POLLIN)
            gone.poll()  # it is no child of ours, to be waited for

    def _started(self) -> None:
        if self.versions is not None:
            return
        answer = self._receive()
        if not isinstance(answer, Born):
            raise Fault("the zygote gave an unexpected answer")
        self._pid, self._process = answer.pid, os.pidfd_open(answer.pid)
        # It waits meanwhile, so that nothing of it is outside the group.
        self._group = Group.make()
        if self._group is not None and not self._group.add(self._pid):
            self._group.remove()
            self._group = None
        self._send(Enter())
        answer = self._receive()
        if not isinstance(answer, Started):
            raise Fault("the zygote gave an unexpected answer")
        self.versions = answer.versions

    def _send(self, packet: ToZygote) -> None:
        self._control.send(msgspec.msgpack.encode(packet))

    def _receive(self) -> FromZygote:
        self._control.settimeout(START_SECONDS)
        try:
            data = self._control.recv(MAX_PACKET_BYTES)
        except TimeoutError:
            raise EOFError from None
        if not data:
            raise EOFError
        answer: FromZygote = self._decoder.decode(data)
        return answer

    def _stop(self) -> None:
        self._kill()
        self._control.close()
        if self._process >= 0:
            os.close(self._process)
        self._pid = self._process = -1
        if self._group is not None:
            self._group.remove()
            self._group = None

    def close(self) -> None:
        """End the zygote and its worker, and remove their folders."""
        for zygote in self._having.values():
            zygote.close()
        self.end()
        self._stop()
        if self._is_own:
            self._interpreter.close()
        self._folder.close()
