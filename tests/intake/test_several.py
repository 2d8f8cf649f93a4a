"""Several paths at once: zips of students, zips of classes, what a shell's * gives."""

from __future__ import annotations

from pathlib import Path

from grader.intake import Found, find
from grader.submission import read

from .trees import ASKED, NB, OTHER, PDF, both, lay, students, zipped


def found(folder: Path, *paths: str) -> Found:
    return find([folder / path for path in paths], asked=ASKED)


def test_zips_of_a_student_each(tmp_path: Path) -> None:
    zips = {
        "zips/ann.zip": zipped({"hw.ipynb": NB, "helper.py": b"y = 1"}),
        "zips/bob.zip": zipped({"my work/hw.ipynb": NB, "my work/draft.ipynb": OTHER}),
        "zips/cy.zip": b"broken",
        "zips/dee.zip": zipped({"essay.pdf": PDF}),
    }
    lay(tmp_path, zips)
    all_found = found(tmp_path, *zips)
    assert students(all_found) == {
        "ann": "ann.zip", "bob": "bob.zip", "cy": "cy.zip", "dee": "dee.zip",
    }  # fmt: skip
    readable = {h.name: read(h, names=ASKED.names).problem is None for h in all_found.handins}
    assert readable == {"ann": True, "bob": True, "cy": False, "dee": False}


def test_zips_of_a_class_each(tmp_path: Path) -> None:
    lay(tmp_path, {"s1.zip": zipped({"ann.ipynb": NB, "bob.ipynb": NB}),
                   "s2.zip": zipped({"cy/hw.ipynb": NB, "dee/hw.ipynb": NB})})  # fmt: skip
    assert set(students(found(tmp_path, "s1.zip", "s2.zip"))) == {"ann", "bob", "cy", "dee"}


def test_two_exports_of_one_class(tmp_path: Path) -> None:
    """A student in both is one row: the file's number says which is newer."""
    lay(tmp_path, {
        "late.zip": zipped({"roe_1002_9102_hw.ipynb": NB, "cy_1003_9103_hw.ipynb": NB}),
        "first.zip": zipped({"doe_1001_9001_hw.ipynb": NB, "roe_1002_9002_hw.ipynb": OTHER}),
    })  # fmt: skip
    both_found = found(tmp_path, "late.zip", "first.zip")
    assert students(both_found) == {
        "roe": "roe_1002_9102_hw.ipynb",
        "cy": "cy_1003_9103_hw.ipynb",
        "doe": "doe_1001_9001_hw.ipynb",
    }
    assert [h.attempts for h in both_found.handins if h.student == "roe"] == [
        ("roe_1002_9002_hw.ipynb",)
    ]


def test_students_folders_one_by_one(tmp_path: Path) -> None:
    lay(tmp_path, {"ann/hw.ipynb": NB, "bob/hw.ipynb": NB, "cy/essay.pdf": PDF})
    assert set(students(found(tmp_path, "ann", "bob", "cy"))) == {"ann", "bob", "cy"}


def test_notebooks_of_the_same_name_in_students_folders(tmp_path: Path) -> None:
    lay(tmp_path, {"ann/x/hw.ipynb": NB, "bob/x/hw.ipynb": NB})
    assert students(found(tmp_path, "ann/x/hw.ipynb", "bob/x/hw.ipynb")) == {
        "ann": "ann/x/hw.ipynb",
        "bob": "bob/x/hw.ipynb",
    }


def test_files_of_an_export_bring_what_belongs_to_them(tmp_path: Path) -> None:
    files = {"doe_1001_9001_hw.ipynb": NB, "doe_1001_9002_helper.py": b"y = 1",
             "roe_1002_9003_hw.ipynb": NB, "cy_1003_9004_hw.ipynb": NB}  # fmt: skip
    lay(tmp_path, files)
    some = found(tmp_path, "doe_1001_9001_hw.ipynb", "roe_1002_9003_hw.ipynb")
    assert set(students(some)) == {"doe", "roe"}
    assert read(some.handins[0]).files == (("helper.py", b"y = 1"),)


def test_a_folder_beside_a_zip_of_a_class(tmp_path: Path) -> None:
    lay(
        tmp_path,
        {"a/ann.ipynb": NB, "a/bob.ipynb": NB, "b.zip": zipped({"cy.ipynb": NB, "d.ipynb": NB})},
    )
    assert set(students(found(tmp_path, "a", "b.zip"))) == {"ann", "bob", "cy", "d"}


def test_a_folder_that_holds_an_export_as_a_zip(tmp_path: Path) -> None:
    export = {"doe_1001_9001_hw.ipynb": NB, "roe_1002_9002_hw.ipynb": OTHER}
    again = {"roe_1002_9102_hw.ipynb": NB, "cy_1003_9103_hw.ipynb": NB}
    lay(tmp_path, {"x/one.zip": zipped(export), "x/two.zip": zipped(again), "x/notes.txt": b""})
    all_found = found(tmp_path, "x")
    assert students(all_found) == {
        "doe": "one.zip/doe_1001_9001_hw.ipynb",
        "roe": "two.zip/roe_1002_9102_hw.ipynb",
        "cy": "two.zip/cy_1003_9103_hw.ipynb",
    }
    assert (all_found.layout, all_found.passed_over) == ("Canvas", ("notes.txt",))
    assert all(read(handin).problem is None for handin in all_found.handins)


def test_a_folder_of_exports(tmp_path: Path) -> None:
    two = {f"section{n}/export/submission_{n}{m}/hw.ipynb": NB for n in (1, 2) for m in (1, 2)}
    assert {handin.source for handin in both(tmp_path, two).handins} == {
        name.removesuffix("/hw.ipynb") for name in two
    }


def test_students_folders_that_look_like_a_forms_are_students(tmp_path: Path) -> None:
    files = {f"{who}/hw1 - part{n}.ipynb": NB for who in ("ann", "bob") for n in (1, 2)}
    assert set(students(both(tmp_path, files))) == {"ann", "bob"}


def test_a_students_zip_makes_no_rows_of_others(tmp_path: Path) -> None:
    forged = zipped({"ann_1001_9001_hw.ipynb": NB, "bob_1002_9002_hw.ipynb": NB})
    single, several = zipped({"hw.ipynb": NB}), zipped({"one.ipynb": NB, "two.ipynb": OTHER})
    lay(tmp_path, {"x/mal.zip": forged, "x/ann.zip": single, "x/bob.zip": single})
    assert set(students(found(tmp_path, "x"))) == {"mal", "ann", "bob"}
    all_zips = ("x/mal.zip", "x/ann.zip", "x/bob.zip", "x/cy.zip", "x/dee.zip")
    lay(tmp_path, {"x/cy.zip": several, "x/dee.zip": single})
    assert set(students(found(tmp_path, *all_zips))) == {"mal", "ann", "bob", "cy", "dee"}
