"""Starts the warm interpreter that the zygotes of all jobs are forked from."""

from __future__ import annotations

import base64
import contextlib
import importlib.util
import json
import marshal
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType
from typing import IO

import msgspec
import platformdirs

from grader.bounds import COMPLAINTS_BYTES
from grader.errors import Fault
from grader.sandbox.inside.packets import Fork


class Interpreter:
    """A process that has imported what notebooks need, and runs none of their code.

    ``python`` is its interpreter, this process's own unless given; it needs numpy,
    matplotlib, IPython and msgspec.  ``start`` returns at once: warming takes half a second,
    and goes on in the background.  A process that is forked from this one, as a job is,
    uses the same; where it died, the next ``fork`` starts another.  Each zygote that is
    forked while it ``is_for_one`` serves one submission: the sooner it is there, the better.
    Raises Fault where ``python`` is nothing that can be run.
    """

    def __init__(self, python: str | None = None, *, is_for_one: bool = False) -> None:
        self.python = python
        self.is_for_one = is_for_one
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0  # the process whose child it is
        self._control: socket.socket
        self._complaints: IO[bytes]

    def __enter__(self) -> Interpreter:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    @property
    def name(self) -> str:
        """The interpreter's path."""
        return self.python or sys.executable

    def start(self) -> None:
        """Start it, unless it was started."""
        if self._process is None:
            self._start()

    def fork(
        self, *, control: socket.socket, errors: IO[bytes], base: Path, preload: Iterable[str]
    ) -> None:
        """Ask for a zygote that is told through ``control`` what to do; it answers there.

        Its errors go to ``errors``.  ``base`` is an empty folder for what it sees of the disk,
        ``preload`` are further modules to import, where it has them.
        """
        request = Fork(base=str(base), preload=tuple(preload), is_for_one=self.is_for_one)
        packet = msgspec.msgpack.encode(request)
        descriptors = [control.fileno(), errors.fileno()]
        try:
            self._send(packet, descriptors)
        except ConnectionError:
            self.close()
            # Of one that dies at once the zygote's user hears by ``control``, which closes.
            with contextlib.suppress(ConnectionError):
                self._send(packet, descriptors)

    def complaint(self) -> str | None:
        """Return the last line of its errors, if any."""
        if self._process is None:
            return None
        size = os.fstat(self._complaints.fileno()).st_size
        # Read so, since processes that share the file share its position.
        begin = max(0, size - COMPLAINTS_BYTES)
        text = os.pread(self._complaints.fileno(), COMPLAINTS_BYTES, begin)
        lines = text.decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else None

    def close(self) -> None:
        """Let go of it, and end it if this process started it.  Zygotes live on."""
        if self._process is None:
            return
        self._control.close()
        self._complaints.close()
        if self._owner == os.getpid():
            self._process.kill()
            self._process.wait()
        else:
            self._process.returncode = 0  # another's child: not ours to wait for
        self._process = None

    def _send(self, packet: bytes, descriptors: list[int]) -> None:
        self.start()
        socket.send_fds(self._control, [packet], descriptors)

    def _start(self) -> None:
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115 - closed in close
        ours, stream = socket.socketpair()
        boot = (Path(__file__).parents[1] / "inside" / "boot.py").read_text()
        cache = platformdirs.user_cache_path("grader", ensure_exists=True)
        with theirs, stream, ours:
            try:
                self._process = subprocess.Popen(
                    [self.name, "-I", "-c", boot, str(theirs.fileno()), str(stream.fileno())],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=self._complaints,
                    cwd="/",
                    env=_environment(cache),
                    pass_fds=[theirs.fileno(), stream.fileno()],
                    start_new_session=True,  # Ctrl-C is the main process's affair
                )
            except OSError as error:
                self._control.close()
                self._complaints.close()
                raise Fault(
                    f"the worker's interpreter {self.name} cannot be run ({error.strerror}); "
                    "name a Python with --worker-python."
                ) from error
            self._owner = os.getpid()
            stream.close()
            magic = importlib.util.MAGIC_NUMBER.hex()  # other Pythons compile for themselves
            sent = {"sources": _sources(), "compiled": _compiled(), "magic": magic}
            modules = json.dumps(sent).encode()
            try:
                ours.sendall(len(modules).to_bytes(8, "little") + modules)
            except BrokenPipeError:
                pass  # it died at once; the next request says so


def _sources() -> dict[str, str]:
    """Return the source of every module that the worker's side imports, by name."""
    packages = ("grader", "grader.sandbox", "grader.sandbox.wire", "grader.sandbox.inside")
    return {**dict.fromkeys(packages, ""), **{name: p.read_text() for name, p in _paths().items()}}


def _compiled() -> dict[str, str]:
    """Return what the modules are compiled to, as this Python keeps it beside them.

    To compile them anew would be a tenth of what the interpreter's start takes.
    """
    codes = {n: SourceFileLoader(n, str(path)).get_code(n) for n, path in _paths().items()}
    return {
        name: base64.b64encode(marshal.dumps(_without_path(code, f"<{name}>"))).decode()
        for name, code in codes.items()
        if code is not None
    }


def _without_path(code: CodeType, name: str) -> CodeType:
    """Return ``code`` as of a file of this ``name``: where it lies here is nobody's business."""
    parts = (_without_path(c, name) if isinstance(c, CodeType) else c for c in code.co_consts)
    return code.replace(co_filename=name, co_consts=tuple(parts))


def _paths() -> dict[str, Path]:
    sandbox = Path(__file__).parents[1]
    return {
        f"grader.sandbox.{folder}.{path.stem}": path
        for folder in ("wire", "inside")
        for path in (sandbox / folder).glob("*.py")
        if path.stem not in ("__init__", "boot")
    }


def _environment(cache: Path) -> dict[str, str]:
    """Return the interpreter's whole environment: nothing of the caller's.

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
