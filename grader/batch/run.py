"""Grades a class into a folder: the gradebook first, pages beside it, scores.csv at the end."""

from __future__ import annotations

import signal
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from grader.assignment import Assignment
from grader.batch.gradebook import Gradebook
from grader.batch.jobs import Jobs, Setup, Task
from grader.batch.pages import language_of, publisher, write_pages
from grader.batch.progress import reporter
from grader.batch.resume import key_of, recorded
from grader.errors import UsageError, not_installed
from grader.isolation.doctor import missing
from grader.isolation.interpreter import Interpreter
from grader.model import Handin, Result, Status
from grader.report.classpage import ClassPage
from grader.report.files import write
from grader.report.language import ENGLISH, Language, catalogues
from grader.report.scores import scores_lines

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What a run did: how many had each status, how many stood in the book already, faults."""

    counts: Counter[Status]
    kept: int
    faults: tuple[str, ...]
    layers: tuple[str, ...]


def run(assignment: Assignment, handins: Sequence[Handin], options: Options) -> Summary:
    """Grade ``handins`` into ``options.out``; what is on record already is not run again."""
    columns = _columns(assignment)
    with _stopped_by_sigterm(), Gradebook(options.out, fresh=options.fresh) as book:
        todo = [handin for handin in handins if not recorded(book, handin, assignment)]
        before = book.batch()
        language = language_of(assignment, options.language)
        book.begin(
            (handin.name for handin in handins),
            assignment=assignment.name,
            title=assignment.title,
            columns=columns,
            language=language.code,
            catalogues=catalogues(assignment.folder),
        )
        layers = _grade(assignment, todo, options, book) if todo else ()
        # Pages of an earlier run in another language are made again.
        publish = None
        if before is not None and before.language != language.code:
            publish = publisher(assignment.title, options.out, language)
        page = ClassPage(title=assignment.title, columns=columns, language=language)
        tally = _Tally(page, publish=publish)
        lines = scores_lines(tally.passing(book.results()), columns=columns)
        write(options.out / "scores.csv", lines)
        write(options.out / "class.html", tally.page.render())
    kept = len(handins) - len(todo)
    return Summary(counts=tally.counts, kept=kept, faults=tuple(tally.faults), layers=layers)


@contextmanager
def _stopped_by_sigterm() -> Iterator[None]:
    """Within, the signal that shutdowns and job schedulers send ends the run as Ctrl-C does."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


class _Tally:
    """Counts results on their way to scores.csv: there may be more than memory holds.

    Each also goes into the class ``page``, and to ``publish`` where that is given.
    """

    def __init__(self, page: ClassPage, *, publish: Callable[[Result], None] | None = None) -> None:
        self.page = page
        self._publish = publish
        self.counts: Counter[Status] = Counter()
        self.faults: list[str] = []

    def passing(self, results: Iterable[Result]) -> Iterator[Result]:
        for result in results:
            self.counts[result.status] += 1
            if result.status is Status.FAULT:
                self.faults.append(f"{result.submission}: {result.problem}")
            self.page.add(result)
            if self._publish is not None:
                self._publish(result)
            yield result


def _grade(
    assignment: Assignment, todo: Sequence[Handin], options: Options, book: Gradebook
) -> tuple[str, ...]:
    with _executor(assignment, len(todo), options) as executor:
        _check_isolation(executor.layers, required=options.require_isolation)
        with reporter(len(todo), quiet=options.quiet, plain=options.plain) as report:
            for result in executor.grade(Task(handin=handin) for handin in todo):
                book.record(result, key=key_of(result.submission, result.digest, assignment))
                report.done(result)
        return executor.layers


def _executor(assignment: Assignment, count: int, options: Options) -> Jobs | Cluster:
    if options.scheduler is None:
        publish = publisher(
            assignment.title, options.out, language_of(assignment, options.language)
        )
        setup = Setup(assignments=(assignment,), interpreter=options.interpreter, publish=publish)
        return Jobs(setup, count=min(options.jobs, count))
    try:
        from grader.batch.cluster import Cluster
    except ModuleNotFoundError as error:
        raise not_installed("Dask distributed", "dask") from error
    keep = partial(write_pages, options.out)
    return Cluster(
        assignment,
        options.scheduler,
        keep=keep,
        python=options.interpreter.python,
        language=options.language,
    )


def report(out: Path, code: str | None = None) -> int:
    """Write all pages and scores.csv of the folder ``out`` again, from its gradebook.

    They are in the language of this ``code``, or in that of the run before.  Returns the
    number of submissions.
    """
    Gradebook(out, write=False).close()  # an empty folder is refused, not filled
    with Gradebook(out) as book:
        batch = book.batch()
        if batch is None:
            raise UsageError(f"{out} holds no grades yet: grade into it first.")
        code = code or batch.language
        book.speak(code)
        language = Language(code, catalogue=batch.catalogues.get(code))
        publish = publisher(batch.title, out, language)
        page = ClassPage(title=batch.title, columns=batch.columns, language=language)
        tally = _Tally(page, publish=publish)
        lines = scores_lines(tally.passing(book.results()), columns=batch.columns)
        write(out / "scores.csv", lines)
        write(out / "class.html", tally.page.render())
    return tally.counts.total()


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


def _columns(assignment: Assignment) -> tuple[tuple[str, str], ...]:
    return tuple((q.name, case.name) for q in assignment.questions for case in q.cases)
