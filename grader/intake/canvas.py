"""Canvas: all files of a class in one folder, ``doejane_LATE_1234_99001_hw.ipynb``.

The numbers are the user's and the file's.  A file handed in again under the same name gets a
number, ``hw-1.ipynb``.  Typed text is ``doejane_1234_text.html``, a link
``doejane_1234_link.html``; anonymous students are ``anon_x7Kd2``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from grader.model import Person

from .tree import Kind, Node
from .work import (
    Asked,
    Recognised,
    Work,
    distinct_parts,
    matching,
    originals,
    part,
    person_name,
    recognised,
    versions,
)

# A number and any name, or what was typed in.
_FILE = r"_(?:(?P<file>\d{3,})_)?(?P<name>(?(file).+|(?:text|link)\.html))"
_NAMED = re.compile(r"(?P<who>.+?)(?P<late>_LATE)?_(?P<user>\d{3,})" + _FILE, re.S)
_ANONYMOUS = re.compile(r"(?P<late>LATE_)?(?P<who>anon)_(?P<user>[A-Za-z0-9]+)" + _FILE, re.S)
_AGAIN = re.compile(r"(?P<stem>.+?)-(?P<number>[1-9]\d?)(?P<ending>(?:\.[A-Za-z]\w*)*)", re.S)
# As a browser names what it saves for the second time.
_SAVED = re.compile(r" ?\(\d+\)(?=\.|$)")

_Matches = Mapping[Node, re.Match[str]]


def canvas(root: Node, asked: Asked) -> Recognised | None:
    """Return the files of a Canvas download, by student; None where most files have other names."""
    matches = matching(root, lambda name: _ANONYMOUS.fullmatch(name) or _NAMED.fullmatch(name))
    users: dict[str, list[Node]] = {}
    for node, match in matches.items():
        users.setdefault(f"{match['user']} {_who(match)}", []).append(node)
    if not users or not _is_plausible(users, matches):
        return None
    works = [_work(key, nodes, matches) for key, nodes in users.items()]
    return recognised("Canvas", root, works)


def _is_anonymous(match: re.Match[str]) -> bool:
    # A number is a user's, whose login is "anon".
    return match.re is _ANONYMOUS and not match["user"].isdigit()


def _who(match: re.Match[str]) -> str:
    return f"anon_{match['user']}" if _is_anonymous(match) else match["who"]


def _is_plausible(users: Mapping[str, Sequence[Node]], matches: _Matches) -> bool:
    """Return whether the numbers can be those of users and files: not in ``hw_2025_1001_ann``.

    No two files have the same number, and few students the same name.  Where all files would be
    one student's, with several notebooks, they are rather those of several students.
    """
    files = [match for node, match in matches.items() if node.kind is not Kind.FOLDER]
    # What a browser saved twice is the same file.
    own = {(_who(m), m["user"], m["file"], _SAVED.sub("", m["name"])) for m in files}
    numbers = [number for _, _, number, _ in own if number]
    names = {_who(match) for match in matches.values()}
    if len(set(numbers)) < len(numbers) or 2 * len(names) < len(users):
        return False
    if len(users) > 1:
        return True
    (nodes,) = users.values()
    parts = [(matches[node]["name"], node) for node in nodes if node.is_notebook]
    return len(versions(parts, _AGAIN)[0]) < 2


def _work(key: str, nodes: Sequence[Node], matches: _Matches) -> Work:
    def number(node: Node) -> int:
        return int(matches[node]["file"] or 0)

    nodes = sorted(nodes, key=number)  # the newest last
    parts = distinct_parts(part(node, matches[node]["name"]) for node in nodes)
    newest, earlier = versions(parts, _AGAIN, in_order=True)
    first = matches[nodes[0]]
    user = "" if _is_anonymous(first) else first["user"]
    return Work(
        parts=originals(newest, _AGAIN),
        key=key,
        people=(Person(name=person_name(_who(first)), id=user),),
        late=any(matches[node]["late"] for _, node in newest),
        order=(number(nodes[-1]),),
        earlier=earlier,
    )
