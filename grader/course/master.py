"""Reads a master notebook in Otter Assign's format: public tests, solution, template.

Otter's own transformer parses it: raw cells delimit blocks (``# BEGIN QUESTION``,
``# BEGIN SOLUTION``, ``# BEGIN TESTS`` and their ends), the comments ``# BEGIN SOLUTION``
and ``# SOLUTION`` mark what students do not get.  Nothing is executed but the public test
cells, which define one function each; nothing is written beside the notebook.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from grader.course import testfile
from grader.course.testfile import Question
from grader.errors import AssignmentError


@dataclass(frozen=True, slots=True, kw_only=True)
class Master:
    """The parts of a master notebook.

    ``questions`` hold its test cases, the hidden ones included; ``solution`` and
    ``template`` are the sources of the code cells with and without the solutions, without
    the cells in which Otter starts itself and runs tests.  ``unstripped`` are the solution
    cells that students would get whole, because no comment marks their solution.
    """

    questions: tuple[Question, ...]
    solution: tuple[str, ...]
    template: tuple[str, ...]
    unstripped: tuple[str, ...]


#: Replaces Otter's cell factory: makes no cell that would call Otter.
_NO_OTTER_CELLS = SimpleNamespace(
    **{f"create_{kind}_cells": lambda *_: [] for kind in ("init", "check", "check_all", "export")}
)


def read(path: Path) -> Master:
    """Return the parts of the master notebook at ``path``.

    Raises AssignmentError with one sentence if it is missing, is not a notebook, breaks
    Otter Assign's rules, or has tests in Otter's older (doctest) format.
    """
    solutions = testfile.quiet_import("otter.assign.solutions")
    import nbformat  # which Otter brings

    try:
        notebook = nbformat.read(path, as_version=4)
        transformed, manager = _transform(notebook, path)
        template = solutions.strip_solutions_and_output(manager.assignment, transformed)
        questions = _questions(manager, path)
    except AssignmentError:
        raise
    except Exception as error:
        raise AssignmentError(
            f"{path} cannot be read as an Otter Assign master notebook "
            f"({testfile.in_one_line(error)}); correct it."
        ) from error
    if manager.any_tests() and manager.assignment.tests.ok_format:
        raise AssignmentError(
            f"{path} has tests in Otter's doctest format; set tests: {{ok_format: false}} in its "
            "assignment config and write each test as a function."
        )
    unstripped = (
        cell.source
        for cell in transformed.cells
        if cell.cell_type == "code"
        and solutions.SOLUTION_CELL_TAG in cell.metadata.get("tags", [])
        and solutions.replace_solutions(lines := cell.source.split("\n"), "python") == lines
    )
    return Master(
        questions=questions,
        solution=_code(transformed),
        template=_code(template),
        unstripped=tuple(unstripped),
    )


def _transform(notebook: Any, path: Path) -> tuple[Any, Any]:
    """Return Otter's notebook with solutions, and Otter's manager that holds the test cases."""
    assign = testfile.quiet_import("otter.assign.assignment")
    managers = testfile.quiet_import("otter.assign.tests_manager")
    transformers = testfile.quiet_import("otter.assign.notebook_transformer")
    config = assign.Assignment(require_valid_keys=True)
    config.master, config.result, config.lang = path, path.parent, "python"
    manager = managers.AssignmentTestsManager(config)
    transformer = transformers.NotebookTransformer(config, manager)
    transformer.cell_factory = _NO_OTTER_CELLS
    return transformer.transform_notebook(notebook).transformed_nb, manager


def _questions(manager: Any, path: Path) -> tuple[Question, ...]:
    """Return the notebook's test cases, read from the test files that Otter makes of them."""
    if manager.assignment.tests.ok_format:
        return ()
    metadata = testfile.quiet_import("otter.nbmeta_config").NBMetadataConfig()
    manager.assignment.tests.files = False  # into the metadata, not into files
    manager.write_tests(metadata, "")
    return tuple(
        testfile.parse(source, f"{path}, tests of {name}")
        for name, source in metadata.tests.items()
    )


def _code(notebook: Any) -> tuple[str, ...]:
    return tuple(
        cell.source for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()
    )


def definitions(cells: Sequence[str], names: Sequence[str]) -> tuple[str, ...]:
    """Return the cells up to the last one that defines a required name.

    What follows are demos, which take time and earn no points.
    """
    defines = re.compile(rf"^(?:class|def)\s+(?:{'|'.join(names)})\b", re.MULTILINE)
    last = max((i for i, cell in enumerate(cells) if defines.search(cell)), default=len(cells))
    return tuple(cells[: last + 1])
