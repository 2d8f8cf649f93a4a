"""One submission's notebook, run in a worker, and run again when the worker dies.

Of a cell that killed its worker only the definitions are run the next time, and nothing if these
kill it, too, so that everything else can still be tested.  Nothing here knows the answers.
"""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Container, Iterator
from dataclasses import replace

from grader.bounds import (
    FULL_RESTARTS,
    GRACE_SECONDS,
    LONG_CELL_SECONDS,
    MAX_RESTARTS,
    REACHING_RESTARTS,
    SPENT_SHARE,
    START_SECONDS,
    WALL_FACTOR,
)
from grader.checks.sharing import Shared
from grader.course.testfile import CHECK
from grader.errors import Fault, log, swallow
from grader.model import CellReport, Limits, Status, Submission
from grader.sandbox.outside.host import Link, Stopped, Zygote
from grader.sandbox.outside.proxy import Environment
from grader.sandbox.wire.bounds import MAX_NOTES
from grader.sandbox.wire.protocol import Befell, CellDone, Stop
from grader.words import Words, distinct, say

from .budget import Budget
from .fate import Fates
from .heard import lacking_of, notes_of, report_of, texts_of


class Session:
    """Runs a submission's cells; ``environment`` gives what they defined.

    The cells share ``limits.cells_seconds``.  Once these are used up, only what defines something
    is run of a cell, in a reserve of as many seconds as one cell has.  The rest of
    ``limits.total_seconds`` belongs to the test cases, whatever the cells do.

    ``marked`` are questions that are tested in the state in which the notebook last asked for
    that (``grader.check("q1")``), as Otter does, instead of after all cells.  ``seed`` is set
    before each cell: a number, and the name of a variable that gets it; NumPy's and Python's
    generators get it if the name is empty.

    ``reports`` tells how each cell ran, ``befell`` what happened to each, ``status`` how all of
    them did, ``notes`` what the student should know, ``layers`` how the worker was confined, and
    ``lacking`` why names that a missing module should have given are not there.
    """

    def __init__(
        self,
        zygote: Zygote,
        submission: Submission,
        *,
        limits: Limits,
        names: tuple[str, ...],
        marked: Container[str] = (),
        seed: tuple[int, str] | None = None,
    ) -> None:
        self._zygote = zygote
        self._submission = submission
        self._limits = limits
        self._names = names
        self._marked, self._seed = marked, seed
        self._marks: dict[str, list[str]] = {}  # the names defined at that time, by question
        self._for_cells = Budget(limits.cells_seconds)
        self._for_definitions = Budget(limits.cell_seconds)
        # By the clock: most calls are too short to ask for the CPU time of each.
        self._for_tests = WALL_FACTOR * (limits.total_seconds - limits.cells_seconds)
        self._testing: float | None = None  # since when test cases run, on time.monotonic
        self._cpu = 0.0  # of the worker, when last asked
        self._restarts = 0
        self._without_demos = False
        self._has_left_out = False
        self._link: Link | None = None
        self._environment: Environment | None = None
        self._shared: dict[str, Shared] = {}  # by question; "" for all that are not marked
        self._killed: Counter[int] = Counter()  # how often a cell killed its worker
        self._shortened: set[int] = set()  # cells that were cut short to save time
        self._defined: tuple[Words, ...] = ()  # notes on what the cells defined
        self._told: tuple[Words, ...] = ()  # notes of workers that have ended
        self.lacking: dict[str, Words] = {}
        self.reports: dict[int, CellReport] = {}
        self.befell: dict[int, set[Befell]] = {}
        self.status = Status.GRADED
        self.layers: tuple[str, ...] = ()

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *exception: object) -> None:
        self._end()

    @property
    def stopped(self) -> Stopped | None:
        """Return the limit that was reached since the last call of :meth:`environment`, if any."""
        return self._link.stopped if self._link is not None else None

    @property
    def notes(self) -> tuple[Words, ...]:
        """Return what the student should know, besides the notes of cells."""
        told = self._link.told.notes if self._link is not None else []
        return (*self._said_of_cells(), *self._defined, *self._told, *notes_of(told))

    @property
    def needs(self) -> tuple[list[Words], list[Words]]:
        """Return what is missing for results since :meth:`environment`: surely, and maybe."""
        told = self._link.told.needs if self._link is not None else []
        sure = notes_of([(text, fields) for text, fields, certain in told if certain])
        maybe = notes_of([(text, fields) for text, fields, certain in told if not certain])
        return list(distinct(sure)), list(distinct(maybe))

    def environment(self, question: str = "") -> Environment:
        """Return the student's names for a question; runs the cells (again) if no worker lives.

        Until the next call the time counts as that of test cases.  Raises Stopped if this time,
        or the restarts, are used up, and Fault if no worker can be started.
        """
        if self._testing is not None:
            self._for_tests -= time.monotonic() - self._testing
            self._testing = None
        while self._link is None or not self._link.alive or self._environment is None:
            self._environment = None
            self._end()
            self._run()
        if self._for_tests <= 0:
            raise Stopped(Stop.TIMEOUT, say("the time of all test cases together was used up"))
        self._testing = time.monotonic()
        self._link.deadline = self._testing + self._for_tests
        self._link.stopped = None
        self._link.told.needs = []
        if question in self._marks:
            return Environment(self._link, self._marks[question], mark=question)
        return self._environment

    def shared(self, question: str = "") -> Shared:
        """Return what test cases found out about the objects of the last :meth:`environment`."""
        return self._shared.setdefault(question if question in self._marks else "", Shared())

    def leave_demos_out(self) -> bool:
        """Have the notebook run again without its demos; False if that was tried before.

        For a test case that ran into a limit: what a demo left behind (threads, processes,
        memory, an alarm) may be the cause.  If it is not, call :meth:`take_demos_back`.
        """
        if self._has_left_out:
            return False
        self._has_left_out = self._without_demos = True
        self._environment = None
        return True

    def take_demos_back(self) -> None:
        """Have the whole notebook run again: leaving its demos out did not help."""
        self._without_demos = False
        self._environment = None

    def why(self, stopped: Stopped) -> Stopped:
        """Return ``stopped`` with more on how the worker died, and reap the worker."""
        if self._link is None or self._link.alive or stopped.reason is not Stop.CRASH:
            return stopped
        is_spent = self._link.cpu_seconds() > SPENT_SHARE * self._limits.total_seconds
        died_alone = self._zygote.has_worker_ended()
        status = self._end()
        if not died_alone or not os.WIFSIGNALED(status):
            return stopped
        number = os.WTERMSIG(status)
        if number == signal.SIGKILL and is_spent:
            return Stopped(Stop.TIMEOUT, say("the submission's CPU time was used up"))
        if number == signal.SIGKILL:
            text = say("the system ended the process, as it does where memory runs out")
            return Stopped(Stop.MEMORY, text)
        name = signal.strsignal(number) or f"signal {number}"
        return Stopped(Stop.CRASH, say("{detail} ({signal})", detail=stopped.detail, signal=name))

    def _run(self) -> None:
        self._restarts += 1
        if self._restarts > MAX_RESTARTS:
            raise Stopped(Stop.CRASH, say("the process was ended too often by what ran before"))
        deadline = time.monotonic() + START_SECONDS
        self._link = link = self._zygote.spawn(limits=self._limits, deadline=deadline)
        cells = self._submission.cells
        self._marks.clear()
        self._shared.clear()
        try:
            handed = self._submission
            link.prepare(
                files=handed.files, names=self._names, cells=handed.cells, folder=handed.folder
            )
        except Stopped as stopped:
            if stopped.reason is Stop.MEMORY:
                raise  # more was handed in than fits
            # A worker that is too slow complains of nothing.
            is_dead = stopped.reason is Stop.CRASH
            why = self._zygote.why() if is_dead else stopped.detail
            raise Fault(f"a worker did not start: {why}") from stopped
        self.layers = tuple(link.layers)
        self._cpu = link.cpu_seconds()
        for index, source in enumerate(cells, start=1):
            # Nothing of a cell is run whose definitions killed the worker, too.
            is_run = self._killed[index] < 2 and self._for_definitions.left > 0
            if is_run and not self._run_cell(link, index, source):
                return
        began = time.monotonic()
        left = min(self._limits.call_seconds, max(0.0, self._for_definitions.left))
        link.deadline = began + left + GRACE_SECONDS
        try:
            found = link.operate("defined")
            names, notes, lacking = texts_of(found[0]), notes_of(found[1]), lacking_of(found[2])
        except Exception:
            log.debug("A worker that the student's code took over told its names", exc_info=True)
            names, notes, lacking = [], (), {}
        except Stopped as stopped:
            self._note_status(stopped.reason)
            raise
        finally:
            self._spend(self._for_definitions, began, link)
        self._environment = Environment(link, names)
        self._defined, self.lacking = notes, lacking

    def _run_cell(self, link: Link, index: int, source: str) -> bool:
        """Run one cell; return whether its worker lives on."""
        whole = self._is_run_whole(index)
        # Of a cell cut short, code that may define something unseen is run, too, unless it is
        # what kills the worker.
        is_shaky = self._killed[index] or self._restarts > 1 + REACHING_RESTARTS
        budget = self._for_cells if whole else self._for_definitions
        seconds = min(self._limits.cell_seconds, budget.left if whole else budget.left / 2)
        began = time.monotonic()
        link.deadline = began + WALL_FACTOR * (seconds + GRACE_SECONDS)
        try:
            if self._seed is not None and not source.startswith("%%"):
                try:
                    link.operate("seed", *self._seed)
                except Exception as error:
                    swallow(error)
            done = link.run_cell(
                index,
                source,
                seconds=seconds,
                definitions_only=not whole,
                reaching=not self._without_demos and not is_shaky,
            )
            self._mark(link, source, done)
        except ValueError:
            self.reports[index] = CellReport(
                index=index, error=say("the cell is too large to be run")
            )
            return True
        except Stopped as stopped:
            self._spend(budget, began, link)
            reason = self.why(stopped)
            self._killed[index] += 1
            self._note_status(reason.reason)
            self.reports[index] = CellReport(
                index=index, error=say("ended: {detail}", detail=reason.detail)
            )
            return False
        self._spend(budget, began, link)
        self.befell.setdefault(index, set()).update(done.befell)
        if whole or index not in self.reports:
            self.reports[index] = report_of(index, done, seconds)
        else:  # the report stays that of the whole cell
            self.reports[index] = replace(self.reports[index], notes=notes_of(done.notes))
        if done.limit is not Stop.NONE:
            self._note_status(done.limit)
        return True

    def _mark(self, link: Link, source: str, done: CellDone) -> None:
        """Keep the present state for the marked questions that a cell asks to be tested."""
        # If the cell failed and holds anything else, it may not have got as far as the check.
        if done.error is not None and CHECK.sub("", source).strip(" \t\n;"):
            return
        for question in CHECK.findall(source):
            if question in self._marked:
                try:
                    self._marks[question] = texts_of(link.operate("mark", question))
                except Exception as error:
                    swallow(error)

    def _spend(self, budget: Budget, began: float, link: Link) -> None:
        """Take from ``budget`` the time that a cell used which ``began`` then."""
        clock = cpu = time.monotonic() - began
        if clock > LONG_CELL_SECONDS:
            used = link.cpu_seconds()
            self._cpu, cpu = used, used - self._cpu
        budget.spend(clock=clock, cpu=cpu)

    def _is_run_whole(self, index: int) -> bool:
        """Whether all of a cell is run, demos included."""
        if self._without_demos or self._killed[index]:
            return False
        is_late, is_shaky = self._for_cells.left <= 0, self._restarts > 1 + FULL_RESTARTS
        if (is_late or is_shaky) and index not in self.reports:
            self._shortened.add(index)
        if is_late and self._shortened:
            self._note_status(Stop.TIMEOUT)
        return not is_late and not is_shaky

    @property
    def fates(self) -> Fates:
        """Return what happened to the definitions in the cells."""
        shortened = self._shortened | self._killed.keys()
        return Fates(self._submission.cells, self.reports, shortened, self.befell)

    def _said_of_cells(self) -> Iterator[Words]:
        """Yield sentences on what was not run of the cells, and why."""
        if self._killed:
            numbers = ", ".join(map(str, sorted(self._killed)))
            yield (
                say(
                    "Cell {cell} ended the process: of it only imports, definitions and what these "
                    "need were run.",
                    cell=numbers,
                )
                if len(self._killed) == 1
                else say(
                    "Cells {cells} ended the process: of them only imports, definitions and what "
                    "these need were run.",
                    cells=numbers,
                )
            )
        if self._shortened:
            seconds = f"{self._limits.cells_seconds:g}"
            cause = (
                say(
                    "the cells before used up the {seconds} seconds that all cells share",
                    seconds=seconds,
                )
                if self._for_cells.left <= 0
                else say("cells before ended their process again and again")
            )
            yield say(
                "Of cells {first} to {last} only imports, definitions and what these need were "
                "run: {cause}.",
                first=min(self._shortened),
                last=max(self._shortened),
                cause=cause,
            )
        if self._without_demos:
            yield say(
                "What the cells left running, or in memory, brought a test case to a limit; it "
                "was run again where only imports, definitions and what these need had been run."
            )

    def _note_status(self, reason: Stop) -> None:
        if self.status is Status.GRADED:
            self.status = Status(reason)

    def _end(self) -> int:
        if self._link is None:
            return -1
        self._told = (*self._told, *notes_of(self._link.told.notes))[:MAX_NOTES]
        self._link.close()
        self._link = None
        return self._zygote.end()
