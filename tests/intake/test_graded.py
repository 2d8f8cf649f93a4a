"""Exports graded by the command line: rows, what is said, and going on where it stopped."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from grader import cli
from grader.course.assignment import Assignment

from .trees import NB, OTHER, PDF, lay, notebook, zipped

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("one_interpreter")]
Graded = Callable[..., tuple[dict[str, tuple[str, str]], str, str]]
USES_HELPER = notebook("from helper import double")
CANVAS = {
    "doejane_1234_99001_hw.ipynb": OTHER,
    "doejane_1234_99002_helper.py": b"def double(x): return 3 * x",
    "doejane_1234_99011_hw-1.ipynb": USES_HELPER,
    "doejane_1234_99012_helper-1.py": b"def double(x): return 2 * x",
    "roeric_LATE_1235_99003_hw.ipynb": NB,
    "poepat_1236_99004_report.pdf": PDF,
    "notes.txt": b"",
}
LINE = "Canvas: 3 students, 1 earlier attempt not graded. Passed over 1 file or folder: notes.txt."


@pytest.fixture
def graded(capsys: pytest.CaptureFixture[str]) -> Graded:
    """Grades paths; gives status and score by student, stdout and stderr."""

    def grade(*paths: Path, course: Path, out: Path) -> tuple[dict[str, tuple[str, str]], str, str]:
        arguments = ["grade", *paths, "--assignment", course, "--out", out, "--jobs", "1"]
        assert cli.main([*map(str, arguments)]) == 0
        said = capsys.readouterr()
        with (out / "scores.csv").open(newline="", encoding="utf-8-sig") as file:
            rows = {row["student"]: (row["status"], row["score"]) for row in csv.DictReader(file)}
        return rows, said.out, said.err

    return grade


@pytest.mark.parametrize("is_zip", [False, True], ids=["folder", "zip"])
def test_a_canvas_download(
    is_zip: bool, make_course: Callable[[], Assignment], tmp_path: Path, graded: Graded
) -> None:
    course, out = make_course().folder, tmp_path / "out"
    path = lay(tmp_path / "handed in", CANVAS)
    if is_zip:
        path = lay(tmp_path, {"handed in.zip": zipped(CANVAS)}) / "handed in.zip"
    rows, _, said = graded(path, course=course, out=out)
    assert rows == {
        "doejane": ("graded", "3"),
        "roeric": ("graded", "3"),
        "poepat": ("unreadable", "0"),
    }
    assert said.splitlines()[0] == LINE
    page = out / "submissions" / "poepat_1236_99004_report.pdf" / "feedback.html"
    assert "looks like a PDF document" in page.read_text("utf-8")
    # Nothing has changed: nothing is graded again.  Another helper is another hand-in.
    _, summary, _ = graded(path, course=course, out=out)
    assert "3 of them were graded before" in summary
    if not is_zip:
        (path / "doejane_1234_99012_helper-1.py").write_text("def double(x): return 4 * x")
        rows, summary, _ = graded(path, course=course, out=out)
        assert rows["doejane"] == ("graded", "0")
        assert "2 of them were graded before" in summary


def test_zips_of_students(
    make_course: Callable[[], Assignment], tmp_path: Path, graded: Graded
) -> None:
    names = ("ann", "bob", "cy")
    lay(tmp_path, {f"{name}.zip": zipped({"hw.ipynb": NB}) for name in names})
    course = make_course().folder
    rows, _, _ = graded(*(tmp_path / f"{n}.zip" for n in names), course=course, out=tmp_path / "o")
    assert rows == dict.fromkeys(names, ("graded", "3"))
