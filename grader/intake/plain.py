"""What no learning platform made: each file, and each folder, is one student's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from grader.intake.tree import Kind, Node
from grader.intake.work import Recognised, Work, person_name
from grader.model import Person
from grader.submission.naming import student_of, without_ending

RESULTS = "gradebook.sqlite"


def plain(nodes: Iterable[Node]) -> Recognised:
    """A work each of the notebooks, scripts, zips and folders; links and the like, too."""
    nodes = tuple(nodes)
    return Recognised(
        layout="",
        works=tuple(_named(node for node in nodes if is_wanted(node))),
        passed_over=tuple(node for node in nodes if not is_wanted(node)),
    )


def _named(nodes: Iterable[Node]) -> list[Work]:
    """A work each; a name that several would have is none: they are told apart by their files."""
    works = [alone(node) for node in nodes]
    count = Counter(work.student for work in works)
    return [
        replace(work, people=(Person(name=person_name(without_ending(work.main.name))),))
        if count[work.student] > 1
        else work
        for work in works
    ]


def is_wanted(node: Node) -> bool:
    if node.kind is Kind.FOLDER:
        return not is_results(node)
    return node.is_work or node.kind is Kind.REFUSED


def is_results(folder: Node) -> bool:
    """Whether ``grader grade`` wrote the folder; a notebook in it is somebody's work."""
    return (
        folder.has(RESULTS)
        and any(node.name == "submissions" for node in folder.folders)
        and not any(node.is_notebook for node in folder.children)
    )


def alone(node: Node) -> Work:
    """A file or folder by itself, the student named by it."""
    is_folder = node.kind is Kind.FOLDER
    return Work(
        parts=(("" if is_folder else node.name, node),),
        key=node.where,
        people=(Person(name=student_of(node.name, folder=is_folder)),),
    )
