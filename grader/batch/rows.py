"""Converts results to rows of the gradebook's tables and back, without loss."""

from __future__ import annotations

import zlib
from base64 import b64decode
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from grader.batch.wire import decode, encode, mended, sound
from grader.model import (
    Answer,
    CaseResult,
    CellReport,
    Example,
    Figure,
    Handin,
    Limits,
    Outcome,
    Person,
    Result,
    Status,
)
from grader.words import Words

_TEXTS = msgspec.json.Decoder(tuple[str, ...])
_WORDS = msgspec.json.Decoder(Words)
_SEVERAL = msgspec.json.Decoder(tuple[Words, ...])
_HINT = msgspec.json.Decoder(Words | None)
_ANSWER = msgspec.json.Decoder(Answer | None)
_EXAMPLE = msgspec.json.Decoder(Example | None)
_CELLS = msgspec.json.Decoder(tuple[CellReport, ...])
_EXTRA = msgspec.json.Decoder(dict[str, str])
_EXTRA_FIGURES = msgspec.json.Decoder(tuple[Figure, ...])
#: Fields of a hand-in that are kept.
_KEPT = ("source", "student", "people", "submitted", "late", "attempts")
_HANDIN = msgspec.json.Decoder(
    tuple[str, str, tuple[Person, ...], str, bool, tuple[str, ...]] | None
)


@dataclass(frozen=True, slots=True)
class Key:
    """What a grade depends on besides the submission; under an equal key it is kept."""

    assignment_digest: str
    grader_version: str
    limits: Limits

    def columns(self) -> tuple[str, str, str]:
        """Return the key for the columns of its fields."""
        return self.assignment_digest, self.grader_version, text(self.limits)


def text(value: object) -> str:
    """Return ``value`` as JSON for a text column."""
    try:
        return msgspec.json.encode(value).decode()
    except UnicodeEncodeError:
        return msgspec.json.encode(mended(msgspec.to_builtins(value))).decode()


def submission_row(result: Result, key: Key) -> tuple[Any, ...]:
    """Return a row of the table ``submissions``."""
    return (
        sound(result.submission),
        sound(result.source),
        sound(result.student),
        result.digest,
        *key.columns(),
        result.status.value,
        result.score,
        result.max_score,
        None if result.problem is None else text(result.problem),
        text(result.isolation),
        text(result.notes),
        text(result.cells),
        figures_column(result.figures),
        result.started,
        datetime.now(UTC).isoformat(timespec="seconds"),
        result.seconds,
    )


def case_row(submission: str, place: int, case: CaseResult) -> tuple[Any, ...]:
    """Return a row of the table ``cases``."""
    return (
        sound(submission),
        place,
        case.question,
        case.test_case,
        case.hidden,
        case.outcome.value,
        case.points,
        case.max_points,
        text(case.said),
        sound(case.traceback),
        text(case.warnings),
        case.mistake,
        text(case.hint),
        text(case.answer),
        text(case.example),
        sound(case.title),
    )


def figures_column(figures: tuple[Figure, ...]) -> bytes:
    """Return pictures for their column, compressed to a fifth; empty where there are none."""
    return zlib.compress(encode(figures), 1) if figures else b""


def figures_of_extra(extra: str) -> bytes:
    """Return the column of pictures, from an old column that held them among other texts."""
    packed = _EXTRA.decode(extra).get("figures")
    if packed is None:
        return b""
    return figures_column(_EXTRA_FIGURES.decode(zlib.decompress(b64decode(packed))))


def _figures(column: bytes) -> tuple[Figure, ...]:
    return decode(zlib.decompress(column), tuple[Figure, ...]) if column else ()


def handin_column(handin: Handin) -> str:
    """Return what is kept of a hand-in: who, when and earlier attempts, but not its path."""
    return text([getattr(handin, name) for name in _KEPT])


def handin_of(name: str, column: str, source: str | None, student: str | None) -> Handin:
    """Return the hand-in of a :func:`handin_column`.

    An earlier grader kept none: then the result's ``source`` and ``student`` stand in.
    """
    kept = _HANDIN.decode(column) or (source or name, student or name, (), "", False, ())
    fields: dict[str, Any] = dict(zip(_KEPT, kept, strict=True))
    return Handin(name=name, path=Path(kept[0]), **fields)


def result_of(row: tuple[Any, ...], cases: Iterable[tuple[Any, ...]]) -> Result:
    """Return the result of a :func:`submission_row` and its :func:`case_row` rows."""
    return Result(
        submission=row[0],
        source=row[1],
        student=row[2],
        digest=row[3],
        status=Status(row[7]),
        score=row[8],
        max_score=row[9],
        problem=problem_of(row[10]),
        isolation=_TEXTS.decode(row[11]),
        notes=_SEVERAL.decode(row[12]),
        cells=_CELLS.decode(row[13]),
        figures=_figures(row[14]),
        started=row[15],
        seconds=row[17],
        cases=tuple(map(_case, cases)),
    )


def problem_of(column: str | None) -> Words | None:
    """Return the reason that a column holds, if any."""
    return None if column is None else _WORDS.decode(column)


def _case(row: tuple[Any, ...]) -> CaseResult:
    return CaseResult(
        question=row[2],
        test_case=row[3],
        hidden=bool(row[4]),
        outcome=Outcome(row[5]),
        points=row[6],
        max_points=row[7],
        said=_SEVERAL.decode(row[8]),
        traceback=row[9],
        warnings=_SEVERAL.decode(row[10]),
        mistake=row[11],
        hint=_HINT.decode(row[12]),
        answer=_ANSWER.decode(row[13]),
        example=_EXAMPLE.decode(row[14]),
        title=row[15],
    )
