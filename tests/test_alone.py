"""``grader check`` of a notebook that carries its public tests, without a course."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from grader.commands.check import check_one
from grader.course import assignment
from grader.errors import AssignmentError, GraderError, UsageError
from grader.sandbox.outside.interpreter import Interpreter

Check = Callable[..., tuple[str, bool]]

TESTS = """
from otter.test_files import test_case
import numpy as np
OK_FORMAT = False
name = "square"
points = 0
TWO = 2

@test_case(points=None, hidden=False)
def test_two_squared(square):
    assert square(TWO) == 4, 'the square of 2 is 4'

@test_case(name="arrays", points=None, hidden=False)
def test_arrays(env):
    assert np.allclose(env["square"](np.ones(2) * 3),
                       9)
"""
SQUARE = "def square(x):\n    return "
DOCTESTS = {
    "name": "square",
    "points": None,
    "suites": [
        {
            "cases": [
                {"code": ">>> square(2)\n4", "hidden": False, "locked": False},
                {"code": ">>> square(3) == 9\nTrue"},
            ],
            "scored": True, "setup": "", "teardown": "", "type": "doctest",
        }
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def interpreter() -> Iterator[Interpreter]:
    with Interpreter() as started:
        started.start()
        yield started


@pytest.fixture
def check(tmp_path: Path, interpreter: Interpreter, monkeypatch: pytest.MonkeyPatch) -> Check:
    """Checks a notebook of these cells, where no course is near; gives text and verdict."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(assignment, "_shelves", lambda start: [])

    def run(*cells: str, tests: Any = None, language: str = "en", **metadata: Any) -> Any:
        path = notebook(tmp_path, *cells, tests=tests, **metadata)
        lines, passed = check_one(path, None, interpreter, language)
        return "\n".join(lines), passed

    return run


def notebook(folder: Path, *cells: str, tests: Any = None, **metadata: Any) -> Path:
    code: list[dict[str, Any]] = [
        {"cell_type": "code", "source": cell, "metadata": {}, "outputs": [],
         "execution_count": None}
        for cell in cells
    ]  # fmt: skip
    if tests is not None:
        metadata["otter"] = {"OK_FORMAT": False, "tests": tests}
    path = folder / "hw.ipynb"
    document = {"cells": code, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(document))
    return path


def as_file(test: Any) -> str:
    return test if isinstance(test, str) else f"OK_FORMAT = True\n\ntest = {test!r}\n"


@pytest.mark.parametrize("test", [TESTS, DOCTESTS], ids=["functions", "doctests"])
@pytest.mark.parametrize("beside", [False, True], ids=["metadata", "folder"])
def test_the_tests_that_come_with_a_notebook(
    check: Check, tmp_path: Path, test: Any, beside: bool
) -> None:
    carried: Any = {"square": test}
    if beside:
        carried = None
        (tmp_path / "tests").mkdir()
        (tmp_path / "tests" / "square.py").write_text(as_file(test))
    text, passed = check(SQUARE + "x * x", tests=carried)
    assert passed
    assert text.count(": passed") == 2
    assert "2 of 2 public test cases passed." in text
    assert "Hidden" not in text  # of which nothing is known here
    text, passed = check(SQUARE + "x + x", tests=carried)
    assert not passed
    assert text.count(": passed") == 1


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        (SQUARE + "5", "square - 1: wrong answer\n    the square of 2 is 4"),
        (SQUARE + "x + x", "This does not hold: assert np.allclose(env['square'](np.ones(2) * 3)"),
        (SQUARE + "1 / 0", "Your code raised ZeroDivisionError: division by zero"),
        ("def square(x):\n    raise NotImplementedError", "This is not implemented yet."),
        (
            "def square(x):\n    raise NotImplementedError('`square` is not written yet')",
            "This is not implemented yet (`square` is not written yet).",
        ),
        ("squares = 1", "square was never defined"),
        (SQUARE + "None", "the square of 2 is 4"),
        ("square = 3", "square has type int; expected a function or a class."),
        ("def square(x):\n    assert x > 5, 'too small'\n    return x", "too small"),
        ("import os\ndef square(x):\n    os._exit(0)", "the process that ran the test case ended"),
        ("def square(x):\n    raise SystemExit", "SystemExit"),
    ],
    ids=[
        "message", "bare", "raises", "unwritten", "unwritten-said", "missing", "none",
        "no-function", "own-assert", "exits", "system-exit",
    ],
)  # fmt: skip
def test_words_are_those_of_the_page(check: Check, cell: str, said: str) -> None:
    text, passed = check(cell, tests={"square": TESTS})
    assert said in text
    assert not passed


def test_in_another_language(check: Check) -> None:
    text, _ = check(SQUARE + "5", tests={"square": TESTS}, language="de")
    assert "falsche Antwort" in text


def test_nothing_of_the_tests_is_run_outside_the_worker(check: Check, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    attack = f"open({str(mark)!r}, 'w').close()\n"
    text, passed = check(
        SQUARE + "x * x",
        tests={
            "square": TESTS.replace("TWO = 2", f"TWO = 2\nimport os\n{attack}"),
            "other": as_file(DOCTESTS | {"name": "other"}) + attack,
        },
    )
    (tmp_path / "mistakes.py").write_text(attack)
    (tmp_path / "figures.py").write_text(attack)
    check(SQUARE + "5", tests={"square": TESTS})
    assert not mark.exists()
    assert "other - 1: passed" in text or not passed


def test_a_test_that_cannot_run_here_says_so(check: Check) -> None:
    text, _ = check(SQUARE + "x * x", tests={"square": TESTS.replace("numpy", "no_such_module")})
    assert "The test itself cannot be run here: ModuleNotFoundError" in text


@pytest.mark.parametrize(
    ("test", "said"),
    [
        ("def (", "cannot be read"),
        (TESTS.replace('name = "square"', ""), "it has no name"),
        (TESTS.replace("points=None", "points=len('a')"), "cannot be read"),
        (TESTS.replace("(square)", "(*square)"), "takes more than names"),
        ("OK_FORMAT = False\nname = 'q'", "no test case"),
        ("OK_FORMAT = True\ntest = dict(name='q')", "cannot be read"),
        ("OK_FORMAT = True", "defines no test"),
        ({"name": "q"}, "cannot be read"),
        (["nothing"], "cannot be read"),
        (None, "cannot be read"),
    ],
    ids=[f"test{number}" for number in range(10)],
)
def test_broken_tests_get_a_sentence(check: Check, test: Any, said: str) -> None:
    with pytest.raises(AssignmentError, match="test square") as caught:
        check(SQUARE + "x * x", tests={"square": test})
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("tests", [None, {}, "all", []], ids=["none", "empty", "text", "list"])
def test_a_notebook_without_tests_gets_a_sentence(check: Check, tests: Any) -> None:
    with pytest.raises(UsageError, match="carries no tests"):
        check(SQUARE + "x * x", tests=tests)


def test_a_notebook_in_another_language_gets_a_sentence(check: Check) -> None:
    with pytest.raises(GraderError, match="a notebook for r, not for Python"):
        check("f <- function(x) x", tests={"f": TESTS}, kernelspec={"name": "ir", "language": "R"})


def test_questions_stand_in_the_notebooks_order_and_only_these(
    check: Check, tmp_path: Path
) -> None:
    (tmp_path / "tests").mkdir()
    for name in ("a", "b", "c"):
        test = TESTS.replace('name = "square"', f'name = "{name}"')
        (tmp_path / "tests" / f"{name}.py").write_text(test)
    text, passed = check(SQUARE + "x * x", "grader.check('b')", 'grader.check("a")')
    assert passed
    found = [line.split("/")[0] for line in text.splitlines() if ": passed" in line]
    assert found == ["b", "b", "a", "a"]


def test_a_question_is_tested_where_the_notebook_asks(check: Check) -> None:
    cells = [SQUARE + "x * x", "grader.check('square')", SQUARE + "x + 1"]
    _, passed = check(*cells, tests={"square": TESTS})
    assert passed


def test_files_beside_the_notebook_are_there(check: Check, tmp_path: Path) -> None:
    (tmp_path / "helper.py").write_text("def times(a, b):\n    return a * b\n")
    (tmp_path / "data").mkdir()
    (tmp_path.parent / "outside.txt").write_text("")
    (tmp_path / "data" / "zero.txt").write_text("0")
    cell = "from helper import times\nzero = int(open('data/zero.txt').read())\n"
    cell += f"print('{'長い' * 90}', 'a\0b', '../outside.txt', '/etc/passwd', 'data')\n"
    text, passed = check(cell + SQUARE + "times(x, x) + zero", tests={"square": TESTS})
    assert passed, text
