"""Makes files of grades that learning platforms import.

A platform gets its own file back: the roster's columns stay as they were read, since it matches
by ids, e-mail addresses and headings (Moodle's in any language); one column holds the grades.
Other text is written so that no spreadsheet reads it as a formula.  docs/courses.md names the
vendors' documents.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from grader.errors import UsageError
from grader.exchange.roster import Entry, Roster, reads_as_formula
from grader.model import Result, Standing, Status
from grader.report.text import FORMULA, number

_HARMLESS: Final = re.compile(r"[-+]?[\d.,:/ ]*%?")
_COLUMN_ID: Final = re.compile(r"(.*\S)\s*\((\d+)\)\s*")
_THOUSANDS: Final = re.compile(r"[.,](?=.*[.,])")
_MATCHED: Final = ("id", "sis", "identifier", "email", "login")
#: Canvas's columns before those of the assignments.
_CANVAS: Final = frozenset({"student", "id", "sis user id", "sis login id", "integration id",
                            "root account", "section"})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Grade:
    """One student's grade: ``result`` and ``standing`` are None unless one row is theirs."""

    entry: Entry
    result: Result | None = None
    standing: Standing | None = None

    @property
    def points(self) -> float | None:
        """The final score; None where there is none, or nothing was handed in."""
        return None if self.standing is None or self.is_missing else self.standing.final

    @property
    def is_missing(self) -> bool:
        """Whether the student handed in nothing, has no other score and is not excused."""
        known = self.standing
        return known is not None and not known.attempts and not known.is_adjusted

    @property
    def is_excused(self) -> bool:
        """Whether the student is excused."""
        return self.standing is not None and self.standing.is_excused

    @property
    def is_unread(self) -> bool:
        """Whether the points are 0 because the hand-in could not be read."""
        status = None if self.result is None else self.result.status
        return status is Status.UNREADABLE and not self.is_excused and self.points == 0.0


class Sheet(NamedTuple):
    """A table, and ``said``, lines on it for teachers."""

    rows: list[list[str]]
    said: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What to write.

    ``title`` heads a new column; ``names`` are those that an existing column may have;
    ``column`` is the name that the user gave.  ``most`` is the maximum of points.  ``zeros``
    gives 0 to those without a hand-in.
    """

    title: str
    names: tuple[str, ...]
    most: float
    column: str | None = None
    zeros: bool = False

    def cell(self, grade: Grade, *, most: float | None, excused: str, before: str) -> str:
        """Return the cell of a grade; the cell ``before`` where there is nothing to write.

        ``most`` is the platform's maximum, if known; ``excused`` its word for it, if any.
        """
        if grade.is_excused:
            return excused or before
        points = 0.0 if grade.is_missing and self.zeros else grade.points
        if points is None:
            return before
        scale = most / self.most if most and self.most else 1.0
        return number(points if abs(scale - 1) < 1e-9 else points * scale)

    def scaled(self, most: float | None) -> tuple[str, ...]:
        """Return a line where ``most``, the platform's maximum, is another."""
        if not most or not self.most or abs(most - self.most) < 1e-9:
            return ()
        return (
            f"The platform's column counts {number(most)} points and the assignment "
            f"{number(self.most)}: the grades are scaled.",
        )


def canvas(roster: Roster | None, grades: Sequence[Grade], wanted: Wanted) -> Sheet:
    """Return a gradebook for Canvas: its own columns and this one assignment."""
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
        # The test student and the line on posting are left out.
    new = () if column is not None else (_new_column(name),)
    return Sheet(lines, (*new, *wanted.scaled(most)))


def _canvas_made(grades: Sequence[Grade], wanted: Wanted, *, known: bool) -> Sheet:
    """Return the same without an export of Canvas; ``known``: the ids are Canvas's own."""
    lines = [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", wanted.column or wanted.title],
        ["    Points Possible", "", "", "", "", number(wanted.most)],
    ]
    for grade in grades:
        person = grade.entry.person
        ids = (_id(person.id), "") if known else ("", _id(person.id))
        cell = wanted.cell(grade, most=None, excused="EX", before="")
        login = _id(person.login or person.email)
        lines.append([guarded(person.name), *ids, login, guarded(grade.entry.section), cell])
    return Sheet(lines, (_new_column(wanted.column or wanted.title),))


def moodle(roster: Roster | None, grades: Sequence[Grade], wanted: Wanted) -> Sheet:
    """Return Moodle's grading worksheet filled in, or else a file for its import of grades."""
    if roster is None:
        return _moodle_made(grades, wanted)
    head, columns = roster.table.head, roster.columns
    column = _column(head, [columns[role] for role in _MATCHED if role in columns], wanted)
    if "identifier" in columns:
        return _worksheet(roster, grades, wanted, column)
    kept = sorted(p for role, p in columns.items() if role not in ("grade", "max", "feedback"))
    theirs = _by_row(grades)
    lines = [[*(head[place] for place in kept), wanted.column or wanted.title]]
    for place, row in enumerate(roster.table.rows):
        if place in theirs:
            before = "" if column is None else row[column]
            cell = wanted.cell(theirs[place], most=None, excused="", before=before)
            lines.append([*_kept(roster, row, kept), cell])
    return Sheet(lines)


def _worksheet(
    roster: Roster, grades: Sequence[Grade], wanted: Wanted, column: int | None
) -> Sheet:
    head, columns = roster.table.head, roster.columns
    if column is None and wanted.column is not None:
        raise _no_column(roster, wanted.column)
    column = columns.get("grade") if column is None else column
    if column is None:
        raise UsageError(
            f"{roster.table.name} has no known heading of the grade among "
            f"{', '.join(head)}: name it with --column."
        )
    kept = [place for place in range(len(head)) if place != columns.get("feedback")]
    theirs, mosts = _by_row(grades), dict[float | None, None]()
    lines = [[head[place] for place in kept]]
    for place, row in enumerate(roster.table.rows):
        if place in theirs:
            most = _float(row[columns["max"]]) if "max" in columns else None
            mosts[most] = None
            lines.append(own := _kept(roster, row, kept))
            own[kept.index(column)] = wanted.cell(
                theirs[place], most=most, excused="", before=row[column]
            )
    return Sheet(lines, next(filter(None, map(wanted.scaled, mosts)), ()))


def _moodle_made(grades: Sequence[Grade], wanted: Wanted) -> Sheet:
    """Return a worksheet in English from what Moodle's download of submissions tells."""
    lines = [["Identifier", "Full name", "Email address", "Grade", "Last modified (grade)"]]
    for grade in grades:
        person = grade.entry.person
        cell = wanted.cell(grade, most=None, excused="", before="")
        who = f"Participant {person.id}" if person.id else ""
        lines.append([who, guarded(person.name), _id(person.email), cell, "-"])
    said = "Without a worksheet (--roster) the headings are English: Moodle must be, too."
    return Sheet(lines, (said,))


def gradescope(roster: Roster | None, grades: Sequence[Grade], wanted: Wanted) -> Sheet:
    """Return a table in the form of Gradescope's own grades: by SID and e-mail."""
    split = roster is not None and {"first", "last"} <= roster.columns.keys()
    names = ["First Name", "Last Name"] if split else ["Name"]
    lines = [[*names, "SID", "Email", "Sections", "Total Score", "Max Points", "Status"]]
    for grade in grades:
        entry = grade.entry
        own = [entry.first, entry.last] if split else [entry.person.name]
        cell = wanted.cell(grade, most=None, excused="", before="")
        status = "Excused" if grade.is_excused else "Missing" if grade.is_missing else "Graded"
        if not cell and status == "Graded":
            status = "Ungraded"
        ids = map(_id, (entry.person.id, entry.person.email))
        rest = (guarded(entry.section), cell, number(wanted.most), status)
        lines.append([*map(guarded, own), *ids, *rest])
    return Sheet(lines)


def _id(text: str) -> str:
    """Return ``text`` for a cell that the platform matches by: changed only if a formula.

    A roster has no such ids, but an export of hand-ins may.
    """
    return f"'{text}" if reads_as_formula(text) else text


def guarded(text: str) -> str:
    """Return ``text`` for other cells, so that no spreadsheet reads it as a formula."""
    begins = text.lstrip(" ").startswith(FORMULA)
    return f"'{text}" if begins and not _HARMLESS.fullmatch(text) else text


def _kept(roster: Roster, row: Sequence[str], places: Iterable[int]) -> list[str]:
    """Return cells of a row; those that the platform matches by stay as they are."""
    matched = {roster.columns[role] for role in _MATCHED if role in roster.columns}
    return [row[place] if place in matched else guarded(row[place]) for place in places]


def _by_row(grades: Iterable[Grade]) -> dict[int, Grade]:
    return {row: grade for grade in grades for row in grade.entry.rows}


def _column(head: Sequence[str], others: Sequence[int], wanted: Wanted) -> int | None:
    """Return the index of the assignment's column, whose name may end in Canvas's number."""
    asked = (wanted.column,) if wanted.column else wanted.names
    names = {" ".join(name.split()).casefold() for name in asked}
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
    """Return a platform's maximum; its last mark is the decimal one: 1,000.00 or 1.000,00."""
    try:
        value = float(_THOUSANDS.sub("", text.strip()).replace(",", "."))
    except ValueError:
        return None
    return value if math.isfinite(value) else None
