"""Grades hand-ins in job processes on this machine: each has its own judge, zygote and worker.

The main process hands out one submission at a time and yields results in groups: all that
arrived while it was busy.  Only plain results, as msgpack, travel between the two.  A job that
dies is replaced, and its submission is tried once more.
"""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path

import msgspec

from grader.batch.pages import Graded
from grader.batch.wire import decode, encode
from grader.bounds import (
    ATTEMPTS,
    COLLECT_AFTER,
    HANG_FACTOR,
    HANG_LOOK_SECONDS,
    HANG_SPARE_SECONDS,
    JOB_END_SECONDS,
    WALL_FACTOR,
)
from grader.course.assignment import Assignment, load
from grader.errors import Fault, GraderError, log
from grader.judge.grade import Grader, faulty, ungraded
from grader.model import Handin, Result
from grader.sandbox.inside import kernel
from grader.sandbox.outside.doctor import probe
from grader.sandbox.outside.folder import remove_abandoned
from grader.sandbox.outside.host import Zygote
from grader.sandbox.outside.interpreter import Interpreter
from grader.submission import read

_CONTEXT = multiprocessing.get_context("fork")
_END = b""  # no task
_ANEW = multiprocessing.get_context("spawn")


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One hand-in to grade; ``assignment`` is the index of its assignment in the setup."""

    handin: Handin
    assignment: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What every job needs; ``pages`` makes the pages of a result, in the job's process.

    All zygotes are forked from one ``interpreter``, which the jobs close.  ``verifies`` is
    passed to :class:`grader.judge.grade.Grader`.
    """

    assignments: tuple[Assignment, ...]
    pages: Callable[[Result], dict[str, str]] | None = None
    interpreter: Interpreter = field(default_factory=Interpreter)
    verifies: bool = False


@dataclass(slots=True)
class _Job:
    process: BaseProcess
    pipe: Connection
    busy: tuple[Task, int] | None = None  # what it grades, and the number of the attempt
    until: float = 0.0  # deadline, on time.monotonic


class _Queue:
    """Tasks in groups: a job works through one group before it gets tasks of another.

    Tasks that are to be tried ``again``, with the number of the attempt, come first.
    """

    def __init__(self, groups: Iterable[Iterable[Task]]) -> None:
        self._groups = [iter(group) for group in groups]
        self._own: dict[str, Iterator[Task]] = {}
        self.again: deque[tuple[Task, int]] = deque()

    def next(self, name: str) -> tuple[Task, int] | None:
        """Return the next task for the job ``name``, with its attempt; None when none is left."""
        if self.again:
            return self.again.popleft()
        while self._groups:
            own = self._own.get(name)
            if own not in self._groups:
                taken = list(self._own.values())
                own = min(self._groups, key=taken.count)  # the first with the fewest jobs
                self._own[name] = own
            task = next(own, None)
            if task is not None:
                return task, 1
            self._groups.remove(own)
        return None


class Jobs:
    """Up to ``count`` job processes; use as a context manager.

    ``layers`` are the active layers of confinement, known after entering.
    Raises Fault when no worker can be started.

    A ``fresh`` job is a new interpreter with another hash seed, which reads the assignments
    again, preloads none of their modules, draws no figures and makes no pages.  Other jobs are
    forks of this process, which start at once.
    """

    def __init__(self, setup: Setup, *, count: int, fresh: bool = False) -> None:
        self._setup = setup
        self._fresh = fresh
        if not fresh:
            setup.interpreter.start()
        self._jobs = [self._start() for _ in range(count)]
        self.layers: tuple[str, ...] = ()

    def __enter__(self) -> Jobs:
        try:
            hellos = [self._hello(job) for job in self._jobs]
        except BaseException:
            self.close()
            raise
        self.layers = hellos[0]
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        self.close(at_once=kind is not None)

    def grade(self, tasks: Iterable[Task]) -> Iterator[Result]:
        """Grade all hand-ins; yield results in the order in which they finish."""
        return _results(self.groups(tasks))

    def groups(self, tasks: Iterable[Task]) -> Iterator[list[Graded]]:
        """Grade all hand-ins; yield lists of all results that are ready, with their pages.

        A job gets its next task before its result is yielded, so that it does not wait for
        the caller.
        """
        return self._grade(_Queue([tasks]))

    def grade_apart(self, groups: Iterable[Sequence[Task]]) -> Iterator[Result]:
        """Grade all hand-ins, each job with its own group as long as there are enough.

        So a judge learns what it must know of an assignment (see ``grader.judge.diagnose``) once.
        """
        largest_first = sorted(groups, key=len, reverse=True)
        return _results(self._grade(_Queue(largest_first)))

    def _grade(self, waiting: _Queue) -> Iterator[list[Graded]]:
        while True:
            for job in self._jobs:
                if job.busy is None:
                    self._feed(job, waiting)
            busy = {job.pipe: job for job in self._jobs if job.busy}
            if not busy:
                return
            results = []
            for ready in wait(list(busy), timeout=HANG_LOOK_SECONDS):
                job = busy[ready]  # type: ignore[index]
                result = self._answer(job, waiting)
                if result is not None:
                    results.append(result)
                self._feed(job, waiting)
            for job in self._jobs:
                if job.busy is not None and time.monotonic() > job.until:
                    job.process.kill()  # it hangs; its pipe closes, so that it is replaced
            if results:
                yield results

    def close(self, *, at_once: bool = False) -> None:
        """End all jobs and what they started; ``at_once`` even in the middle of a submission."""
        for job in self._jobs:
            # Closing is not enough: a process forked meanwhile may hold the pipe open.
            with contextlib.suppress(OSError):
                job.pipe.send_bytes(_END)
            job.pipe.close()
            if at_once:
                job.process.terminate()
        for job in self._jobs:
            job.process.join(timeout=JOB_END_SECONDS)
            if job.process.is_alive():
                job.process.kill()
                job.process.join()
        self._setup.interpreter.close()
        remove_abandoned()  # what a job that was killed left

    def _feed(self, job: _Job, waiting: _Queue) -> None:
        job.busy = waiting.next(job.process.name)
        if job.busy is not None:
            limits = self._setup.assignments[job.busy[0].assignment].limits
            longest = WALL_FACTOR * (limits.total_seconds + limits.cell_seconds)
            job.until = time.monotonic() + HANG_FACTOR * longest + HANG_SPARE_SECONDS
            with contextlib.suppress(OSError):  # the job is dead: reading its answer says so
                job.pipe.send_bytes(encode(job.busy[0]))

    def _answer(self, job: _Job, waiting: _Queue) -> Graded | None:
        """Return the result of a job; None where it died and its task is tried again."""
        assert job.busy is not None
        (task, attempt), job.busy = job.busy, None
        try:
            return decode(job.pipe.recv_bytes(), Graded)
        except (EOFError, OSError):
            self._replace(job)
        if attempt < ATTEMPTS:
            waiting.again.append((task, attempt + 1))
            return None
        why = Fault(
            f"the judge's process died, or hung, each of {ATTEMPTS} times that it graded this"
        )
        result = faulty(ungraded(task.handin, self._setup.assignments[task.assignment]), why)
        return Graded(result, {})

    def _start(self) -> _Job:
        ours, theirs = _CONTEXT.Pipe()
        process: BaseProcess
        if self._fresh:
            folders = tuple(assignment.folder for assignment in self._setup.assignments)
            process = _ANEW.Process(
                target=_serve_fresh,
                args=(folders, self._setup.interpreter.python, theirs, ours),
                daemon=True,
            )
        else:
            process = _CONTEXT.Process(target=_serve, args=(self._setup, theirs, ours), daemon=True)
        process.start()
        theirs.close()
        return _Job(process, ours)

    def _hello(self, job: _Job) -> tuple[str, ...]:
        try:
            answer = msgspec.msgpack.decode(job.pipe.recv_bytes(), type=tuple[str, ...] | str)
        except (EOFError, OSError):
            answer = "its process died"
        if isinstance(answer, str):
            raise Fault(f"No worker can be started: {answer}")
        return answer

    def _replace(self, job: _Job) -> None:
        job.pipe.close()
        job.process.join(timeout=JOB_END_SECONDS)
        fresh = self._start()
        job.process, job.pipe = fresh.process, fresh.pipe
        self._hello(job)


def _results(groups: Iterable[list[Graded]]) -> Iterator[Result]:
    return (graded.result for group in groups for graded in group)


def _serve_fresh(
    folders: tuple[Path, ...], python: str | None, pipe: Connection, other_end: Connection
) -> None:
    """Run a job process that shares nothing with the process that started it."""
    assignments = tuple(replace(load(folder), preload=()) for folder in folders)
    setup = Setup(assignments=assignments, interpreter=Interpreter(python), verifies=True)
    _serve(setup, pipe, other_end)


def _serve(setup: Setup, pipe: Connection, other_end: Connection) -> None:
    """Run a job process: grade what comes through the pipe until it says to end, or closes."""
    other_end.close()
    _end_with(multiprocessing.parent_process())
    try:
        with setup.interpreter, Zygote(setup.interpreter) as zygote:
            # The zygote is still starting: prepare what does not need it.
            graders = [
                Grader(assignment, zygote=zygote, verifies=setup.verifies)
                for assignment in setup.assignments
            ]
            _collect_seldom()
            pipe.send_bytes(encode(probe(zygote)))
            while True:
                asked = pipe.recv_bytes()
                if asked == _END:
                    return
                task = decode(asked, Task)
                result = _grade(graders[task.assignment], task, setup.assignments[task.assignment])
                pages = setup.pages(result) if setup.pages is not None else {}
                pipe.send_bytes(encode(Graded(result, pages)))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return
    except GraderError as error:
        pipe.send_bytes(encode(str(error)))


def _collect_seldom() -> None:
    """Collect garbage seldom, and never look at what lives as long as the process.

    A submission makes many containers and hardly a cycle; collecting took a fifth of the time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, 10, 10)


def _end_with(parent: BaseProcess | None) -> None:
    """Clean up and end this process when the main process says so, or dies."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the main process decides
    signal.signal(signal.SIGTERM, _end)
    if sys.platform == "linux":
        kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGTERM)
    if parent is None or os.getppid() != parent.pid:
        _end()


def _end(*signalled: object) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise SystemExit


def _grade(grader: Grader, task: Task, assignment: Assignment) -> Result:
    try:
        submission = read(task.handin, names=assignment.names)
    except Exception as error:  # our fault: the class goes on
        log.exception("%s could not be read", task.handin.source)
        return faulty(ungraded(task.handin, assignment), error)
    return grader.grade(submission)
