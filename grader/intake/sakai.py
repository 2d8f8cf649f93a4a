"""Sakai: ``Homework 1/Doe, Jane(jdoe)/Submission attachment(s)/hw.ipynb``, and grades.csv.

Beside the attachments lie typed text, the time, and the teacher's own feedback.  A download
without folders has files ``Doe, Jane(jdoe)_Submission attachment(s)_hw.ipynb``.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping

from grader.bounds import MAX_GRADES_BYTES, PERSON_CHARACTERS
from grader.model import Person
from grader.submission import text
from grader.submission.content import UnusableError
from grader.submission.naming import printable

from .tree import Node
from .work import Asked, Part, Recognised, Work, distinct_parts, person_name, recognised, stamp_of

# The last brackets hold the login: before them, a name may have brackets of its own.
_STUDENT = re.compile(r"(?P<name>[^;]+?) ?\((?P<login>[^();]+)\)(?=\s*(?:;|$))")
_OWNER = re.compile(r".+\([^()]+\)", re.S)
_FLAT = re.compile(r"(?P<owner>.+?\([^()]+\))_+(?P<rest>.+)", re.S)
_ATTACHED = "Submission attachment(s)"
_TEACHERS = re.compile(r"feedback.*|comments\.txt", re.I | re.S)
_GRADES = ("grades.csv", "grades.xls", "grades.xlsx")
_TIME = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)T?(\d\d):?(\d\d):?(\d\d)")


def sakai(root: Node, asked: Asked) -> Recognised | None:
    """Return the hand-ins of a Sakai download: one folder per student, or files named so."""
    grades = [node for node in root.files if node.name in _GRADES]
    owned = _in_folders(root, is_sure=bool(grades)) or _in_files(root)
    if not owned:
        return None
    listed = _listed(next((node for node in grades if node.name.endswith(".csv")), None))
    works: list[Work] = []
    passed_over: list[Node] = []
    for owner, (folder, parts) in owned.items():
        mine = [(name, node) for name, node in parts if not _TEACHERS.fullmatch(name or node.name)]
        passed_over += [node for name, node in parts if (name, node) not in mine]
        if not mine and folder is None:
            continue
        people, rows = _people(owner, listed)
        works.append(
            Work(
                parts=distinct_parts(mine) or (("", folder or root),),
                key=owner,
                people=people,
                folder=folder,
                submitted=_time(folder) if folder else "",
                late=any(row.get("late submission", "").casefold() == "late" for row in rows),
            )
        )
    return recognised("Sakai", root, works, passed_over=passed_over, used=grades)


_Owned = dict[str, tuple[Node | None, list[Part]]]


def _in_folders(root: Node, *, is_sure: bool) -> _Owned:
    """Return the parts in each student's folder; empty where these are not Sakai's folders."""
    named = [node for node in root.folders if _OWNER.fullmatch(node.name)]
    sakais = [node for node in root.folders if _is_sakais(node)]
    mine = [*named, *(node for node in sakais if node not in named)]
    if not mine or 2 * len(mine) < len(root.folders) or not (is_sure or sakais):
        return {}
    return {node.name: (node, _parts(node)) for node in mine}


def _is_sakais(folder: Node) -> bool:
    typed = folder.child(f"{folder.name}_submissionText.html")
    return typed is not None or folder.child(_ATTACHED) in folder.folders


def _parts(folder: Node) -> list[Part]:
    """Return what lies in a student's folder, the attachments as if they lay there directly."""
    attached = [node for node in folder.folders if node.name == _ATTACHED]
    # In other languages the folder has another name.
    inner = attached or [n for n in folder.folders if not _TEACHERS.fullmatch(n.name)]
    return [("" if node in inner else node.name, node) for node in folder.children]


def _in_files(root: Node) -> _Owned:
    """Return the files of a download without folders: ``Doe, Jane(jdoe)_Submission …_hw``."""
    matches = {node: match for node in root.files if (match := _FLAT.fullmatch(node.name))}
    start = f"{_ATTACHED}_"
    if not any(match["rest"].startswith(start) for match in matches.values()):
        return {}
    owned: _Owned = {}
    for node, match in matches.items():
        _, parts = owned.setdefault(match["owner"], (None, []))
        parts.append((match["rest"].removeprefix(start), node))
    return owned


def _people(
    owner: str, listed: Mapping[str, dict[str, str]]
) -> tuple[tuple[Person, ...], list[dict[str, str]]]:
    """Return the people of ``Doe, Jane(jdoe); Roe, Rick(rroe)``, and their rows."""
    matches = list(_STUDENT.finditer(owner))
    if not matches:  # anonymous
        return (Person(login=person_name(owner)),), [listed.get(owner.casefold(), {})]
    rows = [listed.get(match["login"].casefold(), {}) for match in matches]
    return tuple(map(_person, matches, rows)), rows


def _person(match: re.Match[str], row: Mapping[str, str]) -> Person:
    last, comma, first = match["name"].partition(",")
    name = f"{first.strip()} {last.strip()}" if comma else match["name"]
    if row.get("first name") or row.get("last name"):
        name = f"{row.get('first name', '')} {row.get('last name', '')}"
    return Person(
        name=person_name(name),
        login=person_name(match["login"]),
        id=printable(row.get("id", "").strip(), limit=PERSON_CHARACTERS),
    )


def _listed(grades: Node | None) -> dict[str, dict[str, str]]:
    """Return the rows of grades.csv by its first column, the "Display ID"."""
    if grades is None:
        return {}
    try:
        lines = text.decode(grades.data(MAX_GRADES_BYTES))[0].splitlines()
        rows = [[cell.strip() for cell in row] for row in csv.reader(lines)]
    except (UnusableError, csv.Error):
        return {}
    titles: list[str] = []
    found = {}
    for row in rows:
        lower = [cell.casefold() for cell in row]
        if "display id" in lower:
            titles = lower
        elif titles:
            cells = dict(zip(titles, row, strict=False))
            found[cells.get("display id", "").casefold()] = cells
    return found


def _time(folder: Node) -> str:
    match = _TIME.match(stamp_of(folder))
    return "{}-{}-{}T{}:{}:{}+00:00".format(*match.groups()) if match else ""
