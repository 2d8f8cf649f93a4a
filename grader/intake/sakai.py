"""Sakai: ``Homework 1/Doe, Jane(jdoe)/Submission attachment(s)/hw.ipynb``, and grades.csv.

Beside the attachments lie what was typed in, the time, and the teacher's own feedback.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping

from grader.intake.tree import Node
from grader.intake.work import (
    Asked,
    Part,
    Recognised,
    Work,
    distinct_parts,
    person_name,
    recognised,
)
from grader.model import Person
from grader.submission import text
from grader.submission.content import UnusableError
from grader.submission.naming import printable

_STUDENT = re.compile(r"(?P<name>.+?)[ ]?\((?P<login>[^()]+)\)", re.S)
_ATTACHED = "submission attachment(s)"
_GRADES = ("grades.csv", "grades.xls", "grades.xlsx")
_MAX_GRADES = 16 * 2**20
_TIME = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)T?(\d\d):?(\d\d):?(\d\d)")


def sakai(root: Node, asked: Asked) -> Recognised | None:
    """The hand-ins of a Sakai download, a folder a student."""
    matches = {n: match for n in root.folders if (match := _STUDENT.fullmatch(n.name))}
    grades = [node for node in root.files if node.name.casefold() in _GRADES]
    if not matches or 2 * len(matches) < len(root.folders):
        return None
    if not grades and not any(map(_is_sakais, matches)):
        return None
    listed = _listed(next((node for node in grades if node.name.endswith(".csv")), None))
    works: list[Work] = []
    passed_over: list[Node] = []
    for node, match in matches.items():
        parts = [part for part in _parts(node) if not _is_teachers(part[1])]
        passed_over += [child for child in node.children if _is_teachers(child)]
        row = listed.get(match["login"].casefold(), {})
        works.append(
            Work(
                parts=distinct_parts(parts) or (("", node),),
                key=match["login"],
                people=(_person(match, row),),
                folder=node,
                submitted=_time(node),
                late=row.get("late submission", "").casefold() in ("late", "true", "yes"),
            )
        )
    others = [node for node in root.children if node not in matches and node not in grades]
    return recognised("Sakai", works, others=others, passed_over=passed_over, used=grades)


def _is_sakais(folder: Node) -> bool:
    return any(
        child.name.casefold() in (_ATTACHED, "timestamp.txt")
        or child.name.endswith("_submissionText.html")
        for child in folder.children
    )


def _is_teachers(node: Node) -> bool:
    return node.name.casefold().startswith("feedback") or node.name == "comments.txt"


def _parts(folder: Node) -> list[Part]:
    attached = [node for node in folder.folders if node.name.casefold() == _ATTACHED]
    # In other languages the folder has another name.
    return [
        *(("", node) for node in attached or folder.folders),
        *((node.name, node) for node in folder.children if node not in folder.folders),
    ]


def _person(match: re.Match[str], row: Mapping[str, str]) -> Person:
    last, comma, first = match["name"].partition(",")
    name = f"{first.strip()} {last.strip()}" if comma else match["name"].strip()
    if row.get("first name") or row.get("last name"):
        name = f"{row.get('first name', '')} {row.get('last name', '')}"
    return Person(
        name=person_name(name),
        login=person_name(match["login"]),
        id=printable(row.get("id", "").strip(), limit=200),
    )


def _listed(grades: Node | None) -> dict[str, dict[str, str]]:
    """The rows of grades.csv by what its first column, the "Display ID", says."""
    if grades is None:
        return {}
    try:
        lines = text.decode(grades.data(_MAX_GRADES))[0].splitlines()
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
    stamp = folder.child("timestamp.txt")
    try:
        match = _TIME.match(stamp.data(100).decode("latin-1")) if stamp else None
    except UnusableError:
        return ""
    if match is None:
        return ""
    year, month, day, hour, minute, second = match.groups()
    return f"{year}-{month}-{day}T{hour}:{minute}:{second}+00:00"
