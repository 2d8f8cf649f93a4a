"""GitHub Classroom: a repository a student, ``hw1-submissions/hw1-jdoe``."""

from __future__ import annotations

import re
from itertools import takewhile

from grader.intake.tree import Node
from grader.intake.work import Asked, Recognised, Work, person_name, recognised
from grader.model import Person

_ABOVE = "-submissions"


def github(root: Node, asked: Asked) -> Recognised | None:
    """The repositories in a folder; a login is what follows the assignment's name.

    None where fewer than half of the folders are repositories, unless the folder is called
    as the command that fetches them calls it.
    """
    start = _start(root)
    named = [node for node in root.folders if start and node.name.startswith(start)]
    cloned = [node for node in root.folders if node.has(".git")]
    is_classroom = root.name.endswith(_ABOVE) and len(named) == len(root.folders)
    if not root.folders or not (is_classroom or 2 * len(cloned) > len(root.folders)):
        return None
    if any(node.is_work for node in root.children):
        return None
    works = []
    for node in root.folders:
        login = node.name[len(start) :] if node in named else node.name
        people = (Person(login=person_name(login)),)
        works.append(Work(parts=(("", node),), key=login, people=people))
    others = [node for node in root.children if node not in root.folders]
    return recognised("GitHub Classroom", works, others=others)


def _start(root: Node) -> str:
    """``hw1-``: from the folder above, or what all repositories' names begin with."""
    if root.name.endswith(_ABOVE):
        return re.sub(r"-submissions$", "-", root.name)
    names = [node.name for node in root.folders]
    if len(names) < 2:
        return ""
    # The least and the greatest differ as soon as any two do.
    pairs = zip(min(names), max(names), strict=False)
    common = "".join(one for one, _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    return common[: common.rfind("-") + 1]
