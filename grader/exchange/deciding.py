"""Applies adjust.toml to one row: the final score, and sentences for the student.

In this order: a corrected score replaces the grader's, points of manual questions are added,
points for lateness are taken off.  Nothing falls below 0.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from grader.exchange.adjust import Adjust, Corrected, Excused, ExtraTime, Late, Submitted
from grader.model import Handin, Result, Standing, Status
from grader.report.text import number
from grader.words import Words, say


@dataclass(frozen=True, slots=True, kw_only=True)
class Decisions:
    """What adjust.toml says of one row; ``points`` are by manual question."""

    extra_time: ExtraTime | None = None
    excused: Excused | None = None
    score: Corrected | None = None
    submitted: Submitted | None = None
    points: Mapping[str, float] = field(default_factory=dict)


def standing_of(
    result: Result, standing: Standing, handin: Handin | None, adjust: Adjust, decisions: Decisions
) -> Standing:
    """Return ``standing`` with the final score of ``result`` and what is said of it."""
    most = result.max_score + sum(manual.max_points for manual in adjust.manual)
    raw = None if result.status is Status.FAULT else result.score
    if decisions.excused is not None:
        said = [say("You are excused: this counts neither for nor against you.")]
        if decisions.excused.reason:
            said.append(say("Reason: {reason}", reason=decisions.excused.reason))
        return replace(
            standing, final_max=most, said=tuple(said), is_excused=True, is_adjusted=True
        )
    if handin is None and decisions == Decisions():  # the student is missing, undecided
        return replace(standing, final=raw, final_max=most)
    final, said = _earned(raw, result.max_score, adjust, decisions)
    if handin is not None and adjust.late is not None and final is not None:
        final, late = _late(final, most, handin, adjust.late, decisions)
        said += late
    is_adjusted = final is not None and (final, most) != (raw, result.max_score)
    if is_adjusted and raw is not None and final is not None:
        said.append(
            say(
                "The grader gave {raw} of {max_score} points; in the end it is {final} of {most}.",
                raw=_points(raw),
                max_score=_points(result.max_score),
                final=_points(final),
                most=_points(most),
            )
        )
    return replace(standing, final=final, final_max=most, said=tuple(said), is_adjusted=is_adjusted)


def _earned(
    raw: float | None, max_score: float, adjust: Adjust, decisions: Decisions
) -> tuple[float | None, list[Words]]:
    """Return the score before lateness, as people corrected and marked it."""
    said, earned = [], raw
    if (corrected := decisions.score) is not None:
        earned = corrected.score
        said.append(
            say(
                "{author} set the score to {score} of {max_score} points: {reason}",
                author=corrected.author,
                score=_points(corrected.score),
                max_score=_points(max_score),
                reason=corrected.reason,
            )
        )
    for manual in adjust.manual:
        points = decisions.points.get(manual.question, 0.0)
        facts = {
            "question": manual.question,
            "points": _points(points),
            "most": _points(manual.max_points),
        }
        if manual.question not in decisions.points:
            text = say("{question}: not marked yet, 0 of {most} points so far.", **facts)
        else:
            text = say(
                "{question}, marked by the teaching staff: {points} of {most} points.", **facts
            )
        said.append(text)
        earned = None if earned is None else earned + points
    return earned, said


def _late(
    earned: float, most: float, handin: Handin, late: Late, decisions: Decisions
) -> tuple[float, list[Words]]:
    """Return the score after lateness."""
    submitted = time_of(handin, late, decisions)
    if submitted is None:
        return earned, [
            say("When this was handed in is not known: nothing was taken for lateness.")
        ]
    extra = decisions.extra_time.time if decisions.extra_time else dt.timedelta()
    said, due = [], late.moment + extra
    if extra:
        said.append(say("You had more time, until {deadline}.", deadline=_moment(due, late)))
    units = late.units(submitted, extra)
    if not units:
        return earned, said
    percent = min(units * late.percent, late.at_most)
    taken = min(earned, percent / 100 * (most if late.of == "maximum" else earned))
    facts: dict[str, str | int] = {
        "time": _moment(submitted, late),
        "deadline": _moment(due, late),
        "count": units,
        "percent": number(percent),
        "points": _points(taken),
    }
    by_day = say(
        "Handed in at {time}; the deadline was {deadline}. Days begun since then: {count}. "
        "{percent} % are taken, {points} points.",
        **facts,
    )
    by_hour = say(
        "Handed in at {time}; the deadline was {deadline}. Hours begun since then: "
        "{count}. {percent} % are taken, {points} points.",
        **facts,
    )
    return earned - taken, [*said, by_day if late.per == "day" else by_hour]


def time_of(handin: Handin, late: Late, decisions: Decisions) -> dt.datetime | None:
    """Return when it was handed in; a time without an offset is in the deadline's time zone."""
    if decisions.submitted is not None:
        time = decisions.submitted.time
    else:
        try:
            time = dt.datetime.fromisoformat(handin.submitted)
        except ValueError:
            return None
    return time if time.tzinfo is not None else time.replace(tzinfo=late.moment.tzinfo)


def _moment(time: dt.datetime, late: Late) -> str:
    """Return a time as people read it, in the deadline's time zone."""
    there = time.astimezone(late.moment.tzinfo)
    offset = there.strftime("%z")
    return f"{there:%Y-%m-%d %H:%M} (UTC{offset[:3]}:{offset[3:5]})"


def _points(points: float) -> str:
    return number(round(points, 2))
