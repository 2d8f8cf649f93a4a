"""Grades a class into a folder: gradebook and pages as results come, scores.csv at the end."""

from __future__ import annotations

import signal
import sys
import threading
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from grader.batch.gradebook import FILE, Batch, Gradebook
from grader.batch.jobs import Jobs, Setup, Task
from grader.batch.pages import Pages, language_of, write_pages
from grader.batch.progress import reporter
from grader.batch.reporting import reported_again, write_reports
from grader.batch.resume import key_of, recorded
from grader.course import hooks
from grader.course.assignment import Assignment
from grader.errors import UsageError, not_installed, swallow
from grader.exchange.course import Course
from grader.exchange.roster import read_roster
from grader.model import Handin, Result, Status
from grader.report.language import ENGLISH, catalogues
from grader.sandbox.outside.doctor import missing
from grader.sandbox.outside.interpreter import Interpreter

if TYPE_CHECKING:
    from grader.batch.cluster import Cluster


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How to grade; see ``grader grade --help``."""

    out: Path
    jobs: int
    fresh: bool = False
    require_isolation: bool = False
    interpreter: Interpreter = field(default_factory=Interpreter)
    quiet: bool = False
    plain: bool = False
    scheduler: str | None = None
    language: str = ENGLISH
    roster: Path | None = None
    replace: bool = False  # whether the grades of another assignment may be overwritten


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What a run did: submissions by status, how many were ``kept`` from before, and faults.

    ``roster`` is a line on the roster, where there is one; ``notices`` are for teachers.
    """

    counts: Counter[Status]
    kept: int
    faults: tuple[str, ...]
    roster: str | None = None
    notices: tuple[str, ...] = ()


def run(assignment: Assignment, handins: Sequence[Handin], options: Options) -> Summary:
    """Grade ``handins`` into ``options.out``; what is on record already is not graded again."""
    given = None if options.roster is None else read_roster(options.roster).table
    _refuse_another(assignment, options)
    with _stopped_by_sigterm(), Gradebook(options.out, fresh=options.fresh) as book:
        before = book.batch()
        roster = given or (None if before is None else before.roster)
        # An error in adjust.toml is reported before hours of grading, not after.
        course = Course(handins, roster=roster, out=options.out, max_score=assignment.max_score)
        todo = [handin for handin in handins if not recorded(book, handin, assignment)]
        batch = Batch(
            assignment=assignment.name,
            title=assignment.title,
            columns=tuple((q.name, case.name) for q in assignment.questions for case in q.cases),
            language=options.language,
            catalogues=catalogues(assignment.folder),
            roster=roster,
            max_score=assignment.max_score,
        )
        book.begin(batch, handins)
        if todo:
            _grade(assignment, todo, options, book, course)
        # Pages of an earlier run in another language, or with other names, are made again.
        again = before is not None and (before.language, before.roster) != (batch.language, roster)
        written = frozenset(handin.name for handin in todo)
        reported = write_reports(book, batch, options.out, course, again=again, written=written)
        # Grades are counted only where somebody corrected one.
        grades = Counter(graded.name for graded in book.history() if course.adjust.score)
        regraded = [handin.name for handin in todo if grades[handin.name] > 1]
    return Summary(
        counts=reported.counts,
        kept=len(handins) - len(todo),
        faults=tuple(reported.faults),
        roster=course.summary(),
        notices=tuple(course.notices(regraded)),
    )


def _refuse_another(assignment: Assignment, options: Options) -> None:
    """Refuse a folder with the grades of another assignment, unless it may be replaced."""
    if options.replace or not (options.out / FILE).is_file():
        return
    try:
        with Gradebook(options.out, write=False) as book:
            known = book.assignment()
    except UsageError:
        if not options.fresh:
            raise
        return  # it is damaged, which is what --fresh is for
    if known not in (None, assignment.name):
        raise UsageError(
            f"{options.out} holds the grades of {known}: give another --out for {assignment.name}."
        )


@contextmanager
def _stopped_by_sigterm() -> Iterator[None]:
    """Let SIGTERM, which shutdowns and job schedulers send, end the run as Ctrl-C does."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _grade(
    assignment: Assignment,
    todo: Sequence[Handin],
    options: Options,
    book: Gradebook,
    course: Course,
) -> None:
    """Grade and record what is ``todo``, with its pages."""
    pages = Pages(assignment.title, language_of(assignment, options.language))

    def pages_of(result: Result) -> dict[str, str]:
        return pages.of(course.named(result), course.standing(result))

    setup = Setup(assignments=(assignment,), interpreter=options.interpreter, pages=pages_of)
    with _executor(setup, len(todo), options, is_plain=course.is_plain) as executor:
        _check_isolation(executor.layers, required=options.require_isolation)
        with reporter(len(todo), quiet=options.quiet, plain=options.plain) as report:
            for group in executor.groups(Task(handin=handin) for handin in todo):
                for result, made in group:  # before the record, which never lacks its pages
                    write_pages(options.out, result.submission, made or pages_of(result))
                book.record((result for result, _ in group), key_of(assignment))
                for result, _ in group:
                    report.done(result)


def _executor(setup: Setup, count: int, options: Options, *, is_plain: bool) -> Jobs | Cluster:
    """Return the jobs or the cluster; a cluster makes only pages that show a result alone."""
    (assignment,) = setup.assignments
    if options.scheduler is None:
        _learn(assignment)
        options.interpreter.is_for_one = count <= options.jobs
        return Jobs(setup, count=min(options.jobs, count))
    try:
        from grader.batch.cluster import Cluster, Order
    except ModuleNotFoundError as error:
        raise not_installed("Dask distributed", "dask") from error
    order = Order(
        folder=str(assignment.folder),
        digest=assignment.digest,
        python=options.interpreter.python,
        language=options.language,
        pages=is_plain,
    )
    return Cluster(assignment, options.scheduler, order)


def _learn(assignment: Assignment) -> None:
    """Find out what is right once, not in each job, while the interpreter warms up."""
    with warnings.catch_warnings(), hooks.course(assignment.course_root):
        warnings.simplefilter("ignore")
        for question in assignment.questions:
            for case in question.cases:
                try:
                    getattr(case.function, "learn", lambda: None)()
                except Exception as error:  # reported where a submission is judged
                    swallow(error)


def report(out: Path, code: str | None = None) -> tuple[int, tuple[str, ...]]:
    """Write all reports of the folder ``out`` again, from its gradebook.

    ``code`` is the language, that of the run before unless given.  Returns the number of
    pages, and what a teacher should see.
    """
    with reported_again(out, language=code, again=True) as (_, reported):
        return reported.counts.total(), tuple(reported.course.notices())


def _check_isolation(layers: tuple[str, ...], *, required: bool) -> None:
    absent = missing(layers)
    if not absent:
        return
    names = ", ".join(absent)
    if required:
        raise UsageError(
            f"These layers of isolation are missing here: {names}; nothing was graded. "
            "Run 'grader doctor' to see how to get them, or leave out --require-isolation."
        )
    print(
        f"Warning: these layers of isolation are missing here: {names} (see 'grader doctor').",
        file=sys.stderr,
    )
