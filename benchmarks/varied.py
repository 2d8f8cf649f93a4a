"""Makes a class of notebooks, no two alike, half of them right and half wrong.

The right ones are, in turn, the master notebook's solution, its rewrites in the styles of
``grader.proof.rewrites``, and the assignment's correct variants.  The wrong ones are the solution
with one known mistake, spread evenly over the catalogue.  Each notebook has three plots, and
something of its own in every cell, so no two notebooks share a cell.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

Cells = tuple[str, ...]
_Item = TypeVar("_Item")

PLOTS = 3
PLOT = """\
import matplotlib.pyplot as plt
import numpy as np

plt.figure(figsize=(6, 4))
x = np.linspace(0, 10, 500)
plt.plot(x, np.sin(x + {shift}), label="curve {number} of {student}")
plt.xlabel("epoch")
plt.ylabel("loss")
plt.legend()
plt.show()"""
# Takes the same time under every grader; the comparison is about what they add.
COMPUTES_A_SECOND = """\
import time

until = time.process_time() + 1
while time.process_time() < until:
    sum(n * n for n in range(1000))"""


def write(asked: Any, folder: Path, count: int, *, computing: int = 0) -> list[Path]:
    """Write ``count`` notebooks for an assignment, each with ``computing`` seconds of computing.

    Return their paths in the order of their names: right, wrong, right and so on.
    """
    from grader.submission.notebook import bare

    folder.mkdir(parents=True)
    halves = spread(right(asked), (count + 1) // 2), spread(wrong(asked), count // 2)
    paths = []
    for student in range(count):
        cells = owned(halves[student % 2][student // 2], student, computing)
        paths.append(folder / f"student{student:06}.ipynb")
        paths[-1].write_bytes(bare(cells))
    return paths


def owned(cells: Cells, student: int, computing: int) -> Cells:
    """Return this student's cells, followed by computing and plots."""
    own = [f"student = {student}", *(f"{cell.rstrip()}\n# student {student}" for cell in cells)]
    own += [f"{COMPUTES_A_SECOND}\n# student {student}"] * computing
    own += [PLOT.format(shift=student + n / PLOTS, number=n, student=student) for n in range(PLOTS)]
    return tuple(own)


def right(asked: Any) -> list[Cells]:
    """Return the cells of correct solutions, each written differently."""
    from grader.course import known
    from grader.proof.rewrites import STYLES

    core, defined = solution(asked)
    found = [core]
    for rewrite in STYLES.values():
        found.append(replaced(core, defined, {n: rewrite(text) for n, text in defined.items()}))
    return [*found, *(variant.cells for variant in known.variants(asked))]


def wrong(asked: Any) -> list[Cells]:
    """Return the cells of the solution with each known mistake."""
    from grader.course import catalogue, known

    core, defined = solution(asked)
    made = (catalogue.made(defined, mistake) for mistake in known.mistakes(asked))
    return [replaced(core, defined, changed) for changed in made]


def solution(asked: Any) -> tuple[Cells, dict[str, str]]:
    """Return the solution's cells up to the last definition, and the definitions by name."""
    from grader.course import catalogue, master

    core = master.definitions(master.read(asked.notebook).solution, asked.names)
    return core, catalogue.defined_in(core, asked.names)


def replaced(cells: Cells, old: Mapping[str, str], new: Mapping[str, str]) -> Cells:
    """Return the cells with each old definition replaced by the new one of the same name."""
    for name, text in old.items():
        cells = tuple(cell.replace(text, new[name]) for cell in cells)
    return cells


def spread(items: Sequence[_Item], count: int) -> list[_Item]:
    """Return ``count`` items: evenly chosen if there are more, else repeated in turn."""
    if count >= len(items):
        return [items[place % len(items)] for place in range(count)]
    return [items[place * len(items) // count] for place in range(count)]
