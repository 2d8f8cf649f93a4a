"""Folders that no learning platform made: each file, and each folder, is one student's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from grader.model import Person
from grader.submission.naming import student_of, without_ending

from .tree import Kind, Node
from .work import Recognised, Work, part, person_name

_RESULTS = "gradebook.sqlite"


def plain(nodes: Iterable[Node]) -> Recognised:
    """Return one work per notebook, script, zip, folder, and per link or the like.

    Where several would name the same student, each is named by its file instead.
    """
    nodes = tuple(nodes)
    works = [alone(node) for node in nodes if _is_wanted(node)]
    count = Counter(work.student for work in works)
    for place, work in enumerate(works):
        if count[work.student] > 1:
            person = Person(name=person_name(without_ending(work.main.name)))
            works[place] = replace(work, people=(person,))
    passed_over = tuple(node for node in nodes if not _is_wanted(node))
    return Recognised(layout="", works=tuple(works), passed_over=passed_over)


def _is_wanted(node: Node) -> bool:
    if node.kind is Kind.FOLDER:
        return not is_results(node)
    return node.is_work or node.kind is Kind.REFUSED


def is_results(folder: Node) -> bool:
    """Return whether ``grader grade`` wrote the folder; not where a notebook lies in it."""
    return (
        folder.has(_RESULTS)
        and any(node.name == "submissions" for node in folder.folders)
        and not any(node.is_notebook for node in folder.children)
    )


def alone(node: Node) -> Work:
    """Return a file or folder by itself, which names the student."""
    name = student_of(node.name, folder=node.kind is Kind.FOLDER)
    # Not by ``where``: of paths given one by one, several may be called hw.ipynb.
    key = f"{node.path}\0{node.member or ''}"
    return Work(parts=(part(node),), key=key, people=(Person(name=name),))
