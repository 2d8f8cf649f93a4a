"""A sample tree for each layout: who handed in what, from the folder as from the zip."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.intake import Found, find
from grader.intake.telling import told
from grader.model import Handin, Person
from grader.submission import read

from .trees import ASKED, NB, OTHER, PDF, both, lay, students, zipped


def handin_of(found: Found, student: str) -> Handin:
    (handin,) = (handin for handin in found.handins if handin.student == student)
    return handin


def test_canvas(tmp_path: Path) -> None:
    found = both(tmp_path, {
        "doejane_1234_99001_hw.ipynb": NB,
        "doejane_1234_99002_helper.py": b"y = 1",
        "roeric_LATE_1235_99003_my_hw_2.ipynb": NB,
        "leeann_1236_99004_report.pdf": PDF,
        "poepat_77001_text.html": b"<html></html>",
        "van_der_berg_1237_99005_work.rar": b"Rar!\x1a",
        "extra.ipynb": NB,
        "readme.txt": b"",
    })  # fmt: skip
    assert found.layout == "Canvas"
    assert students(found) == {
        "doejane": "doejane_1234_99001_hw.ipynb",
        "roeric": "roeric_LATE_1235_99003_my_hw_2.ipynb",
        "leeann": "leeann_1236_99004_report.pdf",
        "poepat": "poepat_77001_text.html",
        "van_der_berg": "van_der_berg_1237_99005_work.rar",
        "extra": "extra.ipynb",
    }
    assert (found.unknown, found.passed_over) == (("extra.ipynb",), ("readme.txt",))
    jane, rick = handin_of(found, "doejane"), handin_of(found, "roeric")
    assert jane.people == (Person(name="doejane", id="1234"),)
    assert read(jane, names=ASKED.names).files == (("helper.py", b"y = 1"),)
    assert (jane.late, rick.late) == (False, True)
    assert "a PDF document" in (read(handin_of(found, "leeann")).problem or "")
    assert "a RAR archive" in (read(handin_of(found, "van_der_berg")).problem or "")


def test_canvas_attempts(tmp_path: Path) -> None:
    found = both(tmp_path, {
        "doejane_1234_99001_hw.ipynb": OTHER,
        "doejane_1234_99002_helper.py": b"y = 1",
        "doejane_LATE_1234_99008_hw-1.ipynb": NB,
        "doejane_LATE_1234_99009_helper-1.py": b"y = 2",
        "doejane_LATE_1234_99010_data-1.csv": b"1",
        "roeric_1235_99020_part-1.ipynb": OTHER,
        "roeric_1235_99021_part-2.ipynb": NB,
    })  # fmt: skip
    jane, rick = handin_of(found, "doejane"), handin_of(found, "roeric")
    assert jane.attempts == ("doejane_1234_99001_hw.ipynb",)
    assert jane.source == "doejane_LATE_1234_99008_hw-1.ipynb"
    read_jane = read(jane, names=ASKED.names)
    assert "double" in read_jane.cells[0]
    # A module has its own name again, data may be read under either.
    assert read_jane.files == (("data-1.csv", b"1"), ("data.csv", b"1"), ("helper.py", b"y = 2"))
    assert rick.attempts == ()
    assert "double" in read(rick, names=ASKED.names).cells[0]


@pytest.mark.parametrize("keeps_zips", [False, True])
@pytest.mark.parametrize("start", ["{}_12{}_99{}_", "HW_{}_attempt_2026-01-{}-10-00-{}_"])
def test_zips_that_somebody_unpacked(start: str, keeps_zips: bool, tmp_path: Path) -> None:
    files: dict[str, bytes] = {}
    for number, who in ((11, "doe"), (12, "roe")):
        name = start.format(who, number, number) + "work"
        files |= {f"{name}/hw.ipynb": NB, f"{name}/helper.py": b"y = 1"}
        files |= (
            {f"{name}.zip": zipped({"hw.ipynb": NB, "helper.py": b"y = 1"})} if keeps_zips else {}
        )
    found = both(tmp_path, files)
    assert set(students(found)) == {"doe", "roe"}
    for handin in found.handins:
        assert read(handin).files == (("helper.py", b"y = 1"),)


def test_canvas_anonymous(tmp_path: Path) -> None:
    found = both(tmp_path, {
        "anon_x7Kd2_99001_hw.ipynb": NB,
        "LATE_anon_a0Kd2_99002_hw.ipynb": NB,
        "anon_b1Kd2_text.html": b"<html></html>",
    })  # fmt: skip
    assert set(students(found)) == {"anon_x7Kd2", "anon_a0Kd2", "anon_b1Kd2"}


def test_two_students_of_one_name_are_told_apart_by_their_numbers(tmp_path: Path) -> None:
    found = both(tmp_path, {"roe_1001_9001_hw.ipynb": NB, "roe_1002_9002_hw.ipynb": NB,
                            "poe_1003_9003_hw.ipynb": NB})  # fmt: skip
    assert set(students(found)) == {"roe (1001)", "roe (1002)", "poe"}


@pytest.mark.parametrize(
    "names",
    [
        ["hw_2025_1001_ann.ipynb", "hw_2025_1002_bob.ipynb"],
        ["hw_202501_10017_x.ipynb", "hw_202502_10018_x.ipynb", "hw_202503_10019_x.ipynb"],
        ["a_2025_1001_hw.ipynb", "b_2025_1001_hw.ipynb"],
    ],
)
def test_numbers_that_are_not_canvas_own_make_nobody_vanish(
    names: list[str], tmp_path: Path
) -> None:
    found = both(tmp_path, dict.fromkeys(names, NB))
    assert found.layout == ""
    assert len(students(found)) == len(names)


@pytest.mark.parametrize("end", ["", "_"], ids=["new", "old"])
def test_moodle_folders(end: str, tmp_path: Path) -> None:
    found = both(tmp_path, {
        f"Jane Doe_1234_assignsubmission_file{end}/work/hw.ipynb": NB,
        f"Jane Doe_1234_assignsubmission_file{end}/work/helper.py": b"y = 1",
        f"Jane Doe_1234_assignsubmission_onlinetext{end}/onlinetext.html": b"hi",
        f"Jane Doe_1299_assignsubmission_file{end}/essay.pdf": PDF,
        f"Group A_77_assignsubmission_file{end}/hw.ipynb": NB,
        f"Default group_assignsubmission_file{end}/hw.ipynb": NB,
        f"Participant 9_9_assignsubmission_onlinetext{end}/onlinetext.html": b"<html>",
    })  # fmt: skip
    assert found.layout == "Moodle"
    assert set(students(found)) == {
        "Jane Doe (1234)", "Jane Doe (1299)", "Group A", "Default group", "Participant 9",
    }  # fmt: skip
    jane = read(handin_of(found, "Jane Doe (1234)"))
    assert jane.folder == "work"
    assert dict(jane.files) == {"work/helper.py": b"y = 1", "onlinetext.html": b"hi"}
    assert "essay.pdf looks like a PDF" in (read(handin_of(found, "Jane Doe (1299)")).problem or "")


def test_moodle_flat(tmp_path: Path) -> None:
    found = both(tmp_path, {
        "Jane Doe_1234_assignsubmission_file_hw.ipynb": NB,
        "Jane Doe_1234_assignsubmission_file_helper.py": b"y = 1",
        "Jo\u0308rg, Max_1235_assignsubmission_file_a_b.7z": b"7z\xbc\xaf",
    })  # fmt: skip
    assert set(students(found)) == {"Jane Doe", "J\u00f6rg, Max"}
    assert read(handin_of(found, "Jane Doe")).files == (("helper.py", b"y = 1"),)


RECEIPT = (
    b"Name: Jane M. Doe (j_doe)\r\nAssignment: HW 1\r\n\r\nFiles:\r\n"
    b"\tOriginal filename: my helper.py\r\n"
    b"\tFilename: HW 1_j_doe_attempt_2026-01-03-10-00-00_myhelper.py\r\n"
)


def test_blackboard(tmp_path: Path) -> None:
    found = both(tmp_path, {
        "HW 1_j_doe_attempt_2026-01-03-09-59-59_hw.ipynb": OTHER,
        "HW 1_j_doe_attempt_2026-01-03-10-00-00.txt": RECEIPT,
        "HW 1_j_doe_attempt_2026-01-03-10-00-00_hw.ipynb": NB,
        "HW 1_j_doe_attempt_2026-01-03-10-00-00_myhelper.py": b"y = 1",
        "HW 1_r_roe_attempt_2026-01-03-11-00-00_hw.ipynb": NB,
        "HW 1_zed_attempt_2026-01-03-12-00-00.txt": b"Name: Zed (zed)\nAssignment: HW 1\n",
    })  # fmt: skip
    assert found.layout == "Blackboard"
    assert set(students(found)) == {"Jane M. Doe", "r_roe", "Zed"}
    jane = handin_of(found, "Jane M. Doe")
    assert jane.people == (Person(name="Jane M. Doe", login="j_doe"),)
    assert jane.submitted == "2026-01-03T10:00:00"
    assert jane.attempts == ("HW 1_j_doe_attempt_2026-01-03-09-59-59_hw.ipynb",)
    assert read(jane, names=ASKED.names).files == (("my helper.py", b"y = 1"),)
    assert read(handin_of(found, "Zed")).problem is not None
    assert found.passed_over == ()


def test_blackboard_in_another_language(tmp_path: Path) -> None:
    found = both(tmp_path, {
        "Opdracht_jdoe_poging_2026-01-03-10-00-00_hw.ipynb": NB,
        "Opdracht_rroe_poging_2026-01-03-10-00-00_hw.ipynb": NB,
    })  # fmt: skip
    assert set(students(found)) == {"jdoe", "rroe"}


def test_brightspace_folders(tmp_path: Path) -> None:
    found = both(tmp_path, {
        "index.html": b"<html></html>",
        "12-67 - Jane Doe - Jan 2, 2026 1159 AM/hw.ipynb": OTHER,
        "12-67 - Jane Doe - Jan 2, 2026 1201 PM/hw.ipynb": NB,
        "12-67 - Jane Doe - Dec 31, 2025 1159 PM/hw.ipynb": OTHER,
        "13-67 - Ann-Marie Lee - Jan 3, 2026 900 AM/hw.pdf": PDF,
    })  # fmt: skip
    assert found.layout == "Brightspace"
    jane = handin_of(found, "Jane Doe")
    assert (jane.source, jane.submitted) == (
        "12-67 - Jane Doe - Jan 2, 2026 1201 PM",
        "2026-01-02T12:01",
    )
    assert jane.people == (Person(name="Jane Doe", id="12"),)
    assert ["Dec 31" in source for source in jane.attempts] == [True, False]
    assert set(students(found)) == {"Jane Doe", "Ann-Marie Lee"}
    assert found.passed_over == ()


def test_brightspace_files(tmp_path: Path) -> None:
    found = both(tmp_path, {
        "12-67 - Jane Doe - 2 janv. 2026 1159 - hw.ipynb": NB,
        "12-67 - Jane Doe - 2 janv. 2026 1159 - helper.py": b"y = 1",
        "12-67 - Jane Doe - 1 janv. 2026 2359 - hw.ipynb": OTHER,
        "13-67 - Rick Roe - 3 janvier 2026 1000 - hw.ipynb": NB,
    })  # fmt: skip
    jane = handin_of(found, "Jane Doe")
    assert read(jane, names=ASKED.names).files == (("helper.py", b"y = 1"),)
    assert len(jane.attempts) == 1


@pytest.mark.parametrize("time", ["{}h05", "{} h 05", "{}:05"])
def test_a_time_in_french_tells_which_is_newer(time: str, tmp_path: Path) -> None:
    days = {"3 janvier 2026 " + time.format(23): OTHER, "12 février 2026 " + time.format("08"): NB}
    found = both(tmp_path, {f"1-2 - Jane Doe - {day}/hw.ipynb": nb for day, nb in days.items()})
    (jane,) = found.handins
    assert jane.submitted == "2026-02-12T08:05"


def test_an_attempt_without_a_notebook_after_one_with(tmp_path: Path) -> None:
    first, last = "HW_doe_attempt_2026-01-02-03-04-05", "HW_doe_attempt_2026-01-03-03-04-05"
    found = both(tmp_path, {f"{first}_hw.ipynb": NB, f"{last}.txt": b"Name: Jane Doe (doe)"})
    assert list(told(found)) == [
        "Blackboard: 1 student, 1 earlier attempt not graded.",
        "The newest hand-in of Jane Doe seems to hold no notebook or script; an earlier one does, "
        f"and is not graded: {first}_hw.ipynb.",
    ]


def test_every_document_that_is_passed_over_is_named(tmp_path: Path) -> None:
    documents = [f"student{n}.{ending}" for n in range(4) for ending in ("pdf", "rar", "tar.gz")]
    files = dict.fromkeys([*documents, *(f"a{n}.csv" for n in range(9))], b"x")
    (line,) = told(both(tmp_path, {"ann.ipynb": NB, "bob.ipynb": NB, **files}))
    assert all(name in line for name in documents)
    assert line.endswith("a4.csv and 4 more.")


def test_a_file_that_is_called_like_another_students_is_its_owners(tmp_path: Path) -> None:
    start = "HW_{}_attempt_2026-01-0{}-03-04-05_"
    canvas, moodle = "{}_100{}_9001{}_", "{}_1{}_assignsubmission_file_"
    for number, form in enumerate((start, canvas, moodle)):
        ann, bob = form.format("ann", 1, 1), form.format("bob", 2, 2)
        files = {f"{ann}hw.ipynb": NB, f"{bob}hw.ipynb": NB}
        files[f"{form.format('bob', 2, 3)}{form.format('ann', 9, 9)}x.py"] = b""
        found = both(tmp_path / str(number), files)
        assert students(found) == {"ann": f"{ann}hw.ipynb", "bob": f"{bob}hw.ipynb"}


def test_a_file_that_a_browser_saved_twice_leaves_the_class_canvas(tmp_path: Path) -> None:
    names = ("doe_1001_9001_hw.ipynb", "doe_1001_9001_hw (1).ipynb", "roe_1002_9002_hw.ipynb")
    found = both(tmp_path, dict.fromkeys(names, NB))
    assert found.layout == "Canvas"
    assert set(students(found)) == {"doe", "roe"}


@pytest.mark.parametrize("form", ["{} - Lab 3 - hw.ipynb", "{} - hw.ipynb"])
def test_names_with_dashes_are_two_students(form: str, tmp_path: Path) -> None:
    names = ("Ann - Marie Lee", "Ann - Sophie Lee", "Tom Roe")
    found = both(tmp_path, {form.format(name): NB for name in names})
    assert found.layout == "Google Drive"
    assert set(students(found)) == set(names)


def test_logins_that_end_alike_are_two_students_without_receipts(tmp_path: Path) -> None:
    start, when = "HW_1_", "_attempt_2026-01-02-03-04-05_hw.ipynb"
    found = both(tmp_path, {f"{start}{login}{when}": NB for login in ("a_b", "b", "c")})
    assert set(students(found)) == {"a_b", "b", "c"}


def test_a_section_of_one_student_beside_one_of_two_is_told(tmp_path: Path) -> None:
    names = ("A/doe_1001_9001_hw.ipynb", "A/roe_1002_9002_hw.ipynb", "B/lee_1003_9003_hw.ipynb")
    (note,) = both(tmp_path, dict.fromkeys(names, NB)).notes
    assert "a class's export may be in it: A;" in note


def test_the_export_of_a_class_among_students_zips_is_told(tmp_path: Path) -> None:
    export = zipped({"doejane_1001_9001_hw.ipynb": NB, "roetom_1002_9002_hw.ipynb": NB})
    student = zipped({"hw.ipynb": NB})
    (note,) = find([lay(tmp_path, {"ann.zip": student, "all.zip": export})], asked=ASKED).notes
    assert "a class's export may be in it: all.zip;" in note


GRADES = (
    b'"HW 1","Points"\n\n"Display ID","ID","Last Name","First Name","grade","Late submission"\n'
    b'"jdoe","u-1","Doe","Jane","","Late"\n'
)


def test_sakai(tmp_path: Path) -> None:
    found = both(tmp_path, {
        "HW 1/grades.csv": GRADES,
        "HW 1/Doe, Jane(jdoe)/Submission attachment(s)/hw.ipynb": NB,
        "HW 1/Doe, Jane(jdoe)/Submission attachment(s)/helper.py": b"y = 1",
        "HW 1/Doe, Jane(jdoe)/timestamp.txt": b"20260102030405123",
        "HW 1/Doe, Jane(jdoe)/Feedback Attachment(s)/hw.ipynb": NB,
        "HW 1/Roe, Rick(rroe)/Submission attachment(s)/work.zip": zipped({"hw.ipynb": NB}),
        "HW 1/Roe, Rick(rroe)/comments.txt": b"",
        "HW 1/Lee, Ann(alee)/": b"",
    })  # fmt: skip
    assert found.layout == "Sakai"
    assert students(found) == {
        "Jane Doe": "HW 1/Doe, Jane(jdoe)",
        "Rick Roe": "HW 1/Roe, Rick(rroe)",
        "Ann Lee": "HW 1/Lee, Ann(alee)",
    }
    jane = handin_of(found, "Jane Doe")
    assert jane.people == (Person(name="Jane Doe", login="jdoe", id="u-1"),)
    assert (jane.submitted, jane.late) == ("2026-01-02T03:04:05+00:00", True)
    assert ("helper.py", b"y = 1") in read(jane).files
    assert read(handin_of(found, "Rick Roe")).problem is None
    assert read(handin_of(found, "Ann Lee")).problem is not None
    assert set(found.passed_over) == {
        "HW 1/Doe, Jane(jdoe)/Feedback Attachment(s)",
        "HW 1/Roe, Rick(rroe)/comments.txt",
    }


def test_sakai_groups_and_anonymous_students(tmp_path: Path) -> None:
    found = both(tmp_path, {
        "HW 1/Doe, Jane(jdoe); Roe, Rick(rroe)/timestamp.txt": b"2026-01-02T03:04:05Z",
        "HW 1/Doe, Jane(jdoe); Roe, Rick(rroe)/Submission attachment(s)/hw.ipynb": NB,
        "HW 1/ab-12 Anonymous/timestamp.txt": b"2026-01-02T03:04:05Z",
        "HW 1/ab-12 Anonymous/Submission attachment(s)/hw.ipynb": NB,
    })  # fmt: skip
    assert set(students(found)) == {"Jane Doe, Rick Roe", "ab-12 Anonymous"}


def test_sakai_without_folders(tmp_path: Path) -> None:
    found = both(tmp_path, {
        "HW 1/grades.csv": GRADES,
        "HW 1/Doe, Jane(jdoe)_Submission attachment(s)_hw.ipynb": NB,
        "HW 1/Doe, Jane(jdoe)_Submission attachment(s)_helper.py": b"y = 1",
        "HW 1/Doe, Jane(jdoe)_comments.txt": b"",
        "HW 1/Roe, Rick(rroe)__submissionText.html": b"<html>",
    })  # fmt: skip
    assert set(students(found)) == {"Jane Doe", "Rick Roe"}
    assert read(handin_of(found, "Jane Doe")).files == (("helper.py", b"y = 1"),)
    assert found.passed_over == ("HW 1/Doe, Jane(jdoe)_comments.txt",)


def test_github_classroom(tmp_path: Path) -> None:
    found = both(tmp_path, {
        "up/hw1-submissions/hw1-ann-lee/.git/HEAD": b"",
        "up/hw1-submissions/hw1-ann-lee/hw.ipynb": NB,
        "up/hw1-submissions/hw1-ann-lee/.github/workflows/classroom.yml": b"",
        "up/hw1-submissions/hw1-bob/.git/HEAD": b"",
        "up/hw1-submissions/hw1-bob/README.md": b"",
    })  # fmt: skip
    assert found.layout == "GitHub Classroom"
    assert students(found) == {
        "ann-lee": "up/hw1-submissions/hw1-ann-lee",
        "bob": "up/hw1-submissions/hw1-bob",
    }


def test_github_classroom_cloned_by_hand(tmp_path: Path) -> None:
    found = both(tmp_path, {
        "hw1-ann/.git/HEAD": b"", "hw1-ann/hw.ipynb": NB,
        "hw1-bob/.git/HEAD": b"", "hw1-bob/hw.ipynb": NB, "roster.csv": b"",
    })  # fmt: skip
    assert set(students(found)) == {"ann", "bob"}
    assert found.passed_over == ("roster.csv",)


def test_google_classroom(tmp_path: Path) -> None:
    found = both(tmp_path, {
        "Jane Doe - hw1.ipynb": NB,
        "Rick Roe - hw1.ipynb": OTHER,
        "Rick Roe - hw1 (1).ipynb": NB,
        "Ann - hw1.pdf": PDF,
    })  # fmt: skip
    assert found.layout == "Google Drive"
    assert students(found) == {
        "Jane Doe": "Jane Doe - hw1.ipynb",
        "Rick Roe": "Rick Roe - hw1 (1).ipynb",
        "Ann": "Ann - hw1.pdf",
    }
    assert handin_of(found, "Rick Roe").attempts == ("Rick Roe - hw1.ipynb",)


def test_google_forms(tmp_path: Path) -> None:
    files = ["hw1 - Jane Doe.ipynb", "hw1 - Rick Roe.ipynb", "hw1 - Ann.ipynb"]
    assert set(students(both(tmp_path, dict.fromkeys(files, NB)))) == {
        "Jane Doe",
        "Rick Roe",
        "Ann",
    }


def test_dashes_that_say_nothing(tmp_path: Path) -> None:
    found = both(tmp_path, {"ann - a.ipynb": NB, "bob - b.ipynb": NB})
    assert found.layout == ""
    assert len(found.handins) == 2


@pytest.mark.parametrize("name", ["..", "."])
def test_no_file_is_laid_outside_the_hand_in(name: str, tmp_path: Path) -> None:
    files = {"doe_1001_9001_hw.ipynb": NB, f"doe_1001_9002_{name}": b"1",
             "roe_1002_9003_hw.ipynb": NB}  # fmt: skip
    found = both(tmp_path, files)
    ((laid, _),) = read(handin_of(found, "doe")).files
    assert laid == f"doe_1001_9002_{name}"


@pytest.mark.parametrize(
    "files",
    [
        {"doe_1001_9001_hw.ipynb": NB, "roe_1002_9002_hw.ipynb": NB},
        {"hw-doe/.git/HEAD": b"", "hw-doe/hw.ipynb": NB,
         "hw-roe/.git/HEAD": b"", "hw-roe/hw.ipynb": NB},
        {"submission_1/hw.ipynb": NB, "submission_2/hw.ipynb": NB},
    ],
    ids=["canvas", "github", "gradescope"],
)  # fmt: skip
def test_results_that_were_written_into_the_export(files: dict[str, bytes], tmp_path: Path) -> None:
    results = {"out/gradebook.sqlite": b"", "out/class.html": b"", "out/submissions/x/a.html": b""}
    found = both(tmp_path, files | results)
    assert len(students(found)) == 2
    assert (found.passed_over, found.unknown) == (("out",), ())


def test_results_given_by_themselves(tmp_path: Path) -> None:
    folder = "results/submissions/Jane Doe_1234_assignsubmission_file/feedback.html"
    lay(tmp_path, {"results/gradebook.sqlite": b"", folder: b"", "results/class.html": b""})
    assert find([tmp_path / "results"]).handins == ()


def test_results_and_work_that_looks_like_results(tmp_path: Path) -> None:
    found = both(tmp_path, {
        "ann/hw.ipynb": NB, "ann/gradebook.sqlite": b"", "bob/hw.ipynb": NB, "bob/scores.csv": b"",
        "results/gradebook.sqlite": b"", "results/class.html": b"",
        "results/submissions/ann/feedback.html": b"",
    })  # fmt: skip
    assert set(students(found)) == {"ann", "bob"}
    assert found.passed_over == ("results",)
    assert list(told(found)) == [
        "Notebooks and folders: 2 students. Passed over 1 file or folder: results."
    ]


@pytest.mark.parametrize(
    ("files", "rows"),
    [
        ({"class/ann/hw.ipynb": NB, "class/bob/hw.ipynb": NB}, {"ann", "bob"}),
        ({"class/ann/hw.ipynb": NB, "class/bob/report.pdf": PDF}, {"ann", "bob"}),
        ({"a/b/ann/hw.ipynb": NB, "a/b/bob/hw.ipynb": NB, "a/roster.csv": b""}, {"ann", "bob"}),
        ({"class/ann.ipynb": NB, "class/bob.ipynb": NB, "class/x.pdf": PDF}, {"ann", "bob"}),
        (
            {"class/ann.py": b"def double(x): 1", "class/bob.py": b"def double(x): 2"},
            {"ann", "bob"},
        ),
        ({"class/ann.zip": zipped({"hw.ipynb": NB}), "class/bob.zip": b"broken"}, {"ann", "bob"}),
        ({"jane/notebooks/hw.ipynb": NB, "jane/src/helper.py": b""}, {"jane"}),
        ({"jane/problem1/hw.ipynb": NB, "jane/problem2/hw.ipynb": OTHER}, {"jane"}),
        ({"jane/hw.ipynb": NB, "jane/hw (1).ipynb": NB}, {"jane"}),
        ({"jane/main.ipynb": NB, "jane/notes.ipynb": OTHER}, {"jane"}),
        ({"jane/main.ipynb": NB, "jane/helper.py": b"def double(x): 1"}, {"jane"}),
        ({"jane/hw.ipynb": NB}, {"jane"}),
    ],
)
def test_wrappers_and_single_students(
    files: dict[str, bytes], rows: set[str], tmp_path: Path
) -> None:
    assert set(students(both(tmp_path, files))) == rows


def test_what_was_recognised_in_a_line(tmp_path: Path) -> None:
    files = {f"s{n}_{1000 + n}_{9000 + n}_hw.ipynb": NB for n in range(3)}
    files |= {"s0_1000_9100_hw-1.ipynb": NB, "odd.zip": b""}
    files |= {f"{letter}.txt": b"" for letter in "abcdefg"}
    folder = lay(tmp_path / "x", files | {f"t{n}_2{n:03}_8{n:03}_hw.ipynb": NB for n in range(9)})
    assert list(told(find([folder]))) == [
        "Canvas: 13 students, 1 earlier attempt not graded. Of unknown students: odd.zip. "
        "Passed over 7 files or folders: a.txt, b.txt, c.txt, d.txt, e.txt and 2 more."
    ]
