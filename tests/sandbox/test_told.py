"""What a worker says in words is cut to what a page has room for; nothing of it is believed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from grader.bounds import (
    MAX_NEEDS,
    MAX_NOTE_CHARACTERS,
    MAX_NOTE_FIELDS,
    MAX_STUDENT_TEXT_CHARACTERS,
    MAX_STUDENT_TRACEBACK_CHARACTERS,
    SCRATCH_SPARE_BYTES,
    WATCH_SPARE_BYTES,
)
from grader.sandbox.inside import processes
from grader.sandbox.outside import told as module
from grader.sandbox.outside.told import Told, as_students, said, student_error
from grader.sandbox.outside.watch import Stopped, Watch, stopped_by
from grader.sandbox.wire.bounds import MAX_NAME_CHARACTERS, MAX_NOTES
from grader.sandbox.wire.codec import ProtocolError, TooMuchError
from grader.sandbox.wire.protocol import Befell, CellDone, Done, Parcel, Raised, Stop
from grader.words import say


def cell(**changes: Any) -> CellDone:
    fields: dict[str, Any] = {
        "error": None,
        "traceback": "",
        "output": "",
        "notes": [],
        "limit": Stop.NONE,
    }
    return CellDone(**{**fields, **changes})


def test_the_output_of_all_cells_together_is_bounded() -> None:
    told = Told(output_bytes=10)
    assert [told.cell(cell(output=text)).output for text in ("abcdef", "ghijkl", "m", "")] == [
        "abcdef", "ghij", "", "",
    ]  # fmt: skip


def test_the_tracebacks_of_all_cells_together_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_TRACEBACKS_CHARACTERS", MAX_STUDENT_TRACEBACK_CHARACTERS + 5)
    told = Told(output_bytes=10)
    long = "t" * (MAX_STUDENT_TRACEBACK_CHARACTERS + 1)
    lengths = [len(told.cell(cell(traceback=long)).traceback) for _ in range(3)]
    assert lengths == [MAX_STUDENT_TRACEBACK_CHARACTERS, 5, 0]


def test_a_cell_is_told_as_it_was_where_it_is_short() -> None:
    notes = [("{name} was not run.", {"name": "x"})]
    befell = [Befell.OTHER_PYTHON, Befell.NOT_RUN, Befell.OTHER_PYTHON]
    found = Told(output_bytes=10).cell(
        cell(error="ValueError: x", notes=notes, limit=Stop.MEMORY, befell=befell)
    )
    assert (found.error, found.notes, found.limit) == ("ValueError: x", notes, Stop.MEMORY)
    assert found.befell == [Befell.NOT_RUN, Befell.OTHER_PYTHON]
    assert Told(output_bytes=10).cell(cell()).error is None


def test_a_cells_error_and_notes_are_cut() -> None:
    found = Told(output_bytes=10).cell(
        cell(error="e" * 99_999, notes=[(str(number), {}) for number in range(MAX_NOTES + 9)])
    )
    assert found.error is not None
    assert len(found.error) == MAX_STUDENT_TEXT_CHARACTERS
    assert [text for text, _ in found.notes] == [str(number) for number in range(MAX_NOTES)]


def done(*, notes: Any = (), needs: Any = ()) -> Done:
    return Done(value=1, parcel=Parcel(), notes=list(notes), needs=list(needs))


def test_notes_beside_answers_are_bounded_together() -> None:
    told = Told(output_bytes=10)
    for turn in range(3):
        told.heed(done(notes=[(f"{turn} {number}", {}) for number in range(MAX_NOTES - 5)]))
    assert len(told.notes) == MAX_NOTES
    assert told.notes[0] == ("0 0", {})
    assert told.notes[-1] == ("1 4", {})


@pytest.mark.parametrize("answer", [Done, Raised])
def test_notes_and_needs_are_cut(answer: type) -> None:
    told = Told(output_bytes=10)
    fields = {f"{number}" + "k" * 999: "v" * 9999 for number in range(99)}
    long = "t" * 9999
    own = {"value": 1} if answer is Done else {
        "kind": "", "name": "", "message": "", "traceback": "", "limit": Stop.NONE
    }  # fmt: skip
    told.heed(answer(**own, parcel=Parcel(), notes=[(long, fields)], needs=[(long, fields, True)]))
    (text, kept), (need, also_kept, certain) = told.notes[0], told.needs[0]
    assert len(text) == len(need) == MAX_NOTE_CHARACTERS
    assert kept == also_kept
    assert [len(key) for key in kept] == [MAX_NAME_CHARACTERS] * MAX_NOTE_FIELDS
    assert {len(value) for value in kept.values()} == {MAX_NOTE_CHARACTERS}
    assert certain is True


def test_what_is_missing_is_told_once_and_is_little() -> None:
    told = Told(output_bytes=10)
    several = [("needs {name}", {"name": f"{number}"}, False) for number in range(MAX_NEEDS + 3)]
    told.heed(done(needs=[several[0], several[0], ("needs {name}", {"name": "0"}, True)]))
    assert [certain for *_, certain in told.needs] == [False, True]
    told.heed(done(needs=several))
    assert len(told.needs) == MAX_NEEDS
    assert told.needs[2] == several[1]


def test_an_error_in_a_students_place_is_known_as_theirs() -> None:
    error = as_students("ZeroDivisionError", "m" * 99_999)
    assert type(error) is ZeroDivisionError
    assert len(str(error)) == MAX_STUDENT_TEXT_CHARACTERS
    found = student_error(error)
    assert found is not None
    assert (found.name, found.traceback, found.limit) == ("ZeroDivisionError", "", Stop.NONE)
    error._answered_by_student = "forged"  # type: ignore[attr-defined]
    assert student_error(error) is None


class RefusesError(Exception):
    def __str__(self) -> str:
        raise KeyError("no text")


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ValueError("short"), "short"),
        (ValueError("x" * 99_999), "x" * MAX_STUDENT_TEXT_CHARACTERS),
        (RefusesError(), "(its text could not be made)"),
        (KeyError(), ""),
    ],
    ids=["short", "long", "refuses", "empty"],
)
def test_an_errors_text_is_always_had(error: BaseException, text: str) -> None:
    assert said(error) == text


@pytest.mark.parametrize(
    ("error", "reason", "text"),
    [
        (EOFError(), Stop.CRASH, "the process died"),
        (ProtocolError("expected x"), Stop.CRASH, "the process sent garbage: expected x"),
        (TooMuchError("expected less"), Stop.MEMORY, "too much data came back: expected less"),
        (Stopped(Stop.TIMEOUT, say("mine")), Stop.TIMEOUT, "mine"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_stops_a_worker(error: BaseException, reason: Stop, text: str) -> None:
    found = stopped_by(error)
    assert found is not None
    assert (found.reason, str(found.detail), str(found)) == (reason, text, text)
    assert (found is error) is isinstance(error, Stopped)


@pytest.mark.parametrize("error", [ValueError(), KeyboardInterrupt(), MemoryError(), OSError()])
def test_other_errors_stop_no_worker(error: BaseException) -> None:
    assert stopped_by(error) is None


@pytest.mark.parametrize(("each", "is_much"), [(200, False), (278, False), (279, True)])
def test_the_memory_of_all_processes_counts_together(
    monkeypatch: pytest.MonkeyPatch, each: int, is_much: bool
) -> None:
    limit = 3 * 278 - (WATCH_SPARE_BYTES >> 20)
    monkeypatch.setattr(processes, "memory_bytes", lambda pid: each << 20)
    use = Watch(memory_mb=limit, scratch=None, scratch_mb=1)
    if not is_much:
        use([1, 2, 3])
        return
    with pytest.raises(Stopped, match="processes together") as caught:
        use([1, 2, 3])
    assert caught.value.reason is Stop.MEMORY
    Watch(memory_mb=None, scratch=None, scratch_mb=1)([1, 2, 3])  # the kernel sees to it


def test_the_files_of_a_worker_count_together(tmp_path: Path) -> None:
    use = Watch(memory_mb=None, scratch=tmp_path, scratch_mb=1)
    (tmp_path / "a").write_bytes(b"x" * (1 << 20))
    use([])
    (tmp_path / "b").write_bytes(b"x" * (SCRATCH_SPARE_BYTES + 8192))
    with pytest.raises(Stopped, match="files together") as caught:
        use([])
    assert caught.value.reason is Stop.MEMORY
