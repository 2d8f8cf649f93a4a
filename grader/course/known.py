"""What a course knows of an assignment besides its tests: its mistakes.py and variants.py.

Verification needs it, and whoever is to name the mistake behind a wrong answer.
"""

from __future__ import annotations

import runpy
from typing import Any, TypeVar

from grader.course import catalogue, testfile
from grader.course.assignment import Assignment, course
from grader.errors import AssignmentError
from grader.model import Mistake, Variant

_Entry = TypeVar("_Entry", Mistake, Variant)


def mistakes(assignment: Assignment) -> tuple[Mistake, ...]:
    """The known mistakes that have a hint: none other is told to anybody.  Raises as below."""
    return tuple(one for one in all_mistakes(assignment) if one.hint.strip())


def all_mistakes(assignment: Assignment) -> tuple[Mistake, ...]:
    """All known mistakes: ``MISTAKES`` of mistakes.py, or none where there is no such file.

    Raises AssignmentError where the file cannot be run, a name comes twice, or a mistake
    claims to lose what does not exist, or cannot be made in the master notebook's solution.
    """
    path = assignment.folder / "mistakes.py"
    found = _catalogue(assignment, path.name, "MISTAKES", Mistake)
    known = {q.name for q in assignment.questions}
    known |= {f"{q.name}/{case.name}" for q in assignment.questions for case in q.cases}
    solution = catalogue.definitions(assignment.notebook, assignment.names) if found else {}
    return tuple(catalogue.complete(path, solution, known, mistake) for mistake in found)


def costly_mistakes(assignment: Assignment) -> dict[str, str]:
    """Mistakes that may cost more than the question they are made in, and why: ``COSTLY`` of
    mistakes.py, by their names; empty where there is no such variable.

    Raises AssignmentError where the file cannot be run.
    """
    return dict(_run(assignment, "mistakes.py").get("COSTLY", {}))


def conventions(assignment: Assignment) -> tuple[catalogue.Convention, ...]:
    """Other ways to write what the text leaves free: ``CONVENTIONS`` of mistakes.py, or none.

    Raises AssignmentError where the file cannot be run, or one of them changes nothing.
    """
    return _ways(assignment, "CONVENTIONS")


def forms(assignment: Assignment) -> tuple[catalogue.Convention, ...]:
    """Other formulas for the same, in which a mistake may give something else: ``FORMS`` of
    mistakes.py, or none.  Each is combined with all conventions.

    Raises AssignmentError as above.
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
    """The correct solutions written otherwise: ``VARIANTS`` of variants.py, or none."""
    return _catalogue(assignment, "variants.py", "VARIANTS", Variant)


def equivalent_mutants(assignment: Assignment) -> dict[str, str]:
    """Mutants of the solution that are right, too, and why: ``EQUIVALENT`` of variants.py.

    By the names that :mod:`grader.proof.mutants` gives them; empty where there is no such variable.
    Raises AssignmentError where the file cannot be run.
    """
    return dict(_run(assignment, "variants.py").get("EQUIVALENT", {}))


def harmless_cheats(assignment: Assignment) -> dict[str, str]:
    """Cheats on the solution that are right, too, and why: ``CHEATS`` of variants.py.

    By the names that :mod:`grader.proof.cheats` gives them; empty where there is no such variable.
    Raises AssignmentError where the file cannot be run.
    """
    return dict(_run(assignment, "variants.py").get("CHEATS", {}))


def _catalogue(
    assignment: Assignment, file: str, variable: str, kind: type[_Entry]
) -> tuple[_Entry, ...]:
    path = assignment.folder / file
    if not path.is_file():
        return ()
    names = _run(assignment, file)
    if variable not in names:
        raise AssignmentError(f"{path} defines no {variable}; name its entries so.")
    found = names[variable]
    if not isinstance(found, tuple) or not all(isinstance(item, kind) for item in found):
        raise AssignmentError(
            f"{path}: {variable} must be a tuple of grader.model.{kind.__name__}."
        )
    if len({item.name for item in found}) < len(found):
        raise AssignmentError(f"{path}: two entries of {variable} have one name; rename one.")
    return found


def _run(assignment: Assignment, file: str) -> dict[str, Any]:
    """The names that a file beside the tests defines; none where there is no such file."""
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
