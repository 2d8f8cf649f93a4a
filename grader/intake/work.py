"""What a layout finds in a tree: each piece of work, whose it is, and which attempt counts."""

from __future__ import annotations

import os.path
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from grader.bounds import PERSON_CHARACTERS, STAMP_BYTES
from grader.intake.tree import Kind, Node
from grader.model import Person
from grader.submission.content import UnusableError
from grader.submission.naming import (
    ARCHIVE_ENDING,
    NOTEBOOK_ENDINGS,
    SCRIPT_ENDING,
    ending_of,
    printable,
    same_key,
)

Part = tuple[str, Node]  # a file's name beside the notebook ("" for a folder), and the node
STAMP = "timestamp.txt"  # as nbgrader and Sakai write it


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The assignment being graded: its folder's name, and the names it asks students to define."""

    assignment: str = ""
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What one student, or one group, handed in at one time.

    ``key`` is the same for all works of a student in one layout.  ``order`` is greater for
    newer works, and empty where the layout does not tell.  ``earlier`` holds parts replaced by
    newer ones in ``parts``, one tuple per attempt, oldest first.
    """

    parts: tuple[Part, ...]
    key: str
    people: tuple[Person, ...] = ()
    name: str = ""  # of the row, where it is not named after the main part
    folder: Node | None = None  # names the row, where the main part does not
    submitted: str = ""
    late: bool = False
    order: tuple[str | int, ...] = ()
    earlier: tuple[tuple[Part, ...], ...] = ()

    @property
    def main(self) -> Node:
        return main_of(self.parts)

    @property
    def student(self) -> str:
        """The names of the people, or how else they are known."""
        return ", ".join(
            person.name or person.email or person.login or person.id for person in self.people
        )


def main_of(parts: Sequence[Part]) -> Node:
    """Return the part that names a work: the last notebook, else the first script or other."""
    nodes = [node for _, node in parts]
    first = max(nodes, key=_weight)
    return max(reversed(nodes), key=_weight) if first.is_notebook else first


def _weight(node: Node) -> int:
    if node.is_notebook:
        return 3
    if node.kind is Kind.FILE:
        return 2 * (ending_of(node.name) == SCRIPT_ENDING) or int(node.is_work)
    return int(node.kind is Kind.FOLDER)


def person_name(text: str) -> str:
    """Return a name or login as it is shown, whatever system wrote it; never empty."""
    return printable(unicodedata.normalize("NFC", text).strip(), limit=PERSON_CHARACTERS) or "_"


def common_start(names: Sequence[str], mark: str) -> str:
    """Return the common beginning of ``names`` up to its last ``mark``; it may be empty."""
    common = os.path.commonprefix(names)  # noqa: RUF071 (by character, as is meant)
    return common[: common.rfind(mark) + 1]


def stamp_of(folder: Node) -> str:
    """Return the text of a folder's timestamp.txt; empty where there is none to be read."""
    stamp = folder.child(STAMP)
    try:
        return stamp.data(STAMP_BYTES).decode("latin-1") if stamp is not None else ""
    except UnusableError:
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """What a layout made of a tree.

    ``used`` are the platform's own files, such as receipts; ``passed_over`` is left out;
    ``unknown`` may be somebody's work, but has no place in the layout.
    """

    layout: str
    works: tuple[Work, ...]
    passed_over: tuple[Node, ...] = ()
    unknown: tuple[Node, ...] = ()
    used: tuple[Node, ...] = ()
    notes: tuple[str, ...] = ()


def recognised(
    layout: str,
    root: Node,
    works: Sequence[Work],
    *,
    passed_over: Iterable[Node] = (),
    used: Iterable[Node] = (),
    notes: Iterable[str] = (),
) -> Recognised:
    """Return what a layout found in ``root``; whatever else lies there may be somebody's work."""
    passed_over, used = tuple(passed_over), tuple(used)
    known = {*passed_over, *used, *(work.folder for work in works)}
    known |= {node for work in works for parts in (work.parts, *work.earlier) for _, node in parts}
    others = [node for node in root.children if node not in known]
    no_work = [node for node in others if node.kind is Kind.FILE and not node.is_work]
    return Recognised(
        layout=layout,
        works=tuple(works),
        passed_over=(*no_work, *passed_over),
        unknown=tuple(node for node in others if node not in no_work),
        used=used,
        notes=tuple(notes),
    )


def matching(root: Node, match: Callable[[str], re.Match[str] | None]) -> dict[Node, re.Match[str]]:
    """Return the children of ``root`` whose names match; none where most have other names."""
    found = {node: named for node in root.children if (named := match(node.name))}
    return found if 2 * len(found) >= len(root.children) else {}


def part(node: Node, name: str | None = None) -> Part:
    """Return a part of a work; a file goes by its own name unless another is given."""
    return "" if node.kind is Kind.FOLDER else name or node.name, node


def distinct_parts(parts: Iterable[Part]) -> tuple[Part, ...]:
    """Return ``parts`` with names that differ, up to case, and stay in the folder."""
    found: list[Part] = []
    taken: set[str] = set()
    for wanted, node in parts:
        name = wanted if wanted not in (".", "..") and "/" not in wanted else node.name
        # Files of two folders may share names: that is sorted out where the folders are read.
        chosen, number = name, 1
        while chosen and same_key(chosen) in taken:
            number += 1
            stem, dot, ending = name.partition(".")
            chosen = f"{stem} ({number}){dot}{ending}"
        taken.add(same_key(chosen))
        found.append((chosen, node))
    return tuple(found)


def unnumbered(name: str, mark: re.Pattern[str]) -> str:
    """Return ``name`` without the version number that ``mark`` finds in it.

    ``mark`` has the groups ``stem``, ``number`` and ``ending``.
    """
    match = mark.fullmatch(name)
    return match["stem"] + match["ending"] if match else name


def versions(
    parts: Sequence[Part], mark: re.Pattern[str], *, in_order: bool = False
) -> tuple[tuple[Part, ...], tuple[tuple[Part, ...], ...]]:
    """Return the newest version of each file; and what they replaced, by version, oldest first.

    ``mark`` is that of :func:`unnumbered`.  A number counts as a version only where the name
    without it exists as well: ``part-1.ipynb`` and ``part-2.ipynb`` are two notebooks.  With
    ``in_order``, the parts are in the order in which they came: no version comes before the
    file without a number.
    """
    plain = {same_key(one[0]): n for n, one in enumerate(parts) if not mark.fullmatch(one[0])}
    numbered: list[tuple[Part, str, int]] = []
    for place, one in enumerate(parts):
        match, base = mark.fullmatch(one[0]), same_key(unnumbered(one[0], mark))
        if match and base in plain and (plain[base] < place or not in_order):
            numbered.append((one, base, int(match["number"])))
        else:
            numbered.append((one, same_key(one[0]), 0))
    last: dict[str, int] = {}
    for _, base, number in numbered:
        last[base] = max(number, last.get(base, 0))
    replaced: dict[int, list[Part]] = defaultdict(list)
    for one, base, number in numbered:
        if number < last[base]:
            replaced[number].append(one)
    newest = tuple(one for one, base, number in numbered if number == last[base])
    return newest, tuple(tuple(replaced[number]) for number in sorted(replaced))


def originals(parts: Sequence[Part], mark: re.Pattern[str]) -> tuple[Part, ...]:
    """Return ``parts`` under the names they had before the platform put numbers into them.

    A module cannot be imported with a number in its name, so a script is renamed; other data
    may be read under either name and is given both; a notebook is run whatever its name.
    """
    taken = {same_key(name) for name, _ in parts}
    found: list[Part] = []
    for name, node in parts:
        ending, plain = ending_of(name), unnumbered(name, mark)
        if same_key(plain) in taken or ending in (*NOTEBOOK_ENDINGS, ARCHIVE_ENDING):
            found.append((name, node))
            continue
        taken.add(same_key(plain))
        found += [(plain, node)] if ending == SCRIPT_ENDING else [(name, node), (plain, node)]
    return tuple(found)
