"""The sample class of every assignment gets exactly the scores that are written beside it."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from grader.batch.run import Options, run
from grader.course.assignment import load
from grader.intake import find
from grader.judge.grade import Grader
from grader.sandbox.outside.host import Zygote
from grader.submission import read

pytestmark = pytest.mark.slow
ASSIGNMENTS = Path(__file__).resolve().parent.parent / "assignments"
FOLDERS = sorted(path.parent for path in ASSIGNMENTS.glob("*/sample_class"))
EACH = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)


@EACH
def test_the_first_of_the_class_gets_the_expected_points(folder: Path, zygote: Zygote) -> None:
    """In this process; no page is written.  The others are graded with ``-m long``."""
    asked = load(folder)
    grader = Grader(asked, zygote=zygote, verifies=True)
    with (folder / "sample_scores.csv").open(newline="") as file:
        expected = {row["submission"]: row for row in csv.DictReader(file)}
    first = find([folder / "sample_class"]).handins[0]
    result = grader.grade(read(first, names=asked.names))
    row = expected[result.submission]
    cases = {f"{case.question}/{case.test_case}": case.points for case in result.cases}
    assert (result.status, result.score) == (row["status"], float(row["score"]))
    assert cases == {place: float(row[place]) for place in cases}


@pytest.mark.long
@EACH
def test_the_class_gets_its_expected_scores(folder: Path, tmp_path: Path) -> None:
    found = find([folder / "sample_class"])
    assert len(found.handins) >= 10
    run(load(folder), found.handins, Options(out=tmp_path / "out", jobs=2, quiet=True))
    expected = (folder / "sample_scores.csv").read_text()
    assert (tmp_path / "out" / "scores.csv").read_text() == expected
