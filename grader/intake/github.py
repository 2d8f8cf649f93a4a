"""GitHub Classroom: one repository per student, ``hw1-submissions/hw1-jdoe``."""

from __future__ import annotations

from grader.model import Person

from .tree import Node
from .work import Asked, Recognised, Work, common_start, part, person_name, recognised

_ABOVE = "-submissions"


def github(root: Node, asked: Asked) -> Recognised | None:
    """Return the repositories in a folder; a login is what follows the assignment's name.

    None where fewer than half of the folders are repositories, unless the folder has the name
    that the command which fetches them gives it.
    """
    names = [node.name for node in root.folders]
    if is_named := root.name.endswith(_ABOVE):
        start = root.name.removesuffix(_ABOVE) + "-"
    else:
        start = common_start(names, "-") if len(names) > 1 else ""
    is_classroom = is_named and all(name.startswith(start) for name in names)
    cloned = [node for node in root.folders if node.has(".git")]
    if not names or not (is_classroom or 2 * len(cloned) > len(names)):
        return None
    if any(node.is_work for node in root.children):
        return None
    works = []
    for node in root.folders:
        login = node.name.removeprefix(start)
        people = (Person(login=person_name(login)),)
        works.append(Work(parts=(part(node),), key=login, people=people))
    return recognised("GitHub Classroom", root, works)
