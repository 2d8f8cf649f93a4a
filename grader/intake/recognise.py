"""Which layout a tree has, also where folders are wrapped around it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from grader.bounds import CLASS_SAMPLE, MAX_SAMPLE_BYTES, MAX_WRAPPERS, WORK_DEPTH
from grader.submission.bundle import read_code
from grader.submission.content import UnusableError
from grader.submission.naming import (
    ARCHIVE_ENDING,
    SCRIPT_ENDING,
    ending_of,
    same_key,
    without_ending,
)
from grader.submission.uses import Uses, defined

from .blackboard import blackboard
from .brightspace import brightspace
from .canvas import canvas
from .github import github
from .google import google
from .gradescope import gradescope
from .moodle import moodle
from .nbgrader import nbgrader
from .plain import is_results, plain
from .sakai import sakai
from .telling import listed
from .tree import Kind, Node
from .work import Asked, Recognised

# In the order in which they are tried: the least doubtful come first.
_LAYOUTS: tuple[Callable[[Node, Asked], Recognised | None], ...] = (
    gradescope,
    moodle,
    blackboard,
    brightspace,
    canvas,
    sakai,  # before nbgrader, whose folders hold times, too
    nbgrader,
    github,
    google,
)
# Folders within one student's work, not students.
_PART_OF_WORK = re.compile(
    r"(?:src|source|code|lib|libs|utils?|models?|scripts?|notebooks?|data|datasets?|docs?"
    r"|reports?|figures?|figs?|images?|img|pictures?|plots?|assets|outputs?|results?|tests?"
    r"|checkpoints|logs|old|backup|solutions?|homework|assignment|submission)"
    r"|(?:problem|task|exercise|question|ex|q|part|lab|week|hw|ps|homework|assignment)[-_ ]?\d+",
    re.I,
)


def recognise(root: Node, asked: Asked) -> Recognised:
    """Return what is in a tree, by the first layout that fits, else by file and folder."""
    if is_results(root):
        return plain([root])
    chain = list(levels(root))
    results = [[node for node in level.folders if is_results(node)] for level in chain]
    pruned = [level.without(left_out) for level, left_out in zip(chain, results, strict=True)]
    for layout in _LAYOUTS:
        for depth, level in enumerate(pruned):
            found = layout(level, asked)
            if found is not None:
                return _with(found, _around(chain[: depth + 1]) + results[depth])
    depth = next((d for d, level in enumerate(chain) if d and _is_class(level, asked)), 0)
    found = plain(pruned[depth].children)
    classes = [node for node in pruned[depth].folders if _holds_students(node)]
    if classes:
        names = listed([node.where for node in classes])
        note = (
            f"{names} {'hold' if len(classes) > 1 else 'holds'} several folders with notebooks, "
            "graded as one student's; if each is a student's, name that folder as the PATH."
        )
        found = replace(found, notes=(note,))
    return _with(found, _around(chain[: depth + 1]) + results[depth])


def known(root: Node, asked: Asked) -> Recognised | None:
    """Return what is in a tree that has a layout; None for any other."""
    found = recognise(root, asked)
    return found if found.layout else None


def levels(root: Node) -> Iterator[Node]:
    """Yield ``root``, its only folder if no work lies beside that, and so on."""
    level = root
    yield level
    for _ in range(MAX_WRAPPERS):
        folders = [folder for folder in level.folders if not is_results(folder)]
        if len(folders) != 1 or any(node.is_work for node in level.children):
            return
        level = folders[0]
        yield level


def _around(chain: Sequence[Node]) -> list[Node]:
    """Return what lies beside the wrappers."""
    return [
        node for outer, inner in pairwise(chain) for node in outer.children if node is not inner
    ]


def _with(found: Recognised, around: list[Node]) -> Recognised:
    refused = tuple(node for node in around if node.kind is Kind.REFUSED)
    return replace(
        found,
        unknown=(*found.unknown, *refused),
        passed_over=(*found.passed_over, *(node for node in around if node not in refused)),
    )


def _holds_students(folder: Node) -> bool:
    """Return whether a folder that is graded as one student's may be a class."""
    holding = [inner for inner in folder.folders if any(node.is_notebook for node in inner.files)]
    return len(holding) > 1 and not any(_PART_OF_WORK.fullmatch(inner.name) for inner in holding)


def _is_class(folder: Node, asked: Asked) -> bool:
    """Return whether a folder that lies alone holds a class, rather than one student's work."""
    if any(node.is_work for node in folder.children):
        return _is_class_of_files(folder, asked)
    students = folder.folders
    return (
        len(students) > 1
        and not any(_PART_OF_WORK.fullmatch(student.name) for student in students)
        and any(node.is_work for student in students for node in student.below(WORK_DEPTH))
    )


def _is_class_of_files(folder: Node, asked: Asked) -> bool:
    zips = [node for node in folder.files if ending_of(node.name) == ARCHIVE_ENDING]
    works = [node for node in folder.files if node.is_notebook]
    if len(zips) > 1:
        return True
    if not asked.names:
        # Nothing tells them apart; in a zip, a folder around notebooks comes from zipping.
        return len(zips) + len(works) > 1 and folder.member is not None
    works = works or [node for node in folder.files if ending_of(node.name) == SCRIPT_ENDING]
    stems = [same_key(without_ending(node.name)) for node in works]
    if len(stems) < 2 or all(stem.startswith(min(stems, key=len)) for stem in stems):
        return False  # hw.ipynb, hw (1).ipynb: one student's
    codes = {}
    for node in works[:CLASS_SAMPLE]:
        try:
            codes[node.name] = read_code(node.name, node.data(MAX_SAMPLE_BYTES))
        except UnusableError:
            continue
    own = [defined("\n".join(code.cells), asked.names) for code in codes.values()]
    if not any(one & other for place, one in enumerate(own) for other in own[:place]):
        return False
    uses = Uses(asked.names, codes=codes, files=dict.fromkeys(codes, b""))
    return all(uses.rank(name).is_unused for name in codes)
