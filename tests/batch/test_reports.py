"""What a run does besides grading: what it refuses, what it keeps, which pages it writes."""

from __future__ import annotations

import hashlib
import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from grader.batch.gradebook import Batch, Gradebook
from grader.batch.pages import remove_others, write_pages
from grader.batch.reporting import reported_again
from grader.batch.resume import key_of, recorded
from grader.batch.run import Options, Summary, report, run
from grader.course.assignment import Assignment
from grader.errors import UsageError
from grader.model import Handin, Result, Status
from grader.submission import read
from grader.words import Words
from tests.conftest import MakeCourse

NAMES = ("ann", "bob")
ROSTER = "name,id\nAnn Lee,ann\nBob Poe,bob\nCy Roe,cy\n"


class Class:
    """A class whose hand-ins have been graded: grading it again finds nothing to do."""

    def __init__(self, folder: Path, assignment: Assignment) -> None:
        self.assignment, self.folder, self.out = assignment, folder, folder / "out"
        self.handins = [self.handin(name) for name in NAMES]
        with Gradebook(self.out) as book:
            book.begin(Batch(assignment="doubling", title="Doubling", columns=()), self.handins)
            book.record(map(self.result, self.handins), key_of(assignment))

    def handin(self, name: str) -> Handin:
        path = self.folder / f"{name}.py"
        path.write_text(f"who = {name!r}")
        return Handin(name=name, source=path.name, student=name, path=path)

    def result(self, handin: Handin, **more: Any) -> Result:
        values: dict[str, Any] = {"status": Status.GRADED, "score": 2.0} | more
        digest = hashlib.sha256(handin.path.read_bytes()).hexdigest()
        return Result(submission=handin.name, source=handin.source, student=handin.student,
                      digest=digest, max_score=3.0, **values)  # fmt: skip

    def record(self, result: Result) -> None:
        with Gradebook(self.out) as book:
            book.record([result], key_of(self.assignment))

    def run(self, **options: Any) -> Summary:
        asked = Options(out=self.out, jobs=1, quiet=True)
        return run(self.assignment, self.handins, replace(asked, **options))

    def page(self, name: str) -> str:
        return (self.out / "submissions" / name / "feedback.html").read_text("utf-8")

    def roster(self, text: str = ROSTER) -> Path:
        (self.folder / "r.csv").write_text(text)
        return self.folder / "r.csv"


@pytest.fixture
def graded(make_course: MakeCourse, tmp_path: Path) -> Class:
    return Class(tmp_path, make_course())


def test_what_is_on_record_is_kept_and_reported(graded: Class) -> None:
    graded.record(graded.result(graded.handins[1], status=Status.UNREADABLE, score=0.0))
    summary = graded.run()
    assert (summary.kept, summary.counts) == (2, {Status.GRADED: 1, Status.UNREADABLE: 1})
    assert (summary.roster, summary.notices, summary.faults) == (None, (), ())
    lines = (graded.out / "scores.csv").read_text().splitlines()
    assert [line.split(",")[:5] for line in lines[1:]] == [
        ["ann", "ann.py", "ann", "graded", "2"], ["bob", "bob.py", "bob", "unreadable", "0"],
    ]  # fmt: skip
    # Pages are as they were when they were written, here not at all.
    assert not (graded.out / "submissions").exists()


def test_a_roster_gives_names_and_a_page_to_the_missing(graded: Class) -> None:
    summary = graded.run(roster=graded.roster())
    assert summary.roster == "Roster: 3 students (r.csv: UTF-8); 1 without a hand-in."
    assert summary.counts[Status.MISSING] == 1
    assert "Ann Lee" in graded.page("ann")
    assert "No hand-in" in graded.page("Cy Roe")
    (graded.folder / "r.csv").unlink()
    assert graded.run().counts[Status.MISSING] == 1  # it is the batch's now
    page = graded.out / "submissions" / "ann" / "feedback.html"
    page.write_text("as it was")
    graded.run()
    assert page.read_text() == "as it was"
    graded.run(roster=graded.roster(ROSTER.replace("Ann Lee", "Ann Poe")))
    assert "Ann Poe" in graded.page("ann")


def test_afterwards_signals_are_as_they_were(graded: Class) -> None:
    before = signal.getsignal(signal.SIGTERM)
    graded.run()
    assert signal.getsignal(signal.SIGTERM) is before


def test_another_language_makes_all_pages_again(graded: Class) -> None:
    graded.run()
    graded.run(language="de")
    assert '<html lang="de">' in graded.page("ann") + graded.page("bob")
    assert report(graded.out) == (2, ())
    assert '<html lang="de">' in graded.page("ann")
    assert report(graded.out, "ja") == (2, ())
    assert '<html lang="ja">' in (graded.out / "class.html").read_text("utf-8")
    assert report(graded.out) == (2, ())
    assert '<html lang="ja">' in graded.page("bob")


def test_only_pages_that_say_more_or_less_than_before_are_written(graded: Class) -> None:
    report(graded.out)
    for name in NAMES:
        (graded.out / "submissions" / name / "feedback.html").write_text("as it was")
    adjust = graded.out / "adjust.toml"
    adjust.write_text('[[score]]\nstudent = "bob"\nscore = 3\nreason = "r"\nauthor = "KS"\n')
    graded.run()
    assert graded.page("ann") == "as it was"
    assert "KS set the score to 3 of 3" in graded.page("bob")
    assert ",final," in (graded.out / "scores.csv").read_text() + ","
    adjust.unlink()
    graded.run()
    assert "KS" not in graded.page("bob")
    assert "final" not in (graded.out / "scores.csv").read_text()


def test_faults_are_told_with_their_reason(graded: Class) -> None:
    fault = graded.result(graded.handins[0], status=Status.FAULT, score=None,
                          problem=Words("the judge died"))  # fmt: skip
    graded.record(fault)
    with reported_again(graded.out, again=False) as (_, reported):
        assert reported.faults == ["ann: the judge died"]
        assert reported.counts == {Status.FAULT: 1, Status.GRADED: 1}


@pytest.mark.parametrize(
    ("prepare", "options", "told"),
    [
        ("[[excused]]\nstudent = 'zed'", {}, "'zed' is nobody here"),
        ("", {"roster": "name,id\nA,1\nB,1\n"}, "two students have the id 1"),
        ("[late]", {}, "late: deadline is missing"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_changed(
    graded: Class, prepare: str, options: dict[str, str], told: str
) -> None:
    (graded.out / "adjust.toml").write_text(prepare)
    roster = graded.roster(options["roster"]) if options else None
    with pytest.raises(UsageError, match=told):
        graded.run(roster=roster)
    assert not (graded.out / "scores.csv").exists()
    with Gradebook(graded.out, write=False) as book:
        batch = book.batch()
    assert batch is not None
    assert batch.roster is None


def test_a_folder_holds_the_grades_of_one_assignment(graded: Class) -> None:
    with Gradebook(graded.out) as book:
        book.begin(Batch(assignment="tripling", title="T", columns=()), graded.handins)
    with pytest.raises(UsageError, match="holds the grades of tripling: give another --out for d"):
        graded.run()
    with pytest.raises(UsageError, match="holds the grades of tripling"):
        graded.run(roster=graded.roster())
    assert graded.run(replace=True).kept == 2


def test_a_damaged_book_is_left_alone_unless_it_is_to_be_replaced(graded: Class) -> None:
    (graded.out / "gradebook.sqlite").write_bytes(b"no database at all" * 99)
    with pytest.raises(UsageError, match=r"is damaged|is no gradebook|holds no"):
        graded.run()
    graded.handins = []
    assert graded.run(fresh=True).counts == {}


@pytest.mark.parametrize(
    "prepare",
    [lambda out: None, lambda out: out.mkdir(), lambda out: Gradebook(out).close()],
    ids=["no folder", "no book", "no run"],
)
def test_there_is_nothing_to_report_before_a_run(
    tmp_path: Path, prepare: Callable[[Path], object]
) -> None:
    out = tmp_path / "out"
    prepare(out)
    with pytest.raises(UsageError, match="grade into it first"):
        report(out)
    assert not (out / "scores.csv").exists()


def test_the_maximum_of_an_earlier_graders_book_is_that_of_its_results(graded: Class) -> None:
    with closing(sqlite3.connect(graded.out / "gradebook.sqlite")) as old:
        old.execute("UPDATE batch SET max_score = NULL")
        old.commit()
    adjust = '[[score]]\nstudent = "bob"\nscore = {}\nreason = "r"\nauthor = "KS"\n'
    (graded.out / "adjust.toml").write_text(adjust.format(3))
    assert report(graded.out) == (2, ())
    (graded.out / "adjust.toml").write_text(adjust.format(3.5))
    with pytest.raises(UsageError, match=r"3\.5 is more than the maximum, 3"):
        report(graded.out)


# What need not be graded again.


@pytest.fixture
def book(graded: Class) -> Any:
    with Gradebook(graded.out) as opened:
        yield opened


def test_the_same_bytes_are_known_and_others_are_not(graded: Class, book: Gradebook) -> None:
    ann, bob = graded.handins
    assert recorded(book, ann, graded.assignment)
    ann.path.write_text("who = 'anna'")
    assert not recorded(book, ann, graded.assignment)
    bob.path.unlink()
    assert not recorded(book, bob, graded.assignment)
    assert not recorded(book, replace(bob, name="new"), graded.assignment)


def test_what_cannot_be_opened_is_known_by_its_reason(graded: Class, book: Gradebook) -> None:
    gone = replace(graded.handins[0], path=graded.folder / "gone.ipynb")
    now = read(gone, names=graded.assignment.names)
    assert now.problem
    known = replace(graded.result(graded.handins[0]), digest=now.digest, problem=now.problem)
    book.record([known], key_of(graded.assignment))
    assert recorded(book, gone, graded.assignment)
    book.record([replace(known, problem=Words("Another."))], key_of(graded.assignment))
    assert not recorded(book, gone, graded.assignment)


def test_several_files_are_known_by_all_of_them(graded: Class, book: Gradebook) -> None:
    other = graded.folder / "other.py"
    other.write_text("y = 1")
    ann = graded.handins[0]
    both = replace(ann, files=(("other.py", other, None), ("ann.py", ann.path, None)))
    digest = read(both, names=graded.assignment.names).digest
    book.record([replace(graded.result(ann), digest=digest)], key_of(graded.assignment))
    assert recorded(book, both, graded.assignment)
    other.write_text("y = 2")
    assert not recorded(book, both, graded.assignment)


def test_a_folder_is_known_by_all_of_its_files(graded: Class, book: Gradebook) -> None:
    folder = graded.folder / "ann"
    folder.mkdir()
    (folder / "a.py").write_text("x = 1")
    ann = replace(graded.handins[0], path=folder)
    digest = read(ann, names=graded.assignment.names).digest
    result = replace(graded.result(graded.handins[0]), digest=digest)
    book.record([result], key_of(graded.assignment))
    assert recorded(book, ann, graded.assignment)
    (folder / "data.csv").write_text("1")
    assert not recorded(book, ann, graded.assignment)


# Pages of submissions that are gone.


def test_only_our_own_files_of_others_are_removed(tmp_path: Path) -> None:
    for name in ("ann", "bob", "cy", "dora"):
        write_pages(tmp_path, name, {"feedback.html": name, "results.json": "{}"})
    folder = tmp_path / "submissions"
    (folder / "cy" / "results.json").unlink()
    (folder / "bob" / "my notes.txt").write_text("keep")
    (folder / "dora" / ".feedback.html.part").write_text("half")
    (folder / "file").write_text("keep")
    elsewhere = tmp_path / "elsewhere"
    write_pages(elsewhere, "eve", {"feedback.html": "eve"})
    (folder / "eve").symlink_to(elsewhere / "submissions" / "eve")
    remove_others(tmp_path, iter(["ann"]))
    left = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert left >= {"ann/feedback.html", "ann/results.json", "bob/my notes.txt", "file"}
    assert {path.name for path in folder.iterdir()} == {"ann", "bob", "eve", "file"}
    assert not (folder / "bob" / "feedback.html").exists()
    assert (elsewhere / "submissions" / "eve" / "feedback.html").read_text() == "eve"
    remove_others(tmp_path / "nowhere", [])
