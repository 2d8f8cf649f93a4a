"""Time that several runs of a student's code share."""

from __future__ import annotations

from grader.bounds import WALL_FACTOR
from grader.sandbox.wire.bounds import IDLE_SHARE


class Budget:
    """Seconds to be spent: of CPU time, or of waiting where a run does little else."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._clock = WALL_FACTOR * seconds

    @property
    def left(self) -> float:
        """Seconds that the next run may take; 0 or less when all are spent."""
        return min(self._seconds, self._clock)

    def spend(self, *, clock: float, cpu: float) -> None:
        """Take off what a run took by the ``clock``, and of CPU time."""
        self._seconds -= clock if cpu < IDLE_SHARE * clock else cpu
        self._clock -= clock
