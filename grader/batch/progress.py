"""How far a batch is: a bar on a terminal, plain lines elsewhere, nothing when quiet."""

from __future__ import annotations

import sys
import time
from collections import Counter
from types import TracebackType
from typing import Final, Protocol

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

from grader.model import Result, Status

_LINE_EVERY_SECONDS: Final = 5.0


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


def reporter(total: int, *, quiet: bool) -> Reporter:
    """The reporter that fits where standard error leads."""
    if quiet:
        return Quiet()
    return Bar(total) if sys.stderr.isatty() else Lines(total)


class Quiet:
    """Says nothing."""

    def __enter__(self) -> Reporter:
        return self

    def __exit__(self, *exception: object) -> None:
        return None

    def done(self, result: Result) -> None:
        """One more submission has ended."""


class Lines:
    """A line every few seconds, for logs; the last one when all is done."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._counts: Counter[Status] = Counter()
        self._begin = self._last = time.monotonic()

    def __enter__(self) -> Reporter:
        return self

    def __exit__(self, *exception: object) -> None:
        if self._counts:
            self._print()

    def done(self, result: Result) -> None:
        """One more submission has ended."""
        self._counts[result.status] += 1
        now = time.monotonic()
        if now - self._last >= _LINE_EVERY_SECONDS:
            self._last = now
            self._print()

    def _print(self) -> None:
        done, seconds = self._counts.total(), time.monotonic() - self._begin
        rate = done / seconds if seconds else 0.0
        print(
            f"{done} of {self._total} submissions, {rate:.0f} a second: {_summary(self._counts)}",
            file=sys.stderr,
            flush=True,
        )


class Bar:
    """A progress bar with rate, time left and the outcomes so far."""

    def __init__(self, total: int) -> None:
        self._counts: Counter[Status] = Counter()
        self._progress = Progress(
            TextColumn("grading"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}/s"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[summary]}"),
            console=Console(stderr=True),
        )
        self._begin = time.monotonic()
        self._task: TaskID = self._progress.add_task("", total=total, summary="", rate="-")

    def __enter__(self) -> Reporter:
        self._progress.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._progress.stop()

    def done(self, result: Result) -> None:
        """One more submission has ended."""
        self._counts[result.status] += 1
        rate = self._counts.total() / max(time.monotonic() - self._begin, 1e-3)
        self._progress.update(
            self._task, advance=1, summary=_summary(self._counts), rate=f"{rate:.0f}"
        )


def _summary(counts: Counter[Status]) -> str:
    return ", ".join(f"{counts[status]} {status}" for status in Status if counts[status])
