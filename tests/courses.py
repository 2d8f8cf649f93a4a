"""The course's assignments with their solutions, and submissions made of cells."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from grader.course import assignment
from grader.course.assignment import Assignment
from grader.course.master import definitions, read
from grader.model import Result, Submission

ASSIGNMENTS = Path(__file__).resolve().parent.parent / "assignments"
NAMES = sorted(path.parent.name for path in ASSIGNMENTS.glob("*/assignment.toml"))


@cache
def course(name: str) -> tuple[Assignment, tuple[str, ...]]:
    """An assignment, and the cells of its solution with the definitions that it asks for."""
    asked = assignment.load(ASSIGNMENTS / name)
    return asked, tuple(definitions(read(asked.notebook).solution, asked.names))


def of_cells(*cells: str, name: str = "a") -> Submission:
    """A submission of these code cells."""
    return Submission(name=name, source=name, student=name, digest="0" * 64, cells=cells)


def lost(result: Result) -> set[str]:
    """The test cases that lost points, as QUESTION/TEST CASE."""
    return {f"{c.question}/{c.test_case}" for c in result.cases if c.points < c.max_points}
