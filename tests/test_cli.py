"""The command line as people meet it: exit codes, sentences, files."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from grader.cli import main
from grader.errors import absent
from grader.sandbox.inside.layers import LAYERS
from grader.sandbox.outside.doctor import ADVICE, describe

from .conftest import MakeCourse

pytestmark = pytest.mark.slow
RIGHT = "def double(x):\n    return 2 * x"


def grader(*arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "grader", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def notebook(path: Path, *cells: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
    path.write_text(nbformat.writes(book))
    return path


def scores(out: Path) -> dict[str, dict[str, str]]:
    with (out / "scores.csv").open(newline="") as file:
        return {row["submission"]: row for row in csv.DictReader(file)}


@pytest.fixture
def course(make_course: MakeCourse) -> Path:
    return make_course().folder


@pytest.fixture
def handed_in(tmp_path: Path) -> Path:
    """A class: right, wrong, and every kind of file that cannot be graded."""
    folder = tmp_path / "submissions"
    notebook(folder / "right.ipynb", RIGHT)
    notebook(folder / "wrong.ipynb", "def double(x):\n    return 3 * x")
    (folder / "script.py").write_text(RIGHT)
    (folder / "empty.ipynb").write_text("")
    (folder / "broken.ipynb").write_text('{"cells": [')
    old = {"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [
        {"cells": [{"cell_type": "code", "input": RIGHT, "language": "python", "outputs": []}]}
    ]}  # fmt: skip
    (folder / "old.ipynb").write_text(json.dumps(old))
    (folder / "notes.pdf").write_bytes(b"%PDF-1.4")
    return folder


def test_a_class_is_graded_and_one_bad_submission_stops_no_other(
    course: Path, handed_in: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    done = grader("grade", handed_in, "--assignment", course, "--out", out)
    assert done.returncode == 0, done.stderr
    assert "6 students. Passed over 1 file or folder: notes.pdf." in done.stderr
    rows = scores(out)
    assert {name: (row["status"], row["score"]) for name, row in rows.items()} == {
        "right": ("graded", "3"),
        "wrong": ("graded", "0"),
        "script": ("graded", "3"),
        "empty": ("unreadable", "0"),
        "broken": ("unreadable", "0"),
        "old": ("graded", "3"),
    }
    assert list(rows["right"])[6:] == ["double/values", "double/arrays"]
    assert (out / "gradebook.sqlite").exists()
    for name in rows:
        assert (out / "submissions" / name / "feedback.html").exists()
        assert json.loads((out / "submissions" / name / "results.json").read_text())["tests"]


def test_grading_again_grades_only_what_is_new(
    course: Path,
    handed_in: Path,
    tmp_path: Path,
    one_interpreter: None,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "out"
    given = ("grade", handed_in, "--assignment", course, "--out", out, "--jobs", "1")
    arguments = [*map(str, given)]
    assert main(arguments) == 0
    before = (out / "scores.csv").read_bytes()
    notebook(handed_in / "wrong.ipynb", RIGHT)
    capsys.readouterr()
    assert main(arguments) == 0
    assert "5 of them were graded before" in capsys.readouterr().out
    assert scores(out)["wrong"]["score"] == "3"
    notebook(handed_in / "wrong.ipynb", "def double(x):\n    return 3 * x")
    assert main([*arguments, "--fresh"]) == 0
    assert (out / "scores.csv").read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["grade", "{class}", "--assignment", "no_such", "--out", "{tmp}/o"], "no assignment"),
        (["grade", "{tmp}/nowhere", "--assignment", "{course}"], "nowhere"),
        (["grade", "{tmp}/nothing", "--assignment", "{course}"], "No submissions were found"),
        (["grade", "{class}", "--out", "{tmp}/o"], "--assignment"),
        (["grade", "{class}", "--assignment", "{course}", "--out", "{tmp}/file"], "file"),
        (["grade", "--assignment", "{course}"], "PATH"),
        (["grade", "{class}", "--assignment", "{course}", "--jobs", "0"], "--jobs"),
        (["check", "{tmp}/nowhere.ipynb", "--assignment", "{course}"], "nowhere"),
        (["frobnicate"], "frobnicate"),
    ],
)
def test_wrong_usage_is_one_sentence_and_exit_code_1(
    course: Path,
    handed_in: Path,
    tmp_path: Path,
    arguments: list[str],
    sentence: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "nothing").mkdir()
    (tmp_path / "file").write_text("")
    places = {"class": handed_in, "tmp": tmp_path, "course": course}
    monkeypatch.chdir(tmp_path)
    assert main([argument.format_map(places) for argument in arguments]) == 1
    said = capsys.readouterr().err
    assert sentence in said
    assert "Traceback" not in said
    assert not (tmp_path / "o").exists()


@pytest.mark.usefixtures("one_interpreter")
@pytest.mark.parametrize("named", [[], ["--assignment"]])
def test_demo_grades_an_assignments_sample_class(
    course: Path, tmp_path: Path, named: list[str]
) -> None:
    notebook(course / "sample_class" / "right.ipynb", RIGHT)
    assert main(["demo", *named, str(course), "--out", str(tmp_path / "out")]) == 0
    assert scores(tmp_path / "out")["right"]["status"] == "graded"


def test_demo_of_two_assignments(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "dropout", "--assignment", "softmax"]) == 1
    assert "Two assignments are named" in capsys.readouterr().err


def test_quiet_prints_nothing(course: Path, handed_in: Path, tmp_path: Path) -> None:
    done = grader(
        "grade", handed_in / "right.ipynb", "--assignment", course, "--out", tmp_path / "o",
        "--quiet",
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_doctor_names_every_layer() -> None:
    done = grader("doctor")
    assert done.returncode == 0
    named = [line.split()[0] for line in done.stdout.splitlines() if line.strip()]
    assert [layer for layer in LAYERS if layer not in named] == []


def test_doctor_says_what_each_layer_prevents_in_sentences() -> None:
    absent = LAYERS[-2:]
    lines = list(describe(LAYERS[:-2]))
    told = {line.split()[0]: line for line in lines if not line.startswith((" ", "To get"))}
    assert list(told) == list(ADVICE)
    for layer, line in told.items():
        how = "MISSING  It would prevent" if layer in absent else "active   It prevents"
        # What is prevented is something that one does.
        assert re.fullmatch(rf"{layer} +{how} \w+ing .+[^.]\.", line)
    without = [line for line in lines if line.startswith(" ")]
    assert len(without) == 2
    assert all(re.fullmatch(r" {23}Without it, .+[^.]\.", line) for line in without)


def test_a_worker_python_that_is_none_is_our_failure(
    course: Path, handed_in: Path, tmp_path: Path
) -> None:
    done = grader(
        "grade", handed_in, "--assignment", course, "--out", tmp_path / "o",
        "--worker-python", "/bin/false",
    )  # fmt: skip
    assert done.returncode == 2
    assert "/bin/false does not start" in done.stderr


@pytest.mark.parametrize(
    ("module", "extra"), [("babel.messages", "course"), ("packaging", "course"), ("other", None)]
)
def test_what_an_extra_brings_is_named_where_it_is_missing(module: str, extra: str | None) -> None:
    told = absent(ModuleNotFoundError("no module", name=module))
    assert (told is None) == (extra is None)
    assert extra is None or f"pip install 'numgrader[{extra}]'." in str(told)
    assert absent(ValueError("other")) is None
