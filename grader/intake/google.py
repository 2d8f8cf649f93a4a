"""Google Classroom and Forms, downloaded from Drive: one folder with all files.

Classroom writes ``Jane Doe - hw1.ipynb``, a form ``hw1 - Jane Doe.ipynb``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from grader.intake.tree import Kind, Node
from grader.intake.work import (
    Asked,
    Recognised,
    Work,
    distinct_parts,
    originals,
    person_name,
    recognised,
    versions,
)
from grader.model import Person
from grader.submission.naming import same_key, without_ending

_AGAIN = re.compile(r"(?P<stem>.+?) ?\((?P<number>[1-9]\d?)\)(?P<ending>(?:\.[A-Za-z]\w*)*)", re.S)
_ENDING = re.compile(r"(?:\.[A-Za-z]\w{0,9})+$")
_DASH = " - "
NAME = "Google Drive"


def google(root: Node, asked: Asked) -> Recognised | None:
    """The files of a Drive folder, by student.

    None unless most files are named so, and one side of the dash is the assignment's: the
    same for most, where the other side differs.
    """
    dashed = [node for node in root.children if node.kind is not Kind.FOLDER and _DASH in node.name]
    if len(dashed) < 2 or 2 * len(dashed) < len(root.children):
        return None
    before = [node.name.partition(_DASH)[0].strip() for node in dashed]
    after = [_plain(node.name.rpartition(_DASH)[2]) for node in dashed]
    if _is_the_same(after) and len(set(before)) > 1:
        named = dict(zip(dashed, before, strict=True))
    elif _is_the_same(before) and len(set(after)) > 1:
        named = dict(zip(dashed, after, strict=True))
    else:
        return None
    owners: dict[str, list[Node]] = {}
    for node, who in named.items():
        owners.setdefault(same_key(who), []).append(node)
    works = [_work(key, nodes, named[nodes[0]]) for key, nodes in owners.items()]
    others = [node for node in root.children if node not in dashed]
    return recognised(NAME, works, others=others)


def _plain(name: str) -> str:
    match = _AGAIN.fullmatch(name)
    name = match["stem"] + match["ending"] if match else name
    return _ENDING.sub("", without_ending(name)).strip()


def _is_the_same(sides: Sequence[str]) -> bool:
    ((_, most),) = Counter(map(same_key, sides)).most_common(1)
    return most > 1 and 2 * most > len(sides)


def _work(key: str, nodes: Sequence[Node], who: str) -> Work:
    parts = distinct_parts((node.name, node) for node in nodes)
    newest, earlier = versions(parts, _AGAIN)
    return Work(
        parts=originals(newest, _AGAIN),
        key=key,
        people=(Person(name=person_name(who)),),
        earlier=earlier,
    )
