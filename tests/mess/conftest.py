"""Small courses that ask for one function or one class, and the real one for the whole way."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from grader.course import assignment
from grader.course.assignment import Assignment
from grader.intake import find
from grader.judge.grade import Grader
from grader.model import Result, Submission
from grader.sandbox.outside.host import Zygote
from grader.submission import read

from .handed import Mess

_SETTINGS = """
title = "{title}"
names = ["{asked}"]

[limits]
cell_seconds = {cell_seconds}
call_seconds = 1
total_seconds = 30
memory_mb = 1024
output_bytes = 10000
"""
_DOUBLE = """
import numpy as np
from otter.test_files import test_case

OK_FORMAT = False
name = "double"
points = 3


@test_case(name="values", points=2, hidden=True, failure_message="double(x) is not twice x.")
def test_values(double):
    assert [double(2), double(-1.5)] == [4, -3.0]


@test_case(name="arrays", points=1, hidden=True)
def test_arrays(double):
    np.testing.assert_array_equal(double(np.ones(2)), [2.0, 2.0])
"""
_SCALE = """
import numpy as np
from otter.test_files import test_case

OK_FORMAT = False
name = "scale"
points = 3


@test_case(name="apply", points=1, hidden=True)
def test_apply(Scale):
    np.testing.assert_array_equal(Scale(3.0).apply(np.arange(3.0)), [0.0, 3.0, 6.0])


@test_case(name="read", points=1, hidden=True)
def test_read(Scale):
    assert Scale(3.0).factor == 3.0


@test_case(name="write", points=1, hidden=True)
def test_write(Scale):
    one, other = Scale(3.0), Scale(4.0)
    one.factor = 5.0
    assert [one.apply(2.0), other.apply(2.0)] == [10.0, 8.0]
"""
_SHALLOW = Path(__file__).parents[2] / "assignments" / "shallow_narrow"


def _write(folder: Path, asked: str, test_file: str, *, cell_seconds: float = 5.0) -> Assignment:
    (folder / "tests").mkdir(parents=True)
    settings = _SETTINGS.format(title=folder.name, asked=asked, cell_seconds=cell_seconds)
    (folder / "assignment.toml").write_text(settings)
    (folder / "tests" / "q.py").write_text(test_file)
    return assignment.load(folder)


@pytest.fixture(scope="session")
def courses(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Assignment]:
    """The assignments by the name that a mess gives; ``hurried`` has little time for a cell."""
    base = tmp_path_factory.mktemp("mess") / "course" / "assignments"
    return {
        "doubling": _write(base / "doubling", "double", _DOUBLE),
        "hurried": _write(base / "hurried", "double", _DOUBLE, cell_seconds=0.6),
        "scaling": _write(base / "scaling", "Scale", _SCALE),
        "shallow_narrow": assignment.load(_SHALLOW),
    }


@pytest.fixture
def grade(
    zygote: Zygote, courses: dict[str, Assignment], tmp_path: Path
) -> Callable[[Mess], Result]:
    """Lays a mess into a class folder, finds, reads and grades it."""

    def grading(mess: Mess) -> Result:
        asked = courses[mess.course]
        submission = handed_in(mess, tmp_path / "class", names=asked.names)
        return Grader(asked, zygote=zygote).grade(submission)

    return grading


def handed_in(mess: Mess, folder: Path, *, names: tuple[str, ...]) -> Submission:
    """A mess, laid into a class folder and read from there."""
    place = folder / "jane" if len(mess.files) > 1 else folder
    for name, data in mess.files.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    (handin,) = find([folder]).handins
    return read(handin, names=names)
