"""A roster in the platform's own form, graded, exported, and read again as the platform would."""

from __future__ import annotations

import csv
import re
import zipfile
from pathlib import Path

import pytest

from grader import cli
from grader.batch.gradebook import Batch, Gradebook
from grader.batch.resume import key_of
from grader.judge.grade import ungraded
from grader.model import Handin, Person
from tests.batch.conftest import RIGHT, WRONG, notebook
from tests.cases import spread
from tests.conftest import MakeCourse

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("one_interpreter")]


#: Name, id, e-mail, code (None: nothing handed in), score of 3.
STUDENTS = [
    ("Jane", "Doe", "0771", "jd@uni.example", RIGHT, 3.0),
    ("Jürgen", "Müller", "0772", "jm@uni.example", WRONG, 0.0),
    ("花子", "佐藤", "0773", "hs@uni.example", RIGHT, 3.0),
    ("Anna, Maria", "van der Berg", "0774", "ab@uni.example", None, None),
    ("Eve", "=1+1", "0775", "e-v+1@uni.example", "def double(x):\n    return x + x\n", 3.0),
]
PARTICIPANTS = {"0771": 501, "0772": 502, "0773": 503, "0774": 504, "0775": 505}
SCORES = {number: score for _, _, number, _, _, score in STUDENTS}


def table(path: Path, rows: list[list[str]], *, encoding: str = "utf-8") -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def hand_in(folder: Path, name: str, code: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(notebook(code), "utf-8")


def run(*arguments: object) -> None:
    assert cli.main([*map(str, arguments)]) == 0


def read(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def scores(out: Path) -> list[str]:
    return (out / "scores.csv").read_text("utf-8").splitlines()


def squeezed(*names: str) -> str:
    return "".join(c for name in names for c in name.casefold() if c.isalnum())


def number_or_none(cell: str) -> float | None:
    return float(cell) if cell else None


def test_canvas(make_course: MakeCourse, tmp_path: Path) -> None:
    head = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Doubling (88)", "Other (9)"]
    rows = [head, ["    Points Possible", "", "", "", "", "3", "5"]]
    for place, (first, last, number, email, code, _) in enumerate(STUDENTS):
        rows.append([f"{last}, {first}", str(9000 + place), number, email, "A", "", "4"])
        if code:
            name = f"{squeezed(last, first)}_{9000 + place}_{70100 + place}_hw.ipynb"
            hand_in(tmp_path / "class", name, code)
    rows.append(["Student, Test", "9999", "", "x", "A", "", ""])
    roster = table(tmp_path / "grades.csv", rows)
    out = tmp_path / "out"
    run("grade", tmp_path / "class", "--assignment", make_course().folder, "--out", out,
        "--roster", roster, "--quiet")  # fmt: skip
    run("export", out, "--format", "canvas")
    back = read(out / "export" / "canvas.csv")
    # As Canvas reads it: who is meant is in the columns up to Section, the rest are assignments.
    assert back[0] == head[:6]
    assert back[1] == ["    Points Possible", "", "", "", "", "3"]
    assert [row[1:5] for row in back[2:]] == [row[1:5] for row in rows[2:-1]]
    assert {row[2]: number_or_none(row[5]) for row in back[2:]} == SCORES
    assert not any(row[0].startswith("=") for row in back)
    ids = {row["student_id"]: row["status"] for row in csv.DictReader(scores(out))}
    assert ids == {"9000": "graded", "9001": "graded", "9002": "graded", "9003": "missing",
                   "9004": "graded"}  # fmt: skip


def test_canvas_takes_its_own_column_back(
    make_course: MakeCourse, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    head = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Homework 1 (5)", "Quiz (6)"]
    rows = [
        head,
        ["    Points Possible", "", "", "", "", "30.00", "9"],
        ["Doe, Jane", "901", "", "jd", "A", "11", "1"],
        ["Lee, Ann", "902", "", "al", "A", "12", "2"],
    ]
    hand_in(tmp_path / "class", "doejane_901_70001_hw.ipynb", RIGHT)
    out = tmp_path / "out"
    run("grade", tmp_path / "class", "--assignment", make_course().folder, "--out", out,
        "--roster", table(tmp_path / "r.csv", rows), "--quiet")  # fmt: skip
    run("export", out, "--format", "canvas", "--column", "homework 1")
    back = read(out / "export" / "canvas.csv")
    # What Canvas has for who handed in nothing stays; an empty cell would take it away.
    assert [row[5:] for row in back] == [["Homework 1 (5)"], ["30.00"], ["30"], ["12"]]
    assert (
        "counts 30 points and the assignment 3: the grades are scaled." in capsys.readouterr().out
    )
    assert cli.main(["export", str(out), "--format", "canvas", "--column", "Homework 2"]) == 1
    assert "has no column 'Homework 2'" in capsys.readouterr().err
    (out / "adjust.toml").write_text('[[excused]]\nstudent = "al"\n')
    run("export", out, "--format", "canvas")
    assert [row[5] for row in read(out / "export" / "canvas.csv")] == [
        "Doubling", "3", "3", "EX",
    ]  # fmt: skip


def test_who_has_no_grade_and_why(
    make_course: MakeCourse, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hand_in(tmp_path / "class", "doejane_901_70001_hw.ipynb", RIGHT)
    hand_in(tmp_path / "class", "poepat_902_70002_hw.ipynb", RIGHT)
    (tmp_path / "class" / "roerick_903_70003_hw.pdf").write_bytes(b"%PDF-1.7")
    rows = [["Student", "ID"], ["Doe, Jane", "901"], ["Poe, Pat", "902"], ["Roe, Rick", "903"],
            ["Lee, Ann", "904"], ["Kay, Cy", "905"]]  # fmt: skip
    out = tmp_path / "out"
    run("grade", tmp_path / "class", "--assignment", make_course().folder, "--out", out,
        "--roster", table(tmp_path / "r.csv", rows), "--quiet")  # fmt: skip
    excused = (f'[[excused]]\nstudent = "{number}"\n' for number in (902, 905))
    (out / "adjust.toml").write_text("".join(excused))
    capsys.readouterr()
    for options, count in (((), 2), (("--zeros",), 3)):
        run("export", out, "--format", "canvas", *options)
        said = capsys.readouterr().out
        assert f"Canvas: {count} of 5 students have a grade" in said
        assert "Excused: Poe, Pat; Kay, Cy." in said
        assert "Could not be read, and count 0 points: Roe, Rick." in said
        assert ("1 without a hand-in have none" in said) == (not options)


def test_moodle(make_course: MakeCourse, tmp_path: Path) -> None:
    head = ["Identifier", "Full name", "ID number", "Email address", "Status", "Grade",
            "Maximum Grade", "Grade can be changed", "Last modified (grade)",
            "Feedback comments"]  # fmt: skip
    rows = [head]
    for first, last, number, email, code, _ in STUDENTS:
        who = PARTICIPANTS[number]
        rows.append([f"Participant {who}", f"{first} {last}", number, email, "Submitted", "",
                     "6.00", "Yes", "-", "- a\n- b"])  # fmt: skip
        if code:
            folder = f"{first} {last}_{who}_assignsubmission_file_"
            hand_in(tmp_path / "class", f"{folder}/hw.ipynb", code)
    roster = table(tmp_path / "grades.csv", rows, encoding="utf-8-sig")
    out = tmp_path / "out"
    run("grade", tmp_path / "class", "--assignment", make_course().folder, "--out", out, "--quiet")
    run("export", out, "--format", "moodle", "--roster", roster)
    back = read(out / "export" / "moodle.csv")
    assert back[0] == head[:-1]  # comments that are there stay as they are
    assert [[*row[:1], *row[2:5]] for row in back[1:]] == [[*r[:1], *r[2:5]] for r in rows[1:]]
    # As Moodle reads it: the number is what follows its word; 6 points are the most here.
    graded = {int(re.sub(r"^Participant ", "", row[0])): row[5] for row in back[1:]}
    assert {number: number_or_none(graded[who]) for number, who in PARTICIPANTS.items()} == {
        number: None if score is None else 2 * score for number, score in SCORES.items()
    }
    with zipfile.ZipFile(out / "export" / "moodle-feedback.zip") as archive:
        names = archive.namelist()
        given = {int(name.split("_", 4)[1]) for name in names}
        assert given == set(PARTICIPANTS.values()) - {504}
        for name in names:
            parts = name.split("/")[0].split("_", 4)
            assert parts[2:4] == ["assignsubmission", "file"]
            assert b"<html" in archive.read(name)
    before = (out / "export" / "moodle-feedback.zip").read_bytes()
    run("export", out, "--format", "moodle")
    assert (out / "export" / "moodle-feedback.zip").read_bytes() == before


def test_moodle_in_another_language(make_course: MakeCourse, tmp_path: Path) -> None:
    head = ["ID", "Vollständiger Name", "E-Mail-Adresse", "Bewertung"]
    rows = [head, ["Teilnehmer/in501", "Jane Doe", "jd@uni.example", ""]]
    hand_in(tmp_path / "class", "Jane Doe_501_assignsubmission_file_/hw.ipynb", RIGHT)
    out = tmp_path / "out"
    run("grade", tmp_path / "class", "--assignment", make_course().folder, "--out", out,
        "--roster", table(tmp_path / "r.csv", rows), "--quiet")  # fmt: skip
    run("export", out, "--format", "moodle")
    assert read(out / "export" / "moodle.csv") == [head, [*rows[1][:3], "3"]]


def test_moodle_without_a_worksheet(make_course: MakeCourse, tmp_path: Path) -> None:
    rows = [["First name", "Surname", "ID number", "Email address"]]
    for first, last, number, email, code, _ in STUDENTS:
        rows.append([first, last, number, email])
        if code:
            hand_in(tmp_path / "class", f"{number}.ipynb", code)
    out = tmp_path / "out"
    run("grade", tmp_path / "class", "--assignment", make_course().folder, "--out", out,
        "--roster", table(tmp_path / "r.csv", rows), "--quiet")  # fmt: skip
    run("export", out, "--format", "moodle", "--zeros")
    back = read(out / "export" / "moodle.csv")
    assert back[0] == [*rows[0], "Doubling"]
    assert [row[2:4] for row in back] == [row[2:] for row in rows]
    assert {row[2]: float(row[4]) for row in back[1:]} == {n: s or 0.0 for n, s in SCORES.items()}
    assert not (out / "export" / "moodle-feedback.zip").exists()


def test_gradescope(make_course: MakeCourse, tmp_path: Path) -> None:
    rows = [["First Name", "Last Name", "SID", "Email", "Sections"]]
    for first, last, number, email, code, _ in STUDENTS:
        rows.append([first, last, number, email, "A"])
        if code:
            hand_in(tmp_path / "class", f"{email}.ipynb", code)
    out = tmp_path / "out"
    run("grade", tmp_path / "class", "--assignment", make_course().folder, "--out", out,
        "--roster", table(tmp_path / "r.csv", rows), "--quiet")  # fmt: skip
    run("export", out, "--format", "gradescope")
    with (out / "export" / "gradescope.csv").open(encoding="utf-8", newline="") as file:
        back = list(csv.DictReader(file))
    assert [(row["SID"], row["Email"]) for row in back] == [(r[2], r[3]) for r in rows[1:]]
    assert {row["SID"]: number_or_none(row["Total Score"]) for row in back} == SCORES
    assert [row["Status"] for row in back].count("Missing") == 1


def test_a_spreadsheet(make_course: MakeCourse, tmp_path: Path) -> None:
    hand_in(tmp_path / "class", "=cmd.ipynb", RIGHT)
    hand_in(tmp_path / "class", "佐藤.ipynb", WRONG)
    out = tmp_path / "out"
    run("grade", tmp_path / "class", "--assignment", make_course().folder, "--out", out, "--quiet")
    run("export", out, "--format", "csv")
    data = (out / "export" / "grades.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbfstudent,student_id,")
    rows = list(csv.DictReader(data.decode("utf-8-sig").splitlines()))
    assert [row["final"] for row in rows] == ["3", "0"]
    assert not any(cell.startswith("=") for row in rows for cell in row.values())


@pytest.mark.parametrize("form", spread(["canvas", "moodle", "gradescope"], 3))
def test_no_id_of_an_export_without_a_roster_is_a_formula(
    make_course: MakeCourse, tmp_path: Path, form: str
) -> None:
    course, out = make_course(), tmp_path / "out"
    people = [Person(name="Eve", id="=1+1", email="@SUM(1)"), Person(id="-7", email="e-v+1@x.y")]
    handins = [
        Handin(name=name, source=name, student=name, path=tmp_path / name, people=(person,))
        for name, person in zip("ab", people, strict=True)
    ]
    batch = Batch(assignment=course.name, title=course.title, columns=())
    with Gradebook(out) as book:
        book.begin(batch, handins)
        book.record((ungraded(handin, course) for handin in handins), key_of(course))
    run("export", out, "--format", form)
    cells = [cell for row in read(out / "export" / f"{form}.csv") for cell in row]
    assert not any(cell.startswith(("=", "@")) for cell in cells)
    assert "e-v+1@x.y" in cells  # the platform matches by it
    assert ("-7" in cells) == (form != "moodle")


@pytest.mark.parametrize("form", spread(["canvas", "moodle", "gradescope"], 3))
def test_what_no_platform_could_match_is_refused(
    make_course: MakeCourse, tmp_path: Path, capsys: pytest.CaptureFixture[str], form: str
) -> None:
    hand_in(tmp_path / "class", "a.ipynb", RIGHT)
    out = tmp_path / "out"
    run("grade", tmp_path / "class", "--assignment", make_course().folder, "--out", out, "--quiet")
    assert cli.main(["export", str(out), "--format", form]) == 1
    assert "give the course's roster with --roster FILE" in capsys.readouterr().err


def test_no_grade_is_guessed(
    make_course: MakeCourse, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [["name", "id"], ["Bob Smith", "1"], ["Bob Smith", "2"], ["Ann Lee", "3"]]
    for name in ("bob smith", "ann lee", "3", "stranger"):
        hand_in(tmp_path / "class", f"{name}.ipynb", RIGHT)
    out = tmp_path / "out"
    run("grade", tmp_path / "class", "--assignment", make_course().folder, "--out", out,
        "--roster", table(tmp_path / "r.csv", rows))  # fmt: skip
    told = capsys.readouterr()
    assert "Roster: 3 students (r.csv: UTF-8); 0 without a hand-in." in told.out
    assert "Not in the roster, and kept: stranger." in told.err
    assert "bob smith may be Bob Smith (1); Bob Smith (2): it belongs to nobody until" in told.err
    assert "Ann Lee (3) has 2 hand-ins, 3; ann lee" in told.err
    # Who may have handed in gets no 0 either.
    run("export", out, "--format", "canvas", "--zeros")
    back = read(out / "export" / "canvas.csv")
    assert [row[5] for row in back[2:]] == ["", "", ""]
    unclear = "is not clear, so nothing is sent: Bob Smith; Bob Smith; Ann Lee."
    assert unclear in capsys.readouterr().out


def test_a_roster_that_does_not_go_with_the_rest_is_not_kept(
    make_course: MakeCourse, tmp_path: Path
) -> None:
    hand_in(tmp_path / "class", "ann lee.ipynb", RIGHT)
    out = tmp_path / "out"
    run("grade", tmp_path / "class", "--assignment", make_course().folder, "--out", out,
        "--roster", table(tmp_path / "r.csv", [["name", "id"], ["Ann Lee", "3"]]))  # fmt: skip
    (out / "adjust.toml").write_text('[[extra_time]]\nstudent = "3"\ndays = 1\n')
    other = table(tmp_path / "other.csv", [["name", "id"], ["Bob", "1"]])
    assert cli.main(["export", str(out), "--format", "csv", "--roster", str(other)]) == 1
    run("export", out, "--format", "csv")
