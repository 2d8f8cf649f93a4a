"""Time that several runs of a student's code share."""

from __future__ import annotations

from grader.bounds import WALL_FACTOR
from grader.sandbox.wire.bounds import IDLE_SHARE


class Budget:
    """Seconds of CPU time; a run that mostly waits spends the time that it waits instead."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._clock = WALL_FACTOR * seconds

    @property
    def left(self) -> float:
        """Return the seconds that the next run may take; 0 or less if all are spent."""
        return min(self._seconds, self._clock)

    def spend(self, *, clock: float, cpu: float) -> None:
        """Subtract a run's seconds by the ``clock`` and of CPU time."""
        self._seconds -= clock if cpu < IDLE_SHARE * clock else cpu
        self._clock -= clock
