"""One submission's notebook, run to its end in a worker, and run again when the worker dies.

Of a cell that killed its worker only the definitions are run the next time, and
nothing if these killed it too, so that all else can still be tested.  Nothing here
knows the answers.
"""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from dataclasses import replace
from typing import Final

from .errors import Fault
from .isolation.host import Link, Stopped, Zygote
from .isolation.protocol import CellDone
from .isolation.proxy import Environment
from .model import CellReport, Limits, Status, Submission

MAX_RESTARTS: Final = 8
_MAX_TEXT: Final = 500
_MAX_TEXTS: Final = 10_000
_MAX_NOTES: Final = 50
#: Wall seconds that a submission may take, for each second of its own time.
WALL_FACTOR: Final = 3.0


class Session:
    """Runs a submission's cells; ``environment`` is what they defined.

    ``reports`` tells how each cell ran, ``status`` how all of them did, ``notes``
    what the student should know, ``layers`` how the worker was confined.
    """

    def __init__(
        self, zygote: Zygote, submission: Submission, *, limits: Limits, names: tuple[str, ...]
    ) -> None:
        self._zygote = zygote
        self._submission = submission
        self._limits = limits
        self._names = names
        self._deadline = time.monotonic() + limits.total_seconds * WALL_FACTOR
        self._restarts = 0
        self._link: Link | None = None
        self._environment: Environment | None = None
        self._killed: Counter[int] = Counter()  # how often a cell killed its worker
        self.notes: tuple[str, ...] = ()
        self.reports: dict[int, CellReport] = {}
        self.status = Status.GRADED
        self.layers: tuple[str, ...] = ()

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *exception: object) -> None:
        self._end()

    @property
    def stopped(self) -> Stopped | None:
        """The limit that was reached since :meth:`environment` was last called."""
        return self._link.stopped if self._link is not None else None

    def environment(self) -> Environment:
        """The student's names after all cells; runs them (again) where no worker lives.

        Raises Stopped when the submission's time or restarts are used up, Fault when
        no worker can be had.
        """
        while self._link is None or not self._link.alive or self._environment is None:
            self._environment = None
            self._end()
            self._run()
        self._link.stopped = None
        return self._environment

    def why(self, stopped: Stopped) -> Stopped:
        """Say more of how a worker died, and reap it."""
        if self._link is None or self._link.alive or stopped.reason != "crash":
            return stopped
        used = self._link.cpu_seconds()
        status = self._end()
        if not os.WIFSIGNALED(status):
            return stopped
        number = os.WTERMSIG(status)
        if number == signal.SIGKILL and used >= self._limits.total_seconds:
            return Stopped("timeout", "the submission's CPU time was used up")
        if number == signal.SIGKILL and "garbage" not in stopped.detail:
            return Stopped("memory", "the system ended the process: too little memory was left")
        text = signal.strsignal(number) or f"signal {number}"
        return Stopped("crash", f"{stopped.detail} ({text})")

    def _run(self) -> None:
        self._restarts += 1
        if self._restarts > MAX_RESTARTS or time.monotonic() > self._deadline:
            raise Stopped("timeout", "the submission's time was used up by what stopped before")
        self._link = link = self._zygote.spawn(limits=self._limits, deadline=self._deadline)
        try:
            link.prepare(files=self._submission.files, names=self._names)
        except Stopped as stopped:
            if self._restarts > 1 and time.monotonic() > self._deadline:
                raise  # what the student's code did before used the time up
            raise Fault(f"a worker did not start: {self._zygote.why()}") from stopped
        self.layers = tuple(link.layers)
        for index, source in enumerate(self._submission.cells, start=1):
            if self._killed[index] < 2 and not self._run_cell(link, index, source):
                return
        try:
            names, notes = map(_texts, link.operate("defined"))
        except Exception:
            # Only a worker that is no longer ours answers so.
            names, notes = [], []
        except Stopped as stopped:
            self._note_status(stopped.reason)
            raise
        self._environment = Environment(link, names)
        self.notes = tuple(notes[:_MAX_NOTES])

    def _run_cell(self, link: Link, index: int, source: str) -> bool:
        try:
            done = link.run_cell(index, source, definitions_only=self._killed[index] > 0)
        except ValueError:
            self.reports[index] = CellReport(index=index, error="the cell is too large to be run")
            return True
        except Stopped as stopped:
            reason = self.why(stopped)
            self._killed[index] += 1
            self._note_status(reason.reason)
            self.reports[index] = CellReport(index=index, error=f"{reason.reason}: {reason.detail}")
            return False
        if not self._killed[index]:
            self.reports[index] = _report(index, done)
        else:
            self.reports[index] = replace(self.reports[index], notes=tuple(done.notes))
        if done.limit in ("timeout", "memory"):
            self._note_status(done.limit)
        return True

    def _note_status(self, reason: str) -> None:
        if self.status is Status.GRADED:
            self.status = Status(reason)

    def _end(self) -> int:
        if self._link is None:
            return -1
        self._link.close()
        self._link = None
        return self._zygote.end()


def _report(index: int, done: CellDone) -> CellReport:
    return CellReport(
        index=index,
        error=done.error,
        traceback=done.traceback,
        output=done.output,
        notes=tuple(done.notes),
    )


def _texts(value: object) -> list[str]:
    """The texts among what a worker told, each cut, lest a hostile one fill the page."""
    texts = value if isinstance(value, list) else []
    return [text[:_MAX_TEXT] for text in texts[:_MAX_TEXTS] if isinstance(text, str)]
