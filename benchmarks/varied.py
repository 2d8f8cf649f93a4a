"""Makes the notebooks of a class in which no two are alike: half of them right, half wrong.

The right ones are the master notebook's solution, the same in each style of
``grader.proof.rewrites``, and the assignment's correct variants, in turn.  The wrong ones are the
solution with one of the known mistakes made in it, spread evenly over the catalogue.  Each has
three plots, and something of its own in every cell: neither a notebook nor a cell that
defines anything comes twice.
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
# As long by any grader: what is compared is what they add to it.
COMPUTES_A_SECOND = """\
import time

until = time.process_time() + 1
while time.process_time() < until:
    sum(n * n for n in range(1000))"""


def write(asked: Any, folder: Path, count: int, *, computing: int = 0) -> list[Path]:
    """Write ``count`` notebooks for an assignment, with so many seconds of computing in each.

    Returns their paths in the order of their names: right, wrong, right and so on.
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
    """The cells as this student has them, and what the student does with them."""
    own = [f"student = {student}", *(f"{cell.rstrip()}\n# student {student}" for cell in cells)]
    own += [f"{COMPUTES_A_SECOND}\n# student {student}"] * computing
    own += [PLOT.format(shift=student + n / PLOTS, number=n, student=student) for n in range(PLOTS)]
    return tuple(own)


def right(asked: Any) -> list[Cells]:
    """The cells of correct work, each written otherwise."""
    from grader.course import known
    from grader.proof.rewrites import STYLES

    core, defined = solution(asked)
    found = [core]
    for rewrite in STYLES.values():
        found.append(replaced(core, defined, {n: rewrite(text) for n, text in defined.items()}))
    return [*found, *(variant.cells for variant in known.variants(asked))]


def wrong(asked: Any) -> list[Cells]:
    """The cells of the solution with each of the known mistakes made in it."""
    from grader.course import catalogue, known

    core, defined = solution(asked)
    made = (catalogue.made(defined, mistake) for mistake in known.mistakes(asked))
    return [replaced(core, defined, changed) for changed in made]


def solution(asked: Any) -> tuple[Cells, dict[str, str]]:
    """The cells of the solution up to the last definition, and what they define, by name."""
    from grader.course import catalogue, master

    core = master.definitions(master.read(asked.notebook).solution, asked.names)
    return core, catalogue.defined_in(core, asked.names)


def replaced(cells: Cells, old: Mapping[str, str], new: Mapping[str, str]) -> Cells:
    """The cells with the source of each definition replaced by that of the same name."""
    for name, text in old.items():
        cells = tuple(cell.replace(text, new[name]) for cell in cells)
    return cells


def spread(items: Sequence[_Item], count: int) -> list[_Item]:
    """So many of the items, in order: evenly chosen where there are more, else again in turn."""
    if count >= len(items):
        return [items[place % len(items)] for place in range(count)]
    return [items[place * len(items) // count] for place in range(count)]
