"""Writes the reports of a batch, after a run or later: scores.csv, pages, the class page.

All of it follows from the gradebook, the roster in it, and adjust.toml as it is now.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from grader.batch.gradebook import Batch, Gradebook
from grader.batch.pages import Pages, remove_others, write_pages
from grader.errors import UsageError
from grader.exchange.course import Course
from grader.exchange.table import Table
from grader.model import Result, Standing, Status
from grader.report.classpage import ClassPage
from grader.report.files import write
from grader.report.language import Language
from grader.report.scores import scores_lines

Row = tuple[Result, Standing]


@dataclass(frozen=True, slots=True)
class Reported:
    """What reports were written of: ``counts`` by status, and a line for each fault."""

    batch: Batch
    course: Course
    language: Language
    counts: Counter[Status] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


@contextmanager
def reported_again(
    out: Path, *, language: str | None = None, roster: Table | None = None, again: bool
) -> Iterator[tuple[Gradebook, Reported]]:
    """Write the reports of ``out`` from its gradebook, which stays open inside the ``with``.

    ``language`` and ``roster`` replace those of the latest run; for ``again`` see
    :func:`write_reports`.  Raises UsageError where nothing was graded yet, or where the roster
    and adjust.toml contradict each other.
    """
    Gradebook(out, write=False).close()  # an empty folder is refused, not filled
    with Gradebook(out) as book:
        before = book.batch()
        if before is None:
            raise UsageError(f"{out} holds no grades yet: grade into it first.")
        code, table = language or before.language, roster or before.roster
        batch = replace(before, language=code, roster=table)
        most = batch.max_score or max((result.max_score for result in book.results()), default=0.0)
        course = Course(book.handins(), roster=batch.roster, out=out, max_score=most)
        book.amend(batch)
        again = again or batch != before  # pages name students as the roster does
        yield book, write_reports(book, batch, out, course, again=again)


def write_reports(
    book: Gradebook,
    batch: Batch,
    out: Path,
    course: Course,
    *,
    again: bool,
    written: frozenset[str] = frozenset(),
) -> Reported:
    """Write all reports of a batch into ``out``.

    ``again`` writes the pages of all submissions; otherwise only those that may differ from
    what was written when they were graded: what adjust.toml says or said, and the missing.
    The pages of ``written`` are up to date.
    """
    language = Language(batch.language, catalogue=batch.catalogues.get(batch.language))
    reported = Reported(batch, course, language)
    page = ClassPage(title=batch.title, columns=batch.columns, language=language)
    pages = Pages(batch.title, language)
    noted, before = set[str](), book.noted()

    def rows() -> Iterator[Row]:  # on their way to scores.csv: memory may not hold them all
        for result, standing in course.rows(book.results()):
            name = result.submission
            reported.counts[result.status] += 1
            if result.status is Status.FAULT:
                reported.faults.append(f"{name}: {result.problem}")
            page.add(result, standing)
            if standing.said:
                noted.add(name)
            is_due = again or standing.said or name in before or result.status is Status.MISSING
            if is_due and name not in written:
                write_pages(out, name, pages.of(result, standing))
            yield result, standing

    extra = _extra_columns(course)
    write(out / "scores.csv", scores_lines(rows(), columns=batch.columns, extra=extra))
    write(out / "class.html", page.render())
    remove_others(out, course.names)
    book.note(noted)
    return reported


def _extra_columns(course: Course) -> list[str]:
    """Return the optional columns of scores.csv that have something to say."""
    handins = course.handins.values()
    columns = {
        "student_id": course.roster is not None or any(p.id for h in handins for p in h.people),
        "attempts": any(handin.attempts for handin in handins),
        "final": course.adjust.changes_scores,
        "final_max": bool(course.adjust.manual),
    }
    return [name for name, is_said in columns.items() if is_said]
