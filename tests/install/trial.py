"""What is tried with an installed grader, far from the checkout: every command that makes sense.

Used by the tests here, in environments made without network, and by ``benchmarks/versions.py``,
in such that pip filled with the oldest and the newest versions.
"""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EXERCISE = "weight_decay"

TEST = """
from otter.test_files import test_case
OK_FORMAT = False
name = "square"
points = 0

@test_case(points=None, hidden=False)
def test_two_squared(square):
    assert square(2) == 4, 'the square of 2 is 4'
"""


def build_wheel(folder: Path) -> Path:
    """The wheel, built in ``folder`` of a copy, without network; needs setuptools."""
    source = folder / "source"
    kept = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "grader", source / "grader", ignore=kept)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel", "-q"]
    offline = ["--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*command, *offline, "-w", folder, source], check=True)
    (wheel,) = folder.glob("*.whl")
    return wheel


class Installed:
    """A grader in an environment of its own, used in ``folder``, where nothing else is."""

    def __init__(self, environment: Path, folder: Path) -> None:
        self.python = environment / "bin" / "python"
        self.folder = folder
        folder.mkdir()

    def run(self, *arguments: str | Path, code: int = 0) -> str:
        """What the command says; AssertionError where it ends with another ``code``."""
        done = subprocess.run(
            [self.python.with_name("grader"), *arguments],
            cwd=self.folder,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(self.folder),
                "LANG": "C.UTF-8",
                "PYTHONWARNINGS": "ignore",
            },
            capture_output=True,
            text=True,
            check=False,
        )
        said = done.stdout + done.stderr
        assert done.returncode == code, (arguments, done.returncode, said)
        assert "Traceback" not in said, said
        return said

    def has(self, module: str) -> bool:
        """Whether ``module`` is installed."""
        code = f"import importlib.util, sys; sys.exit(importlib.util.find_spec({module!r}) is None)"
        return subprocess.run([self.python, "-I", "-c", code], check=False).returncode == 0


def student(grader: Installed) -> None:
    """A student alone checks a notebook that carries its tests."""
    for answer, says, code in (("x * x", "1 of 1 public", 0), ("x", "the square of 2 is 4", 1)):
        source = "import otter\ngrader = otter.Notebook()\ndef square(x):\n    return " + answer
        cells = [{"cell_type": "code", "source": source, "metadata": {}, "outputs": []}]
        metadata = {"otter": {"OK_FORMAT": False, "tests": {"square": TEST}}}
        book = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 4}
        (grader.folder / "hw.ipynb").write_text(json.dumps(book))
        assert says in grader.run("check", "hw.ipynb", code=code)
    assert "falsche Antwort" in grader.run("check", "hw.ipynb", "--lang", "de", code=1)
    assert "Worker: python" in grader.run("doctor")


def class_(grader: Installed) -> None:
    """A sample class gets the scores that come with it, and its pages once more in Japanese."""
    course = grader.folder / "course"
    kept = shutil.ignore_patterns("__pycache__")
    for name in ("reference", f"assignments/{EXERCISE}"):
        shutil.copytree(ROOT / name, course / name, ignore=kept)
    exercise = course / "assignments" / EXERCISE
    said = grader.run(
        "grade", exercise / "sample_class", "--assignment", exercise, "--out", "results"
    )
    assert "Weight decay: 20 submissions (20 graded)." in said
    wanted = scores(exercise / "sample_scores.csv")
    found = scores(grader.folder / "results" / "scores.csv")
    assert {name: {k: found[name][k] for k in row} for name, row in wanted.items()} == wanted
    grader.run("report", "results", "--lang", "ja")
    assert "No score has moved." in grader.run("report", "results", "--changes")
    grader.run("export", "results", "--format", "csv")
    assert list((grader.folder / "results" / "export").iterdir())
    assert "checkout" in grader.run("demo", code=1)


def scores(path: Path) -> dict[str, dict[str, str]]:
    """The columns of scores.csv that a score consists of, by submission."""
    rows = csv.DictReader(path.read_text("utf-8-sig").splitlines())
    return {
        row["submission"]: {k: v for k, v in row.items() if k not in ("source", "student")}
        for row in rows
    }


def course(grader: Installed) -> None:
    """A new assignment is written, is sound, and is built."""
    grader.run("new", "small")
    said = grader.run("verify", "small", "--repetitions", "0")
    assert "checks hold" in said
    said = grader.run("build", "small", "--out", "handout")
    assert (grader.folder / "handout" / "student" / "small.ipynb").is_file(), said
    assert "has no translation" in grader.run("translations", "small", "--update", code=1)


def no_course(grader: Installed) -> None:
    """What needs more than is installed says what to install."""
    grader.run("new", "small")
    for command in (["verify", "small"], ["build", "small", "--out", "o"], ["translations"]):
        assert "pip install 'numgrader[course]'." in grader.run(*command, code=1)
    grading = ["grade", "hw.ipynb", "--assignment", "small", "--out", "other"]
    said = grader.run(*grading, "--scheduler", "local:1", code=1)
    assert "pip install 'numgrader[dask]'." in said
