"""What Gradescope shows for a hand-in, and what the hand-in can do there."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from grader.gradescope.build import lines
from tests.cases import long_but, spread
from tests.gradescope.conftest import MakeContainer
from tests.gradescope.container import ROOT, Container, notebook
from tests.otter.toy_course import DOUBLE

pytestmark = pytest.mark.slow
RIGHT = (
    "def double(x):\n    return 2 * x",
    "class Counter:\n    n = 0\n    def step(self):\n        self.n += 1\n        return self.n",
)
WRONG = "def double(x):\n    return 3 * x"
FULL = {
    "double/value": 1, "double/negative": 2, "double/zero": 0,
    "counter/starts_at_zero": 1, "counter/counts": 0, "counter/instances": 0.5,
}  # fmt: skip
NONE = dict.fromkeys(FULL, 0)


def test_right_work_gets_all_points_also_among_several_notebooks(container: Container) -> None:
    run = container.grade(
        {"a.ipynb": notebook("print(1)"), "hw.ipynb": notebook(*RIGHT), "notes.md": "# Notes"}
    )
    assert "hw.ipynb" in run.results["output"]
    assert (run.code, run.points) == (0, FULL)
    assert run.results["score"] == 4.5
    assert run.results["execution_time"] > 0


def test_each_test_case_has_an_entry_that_students_see(container: Container) -> None:
    run = container.grade({"hw.ipynb": notebook(WRONG, RIGHT[1])})
    assert {test["visibility"] for test in run.results["tests"]} == {"visible"}
    assert run.results["score"] == 1.5
    (value,) = (test for test in run.results["tests"] if test["name"] == "double - value")
    assert (value["score"], value["max_score"], value["status"]) == (0, 1, "failed")
    assert "Look at the factor" in value["output"]
    hidden = [test for test in run.results["tests"] if not test["name"].endswith("zero")]
    assert "toy.double" not in json.dumps(hidden)


def test_what_is_for_the_staff_is_not_for_students(container: Container) -> None:
    run = container.grade({"hw.ipynb": notebook(*RIGHT)}, "--container")
    assert run.results["stdout_visibility"] == "hidden"
    assert "4.5 of 4.5" in run.out
    assert "mount         MISSING" in run.out
    layers = run.results["extra_data"]["isolation"]
    assert "syscalls" in layers
    assert "mount" not in layers


def test_the_messages_and_what_is_shown_are_as_they_were_asked_for(
    toy: Path, make_container: MakeContainer
) -> None:
    asked = make_container(toy, language="de", hidden="after_due_date")
    run = asked.grade({"hw.ipynb": notebook()})
    shown = {test["name"]: test["visibility"] for test in run.results["tests"]}
    assert shown["double - value"] == "after_due_date"
    assert shown["double - zero"] == "visible"
    assert "keine Codezelle" in run.results["output"]


@pytest.mark.parametrize(
    "handed",
    spread([{}, {"hw.ipynb": '{"cells": ['}, {"hw.ipynb": notebook()}], 3),
    ids=["nothing", "broken", "no cells"],
)
def test_what_cannot_be_run_gets_zero_and_a_reason(
    container: Container, handed: dict[str, str]
) -> None:
    run = container.grade(handed)
    assert (run.code, run.points, run.results["score"]) == (0, NONE, 0)
    assert run.results["extra_data"]["status"] == "unreadable"
    assert run.results["output"]


def test_a_helper_beside_the_notebook_is_found(container: Container) -> None:
    run = container.grade({"hw.ipynb": notebook("from mine import *"), "mine.py": "\n".join(RIGHT)})
    assert run.points == FULL


def test_where_the_grader_fails_there_is_no_zero(toy: Path, make_container: MakeContainer) -> None:
    broken = make_container(toy)
    tests = broken.source / "course" / "assignments" / "toy" / "tests" / "double.py"
    tests.write_text("SECRET = 1 / 0\n")
    run = broken.grade({"hw.ipynb": notebook(*RIGHT)})
    assert run.code == 2
    assert not {"score", "tests"} & run.results.keys()
    assert "no zero" in run.results["output"]
    assert "double.py" in run.out
    assert "double.py" not in json.dumps(run.results)


def test_an_autograder_of_otters_is_graded_the_same_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    old = tmp_path / "old.zip"
    doctest = {"name": "q2", "suites": [{"cases": [{"code": ">>> double(3)\n6"}]}]}
    with zipfile.ZipFile(old, "w") as archive:
        archive.writestr("otter_config.json", '{"seed": 42, "pdf": true}')
        archive.writestr("files/n.txt", "4")
        archive.writestr(
            "tests/q1.py",
            DOUBLE.replace("from reference import toy", "")
            .replace("toy.double(4)", "8")
            .replace("toy.double(-4)", "-8"),
        )
        archive.writestr("tests/q2.py", f"OK_FORMAT = True\ntest = {doctest}")  # fmt: skip
    said = list(lines(str(old), tmp_path, otter=False, hidden="visible", language="en"))
    assert any("pdf: no PDF is made" in line for line in said)
    container = Container(tmp_path / "image", tmp_path / "autograder" / "autograder.zip")
    run = container.grade({"hw.ipynb": notebook("n = int(open('n.txt').read())", RIGHT[0])})
    assert (run.results["score"], len(run.points)) == (4, 4)
    assert container.grade({"hw.ipynb": notebook(EXPLOIT)}).results["score"] == 0


# What a student may try

LESS = [[], ["--container"], ["--open", "--container", "--no-landlock"]]

#: Gets all points under Otter, in whose process the notebook runs.
EXPLOIT = """
from otter.test_files.exception_test import test_case
test_case.call_func = lambda self, environment: None
"""
LOOK = """
import glob, os
seen = []
for place in ("", "/source", "/source/course", "/submission", "/results"):
    try:
        seen += [place + "/" + name for name in os.listdir("{root}" + place)]
    except OSError:
        pass
seen += glob.glob("{root}/*/*/*/*")
for place in ("{root}/submission_metadata.json", *glob.glob("/proc/[0-9]*/environ")):
    try:
        with open(place, errors="replace") as file:
            seen.append(file.read())
    except OSError:
        pass
text = " ".join(seen)
wanted = ("run_autograder", "double.py", "/source/course", "hw.ipynb", "results.json",
          "student@example")
seen = [name for name in wanted if name in text]
for place in ("results/results.json", "source/autograder.json", "run_autograder",
              "venv/bin/python", "submission/hw.ipynb"):
    if not os.access("{root}/" + place, os.W_OK):
        continue
    seen.append("may write " + place)
    with open("{root}/" + place, "w") as file:
        file.write("spoilt")
raise RuntimeError(f"seen: {{seen}}")
"""


@pytest.mark.parametrize(
    "less", long_but(LESS, LESS[-1]), ids=lambda less: " ".join(less) or "all layers"
)
def test_what_replaces_a_method_of_otter_gets_nothing(
    container: Container, less: list[str]
) -> None:
    run = container.grade({"hw.ipynb": notebook(EXPLOIT)}, *less)
    assert (run.code, run.points) == (0, NONE)


@pytest.mark.parametrize(
    "less", long_but(LESS, LESS[0], LESS[-1]), ids=lambda less: " ".join(less) or "all layers"
)
def test_neither_tests_nor_other_files_are_in_reach(container: Container, less: list[str]) -> None:
    look = LOOK.format(root=container.root)
    run = container.grade({"hw.ipynb": notebook(look, *RIGHT)}, *less)
    # Where files are closed but not hidden, what every user may see tells that the attack works.
    seen = ["run_autograder"] if "--no-landlock" in less else []
    assert f"seen: {seen}" in run.results["output"]
    assert run.points == FULL


def test_what_the_attack_looks_for_is_there(toy: Path, make_container: MakeContainer) -> None:
    """As the user who grades, the same code sees and spoils it all."""
    spoilt = make_container(toy)
    (spoilt.root / "submission" / "hw.ipynb").write_text(notebook(*RIGHT))
    (spoilt.root / "results" / "results.json").touch()
    code = LOOK.format(root=spoilt.root)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    last = done.stderr.strip().splitlines()[-1]
    for name in ("course", "hw.ipynb", "student@example", "may write results/results.json"):
        assert name in last
    assert (spoilt.root / "results" / "results.json").read_text() == "spoilt"


def test_links_in_what_was_handed_in_are_not_followed(container: Container, tmp_path: Path) -> None:
    """As a repository that is handed in may hold."""
    look = (
        "import os\nseen = sorted(os.listdir())\n"
        "raise RuntimeError(f'seen: {[n for n in seen if os.path.exists(n)]}')"
    )
    (tmp_path / "hw.ipynb").write_text(notebook(look, *RIGHT))
    (tmp_path / "mine.txt").write_text("mine")
    (tmp_path / "course").symlink_to(container.source / "course")
    (tmp_path / "t.py").symlink_to(
        container.source / "course" / "assignments" / "toy" / "tests" / "double.py"
    )
    run = container.grade(tmp_path)
    assert "seen: ['mine.txt']" in run.results["output"]
    assert run.points == FULL


# The same scores as grade gives


def expected(folder: Path) -> dict[str, dict[str, float]]:
    """Points a test case, by the source in the sample class."""
    with (folder / "sample_scores.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    return {
        row["source"]: {name: float(value) for name, value in row.items() if "/" in name}
        for row in rows
    }


@pytest.mark.parametrize("handed", spread(["half_done.ipynb", "right_script.py"], 2))
def test_a_sample_hand_in_scores_as_grade_does(
    handed: str, softmax: Container, softmax_folder: Path
) -> None:
    run = softmax.grade(softmax_folder / "sample_class" / handed)
    assert run.points == expected(softmax_folder)[handed]


@pytest.fixture(scope="module")
def softmax_folder() -> Path:
    return ROOT / "assignments" / "softmax"


@pytest.fixture(scope="module")
def softmax(make_container: MakeContainer, softmax_folder: Path) -> Container:
    return make_container(softmax_folder)


@pytest.mark.long
@pytest.mark.parametrize(
    "folder",
    sorted(path.parent for path in (ROOT / "assignments").glob("*/sample_scores.csv")),
    ids=lambda folder: folder.name,
)
def test_the_sample_class_scores_as_grade_does(folder: Path, make_container: MakeContainer) -> None:
    container = make_container(folder)
    found = {
        source: container.grade(folder / "sample_class" / source).points
        for source in expected(folder)
    }
    assert found == expected(folder)
