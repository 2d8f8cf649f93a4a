"""What teachers decide, at its edges: each number as it was meant, each sentence as it is true."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.errors import UsageError
from grader.exchange.adjust import Adjust, Late, read_adjust
from grader.exchange.course import Course
from grader.exchange.deciding import Decisions, standing_of
from grader.model import Handin, Person, Result, Standing, Status

DEADLINE = dt.datetime(2026, 5, 4, 23, 59, tzinfo=dt.UTC)
LATE = "[late]\ndeadline = 2026-05-04T23:59:00Z\npercent = 10\n"


def handin(name: str = "jane", *people: Person, **more: Any) -> Handin:
    return Handin(name=name, source=name, student=name, path=Path(name), people=people, **more)


def result(score: float | None = 12.0, **more: Any) -> Result:
    values: dict[str, Any] = {"submission": "jane", "status": Status.GRADED} | more
    return Result(source="", student="", digest="", score=score, max_score=20.0, **values)


def course(tmp_path: Path, toml: str, *handins: Handin, most: float = 20.0) -> Course:
    (tmp_path / "adjust.toml").write_text(toml, "utf-8")
    return Course(handins or (handin(),), roster=None, out=tmp_path, max_score=most)


def standing(tmp_path: Path, toml: str, graded: Result | None = None, **more: Any) -> Standing:
    return course(tmp_path, toml, handin(**more)).standing(graded or result())


def said(of: Standing) -> list[str]:
    return list(map(str, of.said))


@pytest.mark.parametrize(
    ("extra", "submitted", "is_late"),
    [
        ("minutes = 30", "2026-05-05T00:29:00Z", False),
        ("minutes = 30", "2026-05-05T00:29:01Z", True),
        ("hours = 1.5", "2026-05-05T01:29:00Z", False),
        ("days = 1\nhours = 1\nminutes = 1", "2026-05-06T01:00:00Z", False),
        ("days = 1\nhours = 1\nminutes = 1", "2026-05-06T01:00:01Z", True),
    ],
)
def test_more_time_is_counted_to_the_minute(
    tmp_path: Path, extra: str, submitted: str, is_late: bool
) -> None:
    toml = f'{LATE}[[extra_time]]\nstudent = "jane"\n{extra}\n'
    found = standing(tmp_path, toml, submitted=submitted)
    assert found.final == (10.0 if is_late else 12.0)
    assert said(found)[0].startswith("You had more time, until 2026-05-0")


def test_who_was_given_no_more_time_is_not_told_so(tmp_path: Path) -> None:
    assert said(standing(tmp_path, LATE, submitted="2026-05-04T00:00:00Z")) == []


@pytest.mark.parametrize(
    ("per", "submitted", "line"),
    [
        ("day", "2026-05-06T12:30:00Z",
         "Handed in at 2026-05-06 12:30 (UTC+00:00); the deadline was 2026-05-04 23:59 "
         "(UTC+00:00). Days begun since then: 2. 20 % are taken, 4 points."),
        ("hour", "2026-05-05T10:00:00+09:00",
         "Handed in at 2026-05-05 01:00 (UTC+00:00); the deadline was 2026-05-04 23:59 "
         "(UTC+00:00). Hours begun since then: 2. 20 % are taken, 4 points."),
    ],
)  # fmt: skip
def test_what_is_taken_is_told_with_its_reckoning(
    tmp_path: Path, per: str, submitted: str, line: str
) -> None:
    found = standing(tmp_path, f'{LATE}per = "{per}"\n', submitted=submitted)
    assert said(found) == [
        line, "The grader gave 12 of 20 points; in the end it is 8 of 20.",
    ]  # fmt: skip


def test_the_reckoning_is_told_in_the_deadlines_time_zone(tmp_path: Path) -> None:
    toml = '[late]\ndeadline = 2026-05-04T23:59:00\ntimezone = "Asia/Kolkata"\npercent = 10'
    found = standing(tmp_path, toml, submitted="2026-05-05T00:00:00Z")
    assert said(found)[0].startswith(
        "Handed in at 2026-05-05 05:30 (UTC+05:30); the deadline was 2026-05-04 23:59 (UTC+05:30)."
    )


@given(
    st.floats(0, 20), st.integers(0, 100), st.integers(0, 100), st.sampled_from(["day", "hour"]),
    st.sampled_from(["maximum", "score"]), st.integers(-50_000, 5_000_000),
)  # fmt: skip
def test_lateness_never_gives_and_never_takes_more_than_there_is(
    score: float, percent: int, at_most: int, per: Any, of: Any, seconds: int
) -> None:
    late = Late(deadline=DEADLINE, percent=percent, at_most=at_most, per=per, of=of)
    submitted = (DEADLINE + dt.timedelta(seconds=seconds)).isoformat()
    handed = handin(submitted=submitted)
    found = standing_of(result(score), Standing(), handed, Adjust(late=late), Decisions())
    assert found.final is not None
    assert 0.0 <= found.final <= score
    most = 20.0 if of == "maximum" else score
    assert score - found.final <= at_most / 100 * most + 1e-9
    assert seconds > 0 or found.final == score
    assert found.is_adjusted == (found.final != score)


@pytest.mark.parametrize(
    ("marks", "final", "line"),
    [
        ('{ jane = 2 }', 14.0, "Why?, marked by the teaching staff: 2 of 3 points."),
        ('{ jane = 3 }', 15.0, "Why?, marked by the teaching staff: 3 of 3 points."),
        ('{ jane = 0 }', 12.0, "Why?, marked by the teaching staff: 0 of 3 points."),
        ("{}", 12.0, "Why?: not marked yet, 0 of 3 points so far."),
    ],
)  # fmt: skip
def test_a_question_of_people_is_told_as_it_stands(
    tmp_path: Path, marks: str, final: float, line: str
) -> None:
    toml = f'[[manual]]\nquestion = "Why?"\nmax_points = 3\npoints = {marks}\n'
    found = standing(tmp_path, toml)
    assert (found.final, found.final_max, found.is_adjusted) == (final, 23.0, True)
    assert said(found) == [
        line, f"The grader gave 12 of 20 points; in the end it is {final:g} of 23.",
    ]  # fmt: skip
    # Where the grader failed, marks alone are no score.
    fault = standing(tmp_path, toml, result(None, status=Status.FAULT))
    assert (fault.final, fault.is_adjusted, said(fault)) == (None, False, [line])


@pytest.mark.parametrize(("reason", "more"), [("", []), ("Ill", ["Reason: Ill"])])
def test_who_is_excused_is_told_why_and_nothing_else(
    tmp_path: Path, reason: str, more: list[str]
) -> None:
    toml = f'{LATE}[[excused]]\nstudent = "jane"\nreason = "{reason}"\n'
    found = standing(tmp_path, toml, submitted="2026-06-01T00:00:00Z")
    assert said(found) == ["You are excused: this counts neither for nor against you.", *more]
    assert (found.final, found.is_excused, found.is_adjusted) == (None, True, True)


SCORE = '[[score]]\nstudent = "{}"\nscore = {}\nreason = "A typo"\nauthor = "KS"\n'


@pytest.mark.parametrize(("score", "is_adjusted"), [(12, False), (0, True), (20, True)])
def test_a_score_may_be_set_up_to_the_maximum(
    tmp_path: Path, score: float, is_adjusted: bool
) -> None:
    found = standing(tmp_path, SCORE.format("jane", score))
    assert (found.final, found.is_adjusted) == (score, is_adjusted)
    assert said(found)[0] == f"KS set the score to {score} of 20 points: A typo"
    assert len(said(found)) == 1 + is_adjusted


def test_a_score_stands_where_no_maximum_is_known(tmp_path: Path) -> None:
    assert course(tmp_path, SCORE.format("jane", 99), most=0.0).standing(result()).final == 99.0


def test_a_failed_grading_is_set_and_then_late_as_any_other(tmp_path: Path) -> None:
    fault = result(None, status=Status.FAULT)
    late = {"submitted": "2026-05-05T12:00:00Z"}
    assert said(standing(tmp_path, LATE, fault, **late)) == []
    found = standing(tmp_path, LATE + SCORE.format("jane", 8), fault, **late)
    assert (found.final, found.is_adjusted) == (6.0, True)
    assert "The grader gave" not in " ".join(said(found))


@pytest.mark.parametrize(
    "text", ["11", "jd", "j@x.example", "Doe, Jane", "jane doe", "hw 7", "0011"]
)
def test_without_a_roster_a_student_is_whom_the_hand_in_names(tmp_path: Path, text: str) -> None:
    jane = handin("hw 7", Person(name="Jane Doe", id="11", email="j@x.example", login="jd"))
    bob = handin("hw 8", Person(name="Bob Poe", id="12"))
    made = course(tmp_path, SCORE.format(text, 1), jane, bob)
    finals = [made.standing(result(submission=name)).final for name in ("hw 7", "hw 8")]
    assert finals == [1.0, 12.0]


@pytest.mark.parametrize(
    ("people", "told"),
    [
        ((Person(name="A B", id="1"), Person(name="A B")), "may be A B (1); A B: write the id"),
        ((Person(email="a@x.example", login="ab"), Person(login="ab", id="7")),
         "may be a@x.example; ab (7): write the id"),
    ],
)  # fmt: skip
def test_whom_a_text_may_mean_is_told_so_that_they_can_be_told_apart(
    tmp_path: Path, people: tuple[Person, Person], told: str
) -> None:
    handins = [handin(f"hw {place}", person) for place, person in enumerate(people)]
    text = people[0].name or people[0].login
    with pytest.raises(UsageError) as caught:
        course(tmp_path, SCORE.format(text, 1), *handins)
    assert told in str(caught.value)


def test_one_of_a_group_is_not_excused_with_the_others(tmp_path: Path) -> None:
    group = handin("hw", Person(name="Jane Doe", id="11"), Person(name="Bob Poe", id="12"))
    with pytest.raises(UsageError, match="handed in with others: write 'hw' to excuse them all"):
        course(tmp_path, '[[excused]]\nstudent = "12"', group)
    made = course(tmp_path, '[[excused]]\nstudent = "hw"', group)
    assert made.standing(result(submission="hw")).is_excused


def test_a_hand_in_counts_its_attempts(tmp_path: Path) -> None:
    assert standing(tmp_path, "", attempts=("a", "b")).attempts == 3
    assert standing(tmp_path, "").attempts == 1


@pytest.mark.parametrize(
    ("toml", "told"),
    [
        ("[late]\ndeadline = 2026-05-04\npercent = 1",
         "late.deadline: it must be a time such as 2026-05-04T23:59:00+09:00, not a day"),
        ("[late]\ndeadline = 23:59:00\npercent = 1", "late.deadline: it must be a time such as"),
        ('[late]\ndeadline = 2026-05-04T00:00:00Z\npercent = "10"',
         "late.percent: it must be a number, not a text in quotes: correct it."),
        ('[late]\ndeadline = 2026-05-04T00:00:00Z\npercent = true',
         "late.percent: it must be a number, not true or false: correct it."),
        ('[[excused]]\nstudent = 11', "excused[1].student: it must be a text in quotes, not a"),
        ('[[excused]]\nstudent = ""', "excused[1].student: it must be a text in quotes of length"),
        ('excused = "jane"', "excused: it must be [[tables]], not a text in quotes"),
        ('[excused]\nstudent = "jane"', "excused: it must be [[tables]], not a table"),
        ('[[excused]]\nstudent = "jane"\nwhy = "x"',
         "excused[1]: there is no key 'why' here: correct its spelling, or take it out."),
        ('[[manual]]\nquestion = "Q"\nmax_points = 0', "manual[1].max_points: it must be a number"),
        ('[[excused]]\nstudent = "jane"\n[[excused]]\nreason = "x"',
         "excused[2]: student is missing: add it."),
        ('[late]\ndeadline = 2026-05-04T00:00:00\npercent = 1\ntimezone = "../etc"',
         "late.timezone: '../etc' is not a time zone"),
        ('belongs = 1', "belongs: it must be a table, not a whole number"),
    ],
)  # fmt: skip
def test_a_slip_of_the_pen_is_named_with_its_place(tmp_path: Path, toml: str, told: str) -> None:
    path = tmp_path / "adjust.toml"
    path.write_text(toml)
    with pytest.raises(UsageError) as caught:
        read_adjust(tmp_path)
    assert str(caught.value).startswith(f"{path}, {told}")
    assert str(caught.value).endswith(".")


def test_a_file_may_have_a_mark_or_be_empty_but_not_be_a_folder(tmp_path: Path) -> None:
    assert read_adjust(tmp_path) == Adjust()
    path = tmp_path / "adjust.toml"
    path.write_bytes(b"\xef\xbb\xbf[belongs]\r\na = 'b'\r\n")
    assert read_adjust(tmp_path).belongs == {"a": "b"}
    path.write_bytes(b"")
    assert read_adjust(tmp_path) == Adjust()
    path.unlink()
    path.mkdir()
    with pytest.raises(UsageError, match=r"adjust\.toml cannot be read"):
        read_adjust(tmp_path)
