"""``grader report``: all pages again, from the gradebook alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader import cli
from grader.batch.gradebook import Batch, Gradebook, Key
from grader.model import Figure, Handin, Limits

from .results import case, result


def test_the_pages_come_again_with_their_pictures(tmp_path: Path) -> None:
    picture = Figure(question="Adam", caption="The way", alt="", image=b"<svg/>")
    graded = result(cases=(case(),), figures=(picture,))
    key = Key(assignment_digest="1", grader_version="1", limits=Limits())
    alice = Handin(name="alice", source="", student="", path=tmp_path)
    batch = Batch(assignment="a", title="Steps", columns=(("Adam", "first_step"),))
    with Gradebook(tmp_path) as book:
        book.begin(batch, [alice])
        book.record([graded], key)
    assert cli.main(["report", str(tmp_path)]) == 0
    assert "The way" in (tmp_path / "submissions/alice/feedback.html").read_text("utf-8")
    assert "Alice" in (tmp_path / "class.html").read_text("utf-8")
    assert (tmp_path / "scores.csv").read_text("utf-8").splitlines()[1].startswith("alice,")
    assert (tmp_path / "submissions/alice/results.json").is_file()


def test_a_folder_without_grades_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["report", str(tmp_path)]) == 1
    assert str(tmp_path) in capsys.readouterr().err
