"""Time limits inside the worker: a courtesy that lets a slow cell end without killing the worker.

CPU time decides, so that a loaded machine does not turn honest work into a
timeout; code that idles is interrupted after as much wall time.  The judge keeps
its own watch from outside, which nothing in here can disturb.
"""

from __future__ import annotations

import signal
import time
from types import FrameType


class TimeLimit(KeyboardInterrupt):
    """Raised in the student's code when its time is up."""


class Alarm:
    """Raises TimeLimit in the main thread after ``seconds`` of CPU time, or of idling."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._used = 0.0

    def __enter__(self) -> None:
        self._used = time.process_time()
        signal.signal(signal.SIGPROF, self._ring)
        signal.signal(signal.SIGALRM, self._look)
        # Again and again: a bare ``except`` may swallow the first one.
        signal.setitimer(signal.ITIMER_PROF, self._seconds, 0.2)
        signal.setitimer(signal.ITIMER_REAL, self._seconds, self._seconds)

    def __exit__(self, *exception: object) -> None:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)

    def _ring(self, number: int, frame: FrameType | None) -> None:
        raise TimeLimit("the time limit was reached")

    def _look(self, number: int, frame: FrameType | None) -> None:
        used = time.process_time()
        if used - self._used < 0.1 * self._seconds:
            signal.setitimer(signal.ITIMER_REAL, 0.2, 0.2)
            raise TimeLimit("the time limit was reached while waiting")
        self._used = used
