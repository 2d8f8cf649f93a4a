"""How long the judge waits for a worker, and what the worker may use meanwhile.

Looked at only where an answer takes long, so that most calls cost nothing here.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

from grader.bounds import GRACE_SECONDS, SCRATCH_SPARE_BYTES, WATCH_SPARE_BYTES
from grader.sandbox.inside import processes
from grader.sandbox.wire.bounds import IDLE_SHARE, MAX_SCRATCH_FILES
from grader.sandbox.wire.codec import ProtocolError, TooMuchError
from grader.sandbox.wire.protocol import Stop
from grader.words import Words, say


class Stopped(BaseException):
    """A call did not end as calls do: ``reason`` says why.

    ``traceback`` says where the student's code was, if it could be asked.
    """

    def __init__(self, reason: Stop, detail: Words, *, traceback: str = "") -> None:
        super().__init__(str(detail))
        self.reason = reason
        self.detail = detail
        self.traceback = traceback


def stopped_by(error: BaseException) -> Stopped | None:
    """Return what stopped a worker, if that is what this error means."""
    if isinstance(error, Stopped):
        return error
    if isinstance(error, EOFError):
        return Stopped(Stop.CRASH, say("the process died"))
    if isinstance(error, TooMuchError):
        return Stopped(Stop.MEMORY, say("too much data came back: {error}", error=str(error)))
    if isinstance(error, ProtocolError):
        return Stopped(Stop.CRASH, say("the process sent garbage: {error}", error=str(error)))
    return None


class Patience:
    """Decides how long to wait: by CPU time of the worker's processes, and by how long they idle.

    What could run, and has no core since others are busy, does not idle.
    ``use`` is asked too whether the processes use more than they may; it raises Stopped.
    """

    def __init__(
        self, pid: int, *, seconds: float, deadline: float, use: Callable[[list[int]], None]
    ) -> None:
        self._pid = pid
        self._seconds = seconds + GRACE_SECONDS
        self._deadline = deadline
        self._use = use
        self._cpu = self._seen = -1.0  # CPU seconds at the first look, and at the last
        self._since = 0.0

    def check(self) -> None:
        """Raise Stopped when the time is up."""
        members = processes.family(self._pid)
        now, used = time.monotonic(), sum(map(processes.cpu_seconds, members))
        if self._cpu < 0:
            self._cpu = used
            self._seen, self._since = used + _queued(members), now
        if used - self._cpu > self._seconds:
            raise Stopped(Stop.TIMEOUT, say("the time limit was reached"))
        if now > self._deadline:
            raise Stopped(Stop.TIMEOUT, say("its time by the clock was used up"))
        if now - self._since > self._seconds:
            busy = used + _queued(members)
            if busy - self._seen < IDLE_SHARE * self._seconds:
                raise Stopped(Stop.TIMEOUT, say("the time limit was reached while waiting"))
            self._since, self._seen = now, busy
        self._use(members)


class Watch:
    """Adds up what a worker's processes use, where no control group and no mount bounds it."""

    def __init__(self, *, memory_mb: int | None, scratch: Path | None, scratch_mb: int) -> None:
        self._memory = None if memory_mb is None else (memory_mb << 20) + WATCH_SPARE_BYTES
        self._scratch = scratch
        self._scratch_bytes = (scratch_mb << 20) + SCRATCH_SPARE_BYTES

    def __call__(self, members: list[int]) -> None:
        """Raise Stopped when they use too much."""
        if self._memory is not None and sum(map(processes.memory_bytes, members)) > self._memory:
            raise Stopped(Stop.MEMORY, say("its processes together used more than the limit"))
        if self._scratch is not None and not _fits(self._scratch, self._scratch_bytes):
            raise Stopped(Stop.MEMORY, say("its files together are larger than the limit"))


def _queued(members: list[int]) -> float:
    """Return the seconds that these processes waited for a core."""
    return sum(map(processes.queued_seconds, members))


def _fits(folder: Path, size: int) -> bool:
    """Return whether the files below ``folder`` are few and small; links are not followed."""
    waiting: list[str | Path] = [folder]
    count = 0
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    count += 1
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)  # itself small: ``count`` bounds it
                    else:
                        size -= entry.stat(follow_symlinks=False).st_blocks * 512
                    if size < 0 or count > MAX_SCRATCH_FILES:
                        return False
        except OSError:
            continue  # gone, or closed to us
    return True
