"""Brightspace: ``12345-67890 - Jane Doe - Jan 3, 2026 1000 AM``, a folder or a file a hand-in.

The first number is the student's, the second the assignment's.  ``index.html`` lists all.
"""

from __future__ import annotations

import re

from grader.intake.months import MONTHS
from grader.intake.tree import Kind, Node
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

_NAME = re.compile(
    r"(?P<user>\d+)-(?P<item>\d+) ?- (?P<who>.+?) - (?P<when>[^-]*?\b\d{4}\b[^-]*?)"
    r"(?: - (?P<file>.+))?",
    re.S,
)
_INDEX = "index.html"
# "Jan 3, 2026 1000 AM", "3 janvier 2026 1000", "3 janvier 2026 10 h 00", "3 Jan, 2026 10:00"
_TIME = re.compile(
    r"(?P<hour>\d{1,2})(?:[.:_]|\s?h\s?)?(?P<minute>\d\d)\W*(?P<half>[ap]\.?\s?m)?", re.I
)


def brightspace(root: Node, asked: Asked) -> Recognised | None:
    """The hand-ins of a Brightspace download; a student's newest counts."""
    matches = {node: match for node in root.children if (match := _NAME.fullmatch(node.name))}
    index = root.child(_INDEX)
    if not matches or 2 * len(matches) < len(root.children) - (index is not None):
        return None
    attempts: dict[tuple[str, str, str], list[Node]] = {}
    for node, match in matches.items():
        attempts.setdefault((match["user"], match["who"], match["when"]), []).append(node)
    works = []
    for (user, who, when), nodes in attempts.items():
        name = person_name(who)
        submitted = moment(when)
        works.append(
            Work(
                parts=distinct_parts(_part(node, matches[node]) for node in nodes),
                key=f"{user} {who}",
                people=(Person(name=name, id=user),),
                submitted=submitted,
                order=(submitted, when) if submitted else (),
            )
        )
    used = [index] if index is not None else []
    others = [node for node in root.children if node not in matches and node not in used]
    return recognised("Brightspace", works, others=others, used=used)


def _part(node: Node, match: re.Match[str]) -> Part:
    return ("", node) if node.kind is Kind.FOLDER else (match["file"] or node.name, node)


def moment(when: str) -> str:
    """A date and time as Brightspace writes them, in ISO 8601; empty where it is not clear."""
    year = re.search(r"\b\d{4}\b", when)
    if year is None:
        return ""
    date, after = when[: year.end()], when[year.end() :]
    month = next((m for word in re.findall(r"[^\W\d_]+", date) if (m := _month(word))), 0)
    day = re.search(r"\b\d{1,2}\b", date)
    time = _TIME.search(after)
    if not month or day is None or time is None:
        return ""
    hour = int(time["hour"])
    if time["half"]:
        hour = hour % 12 + 12 * time["half"].casefold().startswith("p")
    return f"{year[0]}-{month:02d}-{int(day[0]):02d}T{hour:02d}:{time['minute']}"


def _month(word: str) -> int:
    return MONTHS.get(word.casefold(), 0)
