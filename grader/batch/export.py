"""``grader export``: the final scores of a folder of results, as a platform imports them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from grader.batch.gradebook import Batch, Gradebook
from grader.batch.pages import publisher
from grader.batch.reporting import Reporting, Row, course_of
from grader.errors import UsageError
from grader.exchange import lms
from grader.exchange.course import Course
from grader.exchange.feedback import pages_of, write_zip
from grader.exchange.lms import Grade, Wanted
from grader.exchange.meaning import listed
from grader.exchange.roster import Entry, read_roster
from grader.model import Status
from grader.report.files import write
from grader.report.language import Language
from grader.report.text import cell, number

FOLDER: Final = "export"
_MARK: Final = "\ufeff"  # Excel takes UTF-8 for something else without it
_NAMES: Final = {"canvas": "Canvas", "moodle": "Moodle", "gradescope": "Gradescope"}
_WRITERS: Final = {"canvas": lms.canvas, "moodle": lms.moodle, "gradescope": lms.gradescope}
_SHEET: Final = ("student", "student_id", "login", "email", "section", "submission", "status",
                 "submitted", "attempts", "score", "max_score", "final", "final_max",
                 "remarks")  # fmt: skip


def export(
    out: Path, form: str, *, roster: Path | None, column: str | None, zeros: bool
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Write the files of this ``form`` into ``out``/export, over those of before.

    A ``roster`` is the batch's from now on.  scores.csv and pages are brought up to date
    first, so that all say the same.  Gives lines on what was written, and on what to look at.
    """
    given = None if roster is None else read_roster(roster).table
    Gradebook(out, write=False).close()  # an empty folder is refused, not filled
    with Gradebook(out) as book:
        batch = book.batch()
        if batch is None:
            raise UsageError(f"{out} holds no grades yet: grade into it first.")
        if given is not None:
            batch = replace(batch, roster=given)
        course = course_of(book, batch, out)
        if given is not None:
            book.use_roster(given)  # only now: one that does not go with adjust.toml is refused
        language = Language(batch.language, catalogue=batch.catalogues.get(batch.language))
        publish = publisher(batch.title, out, language)
        Reporting(book, batch, out, course=course, publish=publish).write(language, again=False)
        exporting = _Exporting(batch, course, out, list(course.rows(book.results())), language)
        sources = {handin.name: handin.source for handin in book.handins()}
        times = {handin.name: handin.submitted for handin in book.handins()}
    if form == "csv":
        lines = exporting.sheet(times)
    else:
        lines = exporting.platform(form, column=column, zeros=zeros)
        if form == "moodle":
            lines += exporting.feedback(sources)
    return tuple(lines), tuple(course.notices())


@dataclass(frozen=True, slots=True)
class _Exporting:
    batch: Batch
    course: Course
    out: Path
    rows: Sequence[Row]
    language: Language

    def platform(self, form: str, *, column: str | None, zeros: bool) -> list[str]:
        """Write the file for a platform; lines on it."""
        grades = self.grades()
        if self.course.roster is None and not any(
            each.entry.person.id or each.entry.person.email for each in grades
        ):
            raise UsageError(
                f"{_NAMES[form]} matches by ids or e-mail addresses, and these hand-ins have "
                "none: give the course's roster with --roster FILE."
            )
        wanted = Wanted(
            title=self.language.tell(self.batch.title) if column is None else column,
            names=(self.batch.title, self.batch.assignment),
            most=self.most(),
            column=column,
            zeros=zeros,
        )
        sheet = _WRITERS[form](self.course.roster, grades, wanted)
        path = self.out / FOLDER / f"{form}.csv"
        write(path, sheet.text)
        count = sum(grade.points is not None for grade in grades)
        lines = [f"{_NAMES[form]}: {count} of {len(grades)} students have a grade in {path}."]
        lines += sheet.said
        absent = [grade.entry.person.name for grade in grades if grade.is_missing]
        if absent and not zeros:
            lines.append(
                f"{len(absent)} without a hand-in have none; --zeros gives them 0: "
                f"{listed(absent)}."
            )
        unsure = [each.entry.person.name for each in grades if each.result is None]
        if unsure:
            lines.append(
                f"Which hand-in is theirs is not clear, so nothing is sent: {listed(unsure)}."
            )
        faults = [result.submission for result, _ in self.rows if result.status is Status.FAULT]
        if faults:
            lines.append(f"The grader failed, so there is no grade: {listed(faults)}.")
        return lines

    def most(self) -> float:
        """The points that can be had, with those of manual questions."""
        return max((standing.final_max for _, standing in self.rows), default=0.0)

    def grades(self) -> list[Grade]:
        """The roster's students in its order, each with the one row that is theirs."""
        rows = {result.submission: (result, standing) for result, standing in self.rows}
        if self.course.roster is None:
            grades = []
            for place, (name, (result, standing)) in enumerate(rows.items()):
                for number_, person in enumerate(self.course.people(name)):
                    ids = (person.id,) if person.id else ()
                    entry = Entry(person=person, rows=(place, number_), ids=ids,
                                  participant=person.id)  # fmt: skip
                    grades.append(Grade(entry=entry, result=result, standing=standing))
            return grades
        theirs: dict[tuple[int, ...], list[str]] = {}
        for name, owners in self.course.matching.owners.items():
            for entry in owners:
                theirs.setdefault(entry.rows, []).append(name)
        for name, entry in self.course.missing.items():
            theirs[entry.rows] = [name]
        return [
            Grade(entry=entry, result=rows[names[0]][0], standing=rows[names[0]][1])
            if len(names := theirs.get(entry.rows, [])) == 1 and names[0] in rows
            else Grade(entry=entry)
            for entry in self.course.roster.entries
        ]

    def feedback(self, sources: dict[str, str]) -> list[str]:
        """Write the zip that Moodle gives its students; lines on it."""
        pages, nameless = pages_of(self.grades(), sources, self.out)
        path = self.out / FOLDER / "moodle-feedback.zip"
        if not pages:
            path.unlink(missing_ok=True)
            return [
                "No feedback zip: it needs the participants' numbers, of Moodle's download or of "
                "its grading worksheet (--roster)."
            ]
        count = write_zip(path, pages)
        lines = [f"Feedback: {count} pages in {path}."]
        if nameless:
            lines.append(f"Not in it, for want of a participant's number: {listed(nameless)}.")
        return lines

    def sheet(self, times: dict[str, str]) -> list[str]:
        """Write all rows for a spreadsheet; a line on it."""
        file = io.StringIO(newline="")
        writer = csv.writer(file, lineterminator="\r\n")
        cases = [f"{question}/{case}" for question, case in self.batch.columns]
        writer.writerow([*_SHEET, *map(cell, cases)])
        for row in self.rows:
            writer.writerow(self._line(row, times))
        path = self.out / FOLDER / "grades.csv"
        write(path, _MARK + file.getvalue())
        return [f"Spreadsheet: {len(self.rows)} rows in {path}."]

    def _line(self, row: Row, times: dict[str, str]) -> list[str]:
        result, standing = row
        people = standing.people
        points = {(case.question, case.test_case): case.points for case in result.cases}
        has_score = result.score is not None and result.status is not Status.FAULT
        columns = self.batch.columns
        final = "" if standing.final is None else number(standing.final)
        remarks = " · ".join(self.language.tell(said) for said in standing.said)
        texts = [
            _joined(person.name for person in people) or result.student,
            _joined(standing.ids),
            _joined(person.login for person in people),
            _joined(person.email for person in people),
            _joined(self._sections(result.submission)),
            result.submission,
            result.status.value,
            times.get(result.submission, ""),
        ]
        return [
            *map(cell, texts),
            str(standing.attempts),
            number(result.score) if has_score and result.score is not None else "",
            number(result.max_score),
            "excused" if standing.is_excused else final,
            number(standing.final_max),
            cell(remarks),
            *(number(points.get(column, 0.0)) if has_score else "" for column in columns),
        ]

    def _sections(self, name: str) -> list[str]:
        missing = self.course.missing.get(name)
        owners = (missing,) if missing else self.course.matching.owners.get(name, ())
        return [entry.section for entry in owners]


def _joined(texts: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(text for text in texts if text))
