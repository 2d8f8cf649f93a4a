"""The notebooks that show whether an assignment is sound, each graded like a student's.

The solution and each correct variant must pass; the untouched template, each known mistake,
cheats and mutants must fail.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from grader.course.assignment import Assignment
from grader.course.known import all_mistakes, variants
from grader.course.master import definitions
from grader.course.master import read as read_master
from grader.errors import AssignmentError
from grader.model import Handin, Mistake, Variant
from grader.proof.cheats import cheats, hard_wired
from grader.proof.mutants import Changed, mutants
from grader.proof.public_tests import asked
from grader.submission.notebook import bare


@dataclass(slots=True)
class Course:
    """An assignment and the notebooks that verify it, by the names of their submissions."""

    assignment: Assignment
    place: int
    solution: tuple[str, ...]
    template: tuple[str, ...]
    mistakes: tuple[Mistake, ...]
    variants: tuple[Variant, ...]
    cheats: tuple[Changed, ...]
    mutants: tuple[Changed, ...]
    handins: dict[str, Handin] = field(default_factory=dict)

    def name(self, kind: str, name: str = "") -> str:
        """Return the name of a submission."""
        return "-".join(part for part in (self.assignment.name, kind, name) if part)

    def add(self, folder: Path, kind: str, name: str, cells: Sequence[str]) -> None:
        """Write a notebook of ``cells``, to be graded under :meth:`name`."""
        full = self.name(kind, name)
        # By number: a mistake's name may hold characters that no file name can.
        path = folder / f"{self.assignment.name}-{len(self.handins)}.ipynb"
        path.write_bytes(bare(cells))
        self.handins[full] = Handin(name=full, source=path.name, student=full, path=path)


def make_course(assignment: Assignment, place: int, folder: Path, *, mutate: bool) -> Course:
    """Write all notebooks of an assignment into ``folder``, mutants only with ``mutate``.

    Raises AssignmentError where there is no solution, or a file of the course cannot be used.
    """
    if assignment.is_otters:
        raise AssignmentError(
            f"{assignment.name} is Otter's own: it has no solution that could be verified."
        )
    master = read_master(assignment.notebook)
    core, names = definitions(master.solution, assignment.names), assignment.names
    wired = hard_wired(core, names, partial(asked, assignment))
    course = Course(
        assignment=assignment,
        place=place,
        solution=master.solution,
        template=master.template,
        mistakes=all_mistakes(assignment),
        variants=variants(assignment),
        cheats=(*cheats(core, names), *wired),
        mutants=tuple(mutants(core, names) if mutate else ()),
    )
    course.add(folder, "solution", "", master.solution)
    course.add(folder, "template", "", master.template)
    course.add(folder, "core", "", core)
    for cheat in course.cheats:
        course.add(folder, "cheat", cheat.name, [*core, cheat.code])
    for mistake in course.mistakes:
        course.add(folder, "mistake", mistake.name, [*core, mistake.code])
    for variant in course.variants:
        course.add(folder, "variant", variant.name, variant.cells)
    for mutant in course.mutants:
        course.add(folder, "mutant", mutant.name, [*core, mutant.code])
    return course
