"""Google Classroom and Forms, downloaded from Drive: one folder with all files.

Classroom writes ``Jane Doe - hw1.ipynb``, a form ``hw1 - Jane Doe.ipynb``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from grader.model import Person
from grader.submission.naming import same_key, without_ending

from .tree import Kind, Node
from .work import (
    Asked,
    Recognised,
    Work,
    distinct_parts,
    originals,
    person_name,
    recognised,
    unnumbered,
    versions,
)

_AGAIN = re.compile(r"(?P<stem>.+?) ?\((?P<number>[1-9]\d?)\)(?P<ending>(?:\.[A-Za-z]\w*)*)", re.S)
_ENDING = re.compile(r"(?:\.[A-Za-z]\w{0,9})+$")
_DASH = " - "
NAME = "Google Drive"


def google(root: Node, asked: Asked) -> Recognised | None:
    """Return the files of a Drive folder, by student.

    None unless most files have such names, and one side of the dash is the assignment's: the
    same for most files, while the other side differs.
    """
    dashed = [node for node in root.children if node.kind is not Kind.FOLDER and _DASH in node.name]
    if len(dashed) < 2 or 2 * len(dashed) < len(root.children):
        return None
    before = [node.name.partition(_DASH)[0].strip() for node in dashed]
    after = [_plain(node.name.rpartition(_DASH)[2]) for node in dashed]
    if _is_the_same(after) and len(set(before)) > 1:
        named = _owners(dashed)
    elif _is_the_same(before) and len(set(after)) > 1:
        named = dict(zip(dashed, after, strict=True))
    else:
        return None
    owners: dict[str, list[Node]] = {}
    for node, who in named.items():
        owners.setdefault(same_key(who), []).append(node)
    works = [_work(key, nodes, named[nodes[0]]) for key, nodes in owners.items()]
    return recognised(NAME, root, works)


def _owners(dashed: Sequence[Node]) -> dict[Node, str]:
    """Return who is named in front of the end that most names share; both may hold dashes."""
    parts = {node: _plain(node.name).split(_DASH) for node in dashed}
    common: list[str] = []
    while True:
        ends = [same_key(_DASH.join(part[-len(common) - 1 :])) for part in parts.values()
                if len(part) > len(common) + 1]  # fmt: skip
        end, count = Counter(ends).most_common(1)[0] if ends else ("", 0)
        if 2 * count <= len(dashed):
            break
        common = end.split(_DASH)
    end = _DASH + _DASH.join(common)
    return {
        node: _DASH.join(part[: -len(common)])
        if common and same_key(_DASH.join(part)).endswith(end)
        else part[0]
        for node, part in parts.items()
    }


def _plain(name: str) -> str:
    return _ENDING.sub("", without_ending(unnumbered(name, _AGAIN))).strip()


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
