"""The gradebook: exact, durable, resumable, and one grader at a time."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import zlib
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from grader.batch.gradebook import Batch, Gradebook, Key
from grader.batch.resume import key_of, recorded
from grader.batch.schema import APPLICATION, MIGRATIONS
from grader.errors import UsageError
from grader.exchange.table import Table
from grader.model import (
    CaseResult,
    CellReport,
    Figure,
    Handin,
    Limits,
    Outcome,
    Person,
    Result,
    Status,
)
from grader.words import Words
from tests.cases import examples
from tests.conftest import MakeCourse

NUMBER = st.floats(0, 1e9)
CASES = st.builds(
    CaseResult,
    points=NUMBER,
    max_points=NUMBER,
    outcome=st.sampled_from(Outcome),
    mistake=st.none() | st.integers(1, 137),
    question=st.text(max_size=5),
    test_case=st.text(max_size=5),
    hidden=st.booleans(),
)
RESULTS = st.builds(
    Result,
    status=st.sampled_from(Status),
    score=st.none() | NUMBER,
    max_score=NUMBER,
    seconds=NUMBER,
    cases=st.lists(CASES, max_size=4).map(tuple),
    cells=st.lists(st.builds(CellReport, index=st.integers(1, 99)), max_size=3).map(tuple),
)
CASE = CaseResult(
    question="Adam",
    test_case="steps",
    hidden=True,
    outcome=Outcome.FAILED,
    points=0.5,
    max_points=1.0,
    said=(Words("{name} differs", (("name", "m"),)),),
    mistake=52,
)


def graded(name: str = "alice", **changes: Any) -> Result:
    values: dict[str, Any] = {
        "submission": name,
        "source": f"{name}.ipynb",
        "student": name.title(),
        "digest": "d1",
        "status": Status.GRADED,
        "score": 0.5,
        "max_score": 1.0,
        "cases": (CASE,),
    }
    return Result(**(values | changes))


KEY = Key("a1", "0.1", Limits())


def handin(name: str) -> Handin:
    return Handin(name=name, source=name, student=name, path=Path(name))


def begin(book: Gradebook, *names: str) -> None:
    columns = (("Adam", "steps"),)
    batch = Batch(assignment="optimizers", title="Optimizers", columns=columns)
    book.begin(batch, [handin(name) for name in names])


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Gradebook]:
    with Gradebook(tmp_path / "out") as opened:
        yield opened


@given(results=st.lists(RESULTS, max_size=4, unique_by=lambda result: result.submission))
@examples(40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_results_come_back_exactly_and_sorted(book: Gradebook, results: list[Result]) -> None:
    begin(book, *(result.submission for result in results))
    for result in results:
        book.record([result], KEY)
    assert list(book.results()) == sorted(results, key=lambda result: result.submission)


def test_what_a_student_prints_cannot_break_it(book: Gradebook) -> None:
    bad = "\x00\ud800 \U0001f642"
    cell = CellReport(index=1, error=bad, output=bad, notes=(Words(bad),))
    result = graded(
        bad,
        cases=(replace(CASE, said=(Words(bad),), warnings=(Words(bad),)),),
        cells=(cell,),
        figures=(Figure(question=bad, caption=bad, alt=Words(bad), image=b"\xff"),),
    )
    begin(book, bad)
    book.record([result], KEY)
    (found,) = book.results()
    assert found.cells[0].output == found.cases[0].message == "\x00\ufffd \U0001f642"
    assert (found.figures[0].caption, found.figures[0].image) == ("\x00\ufffd \U0001f642", b"\xff")


@pytest.mark.parametrize("name", ["alice", "half \ud800 a character"])
def test_only_the_same_is_known(book: Gradebook, name: str) -> None:
    alice, why = handin(name), Words("why")
    assert book.known(alice, KEY) is None
    book.record([graded(name, source=name, student=name, problem=why)], KEY)
    assert book.known(alice, KEY) == ("d1", why)
    for other in (
        replace(KEY, assignment_digest="a2"),
        replace(KEY, grader_version="0.2"),
        replace(KEY, limits=Limits(cell_seconds=11.0)),
    ):
        assert book.known(alice, other) is None
    for bob in (replace(alice, name="b"), replace(alice, source="b"), replace(alice, student="b")):
        assert book.known(bob, KEY) is None


@pytest.mark.parametrize("status", Status)
def test_only_a_fault_is_graded_again(
    book: Gradebook, make_course: MakeCourse, tmp_path: Path, status: Status
) -> None:
    course, path = make_course(), tmp_path / "alice.py"
    path.write_text("x = 1")
    alice = replace(handin("alice"), path=path)
    digest = hashlib.sha256(b"x = 1").hexdigest()
    result = graded(source=alice.source, student=alice.student, status=status)
    book.record([replace(result, digest=digest)], key_of(course))
    assert recorded(book, alice, course) == (status is not Status.FAULT)
    path.write_text("x = 2")
    assert not recorded(book, alice, course)


def test_a_new_result_replaces_the_old(book: Gradebook) -> None:
    begin(book, "alice")
    book.record([graded(cases=(CASE, CASE, CASE))], KEY)
    again = graded(digest="d2", score=1.0)
    book.record([again], KEY)
    assert list(book.results()) == [again]


def test_only_the_batch_is_reported(book: Gradebook) -> None:
    for name in ("bob", "alice", "carol"):
        book.record([graded(name)], KEY)
    assert list(book.results()) == []
    begin(book, "carol", "bob", "dora", "bob")
    assert [result.submission for result in book.results()] == ["bob", "carol"]
    begin(book, "alice")
    assert [result.submission for result in book.results()] == ["alice"]


def test_the_batch_is_remembered(book: Gradebook) -> None:
    assert book.batch() is None
    begin(book, "alice", "bob")
    found = book.batch()
    assert found is not None
    assert (found.assignment, found.title) == ("optimizers", "Optimizers")
    assert found.columns == (("Adam", "steps"),)
    assert [handin.name for handin in book.handins()] == ["alice", "bob"]


def test_results_stream_while_more_are_recorded(book: Gradebook) -> None:
    begin(book, "alice", "bob")
    book.record([graded("alice")], KEY)
    stream = book.results()
    assert next(stream).submission == "alice"
    book.record([graded("bob")], KEY)
    list(stream)
    assert [result.submission for result in book.results()] == ["alice", "bob"]


def test_it_is_there_the_next_time(tmp_path: Path) -> None:
    with Gradebook(tmp_path) as first:
        begin(first, "alice")
        first.record([graded()], KEY)
    with Gradebook(tmp_path) as second:
        assert list(second.results()) == [graded()]
    with Gradebook(tmp_path, write=False) as reader:
        assert list(reader.results()) == [graded()]
        with pytest.raises(UsageError):
            begin(reader, "bob")
    with Gradebook(tmp_path, fresh=True) as fresh:
        assert fresh.batch() is None
        begin(fresh, "alice")
        assert list(fresh.results()) == []


def test_a_reader_may_look_while_another_writes(book: Gradebook, tmp_path: Path) -> None:
    begin(book, "alice")
    book.record([graded()], KEY)
    with Gradebook(tmp_path / "out", write=False) as reader:
        assert list(reader.results()) == [graded()]


GRADER = """
import sys
from pathlib import Path
from grader.batch.gradebook import Batch, Gradebook, Key
from grader.model import Handin, Limits, Result, Status
book = Gradebook(Path(sys.argv[1]))
result = Result(submission="alice", source="", student="", digest="", status=Status.GRADED,
                score=1.0, max_score=1.0)
key = Key(assignment_digest="", grader_version="", limits=Limits())
handin = Handin(name="alice", source="", student="", path=Path("alice"))
book.begin(Batch(assignment="", title="", columns=()), [handin])
book.record([result], key)
print("recorded", flush=True)
sys.stdin.read()
"""


def started(script: str, folder: Path) -> subprocess.Popen[str]:
    """A Python process with ``script``, which gets ``folder`` as its argument."""
    return subprocess.Popen(
        [sys.executable, "-c", script, str(folder)],
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )


@pytest.fixture
def other_grader(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A grader in another process that has recorded one result and holds the lock."""
    with started(GRADER, tmp_path / "out") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "recorded\n"
        yield process
        process.kill()


def test_a_second_grader_is_refused(tmp_path: Path, other_grader: subprocess.Popen[str]) -> None:
    with pytest.raises(UsageError, match="in use by another grader"):
        Gradebook(tmp_path / "out")
    with pytest.raises(UsageError, match="in use by another grader"):
        Gradebook(tmp_path / "out", fresh=True)
    other_grader.communicate("")
    Gradebook(tmp_path / "out").close()


def test_a_killed_grader_leaves_its_results_and_no_lock(
    tmp_path: Path, other_grader: subprocess.Popen[str]
) -> None:
    other_grader.send_signal(signal.SIGKILL)
    other_grader.wait()
    with Gradebook(tmp_path / "out") as book:
        assert [result.submission for result in book.results()] == ["alice"]


FORKING = """
import os, sys
from pathlib import Path
from grader.batch.gradebook import Gradebook
book = Gradebook(Path(sys.argv[1]))
if os.fork() == 0:
    print("worker", flush=True)
    sys.stdin.read()
os._exit(0)
"""


def test_a_worker_that_outlives_its_grader_does_not_hold_the_lock(tmp_path: Path) -> None:
    with started(FORKING, tmp_path) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "worker\n"
        process.wait()
        Gradebook(tmp_path).close()
        process.communicate("")


def test_several_results_are_recorded_together_or_not_at_all(book: Gradebook) -> None:
    begin(book, "alice", "bob", "carol")
    first, second, third = map(graded, ("alice", "bob", "carol"))
    book.record([first, second], KEY)

    def results() -> Iterator[Result]:
        yield third
        yield graded("alice", score=0.0)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        book.record(results(), KEY)
    assert list(book.results()) == [first, second]
    assert [graded.name for graded in book.history()] == ["alice", "bob"]


def test_an_interrupted_record_changes_nothing(book: Gradebook) -> None:
    begin(book, "alice")
    book.record([graded()], KEY)
    bad = graded(score=1.0, cases=(CASE, replace(CASE, points=float("nan"))))
    with pytest.raises(sqlite3.IntegrityError):
        book.record([bad], KEY)
    assert list(book.results()) == [graded()]


def damaged(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[4096:] = os.urandom(len(data) - 4096)
    path.write_bytes(data)


@pytest.mark.parametrize("damage", ["text", "pages", "cut"])
def test_a_damaged_gradebook_is_named(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "gradebook.sqlite"
    with Gradebook(tmp_path) as book:
        for number in range(50):
            book.record([graded(f"s{number}")], KEY)
    if damage == "text":
        path.write_bytes(b"this is no database at all" * 500)
    elif damage == "pages":
        damaged(path)
    else:
        path.write_bytes(path.read_bytes()[: 4096 * 3])
    for write in (True, False):
        with pytest.raises(UsageError, match=r"gradebook\.sqlite is (damaged|not a gradebook)"):
            Gradebook(tmp_path, write=write)
    with Gradebook(tmp_path, fresh=True) as book:
        begin(book, "alice")


def test_a_gradebook_of_a_newer_grader_is_left_alone(tmp_path: Path) -> None:
    Gradebook(tmp_path).close()
    path = tmp_path / "gradebook.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(UsageError, match="newer grader"):
        Gradebook(tmp_path)
    assert path.read_bytes() == before


def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "gradebook.sqlite")
    connection.execute("CREATE TABLE submissions (x)")
    connection.close()
    with pytest.raises(UsageError, match="is not a gradebook"):
        Gradebook(tmp_path)


def test_places_that_cannot_hold_one(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="is a file, not a folder"):
        Gradebook(tmp_path / "file")
    with pytest.raises(UsageError, match="cannot be written to"):
        Gradebook(tmp_path / "file" / "out")
    with pytest.raises(UsageError, match="holds no gradebook"):
        Gradebook(tmp_path / "nothing", write=False)
    (tmp_path / "odd" / "gradebook.sqlite").mkdir(parents=True)
    with pytest.raises(UsageError, match="cannot be used"):
        Gradebook(tmp_path / "odd")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_rights(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(UsageError, match="cannot be written to"):
        Gradebook(tmp_path)


def test_a_book_of_plain_sentences_is_read_on(tmp_path: Path) -> None:
    """As the first graders wrote it: a sentence was a text, not yet words with fields."""
    out = tmp_path / "old"
    out.mkdir()
    with closing(sqlite3.connect(out / "gradebook.sqlite")) as old:
        old.executescript(f"{MIGRATIONS[0]} {MIGRATIONS[1]} PRAGMA user_version = 2;")
        old.execute(f"PRAGMA application_id = {APPLICATION}")
        old.execute("INSERT INTO batch VALUES (1, 'a', 'A', '[]', '')")
        old.execute("INSERT INTO batch_names VALUES ('alice')")
        old.execute(
            "INSERT INTO submissions VALUES ('alice', '', '', '', '', '', '{}', 'graded', 1, 1, "
            """'why "so"', '[]', '["a note"]', '[{"index": 1, "notes": ["n"]}]', '{}', '', '', 0)"""
        )
        old.execute(
            "INSERT INTO cases VALUES ('alice', 0, 'q', 'c', 1, 'failed', 0, 1, 'two' || char(10) "
            """|| 'lines', '', '["w"]', 5)"""
        )
        old.commit()
    with Gradebook(out) as book:
        (found,) = book.results()
        batch = book.batch()
    assert batch is not None
    assert (str(found.problem), list(map(str, found.notes))) == ('why "so"', ["a note"])
    assert str(found.cells[0].notes[0]) == "n"
    assert found.cases[0].message == "two\nlines"
    assert (list(map(str, found.cases[0].warnings)), found.cases[0].hint) == (["w"], None)
    assert (batch.language, batch.catalogues) == ("en", {})


def test_pictures_that_stood_packed_among_other_texts_are_taken_over(tmp_path: Path) -> None:
    """As all graders before the field ``figures`` wrote them."""
    out = tmp_path / "old"
    out.mkdir()
    caption = Words("{a}", (("a", 1),))
    figure = Figure(question="q", caption=caption, alt="x", image=b"\x89", beside=(b"y",))
    packed = b64encode(zlib.compress(msgspec.json.encode([figure]), 1)).decode()
    with Gradebook(out) as book:
        for name in ("alice", "bob"):
            book.record([graded(name)], KEY)
    with closing(sqlite3.connect(out / "gradebook.sqlite")) as old:
        old.executescript(
            "ALTER TABLE submissions RENAME COLUMN figures TO extra; PRAGMA user_version = 7;"
        )
        extras = [(json.dumps({"figures": packed}), "alice"), ("{}", "bob")]
        old.executemany("UPDATE submissions SET extra = ? WHERE name = ?", extras)
        old.commit()
    with Gradebook(out) as book:
        begin(book, "alice", "bob")
        assert list(book.results()) == [graded("alice", figures=(figure,)), graded("bob")]


def test_who_handed_in_is_kept_with_the_batch(tmp_path: Path) -> None:
    alice = Handin(
        name="alice",
        source="alice.ipynb",
        student="Alice \udcff",
        path=Path("alice.ipynb"),
        people=(Person(name="Alice", id="1", email="a@x.example", login="al"),),
        submitted="2026-05-04T10:00:00Z",
        late=True,
        attempts=("old.ipynb",),
    )
    roster = Table(name="r.csv", head=("name",), rows=(("Alice",),), lines=(2,))
    with Gradebook(tmp_path) as book:
        asked = Batch(assignment="a", title="A", columns=(), roster=roster, max_score=3.0)
        book.begin(asked, [alice, handin("bob")])
        found, bob = book.handins()
        assert found == replace(alice, student="Alice \ufffd")
        assert (bob.name, bob.people) == ("bob", ())
        batch = book.batch()
        assert batch is not None
        assert (batch.roster, batch.max_score) == (roster, 3.0)
        book.amend(replace(batch, language="de", roster=None))
        assert book.batch() == replace(batch, language="de", roster=None)
        book.note(["alice"])
        assert book.noted() == {"alice"}
