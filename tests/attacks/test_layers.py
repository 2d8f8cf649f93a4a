"""What each layer is for: attacks succeed without it, and a machine without namespaces holds.

A zygote's source is changed for these tests, so that a layer fails to come up as it
does where the machine does not offer it.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from grader.model import Limits
from grader.sandbox.inside import processes
from grader.sandbox.outside import interpreter
from grader.sandbox.outside.groups import Group
from grader.sandbox.outside.host import Link, Stopped, Zygote
from tests.cases import spread

from .conftest import SECRET, Case, ids
from .test_machine import DAEMONS, DISK, FILES, LIBC, NETWORK

LIMITS = Limits(cell_seconds=2.0, call_seconds=1.0, total_seconds=20, memory_mb=384, scratch_mb=16,
                processes=24)  # fmt: skip
REFUSED = 'raise OSError(1, "not offered here")'
NAMESPACES = ("def unshare(flags: int) -> None:", "def fork_into(flags: int) -> int:")
LANDLOCK = ("def landlock(*, readable: list[str], writable: list[str]) -> int:",)
FILTER = ("def refuse(*, network: bool) -> None:",)
pytestmark = pytest.mark.slow
Without = Callable[..., Zygote]


@pytest.fixture(scope="module")
def without() -> Iterator[Without]:
    """Gives the zygote of a machine that lacks what these functions ask for."""
    started: dict[object, Zygote] = {}

    def give(*functions: str, group: bool = True) -> Zygote:
        if (functions, group) not in started:
            started[functions, group] = start(*functions, group=group)
        return started[functions, group]

    yield give
    for zygote in started.values():
        zygote.close()


def start(*functions: str, group: bool) -> Zygote:
    changed = interpreter._sources()
    for name, text in changed.items():
        # Where only root can read the interpreter, no worker does without Landlock.
        closed = "def _is_closed(view: View) -> bool:"
        text = text.replace(closed, f"{closed}\n    return False")
        for function in functions:
            text = text.replace(function, f"{function}\n    {REFUSED}")
        changed[name] = text
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(interpreter, "_sources", lambda: changed)
        patch.setattr(interpreter, "_compiled", dict)
        if not group:
            patch.setattr(Group, "make", lambda: None)
        zygote = Zygote()
        assert zygote.pid > 0  # it has started, with what was patched
    return zygote


def worker(zygote: Zygote) -> Link:
    """A prepared worker."""
    link = zygote.spawn(limits=LIMITS, deadline=time.monotonic() + 60)
    link.prepare(files=(), names=())
    return link


def run(zygote: Zygote, code: str) -> str:
    """What ``won`` is after a cell, or how the worker ended."""
    link = worker(zygote)
    try:
        link.run_cell(1, LIBC)
        link.run_cell(2, code)
        return link.run_cell(3, "print(won or '')").output.strip()
    except Stopped as stopped:
        return "" if stopped.reason in ("memory", "timeout", "crash") else stopped.reason
    finally:
        link.close()
        zygote.end()
        assert processes.family(zygote.pid) == [zygote.pid]


def test_layers_that_are_missing_are_not_reported(without: Without) -> None:
    link = worker(without(*NAMESPACES, *LANDLOCK, *FILTER))
    missing = {"mount", "network", "ipc", "pid", "landlock", "syscalls"}
    assert missing.isdisjoint(link.layers)
    assert {"user", "capabilities", "no_new_privs", "limits", "together"} <= set(link.layers)
    link.close()


@pytest.mark.parametrize("case", spread([c for c in FILES if c.name in (
    "by path", "dots", "openat", "symlink")], 2), ids=ids)  # fmt: skip
def test_landlock_alone_keeps_files_out_of_reach(
    without: Without, outside: Path, case: Case
) -> None:
    code = case.code.format(path=str(outside))
    assert SECRET not in run(without(*NAMESPACES), code)
    if case.name in ("by path", "symlink"):  # the others' way leads through a closed folder
        assert SECRET in run(without(*NAMESPACES, *LANDLOCK), code)


@pytest.mark.parametrize("case", [c for c in NETWORK if c.name in ("tcp", "udp")], ids=ids)
def test_the_filter_alone_keeps_the_network_out_of_reach(
    without: Without, listener: socket.socket, case: Case
) -> None:
    code = case.code.format(port=listener.getsockname()[1], name="")
    code = "import _socket, sys\nsys.meta_path.clear()\n" + code.replace("import _socket; ", "")
    code = code.replace("s.connect", "_socket.socket.connect").replace("connect((", "connect(s, (")
    assert run(without(*NAMESPACES, *LANDLOCK), code) == ""


def test_without_filter_and_namespaces_a_packet_leaves(
    without: Without, listener: socket.socket
) -> None:
    code = next(c.code for c in NETWORK if c.name == "udp")
    code = code.format(port=listener.getsockname()[1])
    assert run(without(*NAMESPACES, *LANDLOCK, *FILTER), code) == "1"


@pytest.mark.parametrize("group", [True, pytest.param(False, marks=pytest.mark.long)])
@pytest.mark.parametrize("case", DAEMONS, ids=ids)
def test_daemons_end_without_a_pid_namespace(without: Without, case: Case, group: bool) -> None:
    code = f"import os, time\nme = os.getpid()\ndef start():\n    {case.code}\n"
    code += "    if os.getpid() != me: time.sleep(60); os._exit(0)\nstart()"
    assert run(without(*NAMESPACES, group=group), code) == ""


def test_in_one_process_a_daemon_outlives_its_program() -> None:
    code = (
        "import os, time\nif os.fork() == 0:\n    os.setsid()\n    print(os.getpid(), flush=True)"
    )
    code += "\n    os.close(1); os.close(2); time.sleep(60)"
    pid = int(subprocess.run([sys.executable, "-c", code], capture_output=True).stdout)
    os.kill(pid, 0)
    os.kill(pid, 9)


@pytest.mark.parametrize("case", spread([c for c in DISK if c.name in (
    "big files", "many files", "deep folders", "closed folders")], 2), ids=ids)  # fmt: skip
def test_the_disk_is_bounded_and_cleared_without_a_mount(without: Without, case: Case) -> None:
    zygote = without(*NAMESPACES)
    run(zygote, case.code.replace("4500", "1500") + "\ntime.sleep(1)")
    home = zygote._home
    assert [p.name for p in home.iterdir() if p.name not in ("root", "errors")] == []


@pytest.mark.parametrize("group", [True, False])
def test_memory_is_counted_together(without: Without, group: bool) -> None:
    code = (
        "import os, time\nread, write = os.pipe()\nfor n in range(6):\n    if os.fork() == 0:\n"
        "        held = b'x' * (150 << 20); os.write(write, b'.'); time.sleep(20); os._exit(0)\n"
        "time.sleep(1.2); os.set_blocking(read, False)\n"
        "alive = [os.waitpid(-1, os.WNOHANG)[0] == 0 for n in range(6)]\n"
        "won = len(os.read(read, 9)) == 6 and all(alive)"
    )
    assert run(without(group=group), code) == ""


def test_a_zygote_that_cannot_fork_becomes_no_worker(without: Without) -> None:
    zygote = without("def fork_worker(view: View) -> int:")
    with pytest.raises(Exception, match="no worker could be started"):
        zygote.spawn(limits=LIMITS, deadline=time.monotonic() + 60)
