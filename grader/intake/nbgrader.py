"""nbgrader: ``submitted/STUDENT/ASSIGNMENT/NOTEBOOK.ipynb``, all assignments of a course."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from grader.bounds import ASSIGNMENT_SAMPLE, NAMED_PERSON_CHARACTERS, STAMP_BYTES
from grader.intake.tree import Kind, Node
from grader.intake.work import Asked, Recognised, Work, person_name, recognised
from grader.model import Handin, Person
from grader.submission.content import UnusableError
from grader.submission.naming import printable, same_key
from grader.submission.reading import read
from grader.submission.uses import defined

SUBMITTED = "submitted"
_STAMP = "timestamp.txt"
# What else lies in a course's folder.
_COURSE = ("source", "release", "autograded", "feedback", "gradebook.db", "nbgrader_config.py")


def nbgrader(root: Node, asked: Asked) -> Recognised | None:
    """Each student's folder of the assignment that is asked for."""
    inner = root.child(SUBMITTED)
    is_course = any(root.has(name) for name in _COURSE)
    folder = inner if inner is not None and inner.kind is Kind.FOLDER else root
    if folder is root and root.name != SUBMITTED and not stamped(root):
        return None
    students = folder.folders
    if not students or not (is_course or _is_nbgraders(students)):
        return None
    chosen, why = assignment(students, asked)
    if not chosen:
        return None
    works: list[Work] = []
    others: list[Node] = []
    without: list[str] = []
    for student in students:
        node = student.child(chosen) or next(
            (f for f in student.folders if _letters(f.name) == _letters(chosen)), None
        )
        others += [child for child in student.children if child is not node]
        if node is None or node.kind is not Kind.FOLDER:
            without.append(printable(student.name, limit=NAMED_PERSON_CHARACTERS))
        else:
            works.append(work(node, student.name))
    above = [n for n in root.children if n is not folder] if folder is not root else []
    notes = [f"{', '.join(without)} handed in no {printable(chosen)}."] if without else []
    return recognised(
        f"nbgrader, assignment {printable(chosen, limit=NAMED_PERSON_CHARACTERS)}{why}",
        works,
        passed_over=[*(n for n in folder.children if n not in students), *others, *above],
        notes=notes,
    )


def work(node: Node, student: str) -> Work:
    """The work in a student's folder of an assignment, or in a file of it."""
    person = Person(login=person_name(student))
    inner = "" if node.kind is Kind.FOLDER else node.name
    return Work(
        parts=((inner, node),),
        key=student,
        people=(person,),
        name=student,
        submitted=_stamp(node),
    )


def stamped(folder: Node) -> bool:
    """Whether the folders in the folders of ``folder`` hold times, as nbgrader writes them."""
    held = [inner for student in folder.folders for inner in student.folders]
    return bool(held) and 2 * sum(inner.has(_STAMP) for inner in held) >= len(held)


def has_stamp(folder: Node) -> bool:
    return folder.has(_STAMP)


def _is_nbgraders(students: Sequence[Node]) -> bool:
    """Whether the folders in the students' are assignments, not parts of one work."""
    if any(inner.has(_STAMP) for student in students for inner in student.folders):
        return True
    if any(child.is_work for student in students for child in student.children):
        return False
    holding = [[f.name for f in student.folders if _has_notebook(f)] for student in students]
    ((_, most),) = Counter(name for names in holding for name in names).most_common(1) or [("", 0)]
    # The same folders for most, and not of one work: src would hold no notebook.
    return 2 * most > len(students) > 1 and (
        any(len(names) > 1 for names in holding)
        or all(len(student.folders) == 1 for student in students)
    )


def _has_notebook(folder: Node) -> bool:
    return any(node.is_notebook for node in folder.children)


def assignment(students: Iterable[Node], asked: Asked) -> tuple[str, str]:
    """The assignment's folder, by its name or by what is defined in it, and how it is known.

    The name is empty where nothing tells.
    """
    folders: dict[str, list[Node]] = {}
    for student in students:
        for inner in student.folders:
            folders.setdefault(inner.name, []).append(inner)
    if len(folders) == 1:
        return next(iter(folders)), ""
    for name in folders:
        if asked.assignment and _letters(name) == _letters(asked.assignment):
            return name, ""
    count: Counter[str] = Counter()
    for name, held in folders.items():
        # By its best student: another may not have begun.
        count[name] = max(_defined(inner, asked.names) for inner in held[:ASSIGNMENT_SAMPLE])
    best = max(folders, key=lambda name: (count[name], len(folders[name])), default="")
    return (best, ", which defines what is asked") if count[best] else ("", "")


def _letters(name: str) -> str:
    return re.sub(r"[\W_]+", "", same_key(name))


def _defined(folder: Node, names: tuple[str, ...]) -> int:
    handin = Handin(
        name="_", source=folder.name, student="_", path=folder.path, member=folder.member
    )
    return len(defined("\n".join(read(handin, names=names).cells), names)) if names else 0


def _stamp(folder: Node) -> str:
    """The time in timestamp.txt, ``2026-01-02 03:04:05 UTC``, in ISO 8601; empty without one."""
    stamp = folder.child(_STAMP)
    try:
        text = stamp.data(STAMP_BYTES).decode("latin-1") if stamp is not None else ""
    except UnusableError:
        return ""
    match = re.match(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)\S*\s*(UTC|Z)?", text)
    return f"{match[1]}T{match[2]}{'+00:00' * bool(match[3])}" if match else ""
