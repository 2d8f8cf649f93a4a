"""Assignments as Otter has them: an autograder.zip, or a folder of test files, and no toml."""

from __future__ import annotations

import json
import sys
import zipfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import nbformat
import pytest

from grader.cli import main
from grader.course import assignment, fromotter
from grader.errors import AssignmentError
from grader.judge.grade import Grader
from grader.model import Limits, Outcome, Result, Status, Submission
from grader.sandbox.outside.host import Zygote

from .otters import Otter
from .toy_course import write_notebook


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Zips are unpacked into the user's cache, which is not that of who runs the tests."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def ok(name: str, *codes: str, points: object = None, hidden: bool = False, **more: Any) -> str:
    """A test file in OK format, a case each code."""
    cases = [{"code": code, "hidden": hidden} for code in codes]
    test = {"name": name, "points": points, "suites": [{"cases": cases}], **more}
    return f"OK_FORMAT = True\ntest = {test!r}\n"


SQUARE = """
from otter.test_files import test_case
OK_FORMAT = False
name = "square"
points = 3

@test_case(points=1)
def test_public(square):
    assert square(2) == 4

@test_case(hidden=True)
def test_hidden(square, base):
    assert square(base) == 9
"""


def write(folder: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder


def zipped(path: Path, files: Mapping[str, str]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


Grade = Callable[..., Result]


@pytest.fixture
def grade(zygote: Zygote, tmp_path: Path) -> Grade:
    """Grades cells with test files, by name."""

    def graded(files: Mapping[str, str], *cells: str) -> Result:
        submission = Submission(name="a", source="a", student="a", digest="0", cells=cells)
        asked = assignment.load(zipped(tmp_path / "autograder.zip", files))
        return Grader(asked, zygote=zygote, verifies=True).grade(submission)

    return graded


def outcomes(result: Result) -> list[bool]:
    assert result.problem is None
    return [case.outcome is Outcome.PASSED for case in result.cases]


# What is read


def test_names_and_points_are_those_of_the_tests(tmp_path: Path) -> None:
    folder = write(
        tmp_path / "tests_of_hw1",
        {
            "q1.py": SQUARE,
            "q2.py": ok("q2", ">>> y = 2\n>>> cube(y) + z\n8", ">>> cube(2)\n8", points=[2, 1]),
            "notes.py": "print('no test file')\n",
        },
    )
    read = assignment.load(folder)
    assert read.name == "tests_of_hw1"
    assert sorted(read.names) == ["base", "cube", "square", "z"]
    assert read.max_score == 6
    assert [case.points for q in read.questions for case in q.cases] == [1, 2, 2, 1]
    assert [case.hidden for q in read.questions for case in q.cases] == [False, True, False, False]


def test_a_zip_is_found_by_its_path_and_read_again_where_it_was_unpacked(tmp_path: Path) -> None:
    path = zipped(tmp_path / "hw1.zip", {"tests/q1.py": SQUARE, "otter_config.json": "{}"})
    read = assignment.load("hw1.zip", start=tmp_path)
    assert read.name == "hw1"
    again = assignment.load(read.folder)
    assert (again.digest, again.max_score) == (read.digest, 3)
    assert assignment.load(path).folder == read.folder


def test_of_two_folders_of_one_name_the_one_of_ours_counts(toy: Path) -> None:
    course = toy.parent.parent
    write(course / "toy", {"q1.py": SQUARE})
    assert assignment.load("toy", start=course).folder == toy


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"tests/q1.R": ""}, "no tests"),
        ({"readme.md": ""}, "no tests"),
        ({"tests/q1.py": SQUARE, "otter_config.json": "{"}, "cannot be read as JSON"),
        ({"tests/q1.py": SQUARE, "tests/q2.R": ""}, "is an assignment in R"),
        ({"tests/q1.py": SQUARE, "tests/q2.py": SQUARE}, "has the name 'square' of"),
        ({"tests/q1.py": "OK_FORMAT = True\ntests = 1"}, "in OK format .KeyError: 'test'"),
        ({"tests/q1.py": ok("q1", ">>> f(\n1", points="3")}, "invalid type"),
    ],
    ids=["R", "nothing", "config", "R besides", "names", "no test", "points"],
)
def test_slips(tmp_path: Path, files: dict[str, str], message: str) -> None:
    with pytest.raises(AssignmentError, match=message) as caught:
        assignment.load(zipped(tmp_path / "a.zip", files))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("plugins", ["mine"]),
        ("grade_from_log", True),
        ("score_threshold", 0.5),
        ("points_possible", 10),
        ("debug", True),
        ("lang", "r"),
        ("seed", "soon"),
        ("later_than_us", 1),
    ],
)
def test_what_changes_scores_is_refused_by_name(
    tmp_path: Path, setting: str, value: object
) -> None:
    config = json.dumps({setting: value})
    path = zipped(tmp_path / "a.zip", {"tests/q1.py": SQUARE, "otter_config.json": config})
    with pytest.raises(AssignmentError, match="in R" if setting == "lang" else setting):
        assignment.load(path)


def test_what_changes_no_score_is_named(tmp_path: Path) -> None:
    config = {
        "token": "secret", "pdf": True, "filtering": True, "assignment_name": "hw01",
        "show_hidden": True,
        "plugins": [], "seed": None, "debug": False, "zips": True, "lang": "python",
    }  # fmt: skip
    files = {"tests/q1.py": SQUARE, "otter_config.json": json.dumps(config)}
    read = assignment.load(zipped(tmp_path / "a.zip", files))
    told = "\n".join(read.notices)
    assert read.title == "hw01"
    assert "secret" not in told
    for name in ("token", "pdf, filtering", "assignment_name", "show_hidden"):
        assert f"otter_config.json, {name}: " in told
    for name in ("plugins", "seed", "debug", "zips", "lang"):
        assert name not in told


# How it is graded

F = "def f(x):\n    return x * x"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("code", "holds"),
    [
        (">>> f(3)\n9", True),
        (">>> f(3)\n10", False),
        (">>> f(3) == 9\nTrue", True),
        (">>> for i in range(2):\n...     print(f(i))\n0\n1", True),
        (">>> x = f(2)\n>>> x + 1\n5", True),
        (">>> x = f(2)\n>>> x\n5\n>>> x + 1\n5", False),
        (">>> f()\nTraceback (most recent call last):\n    ...\nTypeError: f() missing ...", False),
        (
            ">>> f()  # doctest: +ELLIPSIS\nTraceback (most recent call last):\n    ...\n"
            "TypeError: f() missing ...",
            True,
        ),
        (
            ">>> f()  # doctest: +IGNORE_EXCEPTION_DETAIL\nTraceback (most recent call last):\n"
            "TypeError: whatever",
            True,
        ),
        (">>> 1 / 0\nTraceback (most recent call last):\nValueError", False),
        (">>> f('a')\n'aa'", False),
        (">>> print('a   b')  # doctest: +NORMALIZE_WHITESPACE\na b", True),
        (">>> f('a')  # doctest: +SKIP\n1\n>>> f(1)\n1", True),
        (">>> print('a\\n\\nb')\na\n<BLANKLINE>\nb", True),
        (">>> print(1, end='')\n1", True),
        (">>> import sys\n>>> print(1, file=sys.stderr)", True),
        (">>> f(2)", False),
        (">>> display(f(2))", True),
        (">>> f(2);\n4", True),
        (">>> f(\n... 2)\n4", True),
        (">>> assert f(2) == 5", False),
        (">>> f(2", False),
        (">>> undefined", False),
        (">>> import os\n>>> os._exit(0)", False),
        (">>> raise SystemExit", False),
        ("no example at all", True),
    ],
)
def test_a_doctest_holds_as_under_otter(grade: Grade, code: str, holds: bool) -> None:
    result = grade({"tests/q1.py": ok("q1", code, ">>> f(2)\n4")}, F)
    assert outcomes(result) == [holds, True]
    assert result.score == pytest.approx(0.5 + 0.5 * holds)


def test_each_case_is_alone(grade: Grade) -> None:
    codes = (
        ">>> n = f(2)\n>>> kept.append(n)\n>>> f = None",
        ">>> f(2)\n4\n>>> kept\n[]",
        ">>> n\n4",
    )
    result = grade({"tests/q1.py": ok("q1", *codes)}, F, "kept = []")
    assert outcomes(result) == [True, True, False]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ("while True: pass", Outcome.TIMEOUT),
        ("import time; time.sleep(100)", Outcome.TIMEOUT),
        ("import os; os.kill(os.getpid(), 9)", Outcome.FAILED),
        ("return [0] * 10**11", Outcome.FAILED),
    ],
    ids=["loop", "sleep", "killed", "memory"],
)
def test_what_does_not_end_costs_its_own_case(
    grade: Grade, body: str, outcome: Outcome, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fromotter, "Limits", partial(Limits, call_seconds=0.5))
    result = grade({"tests/q1.py": ok("q1", ">>> g()\n4", ">>> f(2)\n4")}, F, f"def g():\n {body}")
    assert not outcomes(result)[0]
    assert outcomes(result)[1]
    if outcome is Outcome.TIMEOUT:
        assert result.cases[0].outcome is outcome


def test_a_question_is_tested_where_the_notebook_asks_for_it(grade: Grade) -> None:
    files = {
        "tests/q1.py": ok("q1", ">>> x\n1", ">>> table\n[1]"),
        "tests/q2.py": ok("q2", ">>> x\n2", ">>> table\n[1, 2]"),
        "tests/q3.py": SQUARE.replace('"square"', '"q3"'),
        "tests/q4.py": ok("q4", ">>> x\n3", ">>> table\n[1, 2, 3]"),
    }
    result = grade(
        files,
        "import otter\ngrader = otter.Notebook()",
        "x = 1\ntable = [1]\nbase = 3\ndef square(x): return x * x",
        'grader.check("q1")',
        "x = 2\ntable.append(2)",
        "grader.check('q2')",
        'grader.check("q3")',
        "x = 3\ntable.append(3)\nbase = 5\nsquare = None",
    )
    assert all(outcomes(result)), [case.message for case in result.cases]


@pytest.mark.slow
def test_of_many_questions_each_is_tested_in_its_place(grade: Grade) -> None:
    many = range(50)
    files = {f"tests/q{n:02}.py": ok(f"q{n:02}", f">>> x\n{n}\n>>> f()\n{n}") for n in many}
    cells = (f"x = {n}\ngrader.check('q{n:02}')" for n in many)
    start = "import pandas\nclass grader:\n    check = print\ndef f(): return x"
    result = grade(files, start, *cells, "x = 0")
    assert all(outcomes(result))
    assert result.status is Status.GRADED


def test_of_several_places_the_last_counts(grade: Grade) -> None:
    files = {"tests/q1.py": ok("q1", ">>> x\n2")}
    check = 'grader.check("q1")'
    assert outcomes(grade(files, "x = 1", check, "x = 2", check, "x = 3")) == [True]


def test_a_cell_that_stops_before_its_check_asks_for_nothing(grade: Grade) -> None:
    files = {"tests/q1.py": ok("q1", ">>> x\n2")}
    assert outcomes(grade(files, 'x = 1\n1 / 0\ngrader.check("q1")', "x = 2")) == [True]


@pytest.mark.parametrize(
    ("config", "cell", "code"),
    [
        ({"seed": 42}, "import random\nx = random.random()", ">>> x\n0.6394267984578837"),
        ({"seed": 42}, "import numpy as np\nx = np.random.rand()", ">>> round(x, 3)\n0.375"),
        ({"seed": 7, "seed_variable": "key"}, "x = key + 1", ">>> x\n8"),
    ],
    ids=["Python", "NumPy", "variable"],
)
def test_cells_are_seeded_as_asked(
    grade: Grade, config: dict[str, Any], cell: str, code: str
) -> None:
    code = code.replace("round(x, 3)", "float(round(x, 3))")
    files = {"tests/q1.py": ok("q1", code), "otter_config.json": json.dumps(config)}
    assert outcomes(grade(files, cell)) == [True]
    assert outcomes(grade(files, "import random; random.random()", cell)) == [True]


def test_files_lie_beside_the_notebook_but_what_tests_import(grade: Grade) -> None:
    files = {
        "tests/q1.py": SQUARE.replace("import test_case", "import test_case\nfrom answers import A")
        .replace("== 4", "== A and open('data/n.txt').read() == '3'"),
        "tests/q2.py": ok("q2", ">>> secret\n'none'", ">>> open('data/n.txt').read()\n'3'"),
        "files/answers.py": "A = 4\n",
        "files/helper.py": "def square(x): return x * x\n",
        "files/data/n.txt": "3",
    }  # fmt: skip
    look = "try:\n    import answers; secret = answers.A\nexcept ImportError:\n    secret = 'none'"
    read = "from helper import square\nbase = int(open('data/n.txt').read())"
    assert all(outcomes(grade(files, read, look)))


def test_that_doctests_can_be_fooled_is_said(tmp_path: Path) -> None:
    files = {"tests/q1.py": SQUARE, "tests/q2.py": ok("q2", ">>> 1\n1")}
    (notice,) = assignment.load(zipped(tmp_path / "a.zip", files)).notices
    assert notice.startswith("q2: doctests")


def test_tests_of_libraries_are_named(tmp_path: Path) -> None:
    files = {
        "tests/q1.py": "import math, numpy.linalg\nimport mine\n" + SQUARE,
        "tests/q2.py": "import pandas as pd\n" + SQUARE.replace('"square"', '"q2"'),
        "files/mine.py": "",
    }
    read = assignment.load(zipped(tmp_path / "a.zip", files))
    told = [notice for notice in read.notices if " imports " in notice]
    assert [notice.partition(":")[0] for notice in told] == ["q2 imports pandas"]


def test_what_tests_import_is_named(tmp_path: Path) -> None:
    files = {
        "tests/q1.py": "from answers import A\n" + SQUARE,
        "files/answers.py": "from more import A\n",
        "files/more.py": "A = 4\n",
        "files/data.csv": "a,b\n",
    }
    read = assignment.load(zipped(tmp_path / "a.zip", files))
    assert [name for name, _ in read.files] == ["data.csv"]
    assert any(notice.startswith("answers.py, more.py: imported by") for notice in read.notices)


# What pages say, and what a student may try


def test_a_public_case_says_what_was_asked_and_a_hidden_one_does_not(grade: Grade) -> None:
    public = grade({"tests/q1.py": ok("q1", ">>> f(3)\n10", ">>> g()", ">>> None\n1")}, F)
    assert "f(3) gives 9; asked for is 10." in public.cases[0].message
    assert "g() raises NameError: name 'g' is not defined." in public.cases[1].message
    assert "None gives (no output); asked for is 1." in public.cases[2].message
    hidden = grade({"tests/q1.py": ok("q1", ">>> f(3)\n10", hidden=True)}, F)
    assert hidden.cases[0].message == "A wrong answer."


def test_the_code_of_a_hidden_case_does_not_come_back(grade: Grade) -> None:
    spy = (
        "import sys\ndef f(x):\n    frame = sys._getframe(1)\n"
        "    raise ValueError(str(frame.f_code.co_consts))"
    )
    result = grade({"tests/q1.py": ok("q1", ">>> f(3) == 1234567\nTrue", hidden=True)}, spy)
    assert "1234567" not in result.cases[0].message + result.cases[0].traceback


@pytest.mark.parametrize(
    "cell",
    [
        "import doctest\ndoctest.OutputChecker.check_output = lambda *a: True",
        "from otter.test_files import ok_test\nok_test.run_doctest = lambda *a: (True, '')",
        "import doctest\ndoctest.DocTestRunner.run = lambda *a, **k: None",
        "import sys\nclass Always:\n    def write(self, text): pass\nsys.stdout = Always()",
        "import os\nos._exit = os.fork = lambda *a: 0",
    ],
    ids=["checker", "otter", "runner", "stdout", "fork"],
)
def test_what_replaces_the_tools_of_a_test_gets_nothing(grade: Grade, cell: str) -> None:
    result = grade({"tests/q1.py": ok("q1", ">>> f(3)\n9", ">>> f(2)\n4", hidden=True)}, cell)
    assert outcomes(result) == [False, False]


@pytest.mark.parametrize(
    "told",
    ["None", "[]", "[('9\\n', '', '')]", "[1, 2]", "'9\\n'", "[('9\\n',), ('4\\n',)]",
     "[['9\\n', '', ''], ['4\\n', b'', 0]]"],
)  # fmt: skip
def test_an_answer_that_is_none_passes_nothing(grade: Grade, told: str) -> None:
    """Whoever takes over the process can answer what they like: it must still be an answer."""
    cell = (
        "import gc\nfor thing in gc.get_objects():\n"
        "    if type(thing).__name__ == 'Examples':\n"
        f"        type(thing).run = lambda *a: {told}\n"
        "        break\n"
        "for thing in gc.get_objects():\n"
        "    if type(thing) is dict and 'examples' in thing and 'mark' in thing:\n"
        f"        thing['examples'] = lambda *a: {told}"
    )
    code = ">>> f(3)\n9\n>>> f(2)\n4"
    result = grade({"tests/q1.py": ok("q1", code, hidden=True)}, cell)
    assert outcomes(result) == [False]


# The commands


@pytest.mark.slow
def test_the_command_line_takes_a_zip(
    tmp_path: Path,
    one_interpreter: None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    config = json.dumps({"token": "t"})
    path = zipped(tmp_path / "hw1.zip", {"tests/q1.py": SQUARE, "otter_config.json": config})
    handed = tmp_path / "class"
    handed.mkdir()
    cells = [nbformat.v4.new_code_cell("def square(x):\n    return x * x\nbase = 4")]
    write_notebook(handed / "hw1.ipynb", cells)

    def run(*arguments: str | Path) -> tuple[int, str, str]:
        code = main([*map(str, arguments)])
        return code, *capsys.readouterr()

    code, _, said = run("grade", handed, "--assignment", path, "--out", tmp_path / "out")
    assert code == 0, said
    assert "token: nothing is sent" in said
    assert "hw1,hw1.ipynb,hw1,graded,1,3," in (tmp_path / "out" / "scores.csv").read_text()
    code, _, said = run("verify", path)
    assert (code, "no solution" in said) == (1, True)
    code, shown, said = run("check", handed / "hw1.ipynb", "--assignment", path)
    assert (code, "test_hidden" in shown) == (0, False), said


# As Otter grades

NOTEBOOKS = {
    "right": ("x = 1", 'grader.check("q1")', "x = 2\ndef square(x): return x * x\nbase = 3"),
    "wrong": ("x = 5", "def square(x): return x + x", "base = 3"),
    "errors": ("x = 1 / 0", "x = 1", 'grader.check("q1")', "def square(x): return y"),
    "nothing": ("pass",),
    "drawn": ("import random\nx = 1 if random.random() > 0.6 else 2", 'grader.check("q1")'),
}
SAMPLE = {
    "tests/q1.py": ok("q1", ">>> x\n1", ">>> x + 1\n2", points=2, hidden=True),
    "tests/q2.py": SQUARE,
    "tests/q3.py": ok("q3", ">>> n = square(2)\n>>> n\n4", ">>> n + 1\n5", all_or_nothing=True),
    "tests/q4.py": ok("q4", ">>> square(open('n.txt').read())\nTraceback (most recent call last):\n"
                      "TypeError: can't multiply sequence by non-int of type 'str'", points=0.5),
    "files/n.txt": "3",
    "otter_config.json": json.dumps({"seed": 42, "show_hidden": True}),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(
    "names", [("errors", "drawn"), pytest.param(tuple(NOTEBOOKS), marks=pytest.mark.long)]
)
def test_scores_are_those_of_otter_run(
    names: tuple[str, ...], tmp_path: Path, zygote: Zygote, otter: Otter
) -> None:
    path = zipped(tmp_path / "a.zip", SAMPLE)
    asked = assignment.load(path)
    grader = Grader(asked, zygote=zygote, verifies=True)
    start = "import otter\ngrader = otter.Notebook()"
    notebooks: dict[str, Path] = {}
    ours: dict[str, dict[str, Any]] = {}
    for name in names:
        cells = NOTEBOOKS[name]
        made = [nbformat.v4.new_code_cell(cell) for cell in (start, *cells)]
        notebooks[name] = write_notebook(tmp_path / f"{name}.ipynb", made)
        submission = Submission(
            name=name, source=name, student=name, digest=name, cells=(start, *cells)
        )
        result = grader.grade(submission)
        ours[name] = {"passed": {}, "score": pytest.approx(result.score)}
        for case in result.cases:
            passed = ours[name]["passed"].setdefault(case.question, [])
            passed.append(case.outcome is Outcome.PASSED)
    assert ours == otter.run(path, notebooks)


def test_helper_modules_of_one_name_are_each_assignments_own(tmp_path: Path) -> None:
    test = (
        "from helpers_of_tests import FACTOR\nfrom otter.test_files import test_case\n"
        "OK_FORMAT = False\nname = 'q1'\npoints = 1\n"
        "@test_case()\ndef test_double(double):\n    assert double(1) == FACTOR\n"
    )
    for factor in (2, 3, 2):
        files = {"tests/q1.py": test, "files/helpers_of_tests.py": f"FACTOR = {factor}\n"}
        (case,) = assignment.load(write(tmp_path / str(factor), files)).questions[0].cases
        case.function(lambda x, factor=factor: factor * x)
    assert "helpers_of_tests" not in sys.modules
