"""What a layout finds in a tree: works, by whom, and which of a student's attempts counts."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import takewhile

from grader.bounds import PERSON_CHARACTERS
from grader.intake.tree import Kind, Node
from grader.model import Person
from grader.submission.naming import (
    ARCHIVE_ENDING,
    NOTEBOOK_ENDINGS,
    SCRIPT_ENDING,
    ending_of,
    printable,
    same_key,
)

Part = tuple[str, Node]  # the name beside the notebook ("" for a folder: what it holds), and where


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The assignment that is graded: its folder's name, and the names it asks to define."""

    assignment: str = ""
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What one student, or one group, handed in at one time.

    ``key`` is the same for all works of a student in one layout.  ``order`` is greater for
    a newer one, and empty where the layout does not tell.  ``earlier`` are parts that newer
    ones among ``parts`` have replaced, an attempt each, the oldest first.
    """

    parts: tuple[Part, ...]
    key: str
    people: tuple[Person, ...] = ()
    name: str = ""  # of the row, where it is not the main part's
    folder: Node | None = None  # what the row is called by, where it is not the main part
    submitted: str = ""
    late: bool = False
    order: tuple[str | int, ...] = ()
    earlier: tuple[tuple[Part, ...], ...] = ()

    @property
    def main(self) -> Node:
        return main_of(self.parts)

    @property
    def student(self) -> str:
        """The names of those who handed it in, or what else they are known by."""
        return ", ".join(
            person.name or person.email or person.login or person.id for person in self.people
        )


def main_of(parts: Sequence[Part]) -> Node:
    """What a work is called by: the last notebook, else the first script, folder, any."""
    greatest = max(_weight(node) for _, node in parts)
    best = [node for _, node in parts if _weight(node) == greatest]
    return best[-1] if best[0].is_notebook else best[0]


def person_name(text: str) -> str:
    """A name or login as it is shown, whatever system wrote it; never empty."""
    return printable(unicodedata.normalize("NFC", text).strip(), limit=PERSON_CHARACTERS) or "_"


def common_start(names: Sequence[str], mark: str) -> str:
    """What all ``names`` begin with, up to the last ``mark`` in it, or nothing."""
    # The least and the greatest differ as soon as any two do.
    pairs = zip(min(names), max(names), strict=False)
    common = "".join(one for one, _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    return common[: common.rfind(mark) + 1]


def _weight(node: Node) -> int:
    if node.is_notebook:
        return 3
    if node.kind is Kind.FILE:
        return 2 * (ending_of(node.name) == SCRIPT_ENDING) or int(node.is_work)
    return int(node.kind is Kind.FOLDER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """What a layout made of a tree.

    ``used`` are files of the platform that were read or say nothing, such as receipts;
    ``passed_over`` are left out, ``unknown`` are in no work though they may be one.
    """

    layout: str
    works: tuple[Work, ...]
    passed_over: tuple[Node, ...] = ()
    unknown: tuple[Node, ...] = ()
    used: tuple[Node, ...] = ()
    notes: tuple[str, ...] = ()


def recognised(
    layout: str,
    works: Sequence[Work],
    *,
    others: Iterable[Node] = (),
    passed_over: Iterable[Node] = (),
    used: Iterable[Node] = (),
    notes: Iterable[str] = (),
) -> Recognised:
    """What a layout found; ``others`` have no place in it but may be somebody's work."""
    others = tuple(others)
    no_work = [node for node in others if node.kind is Kind.FILE and not node.is_work]
    return Recognised(
        layout=layout,
        works=tuple(works),
        passed_over=(*no_work, *passed_over),
        unknown=tuple(node for node in others if node.kind is not Kind.FILE or node.is_work),
        used=tuple(used),
        notes=tuple(notes),
    )


def distinct_parts(parts: Iterable[Part]) -> tuple[Part, ...]:
    """``parts``, none of which has the name of another, up to case, or leads elsewhere."""
    found: list[Part] = []
    taken: set[str] = set()
    for wanted, node in parts:
        name = wanted if wanted not in (".", "..") and "/" not in wanted else node.name
        # What lies in two folders is sorted out where they are read.
        chosen, number = name, 1
        while chosen and same_key(chosen) in taken:
            number += 1
            stem, dot, ending = name.partition(".")
            chosen = f"{stem} ({number}){dot}{ending}"
        taken.add(same_key(chosen))
        found.append((chosen, node))
    return tuple(found)


def versions(
    parts: Sequence[Part], mark: re.Pattern[str]
) -> tuple[tuple[Part, ...], tuple[tuple[Part, ...], ...]]:
    """The newest version of each file, and what they replaced, a version each, oldest first.

    ``mark`` matches a name with a version's number: its groups are ``stem``, ``number`` and
    ``ending``.  Only where the name without a number is there as well is a number taken for
    a version's: ``part-1.ipynb`` and ``part-2.ipynb`` are two notebooks.
    """
    plain = {same_key(name) for name, _ in parts if not mark.fullmatch(name)}
    families: dict[str, list[tuple[int, Part]]] = {}
    for part in parts:
        match = mark.fullmatch(part[0])
        base = same_key(match["stem"] + match["ending"]) if match else same_key(part[0])
        if match and base not in plain:
            families[part[0]] = [(0, part)]
        else:
            families.setdefault(base, []).append((int(match["number"]) if match else 0, part))
    newest: list[Part] = []
    replaced: dict[int, list[Part]] = {}
    for family in families.values():
        last = max(number for number, _ in family)
        newest += [part for number, part in family if number == last]
        for number, part in family:
            if number < last:
                replaced.setdefault(number, []).append(part)
    ordered = [part for part in parts if part in newest]
    return tuple(ordered), tuple(tuple(replaced[number]) for number in sorted(replaced))


def originals(parts: Sequence[Part], mark: re.Pattern[str]) -> tuple[Part, ...]:
    """``parts`` under the names that they had before the platform put a number into them.

    A module cannot be imported with the number in its name; data may be read under either,
    and a notebook is run whatever it is called.
    """
    taken = {same_key(name) for name, _ in parts}
    found: list[Part] = []
    for name, node in parts:
        match = mark.fullmatch(name)
        ending = ending_of(name)
        plain = match["stem"] + match["ending"] if match else name
        is_free = same_key(plain) not in taken
        if not is_free or ending in (*NOTEBOOK_ENDINGS, ARCHIVE_ENDING):
            found.append((name, node))
            continue
        taken.add(same_key(plain))
        found += [(plain, node)] if ending == SCRIPT_ENDING else [(name, node), (plain, node)]
    return tuple(found)
