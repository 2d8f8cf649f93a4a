"""Reads an assignment's mistakes.py and variants.py, for verification and the diagnosis."""

from __future__ import annotations

import runpy
from typing import Any, TypeVar

from grader.course import catalogue, testfile
from grader.course.assignment import Assignment
from grader.course.hooks import course
from grader.errors import AssignmentError
from grader.model import Mistake, Variant

_Entry = TypeVar("_Entry", Mistake, Variant)


def mistakes(assignment: Assignment) -> tuple[Mistake, ...]:
    """Return the known mistakes that have a hint, which alone are named on pages.

    Raises AssignmentError as :func:`all_mistakes` does.
    """
    return tuple(one for one in all_mistakes(assignment) if one.hint.strip())


def all_mistakes(assignment: Assignment) -> tuple[Mistake, ...]:
    """Return ``MISTAKES`` of mistakes.py, empty if there is no such file.

    Raises AssignmentError if the file cannot be run, two mistakes share a name, or a mistake
    loses what does not exist or cannot be made in the master notebook's solution.
    """
    path = assignment.folder / "mistakes.py"
    found = _catalogue(assignment, path.name, "MISTAKES", Mistake)
    known = {q.name for q in assignment.questions}
    known |= {f"{q.name}/{case.name}" for q in assignment.questions for case in q.cases}
    solution = catalogue.definitions(assignment.notebook, assignment.names) if found else {}
    return tuple(catalogue.complete(path, solution, known, mistake) for mistake in found)


def costly_mistakes(assignment: Assignment) -> dict[str, str]:
    """Return ``COSTLY`` of mistakes.py: why a mistake, by its name, may cost other questions.

    Empty if there is no such variable.  Raises AssignmentError if the file cannot be run.
    """
    return dict(_run(assignment, "mistakes.py").get("COSTLY", {}))


def conventions(assignment: Assignment) -> tuple[catalogue.Convention, ...]:
    """Return ``CONVENTIONS`` of mistakes.py, if any: other ways to do what the text leaves open.

    Raises AssignmentError if the file cannot be run or one of them changes nothing.
    """
    return _ways(assignment, "CONVENTIONS")


def forms(assignment: Assignment) -> tuple[catalogue.Convention, ...]:
    """Return ``FORMS`` of mistakes.py, if any: equivalent formulas in which a mistake may show
    differently.  Each is combined with all conventions.

    Raises AssignmentError as :func:`conventions` does.
    """
    return _ways(assignment, "FORMS")


def _ways(assignment: Assignment, variable: str) -> tuple[catalogue.Convention, ...]:
    found = tuple(_run(assignment, "mistakes.py").get(variable, ()))
    solution = catalogue.definitions(assignment.notebook, assignment.names) if found else {}
    for number, convention in enumerate(found, start=1):
        if not catalogue.written(solution, convention=convention):
            raise AssignmentError(
                f"{assignment.folder / 'mistakes.py'}: number {number} of {variable} changes "
                "nothing in the notebook's solution; correct it."
            )
    return found


def variants(assignment: Assignment) -> tuple[Variant, ...]:
    """Return ``VARIANTS`` of variants.py, if any: correct solutions written differently."""
    return _catalogue(assignment, "variants.py", "VARIANTS", Variant)


def equivalent_mutants(assignment: Assignment) -> dict[str, str]:
    """Return ``EQUIVALENT`` of variants.py: why a mutant of the solution is correct, too.

    By the mutant's name (:mod:`grader.proof.mutants`); empty if there is no such variable.
    Raises AssignmentError if the file cannot be run.
    """
    return dict(_run(assignment, "variants.py").get("EQUIVALENT", {}))


def harmless_cheats(assignment: Assignment) -> dict[str, str]:
    """Return ``CHEATS`` of variants.py: why a cheat is correct, too.

    By the cheat's name (:mod:`grader.proof.cheats`); empty if there is no such variable.
    Raises AssignmentError if the file cannot be run.
    """
    return dict(_run(assignment, "variants.py").get("CHEATS", {}))


def _catalogue(
    assignment: Assignment, file: str, variable: str, kind: type[_Entry]
) -> tuple[_Entry, ...]:
    path = assignment.folder / file
    if not path.is_file():
        return ()
    found = _run(assignment, file).get(variable)
    if found is None:
        raise AssignmentError(f"{path} defines no {variable}; name its entries so.")
    if not isinstance(found, tuple) or not all(isinstance(item, kind) for item in found):
        raise AssignmentError(
            f"{path}: {variable} must be a tuple of grader.model.{kind.__name__}."
        )
    if len({item.name for item in found}) < len(found):
        raise AssignmentError(f"{path}: two entries of {variable} have one name; rename one.")
    return found


def _run(assignment: Assignment, file: str) -> dict[str, Any]:
    """Return the names that a file of the assignment defines; none if there is no such file."""
    path = assignment.folder / file
    if not path.is_file():
        return {}
    try:
        with course(assignment.course_root):
            return runpy.run_path(str(path))
    except Exception as error:
        raise AssignmentError(
            f"{path} cannot be used ({testfile.in_one_line(error)}); correct it."
        ) from error
