"""The sample class of every assignment gets exactly the scores that are written beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.batch.run import Options, run
from grader.course.assignment import load
from grader.intake import find

ASSIGNMENTS = Path(__file__).resolve().parent.parent / "assignments"


@pytest.mark.parametrize(
    "folder",
    sorted(path.parent for path in ASSIGNMENTS.glob("*/sample_class")),
    ids=lambda folder: folder.name,
)
def test_the_sample_class_gets_its_expected_scores(folder: Path, tmp_path: Path) -> None:
    found = find([folder / "sample_class"])
    assert len(found.handins) >= 10
    run(load(folder), found.handins, Options(out=tmp_path / "out", jobs=2, quiet=True))
    expected = (folder / "sample_scores.csv").read_text()
    assert (tmp_path / "out" / "scores.csv").read_text() == expected
