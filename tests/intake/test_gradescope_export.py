"""Gradescope's export, and a metadata file of any form."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.intake import find
from grader.intake.metadata import MetadataError, metadata
from grader.model import Person
from grader.submission import read

from .trees import NB, PDF, both, lay, students

METADATA = """---
submission_11:
  :submitters:
  - :name: Jane Doe
    :sid: '0123'
    :email: jane@example.edu
  :created_at: &when 2026-01-02 03:04:05.123456789 Z
  :score: 1.0
  :results: !ruby/hash:ActiveSupport::HashWithIndifferentAccess
    tests: &tests [{name: a, output: "b: *c"}]
    again: *tests
  :history:
  - :created_at: 2026-01-01 00:00:00.000000000 Z
submission_12:
  :submitters:
  - :name: Rick Roe
    :sid: '124'
    :email: rick@example.edu
  - :name: Ann Lee
    :email: ann@example.edu
  :created_at: 2026-01-02 03:04:05.5 -0800
submission_13:
  :submitters:
  - :name: Jane Doe
    :sid: '0123'
    :email: jane@example.edu
  :created_at: *when
submission_14:
  :submitters:
  - :name: Jane Doe
    :sid: 125
    :email: jane.two@example.edu
  :created_at: !ruby/object:ActiveSupport::TimeWithZone
    utc: 2026-01-02 03:04:05.000000000 Z
    zone: x
"""


@pytest.mark.parametrize("wrapper", ["", "assignment_9_export/"])
def test_names_groups_attempts_and_times(wrapper: str, tmp_path: Path) -> None:
    files = {f"submission_1{number}/hw.ipynb": NB for number in (1, 2, 3, 4)}
    files |= {"submission_metadata.yml": METADATA.encode(), "submission_15/x.pdf": PDF}
    files |= {"submission_12/.otter_env": b"", "submission_12/__zip_filename__": b"a.zip"}
    found = both(tmp_path, {wrapper + name: data for name, data in files.items()})
    assert found.layout == "Gradescope"
    assert students(found) == {
        "Jane Doe (0123)": f"{wrapper}submission_13",
        "Jane Doe (125)": f"{wrapper}submission_14",
        "Rick Roe, Ann Lee": f"{wrapper}submission_12",
        "submission_15": f"{wrapper}submission_15",
    }
    group, jane, other, _ = found.handins
    assert jane.attempts == (f"{wrapper}submission_11",)
    assert jane.people == (Person(name="Jane Doe", id="0123", email="jane@example.edu"),)
    assert group.people[1] == Person(name="Ann Lee", email="ann@example.edu")
    assert group.submitted == "2026-01-02T03:04:05-08:00"
    assert other.submitted == "2026-01-02T03:04:05+00:00"
    assert found.notes == ("submission_metadata.yml names no student of submission_15.",)
    assert (found.passed_over, found.unknown) == ((), ())


@pytest.mark.parametrize(
    "data", [b"a: [", b"- 1", b"\xff\xfe\x00", b"a: \x00", b"[" * 5000, b"a:\n" + b" - - " * 900]
)
def test_metadata_of_another_form_is_said_and_folders_name_the_students(
    data: bytes, tmp_path: Path
) -> None:
    found = both(tmp_path, {"submission_metadata.yml": data, "submission_1/hw.ipynb": NB})
    assert set(students(found)) == {"submission_1"}
    (note,) = found.notes
    assert note.startswith("submission_metadata.yml ")
    assert "folder" in note or "names no student" in note


def test_no_alias_is_ever_expanded() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    lines += ["submission_1:", "  :submitters: *a29", "  :created_at: *a29"]
    began = time.monotonic()
    assert metadata("\n".join(lines).encode())["submission_1"].people == ()
    assert time.monotonic() - began < 5


@given(
    st.binary(max_size=200) | st.text(alphabet="a:-[]{}&*!|> \n'\"#", max_size=80).map(str.encode)
)
def test_any_bytes_are_metadata_or_are_not(data: bytes) -> None:
    try:
        metadata(data)
    except MetadataError:
        pass


def test_an_export_with_no_metadata(tmp_path: Path) -> None:
    found = both(tmp_path, {"submission_1/hw.ipynb": NB, "submission_2/hw.ipynb": NB})
    assert students(found) == {"submission_1": "submission_1", "submission_2": "submission_2"}


def test_an_export_of_pdfs_and_who_is_named_without_a_folder(tmp_path: Path) -> None:
    files = {"submission_metadata.yml": METADATA.encode(), "submission_14.pdf": PDF}
    found = both(tmp_path, files | {"submission_12/hw.ipynb": NB, "submission_13/hw.ipynb": NB})
    assert students(found) == {
        "Jane Doe (0123)": "submission_13",
        "Jane Doe (125)": "submission_14.pdf",
        "Rick Roe, Ann Lee": "submission_12",
    }
    assert found.notes == (
        "submission_metadata.yml names submission_11 (Jane Doe): the export holds no such folder.",
    )


def test_folders_of_an_export_given_one_by_one(tmp_path: Path) -> None:
    files = {
        "submission_11/hw.ipynb": NB,
        "submission_12/hw.ipynb": NB,
        "submission_13/hw.ipynb": NB,
    }
    folder = lay(tmp_path, files | {"submission_metadata.yml": METADATA.encode()})
    found = find([folder / "submission_11", folder / "submission_12"])
    assert set(students(found)) == {"Jane Doe", "Rick Roe, Ann Lee"}
    assert all(read(handin).problem is None for handin in found.handins)
