"""Are the public tests sound?  They must pass on right code, and fail on the template.

All code here is the course's own, so it runs in this process, as in a student's notebook.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from grader.course.assignment import Assignment, public_questions
from grader.course.catalogue import without_magics
from grader.course.hooks import course
from grader.course.testfile import Question, TestCase
from grader.judge.diagnose.replay import run_on


def failures(
    assignment: Assignment, right: Mapping[str, Sequence[str]], template: Sequence[str]
) -> Iterator[tuple[str, str]]:
    """Yield names of checks and findings, for each of *right*, cells by name, and the template.

    Right cells with magics amid other code, which only a notebook understands, are left out.
    """
    root, questions = assignment.course_root, public_questions(assignment)
    for name, cells in right.items():
        if _is_python(cells):
            lost = [place for places in _lost(root, questions, cells).values() for place in places]
            why = f"is right, and fails the public {', '.join(lost)}" if lost else ""
            yield f"public tests on {name}", why
    # A template that earns points has code that is right.
    free = assignment.template_score > 0
    asked = set[str]() if free else {question.name for question in assignment.questions}
    left = _lost(root, [q for q in questions if q.name in asked], template)
    passing = [name for name, lost in left.items() if not lost]
    why = f"passes all public tests of {', '.join(passing)}: they ask for nothing"
    yield "public tests on the template", why if passing else ""


def asked(assignment: Assignment, cells: Sequence[str]) -> list[tuple[str, Mapping[str, Any]]]:
    """Run the public tests on *cells* that note calls in a list ``asked``; return that list."""
    found: list[tuple[str, Mapping[str, Any]]] = []
    notes = TestCase(
        name="asked", points=0.0, hidden=True, function=lambda asked: found.extend(asked),
        parameters=("asked",),
    )  # fmt: skip
    with course(assignment.course_root):
        run_on([*(case for q in public_questions(assignment) for case in q.cases), notes], cells)
    return found


def _lost(root: Path, questions: Sequence[Question], cells: Sequence[str]) -> dict[str, list[str]]:
    """Return the test cases that fail, by question; all run in turn, as in a notebook."""
    lost: dict[str, list[str]] = {question.name: [] for question in questions}
    asked = [(question, case) for question in questions for case in question.cases]
    with course(root):
        runs = run_on([case for _, case in asked], cells)
    for (question, case), (_, failure) in zip(asked, runs, strict=True):
        if failure is not None:
            lost[question.name].append(f"{question.name}/{case.name}")
    return lost


def _is_python(cells: Sequence[str]) -> bool:
    try:
        for cell in cells:
            compile(without_magics(cell), "<cell>", "exec")
    except SyntaxError:
        return False
    return True
