"""Brightspace: ``12345-67890 - Jane Doe - Jan 3, 2026 1000 AM``, one folder or file per hand-in.

The first number is the student's, the second the assignment's.  ``index.html`` lists them all.
"""

from __future__ import annotations

import re

from grader.model import Person

from .months import MONTHS
from .tree import Node
from .work import Asked, Recognised, Work, distinct_parts, matching, part, person_name, recognised

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
    """Return the hand-ins of a Brightspace download; a student's newest counts."""
    index = [node for node in root.children if node.name == _INDEX]
    matches = matching(root.without(index), _NAME.fullmatch)
    if not matches:
        return None
    attempts: dict[tuple[str, str, str], list[Node]] = {}
    for node, match in matches.items():
        attempts.setdefault((match["user"], match["who"], match["when"]), []).append(node)
    works = []
    for (user, who, when), nodes in attempts.items():
        submitted = moment(when)
        works.append(
            Work(
                parts=distinct_parts(part(node, matches[node]["file"]) for node in nodes),
                key=f"{user} {who}",
                people=(Person(name=person_name(who), id=user),),
                submitted=submitted,
                order=(submitted, when) if submitted else (),
            )
        )
    return recognised("Brightspace", root, works, used=index)


def moment(when: str) -> str:
    """Return a time as Brightspace writes it, in ISO 8601; empty where it is not clear."""
    year = re.search(r"\b\d{4}\b", when)
    if year is None:
        return ""
    date, after = when[: year.end()], when[year.end() :]
    words = [word.casefold() for word in re.findall(r"[^\W\d_]+", date)]
    month = next((MONTHS[word] for word in words if word in MONTHS), 0)
    day = re.search(r"\b\d{1,2}\b", date)
    time = _TIME.search(after)
    if not month or day is None or time is None:
        return ""
    hour = int(time["hour"])
    if time["half"]:
        hour = hour % 12 + 12 * time["half"].casefold().startswith("p")
    return f"{year[0]}-{month:02d}-{int(day[0]):02d}T{hour:02d}:{time['minute']}"
