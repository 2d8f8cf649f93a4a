"""Results of every kind, to report on."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from grader.model import (
    Answer,
    CaseResult,
    CellReport,
    Example,
    Figure,
    Outcome,
    Result,
    Status,
)
from grader.words import Words, as_words

TEXT = st.text(st.characters(min_codepoint=0), max_size=60)
NUMBERS = st.integers(-(2**63), 2**63)  # what travels between processes
FIELDS = st.lists(st.tuples(st.sampled_from(["a", "b"]), TEXT | NUMBERS), max_size=2)
WORDS = st.builds(Words, TEXT | st.just("{a} and {b}"), FIELDS.map(tuple))
POINTS = st.floats(0, 1e6, allow_nan=False)


def case(**changes: Any) -> CaseResult:
    values: dict[str, Any] = {
        "question": "Adam",
        "test_case": "first_step",
        "hidden": True,
        "outcome": Outcome.PASSED,
        "points": 1.0,
        "max_points": 1.0,
    }
    values |= changes
    # ``message`` is short for what is said, one sentence a line.
    if message := values.pop("message", ""):
        values["said"] = tuple(map(Words, message.split("\n")))
    values["warnings"] = tuple(map(as_words, values.pop("warnings", ())))
    if isinstance(hint := values.pop("hint", None), str):
        hint = Words(hint)
    return CaseResult(**values, hint=hint)


def result(**changes: Any) -> Result:
    values: dict[str, Any] = {
        "submission": "alice",
        "source": "alice.ipynb",
        "student": "Alice",
        "digest": "ab" * 32,
        "status": Status.GRADED,
        "score": 1.0,
        "max_score": 2.0,
    }
    values |= changes
    values["notes"] = tuple(map(as_words, values.pop("notes", ())))
    problem = values.pop("problem", None)
    return Result(**values, problem=None if problem is None else as_words(problem))


def cases() -> st.SearchStrategy[CaseResult]:
    return st.builds(
        CaseResult,
        question=st.sampled_from(["SGD", "Adam"]),
        test_case=st.sampled_from(["a", "b", "c"]),
        hidden=st.booleans(),
        outcome=st.sampled_from(Outcome),
        points=POINTS,
        max_points=POINTS,
        said=st.lists(WORDS, max_size=2).map(tuple),
        hint=st.none() | WORDS,
        traceback=TEXT,
        warnings=st.lists(WORDS, max_size=2).map(tuple),
        mistake=st.none() | st.integers(1, 137),
        example=st.none() | st.builds(Example, TEXT, TEXT, TEXT),
        answer=st.none() | st.builds(Answer, TEXT, TEXT),
        title=TEXT,
    )


def cells() -> st.SearchStrategy[CellReport]:
    return st.builds(
        CellReport,
        index=st.integers(1, 99),
        error=st.none() | TEXT | WORDS,
        traceback=TEXT,
        output=TEXT,
        notes=st.lists(WORDS, max_size=2).map(tuple),
    )


def figures() -> st.SearchStrategy[Figure]:
    return st.builds(
        Figure,
        question=TEXT,
        caption=TEXT | WORDS,
        alt=TEXT | WORDS,
        image=st.binary(max_size=20),
        beside=st.lists(st.binary(max_size=9), max_size=2).map(tuple),
    )


def results() -> st.SearchStrategy[Result]:
    return st.builds(
        Result,
        submission=TEXT,
        source=TEXT,
        student=TEXT,
        digest=st.just("ab" * 32),
        status=st.sampled_from(Status),
        score=st.none() | POINTS,
        max_score=POINTS,
        cases=st.lists(cases(), max_size=4).map(tuple),
        cells=st.lists(cells(), max_size=3).map(tuple),
        notes=st.lists(WORDS, max_size=3).map(tuple),
        problem=st.none() | WORDS,
        isolation=st.lists(TEXT, max_size=2).map(tuple),
        seconds=st.floats(0, 1e4),
        started=st.just("2024-05-06T07:08:09+00:00"),
        figures=st.lists(figures(), max_size=2).map(tuple),
    )
