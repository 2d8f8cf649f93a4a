"""Are the public tests sound?  They must pass on what is right, and fail before it is written.

All of this is the course's own code, so they run in this process, as a student's notebook would
run them.
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
    """What falls short in each of the *right* cells, by their names, and in the template's.

    Right cells that only a notebook understands (magics amid other code) are left out.
    """
    root, questions = assignment.course_root, public_questions(assignment)
    for name, cells in right.items():
        if _is_python(cells):
            lost = [place for places in _lost(root, questions, cells).values() for place in places]
            why = f"is right, and fails the public {', '.join(lost)}" if lost else ""
            yield f"public tests on {name}", why
    # Where the template earns points, it has code that is right.
    free = assignment.template_score > 0
    asked = set[str]() if free else {question.name for question in assignment.questions}
    left = _lost(root, [q for q in questions if q.name in asked], template)
    passing = [name for name, lost in left.items() if not lost]
    why = f"passes all public tests of {', '.join(passing)}: they ask for nothing"
    yield "public tests on the template", why if passing else ""


def asked(assignment: Assignment, cells: Sequence[str]) -> list[tuple[str, Mapping[str, Any]]]:
    """Run the public tests on *cells* that note in a list ``asked`` what is asked; this list."""
    found: list[tuple[str, Mapping[str, Any]]] = []
    notes = TestCase(
        name="asked", points=0.0, hidden=True, function=lambda asked: found.extend(asked),
        parameters=("asked",),
    )  # fmt: skip
    with course(assignment.course_root):
        run_on([*(case for q in public_questions(assignment) for case in q.cases), notes], cells)
    return found


def _lost(root: Path, questions: Sequence[Question], cells: Sequence[str]) -> dict[str, list[str]]:
    """By question, the test cases that fail: all run in turn, as in a student's notebook."""
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
