"""A small course that tests can grade: one question, one or more test cases."""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from grader.course import assignment
from grader.course.assignment import Assignment
from grader.judge.grade import Grader
from grader.model import Result
from grader.sandbox.outside.host import Zygote
from grader.sandbox.outside.interpreter import Interpreter
from tests.courses import of_cells
from tests.otter.otters import Otter

SETTINGS = """
title = "Doubling"
names = ["double"]

[limits]
cell_seconds = 1.0
call_seconds = 1.0
total_seconds = 20
memory_mb = 512
"""
TEST_FILE = """
import numpy as np
from otter.test_files import test_case

OK_FORMAT = False
name = "double"
points = 3


@test_case(name="values", points=2, hidden=True, failure_message="double(x) is not twice x.")
def test_values(double):
    assert double(2) == 4, "the secret is 4"


@test_case(name="arrays", points=1, hidden=True)
def test_arrays(double):
    np.testing.assert_array_equal(double(np.ones(2)), [2.0, 2.0])
"""

# No deadline, since machines are shared.  "--hypothesis-profile=many" takes the second.
settings.register_profile("few", max_examples=40, deadline=None)
settings.register_profile("many", max_examples=1000, deadline=None)

MakeCourse = Callable[..., Assignment]
GradeCells = Callable[..., Result]


def pytest_configure(config: pytest.Config) -> None:
    """Loads the profile; before the test files, which make settings of it, are imported."""
    settings.load_profile(config.getoption("--hypothesis-profile") or "few")


def pytest_collection_finish() -> None:
    """Leaves what was collected, thousands of tests, out of each later collection of garbage.

    Most processes of a test are forks of this one, and would look at all of it, too, and so
    copy it.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def nothing_of_ours_goes_wrong(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Fails a test in which the grader swallowed an error of its own.

    A test that has one on purpose looks at ``caplog`` and clears it.
    """
    yield
    records = caplog.get_records("call")  # those of this phase, the teardown, are others
    swallowed = [r for r in records if r.name == "grader" and r.levelno >= logging.ERROR]
    assert not swallowed, [(record.getMessage(), record.exc_text) for record in swallowed]


@pytest.fixture(scope="session")
def zygote() -> Iterator[Zygote]:
    """One warm zygote for all tests of a process."""
    with Zygote() as started:
        yield started


class Warm(Interpreter):
    """An interpreter with its methods as they are before ``one_interpreter`` changes them."""

    start, fork = Interpreter.start, Interpreter.fork
    complaint, close = Interpreter.complaint, Interpreter.close


@pytest.fixture(scope="session")
def warm() -> Iterator[Interpreter]:
    """One warm interpreter for all tests of a process."""
    with Warm() as started:
        yield started


@pytest.fixture
def one_interpreter(warm: Interpreter, monkeypatch: pytest.MonkeyPatch) -> None:
    """Graders of this process share an interpreter; each would warm one, for half a second."""
    monkeypatch.setattr(Interpreter, "start", lambda self: warm.start())
    monkeypatch.setattr(Interpreter, "fork", lambda self, **asked: warm.fork(**asked))
    monkeypatch.setattr(Interpreter, "complaint", lambda self: warm.complaint())
    monkeypatch.setattr(Interpreter, "close", lambda self: None)


@pytest.fixture(scope="session")
def otter() -> Iterator[Otter]:
    """Otter in one warm process for all tests of a process."""
    with Otter() as started:
        yield started


@pytest.fixture
def make_course(tmp_path: Path) -> MakeCourse:
    """Writes an assignment ``doubling`` into a course of its own, and reads it."""

    def make(*, settings: str = SETTINGS, test_file: str = TEST_FILE) -> Assignment:
        folder = tmp_path / "course" / "assignments" / "doubling"
        (folder / "tests").mkdir(parents=True, exist_ok=True)
        (folder / "assignment.toml").write_text(settings)
        (folder / "tests" / "double.py").write_text(test_file)
        return assignment.load(folder)

    return make


@pytest.fixture
def grade_cells(zygote: Zygote, make_course: MakeCourse) -> GradeCells:
    """Grades a notebook of these code cells against the small course."""

    def grade(*cells: str, test_file: str = TEST_FILE, settings: str = SETTINGS) -> Result:
        assignment = make_course(test_file=test_file, settings=settings)
        return Grader(assignment, zygote=zygote).grade(of_cells(*cells))

    return grade
