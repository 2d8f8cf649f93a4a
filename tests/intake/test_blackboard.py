"""Blackboard's names and receipts: whose a file is, of which attempt, and its own name."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.intake import Found
from grader.model import Person
from grader.submission import read

from .trees import ASKED, NB, OTHER, both, students

FIRST, SECOND = "2026-01-03-10-00-00", "2026-01-04-10-00-00"
KNOWN = {
    f"HW 1_rroe_attempt_{FIRST}.txt": b"Name: Rick Roe (rroe)\n",
    f"HW 1_rroe_attempt_{FIRST}_hw.ipynb": NB,
}


def people(found: Found) -> dict[str, Person]:
    """Who handed in what, by the path of what counts."""
    assert all(len(handin.people) == 1 for handin in found.handins)
    return {handin.source: handin.people[0] for handin in found.handins}


@pytest.mark.parametrize(
    ("receipt", "person"),
    [
        ("Name: Jane Doe (j_doe)", Person(name="Jane Doe", login="j_doe")),
        ("Naam:Jane Doe(j_doe) \t", Person(name="Jane Doe", login="j_doe")),
        ("Nom : Doe, Jane ( j_doe )", Person(name="Doe, Jane", login="j_doe")),
        ("Name: Jane (Janie) Doe (j_doe)", Person(name="Jane (Janie) Doe", login="j_doe")),
        ("\ufeffName: J\u00f6rg (j_doe)", Person(name="J\u00f6rg", login="j_doe")),
        ("Name: Jo\u0308rg (j_doe)", Person(name="J\u00f6rg", login="j_doe")),
        ("Name: (j_doe)", Person(login="j_doe")),
        ("Name: Rick Roe (rroe)", Person(login="j_doe")),
        ("Name: Jane Doe", Person(login="j_doe")),
        ("Jane Doe (j_doe)", Person(login="j_doe")),
        ("Name: Jane Doe ()", Person(login="j_doe")),
        ("Name: Jane Doe ( )", Person(login="j_doe")),
        ("\nName: Jane Doe (j_doe)", Person(login="j_doe")),
        ("", Person(login="j_doe")),
    ],
    ids=[
        "usual", "no spaces", "spaces in brackets", "a nickname", "a mark", "decomposed",
        "no name", "another's", "no login", "no colon", "empty login", "blank login",
        "below an empty line", "empty",
    ],
)  # fmt: skip
def test_a_receipt_names_the_student_of_the_file_it_belongs_to(
    receipt: str, person: Person, tmp_path: Path
) -> None:
    start = f"HW 1_j_doe_attempt_{FIRST}"
    files = {f"{start}.txt": receipt.encode(), f"{start}_hw.ipynb": NB}
    found = both(tmp_path, files | KNOWN)
    assert people(found) == {
        f"{start}_hw.ipynb": person,
        f"HW 1_rroe_attempt_{FIRST}_hw.ipynb": Person(name="Rick Roe", login="rroe"),
    }
    assert (found.passed_over, found.unknown) == ((), ())


@pytest.mark.parametrize(
    ("heads", "logins"),
    [
        (["HW_jdoe"], ["jdoe"]),
        (["HW_1_j_doe"], ["doe"]),
        (["HW_1_j_doe", "HW_1_rroe"], ["j_doe", "rroe"]),
        (["HW_1_anna", "HW_1_annb"], ["anna", "annb"]),
        (["HW 1_j_doe", "Essay_a_lee"], ["doe", "lee"]),
        (["HW 1_rroe", "HW 1_j_doe", "Essay_lee"], ["rroe", "j_doe", "lee"]),
    ],
    ids=["one", "one with _", "two", "alike", "two assignments", "with a receipt"],
)
def test_a_login_without_a_receipt_follows_what_all_names_share(
    heads: list[str], logins: list[str], tmp_path: Path
) -> None:
    files = {f"{head}_attempt_{FIRST}_hw.ipynb": NB for head in heads}
    found = people(both(tmp_path, files | (KNOWN if "HW 1_rroe" in heads else {})))
    assert [found[f"{head}_attempt_{FIRST}_hw.ipynb"].login for head in heads] == logins


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        (["Original filename: my helper.py", "Filename: {file}"], "my helper.py"),
        (["\tBestandsnaam: a: b.py", "\tNaam: {file}"], "a: b.py"),
        (["Filename: {file}", "Original filename: other.py"], "helper.py"),
        (["Original filename:", "Filename: {file}"], "helper.py"),
        (["Original filename: my helper.py", "", "Filename: {file}"], "helper.py"),
        (["Original filename: ../../up.py", "Filename: {file}"], "helper.py"),
        (["Original filename: a/b.py", "Filename: {file}"], "helper.py"),
        (["Original filename: x.py", "Filename: helper.py"], "helper.py"),
    ],
    ids=["usual", "colons", "other order", "empty", "apart", "up", "folder", "no such file"],
)
def test_a_file_has_its_own_name_again_where_the_receipt_tells_it(
    lines: list[str], name: str, tmp_path: Path
) -> None:
    start = f"HW 1_doe_attempt_{FIRST}"
    receipt = "\r\n".join(["Name: Jane Doe (doe)", "Files:", *lines])
    files = {f"{start}.txt": receipt.format(file=f"{start}_helper.py").encode(),
             f"{start}_hw.ipynb": NB, f"{start}_helper.py": b"y = 1"}  # fmt: skip
    (handin,) = both(tmp_path, files).handins
    assert read(handin, names=ASKED.names).files == ((name, b"y = 1"),)


def test_a_receipt_says_nothing_of_anothers_files(tmp_path: Path) -> None:
    theirs = f"HW 1_rroe_attempt_{FIRST}_helper.py"
    forged = f"Name: Jane Doe (doe)\nOriginal filename: numpy.py\nFilename: {theirs}\n"
    files = {f"HW 1_doe_attempt_{FIRST}.txt": forged.encode(),
             f"HW 1_doe_attempt_{FIRST}_hw.ipynb": NB, theirs: b"y = 1"}  # fmt: skip
    rick = next(h for h in both(tmp_path, files | KNOWN).handins if h.student == "Rick Roe")
    assert read(rick, names=ASKED.names).files == (("helper.py", b"y = 1"),)


def test_files_of_one_second_are_one_attempt_and_the_newest_counts(tmp_path: Path) -> None:
    old, new = (f"HW 1_doe_attempt_{when}" for when in (FIRST, SECOND))
    files = {f"{new}_hw.ipynb": NB, f"{new}_helper.py": b"y = 2", f"{old}_hw.ipynb": OTHER,
             f"{old}_helper.py": b"y = 1", f"{old}_only_before.py": b""}  # fmt: skip
    (handin,) = both(tmp_path, files).handins
    assert (handin.source, handin.attempts) == (f"{new}_hw.ipynb", (f"{old}_hw.ipynb",))
    assert handin.submitted == "2026-01-04T10:00:00"
    assert read(handin, names=ASKED.names).files == (("helper.py", b"y = 2"),)


def test_a_folder_that_is_called_like_a_receipt_is_work(tmp_path: Path) -> None:
    files = {f"HW 1_doe_attempt_{FIRST}.txt/hw.ipynb": NB}
    found = both(tmp_path, files | KNOWN)
    assert students(found) == {
        "doe": f"HW 1_doe_attempt_{FIRST}.txt",
        "Rick Roe": f"HW 1_rroe_attempt_{FIRST}_hw.ipynb",
    }
    assert all(read(handin).problem is None for handin in found.handins)
