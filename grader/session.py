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
from .words import Words, distinct, say

MAX_RESTARTS: Final = 8
_MAX_TEXT: Final = 500
_MAX_TEXTS: Final = 10_000
_MAX_NOTES: Final = 50
_MAX_FIELDS: Final = 5
#: Wall seconds that a submission may take, for each second of its own time.
WALL_FACTOR: Final = 3.0


class Session:
    """Runs a submission's cells; ``environment`` is what they defined.

    ``reports`` tells how each cell ran, ``status`` how all of them did, ``notes``
    what the student should know, ``layers`` how the worker was confined, ``lacking`` why
    names are not there that something missing should have given.
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
        self._defined: tuple[Words, ...] = ()
        self._told: tuple[Words, ...] = ()  # by workers that have ended
        self.lacking: dict[str, Words] = {}
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

    @property
    def notes(self) -> tuple[Words, ...]:
        """What the student should know, besides the notes of cells."""
        told = self._link.notes if self._link is not None else []
        return (*self._defined, *self._told, *_notes(told))

    @property
    def needs(self) -> tuple[list[Words], list[Words]]:
        """What is missing that results since :meth:`environment` rest on: surely, and maybe."""
        told = self._link.needs if self._link is not None else []
        sure = _notes([(text, fields) for text, fields, certain in told if certain])
        maybe = _notes([(text, fields) for text, fields, certain in told if not certain])
        return list(distinct(sure)), list(distinct(maybe))

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
        self._link.needs = []
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
            return Stopped("timeout", say("the submission's CPU time was used up"))
        if number == signal.SIGKILL and "garbage" not in stopped.detail:
            text = say("the system ended the process: too little memory was left")
            return Stopped("memory", text)
        name = signal.strsignal(number) or f"signal {number}"
        return Stopped("crash", say("{detail} ({signal})", detail=stopped.detail, signal=name))

    def _run(self) -> None:
        self._restarts += 1
        if self._restarts > MAX_RESTARTS or time.monotonic() > self._deadline:
            why = say("the submission's time was used up by what stopped before")
            raise Stopped("timeout", why)
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
            found = link.operate("defined")
            names, notes, lacking = _texts(found[0]), _notes(found[1]), _lacking(found[2])
        except Exception:
            # Only a worker that is no longer ours answers so.
            names, notes, lacking = [], (), {}
        except Stopped as stopped:
            self._note_status(stopped.reason)
            raise
        self._environment = Environment(link, names)
        self._defined, self.lacking = notes, lacking

    def _run_cell(self, link: Link, index: int, source: str) -> bool:
        try:
            done = link.run_cell(index, source, definitions_only=self._killed[index] > 0)
        except ValueError:
            self.reports[index] = CellReport(
                index=index, error=say("the cell is too large to be run")
            )
            return True
        except Stopped as stopped:
            reason = self.why(stopped)
            self._killed[index] += 1
            self._note_status(reason.reason)
            why = say("{reason}: {detail}", reason=reason.reason, detail=reason.detail)
            self.reports[index] = CellReport(index=index, error=why)
            return False
        if not self._killed[index]:
            self.reports[index] = _report(index, done)
        else:
            self.reports[index] = replace(self.reports[index], notes=_notes(done.notes))
        if done.limit in ("timeout", "memory"):
            self._note_status(done.limit)
        return True

    def _note_status(self, reason: str) -> None:
        if self.status is Status.GRADED:
            self.status = Status(reason)

    def _end(self) -> int:
        if self._link is None:
            return -1
        self._told = (*self._told, *_notes(self._link.notes))[:_MAX_NOTES]
        self._link.close()
        self._link = None
        return self._zygote.end()


def _report(index: int, done: CellDone) -> CellReport:
    error: str | Words | None = done.error
    if done.error and done.limit:
        # Ours, not the student's: it can be translated.
        name, _, detail = done.error.partition(": ")
        error = say("{reason}: {detail}", reason=name, detail=detail)
    return CellReport(
        index=index,
        error=error,
        traceback=done.traceback,
        output=done.output,
        notes=_notes(done.notes),
    )


def _texts(value: object) -> list[str]:
    """The texts among what a worker told, each cut, lest a hostile one fill the page."""
    texts = value if isinstance(value, list) else []
    return [text[:_MAX_TEXT] for text in texts[:_MAX_TEXTS] if isinstance(text, str)]


def _lacking(told: object) -> dict[str, Words]:
    """As :func:`_notes`, one each for a name."""
    pairs = list(told.items())[:_MAX_NOTES] if isinstance(told, dict) else []
    found = [(name, _notes([note])) for name, note in pairs if isinstance(name, str)]
    return {name: notes[0] for name, notes in found if notes}


def _notes(told: object) -> tuple[Words, ...]:
    """A worker's notes, (text, fields) each, as words; whatever else it told is left out."""
    notes = []
    for note in told[:_MAX_NOTES] if isinstance(told, list) else ():
        match note:
            case (str(text), dict(fields)):
                pairs = [(k, v[:_MAX_TEXT]) for k, v in fields.items() if isinstance(v, str)]
                notes.append(Words(text[:_MAX_TEXT], tuple(pairs[:_MAX_FIELDS])))
    return tuple(notes)
