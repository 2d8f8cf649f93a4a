"""Moodle: one folder per student, ``Jane Doe_12345_assignsubmission_file``, or files named so.

The number is the participant's, or the group's.  Text typed into the browser has a folder of
its own, ``…_onlinetext``, and belongs to the same hand-in.
"""

from __future__ import annotations

import re

from grader.model import Person

from .tree import Node
from .work import Asked, Recognised, Work, distinct_parts, matching, part, person_name, recognised

_NAME = re.compile(
    r"(?P<who>.*?)(?:_(?P<id>\d+))?_assignsubmission_(?P<plugin>[a-z0-9]+)(?:_(?P<file>.*))?",
    re.S,
)


def moodle(root: Node, asked: Asked) -> Recognised | None:
    """Return the folders or files of a Moodle download, by student or group."""
    matches = matching(root, _NAME.fullmatch)
    if not matches:
        return None
    owners: dict[tuple[str, str], list[Node]] = {}
    for node, match in matches.items():
        owners.setdefault((match["id"] or "", match["who"]), []).append(node)
    works = []
    for (number, who), nodes in owners.items():
        parts = distinct_parts(part(node, matches[node]["file"]) for node in nodes)
        people = (Person(name=person_name(who), id=number),)
        works.append(Work(parts=parts, key=f"{number} {who}", people=people))
    return recognised("Moodle", root, works)
