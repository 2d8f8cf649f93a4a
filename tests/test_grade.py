"""A submission end to end: outcomes, points, what is said, and what a death costs."""

from __future__ import annotations

import json

import pytest

from grader.course import assignment
from grader.judge.grade import Grader
from grader.model import Outcome, Status, Submission
from grader.sandbox.outside.host import Zygote
from tests.courses import of_cells

from .conftest import SETTINGS, GradeCells, MakeCourse

RIGHT = "def double(x):\n    return 2 * x"
#: For what never ends.
HURRIED = SETTINGS.replace("_seconds = 1.0", "_seconds = 0.4")


def test_a_right_submission_gets_all_points(grade_cells: GradeCells) -> None:
    result = grade_cells(RIGHT)
    assert (result.status, result.score, result.max_score) == (Status.GRADED, 3.0, 3.0)
    assert [case.outcome for case in result.cases] == [Outcome.PASSED, Outcome.PASSED]
    assert "mount" in result.isolation or result.isolation


@pytest.mark.slow
@pytest.mark.parametrize(
    ("cell", "outcome", "said"),
    [
        ("def double(x):\n    return 3 * x", Outcome.FAILED, "not twice x"),
        ("def double(x):\n    return x + missing_name", Outcome.ERROR, "NameError"),
        ("def double(x):\n    raise NotImplementedError('todo')", Outcome.ERROR, "not implemented"),
        ("def dubble(x):\n    return 2 * x", Outcome.MISSING, "double was never defined"),
        ("def double(x):\n    while True: pass", Outcome.TIMEOUT, "too long"),
        ("def double(x):\n    return [0] * 10**12", Outcome.MEMORY, "memory"),
        ("import os\ndef double(x):\n    os._exit(1)", Outcome.CRASH, "ended"),
        ("import os\ndef double(x):\n    os.write(3, b'x' * 99)", Outcome.CRASH, "garbage"),
    ],
)
def test_every_way_to_fail_has_its_outcome_and_its_words(
    grade_cells: GradeCells, cell: str, outcome: Outcome, said: str
) -> None:
    result = grade_cells(cell, settings=HURRIED)
    assert result.status is Status.GRADED
    assert result.score == 0.0
    assert {case.outcome for case in result.cases} == {outcome}
    assert said in result.cases[0].message


def test_the_words_of_a_hidden_test_never_reach_the_student(grade_cells: GradeCells) -> None:
    hidden, _ = grade_cells("def double(x):\n    return 5").cases
    assert hidden.message == "double(x) is not twice x."


def test_a_bare_public_assert_shows_its_line_and_a_hidden_one_does_not(
    grade_cells: GradeCells,
) -> None:
    test_file = """
from otter.test_files import test_case
OK_FORMAT = False
name = "double"

@test_case(name="double - 1", points=1)
def test_two_of_them(double):
    x = 2
    assert (double(x) ==
            4)

@test_case(name="in_words", points=1)
def test_words(double):
    assert double(3) == 6, "twice three is six"

@test_case(name="unseen", points=1, hidden=True)
def test_hidden(double):
    assert double(4) == 8
"""
    cases = grade_cells("def double(x):\n    return 3 * x", test_file=test_file).cases
    assert [case.message for case in cases] == [
        "This does not hold: assert double(x) == 4",
        "twice three is six",
        "A wrong answer.",
    ]
    assert [case.title for case in cases] == ["Two of them", "In words", "Unseen"]


def test_questions_run_in_otters_order_and_stand_in_the_notebooks(
    zygote: Zygote, make_course: MakeCourse
) -> None:
    folder = make_course().folder
    for name in ("a_first", "z_last"):
        (folder / "tests" / f"{name}.py").write_text(ORDER.format(name=name))
    (folder / "tests" / "double.py").unlink()
    begin = [f"# BEGIN QUESTION\nname: {name}" for name in ("z_last", "a_first")]
    cells = [{"cell_type": "raw", "metadata": {}, "source": source} for source in begin]
    (folder / "doubling.ipynb").write_text(json.dumps({"cells": cells}))
    course = assignment.load(folder)
    calls = "calls = []\ndef double(x):\n    calls.append(x)\n    return len(calls)"
    result = Grader(course, zygote=zygote).grade(of_cells(calls))
    assert [case.question for case in result.cases] == ["z_last", "a_first"]
    assert [str(case.said[0]) for case in result.cases] == ["call 2", "call 1"]


ORDER = """
from otter.test_files import test_case
OK_FORMAT = False
name = "{name}"

@test_case(name="calls", points=1)
def test_calls(double):
    assert False, f"call {{double(0)}}"
"""


def test_the_students_own_lines_are_shown(grade_cells: GradeCells) -> None:
    case, _ = grade_cells("import numpy", "def double(x):\n    return x.no").cases
    assert case.message == "Your code raised AttributeError: 'int' object has no attribute 'no'"
    assert case.traceback == "cell 2, line 2, in double\n    return x.no"


@pytest.mark.parametrize(
    ("cell", "files", "is_there"),
    [
        ("", (), False),
        ("# wave, some day", (), True),
        ("import wave.no_such_part", (), True),
        ("", (("helper.py", b"from wave import open"),), True),
        ("", (("data.csv", b"1,2"),), False),
    ],
    ids=["not", "anywhere", "part", "file", "other-file"],
)
def test_what_takes_long_to_import_is_there_for_those_who_name_it(
    make_course: MakeCourse,
    zygote: Zygote,
    cell: str,
    files: tuple[tuple[str, bytes], ...],
    is_there: bool,
) -> None:
    course = make_course(settings='preload = ["wave"]\n' + SETTINGS)
    look = "import sys\nassert 'wa' + 've' in sys.modules"
    submission = Submission(
        name="a", source="a", student="a", digest="", cells=(look, cell, RIGHT), files=files
    )
    result = Grader(course, zygote=zygote).grade(submission)
    assert (result.cells[0].error is None) is is_there
    assert result.score == result.max_score


def test_a_death_in_one_test_case_costs_that_one(grade_cells: GradeCells) -> None:
    result = grade_cells(
        "import os\ndef double(x):\n    return os._exit(1) if isinstance(x, int) else 2 * x"
    )
    assert [case.outcome for case in result.cases] == [Outcome.CRASH, Outcome.PASSED]
    assert (result.status, result.score) == (Status.GRADED, 1.0)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fatal", "status"),
    [
        ("while True: pass", Status.TIMEOUT),
        ("import time; time.sleep(1000)", Status.TIMEOUT),
        ("import os; os._exit(1)", Status.CRASH),
        ("import ctypes; ctypes.string_at(0)", Status.CRASH),
        ("x = bytearray(10**12)", Status.MEMORY),
    ],
)
@pytest.mark.parametrize("place", ["before", "after", "same cell"])
def test_a_fatal_line_costs_no_other_points(
    grade_cells: GradeCells, fatal: str, status: Status, place: str
) -> None:
    cells = {
        "before": (fatal, RIGHT),
        "after": (RIGHT, fatal),
        "same cell": (f"{fatal}\n{RIGHT}",),
    }[place]
    result = grade_cells(*cells, settings=HURRIED)
    assert (result.status, result.score) == (status, 3.0)


def test_a_cell_that_kills_even_by_its_definitions_is_left_out(grade_cells: GradeCells) -> None:
    result = grade_cells("class A:\n    import os; os._exit(1)", RIGHT)
    assert (result.status, result.score) == (Status.CRASH, 3.0)


def test_a_name_overwritten_by_a_result_is_put_back_with_a_note(grade_cells: GradeCells) -> None:
    for cells in ((RIGHT, "double = double(3)"), (RIGHT + "\ndouble = double(3)",)):
        result = grade_cells(*cells)
        assert result.score == 3.0
        assert any("double was overwritten" in note for note in result.notes)


def test_the_last_definition_counts(grade_cells: GradeCells) -> None:
    assert grade_cells(RIGHT, "def double(x):\n    return 0").score == 0.0
    assert grade_cells("def double(x):\n    return 0", RIGHT).score == 3.0


@pytest.mark.parametrize("end", ["del double", "%reset -f"])
def test_a_name_deleted_at_the_end_is_missing(grade_cells: GradeCells, end: str) -> None:
    result = grade_cells(RIGHT, end)
    assert {case.outcome for case in result.cases} == {Outcome.MISSING}


@pytest.mark.slow
def test_a_test_that_catches_everything_does_not_hide_a_limit(grade_cells: GradeCells) -> None:
    test_file = (
        "from otter.test_files import test_case\nOK_FORMAT = False\nname = 'q'\npoints = 1\n"
        "@test_case(name='c')\ndef test_c(double):\n    try:\n        double(1)\n"
        "    except BaseException:\n        pass\n"
    )
    result = grade_cells("def double(x):\n    while True: pass", test_file=test_file)
    assert result.cases[0].outcome is Outcome.TIMEOUT


def test_env_and_plain_values_are_what_they_are_under_otter(grade_cells: GradeCells) -> None:
    test_file = (
        "from otter.test_files import test_case\nOK_FORMAT = False\nname = 'q'\npoints = 1\n"
        "@test_case(name='c')\ndef test_c(env, double):\n"
        "    assert env['table'] == {'a': [1, 2]}\n    assert 'nothing' not in env\n"
        "    assert env.get('nothing') is None\n    assert double(env['n']) == 14\n"
    )
    result = grade_cells(RIGHT, "n = 7\ntable = {'a': [1, 2]}", test_file=test_file)
    assert result.score == 1.0


STUBBORN = (
    "import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())\n"
    "while True: pass"
)


@pytest.mark.slow
def test_the_time_of_the_test_cases_is_not_the_cells_to_use_up(grade_cells: GradeCells) -> None:
    short = SETTINGS.replace("total_seconds = 20", "total_seconds = 1")
    result = grade_cells(*[STUBBORN] * 20, RIGHT, settings=short)
    assert result.status is Status.TIMEOUT
    assert {case.outcome for case in result.cases} == {Outcome.PASSED}
    assert any("that all cells share" in note for note in result.notes)


def test_a_submission_whose_time_is_used_up_still_has_a_result(grade_cells: GradeCells) -> None:
    short = SETTINGS.replace("total_seconds = 20", "total_seconds = 0.4")
    stubborn = "def double(x):\n    " + STUBBORN.replace("\n", "\n    ")
    result = grade_cells(stubborn, settings=short)
    assert result.status is Status.GRADED
    assert {case.outcome for case in result.cases} == {Outcome.TIMEOUT}


@pytest.mark.slow
def test_what_a_skipped_cell_gives_to_what_is_asked_for_is_there(grade_cells: GradeCells) -> None:
    short = SETTINGS.replace("total_seconds = 20", "total_seconds = 4\ncells_seconds = 0.5")
    result = grade_cells(
        "while True: pass",
        "import math\nFACTOR = int(2.0)\nrows = []\nmade = math.inf / 0",
        "rows.append(FACTOR)\nif FACTOR:\n    def times(x):\n        return rows[0] * x",
        "def double(x):\n    return times(x)",
        settings=short,
    )
    assert result.score == result.max_score


def test_a_cell_that_closes_its_connection_has_not_run_out_of_memory(
    grade_cells: GradeCells,
) -> None:
    result = grade_cells(RIGHT, "import os\nos.closerange(3, 100)")
    assert result.status is Status.CRASH
    assert result.score == result.max_score
    assert "memory" not in str(result.cells[-1].error)


@pytest.mark.slow
def test_a_name_that_a_cell_cut_short_would_have_given_is_said_to_be(
    grade_cells: GradeCells,
) -> None:
    short = SETTINGS.replace("total_seconds = 20", "total_seconds = 4\ncells_seconds = 0.5")
    made = "for double in [lambda x: 2 * x]:\n    while True: pass"
    result = grade_cells("while True: pass", made, settings=short)
    assert result.score == result.max_score  # the loop binds the name before it is cut
    later = "if unheard_of:\n    def double(x):\n        return 2 * x"
    result = grade_cells("while True: pass", later, settings=short)
    assert {case.outcome for case in result.cases} == {Outcome.MISSING}
    assert all("cell 2" in case.message.lower() for case in result.cases)


TRIED = """
import numpy as np
from grader.checks.exercise import Exercise
from grader.checks.scenario import Run

OK_FORMAT = False
name = "double"
points = 1


def double(x):
    return 2 * x


def doubled(double, run):
    return {"out": double(run.x)}


PUBLIC = [Run(x=np.array([1.0, 2.0]))]
EXERCISE = Exercise(double, runs=[Run(x=np.array([0.3, 0.7]))], public=PUBLIC)
values = EXERCISE.agrees(doubled, name="values", points=1, says="It must give twice x.")
"""


def test_what_can_be_tried_is_asked_of_the_worker_when_all_is_judged(
    grade_cells: GradeCells,
) -> None:
    (wrong,) = grade_cells("def double(x):\n    return 3 * x", test_file=TRIED).cases
    assert wrong.example is not None
    assert wrong.example.code.endswith("x = np.array([1.0, 2.0])\nprint(double(x))")
    assert (wrong.example.yours, wrong.example.right) == ("[3 6]", "[2 4]")
    (right,) = grade_cells("def double(x):\n    return 2 * x", test_file=TRIED).cases
    assert right.example is None


def test_what_can_be_tried_costs_nothing_where_it_kills_the_worker(
    grade_cells: GradeCells,
) -> None:
    code = "import os\ndef double(x):\n    return 3 * x if x[0] < 1 else os._exit(1)"
    graded = grade_cells(code, test_file=TRIED)
    assert (graded.status, graded.cases[0].example) == (Status.GRADED, None)


PLAIN = """
from otter.test_files import test_case

@test_case(name="changed", points=1)
def test_changed(double):
    double(NUMBERS)

@test_case(name="values", points=2)
def test_values(double):
    assert NUMBERS.tolist() == [1, 2], f"it is {NUMBERS}"
"""
SCENARIO = """
from grader.checks.exercise import Exercise
from grader.checks.scenario import Run

RUNS = [Run(x=np.ones(2))]

def double(x):
    return 2 * x

def values(double, run):
    return {"double": double(NUMBERS), "x": NUMBERS.copy()}

exercise = Exercise(double, runs=RUNS)
case = exercise.agrees(values, name="values", points=3, runs=RUNS, says="It must be right.")
"""


@pytest.mark.parametrize("file", [PLAIN, SCENARIO], ids=["plain", "scenario"])
def test_what_one_submission_does_to_a_test_files_data_is_gone_for_the_next(
    zygote: Zygote, make_course: MakeCourse, file: str
) -> None:
    head = 'import numpy as np\nOK_FORMAT = False\nname = "double"\nNUMBERS = np.array([1.0, 2.0])'
    course = make_course(test_file=head + file)
    grader = Grader(course, zygote=zygote)

    def said(cell: str) -> list[str]:
        submission = Submission(name="a", source="a", student="a", digest="0" * 64, cells=(cell,))
        return [case.message for case in grader.grade(submission).cases if case.message]

    assert said(RIGHT) == []
    (first,) = said("def double(x):\n    x += 1\n    return 3 * x")
    assert said(RIGHT) == []
    assert said("def double(x):\n    x += 1\n    return 3 * x") == [first]
    function = course.questions[0].cases[0].function
    assert getattr(function, "scenario", function).__globals__["NUMBERS"].tolist() == [1, 2]


def test_a_test_case_may_import_from_its_course_as_it_runs(
    zygote: Zygote, make_course: MakeCourse
) -> None:
    test_file = """
from otter.test_files import test_case
OK_FORMAT = False
name = "double"

@test_case(name="values", points=1)
def test_values(double):
    from reference.factors import TWO
    assert double(3) == 3 * TWO
"""
    course = make_course(test_file=test_file)
    (course.course_root / "reference").mkdir()
    (course.course_root / "reference" / "__init__.py").touch()
    (course.course_root / "reference" / "factors.py").write_text("TWO = 2")
    submission = Submission(name="a", source="a", student="a", digest="0" * 64, cells=(RIGHT,))
    assert Grader(course, zygote=zygote).grade(submission).score == 1
