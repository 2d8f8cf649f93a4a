"""A progress bar on the terminal."""

from __future__ import annotations

from typing import Any, Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Column

from grader.batch.progress import Quiet, Tally
from grader.model import Result


class Bar(Quiet):
    """A progress bar with rate, time left, failures and outcomes so far."""

    def __init__(self, total: int) -> None:
        self._tally = Tally(total)
        self._progress = Progress(
            TextColumn("grading"),
            BarColumn(bar_width=20),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}/s"),
            TimeRemainingColumn(),
            TextColumn("left"),
            TextColumn(
                "{task.fields[failures]}; {task.fields[cases]}",
                table_column=Column(no_wrap=True, overflow="ellipsis"),
            ),
            console=Console(stderr=True),
        )
        self._task: TaskID = self._progress.add_task("", total=total, **self._fields())

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._progress.stop()

    def done(self, result: Result) -> None:
        """Count one more result."""
        self._tally.add(result)
        self._progress.update(self._task, advance=1, **self._fields())

    def _fields(self) -> dict[str, Any]:
        tally = self._tally
        rate = f"{tally.rate:.3g}" if tally.done else "-"
        return {"rate": rate, "failures": tally.failures(), "cases": tally.cases()}
