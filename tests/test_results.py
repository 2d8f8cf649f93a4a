"""What becomes of a hand-in as a whole, by a worker of this process: no sandbox is needed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from grader.course.assignment import Assignment
from grader.errors import Fault, log
from grader.judge.diagnose.replay import LocalRemote
from grader.judge.grade import Grader, ungraded
from grader.model import Example, Outcome, Result, Status, Submission
from grader.sandbox.outside.host import Stopped
from grader.sandbox.outside.told import as_students
from grader.sandbox.wire.protocol import Befell, CellDone, Stop
from grader.words import say

from .conftest import MakeCourse
from .courses import of_cells

RIGHT = "def double(x):\n    return 2 * x"
SLOW = Stopped(Stop.TIMEOUT, say("its time was used up"))


class Here(LocalRemote):
    """A worker in this process, for code of ours; a cell that raises Stopped kills it."""

    def __init__(self, zygote: Zygote, namespace: dict[str, Any]) -> None:
        super().__init__(namespace)
        self._zygote, self._namespace = zygote, namespace
        self.alive, self.deadline, self.layers = True, 0.0, ["a layer"]
        self.stopped: Stopped | None = None
        self.told = SimpleNamespace(notes=[], needs=[])
        namespace |= {"worker": self, "SLOW": SLOW}

    def prepare(self, **handed: Any) -> None:
        self._zygote.handed.append(handed)

    def run_cell(self, index: int, source: str, *, definitions_only: bool, **how: Any) -> CellDone:
        error = None
        try:
            if not (definitions_only and source.startswith("# demo")):
                exec(source, self._namespace)
        except Exception as raised:
            error = f"{type(raised).__name__}: {raised}"
        befell = [Befell.OTHER_PYTHON] if error and error.startswith("Syntax") else []
        return CellDone(error=error, traceback="", output="", limit=Stop.NONE, befell=befell,
                        notes=[(f"Cell {index} ran.", {})])  # fmt: skip

    def perform(self, operation: str, *arguments: Any, **keywords: Any) -> Any:
        if operation == "defined":
            return [[name for name in self._namespace if name != "__builtins__"], [], {}]
        try:
            return super().perform(operation, *arguments, **keywords)
        except Stopped as stopped:
            self.stopped = stopped
            raise
        except Exception as error:
            raise as_students(type(error).__name__, str(error)) from error

    def cpu_seconds(self) -> float:
        return 0.0

    def close(self) -> None:
        self.alive = False


class Zygote:
    """Starts such workers."""

    def __init__(self) -> None:
        self.handed: list[dict[str, Any]] = []
        self.preloaded: list[tuple[str, ...]] = []
        self.versions = {"python": "3.11.4"}
        self.fails: Exception | None = None

    def spawn(self, **how: Any) -> Here:
        if self.fails is not None:
            raise self.fails
        return Here(self, {})

    def having(self, modules: tuple[str, ...]) -> Zygote:
        self.preloaded.append(modules)
        return self

    def end(self) -> int:
        return 0


Graded = Callable[..., Result]


@pytest.fixture
def zygote() -> Any:
    return Zygote()


@pytest.fixture
def assignment(make_course: MakeCourse) -> Assignment:
    return make_course()


def grade(
    asked: Assignment, zygote: Any, *cells: str, verifies: bool = False, **handed: Any
) -> Result:
    submission = replace(of_cells(*cells), **handed)
    return Grader(asked, zygote=zygote, verifies=verifies).grade(submission)


def test_a_right_one(assignment: Assignment, zygote: Any) -> None:
    result = grade(assignment, zygote, "x = 1", RIGHT)
    assert (result.status, result.score, result.max_score) == (Status.GRADED, 3.0, 3.0)
    assert [str(note) for note in result.notes] == ["Cell 1 ran.", "Cell 2 ran."]
    assert (result.isolation, result.problem, len(result.cells)) == (("a layer",), None, 2)


def test_what_cannot_be_read_earns_nothing_and_says_why(
    assignment: Assignment, zygote: Any
) -> None:
    result = grade(assignment, zygote, problem=say("It is a PDF."))
    assert (result.status, result.score, result.max_score) == (Status.UNREADABLE, 0.0, 3.0)
    assert [(case.outcome, case.message) for case in result.cases] == (
        [(Outcome.MISSING, "It is a PDF.")] * 2
    )
    assert zygote.handed == []


@pytest.mark.parametrize(("error", "is_logged"), [(Fault("no room"), False), (OSError("x"), True)])
def test_a_failure_of_ours_is_no_zero(
    assignment: Assignment, zygote: Any, error: Exception, is_logged: bool,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    zygote.fails = error
    result = grade(assignment, zygote, RIGHT)
    assert (result.status, result.score, result.cases) == (Status.FAULT, None, ())
    assert str(result.problem) == f"The grader itself failed: {error}"
    assert bool(caplog.records) is is_logged
    caplog.clear()
    handed = Submission(name="a", source="b", student="c", digest="d")
    assert ungraded(handed, assignment).max_score == 3.0
    assert (ungraded(handed, assignment).status, ungraded(handed, assignment).score) == (
        Status.FAULT, None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("written", "here", "cell", "said"),
    [
        ("3.13.1", "3.11.4", "x = (", True),
        ("4.0", "3.11.4", "x = (", True),
        ("3.13.1", "3.11.4", "x = 1", False),  # nothing failed
        ("3.11.9", "3.11.4", "x = (", False),
        ("3.9.1", "3.11.4", "x = (", False),  # not by their letters
        ("", "3.11.4", "x = (", False),
        ("3", "3.11.4", "x = (", False),
        ("3.x", "3.11.4", "x = (", False),
        ("3.13.1", "", "x = (", False),
    ],
)
def test_a_notebook_of_a_newer_python(
    assignment: Assignment, zygote: Any, written: str, here: str, cell: str, said: bool
) -> None:
    zygote.versions = {"python": here} if here else None
    result = grade(assignment, zygote, cell, python=written)
    notes = "\n".join(map(str, result.notes))
    assert result.status is Status.GRADED
    assert ("was written with Python" in notes) is said
    assert ("graded with Python 3.11, which" in notes) is said


@pytest.mark.parametrize(
    ("cells", "files", "is_asked"),
    [
        (["from slowly.datasets import digits"], [], True),
        (["import mine"], [("mine.py", b"import slowly")], True),
        (["import numpy"], [("mine.py", b"")], False),
    ],
)
def test_slow_modules_are_preloaded_for_those_who_name_them(
    make_course: MakeCourse, zygote: Any, cells: list[str], files: Any, is_asked: bool
) -> None:
    asked = replace(make_course(), preload=("slowly.datasets",))
    grade(asked, zygote, *cells, files=tuple(files))
    assert zygote.preloaded == [("slowly.datasets",)] * is_asked


@pytest.mark.parametrize("folder", ["", "hw/in"])
def test_the_assignments_files_lie_beside_the_notebook(
    assignment: Assignment, zygote: Any, folder: str
) -> None:
    top = f"{folder}/" if folder else ""
    asked = replace(assignment, files=(("data.csv", b"ours"), ("sub/x", b"1")))
    grade(asked, zygote, folder=folder, files=((f"{top}data.csv", b"theirs"), ("z", b"2")))
    assert dict(zygote.handed[0]["files"]) == {
        f"{top}data.csv": b"ours", f"{top}sub/x": b"1", "z": b"2",
    }  # fmt: skip


DEMO = "# demo\nraise_it = True"
LEFT = "raise_it = False\ndef double(x):\n    if raise_it: raise SLOW\n    return {} * x"


@pytest.mark.parametrize(
    ("cells", "outcomes", "said"),
    [
        ([LEFT.format(2), DEMO], [Outcome.PASSED] * 2, True),
        ([LEFT.format(3), DEMO], [Outcome.FAILED] * 2, True),
        (["def double(x):\n    raise SLOW"], [Outcome.TIMEOUT] * 2, False),
    ],
    ids=["a demo was the cause", "of a wrong one", "it was none"],
)
def test_a_test_case_that_reached_a_limit_is_tried_without_demos(
    assignment: Assignment, zygote: Any, cells: list[str], outcomes: list[Outcome], said: bool
) -> None:
    result = grade(assignment, zygote, *cells)
    assert [case.outcome for case in result.cases] == outcomes
    assert any("brought a test case to a limit" in str(note) for note in result.notes) is said
    assert (len(zygote.handed) > 1) is True


def test_a_test_that_catches_everything_does_not_hide_that_a_limit_was_reached(
    assignment: Assignment, zygote: Any
) -> None:
    cell = "def double(x):\n    worker.stopped = SLOW\n    return 2 * x"
    assert [case.outcome for case in grade(assignment, zygote, cell).cases] == (
        [Outcome.TIMEOUT] * 2
    )


@pytest.mark.parametrize(
    ("factor", "sure", "outcome", "said"),
    [
        (3, True, Outcome.ERROR, "It needs torch."),
        (3, False, Outcome.FAILED, "It may be this: It needs torch."),
        (2, True, Outcome.PASSED, ""),
    ],
)
def test_what_rests_on_a_missing_module_says_so(
    assignment: Assignment, zygote: Any, factor: int, sure: bool, outcome: Outcome, said: str
) -> None:
    cell = (
        "def double(x):\n"
        f"    worker.told.needs.append(('It needs torch.', {{}}, {sure}))\n"
        f"    return {factor} * x"
    )
    case = grade(assignment, zygote, cell).cases[0]
    assert (case.outcome, str(case.said[-1]) if case.said else "") == (outcome, said)


# Examples to try, and pictures


def with_example(asked: Assignment, ask: Callable[..., Example]) -> Assignment:
    """The assignment with an example of its first test case."""
    (question,) = asked.questions
    first, *others = question.cases

    def function(double: Any) -> None:
        first.function(double)

    function.example = ask  # type: ignore[attr-defined]
    cases = (replace(first, function=function), *others)
    return replace(asked, questions=(replace(question, cases=cases),))


def tried(message: str, double: Any) -> Example:
    return Example(code="double(2)", yours=str(double(2)), right="4")


def broken(message: str, double: Any) -> Example:
    raise RuntimeError("a bug of ours")


@pytest.mark.parametrize(
    ("cell", "ask", "own"),
    [
        ("def double(x):\n    return 3 * x", tried, "6"),
        (RIGHT, tried, None),
        ("def double(x):\n    raise NotImplementedError", tried, None),
        ("def double(x):\n    return 3 * x", broken, None),
        ("n = [0]\ndef double(x):\n    n.append(0)\n    assert len(n) < 4\n    return 3 * x",
         tried, None),
        ("def double(x):\n    raise SLOW", tried, None),
    ],
    ids=["wrong", "right", "unwritten", "a bug of ours", "their error", "too slow"],
)  # fmt: skip
def test_an_example_comes_last_and_costs_nothing(
    assignment: Assignment, zygote: Any, cell: str, ask: Callable[..., Example], own: str | None,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    result = grade(with_example(assignment, ask), zygote, cell)
    example = result.cases[0].example
    assert (None if example is None else example.yours) == own
    assert result.score == (3.0 if cell == RIGHT else 0.0)
    assert bool(caplog.records) is (ask is broken)
    caplog.clear()


def test_where_the_assignment_is_verified_an_error_that_was_swallowed_is_a_fault(
    assignment: Assignment, zygote: Any, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    monkeypatch.setattr(Here, "prepare", lambda self, **handed: log.error("swallowed"))
    assert grade(assignment, zygote, RIGHT).status is Status.GRADED
    result = grade(assignment, zygote, RIGHT, verifies=True)
    assert (result.status, "swallowed" in str(result.problem)) == (Status.FAULT, True)
    caplog.clear()


FIGURES = """
def draw(question, env):
    yield from []

def draw_for_all(env):
    env["double"](1)
    raise KeyError("a bug of ours")
"""


@pytest.mark.parametrize("cell", [RIGHT, "def double(x):\n    return 1 // 0", "x = 1"])
def test_pictures_come_last_and_cost_nothing(
    assignment: Assignment, zygote: Any, cell: str, caplog: pytest.LogCaptureFixture
) -> None:
    (assignment.folder / "figures.py").write_text(FIGURES)
    result = grade(assignment, zygote, cell)
    assert (result.status, result.figures) == (Status.GRADED, ())
    assert bool(caplog.records) is (cell != "def double(x):\n    return 1 // 0")


@pytest.mark.parametrize(
    ("cell", "is_drawn"),
    [(RIGHT, True), ("def double(x):\n    return 3 * x", True), ("x = 1", True),
     ("def double(x):\n    raise SLOW", False),
     ("n = []\ndef double(x):\n    n.append(0)\n    if len(n) < 2: raise SLOW\n    return 2 * x",
      False)],
    ids=["right", "wrong", "missing", "a limit", "a limit before"],
)  # fmt: skip
def test_pictures_cost_no_restart(
    assignment: Assignment, zygote: Any, cell: str, is_drawn: bool,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    (assignment.folder / "figures.py").write_text("def draw_for_all(env):\n    raise KeyError\n")
    grade(assignment, zygote, cell)
    assert bool(caplog.records) is is_drawn
    caplog.clear()
