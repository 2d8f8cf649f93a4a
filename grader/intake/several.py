"""Paths given together: each is a class, or each is one student's (``zips/*.zip``)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from grader.bounds import WORK_DEPTH
from grader.submission.content import UnusableError
from grader.submission.naming import ARCHIVE_ENDING, ending_of, same_key, without_ending

from . import nbgrader
from .google import NAME as GOOGLE
from .plain import plain
from .recognise import known, levels, recognise
from .telling import listed
from .tree import Kind, Node, of_folder, of_zip
from .work import STAMP, Asked, Recognised, Work

# Layouts whose names for files no student would choose.
_PLATFORMS = ("Gradescope", "Moodle", "Blackboard", "Brightspace", "Canvas", "Sakai")


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A given path: ``tree`` is set for a folder or zip, ``file`` for a file (both for a zip).

    ``broken`` says why a zip cannot be read.
    """

    name: str
    path: Path
    tree: Node | None = None
    file: Node | None = None
    broken: str = ""

    @property
    def whole(self) -> Node:
        """The node where this is one student's; a zip is then a file."""
        node = self.file or self.tree
        assert node is not None
        return node if node.where else replace(node, where=node.name)


def several(given: Sequence[Given], asked: Asked) -> list[Recognised]:
    """Return what the paths hold, each by itself or all together."""
    if len(given) == 1:
        return _one(given[0], asked)
    students = _students(given, asked)
    found = [part for one in given if one not in students for part in _one(one, asked)]
    if not students:
        return found
    whole = _of_folder_above(students, asked) or _of_the_same_name(students)
    return [*found, whole or plain(one.whole for one in students)]


def _one(given: Given, asked: Asked) -> list[Recognised]:
    if given.tree is None:
        return [plain([given.whole])]
    if given.path.is_dir():
        above = given.path.parent
        if above.parent.name == nbgrader.SUBMITTED and given.tree.has(STAMP):
            return [Recognised(layout="nbgrader", works=(nbgrader.work(given.whole, above.name),))]
        is_student = above.name == nbgrader.SUBMITTED
        if is_student and (restricted := _of_folder_above([given], asked)):
            return [restricted]
    found = recognise(given.tree, asked)
    if found.layout:
        return [found]
    return _exports(given.tree, asked) or [_with_doubts(found, asked)]


def _with_doubts(found: Recognised, asked: Asked) -> Recognised:
    """Return ``found``, with a note on works that look like a whole class's export."""
    nodes = [node for work in found.works for _, node in work.parts]
    names = [node.where for node in nodes if _export(node, asked)]
    if not names:
        return found
    note = (
        f"Graded as one student's, though a class's export may be in it: {listed(names)}; "
        "if so, give that as a PATH of its own."
    )
    return replace(found, notes=(*found.notes, note))


def _exports(folder: Node, asked: Asked) -> list[Recognised]:
    """Return what is in a folder's folders and zips, if each is the export of a class.

    All must be exports, so that no student's zip makes rows of others.
    """
    *_, inner = levels(folder)
    works = [node for node in inner.children if node.kind is not Kind.FILE or node.is_work]
    found = []
    for node in works:
        export = _export(node, asked)
        if export is None:
            return []
        found.append(export)
    rest = tuple(node for node in inner.children if node not in works)
    return [*found, Recognised(layout="", works=(), passed_over=rest)] if found else []


def _export(node: Node, asked: Asked) -> Recognised | None:
    """Return a platform's export of two students or more, in a folder or in a zip on disk."""
    tree = node if node.kind is Kind.FOLDER else None
    if node.kind is Kind.FILE and ending_of(node.name) == ARCHIVE_ENDING and node.member is None:
        try:
            tree = replace(of_zip(node.path, where=node.where), name=without_ending(node.name))
        except UnusableError:
            return None
    found = known(tree, asked) if tree is not None else None
    if found is None or found.layout not in _PLATFORMS:
        return None
    return found if len({work.key for work in found.works}) > 1 else None


def _students(given: Sequence[Given], asked: Asked) -> list[Given]:
    """Return the paths that hold one student's work each."""
    units = {one.path: _units(one.tree) for one in given if one.tree}
    count = Counter(unit for held in units.values() for unit in held)

    def shared(one: Given) -> bool:
        held = units.get(one.path, ())
        return bool(held) and 2 * sum(count[unit] > 1 for unit in held) >= len(held)

    trees = [one for one in given if one.tree]
    classes = [
        one
        for one in trees
        if (len(units[one.path]) > 1 and not shared(one)) or _is_export(one, asked)
    ]
    if 2 * len(classes) < len(trees):
        classes = []  # most are students' zips: so is this one, whatever it holds
    rest = [one for one in given if one not in classes]
    # A folder or zip with a single notebook is a class of one, unless the other paths are
    # students': they lie beside it, or hold notebooks of the same names.
    are_students = len(rest) > 1 and len({one.path.parent for one in rest}) == 1
    if any(map(shared, rest)) or (are_students and any(one.file for one in rest)):
        return rest
    return [one for one in rest if not one.tree]


def _is_export(given: Given, asked: Asked) -> bool:
    found = known(given.tree, asked) if given.tree else None
    if found is None or found.layout in _PLATFORMS:
        return found is not None
    return found.layout != GOOGLE and len(found.works) > 1  # a student's may hold one repository


def _units(tree: Node) -> tuple[str, ...]:
    """Return keys of the notebooks and folders that could be one student's each."""
    *_, inner = levels(tree)
    files = [node for node in inner.files if node.is_notebook]
    folders = [
        node for node in inner.folders if any(below.is_notebook for below in node.below(WORK_DEPTH))
    ]
    return tuple(same_key(node.name) for node in (*files, *folders))


def _of_folder_above(given: Sequence[Given], asked: Asked) -> Recognised | None:
    """Return the paths as their common folder is recognised: ``export/*`` is ``export``.

    Other files of the same hand-ins are included.
    """
    if len({one.path.parent for one in given}) != 1:
        return None
    found = known(of_folder(given[0].path.parent), asked)
    if found is None:
        return None
    paths = {one.path for one in given}
    works = [work for work in found.works if not paths.isdisjoint(_paths(work))]
    held = {path for work in works for path in _paths(work)}
    others = [one.whole for one in given if one.path not in held]
    if 2 * len(others) > len(given):
        return None
    rest = plain(others)
    return replace(
        found,
        works=tuple(works),
        unknown=tuple(node for work in rest.works for _, node in work.parts),
        passed_over=rest.passed_over,
    )


def _paths(work: Work) -> Iterable[Path]:
    for _, node in work.parts:
        yield node.path
        yield from node.path.parents


def _of_the_same_name(given: Sequence[Given]) -> Recognised | None:
    """Return the works of ``class/*/hw.ipynb``: a student is named where the paths differ."""
    parts = [one.path.parts for one in given]
    if len(given) < 2 or len({path[-1] for path in parts}) != 1 or len(set(map(len, parts))) != 1:
        return None
    differing = [place for place, names in enumerate(zip(*parts, strict=True))
                 if len(set(names)) > 1]  # fmt: skip
    if len({path[differing[0]] for path in parts}) < len(parts):
        return None
    works = []
    for one, path in zip(given, parts, strict=True):
        where = "/".join(path[differing[0] :])
        works.append(nbgrader.work(replace(one.whole, where=where), path[differing[0]]))
    is_nbgrader = any(one.tree and one.tree.has(STAMP) for one in given)
    return Recognised(layout="nbgrader" if is_nbgrader else "", works=tuple(works))
