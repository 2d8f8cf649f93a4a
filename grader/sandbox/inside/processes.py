"""Finds, counts and ends the processes that a process started, by /proc.  Used on both sides."""

from __future__ import annotations

import os
import signal
import time
from os import O_RDONLY, close, read  # a notebook may overwrite os's own names
from os import open as open_file

from grader.sandbox.wire.bounds import END_PAUSE_SECONDS, END_SECONDS


def children(pid: int) -> list[int]:
    """The living children of ``pid``; none where the kernel does not tell."""
    found: list[int] = []
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children") as file:
                found += map(int, file.read().split())
    except OSError:
        pass  # it ended meanwhile
    return found


def family(pid: int) -> list[int]:
    """``pid`` and all that it started, and these started."""
    found = [pid]
    for member in found:
        found += children(member)
    return found


def end_descendants() -> None:
    """Kill and reap everything below this process, a subreaper.

    All are stopped first: what is stopped starts no other.
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
    """CPU time that ``pid`` and its ended children have used."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def queued_seconds(pid: int | str = "self") -> float:
    """Time in which the first thread of ``pid`` could have run, and had no core.

    0 where the kernel does not tell.
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
    """Memory of ``pid``, what it shares divided by those who share it."""
    try:
        with open(f"/proc/{pid}/smaps_rollup", "rb") as file:
            for line in file:
                if line.startswith(b"Pss:"):
                    return int(line.split()[1]) << 10
    except OSError:
        pass  # it ended, or hides; then all of it counts
    try:
        with open(f"/proc/{pid}/statm", "rb") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def _signal(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except (ProcessLookupError, PermissionError):
        pass
