"""Starts zygotes and workers, and sees that all of a submission's processes end with it.

A ``Zygote`` gives one ``Link`` (see ``link``) to a worker at a time.
"""

from __future__ import annotations

import importlib.resources
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

import msgspec
import platformdirs

from grader.errors import Fault
from grader.model import Limits

from .folder import Folder, remove
from .groups import Group
from .inside import processes
from .inside.packets import End, Ended, Failed, FromZygote, Spawn, Spawned, Started, ToZygote
from .link import START_SECONDS, Link, StudentError, student_error
from .watch import Stopped, Watch

__all__ = ["Link", "Stopped", "StudentError", "Zygote", "student_error"]


class Zygote:
    """A warm interpreter that forks workers, one at a time; started again when it died.

    ``python`` is the worker's interpreter; it needs numpy, matplotlib, IPython and
    msgspec.  Starting takes a second and goes on in the background.  ``preload`` are
    further modules that it imports, where it has them, so that no submission waits for them.
    """

    def __init__(self, *, python: str | None = None, preload: Iterable[str] = ()) -> None:
        self._python = python or sys.executable
        self._preload = list(preload)
        self._folder = Folder()
        self._home = self._folder.path
        self._home.chmod(0o711)  # a worker that is another user goes through it to its own
        self._decoder = msgspec.msgpack.Decoder(FromZygote)
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket
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
        assert self._process is not None
        return self._process.pid

    def _start(self) -> None:
        self.versions = None
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours, stream = socket.socketpair()
        base = self._home / "root"
        base.mkdir(exist_ok=True)
        cache = platformdirs.user_cache_path("grader", ensure_exists=True)
        settings = json.dumps(
            {"sources": _sources(), "base": str(base), "preload": self._preload}
        ).encode()
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
            # It waits for its settings, so that nothing of it is outside the group.
            self._group = Group.make()
            if self._group is not None and not self._group.add(self.pid):
                self._group.remove()
                self._group = None
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
        """A link whose use is watched as far as the kernel does not see to it."""
        link = Link(sock, pid, limits=limits, deadline=deadline)
        if self._group is not None or processes.children(os.getpid()):
            link.layers.append("together")
        link.use = Watch(
            memory_mb=None if self._group is not None else limits.memory_mb,
            scratch=self._scratch,
            scratch_mb=limits.scratch_mb,
        )
        return link

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
            # Dead, or out of step: the next request starts another.
            self._kill()
        if self._worker >= 0:
            os.close(self._worker)
            self._worker = -1
        if self._group is not None and self._process is not None:
            self._group.kill(spare=self.pid)
        if self._scratch is not None:
            remove(self._scratch)
            self._scratch = None
        return status

    def _kill(self) -> None:
        """Kill the zygote and, should it outlive its parent, the worker."""
        assert self._process is not None
        if self._worker >= 0:
            try:
                signal.pidfd_send_signal(self._worker, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

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
        self._kill()
        self._control.close()
        if self._group is not None:
            self._group.remove()
            self._group = None

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
    shared = {name: package / f"{name}.py" for name in ("codec", "extent", "heap", "protocol")}
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
