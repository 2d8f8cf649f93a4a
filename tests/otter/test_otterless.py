"""Test files are read the same with Otter and without it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.course import doctests, hooks, otterless, testfile
from grader.course.hooks import course
from grader.course.testfile import Question
from grader.errors import GraderError, UsageError

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted(ROOT.glob("assignments/*/tests/*.py"))
POINT = st.none() | st.integers(-1, 6) | st.floats(0, 6) | st.sampled_from(["3", True])
TOTAL = POINT | st.lists(POINT, max_size=4)
HEAD = "from otter.test_files import test_case\nOK_FORMAT = False\n"
ONE = "@test_case(points=1)\ndef test_a():\n    pass\n"


def without_otter(read: Callable[[], Any], monkeypatch: pytest.MonkeyPatch) -> Any:
    """What ``read`` gives where Otter is not installed."""
    with monkeypatch.context() as patch:
        for name in [name for name in sys.modules if name.partition(".")[0] == "otter"]:
            patch.delitem(sys.modules, name)
        patch.setattr(hooks, "_kept", {})
        patch.setattr(hooks, "_OTTERS", {"otter_that_is_not_installed": {}})
        return read()


def described(question: Question) -> list[Any]:
    """What there is to compare of a question: functions by their names."""
    cases = [
        [
            getattr(case.function, "__qualname__", "")
            if field.name == "function"
            else getattr(case, field.name)
            for field in fields(case)
        ]
        for case in question.cases
    ]
    return [question.name, question.all_or_nothing, question.file, question.points, *cases]


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parents[1].name}-{path.stem}")
def test_the_courses_files(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with course(ROOT):
        theirs = testfile.read(path)
        ours = without_otter(lambda: testfile.read(path), monkeypatch)
    assert described(ours) == described(theirs)


@given(total=TOTAL, points=st.lists(POINT, min_size=1, max_size=4))
def test_points(total: object, points: list[Any]) -> None:
    files = testfile.quiet_import("otter.test_files.ok_test").OKTestFile
    cases = [{"code": ">>> 1\n1", "points": own} for own in points]
    spec = {"name": "q", "points": total, "suites": [{"cases": cases}]}
    try:
        theirs = [case.points for case in files.from_spec(spec).test_cases]
    except Exception:
        with pytest.raises((ValueError, TypeError)):
            otterless.resolved(total, points)
        return
    ours = otterless.resolved(total, points)
    assert ours == pytest.approx(theirs, abs=0, rel=1e-15)
    assert [case.points for case in otterless.OKTestFile.from_spec(spec).test_cases] == ours


@pytest.mark.parametrize(
    "source",
    [
        "name = 'q'\n" + ONE,
        "name = 'q'\npoints = [2]\nall_or_nothing = True\n" + ONE,
        "name = 'q'\n@test_case('n', 2, True, 'well done', 'not so')\ndef t(a, *, env):\n    pass",
        "name = 'q'\n@test_case()\ndef t(a):\n    pass\n@test_case()\ndef u(a):\n    pass",
        "import otter\nname = 'q'\nfrom otter.test_files.exception_test import test_case as c\n"
        "@c(points=3)\ndef test_some_thing(a):\n    assert a",
        "name = 'q'\npoints = [1, 2]\n" + ONE,
        "name = 'q'\npoints = 'many'\n" + ONE,
        "name = 'q'\npoints = -1\n" + ONE,
        "name = 'q'\n@test_case(points=True)\ndef t(a):\n    pass",
        "name = 'q'",
        ONE,
        "name = 'q'\n1 / 0",
    ],
    ids=[f"file{number}" for number in range(12)],
)
def test_files(source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def read() -> object:
        try:
            return described(testfile.parse(HEAD + source, "q.py"))
        except GraderError as error:
            return type(error), str(error).split(":")[0]  # the words may differ

    assert without_otter(read, monkeypatch) == read()


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"all_or_nothing": True, "points": 3},
        {"suites": [{"cases": [{"code": "  >>> 1\n  1", "name": "n", "success_message": "!"}]}]},
        {"suites": [{"cases": [{"code": ">>> 1"}], "type": "doctest", "setup": ""}]},
        {"suites": [{"cases": [{"code": ">>> 1"}], "type": "scheme"}]},
        {"suites": [{"cases": [{"code": ">>> 1"}], "setup": ">>> a = 1"}]},
        {"suites": []},
        {"suites": [{"cases": [{}]}]},
    ],
    ids=[f"spec{number}" for number in range(8)],
)
def test_specifications(change: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    spec = {"name": "q", "suites": [{"cases": [{"code": ">>> 1\n1", "hidden": False}]}]} | change

    def read() -> object:
        try:
            return described(doctests.of_spec(spec, "q.py", seconds=1.0))
        except GraderError:
            raise
        except Exception:
            return "refused"

    assert without_otter(read, monkeypatch) == read()


def test_what_needs_otter_itself_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def read() -> object:
        with hooks.otter():
            return testfile.quiet_import("otter.assign")

    with pytest.raises(UsageError, match=r"pip install 'numgrader\[course\]'"):
        without_otter(read, monkeypatch)
