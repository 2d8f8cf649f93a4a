"""A class in another language: its pages are, its scores are not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from grader import cli
from grader.course.assignment import Assignment
from tests.batch.conftest import WRONG, notebook
from tests.conftest import MakeCourse

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("one_interpreter")]
GERMAN = """
msgid "double(x) is not twice x."
msgstr "double(x) ist nicht das Doppelte von x."

msgid "Doubling"
msgstr "Verdoppeln"
"""
FAILURE = "double(x) ist nicht das Doppelte von x."


@pytest.fixture
def assignment(make_course: MakeCourse) -> Assignment:
    made = make_course()
    (made.folder / "locale").mkdir()
    (made.folder / "locale" / "de.po").write_text(GERMAN, "utf-8")
    return made


@pytest.fixture
def handed_in(tmp_path: Path) -> Path:
    folder = tmp_path / "handed"
    folder.mkdir()
    (folder / "alice.ipynb").write_text(notebook(f"!make\n{WRONG}"))
    return folder


def _page(out: Path) -> str:
    return (out / "submissions" / "alice" / "feedback.html").read_text("utf-8")


def test_pages_follow_the_language_and_scores_do_not(
    assignment: Assignment, handed_in: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, scores = tmp_path / "out", []
    grade = ["grade", str(handed_in), "--assignment", str(assignment.folder), "--out", str(out)]

    def run(*arguments: str) -> None:
        assert cli.main([*arguments]) == 0
        scores.append((out / "scores.csv").read_bytes())

    run(*grade)
    assert '<html lang="en">' in _page(out)
    # Graded before: not graded again, but said in German.
    run(*grade, "--lang", "de")
    said = "1 of them was graded before and has not changed."
    assert said in capsys.readouterr().out
    assert FAILURE in _page(out)
    assert "Der Shell-Befehl !make wurde nicht ausgeführt" in _page(out)
    assert "Verdoppeln" in (out / "class.html").read_text("utf-8")
    results = json.loads((out / "submissions" / "alice" / "results.json").read_text("utf-8"))
    assert FAILURE in results["tests"][0]["output"]
    # From the gradebook alone; without --lang the language stays.
    (assignment.folder / "locale" / "de.po").unlink()
    run("report", str(out), "--lang", "ja")
    assert '<html lang="ja">' in _page(out)
    assert "答えが違います" in _page(out)
    run("report", str(out))
    assert '<html lang="ja">' in _page(out)
    run("report", str(out), "--lang", "de")
    assert FAILURE in _page(out)
    assert len(set(scores)) == 1


def test_a_check_speaks_it_too(
    handed_in: Path, capsys: pytest.CaptureFixture[str], make_course: MakeCourse
) -> None:
    made = make_course()
    source = (
        (made.folder / "tests" / "double.py").read_text().replace("hidden=True", "hidden=False")
    )
    (made.folder / "tests" / "double.py").write_text(source)
    (made.folder / "doubling.ipynb").write_text(notebook("x = 1"))
    notebook_path = str(handed_in / "alice.ipynb")
    code = cli.main(["check", notebook_path, "--assignment", str(made.folder), "--lang", "de"])
    out = capsys.readouterr().out
    assert (code, "falsche Antwort" in out) == (1, True)
    assert "0 von 2 öffentlichen Testfällen bestanden." in out


def test_a_language_that_is_not_there_is_wrong_usage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["report", str(tmp_path), "--lang", "xx"]) == 1
    assert "'en', 'de', 'ja'" in capsys.readouterr().err
