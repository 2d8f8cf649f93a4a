"""Students of the course, graded in this process: only what is said of them is looked at."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

from grader.course import assignment
from grader.course.assignment import Assignment
from grader.judge.diagnose import Attempt, Diagnoser
from grader.judge.diagnose.replay import LocalRemote, Solution, run_case
from grader.model import CaseResult, Outcome
from grader.sandbox.outside.proxy import Environment

ROOT = Path(__file__).parents[2]


@cache
def course(name: str) -> tuple[Assignment, Diagnoser, Solution]:
    """An assignment, and what names the mistakes in it."""
    loaded = assignment.load(ROOT / "assignments" / name)
    return loaded, Diagnoser(loaded), Solution(loaded.notebook, loaded.names)


def attempts(name: str, *codes: str) -> list[Attempt]:
    """All test cases, run on the solution with a student's code after it."""
    loaded, _, solution = course(name)
    namespace: dict[str, object] = {"__name__": "__main__"}
    for code in solution.program([ast.parse(f"import numpy as np\n{code}") for code in codes]):
        exec(code, namespace)
    environment = Environment(LocalRemote(namespace), [n for n in namespace if n[0] != "_"])
    done = []
    for question in loaded.questions:
        for case in question.cases:
            trace, _ = run_case(case, environment, namespace)
            outcome = Outcome.FAILED if trace.ending else Outcome.PASSED
            result = CaseResult(
                question=question.name,
                test_case=case.name,
                hidden=True,
                outcome=outcome,
                points=0.0,
                max_points=case.points,
            )
            done.append(Attempt(case, trace, result))
    return done


def told(name: str, *codes: str) -> list[CaseResult]:
    """What the student is told of the test cases that failed."""
    results = course(name)[1].explain(attempts(name, *codes))
    return [result for result in results if result.outcome is not Outcome.PASSED]


def numbers(name: str, *codes: str) -> set[int]:
    """The numbers of the mistakes that are named; at least one test case must have failed."""
    results = told(name, *codes)
    assert results, "nothing failed"
    return {result.mistake for result in results if result.mistake is not None}
