"""Are the public tests sound?  They must pass on what is right, and fail before it is written.

All of this is the course's own code, so they run in this process, as a student's notebook would
run them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from grader.assignment import Assignment, public_questions
from grader.catalogue import without_magics
from grader.diagnose.replay import run_on
from grader.testfile import Question, TestCase


def failures(
    assignment: Assignment, right: Mapping[str, Sequence[str]], template: Sequence[str]
) -> Iterator[tuple[str, str]]:
    """What falls short in each of the *right* cells, by their names, and in the template's.

    Right cells that only a notebook understands (magics amid other code) are left out.
    """
    questions = public_questions(assignment)
    for name, cells in right.items():
        if _is_python(cells):
            lost = [place for question in questions for place in _lost(question, cells)]
            why = f"is right, and fails the public {', '.join(lost)}" if lost else ""
            yield f"public tests on {name}", why
    # Where the template earns points, it has code that is right.
    free = assignment.template_score > 0
    asked = set[str]() if free else {question.name for question in assignment.questions}
    passing = [q.name for q in questions if q.name in asked and not any(_lost(q, template))]
    why = f"passes all public tests of {', '.join(passing)}: they ask for nothing"
    yield "public tests on the template", why if passing else ""


def asked(assignment: Assignment, cells: Sequence[str]) -> list[tuple[str, Mapping[str, Any]]]:
    """Run the public tests on *cells* that note in a list ``asked`` what is asked; this list."""
    found: list[tuple[str, Mapping[str, Any]]] = []
    notes = TestCase(
        name="asked", points=0.0, hidden=True, function=lambda asked: found.extend(asked),
        parameters=("asked",),
    )  # fmt: skip
    for question in public_questions(assignment):
        run_on([*question.cases, notes], cells)
    return found


def _lost(question: Question, cells: Sequence[str]) -> list[str]:
    runs = run_on(question.cases, cells)
    return [
        f"{question.name}/{case.name}"
        for case, (_, failure) in zip(question.cases, runs, strict=True)
        if failure is not None
    ]


def _is_python(cells: Sequence[str]) -> bool:
    try:
        for cell in cells:
            compile(without_magics(cell), "<cell>", "exec")
    except SyntaxError:
        return False
    return True
