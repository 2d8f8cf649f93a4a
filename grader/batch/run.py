"""Grades a class into a folder: the gradebook first, pages beside it, scores.csv at the end."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from grader import __version__
from grader.assignment import Assignment
from grader.batch.gradebook import Gradebook, Key
from grader.batch.jobs import Jobs, Setup, Task
from grader.batch.progress import reporter
from grader.errors import UsageError
from grader.isolation.doctor import missing
from grader.model import Handin, Result, Status
from grader.report.classpage import ClassPage
from grader.report.figures import figures_of
from grader.report.files import write
from grader.report.gradescope import results_json
from grader.report.page import FeedbackPage
from grader.report.scores import scores_csv
from grader.submission import read


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How to grade; see ``grader grade --help``."""

    out: Path
    jobs: int
    fresh: bool = False
    require_isolation: bool = False
    python: str | None = None
    quiet: bool = False


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
    with Gradebook(options.out, fresh=options.fresh) as book:
        todo = [handin for handin in handins if not _recorded(book, handin, assignment)]
        book.begin(
            (handin.name for handin in handins),
            assignment=assignment.name,
            title=assignment.title,
            columns=columns,
        )
        layers = _grade(assignment, todo, options, book) if todo else ()
        counts: Counter[Status] = Counter()
        faults = []
        results = []
        page = ClassPage(title=assignment.title, columns=columns)
        for result in book.results():
            counts[result.status] += 1
            results.append(replace(result, cells=(), extra={}))  # scores.csv needs no more
            page.add(result)
            if result.status is Status.FAULT:
                faults.append(f"{result.submission}: {result.problem}")
        write(options.out / "scores.csv", scores_csv(results, columns=columns))
        write(options.out / "class.html", page.render())
    kept = len(handins) - len(todo)
    return Summary(counts=counts, kept=kept, faults=tuple(faults), layers=layers)


def _grade(
    assignment: Assignment, todo: Sequence[Handin], options: Options, book: Gradebook
) -> tuple[str, ...]:
    publish = publisher(assignment.title, options.out)
    setup = Setup(assignments=(assignment,), python=options.python, publish=publish)
    with Jobs(setup, count=min(options.jobs, len(todo))) as jobs:
        _check_isolation(jobs.layers, required=options.require_isolation)
        with reporter(len(todo), quiet=options.quiet) as report:
            for result in jobs.grade(Task(handin=handin) for handin in todo):
                book.record(result, key=_key(result.submission, result.digest, assignment))
                report.done(result)
        return jobs.layers


def report(out: Path) -> int:
    """Write all pages and scores.csv of the folder ``out`` again, from its gradebook.

    Returns the number of submissions.
    """
    with Gradebook(out, write=False) as book:
        batch = book.batch()
        if batch is None:
            raise UsageError(f"{out} holds no grades yet: grade into it first.")
        publish = publisher(batch.title, out)
        page = ClassPage(title=batch.title, columns=batch.columns)
        results = []
        for result in book.results():
            publish(result)
            page.add(result)
            results.append(replace(result, cells=(), extra={}))
        write(out / "scores.csv", scores_csv(results, columns=batch.columns))
        write(out / "class.html", page.render())
    return len(results)


def publisher(title: str, out: Path) -> Callable[[Result], None]:
    """A function that writes a result's pages below ``out``; ``title`` is the assignment's."""
    page = FeedbackPage()

    def publish(result: Result) -> None:
        folder = out / "submissions" / result.submission
        html = page.render(result, title=title, figures=figures_of(result))
        write(folder / "feedback.html", html)
        write(folder / "results.json", results_json(result))

    return publish


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


def _recorded(book: Gradebook, handin: Handin, assignment: Assignment) -> bool:
    known = book.get(handin.name)
    if known is None or (known.source, known.student) != (handin.source, handin.student):
        return False
    return book.done(_key(handin.name, read(handin, names=assignment.names).digest, assignment))


def _key(name: str, digest: str, assignment: Assignment) -> Key:
    return Key(
        submission=name,
        digest=digest,
        assignment_digest=assignment.digest,
        grader_version=__version__,
        limits=assignment.limits,
    )
