"""The solutions of the course, asked as Otter asks: full marks, and no warning."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

from grader.checks import CheckWarning
from grader.course.assignment import load
from grader.course.master import definitions, read

ASSIGNMENTS = Path(__file__).resolve().parent.parent / "assignments"


@pytest.mark.parametrize("name", sorted(p.parent.name for p in ASSIGNMENTS.glob("*/tests")))
def test_a_solution_passes_without_a_warning(name: str) -> None:
    asked = load(ASSIGNMENTS / name)
    names: dict[str, object] = {"__name__": "__main__"}
    for cell in definitions(read(asked.notebook).solution, asked.names):
        exec(cell, names)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # what overflows may
        warnings.simplefilter("error", CheckWarning)
        for question in asked.questions:
            for case in question.cases:
                given = names | {"env": names}
                case.function(**{parameter: given[parameter] for parameter in case.parameters})
