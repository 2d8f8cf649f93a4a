"""A notebook without its course: the public tests that it carries.

Otter Assign puts them into the student notebook's metadata, or into a folder ``tests`` beside
it.  They are untrusted code (:mod:`grader.course.untrusted`).
"""

from __future__ import annotations

import ast
import hashlib
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from grader.bounds import MAX_BESIDE_BYTES
from grader.course import doctests, testfile, untrusted
from grader.course.assignment import Assignment
from grader.course.testfile import CHECK, Question
from grader.errors import AssignmentError, UsageError
from grader.model import Limits

_IMPORT: Final = re.compile(r"^[ \t]*(?:from|import)[ \t]+([A-Za-z_]\w*)", re.MULTILINE)
_TEXT: Final = re.compile(r"""["']([^"'\n]{1,200})["']""")
_NOWHERE: Final = Path(os.devnull)  # holds no mistakes.py or figures.py, which would be executed


def load(path: Path) -> Assignment:
    """Return the tests that the notebook at ``path`` carries, as an assignment.

    The files beside it that it names or imports are beside it in the worker, too.
    Raises UsageError if it carries no test, and AssignmentError if one cannot be read.
    """
    cells, metadata = _parts(path)
    code = "\n".join(source for source, _ in cells)
    asked = CHECK.findall(code)
    tests = dict(_carried(metadata) or _beside_it(path, asked))
    if not tests:
        raise UsageError(
            f"{path} carries no tests, and no course here says what it belongs to; give "
            "--assignment NAME_OR_DIR, or check the notebook as it was handed out."
        )
    limits = Limits()
    found = [_question(path, name, test, limits.call_seconds) for name, test in tests.items()]
    questions = testfile.in_order(found, asked)
    # If Otter ignores a cell with a check, it tests what is defined last, and so do we.
    in_place = {name for source, is_run in cells if is_run for name in CHECK.findall(source)}
    return Assignment(
        name=path.stem,
        title=path.stem,
        folder=_NOWHERE,
        course_root=path.resolve().parent,
        limits=limits,
        names=doctests.names_asked(questions),
        questions=questions,
        digest=hashlib.sha256(repr(tests).encode()).hexdigest(),
        files=tuple(_files(path, code)),
        in_place=frozenset(in_place & tests.keys()),
        is_otters=True,
    )


def _parts(path: Path) -> tuple[list[tuple[str, bool]], dict[str, Any]]:
    """Return the code cells, each with whether Otter runs it, and the metadata.

    A script is one cell.
    """
    text = path.read_text("utf-8-sig", errors="replace")
    try:
        document = json.loads(text)
        code = [cell for cell in document["cells"] if cell["cell_type"] == "code"]
        cells = [
            (
                "".join(cell["source"]),
                "otter_ignore" not in cell.get("metadata", {}).get("tags", []),
            )
            for cell in code
        ]
        return cells, dict(document["metadata"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return [(text, True)], {}


def _carried(metadata: dict[str, Any]) -> dict[str, Any]:
    """Return the tests in a notebook's metadata, by question."""
    otters = metadata.get("otter")
    tests = otters.get("tests") if isinstance(otters, dict) else None
    return tests if isinstance(tests, dict) else {}


def _beside_it(path: Path, asked: list[str]) -> Iterator[tuple[str, str]]:
    """Yield the names and texts of test files beside a notebook: those it asks for, if any."""
    for file in sorted((path.resolve().parent / "tests").glob("*.py")):
        if not asked or file.stem in asked:
            text = file.read_text("utf-8", errors="replace")
            if testfile.is_test_file(text):
                yield file.stem, text


def _question(path: Path, name: str, test: Any, seconds: float) -> Question:
    where = f"{path}, test {name}"
    try:
        if isinstance(test, str) and testfile.is_ok_format(test):
            test = _literal(test)
        if isinstance(test, dict):
            return doctests.of_spec(_public(test), where, seconds=seconds)
        return untrusted.parse(test, where, seconds=seconds)
    except AssignmentError:
        raise
    except Exception as error:
        raise AssignmentError(
            f"{where}: it cannot be read ({testfile.in_one_line(error)}); take the notebook, or "
            "its tests, as they were handed out."
        ) from error


def _literal(source: str) -> Any:
    """Return what a test file in OK format assigns to ``test``, without executing it."""
    for node in ast.parse(source).body:
        match node:
            case ast.Assign(targets=[ast.Name(id="test")], value=value):
                return ast.literal_eval(value)
    raise ValueError("it defines no test")


def _public(spec: dict[str, Any]) -> dict[str, Any]:
    """Return the dictionary with no case hidden: whoever has the notebook can read them all."""
    suites = [
        suite | {"cases": [case | {"hidden": False} for case in suite["cases"]]}
        for suite in spec["suites"]
    ]
    return spec | {"suites": suites}


def _files(path: Path, code: str) -> Iterator[tuple[str, bytes]]:
    """Yield the names and contents of files beside a notebook that its code imports or names."""
    folder, left = path.resolve().parent, MAX_BESIDE_BYTES
    named = [*_TEXT.findall(code), *(f"{module}.py" for module in _IMPORT.findall(code))]
    for name in dict.fromkeys(os.path.normpath(name) for name in named):
        file = folder / name
        if not os.path.isfile(file) or name == path.name:  # Path.is_file raises for some texts
            continue
        left -= file.stat().st_size
        if left >= 0 and file.resolve().is_relative_to(folder) and os.access(file, os.R_OK):
            yield Path(name).as_posix(), file.read_bytes()
