"""Sakai: whom folders, files and grades.csv name, and where the attachments lie."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.model import Person
from grader.submission import read

from .trees import ASKED, NB, OTHER, both, students

GRADES = '"Display ID","ID","Last Name","First Name","Late submission"\n'


@pytest.mark.parametrize(
    ("folder", "row", "person", "late"),
    [
        ("Doe, Jane(jdoe)", "jdoe,u-1,Doe,Jane,Late",
         Person(name="Jane Doe", login="jdoe", id="u-1"), True),
        ("Doe, Jane (Janie)(jdoe)", "jdoe,u-1,Doe,Jane,Late",
         Person(name="Jane Doe", login="jdoe", id="u-1"), True),
        ("Doe, Jane (Janie)(jdoe)", "janie,u-2,Lee,Janie,Late",
         Person(name="Jane (Janie) Doe", login="jdoe"), False),
        ("Doe, Jane(JDoe)", "jdoe,u-1,,,late", Person(name="Jane Doe", login="JDoe", id="u-1"),
         True),
        ("Doe, Jane(jdoe)", "jdoe,u-1,Doe,,On time", Person(name="Doe", login="jdoe", id="u-1"),
         False),
        ("Doe, Jane(jdoe)", "jdoe,u-1,,Janie,", Person(name="Janie", login="jdoe", id="u-1"),
         False),
        ("Doe, Jane(jdoe)", " jdoe , u\t1 , Doe , Jane , Late ",
         Person(name="Jane Doe", login="jdoe", id="u\\t1"), True),
        ("Doe, Jane(jdoe)", "jdoe", Person(name="Jane Doe", login="jdoe"), False),
        ("Sukarno(su)", "other,u-1,Doe,Jane,Late", Person(name="Sukarno", login="su"), False),
    ],
    ids=["usual", "a nickname", "a nickname like another's login", "letters", "one name",
         "no last name", "spaces", "a short row", "not listed"],
)  # fmt: skip
@pytest.mark.parametrize("form", ["{}/Submission attachment(s)/", "{}_Submission attachment(s)_"])
def test_whom_sakai_names(
    form: str, folder: str, row: str, person: Person, late: bool, tmp_path: Path
) -> None:
    files = {"HW 1/grades.csv": f'"HW 1","Points"\n\n{GRADES}{row}\n'.encode(),
             f"HW 1/{form.format(folder)}hw.ipynb": NB,
             f"HW 1/{form.format('Roe, Rick(rroe)')}hw.ipynb": NB}  # fmt: skip
    found = both(tmp_path, files)
    (handin,) = (h for h in found.handins if "Roe" not in h.source)
    assert (handin.people, handin.late) == ((person,), late)
    assert read(handin).problem is None


def test_an_anonymous_student_of_sakai_has_a_row_in_the_grades(tmp_path: Path) -> None:
    folder, row = "HW 1/ab-12 Anonymous", "AB-12 anonymous,u-1,,,Late"
    files = {"HW 1/grades.csv": f"{GRADES}{row}\n".encode(),
             f"{folder}/Submission attachment(s)/hw.ipynb": NB}  # fmt: skip
    (handin,) = both(tmp_path, files).handins
    assert (handin.people, handin.late) == ((Person(login="ab-12 Anonymous"),), True)


@pytest.mark.parametrize(
    "grades",
    [b"", b"\xff\xfe\x00", b'"a"\n"b"', b'"Display ID"\n"' + b"x" * 200_000, b"\x00"],
    ids=["empty", "UTF-16 cut off", "no titles", "an open quote", "a zero"],
)
def test_grades_that_cannot_be_read_cost_nobody_the_row(grades: bytes, tmp_path: Path) -> None:
    place = "HW 1/Doe, Jane(jdoe)"
    files = {"HW 1/grades.csv": grades, f"{place}/Submission attachment(s)/hw.ipynb": NB}
    assert students(both(tmp_path, files)) == {"Jane Doe": place}


@pytest.mark.parametrize("second", ["Doe, Jane(jdoe); Roe, Rick(rroe)", "Doe, Jane(jdoe);Lee(lee)"])
def test_each_of_a_group_is_named(second: str, tmp_path: Path) -> None:
    files = {"HW 1/grades.csv": f"{GRADES}rroe,u-2,Roe,Rick,Late\n".encode(),
             f"HW 1/{second}/Submission attachment(s)/hw.ipynb": NB}  # fmt: skip
    (handin,) = both(tmp_path, files).handins
    assert [person.login for person in handin.people] == [
        "jdoe", "rroe" if "rroe" in second else "lee",
    ]  # fmt: skip
    assert handin.late == ("rroe" in second)


@pytest.mark.parametrize("form", ["{}/Anh\u00e4nge/{}", "{}/{}"], ids=["another language", "loose"])
@pytest.mark.parametrize("owner", ["Doe, Jane(jdoe)", "Doe, Jane, Jr(jdoe)", "Sukarno(su)"])
def test_attachments_lie_where_the_sites_language_says(
    owner: str, form: str, tmp_path: Path
) -> None:
    files = {
        "HW 1/grades.csv": GRADES.encode(),
        "HW 1/" + form.format(owner, "hw.ipynb"): NB,
        "HW 1/" + form.format(owner, "helper.py"): b"y = 1",
        f"HW 1/{owner}/Feedback Attachment(s)/hw.ipynb": OTHER,
        f"HW 1/{owner}/comments.txt": b"",
    }
    found = both(tmp_path, files)
    (handin,) = found.handins
    names = {"Doe, Jane": "Jane Doe", "Doe, Jane, Jr": "Jane, Jr Doe", "Sukarno": "Sukarno"}
    assert handin.student == names[owner.partition("(")[0]]
    assert set(found.passed_over) == {
        f"HW 1/{owner}/Feedback Attachment(s)", f"HW 1/{owner}/comments.txt",
    }  # fmt: skip
    assert read(handin, names=ASKED.names).files == (("helper.py", b"y = 1"),)


def test_who_has_only_a_teachers_comment_handed_in_nothing(tmp_path: Path) -> None:
    files = {"HW 1/Doe, Jane(jdoe)_Submission attachment(s)_hw.ipynb": NB,
             "HW 1/Roe, Rick(rroe)_comments.txt": b"?",
             "HW 1/Lee, Ann(alee)_feedbackText.html": b"?"}  # fmt: skip
    found = both(tmp_path, files)
    assert set(students(found)) == {"Jane Doe"}
    assert len(found.passed_over) == 2


ATTACHED = "Submission attachment(s)/hw.ipynb"


@pytest.mark.parametrize(
    ("names", "layout"),
    [
        ([f"Doe, Jane(jdoe)/{ATTACHED}", "ann/hw.ipynb"], "Sakai"),
        ([f"Doe, Jane(jdoe)/{ATTACHED}", "ann/hw.ipynb", "bob/hw.ipynb"], ""),
        (["hw (1)/hw.ipynb", "hw (2)/hw.ipynb"], ""),
        (["hw (1)/hw.ipynb", "hw (2)/hw.ipynb", "grades.csv"], "Sakai"),
        (["ann/ann_submissionText.html", "bob/bob_submissionText.html"], "Sakai"),
        (["ann/bob_submissionText.html", "bob/ann_submissionText.html"], ""),
        (["Doe, Jane(jdoe)_hw.ipynb", "Roe, Rick(rroe)_hw.ipynb"], ""),
        (["Doe, Jane(jdoe)_Submission attachment(s)_hw.ipynb"], "Sakai"),
    ],
    ids=["half", "a third", "brackets alone", "brackets and grades", "typed text", "another's text",
         "files without attachments", "a file"],
)  # fmt: skip
def test_what_is_sakais(names: list[str], layout: str, tmp_path: Path) -> None:
    found = both(tmp_path, dict.fromkeys(names, NB))
    assert found.layout == layout
    assert len(found.handins) == len([name for name in names if name != "grades.csv"])
