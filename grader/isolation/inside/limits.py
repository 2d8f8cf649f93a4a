"""Time limits inside the worker: a courtesy that lets a slow cell end without killing the worker.

CPU time decides, so that a loaded machine does not turn honest work into a
timeout; code that idles is interrupted after as much wall time.  The judge keeps
its own watch from outside, which nothing in here can disturb.
"""

from __future__ import annotations

import signal
import time
from types import FrameType
from typing import Final

TICK_SECONDS: Final = 0.2


class TimeLimit(KeyboardInterrupt):
    """Raised in the student's code when its time is up, again at each tick: it may be swallowed."""


class Alarm:
    """Raises TimeLimit in the main thread after ``seconds`` of CPU time, or of idling.

    A timer ticks all the time; a limit is only noted, and looked at by the next tick,
    so that setting one costs no system call.
    """

    def __init__(self) -> None:
        self._seconds: float | None = None
        self._cpu = self._seen = self._since = -1.0

    def start(self) -> None:
        """Begin to tick."""
        signal.signal(signal.SIGALRM, self._tick)
        signal.setitimer(signal.ITIMER_REAL, TICK_SECONDS, TICK_SECONDS)

    def limit(self, seconds: float) -> Alarm:
        """A context in which ``seconds`` is the limit."""
        self._cpu = -1.0
        self._seconds = seconds
        return self

    def __enter__(self) -> None:
        return None

    def __exit__(self, *exception: object) -> None:
        self._seconds = None

    def _tick(self, number: int, frame: FrameType | None) -> None:
        if self._seconds is None:
            return
        used, now = time.process_time(), time.monotonic()
        if self._cpu < 0:
            self._cpu = self._seen = used
            self._since = now
        elif used - self._cpu > self._seconds:
            raise TimeLimit("the time limit was reached")
        elif now - self._since > self._seconds:
            if used - self._seen < 0.1 * self._seconds:
                raise TimeLimit("the time limit was reached while waiting")
            self._since, self._seen = now, used
