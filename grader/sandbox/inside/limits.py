"""Time limits inside the worker: a courtesy that lets a slow cell end without killing the worker.

CPU time decides, so that a loaded machine does not turn honest work into a
timeout; code that idles is interrupted after as much wall time, but not what waits for a core.
The judge keeps its own watch from outside, which nothing in here can disturb.
"""

from __future__ import annotations

import ctypes
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic, process_time  # not as the student may leave them
from types import FrameType
from typing import Final

from grader.sandbox.wire.bounds import IDLE_SHARE, TICK_SECONDS

from .processes import queued_seconds

#: Not SIGALRM, which is the student's: ``signal.alarm`` is a way to limit one's own time.
_SIGNAL: Final = signal.SIGRTMIN
_MONOTONIC: Final = 1  # CLOCK_MONOTONIC


class TimeLimit(KeyboardInterrupt):
    """Raised in the student's code when its time is up, again at each tick: it may be swallowed."""


class Alarm:
    """Raises TimeLimit in the main thread after ``seconds`` of CPU time, or of idling.

    A timer ticks all the time; a limit is only noted, and looked at by the next tick,
    so that setting one costs no system call.
    """

    def __init__(self) -> None:
        #: The limit that interrupted an import, whose definitions were run all the same.
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
        """A context in which ``seconds`` is the limit; less than a tick is a tick."""
        self._cpu = -1.0
        self._seconds = max(seconds, TICK_SECONDS / 2)
        self.has_rung = False  # whatever became of the exception
        self.cut = None
        return self

    @contextmanager
    def instead(self, seconds: float) -> Iterator[None]:
        """Return a context in which ``seconds`` is the limit; then the old one holds again."""
        self._paused = True  # while these are half set
        outer = self._seconds, self._cpu, self._seen, self._since
        self._cpu, self._seconds = -1.0, max(seconds, TICK_SECONDS / 2)
        self._paused = False
        try:
            yield
        finally:
            self._paused = True
            self._seconds, self._cpu, self._seen, self._since = outer

    def pause(self) -> None:
        """Let the next tick pass: what comes right now must not be interrupted."""
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


class _Event(ctypes.Structure):  # struct sigevent
    _fields_ = (
        ("value", ctypes.c_void_p),
        ("signal", ctypes.c_int),
        ("notify", ctypes.c_int),  # 0: SIGEV_SIGNAL
        ("rest", ctypes.c_byte * 48),
    )


class _Times(ctypes.Structure):  # struct itimerspec
    _fields_ = tuple(
        (name, ctypes.c_long) for name in ("again_s", "again_ns", "first_s", "first_ns")
    )


def _every(seconds: float, number: int) -> None:
    """Send this process the signal ``number`` every so many seconds (less than one)."""
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "timer_create"):
        libc = ctypes.CDLL("librt.so.1", use_errno=True)  # glibc before 2.34
    timer, event = ctypes.c_void_p(), _Event(signal=number)
    nanoseconds = int(seconds * 1e9)
    times = _Times(again_ns=nanoseconds, first_ns=nanoseconds)
    if libc.timer_create(_MONOTONIC, ctypes.byref(event), ctypes.byref(timer)) or (
        libc.timer_settime(timer, 0, ctypes.byref(times), None)
    ):
        raise OSError(ctypes.get_errno(), "no timer can be had")
