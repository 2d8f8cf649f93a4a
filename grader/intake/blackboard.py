"""Blackboard: ``Homework 1_jdoe_attempt_2026-01-03-10-00-00_hw.ipynb``, with a receipt each.

The receipt, ``Homework 1_jdoe_attempt_2026-01-03-10-00-00.txt``, begins with the student's
name and lists the files' original names.  The word ``attempt`` is in the site's language.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from grader.bounds import MAX_RECEIPT_BYTES
from grader.model import Person
from grader.submission import text
from grader.submission.content import UnusableError

from .tree import Kind, Node
from .work import (
    Asked,
    Recognised,
    Work,
    common_start,
    distinct_parts,
    matching,
    part,
    person_name,
    recognised,
)

# The first time counts: the student's own text follows it, and may look the same.
_NAME = re.compile(
    r"(?P<head>.+?)_[^\W\d_]+_(?P<when>\d{4}(?:-\d\d){5})(?:_(?P<file>.+)|(?P<receipt>\.txt))", re.S
)
_STUDENT = re.compile(r"[^:\n]*:[ \t]*(?P<name>.*?)[ \t]*\((?P<login>[^()\n]+)\)[ \t]*")


@dataclass(frozen=True, slots=True)
class _Receipt:
    person: Person
    originals: Mapping[str, str]  # a file's name here → its original name


def blackboard(root: Node, asked: Asked) -> Recognised | None:
    """Return the files of a Blackboard download, by student; the newest attempt counts."""
    matches = matching(root, _NAME.fullmatch)
    if not matches:
        return None
    receipts = {
        node: _receipt(node)
        for node, match in matches.items()
        if match["receipt"] and node.kind is Kind.FILE
    }
    people = _people(matches, receipts)
    attempts: dict[tuple[str, str], list[Node]] = {}
    for node, match in matches.items():
        attempts.setdefault((match["head"], match["when"]), []).append(node)
    works, used = [], []
    for (head, when), nodes in attempts.items():
        found = [node for node in nodes if node not in receipts]
        if found:
            used += [node for node in nodes if node in receipts]
        names = {c: o for n in nodes if n in receipts for c, o in receipts[n].originals.items()}
        parts = [part(n, names.get(n.name) or matches[n]["file"]) for n in found or nodes]
        works.append(
            Work(
                parts=distinct_parts(parts),
                key=head,  # not the login, which is uncertain without a receipt
                people=(people[head],),
                submitted=f"{when[:10]}T{when[11:].replace('-', ':')}",
                order=(when,),
            )
        )
    return recognised("Blackboard", root, works, used=used)


def _people(
    matches: Mapping[Node, re.Match[str]], receipts: Mapping[Node, _Receipt]
) -> dict[str, Person]:
    """Return whose each head, ``Homework 1_jdoe``, is; both of its parts may hold underscores."""
    people: dict[str, Person] = {}
    for node, receipt in receipts.items():
        head, login = matches[node]["head"], receipt.person.login
        if login and head.endswith("_" + login):
            people[head] = receipt.person
    assignments = {head[: -len(person.login)] for head, person in people.items()}
    heads = sorted({match["head"] for match in matches.values()})
    if not assignments and len(heads) > 1:
        # Without receipts, only what all heads begin with tells where the login begins.
        assignments = {common_start(heads, "_")} - {""}
    for head in heads:
        if head in people:
            continue
        starts = [start for start in assignments if head.startswith(start)]
        login = head[len(max(starts, key=len)) :] if starts else head.rpartition("_")[2]
        people[head] = Person(login=person_name(login))
    return people


def _receipt(node: Node) -> _Receipt:
    """Return what the receipt says; empty where it has another form."""
    try:
        said = text.decode(node.data(MAX_RECEIPT_BYTES))[0]
    except UnusableError:
        said = ""
    lines = said.splitlines()
    student = _STUDENT.fullmatch(lines[0]) if lines else None
    name = person_name(student["name"]) if student and student["name"] else ""
    login = student["login"].strip() if student else ""
    return _Receipt(Person(name=name, login=login), dict(_renamed(lines)))


def _renamed(lines: Iterable[str]) -> Iterable[tuple[str, str]]:
    """Return pairs of lines ``Original filename: hw.ipynb`` and ``Filename: …_hw.ipynb``."""
    original = ""
    for line in lines:
        value = line.partition(":")[2].strip()
        if original and "/" not in original and _NAME.fullmatch(value):
            yield value, original
        original = value
