"""Attacks without the layers that stop them: each does its harm in a process of its own.

``Free`` starts one process that forks a child for each attack:

- ``machine``: the code runs as any program does, with its own user's rights;
- ``graded``: the notebook and a test file share a process, as in graders without workers;
- ``heard``: a judge that checks nothing hears what a worker says.

A child is killed with all that it started, and what it may use is bounded.
"""

from __future__ import annotations

import atexit
import builtins
import ctypes
import errno
import json
import os
import pickle
import resource
import select
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
import types
from pathlib import Path
from typing import Any

HARM, NONE, REFUSED, HUNG = "harm", "none", "refused", "hung"
SECONDS = 8.0
#: What a machine may refuse to everybody, or to all but root.
_REFUSALS = (
    errno.EPERM, errno.EACCES, errno.ENOSYS, errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT,
    errno.EADDRNOTAVAIL, errno.ENXIO, errno.ENODEV, errno.ESOCKTNOSUPPORT,
    errno.EOPNOTSUPP,
)  # fmt: skip


class Free:
    """The process that forks; ``run`` gives how an attack went: one of the four words above."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True, cwd=Path(__file__).parents[2],
            env=os.environ | {"GRADER_KEY": "/hidden/key"},
        )  # fmt: skip

    def __enter__(self) -> Free:
        return self

    def __exit__(self, *exception: object) -> None:
        self._process.communicate()

    def run(self, kind: str, code: str, *, seconds: float = SECONDS) -> tuple[str, str]:
        """How it went, and the last line that the child complained with."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([kind, code, seconds]) + "\n")
        self._process.stdin.flush()
        outcome, last = json.loads(self._process.stdout.readline())
        return outcome, last


def serve() -> None:
    """Answer one JSON line with another, until there are no more."""
    kernel.prctl(kernel.PR_SET_CHILD_SUBREAPER, 1)
    for line in sys.stdin:
        kind, code, seconds = json.loads(line)
        folder = tempfile.mkdtemp(prefix="grader-tests-free-")
        with tempfile.TemporaryFile() as errors:
            pid = os.fork()
            if pid == 0:
                _child(kind, code, folder, errors.fileno())
            outcome = _outcome(pid, seconds)
            processes.end_descendants()
            shutil.rmtree(folder, ignore_errors=True)
            errors.seek(0)
            said = errors.read().decode(errors="replace").strip().splitlines()
        print(json.dumps([outcome, said[-1][:300] if said else ""]), flush=True)


def _outcome(pid: int, seconds: float) -> str:
    descriptor = os.pidfd_open(pid)
    ended = select.select([descriptor], [], [], seconds)[0]
    os.close(descriptor)
    if not ended:
        return HUNG
    status = os.waitpid(pid, 0)[1]
    if os.WIFSIGNALED(status):
        return HARM  # in one process this is everybody's end
    return {0: HARM, 3: REFUSED}.get(os.WEXITSTATUS(status), NONE)


def _child(kind: str, code: str, folder: str, errors: int) -> None:
    """Exits with 0 for harm done, 3 where the machine refuses it, 1 for none."""
    status = 1
    try:
        os.setsid()
        os.chdir(folder)
        null = os.open(os.devnull, os.O_RDWR)
        for number, end in enumerate((null, null, errors)):
            os.dup2(end, number)
        for limit, bound in ((resource.RLIMIT_AS, 8 << 30), (resource.RLIMIT_CPU, 20),
                             (resource.RLIMIT_CORE, 0)):  # fmt: skip
            resource.setrlimit(limit, (bound, bound))
        run = {"machine": _machine, "graded": _graded, "heard": _heard, "believed": _believed}
        status = 0 if run[kind](code) else 1
    except OSError as error:
        traceback.print_exc()
        status = 3 if error.errno in _REFUSALS else 1
    except BaseException:
        traceback.print_exc()
    # As a program ends: what was registered for its end still runs.
    sys.stderr.flush()
    atexit._run_exitfuncs()
    os._exit(status)


def _machine(code: str) -> bool:
    space: dict[str, Any] = {"__name__": "__main__"}
    exec(code, space)
    if not space.get("won") and ctypes.get_errno() in _REFUSALS:
        raise OSError(ctypes.get_errno(), "refused")
    return bool(space.get("won"))


def _graded(code: str) -> bool:
    """Whether a test case passes, or its secret comes out, or a value runs code when unpickled."""
    shell = InteractiveShell.instance()  # made once, before the child was forked
    builtins.get_ipython = lambda: shell  # type: ignore[attr-defined]
    exec(code, shell.user_ns)
    module = types.ModuleType("test_double")
    sys.modules["test_double"] = module
    exec(test_forging.NAIVE, module.__dict__)
    double = shell.user_ns["double"]
    won = []
    for name, case in list(vars(module).items()):
        if name.startswith("test_") and name != "test_case":
            # What otter's decorator gives holds the function; a faked one may give anything.
            function = getattr(case, "test_func", None) or case
            try:
                function(double=double)
                won.append(name)
            except ValueError as error:
                won += [name] if SECRET in str(error) else []
            except Exception:
                traceback.print_exc()
    last = shell.run_cell("assert double(2) == 4")
    print(won, last.success, file=sys.stderr)
    if not won and not last.success:
        pickle.loads(pickle.dumps(double(2)))
    return bool(won) or last.success


def _said(code: str) -> bytes:
    """What a worker whose function runs ``code`` would say."""
    said = bytearray()
    space: dict[str, Any] = {}
    exec(test_messages.PREAMBLE.replace("socket.socket(fileno=os.dup(3))", "None"), space)
    space["pipe"] = types.SimpleNamespace(sendall=said.extend, shutdown=lambda how: None)
    space["rest"] = lambda: None
    exec(f"def double(x):\n    {code}\n    rest()\ndouble(1)", space)
    return bytes(said)


def _believed(code: str) -> bool:
    """Whether a judge takes another message for an answer, reserves gigabytes, or fails."""
    said = memoryview(_said(code))
    if len(said) < HEADER.size:
        return True  # it would wait for ever
    size, raw = HEADER.unpack(said[: HEADER.size])
    if len(said) < HEADER.size + size + raw:
        return True
    try:
        message = msgspec.msgpack.decode(said[HEADER.size : HEADER.size + size])
        kind, value, _, _, _ = message
        hash(value)
    except Exception:
        return True
    return bool(kind != "done")


def _heard(code: str) -> bool:
    """Whether a judge without checks and bounds takes what is said, or fails of it."""
    for module in (codec, extent, handles, heap, link, protocol, told):
        for name in vars(module):
            if name.startswith(("MAX_", "_MAX_")):
                setattr(module, name, 1 << 40)
        if hasattr(module, "check"):
            vars(module)["check"] = lambda holds, expected: None
    extent.Extents.are_bounded = extent.Extents.is_bounded = lambda *_: True  # type: ignore
    judge = link.Link(Told(_said(code), piecewise=False), os.getpid(), limits=Limits(),  # type: ignore
                      deadline=time.monotonic() + 60)  # fmt: skip
    try:
        value = judge.perform("call", 1)
        np.asarray(value, dtype=float)
        return bool(value != 4)
    except Stopped as stopped:
        print(stopped, file=sys.stderr)
        return False
    except Exception as error:
        traceback.print_exc()
        known = link.student_error(error)
        if known is None:
            return True
        text = known.name + known.message + known.traceback
        return len(text) > 20_000 or "\x1b" in text or known.limit not in ("", "timeout", "memory")


if __name__ == "__main__":
    import msgspec
    import numpy as np
    import otter.test_files  # noqa: F401  (once, not in each child)
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    from grader.model import Limits
    from grader.sandbox.inside import kernel, processes
    from grader.sandbox.outside import handles, link, told
    from grader.sandbox.outside.watch import Stopped
    from grader.sandbox.wire import codec, extent, heap, protocol
    from grader.sandbox.wire.protocol import HEADER
    from tests.attacks import test_forging, test_messages
    from tests.attacks.conftest import SECRET
    from tests.sandbox.test_protocol import Told

    # It keeps no history, which would be a thread and a file that all children share.
    InteractiveShell.instance(config=Config(HistoryManager={"enabled": False}))
    serve()
