"""Any tree: each file ends in a row, beside one, in an attempt, or is passed over by name."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from hypothesis import HealthCheck, example, given
from hypothesis import strategies as st

from grader.intake.plain import alone
from grader.intake.recognise import recognise
from grader.intake.tree import Kind, Node, of_folder
from grader.submission import read
from grader.submission.naming import is_junk
from tests.cases import examples

from .trees import ASKED, NB, both, lay

_PLACES = st.sampled_from([
    "", "class/", "submitted/", "hw1-submissions/", "assignment_1_export/", "HW 1/", "a/b/",
    "submitted/ann/ps1/", "submitted/bob/ps1/", "submitted/bob/ps2/", "ann/", "bob/",
    "submission_1/", "submission_2/", "doe_1001_9001_x/", "HW_doe_attempt_2026-01-02-03-04-05_x/",
    "HW_doe_attempt_2026-01-02-03-04-05.txt/", "out/submissions/", "out/",
    "hw1-ann/", "hw1-bob/", "hw1-bob/.git/",
    "Doe, Jane(jdoe)/Submission attachment(s)/", "Doe, Jane(jdoe)/Feedback Attachment(s)/",
    "Jane Doe_12_assignsubmission_file/", "Jane Doe_12_assignsubmission_onlinetext/",
    "1-2 - Jane Doe - Jan 2, 2026 100 PM/", "1-2 - Jane Doe - Jan 3, 2026 100 PM/",
])  # fmt: skip
_STARTS = st.sampled_from([
    "", "", "doe_1001_9001_", "doe_1001_9002_", "doe_LATE_1001_9003_", "roe_1002_9004_",
    "HW_doe_attempt_2026-01-02-03-04-05_", "HW_doe_attempt_2026-01-03-03-04-05_",
    "Jane Doe_12_assignsubmission_file_", "Rick_13_assignsubmission_file_", "Ann - ", "Bob - ",
    "1-2 - Jane Doe - Jan 2, 2026 100 PM - ", "anon_ab1_9005_",
    "Doe, Jane(jdoe)_Submission attachment(s)_", "Doe, Jane(jdoe)_",
])  # fmt: skip
_NAMES = st.sampled_from([
    "hw.ipynb", "hw-1.ipynb", "hw (1).ipynb", "helper.py", "helper-1.py", "data.csv", "a.zip",
    "a.pdf", "a.tar.gz", "timestamp.txt", "grades.csv", "index.html", "gradebook.sqlite",
    "submission_metadata.yml", "scores.csv", "x_text.html", "no ending",
])  # fmt: skip
TREES = st.dictionaries(
    st.tuples(_PLACES, _STARTS, _NAMES).map("".join), st.sampled_from([NB, b"x"]), max_size=12
)


def places(nodes: Iterable[Node]) -> set[str]:
    """The paths of the files that ``nodes`` are or hold."""
    found = set()
    for node in nodes:
        held = node.below() if node.kind is Kind.FOLDER else [node]
        found |= {one.where for one in held}
    return found


@given(TREES)
@example({"doe_1001_9001_hw.ipynb": NB, "doe_1001_9003_hw-1.ipynb": NB, "x.pdf": b"x"})
@examples(150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_file_is_lost(tmp_path: Path, files: dict[str, bytes]) -> None:
    root = of_folder(lay(tmp_path / os.urandom(8).hex() / "class", files))
    found = recognise(root, ASKED)
    works = [*found.works, *map(alone, found.unknown)]
    parts = [node for work in works for _, node in work.parts]
    parts += [node for work in found.works for old in work.earlier for _, node in old]
    expected = {name for name in files if not any(map(is_junk, name.split("/")))}
    assert expected <= places([*parts, *found.passed_over, *found.used])
    used = places(parts) & places([*found.passed_over, *found.used])
    assert not used


@given(TREES)
@examples(100, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_folder_is_its_zip_and_every_row_is_read(tmp_path: Path, files: dict[str, bytes]) -> None:
    found = both(tmp_path / os.urandom(8).hex(), files)
    names = [handin.name for handin in found.handins]
    assert len(set(names)) == len(names)
    for handin in found.handins:
        submission = read(handin, names=ASKED.names)
        assert (submission.problem is None) == bool(submission.cells)
        assert (submission.name, submission.student) == (handin.name, handin.student)
