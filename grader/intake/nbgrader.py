"""nbgrader: ``submitted/STUDENT/ASSIGNMENT/NOTEBOOK.ipynb``, with all assignments of a course."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from grader.bounds import ASSIGNMENT_SAMPLE, NAMED_PERSON_CHARACTERS
from grader.model import Handin, Person
from grader.submission.naming import printable, same_key
from grader.submission.reading import read
from grader.submission.uses import defined

from .tree import Kind, Node
from .work import STAMP, Asked, Recognised, Work, part, person_name, stamp_of

SUBMITTED = "submitted"
# What else lies in a course's folder.
_COURSE = ("source", "release", "autograded", "feedback", "gradebook.db", "nbgrader_config.py")


def nbgrader(root: Node, asked: Asked) -> Recognised | None:
    """Return each student's folder of the assignment that is asked for."""
    inner = root.child(SUBMITTED)
    is_course = any(root.has(name) for name in _COURSE)
    folder = inner if inner is not None and inner.kind is Kind.FOLDER else root
    if folder is root and root.name != SUBMITTED and not stamped(root):
        return None
    students = folder.folders
    if not students or not (is_course or _is_nbgraders(students)):
        return None
    chosen, why = _assignment(students, asked)
    if not chosen:
        return None
    works: list[Work] = []
    others: list[Node] = []
    without: list[str] = []
    for student in students:
        node = student.child(chosen) or next(
            (f for f in student.folders if _letters(f.name) == _letters(chosen)), None
        )
        if node is not None and node.kind is Kind.FILE:
            node = None
        others += [child for child in student.children if child is not node]
        if node is None:
            without.append(printable(student.name, limit=NAMED_PERSON_CHARACTERS))
        else:
            works.append(work(node, student.name))
    above = [n for n in root.children if n is not folder] if folder is not root else []
    beside = [node for node in folder.children if node not in students]
    unknown = [node for node in beside if node.is_work or node.kind is Kind.REFUSED]
    return Recognised(
        layout=f"nbgrader, assignment {printable(chosen, limit=NAMED_PERSON_CHARACTERS)}{why}",
        works=tuple(works),
        passed_over=(*(node for node in beside if node not in unknown), *others, *above),
        unknown=tuple(unknown),
        notes=(f"{', '.join(without)} handed in no {printable(chosen)}.",) if without else (),
    )


def work(node: Node, student: str) -> Work:
    """Return the work in a student's folder of an assignment, or in a file of it."""
    # "2026-01-02 03:04:05 UTC"
    match = re.match(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)\S*\s*(UTC|Z)?", stamp_of(node))
    return Work(
        parts=(part(node),),
        key=student,
        people=(Person(login=person_name(student)),),
        name=student,
        submitted=f"{match[1]}T{match[2]}{'+00:00' * bool(match[3])}" if match else "",
    )


def stamped(folder: Node) -> bool:
    """Return whether most folders two levels below hold times, as nbgrader writes them."""
    held = [inner for student in folder.folders for inner in student.folders]
    return bool(held) and 2 * sum(inner.has(STAMP) for inner in held) >= len(held)


def _is_nbgraders(students: Sequence[Node]) -> bool:
    """Return whether the folders in the students' are assignments, not parts of one work."""
    if any(inner.has(STAMP) for student in students for inner in student.folders):
        return True
    if any(child.is_work for student in students for child in student.children):
        return False
    holding = [
        [f.name for f in student.folders if any(n.is_notebook for n in f.children)]
        for student in students
    ]
    ((_, most),) = Counter(name for names in holding for name in names).most_common(1) or [("", 0)]
    # Most students have the same folders, which are no parts of one work: src has no notebook.
    return 2 * most > len(students) > 1 and (
        any(len(names) > 1 for names in holding)
        or all(len(student.folders) == 1 for student in students)
    )


def _assignment(students: Iterable[Node], asked: Asked) -> tuple[str, str]:
    """Return the name of the assignment's folder, empty where unknown, and how it was told.

    It is told by the name, or by what the notebooks in it define.
    """
    folders: dict[str, list[Node]] = {}
    for inner in (inner for student in students for inner in student.folders):
        folders.setdefault(inner.name, []).append(inner)
    if len(folders) == 1:
        return next(iter(folders)), ""
    for name in folders:
        if asked.assignment and _letters(name) == _letters(asked.assignment):
            return name, ""
    # By its best student: another may not have begun.
    count = {
        name: max(_defined(inner, asked.names) for inner in held[:ASSIGNMENT_SAMPLE])
        for name, held in folders.items()
    }
    best = max(folders, key=lambda name: (count[name], len(folders[name])), default="")
    return (best, ", which defines what is asked") if count.get(best) else ("", "")


def _letters(name: str) -> str:
    return re.sub(r"[\W_]+", "", same_key(name))


def _defined(folder: Node, names: tuple[str, ...]) -> int:
    handin = Handin(
        name="_", source=folder.name, student="_", path=folder.path, member=folder.member
    )
    return len(defined("\n".join(read(handin, names=names).cells), names)) if names else 0
