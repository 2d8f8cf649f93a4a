"""``grader export``: the final scores of a folder of results, as a platform imports them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from grader.batch.reporting import Reported, Row, reported_again
from grader.errors import UsageError
from grader.exchange import lms
from grader.exchange.feedback import pages_of
from grader.exchange.lms import Grade, Wanted
from grader.exchange.meaning import listed
from grader.exchange.roster import Entry, read_roster
from grader.model import Status
from grader.report.files import write, write_zip
from grader.report.text import cell, csv_text, number

FOLDER: Final = "export"
_MARK: Final = "\ufeff"  # without it Excel does not read UTF-8
_NAMES: Final = {"canvas": "Canvas", "moodle": "Moodle", "gradescope": "Gradescope"}
_WRITERS: Final = {"canvas": lms.canvas, "moodle": lms.moodle, "gradescope": lms.gradescope}
_SHEET: Final = ("student", "student_id", "login", "email", "section", "submission", "status",
                 "submitted", "attempts", "score", "max_score", "final", "final_max",
                 "remarks")  # fmt: skip


def export(
    out: Path, form: str, *, roster: Path | None, column: str | None, zeros: bool
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Write the files of the platform ``form`` into ``out``/export, replacing earlier ones.

    A ``roster`` is the batch's from now on.  scores.csv and pages are brought up to date
    first, so that all agree.  Returns lines on what was written, and on what to look at.
    """
    given = None if roster is None else read_roster(roster).table
    with reported_again(out, roster=given, again=False) as (book, reported):
        exporting = _Exporting(reported, out, list(reported.course.rows(book.results())))
    if form == "csv":
        lines = exporting.sheet()
    else:
        lines = exporting.platform(form, column=column, zeros=zeros)
        if form == "moodle":
            lines += exporting.feedback()
    return tuple(lines), tuple(reported.course.notices())


@dataclass(frozen=True, slots=True)
class _Exporting:
    reported: Reported
    out: Path
    rows: Sequence[Row]

    def platform(self, form: str, *, column: str | None, zeros: bool) -> list[str]:
        """Write the file for a platform; return lines on it."""
        grades = self.grades()
        roster, batch = self.reported.course.roster, self.reported.batch
        if roster is None and not any(
            each.entry.person.id or each.entry.person.email for each in grades
        ):
            raise UsageError(
                f"{_NAMES[form]} matches by ids or e-mail addresses, and these hand-ins have "
                "none: give the course's roster with --roster FILE."
            )
        wanted = Wanted(
            title=self.reported.language.tell(batch.title) if column is None else column,
            names=(batch.title, batch.assignment),
            most=max((standing.final_max for _, standing in self.rows), default=0.0),
            column=column,
            zeros=zeros,
        )
        sheet = _WRITERS[form](roster, grades, wanted)
        path = self.out / FOLDER / f"{form}.csv"
        write(path, csv_text(sheet.rows))
        count = sum(
            grade.points is not None or (zeros and grade.is_missing)
            for grade in grades
            if not grade.is_excused
        )
        absent = [] if zeros else [grade for grade in grades if grade.is_missing]
        noted = {
            f"{len(absent)} without a hand-in have none; --zeros gives them 0": absent,
            "Excused": [grade for grade in grades if grade.is_excused],
            "Could not be read, and count 0 points": [grade for grade in grades if grade.is_unread],
            "Which hand-in is theirs is not clear, so nothing is sent": [
                grade for grade in grades if grade.result is None
            ],
        }
        faults = [result.submission for result, _ in self.rows if result.status is Status.FAULT]
        return [
            f"{_NAMES[form]}: {count} of {len(grades)} students have a grade in {path}.",
            *sheet.said,
            *(
                f"{what}: {listed([grade.entry.person.name for grade in several])}."
                for what, several in noted.items()
                if several
            ),
            *([f"The grader failed, so there is no grade: {listed(faults)}."] if faults else ()),
        ]

    def grades(self) -> list[Grade]:
        """Return the roster's students in its order, each with the one row that is theirs."""
        course = self.reported.course
        rows = {result.submission: (result, standing) for result, standing in self.rows}
        if course.roster is None:
            grades = []
            for place, (name, row) in enumerate(rows.items()):
                for number_, person in enumerate(course.people(name)):
                    ids = (person.id,) if person.id else ()
                    entry = Entry(person=person, rows=(place, number_), ids=ids,
                                  participant=person.id)  # fmt: skip
                    grades.append(Grade(entry, *row))
            return grades
        theirs: dict[tuple[int, ...], list[str]] = {}
        for name, owners in course.matching.owners.items():
            for entry in owners:
                theirs.setdefault(entry.rows, []).append(name)
        for name, entry in course.missing.items():
            theirs[entry.rows] = [name]
        return [
            Grade(entry, *rows[names[0]])
            if len(names := theirs.get(entry.rows, [])) == 1 and names[0] in rows
            else Grade(entry)
            for entry in course.roster.entries
        ]

    def feedback(self) -> list[str]:
        """Write the zip of feedback that Moodle gives its students; return lines on it."""
        sources = {name: handin.source for name, handin in self.reported.course.handins.items()}
        pages, nameless = pages_of(self.grades(), sources, self.out)
        path = self.out / FOLDER / "moodle-feedback.zip"
        if not pages:
            path.unlink(missing_ok=True)
            return [
                "No feedback zip: it needs the participants' numbers, from Moodle's download or "
                "its grading worksheet (--roster)."
            ]
        files = (
            (f"{folder}/feedback.html", page.read_bytes())
            for folder, page in sorted(pages.items())
            if page.is_file()
        )
        lines = [f"Feedback: {write_zip(path, files)} pages in {path}."]
        if nameless:
            lines.append(
                f"Not in it, because the participant's number is unknown: {listed(nameless)}."
            )
        return lines

    def sheet(self) -> list[str]:
        """Write all rows for a spreadsheet; return a line on it."""
        cases = [f"{question}/{case}" for question, case in self.reported.batch.columns]
        path = self.out / FOLDER / "grades.csv"
        lines = [[*_SHEET, *map(cell, cases)], *map(self._line, self.rows)]
        write(path, _MARK + csv_text(lines))
        return [f"Spreadsheet: {len(self.rows)} rows in {path}."]

    def _line(self, row: Row) -> list[str]:
        result, standing = row
        name, course = result.submission, self.reported.course
        people, handin = standing.people, course.handins.get(name)
        entries = (course.missing[name],) if handin is None else course.matching.owners[name]
        points = {(case.question, case.test_case): case.points for case in result.cases}
        score = None if result.status is Status.FAULT else result.score
        final = "" if standing.final is None else number(standing.final)
        texts = [
            _joined(person.name for person in people) or result.student,
            _joined(standing.ids),
            _joined(person.login for person in people),
            _joined(person.email for person in people),
            _joined(entry.section for entry in entries),
            name,
            result.status.value,
            "" if handin is None else handin.submitted,
        ]
        return [
            *map(cell, texts),
            str(standing.attempts),
            "" if score is None else number(score),
            number(result.max_score),
            "excused" if standing.is_excused else final,
            number(standing.final_max),
            cell(" · ".join(map(self.reported.language.tell, standing.said))),
            *(
                "" if score is None else number(points.get(column, 0.0))
                for column in self.reported.batch.columns
            ),
        ]


def _joined(texts: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(text for text in texts if text))
