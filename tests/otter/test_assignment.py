"""Reading an assignment: what is found where, and one helpful sentence for each slip."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from grader.course import assignment, known
from grader.errors import AssignmentError, UsageError
from grader.model import Limits
from tests.cases import spread

ROOT = Path(__file__).parents[2]


def spoil(path: Path, old: str, new: str) -> None:
    """Replace ``old`` in a file, where it must stand."""
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def test_reads_what_the_files_say(toy: Path) -> None:
    loaded = assignment.load(toy)
    assert (loaded.name, loaded.title, loaded.course_root) == ("toy", "Toy", toy.parent.parent)
    assert loaded.names == ("double", "Counter")
    assert loaded.limits == Limits(cell_seconds=5.0, memory_mb=512)
    # As in the notebook, not as the files are sorted.
    assert [question.name for question in loaded.questions] == ["double", "counter"]
    assert loaded.max_score == 4.5
    value = loaded.questions[0].cases[0]
    assert (value.name, value.points, value.hidden) == ("value", 1, True)
    assert value.parameters == ("double",)
    value.function(lambda x: 2 * x)
    with pytest.raises(AssertionError):
        value.function(lambda x: 3 * x)


@pytest.mark.parametrize("name", ["toy", "'toy'  # the first"])
def test_questions_stand_in_the_order_of_the_notebook(toy: Path, name: str) -> None:
    for question in ("later", "toy"):
        text = (toy / "tests" / "counter.py").read_text("utf-8")
        other = toy / "tests" / f"{question}.py"
        other.write_text(text.replace('name = "counter"', f'name = "{question}"'), "utf-8")
    before = assignment.load(toy)
    assert [question.name for question in before.questions] == ["double", "counter", "later", "toy"]
    cells = json.loads((toy / "toy.ipynb").read_text("utf-8"))
    begin = {"cell_type": "raw", "metadata": {}, "source": f"# BEGIN QUESTION\nname: {name}"}
    cells["cells"].insert(1, begin)
    (toy / "toy.ipynb").write_text(json.dumps(cells), "utf-8")
    after = assignment.load(toy)
    assert [question.name for question in after.questions] == ["toy", "double", "counter", "later"]
    assert after.digest != before.digest


def test_without_a_notebook_questions_are_in_the_order_of_their_files(toy: Path) -> None:
    (toy / "toy.ipynb").unlink()
    assert [q.name for q in assignment.load(toy).questions] == ["counter", "double"]


def test_env_is_a_parameter_as_under_otter(toy: Path) -> None:
    spoil(toy / "tests" / "double.py", "test_value(double)", "test_value(double, env)")
    assert assignment.load(toy).questions[0].cases[0].parameters == ("double", "env")


def test_mistakes_and_variants_are_read(toy: Path) -> None:
    loaded = assignment.load(toy)
    assert [mistake.name for mistake in known.mistakes(loaded)] == ["triple", "by two"]
    assert [variant.name for variant in known.variants(loaded)] == ["lambda"]
    (toy / "mistakes.py").unlink()
    assert known.mistakes(loaded) == ()


def test_public_questions_hold_no_hidden_case(toy: Path) -> None:
    questions = assignment.public_questions(assignment.load(toy))
    assert [(q.name, [case.name for case in q.cases]) for q in questions] == [
        ("double", ["double - 1", "zero"])
    ]
    with pytest.raises(AssertionError, match="twice one is two"):
        questions[0].cases[0].function(lambda x: x)


# Finding


def test_found_by_name_from_a_folder_below(toy: Path) -> None:
    below = toy.parent.parent / "handed" / "in"
    below.mkdir(parents=True)
    assert assignment.load("toy", start=below).folder == toy
    assert "toy" in assignment.available(start=below)


def test_a_folder_of_submissions_named_alike_is_not_the_assignment(toy: Path) -> None:
    course = toy.parent.parent
    (course / "toy").mkdir()
    assert assignment.load("toy", start=course).folder == toy


def test_unknown_name_lists_those_that_exist(toy: Path) -> None:
    with pytest.raises(UsageError, match=r"no assignment 'tou' .*choose from .*toy"):
        assignment.load("tou", start=toy)


def test_folder_that_is_no_assignment(toy: Path) -> None:
    with pytest.raises(UsageError, match=r"holds no assignment\.toml"):
        assignment.load(toy / "tests")


# The course's modules


def test_two_courses_keep_their_references_apart(toy: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(toy.parent.parent, other)
    (other / "reference" / "toy.py").write_text("def double(x):\n    return 20 * x\n", "utf-8")
    first = assignment.load(toy)
    second = assignment.load(other / "assignments" / "toy")
    first.questions[0].cases[0].function(lambda x: 2 * x)
    second.questions[0].cases[0].function(lambda x: 20 * x)
    assert first.digest != second.digest


def test_sys_path_is_as_before(toy: Path) -> None:
    before = list(sys.path)
    assignment.load(toy)
    assert sys.path == before


def test_otter_is_imported_by_load_only() -> None:
    code = (
        "import sys, grader.course.assignment, grader.course.otter, grader.course.master;"
        "sys.exit('otter' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def run(code: str, *arguments: str | Path) -> str:
    """What a Python process of its own prints."""
    command = [sys.executable, "-W", "ignore", "-c", code, *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_what_only_other_parts_of_otter_need_is_not_imported(toy: Path) -> None:
    code = (
        "import sys, grader.batch.run; from grader.course import assignment;"
        "assignment.load(sys.argv[1]);"
        "print(*{'IPython', 'nbformat', 'jsonschema', 'doctest', 'pandas'} & {*sys.modules})"
    )
    assert run(code, toy).split() == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("line", "found"),
    spread(
        [
            ("from otter.test_files import GradingResults as it", "GradingResults"),
            ("from otter.test_files import *; it = TestFile", "TestFile"),
            ("import otter.test_files; it = otter.test_files.OKTestFile", "OKTestFile"),
            ("import otter; it = otter.Notebook", "Notebook"),
            ("from otter.test_files import ok_test; it = ok_test.OKTestFile", "OKTestFile"),
        ],
        3,
    ),
    ids=["name", "star", "attribute", "package", "module"],
)
def test_the_rest_of_otter_is_there_when_a_test_file_asks_for_it(
    toy: Path, line: str, found: str
) -> None:
    code = (
        "import sys; from grader.course.assignment import load; load(sys.argv[1]);"
        f"from otter.test_files import test_case as before; {line};"
        "from otter.test_files import test_case; print(it.__name__, test_case is before)"
    )
    assert run(code, toy).split() == [found, "True"]


# The digest


@pytest.mark.parametrize(
    "file",
    ["assignment.toml", "tests/double.py", "mistakes.py", "toy.ipynb", "../../reference/toy.py",
     "figures.py", "locale/de.po"],
)  # fmt: skip
def test_digest_follows_what_influences_a_result_or_its_page(toy: Path, file: str) -> None:
    before = assignment.load(toy).digest
    (toy / file).parent.mkdir(exist_ok=True)
    with (toy / file).open("a", encoding="utf-8") as stream:
        stream.write("\n# changed\n")
    assert assignment.load(toy).digest != before


def test_digest_follows_each_file_of_an_assignment(tmp_path: Path) -> None:
    """Data that pictures are drawn from, too; but not what only verifies the assignment."""
    folder = tmp_path / "assignments" / "optimizers"
    without = shutil.ignore_patterns("__pycache__", "sample_class")
    shutil.copytree(ROOT / "assignments" / "optimizers", folder, ignore=without)
    (tmp_path / "reference").mkdir()
    reference = shutil.copy(ROOT / "reference" / "optimizers.py", tmp_path / "reference")
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    found, before = [], assignment.load(folder).digest
    for path in (*files, Path(reference)):
        content = path.read_bytes()
        path.write_bytes(content + b"\n")
        if assignment.load(folder).digest == before:
            found.append(path.name)
        path.write_bytes(content)
    assert found == ["sample_scores.csv", "variants.py"]


@pytest.mark.parametrize(
    "file",
    [
        "sample_scores.csv",
        "variants.py",
        ".notes",
        "out/gradebook.sqlite",
        "../../reference/unrelated.py",
    ],
)
def test_digest_leaves_the_rest_alone(toy: Path, file: str) -> None:
    before = assignment.load(toy).digest
    (toy / file).parent.mkdir(exist_ok=True)
    (toy / file).write_text("changed = True\n", "utf-8")
    assert assignment.load(toy).digest == before


# One sentence for each slip


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("def test_value(double):", "def test_value(double:", "is no Python"),
        ('name = "double"', "", "does not define 'name'"),
        ('name = "double"', "name = 7", "has the name 7; write a string"),
        ('name = "double"', 'name = "counter"', "has the name 'counter' of"),
        ("points = 3", "points = 0.5", "More points specified"),
        ("points = 3", "points = '3'", "invalid type"),
        ("points = 3", "points = [1, 2]", "different length"),
        ("points=1", "points='1'", "Invalid point type"),
        ("points=1", "points=-1", "worth -1.0 points"),
        ('name="negative"', 'name="value"', "2 test cases named 'value'"),
        ("def test_negative", "def test_value", "defines test_value 2 times"),
        ("OK_FORMAT = False", "OK_FORMAT = True", "exception-based format"),
        ("OK_FORMAT = False", "", "exception-based format"),
        ("@test_case", "@print  # ", "no test case"),
        ("from reference import toy", "from reference import tou", "line 4 raises ImportError"),
        ("points = 3", "points = 1 / 0", "line 8 raises ZeroDivisionError"),
        ("test_value(double)", "test_value(dobule)", "asks for 'dobule'"),
        ("test_value(double)", "test_value(*double)", r"takes \*double, which Otter cannot fill"),
    ],
)
def test_slips_in_a_test_file(toy: Path, old: str, new: str, message: str) -> None:
    spoil(toy / "tests" / "double.py", old, new)
    with pytest.raises(AssignmentError, match=message) as caught:
        assignment.load(toy)
    assert "double.py" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('title = "Toy"', "title = Toy", "cannot be read as TOML"),
        ('title = "Toy"', "title = 3", "title is 3; write a string"),
        ('title = "Toy"', 'titel = "Toy"', "sets 'titel', which is unknown"),
        ('"Counter"]', '"2nd"]', "'2nd' in names is no Python name"),
        ('"Counter"]', '"double"]', "once each"),
        ('["double", "Counter"]', '"double"', "write a list of strings"),
        ("template_score = 0", "template_score = -1", "template_score is -1"),
        ("template_score = 0", "template_score = true", "template_score is True"),
        ("[limits]", "limits = 3\n[other]", "unknown"),
        ("cell_seconds = 5", "cell_second = 5", "the limit 'cell_second', which is unknown"),
        ("cell_seconds = 5", "cell_seconds = 0", "write a number above 0"),
        ("memory_mb = 512", "memory_mb = 1.5", "write a whole number above 0"),
        ("memory_mb = 512", "memory_mb = inf", "write a whole number above 0"),
        ("memory_mb = 512", "memory_mb = true", "write a whole number above 0"),
        ("memory_mb = 512", "memory_mb = '512'", "write a whole number above 0"),
        ("cell_seconds = 5", "cells_seconds = 9\ntotal_seconds = 9", "leaves the test cases no"),
        ("cell_seconds = 5", "cells_seconds = 61", "cells_seconds is 61 and total_seconds 60"),
        ('["double", "Counter"]', "[]", "must list in names, once each"),
        ('["double", "Counter"]', '["double", 3]', "write a list of strings"),
        ("template_score = 0", "template_score = '0'", "template_score is '0'"),
        ("template_score = 0", "preload = 'sklearn'", "preload is 'sklearn'; write a list"),
        ("template_score = 0", "sources = [1]", "sources is .1.; write a list"),
        ("[limits]\ncell_seconds = 5\nmemory_mb = 512", "limits = 3", "write a table .limits."),
    ],
)
def test_slips_in_the_settings(toy: Path, old: str, new: str, message: str) -> None:
    spoil(toy / "assignment.toml", old, new)
    with pytest.raises(AssignmentError, match=message) as caught:
        assignment.load(toy)
    assert "assignment.toml" in str(caught.value)


@pytest.mark.parametrize(
    ("limits", "cells_seconds"),
    [("", 30.0), ("total_seconds = 20", 10.0), ("total_seconds = 20\ncells_seconds = 19", 19.0)],
)
def test_cells_have_half_of_the_time_unless_it_is_said(
    toy: Path, limits: str, cells_seconds: float
) -> None:
    spoil(toy / "assignment.toml", "cell_seconds = 5", limits)
    assert assignment.load(toy).limits.cells_seconds == cells_seconds


def test_what_settings_may_leave_out(toy: Path) -> None:
    (toy / "assignment.toml").write_text('names = ["double", "Counter"]')
    loaded = assignment.load(toy)
    assert (loaded.title, loaded.template_score, loaded.preload) == ("toy", 0.0, ())
    assert loaded.limits == Limits()


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("mistakes.py", '"counter"', '"conuter"', "loses 'conuter'"),
        ("mistakes.py", '"double/value"', '"double/valeu"', "loses 'double/valeu'"),
        ("mistakes.py", "by two", "triple", "have one name"),
        ("mistakes.py", "MISTAKES = (", "MISTAKES = (3,", "must be a tuple"),
        ("mistakes.py", "MISTAKES", "mistakes", "defines no"),
        (
            "mistakes.py",
            '"2 * x", ',
            '"2 * y", ',
            "'triple' replaces '2 \\* y', which the .* nowhere",
        ),
        ("mistakes.py", '"self.n += 1", ', '"self.n", ', "holds 3 times; write more of it"),
        ("mistakes.py", '"3 * x"', '"2 * x"', "'triple' changes nothing"),
        ("mistakes.py", '"3 * x"', '"3 * * x"', "'triple' makes code that is no Python"),
        ("mistakes.py", "changes=((", "in_='Counter', changes=((", "which Counter holds nowhere"),
        ("mistakes.py", "changes=((", "in_='single', changes=((", "is in 'single', which"),
        ("variants.py", "VARIANTS", "x = 1 / 0\nVARIANTS", "ZeroDivisionError"),
    ],
)
def test_slips_in_a_catalogue(toy: Path, file: str, old: str, new: str, message: str) -> None:
    spoil(toy / file, old, new)
    loaded = assignment.load(toy)
    read = known.mistakes if file == "mistakes.py" else known.variants
    with pytest.raises(AssignmentError, match=message) as caught:
        read(loaded)
    assert file in str(caught.value)


def test_no_test_file(toy: Path) -> None:
    for path in (toy / "tests").glob("*.py"):
        path.unlink()
    with pytest.raises(AssignmentError, match="holds no test file"):
        assignment.load(toy)
