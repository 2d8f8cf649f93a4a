"""A folder of results over time: rosters, adjust.toml, regrading, and what must not happen."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from grader import cli
from grader.batch import pages
from grader.batch.run import Options, Summary, run
from grader.course.assignment import Assignment
from grader.errors import UsageError
from grader.intake import find
from grader.model import Handin, Person, Status
from grader.report.files import write
from tests.batch.conftest import RIGHT, WRONG, notebook
from tests.conftest import MakeCourse

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("one_interpreter")]
ROSTER = "name,id,email\nJane Doe,11,\nBob Smith,12,\nAnn Lee,13,\n"
SCORE = (
    '[[score]]\nstudent = "12"\nscore = 2.5\nreason = "Close <b>enough</b>"\nauthor = "Lecturer"\n'
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "class"
    folder.mkdir()
    (folder / "Jane Doe.ipynb").write_text(notebook(RIGHT))
    (folder / "Bob Smith.ipynb").write_text(notebook(WRONG))
    (tmp_path / "roster.csv").write_text(ROSTER)
    return folder


def graded(
    assignment: Assignment, handins: tuple[Handin, ...], out: Path, **more: object
) -> Summary:
    options = Options(out=out, jobs=1, quiet=True)
    return run(assignment, handins, replace(options, **more))  # type: ignore[arg-type]


def table(out: Path) -> dict[str, dict[str, str]]:
    rows = csv.DictReader((out / "scores.csv").read_text("utf-8").splitlines())
    return {row["submission"]: row for row in rows}


def page(out: Path, name: str) -> str:
    return (out / "submissions" / name / "feedback.html").read_text("utf-8")


def test_a_roster_stays_until_another_one_comes(
    make_course: MakeCourse, folder: Path, tmp_path: Path
) -> None:
    assignment, out = make_course(), tmp_path / "out"
    found = find([folder]).handins
    assert "missing" not in graded(assignment, found, out).counts
    summary = graded(assignment, found, out, roster=tmp_path / "roster.csv")
    assert (summary.kept, summary.counts[Status.MISSING]) == (2, 1)
    before = (out / "scores.csv").read_bytes()
    assert graded(assignment, found, out).counts[Status.MISSING] == 1
    assert (out / "scores.csv").read_bytes() == before
    assert cli.main(["report", str(out)]) == 0
    assert (out / "scores.csv").read_bytes() == before
    rows = table(out)
    assert [(row["status"], row["student_id"], row["score"]) for row in rows.values()] == [
        ("missing", "13", "0"), ("graded", "12", "0"), ("graded", "11", "3"),
    ]  # fmt: skip
    assert "final" not in rows["Ann Lee"]
    assert "Nothing was found that you handed in" in page(out, "Ann Lee")
    class_page = (out / "class.html").read_text("utf-8")
    assert "Without a hand-in</h2>" in class_page.replace(" (1)</h2>", "</h2>")
    assert "2 submissions" in class_page
    assert "mean 50 %" in class_page  # Ann Lee does not count as one who failed


def test_what_teachers_decide_outlives_grading_again(
    make_course: MakeCourse, folder: Path, tmp_path: Path
) -> None:
    assignment, out = make_course(), tmp_path / "out"
    found = find([folder]).handins
    out.mkdir()
    (out / "adjust.toml").write_text(SCORE)
    graded(assignment, found, out, roster=tmp_path / "roster.csv")
    for fresh in (False, True):
        graded(assignment, found, out, roster=tmp_path / "roster.csv", fresh=fresh)
        row = table(out)["Bob Smith"]
        assert (row["score"], row["final"]) == ("0", "2.5")
        text = page(out, "Bob Smith")
        assert "Lecturer set the score to 2.5 of 3 points: Close &lt;b&gt;enough" in text
        assert "The grader gave 0 of 3 points; in the end it is 2.5 of 3." in text
        assert "<strong>2.5</strong>" in text
    results = (out / "submissions" / "Bob Smith" / "results.json").read_text("utf-8")
    assert '"score": 2.5' in results
    assert "2.5 / 3" in (out / "class.html").read_text("utf-8")
    # What is taken back goes from the page, too, though nothing is graded again.
    (out / "adjust.toml").unlink()
    graded(assignment, found, out)
    assert "Lecturer" not in page(out, "Bob Smith")
    assert "final" not in table(out)["Bob Smith"]


def test_a_corrected_score_over_a_new_hand_in_is_named(
    make_course: MakeCourse, folder: Path, tmp_path: Path
) -> None:
    assignment, out = make_course(), tmp_path / "out"
    out.mkdir()
    (out / "adjust.toml").write_text(SCORE)
    told = f"Graded again, but [[score]] in {out / 'adjust.toml'} still sets the score: Bob Smith;"

    def notices() -> str:
        found = find([folder]).handins
        return " ".join(graded(assignment, found, out, roster=tmp_path / "roster.csv").notices)

    assert told not in notices()  # the hand-in for which it was given
    (folder / "Jane Doe.ipynb").write_text(notebook(WRONG))
    assert told not in notices()
    (folder / "Bob Smith.ipynb").write_text(notebook(RIGHT))
    assert told in notices()
    assert table(out)["Bob Smith"]["final"] == "2.5"
    assert told not in notices()


@pytest.mark.parametrize(
    "scheduler", [None, pytest.param("local:1", marks=pytest.mark.slow)], ids=["jobs", "dask"]
)
def test_a_page_is_written_once_as_the_course_shows_it(
    make_course: MakeCourse,
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    scheduler: str | None,
) -> None:
    if scheduler is not None:
        pytest.importorskip("distributed", reason="the extra dask is not installed")
    out = tmp_path / "out"
    out.mkdir()
    (out / "adjust.toml").write_text(SCORE)
    written: list[str] = []

    def noting(path: Path, text: str) -> None:
        written.append(f"{path.parent.name}/{path.name}")
        write(path, text)

    monkeypatch.setattr(pages, "write", noting)
    found = find([folder]).handins
    graded(make_course(), found, out, roster=tmp_path / "roster.csv", scheduler=scheduler, jobs=2)
    files, names = ("feedback.html", "results.json"), ("Ann Lee", "Bob Smith", "Jane Doe")
    assert sorted(written) == sorted(f"{name}/{file}" for name in names for file in files)
    assert "Lecturer set the score to 2.5 of 3 points" in page(out, "Bob Smith")


def test_a_misspelt_name_stops_the_run_at_its_start(
    make_course: MakeCourse, folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "adjust.toml").write_text(SCORE.replace("12", "Bop"))
    with pytest.raises(UsageError, match="'Bop' is nobody here"):
        graded(make_course(), find([folder]).handins, out)
    assert not (out / "scores.csv").exists()


@pytest.mark.parametrize(("lang", "words"), [("de", "am Ende sind es 2.5 von 3"),
                                             ("ja", "最終的な点は 3 点中 2.5 点です")])  # fmt: skip
def test_it_is_told_in_the_students_language(
    make_course: MakeCourse, folder: Path, tmp_path: Path, lang: str, words: str
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "adjust.toml").write_text(SCORE)
    graded(
        make_course(), find([folder]).handins, out, roster=tmp_path / "roster.csv", language=lang
    )
    assert words in page(out, "Bob Smith")


def test_who_handed_in_is_kept_with_the_grades(
    make_course: MakeCourse, folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    jane, bob = sorted(find([folder]).handins, key=lambda h: h.student, reverse=True)
    handins = (
        replace(jane, people=(Person(name="Jane Doe", id="11"), Person(name="Ann Lee", id="13")),
                submitted="2026-05-05T12:00:00+09:00", attempts=("old/a.ipynb", "old/b.ipynb")),
        replace(bob, people=(Person(name="Bob Smith", id="12"),)),
    )  # fmt: skip
    graded(make_course(), handins, out)
    (out / "adjust.toml").write_text("[late]\ndeadline = 2026-05-05T00:00:00+09:00\npercent = 50\n")
    assert cli.main(["report", str(out)]) == 0
    rows = table(out)
    assert list(rows["Jane Doe"])[:10] == [
        "submission", "source", "student", "status", "score", "max_score", "student_id",
        "attempts", "final", "double/values",
    ]  # fmt: skip
    assert (rows["Jane Doe"]["student_id"], rows["Jane Doe"]["attempts"]) == ("11; 13", "3")
    assert (rows["Jane Doe"]["final"], rows["Bob Smith"]["final"]) == ("1.5", "0")
    assert cli.main(["export", str(out), "--format", "canvas"]) == 0
    lines = (out / "export" / "canvas.csv").read_text("utf-8").splitlines()
    assert [line.split(",")[1::4] for line in lines[2:]] == [["12", "0"], ["11", "1.5"],
                                                             ["13", "1.5"]]  # fmt: skip


def test_a_folder_belongs_to_one_assignment(
    make_course: MakeCourse, folder: Path, tmp_path: Path
) -> None:
    assignment, out = make_course(), tmp_path / "out"
    found = find([folder]).handins
    graded(assignment, found, out)
    other = replace(assignment, name="tripling")
    for fresh in (False, True):
        with pytest.raises(UsageError, match="holds the grades of doubling: give another --out"):
            graded(other, found, out, fresh=fresh)
    assert table(out)["Jane Doe"]["score"] == "3"
    graded(other, found, out, fresh=True, replace=True)


def test_fresh_begins_anew_where_the_book_is_damaged(
    make_course: MakeCourse, folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    found = find([folder]).handins
    graded(make_course(), found, out)
    (out / "gradebook.sqlite").write_bytes(b"damaged" * 1000)
    assert graded(make_course(), found, out, fresh=True).kept == 0


def test_pages_of_submissions_that_are_gone_go(
    make_course: MakeCourse, folder: Path, tmp_path: Path
) -> None:
    assignment, out = make_course(), tmp_path / "out"
    graded(assignment, find([folder]).handins, out)
    (out / "submissions" / "mine").mkdir()
    (out / "submissions" / "mine" / "notes.txt").write_text("to be kept")
    (folder / "Bob Smith.ipynb").unlink()
    graded(assignment, find([folder]).handins, out)
    assert sorted(path.name for path in (out / "submissions").iterdir()) == ["Jane Doe", "mine"]


def test_identical_hand_ins_of_two_students_are_named(
    make_course: MakeCourse, folder: Path, tmp_path: Path
) -> None:
    (folder / "Ann Lee.ipynb").write_bytes((folder / "Jane Doe.ipynb").read_bytes())
    graded(make_course(), find([folder]).handins, tmp_path / "out")
    text = (tmp_path / "out" / "class.html").read_text("utf-8")
    named = text.partition("Identical hand-ins")[2].partition("</section>")[0]
    assert ">Ann Lee</a>; " in named
    assert ">Jane Doe</a>" in named
    assert "Bob" not in named
