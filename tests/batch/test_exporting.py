"""A folder of results as a platform or a spreadsheet takes it, from the gradebook alone."""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from grader.batch.export import export
from grader.batch.gradebook import Batch, Gradebook, Key
from grader.batch.run import report
from grader.errors import UsageError
from grader.exchange.roster import read_roster
from grader.model import CaseResult, Handin, Limits, Outcome, Person, Result, Status

KEY = Key("a", "1", Limits())
COLUMNS = (("double", "values"), ("=double", "arrays"))
JANE = Person(name="Doe, Jane", id="901", email="jd@x.example", login="jd")
ANN = Person(name="Lee, Ann", id="902")
ROSTER = 'Student,ID,Section\n"Doe, Jane",901,A\n"Lee, Ann",902,B\n"Poe, Cy",903,A\n'


def handin(name: str, *people: Person, **more: Any) -> Handin:
    return Handin(name=name, source=more.pop("source", f"{name}.ipynb"), student=name,
                  path=Path(name), people=people, **more)  # fmt: skip


def result(name: str, score: float | None = 3.0, **more: Any) -> Result:
    cases = () if score is None else (
        CaseResult(question="double", test_case="values", hidden=True, outcome=Outcome.PASSED,
                   points=score, max_points=3.0),
    )  # fmt: skip
    values: dict[str, Any] = {"status": Status.GRADED, "cases": cases} | more
    return Result(submission=name, source=f"{name}.ipynb", student=name, digest="d", score=score,
                  max_score=3.0, **values)  # fmt: skip


def graded(
    out: Path, rows: Mapping[Handin, Result], *, roster: str | None = None, adjust: str = ""
) -> Path:
    out.mkdir(exist_ok=True)
    table = None
    if roster is not None:
        (out.parent / "r.csv").write_text(roster, "utf-8")
        table = read_roster(out.parent / "r.csv").table
    (out / "adjust.toml").write_text(adjust, "utf-8")
    batch = Batch(assignment="doubling", title="Doubling", columns=COLUMNS, roster=table,
                  max_score=3.0)  # fmt: skip
    with Gradebook(out) as book:
        book.begin(batch, list(rows))
        book.record(rows.values(), KEY)
    return out


def exported(out: Path, form: str, **more: Any) -> tuple[list[list[str]], tuple[str, ...]]:
    lines, _ = export(out, form, **({"roster": None, "column": None, "zeros": False} | more))
    path = out / "export" / ("grades.csv" if form == "csv" else f"{form}.csv")
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file)), lines


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def test_each_student_of_the_roster_has_their_own_grade(out: Path) -> None:
    rows = {
        handin("a", ANN): result("a", 1.25),
        handin("j", JANE): result("j", 2.0),
        handin("z", Person(name="Stranger", id="999")): result("z"),
    }
    table, lines = exported(graded(out, rows, roster=ROSTER), "canvas")
    assert table == [
        ["Student", "ID", "Section", "Doubling"],
        ["    Points Possible", "", "", "3"],
        ["Doe, Jane", "901", "A", "2"],
        ["Lee, Ann", "902", "B", "1.25"],
        ["Poe, Cy", "903", "A", ""],
    ]
    assert lines[0] == f"Canvas: 2 of 3 students have a grade in {out}/export/canvas.csv."
    assert lines[2:] == ("1 without a hand-in have none; --zeros gives them 0: Poe, Cy.",)
    table, lines = exported(out, "canvas", zeros=True)
    assert [row[3] for row in table[2:]] == ["2", "1.25", "0"]
    assert lines[0].startswith("Canvas: 3 of 3 students")


def test_who_gets_nothing_is_named_with_the_reason(out: Path) -> None:
    rows = {
        handin("a", ANN): result("a", None, status=Status.FAULT),
        handin("b", Person(name="Bob Roe")): result("b"),
        handin("c", Person(name="Poe, Cy")): result("c"),
        handin("d", Person(id="903")): result("d"),
        handin("j", JANE): result("j", 0.0, status=Status.UNREADABLE),
        handin("m", Person(id="906")): result("m"),
    }
    roster = ROSTER + "Bob Roe,904,A\nBob Roe,905,A\nMay,906,A\n"
    made = graded(out, rows, roster=roster, adjust='[[excused]]\nstudent = "906"\n')
    table, lines = exported(made, "canvas", zeros=True)
    assert {row[1]: row[3] for row in table[2:]} == {
        "901": "0", "902": "", "903": "", "904": "", "905": "", "906": "EX",
    }  # fmt: skip
    assert lines[0].startswith("Canvas: 1 of 6 students have a grade")
    assert lines[2:] == (
        "Excused: May.",
        "Could not be read, and count 0 points: Doe, Jane.",
        "Which hand-in is theirs is not clear, so nothing is sent: Poe, Cy; Bob Roe; Bob Roe.",
        "The grader failed, so there is no grade: a.",
    )


def test_a_group_shares_its_grade_and_a_question_of_people_counts(out: Path) -> None:
    marks = '[[manual]]\nquestion = "Why?"\nmax_points = 2\npoints = { g = 1.5 }\n'
    rows = {handin("g", JANE, ANN): result("g", 2.0)}
    table, _ = exported(graded(out, rows, roster=ROSTER, adjust=marks), "gradescope")
    assert [row[-3:] for row in table[1:]] == [
        ["3.5", "5", "Graded"], ["3.5", "5", "Graded"], ["", "5", "Missing"],
    ]  # fmt: skip
    without, _ = exported(graded(out, rows, adjust=marks), "gradescope")
    assert [row[1] for row in without[1:]] == ["901", "902"]


@pytest.mark.parametrize("form", ["canvas", "moodle", "gradescope"])
@pytest.mark.parametrize(
    ("person", "is_enough"),
    [(Person(id="7"), True), (Person(email="a@x.example"), True), (Person(name="Ann"), False)],
    ids=["id", "e-mail", "name"],
)
def test_without_a_roster_a_platform_needs_something_to_match_by(
    out: Path, form: str, person: Person, is_enough: bool
) -> None:
    graded(out, {handin("a", person): result("a"), handin("b", Person(name="B")): result("b")})
    if is_enough:
        table, _ = exported(out, form)
        assert "3" in table[-2]
    else:
        with pytest.raises(UsageError, match="these hand-ins have none: give the course's roster"):
            exported(out, form)


def test_a_roster_of_names_is_enough_to_fill_in(out: Path) -> None:
    rows = {handin("a", Person(name="Ann Lee")): result("a", 2.0)}
    table, _ = exported(graded(out, rows, roster='Name\n"Lee, Ann"\n'), "gradescope")
    assert table[1][0] == "Lee, Ann"
    assert "2" in table[1]


def test_what_a_stopped_run_has_not_graded_yet_gets_no_grade(out: Path) -> None:
    graded(out, {handin("j", JANE): result("j"), handin("a", ANN): result("a")}, roster=ROSTER)
    more = [handin("j2", JANE), handin("a", ANN)]
    with Gradebook(out) as book:
        batch = book.batch()
        assert batch is not None
        book.begin(batch, more)
    table, lines = exported(out, "canvas", zeros=True)
    assert [row[3] for row in table[2:]] == ["", "3", "0"]
    assert lines[-1].endswith("nothing is sent: Doe, Jane.")


def test_a_roster_given_once_is_the_batchs_from_then_on(out: Path, tmp_path: Path) -> None:
    graded(out, {handin("901"): result("901")})
    report(out)
    page = out / "submissions" / "901" / "feedback.html"
    assert "Doe, Jane" not in page.read_text("utf-8")
    (tmp_path / "late.csv").write_text(ROSTER, "utf-8")
    exported(out, "canvas", roster=tmp_path / "late.csv")
    (tmp_path / "late.csv").unlink()
    table, _ = exported(out, "canvas")
    assert [row[3] for row in table[2:]] == ["3", "", ""]
    assert "missing" in (out / "scores.csv").read_text("utf-8")
    assert "Doe, Jane" in page.read_text("utf-8")


MOODLE = (
    "Identifier,Full name,Grade\nParticipant 501,Jane,\nParticipant502,Ann,\nParticipant 503,Cy,\n"
)


def test_moodles_feedback_goes_to_whom_it_is_about(out: Path) -> None:
    jane = handin("jane", Person(name="Jane"), source="Jane_501_assignsubmission_file_/hw.ipynb")
    rows = {jane: result("jane"), handin("ann"): result("ann", 1.0)}
    graded(out, rows, roster=MOODLE)
    report(out)
    table, lines = exported(out, "moodle")
    assert table[1:] == [
        ["Participant 501", "Jane", "3"], ["Participant502", "Ann", "1"],
        ["Participant 503", "Cy", ""],
    ]  # fmt: skip
    path = out / "export" / "moodle-feedback.zip"
    with zipfile.ZipFile(path) as archive:
        pages = {name: archive.read(name).decode() for name in archive.namelist()}
    assert list(pages) == [
        "Ann_502_assignsubmission_file_/feedback.html",
        "Jane_501_assignsubmission_file_/feedback.html",
    ]
    assert all(name.split("_")[0] in page for name, page in pages.items())
    assert lines[-1] == f"Feedback: 2 pages in {path}."
    # With a roster that knows no participants an old zip would go to the wrong people.
    (out.parent / "plain.csv").write_text("name,id\nJane,1\nAnn,2\n")
    _, lines = exported(out, "moodle", roster=out.parent / "plain.csv")
    assert lines[-1] == "Not in it, because the participant's number is unknown: ann."
    graded(out, {handin("ann"): result("ann", 1.0)}, roster="name,id\nAnn,2\n")
    _, lines = exported(out, "moodle")
    assert lines[-1].startswith("No feedback zip: it needs the participants' numbers")
    assert not path.exists()


def test_a_spreadsheet_has_all_that_is_known(out: Path) -> None:
    eve = Person(name="=Eve", id="905", login="@e", email="-1")
    rows = {
        handin("e", eve, JANE, submitted="2026-05-04T10:00:00Z", attempts=("old",)): result("e", 2),
        handin("f", Person(name="F")): result("f", None, status=Status.FAULT),
        handin("u", Person(id="902")): result("u", 0.0, status=Status.UNREADABLE, cases=()),
    }
    (head, *lines), said = exported(graded(out, rows), "csv")
    assert said == (f"Spreadsheet: 3 rows in {out}/export/grades.csv.",)
    assert head[-2:] == ["double/values", "'=double/arrays"]
    e, f, u = (dict(zip(head, line, strict=True)) for line in lines)
    assert e == {
        "student": "'=Eve; Doe, Jane", "student_id": "905; 901", "login": "'@e; jd",
        "email": "'-1; jd@x.example", "section": "", "submission": "e", "status": "graded",
        "submitted": "2026-05-04T10:00:00Z", "attempts": "2", "score": "2", "max_score": "3",
        "final": "2", "final_max": "3", "remarks": "", "double/values": "2",
        "'=double/arrays": "0",
    }  # fmt: skip
    assert [f[key] for key in ("status", "score", "final", "double/values")] == [
        "fault",
        "",
        "",
        "",
    ]
    assert [u[key] for key in ("student", "score", "double/values")] == ["u", "0", "0"]


def test_a_spreadsheet_of_a_roster_has_a_row_for_everybody(out: Path) -> None:
    adjust = '[[excused]]\nstudent = "902"\nreason = "Ill"\n'
    rows = {handin("j", JANE): result("j"), handin("s", Person(name="S")): result("s")}
    (head, *lines), _ = exported(graded(out, rows, roster=ROSTER, adjust=adjust), "csv")
    cells = [dict(zip(head, line, strict=True)) for line in lines]
    assert [[row[key] for key in ("student", "section", "status", "attempts", "final")]
            for row in cells] == [
        ["Lee, Ann", "B", "missing", "0", "excused"],
        ["Poe, Cy", "A", "missing", "0", "0"],
        ["Doe, Jane", "A", "graded", "1", "3"],
        ["S", "", "graded", "1", "3"],
    ]  # fmt: skip
    assert "Reason: Ill" in cells[0]["remarks"]
    assert " · " in cells[0]["remarks"]


@pytest.mark.parametrize("form", ["csv", "canvas"])
def test_what_is_not_to_be_sent_stops_before_a_file_is_written(
    out: Path, tmp_path: Path, form: str
) -> None:
    with pytest.raises(UsageError, match="holds no gradebook"):
        exported(out, form)
    graded(out, {handin("901"): result("901")})
    (tmp_path / "bad.csv").write_text("name,id\nA,1\nB,1\n")
    with pytest.raises(UsageError, match="two students have the id 1"):
        exported(out, form, roster=tmp_path / "bad.csv")
    (out / "adjust.toml").write_text('[[excused]]\nstudent = "nobody"\n')
    with pytest.raises(UsageError, match="'nobody' is nobody here"):
        exported(out, form)
    assert not (out / "export").exists()
