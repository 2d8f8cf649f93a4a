"""Moodle: a folder a student, ``Jane Doe_12345_assignsubmission_file``, or files named so.

The number is the participant's, or the group's.  What was typed into the browser has a folder
of its own, ``…_onlinetext``: it belongs to the same hand-in.
"""

from __future__ import annotations

import re

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
    r"(?P<who>.*?)(?:_(?P<id>\d+))?_assignsubmission_(?P<plugin>[a-z0-9]+)(?:_(?P<file>.*))?",
    re.S,
)


def moodle(root: Node, asked: Asked) -> Recognised | None:
    """The folders or files of a Moodle download, by student or group."""
    matches = {node: match for node in root.children if (match := _NAME.fullmatch(node.name))}
    if not matches or 2 * len(matches) < len(root.children):
        return None
    owners: dict[str, list[Node]] = {}
    for node, match in matches.items():
        owners.setdefault(f"{match['id']} {match['who']}", []).append(node)
    works = []
    for key, nodes in owners.items():
        match = matches[nodes[0]]
        who = person_name(match["who"])
        parts = distinct_parts(_part(node, matches[node]) for node in nodes)
        people = (Person(name=who, id=match["id"] or ""),)
        works.append(Work(parts=parts, key=key, people=people))
    others = [node for node in root.children if node not in matches]
    return recognised("Moodle", works, others=others)


def _part(node: Node, match: re.Match[str]) -> Part:
    if node.kind is Kind.FOLDER:
        return "", node
    return match["file"] or node.name, node
