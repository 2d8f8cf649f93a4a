"""Progress of a batch: a bar on a terminal, plain lines elsewhere, nothing when quiet."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Mapping
from enum import StrEnum
from typing import Self, TypeVar

from grader.bounds import PROGRESS_SECONDS
from grader.model import Outcome, Result, Status
from grader.words import counted

_Kind = TypeVar("_Kind", bound=StrEnum)


class Quiet:
    """A reporter that says nothing; use it as a context manager."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        return None

    def done(self, result: Result) -> None:
        """Take note of one more result."""


def reporter(total: int, *, quiet: bool, plain: bool = False) -> Quiet:
    """Return the reporter that fits standard error; ``plain`` gives lines on a terminal, too."""
    if quiet:
        return Quiet()
    if plain or not sys.stderr.isatty():
        return Lines(total)
    from grader.batch.bar import Bar  # rich takes longer to import than all else here

    return Bar(total)


class Tally:
    """Results so far: submissions by status, test cases by outcome, and the rate."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.statuses: Counter[Status] = Counter()
        self.outcomes: Counter[Outcome] = Counter()
        self._begin = time.monotonic()

    def add(self, result: Result) -> None:
        """Count one more result."""
        self.statuses[result.status] += 1
        self.outcomes.update(case.outcome for case in result.cases)

    @property
    def done(self) -> int:
        """The number of submissions graded so far."""
        return self.statuses.total()

    @property
    def rate(self) -> float:
        """Submissions per second since the start."""
        return self.done / max(time.monotonic() - self._begin, 1e-3)

    @property
    def left(self) -> float:
        """Seconds left at this rate; infinite before the first result."""
        return (self.total - self.done) / self.rate if self.done else float("inf")

    def failures(self) -> str:
        """Return how many submissions did not run to their end, and why, as text."""
        failed = Counter(self.statuses)
        del failed[Status.GRADED]
        text = counted(failed.total(), "failure")
        return f"{text} ({_listed(Status, failed)})" if failed else text

    def cases(self) -> str:
        """Return the number of test cases by outcome, as text."""
        return _listed(Outcome, self.outcomes)


class Lines(Quiet):
    """Prints a line every few seconds, for logs, and the last one at the end."""

    def __init__(self, total: int) -> None:
        self._tally = Tally(total)
        self._last = time.monotonic()
        self._told = 0  # of how many results the last line told

    def __exit__(self, *exception: object) -> None:
        if self._tally.done > self._told:
            self._print()

    def done(self, result: Result) -> None:
        """Count one more result; print a line when it is time."""
        self._tally.add(result)
        now = time.monotonic()
        if now - self._last >= PROGRESS_SECONDS:
            self._last = now
            self._print()

    def _print(self) -> None:
        tally = self._tally
        self._told = tally.done
        of = counted(tally.total, "submission")
        left = f", {_duration(tally.left)} left" if tally.done < tally.total else ""
        print(
            f"{tally.done} of {of}, {tally.rate:.3g} a second{left}; "
            f"{tally.failures()}; test cases: {tally.cases() or 'none'}",
            file=sys.stderr,
            flush=True,
        )


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _listed(kinds: type[_Kind], counts: Mapping[_Kind, int]) -> str:
    return ", ".join(f"{counts[kind]} {kind}" for kind in kinds if counts.get(kind))
