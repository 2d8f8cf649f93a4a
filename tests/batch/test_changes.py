"""Scores that moved when a class was graded again."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from grader.batch.changes import changes, listing
from grader.batch.gradebook import Batch, Gradebook, Key
from grader.cli import main
from grader.model import Handin, Limits, Person, Result, Status


def record(
    book: Gradebook, score: float | None, handins: tuple[Handin, ...] = (), **changed: Any
) -> None:
    name, digest = changed.pop("submission", "alice"), changed.pop("digest", "d")
    key = Key(**({"assignment_digest": "a", "grader_version": "1"} | changed), limits=Limits())
    result = Result(
        submission=name,
        source="",
        student="",
        digest=digest,
        status=Status.FAULT if score is None else Status.GRADED,
        score=score,
        max_score=4.0,
    )
    named = [
        Handin(name=name, source=name, student=name, path=Path(name)) for name in ("alice", "bob")
    ]
    book.begin(Batch(assignment="a", title="A", columns=()), handins or named)
    book.record([result], key)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


@pytest.mark.parametrize(
    ("score", "changed", "reason"),
    [
        (2.0, {"assignment_digest": "b"}, "the assignment changed"),
        (2.0, {"digest": "e"}, "the submission changed"),
        (2.0, {"grader_version": "2"}, "the grader changed from 1 to 2"),
        (2.0, {}, "graded again"),
        (2.0, {"digest": "e", "grader_version": "2"},
         "the submission changed, the grader changed from 1 to 2"),
        (None, {"digest": ""}, "the grader itself failed now"),
    ],
)  # fmt: skip
def test_why(out: Path, score: float | None, changed: dict[str, Any], reason: str) -> None:
    with Gradebook(out) as book:
        record(book, 3.0)
        record(book, score, **changed)
        (change,) = changes(book)
    assert (change.before.score, change.after.score) == (3.0, score)
    assert ", ".join(change.reasons) == reason


def handin(name: str, /, **person: str) -> Handin:
    people = (Person(**person),)
    return Handin(name=name, source=name, student="", path=Path(name), people=people)


def test_a_student_whose_file_has_another_name_when_handed_in_again(out: Path) -> None:
    others = (handin("roe_2", id="2"), handin("poe_3", name="Poe"), handin("poe_4", name="Poe"))
    with Gradebook(out) as book:
        for number, score in ((1, 1.0), (2, 2.0), (2, 2.0), (3, 4.0), (3, 4.0)):
            name = f"doe_{number}"
            jane = handin(name, id="1", name="doe")
            record(book, score, (jane, *others), submission=name, digest=name)
        moved = [(c.before.score, c.after.score, c.after.name) for c in changes(book)]
        assert moved == [(1.0, 2.0, "doe_3"), (2.0, 4.0, "doe_3")]
        # Of two of one name nobody knows whose the other file is.
        record(book, 3.0, (handin("poe_5", name="Poe"), others[1]), submission="poe_5")
        assert list(listing(book)) == ["No score has moved."]


def test_only_what_moved_and_in_order(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Gradebook(out) as book:
        record(book, 1.0, submission="bob")
        record(book, 1.0, submission="bob", digest="e")
        record(book, 1.0, submission="carol")
        record(book, 2.0, submission="carol", digest="e")
        assert list(listing(book)) == ["No score has moved."]
        for number, score in enumerate((1.0, 3.5, 3.5, 2.0)):
            record(book, score, assignment_digest=f"a{number}")
    assert main(["report", str(out), "--changes"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(" (")[0] for line in lines] == [
        "alice: 1 of 4 → 3.5 of 4",
        "alice: 3.5 of 4 → 2 of 4",
    ]
    assert "the assignment changed" in lines[0]


def test_a_book_from_before_there_was_a_history(out: Path) -> None:
    with Gradebook(out) as book:
        record(book, 1.0)
    with sqlite3.connect(out / "gradebook.sqlite") as old:
        old.executescript(
            "DROP TABLE history; DROP TABLE catalogues; ALTER TABLE batch DROP COLUMN language;"
            "ALTER TABLE cases DROP COLUMN hint; ALTER TABLE cases DROP COLUMN answer;"
            "ALTER TABLE cases DROP COLUMN example;"
            "ALTER TABLE cases DROP COLUMN title; DROP TABLE noted;"
            "ALTER TABLE batch_names DROP COLUMN handin; ALTER TABLE batch DROP COLUMN roster;"
            "ALTER TABLE batch DROP COLUMN max_score;"
            "ALTER TABLE submissions RENAME COLUMN figures TO extra;"
            "UPDATE submissions SET extra = '{}'; PRAGMA user_version = 1;"
        )
    old.close()
    with Gradebook(out, write=False) as reader:
        assert list(listing(reader)) == ["No score has moved."]
    with Gradebook(out) as book:
        record(book, 2.0, digest="e")
        assert len(list(changes(book))) == 1


def test_nothing_to_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", str(tmp_path), "--changes"]) == 1
    assert "holds no gradebook" in capsys.readouterr().err
