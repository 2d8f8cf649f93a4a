"""Files that learning platforms import as they are.

A platform takes its own file back: the roster's columns stay as they were read, since ids,
e-mail addresses and Moodle's headings (in any language) are what it matches by; one column
holds the grades.  What else is text is written so that no spreadsheet reads it as a formula.
docs/courses.md names the vendors' documents.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from grader.errors import UsageError
from grader.exchange.roster import Entry, Roster
from grader.model import Result, Standing, Status
from grader.report.text import number

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
_HARMLESS: Final = re.compile(r"[-+]?[\d.,:/ ]*%?")
_COLUMN_ID: Final = re.compile(r"(.*\S)\s*\((\d+)\)\s*")
_MATCHED: Final = ("id", "sis", "identifier", "email", "login")
#: What Canvas has in front of the assignments.
_CANVAS: Final = frozenset({"student", "id", "sis user id", "sis login id", "integration id",
                            "root account", "section"})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Grade:
    """One student's row: ``result`` and ``standing`` are None where no one row is theirs."""

    entry: Entry
    result: Result | None = None
    standing: Standing | None = None

    @property
    def points(self) -> float | None:
        """The final score; None where there is none, and where nothing was handed in."""
        if self.standing is None or not (self.standing.attempts or self.standing.is_adjusted):
            return None
        return self.standing.final

    @property
    def is_missing(self) -> bool:
        """Whether nothing was handed in, nothing else given, and nobody excused them."""
        known = self.standing
        return known is not None and not known.attempts and not known.is_adjusted

    @property
    def is_excused(self) -> bool:
        return self.standing is not None and self.standing.is_excused

    @property
    def is_unread(self) -> bool:
        """Whether the points are 0 because nothing handed in could be read."""
        status = None if self.result is None else self.result.status
        return status is Status.UNREADABLE and not self.is_excused and self.points == 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A file to be written, and ``said``, lines on what a teacher should know of it."""

    text: str
    said: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What to write: ``title`` is the assignment's, ``most`` the points that can be had.

    ``column`` is the platform's name for it, where that is another; ``zeros`` gives those
    without a hand-in 0.
    """

    title: str
    names: tuple[str, ...]
    most: float
    column: str | None = None
    zeros: bool = False

    def cell(self, grade: Grade, *, most: float | None, excused: str, before: str) -> str:
        """What stands in the cell of the grade; ``before`` where there is nothing to write."""
        if grade.standing is not None and grade.standing.is_excused:
            return excused or before
        points = 0.0 if grade.is_missing and self.zeros else grade.points
        if points is None:
            return before
        scale = most / self.most if most and self.most else 1.0
        return number(points if abs(scale - 1) < 1e-9 else points * scale)

    def scaled(self, most: float | None) -> tuple[str, ...]:
        """A line, where the platform counts other points."""
        if not most or not self.most or abs(most - self.most) < 1e-9:
            return ()
        return (
            f"The platform's column counts {number(most)} points and the assignment "
            f"{number(self.most)}: the grades are scaled.",
        )


def canvas(roster: Roster | None, grades: Sequence[Grade], wanted: Wanted) -> Sheet:
    """A gradebook for Canvas, of its own columns and this one assignment."""
    if roster is None or roster.kind != "canvas":
        return _canvas_made(grades, wanted, known=roster is None)
    head = roster.table.head
    kept = [place for place, name in enumerate(head) if name.casefold() in _CANVAS]
    column = _column(head, kept, wanted)
    if column is None and wanted.column is not None:
        raise _no_column(roster, wanted.column)
    theirs = _by_row(grades)
    possible = next((r for r in roster.table.rows if "points possible" in r[0].casefold()), None)
    most = _float(possible[column]) if possible and column is not None else None
    name = wanted.title if column is None else head[column]
    lines = [[*(head[place] for place in kept), name]]
    if possible is None:
        lines.append(["    Points Possible", *[""] * (len(kept) - 1), number(wanted.most)])
    for place, row in enumerate(roster.table.rows):
        own = _kept(roster, row, kept)
        before = "" if column is None else row[column]
        if row is possible:
            lines.append([*own, before if most else number(wanted.most)])
        elif place in theirs:
            cell = wanted.cell(theirs[place], most=most, excused="EX", before=before)
            lines.append([*own, cell])
        # The test student, and the line on posting, are none of ours.
    new = () if column is not None else (_new_column(name),)
    return Sheet(text=_csv(lines), said=(*new, *wanted.scaled(most)))


def _canvas_made(grades: Sequence[Grade], wanted: Wanted, *, known: bool) -> Sheet:
    """The same from what is no export of Canvas; ``known`` says that ids are Canvas's own."""
    lines = [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", wanted.column or wanted.title],
        ["    Points Possible", "", "", "", "", number(wanted.most)],
    ]
    for grade in grades:
        person = grade.entry.person
        ids = (person.id, "") if known else ("", person.id)
        cell = wanted.cell(grade, most=None, excused="EX", before="")
        login = person.login or person.email
        lines.append([guarded(person.name), *ids, login, guarded(grade.entry.section), cell])
    return Sheet(text=_csv(lines), said=(_new_column(wanted.column or wanted.title),))


def moodle(roster: Roster | None, grades: Sequence[Grade], wanted: Wanted) -> Sheet:
    """Moodle's grading worksheet filled in; else a file for the import of grades."""
    if roster is None:
        return _moodle_made(grades, wanted)
    head, columns = roster.table.head, roster.columns
    is_worksheet = "identifier" in columns
    kept = [p for p in range(len(head)) if p != columns.get("feedback") or not is_worksheet]
    column = _column(head, [columns[role] for role in _MATCHED if role in columns], wanted)
    if column is None and wanted.column is not None and is_worksheet:
        raise _no_column(roster, wanted.column)
    if column is None and is_worksheet:
        column = columns.get("grade")
    if column is None and is_worksheet:
        raise UsageError(
            f"{roster.table.name} has no heading that is known to mean the grade among "
            f"{', '.join(head)}: name it with --column."
        )
    if not is_worksheet:
        kept = [p for role, p in columns.items() if role not in ("grade", "max", "feedback")]
        kept.sort()
    theirs = _by_row(grades)
    name = wanted.column or wanted.title
    lines = [[*(head[place] for place in kept), *([] if is_worksheet else [name])]]
    mosts: dict[float, None] = {}
    for place, row in enumerate(roster.table.rows):
        if place not in theirs:
            continue
        most = _float(row[columns["max"]]) if is_worksheet and "max" in columns else None
        before = row[column] if column is not None else ""
        cell = wanted.cell(theirs[place], most=most, excused="", before=before)
        mosts.setdefault(most or 0.0)
        own = _kept(roster, row, kept)
        if is_worksheet and column is not None:
            own[kept.index(column)] = cell
        lines.append(own if is_worksheet else [*own, cell])
    said = next((wanted.scaled(most) for most in mosts if wanted.scaled(most)), ())
    return Sheet(text=_csv(lines), said=said)


def _moodle_made(grades: Sequence[Grade], wanted: Wanted) -> Sheet:
    """A worksheet of what Moodle's own download of submissions tells, in English."""
    lines = [["Identifier", "Full name", "Email address", "Grade", "Last modified (grade)"]]
    for grade in grades:
        person = grade.entry.person
        cell = wanted.cell(grade, most=None, excused="", before="")
        who = f"Participant {person.id}" if person.id else ""
        lines.append([who, guarded(person.name), person.email, cell, "-"])
    said = "Without a worksheet (--roster) the headings are English: Moodle must be, too."
    return Sheet(text=_csv(lines), said=(said,))


def gradescope(roster: Roster | None, grades: Sequence[Grade], wanted: Wanted) -> Sheet:
    """A table in the form of Gradescope's own grades: by SID and e-mail."""
    split = roster is not None and {"first", "last"} <= roster.columns.keys()
    names = ["First Name", "Last Name"] if split else ["Name"]
    lines = [[*names, "SID", "Email", "Sections", "Total Score", "Max Points", "Status"]]
    for grade in grades:
        entry = grade.entry
        own = [entry.first, entry.last] if split else [entry.person.name]
        cell = wanted.cell(grade, most=None, excused="", before="")
        excused = grade.standing is not None and grade.standing.is_excused
        status = "Excused" if excused else "Missing" if grade.is_missing else "Graded"
        lines.append(
            [*map(guarded, own), entry.person.id, entry.person.email, guarded(entry.section),
             cell, number(wanted.most), status if cell or status != "Graded" else "Ungraded"]
        )  # fmt: skip
    return Sheet(text=_csv(lines))


def guarded(text: str) -> str:
    """``text`` for a cell that nothing is matched by: no spreadsheet reads it as a formula."""
    begins = text.lstrip(" ").startswith(_FORMULA)
    return f"'{text}" if begins and not _HARMLESS.fullmatch(text) else text


def _kept(roster: Roster, row: Sequence[str], places: Iterable[int]) -> list[str]:
    """Cells of a row; those that a platform matches by as they are."""
    matched = {roster.columns[role] for role in _MATCHED if role in roster.columns}
    return [row[place] if place in matched else guarded(row[place]) for place in places]


def _by_row(grades: Iterable[Grade]) -> dict[int, Grade]:
    return {row: grade for grade in grades for row in grade.entry.rows}


def _column(head: Sequence[str], others: Sequence[int], wanted: Wanted) -> int | None:
    """The place of the assignment's own column, by its name with or without Canvas's number."""
    names = {" ".join(name.split()).casefold() for name in (wanted.column,) if name} or {
        " ".join(name.split()).casefold() for name in wanted.names
    }
    found = []
    for place, heading in enumerate(head):
        plain = " ".join(heading.split()).casefold()
        numbered = _COLUMN_ID.fullmatch(plain)
        if place not in others and (plain in names or (numbered and numbered[1] in names)):
            found.append(place)
    if len(found) > 1:
        raise UsageError(
            f"Several columns may be the assignment's, {', '.join(head[p] for p in found)}: "
            "name one with --column, with its number."
        )
    return found[0] if found else None


def _no_column(roster: Roster, name: str) -> UsageError:
    return UsageError(
        f"{roster.table.name} has no column {name!r}: write one of its headings, "
        f"{', '.join(roster.table.head)}."
    )


def _new_column(name: str) -> str:
    return (
        f"The column {name!r} is a new one for the platform; to fill one that is there, give an "
        "export that has it with --roster, and its name with --column."
    )


def _float(text: str) -> float | None:
    try:
        return float(text.strip().replace(",", "."))
    except ValueError:
        return None


def _csv(lines: Iterable[Sequence[str]]) -> str:
    file = io.StringIO(newline="")
    csv.writer(file, lineterminator="\r\n").writerows(lines)
    return file.getvalue()
