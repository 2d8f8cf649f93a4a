"""Blackboard: ``Homework 1_jdoe_attempt_2026-01-03-10-00-00_hw.ipynb``, and a receipt each.

The receipt, ``Homework 1_jdoe_attempt_2026-01-03-10-00-00.txt``, begins with the student's
name and lists what the files were called.  The word ``attempt`` is the site's language's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from grader.bounds import MAX_RECEIPT_BYTES
from grader.intake.tree import Kind, Node
from grader.intake.work import (
    Asked,
    Part,
    Recognised,
    Work,
    common_start,
    distinct_parts,
    person_name,
    recognised,
)
from grader.model import Person
from grader.submission import text
from grader.submission.content import UnusableError

# The first time counts: what follows it is the student's own, and may look the same.
_NAME = re.compile(
    r"(?P<head>.+?)_[^\W\d_]+_(?P<when>\d{4}(?:-\d\d){5})(?:_(?P<file>.+)|(?P<receipt>\.txt))", re.S
)
_STUDENT = re.compile(r"[^:\n]*:[ \t]*(?P<name>.*?)[ \t]*\((?P<login>[^()\n]+)\)[ \t]*")


@dataclass(frozen=True, slots=True)
class _Receipt:
    name: str
    login: str
    originals: Mapping[str, str]  # what a file is called here → what it was called


def blackboard(root: Node, asked: Asked) -> Recognised | None:
    """The files of a Blackboard download, by student; the newest attempt counts."""
    matches = {node: match for node in root.children if (match := _NAME.fullmatch(node.name))}
    if not matches or 2 * len(matches) < len(root.children):
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
        # A folder is a student's zip that somebody unpacked.
        parts: list[Part] = [
            ("" if n.kind is Kind.FOLDER else names.get(n.name) or matches[n]["file"] or n.name, n)
            for n in found or nodes
        ]
        works.append(
            Work(
                parts=distinct_parts(parts),
                key=head,  # two logins can be taken for the same where no receipt is there
                people=(people[head],),
                submitted=_iso(when),
                order=(when,),
            )
        )
    others = [node for node in root.children if node not in matches]
    return recognised("Blackboard", works, others=others, used=used)


def _iso(when: str) -> str:
    date, time = when[:10], when[11:]
    return f"{date}T{time.replace('-', ':')}"


def _people(
    matches: Mapping[Node, re.Match[str]], receipts: Mapping[Node, _Receipt]
) -> dict[str, Person]:
    """Who stands behind each head, ``Homework 1_jdoe``: both parts may hold underscores."""
    known: dict[str, _Receipt] = {}
    for node, receipt in receipts.items():
        head = matches[node]["head"]
        if receipt.login and head.endswith("_" + receipt.login):
            known[head] = receipt
    assignments = {head[: -len(receipt.login)] for head, receipt in known.items()}
    people = {}
    heads = sorted({match["head"] for match in matches.values()})
    if not assignments and len(heads) > 1:
        # What all begin with; without a receipt nothing else tells where the login does.
        assignments = {common_start(heads, "_")} - {""}
    for head in heads:
        if head in known:
            receipt = known[head]
            people[head] = Person(name=receipt.name, login=receipt.login)
            continue
        starts = [start for start in assignments if head.startswith(start)]
        login = head[len(max(starts, key=len)) :] if starts else head.rpartition("_")[2]
        people[head] = Person(login=person_name(login))
    return people


def _receipt(node: Node) -> _Receipt:
    """What the receipt says; nothing where it has another form."""
    try:
        said = text.decode(node.data(MAX_RECEIPT_BYTES))[0]
    except UnusableError:
        said = ""
    lines = said.splitlines()
    student = _STUDENT.fullmatch(lines[0]) if lines else None
    return _Receipt(
        name=person_name(student["name"]) if student and student["name"] else "",
        login=student["login"].strip() if student else "",
        originals=dict(_renamed(lines)),
    )


def _renamed(lines: Iterable[str]) -> Iterable[tuple[str, str]]:
    """Pairs of lines ``Original filename: hw.ipynb`` and ``Filename: …_hw.ipynb``."""
    original = ""
    for line in lines:
        value = line.partition(":")[2].strip()
        if original and "/" not in original and _NAME.fullmatch(value):
            yield value, original
        original = value
