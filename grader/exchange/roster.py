"""Reads a course's roster from what a learning platform exports.

That is Canvas's gradebook (Student, ID, SIS User ID, SIS Login ID, Section), Moodle's grading
worksheet, grades or participants (Identifier, First name, Surname, ID number, Email address;
the headings of other languages, too), Gradescope's roster (First Name, Last Name, SID, Email),
or a plain table of name, id, email.  The table is kept as it was read, since a platform takes
its own back (see :mod:`grader.exchange.lms`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from grader.errors import UsageError
from grader.exchange.table import Table, read_table
from grader.model import Person

#: Headings by their role; they are compared without case, blanks and punctuation.
_HEADINGS: Final = {
    "name": "Student|Name|Full name|Student name|Fullname|User full name|Vollständiger Name|"
            "Nom complet|Nombre completo|Nome completo|Volledige naam|氏名|名前|姓名|学生氏名",
    "first": "First name|Firstname|Given name|Given names|Vorname|Prénom|Nombre|Nome|Voornaam|名",
    "last": "Surname|Last name|Lastname|Family name|Nachname|Nom|Nom de famille|Apellido|"
            "Apellidos|Apellido(s)|Cognome|Sobrenome|Achternaam|姓",
    "id": "ID|SID|Student ID|ID number|Student number|Student no|Matriculation number|"
          "Matrikelnummer|Matrikelnr|ID-Nummer|Numéro d'identification|Numéro étudiant|"
          "Número de ID|Numero ID|Número de identificação|IDナンバー|学籍番号|学生番号|学生証番号",
    "sis": "SIS User ID|SIS ID",
    "identifier": "Identifier|Identifiant|Identificador|Identificatore|識別子",
    "email": "Email|Email address|E-mail|E-mail address|Mail|Emails|E-Mail-Adresse|"
             "Adresse de courriel|Adresse e-mail|Dirección de correo|Dirección Email|"
             "Correo electrónico|Indirizzo email|Endereço de email|E-mailadres|"
             "メールアドレス|メール|電子メール",
    "login": "SIS Login ID|Login|Login ID|Username|User name|User ID|Account|GitHub username|"
             "Anmeldename|Benutzername|Nom d'utilisateur|Nombre de usuario|ユーザ名|ユーザー名|"
             "ログインID",
    "section": "Section|Sections|Group|Groups|Gruppe|Gruppen|Groupe|Groupes|Grupo|グループ",
    "role": "Role|Roles|Rolle|Rollen|Rôle|Rôles|Rol|Ruolo|ロール",
    "grade": "Grade|Bewertung|Note|Calificación|Nota|Voto|Valutazione|評点|評定",
    "max": "Maximum grade|Max grade|Höchste Bewertung|Maximale Bewertung|Bestwertung|"
           "Note maximale|Calificación máxima|最大評点|最高評点",
    "feedback": "Feedback comments|Feedback als Kommentar|Commentaires de feedback|"
                "Comentarios de retroalimentación|フィードバックコメント",
}  # fmt: skip
_KEYS: Final = ("name", "first", "last", "id", "sis", "identifier", "email", "login")
#: Moodle's identifier: a word and the participant's number, with or without a space.
_PARTICIPANT: Final = re.compile(
    r"(?:participant\w*?|teilnehmer\S*?|deelnemer|partecipante|参加者|[^\W\d_]{4,}\s)\s*(\d+)",
    re.IGNORECASE,
)
#: Roles of staff, whom Gradescope's roster and Moodle's participants list with the students.
_STAFF: Final = frozenset(
    "instructor|ta|reader|teacher|noneditingteacher|teachingassistant|manager|trainer".split("|")
)
_TEST_STUDENTS: Final = frozenset({"studenttest", "teststudent"})
_POSTING: Final = re.compile(r"\s*(Muted|Manual Posting.*)?\s*", re.IGNORECASE)
_FORMULA: Final = re.compile(r"[\t\r]|=|[-+@](?![\w.@ -]*$)")
_DECIMAL: Final = re.compile(r"^\s*(\d+)\.0\s*$")
_ROUNDED: Final = re.compile(r"\d(?:[.,]\d+)?E\+\d+", re.IGNORECASE)


def _plain(text: str) -> str:
    normal = unicodedata.normalize("NFKC", text).casefold()
    return "".join(c for c in normal if c.isalnum())


_ROLES: Final = {
    _plain(heading): role for role, several in _HEADINGS.items() for heading in several.split("|")
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One student: ``rows`` are indices of the table's rows, ``ids`` all numbers that are theirs.

    ``first`` and ``last`` are the parts of the name, where the roster separates them.
    ``participant`` is Moodle's number in this one assignment.
    """

    person: Person
    rows: tuple[int, ...]
    ids: tuple[str, ...] = ()
    participant: str = ""
    first: str = ""
    last: str = ""
    section: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """A roster: its ``entries`` in their order, and the ``table`` that they were read from.

    ``columns`` are the indices of columns by their role.
    """

    table: Table
    columns: dict[str, int]
    entries: tuple[Entry, ...]

    @property
    def kind(self) -> str:
        """Where it is from, by its headings: canvas, moodle, gradescope or plain."""
        head = {_plain(heading) for heading in self.table.head}
        if {"student", "id"} <= head:
            return "canvas"
        if "identifier" in self.columns or head & {"surname", "idnumber", "emailaddress"}:
            return "moodle"
        return "gradescope" if "sid" in head else "plain"


def read_roster(path: Path) -> Roster:
    """Return the roster in the file ``path``; raise UsageError where it cannot be used."""
    return roster_of(read_table(path, _known))


def roster_of(table: Table) -> Roster:
    """Return the roster that a ``table`` holds; raise UsageError where it cannot be used."""
    columns = _columns(table)
    if not columns.keys() & set(_KEYS):
        raise UsageError(
            f"{table.name} has no column for names or ids among {', '.join(table.head)}: "
            "give it one, such as name,id,email."
        )
    table = _without_decimals(table, [columns[role] for role in ("id", "sis") if role in columns])
    entries = [
        _entry(table, columns, place)
        for place, row in enumerate(table.rows)
        if not _is_no_student(row, columns)
    ]
    if not entries:
        raise UsageError(f"{table.name} has headings, but no students: export it again.")
    return Roster(table=table, columns=columns, entries=tuple(_merged(table, entries)))


def _known(row: Sequence[str]) -> int:
    """Return how many columns a row names, if any of them is a key to students; else 0."""
    roles = {_ROLES.get(_plain(cell)) for cell in row} - {None}
    return len(roles) if roles & set(_KEYS) else 0


def _columns(table: Table) -> dict[str, int]:
    columns: dict[str, int] = {}
    # Moodle, in a language whose heading is unknown or is "ID"; a name may be "Student 1".
    cells = [row[0].strip() for row in table.rows]
    may_be = _ROLES.get(_plain(table.head[0])) in (None, "id")
    if cells and may_be and all(map(_PARTICIPANT.fullmatch, cells)):
        columns["identifier"] = 0
    for place, heading in enumerate(table.head):
        role = _ROLES.get(_plain(heading))
        if role is not None and place not in columns.values():
            columns.setdefault(role, place)
    return columns


def _without_decimals(table: Table, places: Sequence[int]) -> Table:
    """Return ``table`` with its ids as they were before a spreadsheet took them for numbers."""
    rows = (
        [_DECIMAL.sub(r"\1", cell) if place in places else cell for place, cell in enumerate(row)]
        for row in table.rows
    )
    return replace(table, rows=tuple(map(tuple, rows)))


def _is_no_student(row: Sequence[str], columns: dict[str, int]) -> bool:
    """Return whether a row is no student's: points, posting, the test student, the staff."""
    name = row[columns["name"]] if "name" in columns else row[0]
    if "points possible" in row[0].casefold() or _plain(name) in _TEST_STUDENTS:
        return True
    if "role" in columns and _plain(row[columns["role"]]) in _STAFF:
        return True
    return all(_POSTING.fullmatch(cell) for cell in row)


def _entry(table: Table, columns: dict[str, int], place: int) -> Entry:
    row = table.rows[place]

    def cell(role: str) -> str:
        return " ".join(row[columns[role]].split()) if role in columns else ""

    where = f"{table.name}, line {table.lines[place]}"
    first, last = cell("first"), cell("last")
    name = cell("name") or " ".join(part for part in (first, last) if part)
    found = _PARTICIPANT.fullmatch(cell("identifier"))
    participant = found[1] if found else cell("identifier")
    ids = tuple(dict.fromkeys(filter(None, (cell("id"), cell("sis"), participant))))
    person = Person(name=name, id=ids[0] if ids else "", email=cell("email"), login=cell("login"))
    for role in ("id", "sis", "identifier", "email", "login"):
        if reads_as_formula(cell(role)):
            raise UsageError(
                f"{where}: {cell(role)!r} in the column {table.head[columns[role]]} reads as a "
                "formula, not as an id: correct it in the file."
            )
    for role in ("id", "sis"):
        if _ROUNDED.fullmatch(cell(role)):
            raise UsageError(
                f"{where}: {cell(role)!r} in the column {table.head[columns[role]]} was rounded by "
                "a spreadsheet: export the file again, and do not save it from there."
            )
    if person == Person():
        raise UsageError(f"{where} names no student: give a name or an id, or take it out.")
    return Entry(
        person=person, rows=(place,), ids=ids, participant=participant,
        first=first, last=last, section=cell("section"),
    )  # fmt: skip


def reads_as_formula(text: str) -> bool:
    """Return whether a spreadsheet reads ``text``, an id or an address, as a formula."""
    return _FORMULA.match(text) is not None


def _merged(table: Table, entries: Sequence[Entry]) -> list[Entry]:
    """Return the entries, each student once: who is in two sections may have two rows."""
    merged: list[Entry] = []
    by_id: dict[str, int] = {}
    for entry in entries:
        number = entry.person.id.casefold()
        place = by_id.setdefault(number, len(merged)) if number else len(merged)
        if place == len(merged):
            merged.append(entry)
        elif merged[place].person == entry.person:
            merged[place] = replace(merged[place], rows=(*merged[place].rows, *entry.rows))
        else:
            lines = " and ".join(str(table.lines[e.rows[0]]) for e in (merged[place], entry))
            raise UsageError(
                f"{table.name}, lines {lines}: two students have the id {entry.person.id}: "
                "correct one of them."
            )
    return merged
