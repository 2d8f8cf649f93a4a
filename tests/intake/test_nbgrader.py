"""nbgrader's submitted/STUDENT/ASSIGNMENT: the assignment that is asked for, and no other."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from grader.intake import find
from grader.intake.work import Asked
from grader.submission import read

from .trees import ASKED, NB, OTHER, both, lay, students

STAMP = b"2026-01-02 03:04:05.678 UTC"
SUBMITTED = {
    "submitted/ann/ps1/p1.ipynb": NB,
    "submitted/ann/ps1/p2.ipynb": OTHER,
    "submitted/ann/ps1/timestamp.txt": STAMP,
    "submitted/ann/ps2/p1.ipynb": OTHER,
    "submitted/bob/ps1/p1.ipynb": NB,
    "submitted/bob/ps2/p1.ipynb": OTHER,
    "submitted/cy/ps2/p1.ipynb": OTHER,
}
COURSE = {"source/ps1/p1.ipynb": NB, "gradebook.db": b"", "nbgrader_config.py": b""}


@pytest.mark.parametrize("more", [{}, COURSE], ids=["submitted", "course"])
def test_the_assignment_that_defines_what_is_asked(more: dict[str, bytes], tmp_path: Path) -> None:
    found = both(tmp_path, SUBMITTED | more)
    assert found.layout == "nbgrader, assignment ps1, which defines what is asked"
    assert students(found) == {"ann": "submitted/ann/ps1", "bob": "submitted/bob/ps1"}
    assert [handin.name for handin in found.handins] == ["ann", "bob"]
    assert found.handins[0].submitted == "2026-01-02T03:04:05+00:00"
    assert {f"submitted/{name}/ps2" for name in ("ann", "bob", "cy")} <= set(found.passed_over)
    assert found.notes == ("cy handed in no ps1.",)
    assert "double" in read(found.handins[0], names=ASKED.names).cells[0]


def test_the_assignment_of_the_name_that_is_asked(tmp_path: Path) -> None:
    found = both(tmp_path, SUBMITTED, asked=Asked(assignment="PS_2", names=("double",)))
    assert set(students(found)) == {"ann", "bob", "cy"}
    assert all(handin.source.endswith("/ps2") for handin in found.handins)


@pytest.mark.parametrize(
    ("paths", "rows"),
    [
        (["submitted"], {"ann", "bob"}),
        (["submitted/ann"], {"ann"}),
        (["submitted/ann/ps1"], {"ann"}),
        (["submitted/ann/ps1", "submitted/bob/ps1"], {"ann", "bob"}),
        (["submitted/ann", "submitted/bob"], {"ann", "bob"}),
        (["submitted/ann/ps1/p1.ipynb", "submitted/bob/ps1/p1.ipynb"], {"ann", "bob"}),
    ],
)
def test_folders_further_down_are_given(paths: list[str], rows: set[str], tmp_path: Path) -> None:
    folder = lay(tmp_path, SUBMITTED)
    found = find([folder / path for path in paths], asked=ASKED)
    assert set(students(found)) == rows
    for handin in found.handins:
        assert "double" in read(handin, names=ASKED.names).cells[0]


def test_a_students_folder_in_other_letters(tmp_path: Path) -> None:
    names = ("ann/ps_1", "bob/ps_1", "bob/ps2", "cy/PS 1")
    found = both(tmp_path, {f"submitted/{name}/{file}": NB for name in names
                            for file in ("hw.ipynb", "timestamp.txt")},
                 asked=replace(ASKED, assignment="ps1"))  # fmt: skip
    assert set(students(found)) == {"ann", "bob", "cy"}
    assert found.notes == ()


def test_without_times_most_students_have_the_same_folders(tmp_path: Path) -> None:
    found = both(tmp_path, {k: d for k, d in SUBMITTED.items() if "timestamp" not in k})
    assert set(students(found)) == {"ann", "bob"}


def test_sections_in_a_folder_called_so_are_no_assignments(tmp_path: Path) -> None:
    sections = {"one": ("ann", "bob"), "two": ("cy", "dee")}
    files = {f"submitted/{s}/{who}/hw.ipynb": NB for s, names in sections.items() for who in names}
    found = both(tmp_path, files)
    assert found.layout == ""
    assert found.notes[0].startswith("submitted/one, submitted/two hold several folders")


@pytest.mark.parametrize(
    "files",
    [
        {"submitted/ann/hw.ipynb": NB, "submitted/bob/hw.ipynb": NB},
        {f"submitted/{who}/{name}": NB for who in ("ann", "bob")
         for name in ("notebooks/hw.ipynb", "src/helper.py")},
    ],
    ids=["flat", "repositories"],
)  # fmt: skip
def test_a_folder_that_is_only_called_so(files: dict[str, bytes], tmp_path: Path) -> None:
    found = both(tmp_path, files)
    assert found.layout == ""
    assert students(found) == {"ann": "submitted/ann", "bob": "submitted/bob"}


@pytest.mark.parametrize(
    "files",
    [
        {"submitted/ann/ps1/hw.ipynb": NB, "submitted/ann/ps2/hw.ipynb": NB},
        {"submitted/ann/ps1/hw.ipynb": NB, "submitted/bob/ps1/hw.ipynb": NB,
         "submitted/ann/draft.ipynb": NB},
        {"submitted/ann/ps1/a.py": b"", "submitted/bob/ps1/b.py": b""},
        {"submitted/ann/one/hw.ipynb": NB, "submitted/bob/two/hw.ipynb": NB},
        {"handed/ann/ps1/hw.ipynb": NB, "handed/bob/ps1/hw.ipynb": NB},
    ],
    ids=["one student", "a notebook beside", "no notebook", "other names", "another name"],
)  # fmt: skip
def test_what_only_resembles_nbgraders_folders_is_a_folder_a_student(
    files: dict[str, bytes], tmp_path: Path
) -> None:
    assert both(tmp_path, files).layout == ""


@pytest.mark.parametrize("more", [{}, {"x.csv": b"1"}], ids=["alone", "with data"])
def test_folders_that_most_students_have_are_assignments(
    more: dict[str, bytes], tmp_path: Path
) -> None:
    names = [(who, name) for who in ("ann", "bob", "cy") for name in ("ps1", "ps2")]
    files = {f"submitted/{who}/{name}/{file}": data for who, name in names[:-1]
             for file, data in {"hw.ipynb": OTHER, **more}.items()}  # fmt: skip
    files["submitted/bob/ps1/hw.ipynb"] = NB  # only one has begun
    found = both(tmp_path, files)
    assert found.layout == "nbgrader, assignment ps1, which defines what is asked"
    assert set(students(found)) == {"ann", "bob", "cy"}


@pytest.mark.parametrize(
    "asked", [Asked(), Asked(assignment="ps9"), Asked(assignment="ps9", names=("nothing",))]
)
def test_where_no_assignment_is_the_one_nothing_is_guessed(asked: Asked, tmp_path: Path) -> None:
    found = both(tmp_path, SUBMITTED, asked=asked)
    assert found.layout == ""
    assert {handin.student for handin in found.handins} == {"ann", "bob", "cy"}


def test_a_file_in_place_of_the_assignments_folder_is_told(tmp_path: Path) -> None:
    files = SUBMITTED | {"submitted/dee/ps1": b"?", "submitted/dee/ps2/p1.ipynb": OTHER}
    found = both(tmp_path, files)
    assert set(students(found)) == {"ann", "bob"}
    assert found.notes == ("cy, dee handed in no ps1.",)
    assert "submitted/dee/ps1" in found.passed_over


def test_a_link_in_place_of_the_assignments_folder_is_the_students_row(tmp_path: Path) -> None:
    folder = lay(tmp_path / "x", SUBMITTED)
    (folder / "submitted/cy/ps1").symlink_to("../ann/ps1")
    cy = next(h for h in find([folder], asked=ASKED).handins if h.student == "cy")
    assert "is a link, which is not followed" in str(read(cy).problem)


@pytest.mark.parametrize(
    ("stamp", "submitted"),
    [
        (b"2026-01-02 03:04:05.678 UTC", "2026-01-02T03:04:05+00:00"),
        (b"2026-01-02T03:04:05Z", "2026-01-02T03:04:05"),
        (b"2026-01-02 03:04:05 Z\n", "2026-01-02T03:04:05+00:00"),
        (b"2026-01-02 03:04:05", "2026-01-02T03:04:05"),
        (b"\xff\xfe", ""),
        (b"yesterday", ""),
        (b"", ""),
        (b"2026-01-02 03:04:05 UTC" + b" " * 100_000, ""),
    ],
    ids=["nbgrader's", "ISO", "Z", "no zone", "bytes", "words", "empty", "large"],
)
def test_a_time_as_nbgrader_writes_it(stamp: bytes, submitted: str, tmp_path: Path) -> None:
    files = {f"submitted/{who}/ps1/{name}": data for who in ("ann", "bob")
             for name, data in (("hw.ipynb", NB), ("timestamp.txt", stamp))}  # fmt: skip
    assert {handin.submitted for handin in both(tmp_path, files).handins} == {submitted}
