"""How far a batch is: a bar on a terminal, plain lines elsewhere, nothing when quiet."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Mapping
from enum import StrEnum
from types import TracebackType
from typing import Protocol, TypeVar

from grader.bounds import PROGRESS_SECONDS
from grader.model import Outcome, Result, Status
from grader.words import counted

_Kind = TypeVar("_Kind", bound=StrEnum)


class Reporter(Protocol):
    """Told of each result as it ends; use as a context manager."""

    def __enter__(self) -> Reporter: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    def done(self, result: Result) -> None:
        """One more submission has ended."""


def reporter(total: int, *, quiet: bool, plain: bool = False) -> Reporter:
    """The reporter that fits where standard error leads; ``plain`` lines also on a terminal."""
    if quiet:
        return Quiet()
    if plain or not sys.stderr.isatty():
        return Lines(total)
    from grader.batch.bar import Bar  # what draws it takes longer to import than all else here

    return Bar(total)


class Tally:
    """What has ended so far: submissions by status, test cases by outcome, and how fast."""

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
        """How many submissions have ended."""
        return self.statuses.total()

    @property
    def rate(self) -> float:
        """Submissions a second since the first began."""
        return self.done / max(time.monotonic() - self._begin, 1e-3)

    @property
    def left(self) -> float:
        """Seconds to the end at this rate; infinite before the first result."""
        return (self.total - self.done) / self.rate if self.done else float("inf")

    def failures(self) -> str:
        """The submissions that could not be graded to their end, by what stopped them."""
        failed = Counter(self.statuses)
        del failed[Status.GRADED]
        text = f"{failed.total()} failure{'s' * (failed.total() != 1)}"
        return f"{text} ({_listed(Status, failed)})" if failed else text

    def cases(self) -> str:
        """The test cases by outcome."""
        return _listed(Outcome, self.outcomes)


class Quiet:
    """Says nothing."""

    def __enter__(self) -> Reporter:
        return self

    def __exit__(self, *exception: object) -> None:
        return None

    def done(self, result: Result) -> None:
        """One more submission has ended."""


class Lines:
    """A line every few seconds, for logs; the last one when all is done, or was stopped."""

    def __init__(self, total: int) -> None:
        self._tally = Tally(total)
        self._last = time.monotonic()

    def __enter__(self) -> Reporter:
        return self

    def __exit__(self, *exception: object) -> None:
        if self._tally.done:
            self._print()

    def done(self, result: Result) -> None:
        """One more submission has ended."""
        self._tally.add(result)
        now = time.monotonic()
        if now - self._last >= PROGRESS_SECONDS:
            self._last = now
            self._print()

    def _print(self) -> None:
        tally = self._tally
        left = f", {_duration(tally.left)} left" if tally.done < tally.total else ""
        whole = counted(tally.total, "submission")
        print(
            f"{tally.done} of {whole}, {tally.rate:.3g} a second{left}; "
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
