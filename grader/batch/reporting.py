"""What is written at the end of a run, and again at any time: scores.csv, pages, the class page.

All of it follows from the gradebook, the roster in it, and adjust.toml as it is now.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from grader.batch.gradebook import Batch, Gradebook
from grader.batch.pages import Publisher, remove_others
from grader.exchange.course import Course
from grader.model import Result, Standing, Status
from grader.report.classpage import ClassPage
from grader.report.files import write
from grader.report.language import Language
from grader.report.scores import Extra, scores_lines

Row = tuple[Result, Standing]


def course_of(book: Gradebook, batch: Batch, out: Path) -> Course:
    """The course of the ``batch``, with the adjust.toml of ``out``."""
    most = batch.max_score or max((result.max_score for result in book.results()), default=0.0)
    return Course(book.handins(), roster=batch.roster, out=out, max_score=most)


class Reporting:
    """Writes all reports of a batch into ``out``; then knows what there was.

    ``publish`` writes pages: of all submissions where ``again``, else of those whose pages
    may show other than when they were graded (what adjust.toml says or said, and the missing).
    """

    def __init__(
        self, book: Gradebook, batch: Batch, out: Path, *, course: Course, publish: Publisher
    ) -> None:
        self._book, self._batch, self._out = book, batch, out
        self._course, self._publish = course, publish
        self.counts: Counter[Status] = Counter()
        self.faults: list[str] = []

    def write(
        self, language: Language, *, again: bool, written: frozenset[str] = frozenset()
    ) -> None:
        """Write them, pages in this ``language``; those of ``written`` are as they must be."""
        batch = self._batch
        page = ClassPage(title=batch.title, columns=batch.columns, language=language)
        noted: set[str] = set()
        before = self._book.noted()
        rows = self._passing(page, noted, before, again=again, written=written)
        lines = scores_lines(rows, columns=batch.columns, extra=self._extra())
        write(self._out / "scores.csv", lines)
        write(self._out / "class.html", page.render())
        remove_others(self._out, self._course.names)
        self._book.note(noted)

    def _passing(
        self,
        page: ClassPage,
        noted: set[str],
        before: frozenset[str],
        *,
        again: bool,
        written: frozenset[str],
    ) -> Iterator[Row]:
        """The rows on their way to scores.csv: there may be more than memory holds."""
        for result, standing in self._course.rows(self._book.results()):
            name = result.submission
            self.counts[result.status] += 1
            if result.status is Status.FAULT:
                self.faults.append(f"{name}: {result.problem}")
            page.add(result, standing)
            if standing.said:
                noted.add(name)
            is_due = again or standing.said or name in before or result.status is Status.MISSING
            if is_due and name not in written:
                self._publish(result, standing)
            yield result, standing

    def _extra(self) -> Extra:
        """The columns that have something to say."""
        course = self._course
        handins = self._book.handins()
        return Extra(
            ids=course.roster is not None or any(p.id for h in handins for p in h.people),
            attempts=any(handin.attempts for handin in handins),
            final=course.adjust.changes_scores,
            final_max=bool(course.adjust.manual),
        )
