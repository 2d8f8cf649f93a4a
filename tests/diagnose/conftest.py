"""A small course with known mistakes, graded as a student's work is."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.course import assignment
from grader.judge.grade import Grader
from grader.model import Result
from grader.sandbox.outside.host import Zygote
from tests.conftest import SETTINGS
from tests.courses import of_cells

SOLUTION = """
import numpy as np
def double(x):
    return 2 * x
def mean(x):
    return np.mean(x)
def noise(n):
    return np.random.rand(n)
"""
TESTS = """
import numpy as np
from otter.test_files import test_case
from grader import checks

OK_FORMAT = False
name = "{name}"
points = 1
X = np.array([3.0, -1.0, 2.5, 0.25])

@test_case(name="values", hidden=True)
def test_values({name}):
    checks.value({name}(X.copy()), {right}, name="{name}")

@test_case(name="again", hidden=True)
def test_again({name}):
    first = {name}(X[:2].copy())
    checks.value({name}(X[:2].copy()), first, name="again")
"""
NOISE = """
import numpy as np
from otter.test_files import test_case
from grader import checks

OK_FORMAT = False
name = "noise"
points = 1

@test_case(name="share", hidden=True)
def test_share(noise):
    drawn = [checks.array(noise(200), name="noise") for _ in range(20)]
    if abs(np.mean(drawn) - 0.5) > 0.1:
        raise checks.CheckFailure("another mean", kind="randomness", name="noise")
"""
MISTAKES = """
from grader.model import Mistake

def _m(number, name, loses, *changes):
    return Mistake(number=number, name=name, loses=frozenset(loses), hint=f"Hint {number}.",
                   changes=changes)

MISTAKES = (
    _m(1, "triples", ["double"], ("2 * x", "3 * x")),
    _m(2, "adds", ["double"], ("2 * x", "x + 2")),
    _m(3, "in place", ["double"], ("return 2 * x", "x *= 3\\nreturn x")),
    _m(4, "sums", ["mean"], ("np.mean", "np.sum")),
    _m(5, "also sums", ["mean"], ("np.mean", "sum")),
    _m(6, "quarter", ["noise"], ("rand(n)", "rand(n) / 4")),
    _m(7, "cubes", ["noise"], ("rand(n)", "rand(n) ** 3")),
    _m(8, "raises", ["double"], ("2 * x", "x.doble()")),
    _m(10, "remembers", ["double/again"], ("double(x)", "double(x, calls=[])"),
       ("return 2 * x", "calls.append(x)\\nreturn 2 * x + (len(calls) > 1) * len(calls)")),
    _m(9, "counts", ["mean"], ("np.mean(x)", "double(len(x))")),
)
"""

GradeKnown = Callable[[str], Result]


@pytest.fixture(scope="session")
def known(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an assignment whose mistakes are known."""
    folder = tmp_path_factory.mktemp("course") / "assignments" / "known"
    (folder / "tests").mkdir(parents=True)
    settings = SETTINGS.replace('["double"]', '["double", "mean", "noise"]')
    (folder / "assignment.toml").write_text(settings)
    for name, right in (("double", "2 * X"), ("mean", "np.array(1.1875)")):
        (folder / "tests" / f"{name}.py").write_text(TESTS.format(name=name, right=right))
    (folder / "tests" / "noise.py").write_text(NOISE)
    (folder / "mistakes.py").write_text(MISTAKES)
    cell = {"cell_type": "code", "source": SOLUTION, "metadata": {}, "outputs": []}
    notebook = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (folder / "known.ipynb").write_text(json.dumps(notebook))
    return folder


@pytest.fixture(scope="session")
def known_grader(zygote: Zygote, known: Path) -> Grader:
    """A grader of that assignment."""
    return Grader(assignment.load(known), zygote=zygote)


@pytest.fixture
def grade_known(known_grader: Grader) -> GradeKnown:
    """Grades the solution with a student's code after it."""

    def grade(code: str) -> Result:
        return known_grader.grade(of_cells(SOLUTION, code))

    return grade
