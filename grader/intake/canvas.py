"""Canvas: all files of a class in one folder, ``doejane_LATE_1234_99001_hw.ipynb``.

The numbers are the user's and the file's.  A file that is handed in again under the same
name gets a number, ``hw-1.ipynb``.  What was typed in is ``doejane_1234_text.html``, a link
``doejane_1234_link.html``; anonymous students are ``anon_x7Kd2``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grader.intake.tree import Kind, Node
from grader.intake.work import (
    Asked,
    Part,
    Recognised,
    Work,
    distinct_parts,
    originals,
    person_name,
    recognised,
    versions,
)
from grader.model import Person

_FILE = re.compile(
    r"(?P<who>.+?)(?P<late>_LATE)?_(?P<user>\d{3,})_(?P<file>\d{3,})_(?P<name>.+)", re.S
)
_TYPED = re.compile(
    r"(?P<who>.+?)(?P<late>_LATE)?_(?P<user>\d{3,})_(?P<name>(?:text|link)\.html)", re.S
)
_ANONYMOUS = re.compile(
    r"(?P<late>LATE_)?(?P<who>anon)_(?P<user>[A-Za-z0-9]+)"
    r"_(?:(?P<file>\d{3,})_(?P<name>.+)|(?P<typed>(?:text|link)\.html))",
    re.S,
)
_AGAIN = re.compile(r"(?P<stem>.+?)-(?P<number>[1-9]\d?)(?P<ending>(?:\.[A-Za-z]\w*)*)", re.S)


def canvas(root: Node, asked: Asked) -> Recognised | None:
    """The files of a Canvas download, by student; None where most files are not named so."""
    matches = {node: match for node in root.children if (match := _matched(node.name))}
    if not matches or 2 * len(matches) < len(root.children):
        return None
    users: dict[str, list[Node]] = {}
    for node, match in matches.items():
        users.setdefault(f"{match.user} {match.who}", []).append(node)
    if not _is_plausible(users, matches):
        return None
    works = [_work(key, nodes, matches) for key, nodes in users.items()]
    others = [node for node in root.children if node not in matches]
    return recognised("Canvas", works, others=others)


@dataclass(frozen=True, slots=True)
class _Name:
    """The parts of a file's name; a number is empty where there is none."""

    who: str
    user: str
    file: str
    name: str
    is_late: bool
    is_anonymous: bool


def _matched(name: str) -> _Name | None:
    match = _ANONYMOUS.fullmatch(name) or _FILE.fullmatch(name) or _TYPED.fullmatch(name)
    if match is None:
        return None
    parts = match.groupdict(default="")
    is_anonymous = match.re is _ANONYMOUS and not parts["user"].isdigit()
    return _Name(
        who=f"anon_{parts['user']}" if is_anonymous else parts["who"],
        user=parts["user"],
        file=parts.get("file", ""),
        name=parts["name"] or parts.get("typed", ""),
        is_late=bool(parts["late"]),
        is_anonymous=is_anonymous,
    )


def _is_plausible(users: Mapping[str, Sequence[Node]], matches: Mapping[Node, _Name]) -> bool:
    """Whether the numbers can be those of users and files: ``hw_2025_1001_ann`` has others.

    A file's number is its own, and few students have the same name; where all would be one
    student's who handed in several notebooks, they are rather those of several students.
    """
    files = {n: match.file for n, match in matches.items() if n.kind is not Kind.FOLDER}
    numbers = [number for number in files.values() if number]
    names = {match.who for match in matches.values()}
    if len(set(numbers)) < len(numbers) or 2 * len(names) < len(users):
        return False
    if len(users) > 1:
        return True
    (nodes,) = users.values()
    parts = [(matches[node].name, node) for node in nodes if node.is_notebook]
    return len(versions(parts, _AGAIN)[0]) < 2


def _work(key: str, nodes: list[Node], matches: Mapping[Node, _Name]) -> Work:
    def number(node: Node) -> int:
        return int(matches[node].file or 0)

    nodes = sorted(nodes, key=number)  # the newest last
    # A folder is a student's zip that somebody unpacked.
    parts: list[Part] = [
        ("" if node.kind is Kind.FOLDER else matches[node].name, node) for node in nodes
    ]
    newest, earlier = versions(distinct_parts(parts), _AGAIN)
    first = matches[nodes[0]]
    person = Person(
        name=person_name(first.who),
        id="" if first.is_anonymous else first.user,
    )
    return Work(
        parts=originals(newest, _AGAIN),
        key=key,
        people=(person,),
        late=any(matches[node].is_late for _, node in newest),
        order=(number(nodes[-1]),),
        earlier=earlier,
    )
