"""What stands in the names of exports' files: nobody's work is lost, or given to another."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.intake.brightspace import moment
from grader.intake.telling import told
from grader.model import Person
from grader.submission import read

from .trees import ASKED, NB, OTHER, PDF, both, students


@pytest.mark.parametrize(
    ("when", "iso"),
    [
        ("Jan 3, 2026 1000 AM", "2026-01-03T10:00"),
        ("January 3, 2026 1:05 PM", "2026-01-03T13:05"),
        ("Jan 3, 2026 1200 AM", "2026-01-03T00:00"),
        ("Jan 3, 2026 12:30 p.m.", "2026-01-03T12:30"),
        ("Dec 31, 2025 1159 PM", "2025-12-31T23:59"),
        ("3 Jan, 2026 23_59", "2026-01-03T23:59"),
        ("3 de enero de 2026 905", "2026-01-03T09:05"),
        ("12. M\u00e4rz 2026 08.05", "2026-03-12T08:05"),
        ("JAN. 3, 2026 1000", "2026-01-03T10:00"),
        ("3 stycznia 2026 1000", ""),
        ("January 2026 1000", ""),
        ("Jan 3, 2026", ""),
        ("Jan 3", ""),
        ("", ""),
    ],
)
def test_a_time_as_brightspace_writes_it(when: str, iso: str) -> None:
    assert moment(when) == iso


@pytest.mark.parametrize(
    "days",
    [
        ("3 stycznia 2026 1000", "3 stycznia 2026 1100"),
        ("Jan 9, 2026 1000 AM", "Jan 10, 2026 900 AM"),
        ("Jan 3, 2026 1100 AM", "Jan 3, 2026 1200 PM"),
    ],
    ids=["no known month", "day", "noon"],
)
def test_the_newest_of_a_students_folders_counts(days: tuple[str, str], tmp_path: Path) -> None:
    old, new = (f"12-67 - Jane Doe - {day}" for day in days)
    (jane,) = both(tmp_path, {f"{old}/hw.ipynb": OTHER, f"{new}/hw.ipynb": NB}).handins
    assert (jane.source, jane.attempts) == (new, (old,))


def test_a_time_that_cannot_be_compared_hides_no_other(tmp_path: Path) -> None:
    names = [f"12-67 - Jane Doe - {day}" for day in ("Jan 3, 2026 1000 AM", "3 sty 2026 1000")]
    found = both(tmp_path, {f"{name}/hw.ipynb": NB for name in names})
    assert [(handin.source, handin.attempts) for handin in found.handins] == [
        (name, ()) for name in sorted(names)
    ]


@pytest.mark.parametrize(
    "others",
    [
        ("13-67 - Jane Doe - {}", "12-67 - Jane Roe - {}"),
        ("2-67 - Jane Doe - {}", "1-67 - 2 Jane Doe - {}"),
    ],
    ids=["number or name differs", "number runs into the name"],
)
def test_one_number_and_one_name_are_one_student(others: tuple[str, str], tmp_path: Path) -> None:
    names = [name.format("Jan 3, 2026 1000 AM") for name in ("12-67 - Jane Doe - {}", *others)]
    found = both(tmp_path, {f"{name}/hw.ipynb": NB for name in names})
    assert sorted(handin.source for handin in found.handins) == sorted(names)


@pytest.mark.parametrize(
    ("first", "second", "counts"),
    [
        ("doe_1001_9001_hw.ipynb", "doe_1001_9002_hw-1.ipynb", "second"),
        ("doe_1001_9001_hw.ipynb", "doe_1001_9002_HW-1.ipynb", "second"),
        ("doe_1001_9001_hw-1.ipynb", "doe_1001_9002_hw-2.ipynb", "both"),
        ("doe_1001_9001_hw-1.ipynb", "doe_1001_9002_hw.ipynb", "both"),
        ("doe_1001_9001_hw.ipynb", "doe_1001_9002_hw-0.ipynb", "both"),
        ("doe_1001_9001_hw.ipynb", "doe_1001_9002_hw-100.ipynb", "both"),
        ("doe_1001_9001_hw.ipynb", "doe_LATE_1001_9002_hw-1.ipynb", "second"),
    ],
    ids=["again", "letters", "two parts", "number is older", "0", "100", "again and late"],
)
def test_a_numbered_file_of_canvas_replaces_what_is_older(
    first: str, second: str, counts: str, tmp_path: Path
) -> None:
    files = {first: OTHER, second: NB, "roe_1002_9003_hw.ipynb": NB}
    doe = next(h for h in both(tmp_path, files).handins if h.student == "doe")
    assert doe.source == second
    assert doe.attempts == ((first,) if counts == "second" else ())
    assert doe.late == ("LATE" in second)
    assert "double" in read(doe, names=ASKED.names).cells[0]


@pytest.mark.parametrize(
    ("name", "person"),
    [
        ("doe_1001_9001_hw.ipynb", Person(name="doe", id="1001")),
        ("anon_x7Kd2_9001_hw.ipynb", Person(name="anon_x7Kd2")),
        ("anon_1001_9001_hw.ipynb", Person(name="anon", id="1001")),
        ("LATE_anon_x7Kd2_9001_hw.ipynb", Person(name="anon_x7Kd2")),
        ("late_1001_9001_hw.ipynb", Person(name="late", id="1001")),
        ("o_LATE_LATE_1001_9001_hw.ipynb", Person(name="o_LATE", id="1001")),
        ("doe_1001_text.html", Person(name="doe", id="1001")),
        ("doe_1001_link.html", Person(name="doe", id="1001")),
        ("doe_12_1001_9001_2_3_hw.ipynb", Person(name="doe_12", id="1001")),
    ],
)
def test_whom_a_name_of_canvas_names(name: str, person: Person, tmp_path: Path) -> None:
    files = {name: NB, "roe_1002_9002_hw.ipynb": NB, "lee_1003_9003_hw.ipynb": NB}
    found = both(tmp_path, files)
    assert found.layout == "Canvas"
    assert [h.people for h in found.handins if h.source == name] == [(person,)]
    assert [h.late for h in found.handins if h.source == name] == ["LATE_" in name]


TWO = """---
submission_1:
  :submitters:
  - :name: Jane Doe
    {first}
  :created_at: 2026-01-02 03:04:05 Z
submission_2:
  :submitters:
  - :name: Jane Doe
    {second}
  :created_at: 2026-01-03 03:04:05 Z
"""


@pytest.mark.parametrize(
    ("first", "second", "rows"),
    [
        (":email: j@x.edu", ":email: j@x.edu", ["submission_2"]),
        (":sid: '7'", ":sid: '7'", ["submission_2"]),
        (":email: j@x.edu", ":email: k@x.edu", ["submission_1", "submission_2"]),
        (":sid: '7'", ":sid: '8'", ["submission_1", "submission_2"]),
        ("", "", ["submission_1", "submission_2"]),
        ("", ":sid: '7'", ["submission_1", "submission_2"]),
        (":email: ''", ":email: ' '", ["submission_1", "submission_2"]),
    ],
    ids=["email", "number", "two emails", "two numbers", "names alone", "one number", "blank"],
)
def test_two_of_one_name_are_one_student_only_by_an_email_or_a_number(
    first: str, second: str, rows: list[str], tmp_path: Path
) -> None:
    data = TWO.format(first=first, second=second).encode()
    found = both(tmp_path, {"submission_metadata.yml": data, "submission_1/hw.ipynb": NB,
                            "submission_2/hw.ipynb": NB})  # fmt: skip
    assert sorted(handin.source for handin in found.handins) == rows


@pytest.mark.parametrize(
    ("names", "layout"),
    [
        (["submission_1/hw.ipynb", "submission_2.pdf"], "Gradescope"),
        (["submission_1/hw.ipynb", "submission_2/hw.ipynb", "notes.txt"], "Gradescope"),
        (["submission_1/hw.ipynb", "submission_2/hw.ipynb", "ann/hw.ipynb"], ""),
        (["submission_1.ipynb", "submission_2.ipynb"], ""),
        (["submission_1/hw.ipynb", "ann/hw.ipynb", "submission_metadata.yml"], "Gradescope"),
        (["submission_x/hw.ipynb", "submission_y/hw.ipynb", "submission_metadata.yaml"], ""),
    ],
    ids=["a file beside", "notes", "another folder", "files alone", "with metadata", "no numbers"],
)
def test_what_is_gradescopes(names: list[str], layout: str, tmp_path: Path) -> None:
    found = both(tmp_path, dict.fromkeys(names, NB))
    assert found.layout == layout
    places = {
        name.partition("/")[0] for name in names if not name.startswith(("notes", "submission_m"))
    }
    assert {handin.source for handin in found.handins} == places


def test_what_lies_beside_nbgraders_students_has_a_row(tmp_path: Path) -> None:
    stamp = b"2026-01-02 03:04:05 UTC"
    files = {"submitted/ann/ps1/hw.ipynb": NB, "submitted/ann/ps1/timestamp.txt": stamp,
             "submitted/bob.ipynb": NB, "submitted/cy.zip": b"", "submitted/essay.pdf": PDF,
             "submitted/notes.txt": b""}  # fmt: skip
    found = both(tmp_path, files)
    assert found.layout.startswith("nbgrader")
    assert set(students(found)) == {"ann", "bob", "cy"}
    assert found.unknown == ("submitted/bob.ipynb", "submitted/cy.zip")
    assert set(found.passed_over) == {"submitted/essay.pdf", "submitted/notes.txt"}


@pytest.mark.parametrize("name", ["hw.ipynb (1).txt", "hw.py.txt", "HW.IPYNB.bak", "hw.zip.part"])
def test_work_under_an_ending_that_nothing_reads_is_always_named(name: str, tmp_path: Path) -> None:
    files = {f"a{number}.txt": b"" for number in range(9)} | {"ann.ipynb": NB, f"z {name}": NB}
    (line,) = told(both(tmp_path, files))
    assert f"z {name}" in line
    assert "and 4 more" in line


@pytest.mark.parametrize(
    ("names", "owners"),
    [
        (["Jane Doe - hw1.ipynb", "Rick Roe - hw1.ipynb"], ["Jane Doe", "Rick Roe"]),
        (["Jane Doe - HW1.ipynb", "Rick Roe - hw1.pdf"], ["Jane Doe", "Rick Roe"]),
        (["A - B - hw1.ipynb", "A - C - hw1.ipynb", "D - hw1.py"], ["A - B", "A - C", "D"]),
        (["hw1 - Jane Doe.ipynb", "hw1 - Rick Roe.ipynb"], ["Jane Doe", "Rick Roe"]),
        (["Jane Doe - hw1(1).ipynb", "Rick Roe - hw1 (12).ipynb"], ["Jane Doe", "Rick Roe"]),
        (["Jane Doe - hw1.tar.gz", "Rick Roe - hw1.ipynb.txt"], ["Jane Doe", "Rick Roe"]),
        (["A - hw1.py", "B - hw1.py", "C - hw1.py", "D - hw2.py"], ["A", "B", "C", "D"]),
        (
            ["A - B - Lab 3 - hw.py", "C - Lab 3 - hw.py", "D - Lab 3 - other.py"],
            ["A - B", "C", "D"],
        ),
        (["A - Lab 3 - hw.py", "B - Lab 4 - hw.py", "C - D - Lab 3 - hw.py"], ["A", "B", "C - D"]),
        (["A - hw1.py", "B - hw1.py", "c.py", "d.py"], ["A", "B", "c", "d"]),
    ],
    ids=[
        "Classroom",
        "letters",
        "dashes",
        "a form",
        "numbers",
        "endings",
        "one of another name",
        "dashes in both",
        "two of three",
        "just half",
    ],
)
def test_whom_a_name_of_google_names(names: list[str], owners: list[str], tmp_path: Path) -> None:
    found = both(tmp_path, dict.fromkeys(names, NB))
    assert found.layout == "Google Drive"
    assert students(found) == dict(zip(owners, names, strict=True))


@pytest.mark.parametrize(
    "names",
    [
        ["Jane Doe - hw1.ipynb"],
        ["Jane Doe - hw1.ipynb", "Rick Roe - hw2.ipynb", "Ann Lee - hw3.ipynb"],
        ["Jane Doe - hw1.ipynb", "Rick Roe - hw1.ipynb", "a.py", "b.py", "c.py"],
        ["same - same.ipynb", "same - same.py"],
        ["A - hw1.py", "B - hw1.py", "C - x.py", "D - y.py"],
    ],
    ids=["one", "nothing shared", "few", "all shared", "half shared"],
)
def test_dashes_alone_are_no_layout(names: list[str], tmp_path: Path) -> None:
    found = both(tmp_path, dict.fromkeys(names, NB))
    assert (found.layout, len(found.handins)) == ("", len(names))


REPOSITORY = "{}/.git/HEAD"


@pytest.mark.parametrize(
    ("folder", "names", "cloned", "logins"),
    [
        ("hw1-submissions", ["hw1-ann", "hw1-bob"], [], ["ann", "bob"]),
        ("hw1-submissions", ["hw1-ann"], [], ["ann"]),
        ("hw1-submissions", ["hw1-ann-lee", "hw1-ann-kim"], [], ["ann-lee", "ann-kim"]),
        ("hw1-submissions", ["hw1-ann", "bob"], [], None),
        ("hw1-submissions", ["hw1-ann", "bob"], ["hw1-ann", "bob"], ["ann", "bob"]),
        ("class", ["hw1-ann", "hw1-bob"], ["hw1-ann", "hw1-bob"], ["ann", "bob"]),
        ("class", ["hw1-ann", "hw1-bob", "hw1-cy"], ["hw1-ann", "hw1-bob"], ["ann", "bob", "cy"]),
        ("class", ["hw1-ann", "hw1-bob"], ["hw1-ann"], None),
        ("class", ["ann", "bob"], ["ann", "bob"], ["ann", "bob"]),
        ("class", ["hw1-ann"], ["hw1-ann"], ["hw1-ann"]),
        ("class", ["hw1-ann", "hw1-bob"], [], None),
    ],
    ids=["fetched", "one", "what logins share", "another's folder", "cloned beside", "by hand",
         "most", "half", "nothing shared", "one by hand", "none"],
)  # fmt: skip
def test_whom_a_repository_of_github_names(
    folder: str, names: list[str], cloned: list[str], logins: list[str] | None, tmp_path: Path
) -> None:
    files = {f"{folder}/{name}/hw.ipynb": NB for name in names}
    files |= {f"{folder}/{REPOSITORY.format(name)}": b"" for name in cloned}
    files |= {f"{folder}/roster.csv": b"", "beside.txt": b""}
    found = both(tmp_path, files)
    assert found.layout == ("" if logins is None else "GitHub Classroom")
    if logins is not None:
        assert students(found) == {
            login: f"{folder}/{name}" for login, name in zip(logins, names, strict=True)
        }
        assert set(found.passed_over) == {f"{folder}/roster.csv", "beside.txt"}


def test_repositories_beside_a_notebook_are_folders_of_a_class(tmp_path: Path) -> None:
    files = {"hw1-ann/hw.ipynb": NB, "hw1-bob/hw.ipynb": NB, "hw1-cy.ipynb": NB}
    found = both(
        tmp_path, files | {REPOSITORY.format(name): b"" for name in ("hw1-ann", "hw1-bob")}
    )
    assert (found.layout, set(students(found))) == ("", {"hw1-ann", "hw1-bob", "hw1-cy"})
