"""Time limits inside the worker, which end a slow cell without killing the worker.

CPU time counts, so a loaded machine causes no timeouts.  Code that idles is interrupted after
as much wall time; waiting for a core is not idling.  The judge enforces limits of its own from
outside, where student code cannot disturb them.
"""

from __future__ import annotations

import ctypes
import signal
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from time import CLOCK_MONOTONIC, monotonic, process_time  # a notebook may overwrite time's names
from types import FrameType
from typing import Final

from grader.sandbox.wire.bounds import IDLE_SHARE, TICK_SECONDS

from .processes import queued_seconds

#: Not SIGALRM: students use ``signal.alarm`` to limit their own code.
_SIGNAL: Final = signal.SIGRTMIN


class TimeLimit(KeyboardInterrupt):
    """Raised in the student's code at every tick after its limit, since code may catch it."""


class Alarm:
    """Raises TimeLimit in the main thread after some seconds of CPU time or of idling.

    A timer ticks all the time, and each tick compares with the present limit: so setting a
    limit needs no system call.
    """

    def __init__(self) -> None:
        #: The limit that interrupted an import whose definitions were run nevertheless.
        self.cut: TimeLimit | None = None
        self._seconds: float | None = None
        self._paused = False
        self._cpu = self._seen = self._since = -1.0
        self.has_rung = False

    def start(self) -> None:
        """Begin to tick."""
        signal.signal(_SIGNAL, self._tick)
        _every(TICK_SECONDS, _SIGNAL)

    def limit(self, seconds: float) -> Alarm:
        """Return a context in which ``seconds`` is the limit; the least is half a tick."""
        self._cpu = -1.0
        self._seconds = max(seconds, TICK_SECONDS / 2)
        self.has_rung = False
        self.cut = None
        return self

    @contextmanager
    def instead(self, seconds: float) -> Iterator[None]:
        """Return a context in which ``seconds`` is the limit; afterwards the old one holds."""
        self._paused = True  # no tick may see these half set
        outer = self._seconds, self._cpu, self._seen, self._since
        self._cpu, self._seconds = -1.0, max(seconds, TICK_SECONDS / 2)
        self._paused = False
        try:
            yield
        finally:
            self._paused = True
            self._seconds, self._cpu, self._seen, self._since = outer

    def pause(self) -> None:
        """Ignore the next tick, for code that must not be interrupted."""
        self._paused = True

    def __enter__(self) -> None:
        return None

    def __exit__(self, *exception: object) -> None:
        self._seconds = None

    def _tick(self, number: int, frame: FrameType | None) -> None:
        if self._seconds is None:
            return
        if self._paused:
            self._paused = False
            return
        used, now = process_time(), monotonic()
        if self._cpu < 0:
            self._cpu = used
            self._seen, self._since = used + queued_seconds(), now
        elif used - self._cpu > self._seconds:
            self.has_rung = True
            raise TimeLimit("the time limit was reached")
        elif now - self._since > self._seconds:
            busy = used + queued_seconds()
            if busy - self._seen < IDLE_SHARE * self._seconds:
                self.has_rung = True
                raise TimeLimit("the time limit was reached while waiting")
            self._since, self._seen = now, busy


def _every(seconds: float, number: int) -> None:
    """Send this process the signal ``number`` every ``seconds``, fewer than one."""
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "timer_create"):
        libc = ctypes.CDLL("librt.so.1", use_errno=True)  # glibc before 2.34
    timer, nanoseconds = ctypes.c_void_p(), int(seconds * 1e9)
    event = struct.pack("Pii48x", 0, number, 0)  # struct sigevent; 0 is SIGEV_SIGNAL
    times = struct.pack("4l", 0, nanoseconds, 0, nanoseconds)  # struct itimerspec
    if libc.timer_create(CLOCK_MONOTONIC, event, ctypes.byref(timer)) or (
        libc.timer_settime(timer, 0, times, None)
    ):
        raise OSError(ctypes.get_errno(), "no timer can be had")
