"""Finds, measures and ends processes through /proc.  Used by judge and worker."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from os import O_RDONLY, close, read  # a notebook may overwrite os's own names
from os import open as open_file

from grader.sandbox.wire.bounds import END_PAUSE_SECONDS, END_SECONDS


def children(pid: int) -> list[int]:
    """Return the running children of ``pid``; none if the kernel does not list them."""
    found: list[int] = []
    with suppress(OSError):  # it may end meanwhile
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children") as file:
                found += map(int, file.read().split())
    return found


def family(pid: int) -> list[int]:
    """Return ``pid`` and all its descendants."""
    found = [pid]
    for member in found:
        found += children(member)
    return found


def end_descendants() -> None:
    """Kill and reap all descendants of this process, which must be a subreaper.

    They are stopped first: a stopped process cannot start another one.
    """
    deadline = time.monotonic() + END_SECONDS
    while time.monotonic() < deadline:
        stopped: set[int] = set()
        while fresh := set(family(os.getpid())[1:]) - stopped:
            for pid in fresh:
                _signal(pid, signal.SIGSTOP)
            stopped |= fresh
        for pid in stopped:
            _signal(pid, signal.SIGKILL)
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        time.sleep(END_PAUSE_SECONDS)


def cpu_seconds(pid: int) -> float:
    """Return the CPU time that ``pid`` and its ended children have used."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def queued_seconds(pid: int | str = "self") -> float:
    """Return how long the first thread of ``pid`` has waited for a core.

    0 if the kernel does not report it.
    """
    try:
        descriptor = open_file(f"/proc/{pid}/schedstat", O_RDONLY)
        try:
            return int(read(descriptor, 100).split()[1]) * 1e-9
        finally:
            close(descriptor)
    except (OSError, IndexError, ValueError):
        return 0.0


def memory_bytes(pid: int) -> int:
    """Return the memory of ``pid``; shared pages count in proportion."""
    with suppress(OSError), open(f"/proc/{pid}/smaps_rollup", "rb") as file:
        for line in file:
            if line.startswith(b"Pss:"):
                return int(line.split()[1]) << 10
    # It ended, or its map is closed to us; then shared pages count in full.
    try:
        with open(f"/proc/{pid}/statm", "rb") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def _signal(pid: int, number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)
