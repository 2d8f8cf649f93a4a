"""What a worker told becomes words, whatever it told; and what a run costs of a budget."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.bounds import (
    LEAST_NEAR_CHARACTERS,
    MAX_COMPARED_NAMES,
    MAX_NOTE_CHARACTERS,
    MAX_NOTE_FIELDS,
    MAX_TOLD_NAMES,
    WALL_FACTOR,
)
from grader.judge.budget import Budget
from grader.judge.heard import lacking_of, notes_of, report_of, texts_of
from grader.judge.spelling import alike, near
from grader.sandbox.wire.bounds import IDLE_SHARE, MAX_NOTES
from grader.sandbox.wire.protocol import CellDone, Stop
from grader.words import Words, say

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.binary(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text(max_size=5) | st.integers(), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(told=ANYTHING)
def test_anything_is_turned_into_words_or_passed_over(told: Any) -> None:
    assert all(isinstance(text, str) for text in texts_of(told))
    assert all(str(note) is not None for note in notes_of(told))
    assert all(isinstance(note, Words) for note in lacking_of(told).values())


NOTE = ("{a} is {b}.", {"a": "x", "b": "y"})


@pytest.mark.parametrize(
    ("told", "notes"),
    [
        ([NOTE], ["x is y."]),
        ([("Plain.", {})], ["Plain."]),
        ([NOTE, ("Plain.", {})], ["x is y.", "Plain."]),
        ([list(NOTE)], ["x is y."]),
        ([("{a} is {b}.", {"a": "x", "b": 3})], ["x is {b}."]),
        ([("Plain.",), ("Plain.", {}, 1), (b"Plain.", {}), ("Plain.", []), None, "Plain."], []),
        ((NOTE,), []),
        ({"Plain.": {}}, []),
        (None, []),
    ],
    ids=["fields", "none", "two", "a list", "no text in a field", "other data", "no list",
         "a dictionary", "nothing"],
)  # fmt: skip
def test_notes_are_texts_with_fields(told: Any, notes: list[str]) -> None:
    assert [str(note) for note in notes_of(told)] == notes


def test_a_hostile_worker_cannot_fill_a_page() -> None:
    long = "x" * (MAX_NOTE_CHARACTERS + 1)
    fields = {f"f{n}": long for n in range(MAX_NOTE_FIELDS + 1)}
    notes = notes_of([(long, fields)] * (MAX_NOTES + 1))
    assert len(notes) == MAX_NOTES
    assert len(notes[0].text) == MAX_NOTE_CHARACTERS
    assert [len(str(value)) for _, value in notes[0].fields] == (
        [MAX_NOTE_CHARACTERS] * MAX_NOTE_FIELDS
    )
    names = texts_of([long] * (MAX_TOLD_NAMES + 1))
    assert (len(names), len(names[0])) == (MAX_TOLD_NAMES, MAX_NOTE_CHARACTERS)
    assert len(lacking_of({f"n{n}": NOTE for n in range(MAX_NOTES + 1)})) == MAX_NOTES


def test_names_that_are_lacking_have_a_note_each() -> None:
    told = {"loss": NOTE, "f": ("Plain.", {}), "g": "no note", 3: NOTE}
    assert {name: str(note) for name, note in lacking_of(told).items()} == {
        "loss": "x is y.",
        "f": "Plain.",
    }
    assert texts_of(["a", b"b", None, "c"]) == ["a", "c"]


@pytest.mark.parametrize(
    ("error", "limit", "said"),
    [
        (None, Stop.NONE, "None"),
        ("ValueError: no", Stop.NONE, "ValueError: no"),
        ("KeyboardInterrupt: ", Stop.TIMEOUT, "stopped at the time limit, 2.5 s"),
        ("MemoryError: ", Stop.MEMORY, "MemoryError: "),
        (None, Stop.TIMEOUT, "None"),  # it went on after its alarm
    ],
)
def test_a_report_says_how_a_cell_ended(error: str | None, limit: Stop, said: str) -> None:
    done = CellDone(error=error, traceback="t", output="o", notes=[NOTE], limit=limit)
    report = report_of(3, done, 2.5)
    assert str(report.error) == said
    assert (report.index, report.traceback, report.output) == (3, "t", "o")
    assert [str(note) for note in report.notes] == ["x is y."]


@pytest.mark.parametrize(
    ("clock", "cpu", "left"),
    [
        (1.0, 1.0, 9.0),
        (2.0, 0.5, 9.5),  # another process had the rest: not the student's to pay
        (2.0, 2.0 * IDLE_SHARE, 10 - 2.0 * IDLE_SHARE),
        (2.0, 1.9 * IDLE_SHARE, 8.0),  # it slept
        (4.0, 40.0, -30.0),  # threads
        (0.0, 0.0, 10.0),
    ],
    ids=["busy", "a busy machine", "hardly waits", "waits", "threads", "nothing"],
)
def test_a_run_spends_the_time_that_it_works_or_waits(
    clock: float, cpu: float, left: float
) -> None:
    budget = Budget(10.0)
    budget.spend(clock=clock, cpu=cpu)
    assert budget.left == pytest.approx(left)


def test_however_busy_the_machine_there_is_an_end() -> None:
    budget = Budget(10.0)
    budget.spend(clock=9.5 * WALL_FACTOR, cpu=4.0)
    assert budget.left == pytest.approx(0.5 * WALL_FACTOR)
    budget.spend(clock=WALL_FACTOR, cpu=0.5)
    assert budget.left < 0


# Names that are misspelled


@pytest.mark.parametrize(
    ("name", "others", "found"),
    [
        ("scale", ["sсale"], "sсale"),  # a Cyrillic с
        ("sсale", ["scale"], "scale"),
        ("Αdam", ["SGD", "Adam"], "Adam"),  # a Greek Α
        ("scale", ["scale"], None),
        ("scale", ["Scale"], None),
        ("scale", [], None),
    ],
)
def test_letters_of_another_alphabet(name: str, others: list[str], found: str | None) -> None:
    said = alike(name, others)
    assert (dict(said.fields)["near"] if said else None) == found


@pytest.mark.parametrize(
    ("name", "others", "found"),
    [
        ("loss", ["Loss"], "Loss"),
        ("batch_norm", ["batchnorm", "batch_size"], "batchnorm"),
        ("forward", ["backward", "foward"], "foward"),
        ("BatchNormalization", ["BatchNorm"], "BatchNorm"),
        ("norm", ["normalization"], "normalization"),
        ("fit", ["fit_transform"], None),  # so short a name begins many
        ("loss", ["loss"], None),
        ("loss", [], None),
        ("straße", ["STRASSE"], "STRASSE"),
    ],
)
def test_the_nearest_name(name: str, others: list[str], found: str | None) -> None:
    said = near(name, others)
    assert (dict(said.fields)["near"] if said else None) == found


def test_how_short_a_beginning_may_be() -> None:
    name = "normalization"
    assert near(name, [name[:LEAST_NEAR_CHARACTERS]]) is not None
    assert near(name, [name[: LEAST_NEAR_CHARACTERS - 1]]) is None


@pytest.mark.parametrize("find", [alike, near])
def test_of_so_many_names_no_more_are_compared(find: Any) -> None:
    others = [f"q{n}" for n in range(MAX_COMPARED_NAMES - 1)]
    assert find("scale", [*others, "sсale"]) is not None
    assert find("scale", [*others, "q", "sсale"]) is None


def test_words_of_a_note_are_those_of_the_catalogues() -> None:
    assert notes_of([("{name} is there.", {"name": "x"})]) == (say("{name} is there.", name="x"),)
