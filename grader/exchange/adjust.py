"""Reads adjust.toml beside the results: what teachers decide after the grading.

    [late]                                  # points taken off late hand-ins
    deadline = 2026-05-04T23:59:00+09:00
    grace_minutes = 10
    percent = 10                            # of the points, for each day begun
    per = "day"                             # or "hour"
    at_most = 50                            # percent in all
    of = "maximum"                          # or "score": of what was earned

    [[extra_time]]
    student = "12345678"                    # id, e-mail, login, name, or the submission
    days = 2
    reason = "Ill until Tuesday"

    [[excused]]                             # no grade at all
    student = "jane@example.edu"
    reason = "Took part elsewhere"

    [[score]]                               # instead of what the grader gave
    student = "Doe, Jane"
    score = 14.5
    reason = "The cell ran out of time on our machine"
    author = "K. Sato"

    [[manual]]                              # a question marked by people
    question = "Explain dropout"
    max_points = 3
    points = { "12345678" = 2, "jane@example.edu" = 2.5 }

    [[submitted]]                           # when it came, where the platform does not say
    student = "doejane"
    time = 2026-05-05T10:00:00+09:00

    [belongs]                               # whose a hand-in is, where its name does not tell
    "homework (3)" = "12345678"

It is applied with each report; results in the gradebook stay as they are.
"""

from __future__ import annotations

import datetime as dt
import math
import re
import tomllib
from pathlib import Path
from typing import Annotated, Final, Literal
from zoneinfo import ZoneInfo

import msgspec

from grader.errors import UsageError

FILE: Final = "adjust.toml"
_Positive = Annotated[float, msgspec.Meta(gt=0)]
_Percent = Annotated[float, msgspec.Meta(ge=0, le=100)]
_Points = Annotated[float, msgspec.Meta(ge=0)]
_Text = Annotated[str, msgspec.Meta(min_length=1)]
_PLACE: Final = re.compile(r"(.*) - at `(.*)`", re.DOTALL)
_TYPES: Final = {"float": "a number", "int": "a whole number", "str": "a text in quotes",
                 "datetime": "a time such as 2026-05-04T23:59:00+09:00", "array": "[[tables]]",
                 "object": "a table", "bool": "true or false", "bytes": "nan or inf",
                 "date": "a day without a time"}  # fmt: skip


class _Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table in which a misspelt key is an error."""


class Late(_Strict, frozen=True, kw_only=True):
    """What lateness costs: ``percent`` for each day or hour begun, ``at_most`` in all.

    Within the grace time it costs nothing; after it, time counts from the deadline.  A
    ``deadline`` without an offset is in ``timezone``, a name such as Asia/Tokyo.
    """

    deadline: dt.datetime
    percent: _Percent
    per: Literal["day", "hour"] = "day"
    of: Literal["maximum", "score"] = "maximum"
    grace_minutes: _Points = 0.0
    at_most: _Percent = 100.0
    timezone: str | None = None

    @property
    def moment(self) -> dt.datetime:
        """The deadline, with its offset."""
        if self.deadline.tzinfo is not None or self.timezone is None:
            return self.deadline
        return self.deadline.replace(tzinfo=ZoneInfo(self.timezone))

    def units(self, submitted: dt.datetime, extra: dt.timedelta) -> int:
        """Return how many days or hours were begun since the deadline; 0 within the grace."""
        over = submitted - (self.moment + extra)
        if over <= dt.timedelta(minutes=self.grace_minutes):
            return 0
        unit = dt.timedelta(days=1) if self.per == "day" else dt.timedelta(hours=1)
        return math.ceil(over / unit)


class ExtraTime(_Strict, frozen=True, kw_only=True):
    """A later deadline for one student."""

    student: _Text
    days: _Points = 0.0
    hours: _Points = 0.0
    minutes: _Points = 0.0
    reason: str = ""

    @property
    def time(self) -> dt.timedelta:
        """The extra time in all."""
        return dt.timedelta(days=self.days, hours=self.hours, minutes=self.minutes)


class Excused(_Strict, frozen=True, kw_only=True):
    """A student without a grade, to whom this counts neither for nor against."""

    student: _Text
    reason: str = ""


class Corrected(_Strict, frozen=True, kw_only=True):
    """A score that replaces the grader's, with the reason and who gave it."""

    student: _Text
    score: _Points
    reason: _Text
    author: _Text


class Manual(_Strict, frozen=True, kw_only=True):
    """A question marked by people; ``points`` are by student."""

    question: _Text
    max_points: _Positive
    points: dict[str, _Points] = msgspec.field(default_factory=dict)


class Submitted(_Strict, frozen=True, kw_only=True):
    """The time of a hand-in, where the platform does not tell it."""

    student: _Text
    time: dt.datetime


class Adjust(_Strict, frozen=True, kw_only=True):
    """All of adjust.toml."""

    late: Late | None = None
    extra_time: tuple[ExtraTime, ...] = ()
    excused: tuple[Excused, ...] = ()
    score: tuple[Corrected, ...] = ()
    manual: tuple[Manual, ...] = ()
    submitted: tuple[Submitted, ...] = ()
    belongs: dict[str, _Text] = msgspec.field(default_factory=dict)

    @property
    def changes_scores(self) -> bool:
        """Whether a final score can differ from the grader's."""
        return bool(self.late or self.excused or self.score or self.manual)


def read_adjust(folder: Path) -> Adjust:
    """Return what ``folder``/adjust.toml says; an empty Adjust where there is no file.

    Raises UsageError: one sentence with the file, the key and what to do.
    """
    path = folder / FILE
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return Adjust()
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}): check its rights.") from error
    try:
        said = tomllib.loads(data.decode("utf-8-sig"), parse_float=_finite)
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8: save it as UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path} is not valid TOML ({error}): correct that place.") from error
    try:
        adjust = msgspec.convert(
            said, Adjust, builtin_types=(dt.datetime, dt.date, dt.time), str_keys=True
        )
    except msgspec.ValidationError as error:
        raise UsageError(_refusal(path, str(error))) from error
    _check(path, adjust)
    return adjust


def _finite(text: str) -> float | bytes:
    """Return the number; bytes, which no key accepts, for TOML's nan and inf."""
    return number if math.isfinite(number := float(text)) else b""


def _refusal(path: Path, message: str) -> str:
    """Return an error of msgspec as a sentence, with indices counted from 1."""
    found = _PLACE.fullmatch(message)
    text, place = (found[1], found[2].removeprefix("$").lstrip(".")) if found else (message, "")
    place = re.sub(r"\[(\d+)\]", lambda number: f"[{int(number[1]) + 1}]", place)
    where = f"{path}, {place}" if place else str(path)
    if unknown := re.search(r"unknown field `(.*)`", text):
        return (
            f"{where}: there is no key {unknown[1]!r} here: correct its spelling, or take it out."
        )
    if lacking := re.search(r"required field `(.*)`", text):
        return f"{where}: {lacking[1]} is missing: add it."
    if wrong := re.fullmatch(r"Expected `([^`]*)`, got `([^`]*)`", text):
        wanted = next((name for kind, name in _TYPES.items() if kind in wrong[1]), wrong[1])
        got = next((name for kind, name in _TYPES.items() if kind in wrong[2]), wrong[2])
        return f"{where}: it must be {wanted}, not {got}: correct it."
    text = re.sub(r"Expected `(\w+)`", lambda m: f"it must be {_TYPES.get(m[1], m[1])}", text)
    return f"{where}: {text[:1].lower()}{text[1:]}: correct it."


def _check(path: Path, adjust: Adjust) -> None:
    for place, each in enumerate(adjust.extra_time, 1):
        if not each.time:
            raise UsageError(
                f"{path}, extra_time[{place}]: no time is given: add days, hours or minutes."
            )
    questions = [each.question for each in adjust.manual]
    for place, manual in enumerate(adjust.manual, 1):
        if questions.index(manual.question) != place - 1:
            raise UsageError(
                f"{path}, manual[{place}]: the question {manual.question!r} is listed already: "
                "put all its points into one table."
            )
        for student, points in manual.points.items():
            if not points <= manual.max_points:
                raise UsageError(
                    f"{path}, manual[{place}].points.{student}: {points:g} is more than "
                    f"max_points, {manual.max_points:g}: correct one of them."
                )
    if adjust.late is not None:
        _check_zone(path, adjust.late)


def _check_zone(path: Path, late: Late) -> None:
    if late.timezone is not None:
        try:
            ZoneInfo(late.timezone)
        except (OSError, ValueError, KeyError) as error:
            raise UsageError(
                f"{path}, late.timezone: {late.timezone!r} is not a time zone: write one such as "
                "Asia/Tokyo."
            ) from error
    if late.moment.tzinfo is None:
        raise UsageError(
            f"{path}, late.deadline: it has no time zone: write "
            f'{late.deadline.isoformat()}+09:00, or add timezone = "Asia/Tokyo".'
        )
