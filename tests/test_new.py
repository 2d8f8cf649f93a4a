"""``grader new``: the skeleton is an assignment that holds, and nothing is overwritten."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.assignment import load
from grader.errors import UsageError
from grader.new import write_skeleton
from grader.verify import verify


def test_a_skeleton_is_sound_as_it_stands(tmp_path: Path) -> None:
    write_skeleton("softmax", tmp_path)
    made = load("softmax", start=tmp_path)
    checks = verify([made], jobs=1, repetitions=1, mutate=True, tell=lambda text: None)
    assert [check for check in checks if check.finding] == []
    assert made.max_score == 4.0


def test_it_goes_into_the_course_that_holds_the_current_folder(tmp_path: Path) -> None:
    here = tmp_path / "assignments" / "other"
    here.mkdir(parents=True)
    (tmp_path / "reference").mkdir()
    (tmp_path / "reference" / "__init__.py").write_text("# the course's own\n")
    paths = write_skeleton("softmax", here)
    assert all(path.is_file() and "softmax" in str(path) for path in paths)
    assert all("NAME" not in path.read_text("utf-8") for path in paths)
    assert paths[0] == tmp_path / "assignments" / "softmax" / "assignment.toml"
    assert (tmp_path / "reference" / "__init__.py").read_text() == "# the course's own\n"


@pytest.mark.parametrize("name", ["", "two words", "soft-max", "class", "9lives", "../up", "Upper"])
def test_a_name_that_python_cannot_import_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="cannot be an assignment's name"):
        write_skeleton(name, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("taken", ["assignments/softmax/notes.txt", "reference/softmax.py"])
def test_what_is_there_is_not_overwritten(tmp_path: Path, taken: str) -> None:
    path = tmp_path / taken
    path.parent.mkdir(parents=True)
    path.write_text("mine")
    with pytest.raises(UsageError, match="exists already"):
        write_skeleton("softmax", tmp_path)
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == [path]
    assert path.read_text() == "mine"
