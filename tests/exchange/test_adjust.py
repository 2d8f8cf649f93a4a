"""adjust.toml: what it comes to, and how each of its errors is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from grader.errors import UsageError
from grader.exchange.course import Course
from grader.exchange.roster import read_roster
from grader.model import Handin, Person, Result, Standing, Status

ROSTER = "name,id,email\nJane Doe,11,jane@x.example\nBob Smith,12,\nBob Smith,13,\nAnn Lee,14,\n"
LATE = """
[late]
deadline = 2026-05-04T23:59:00+09:00
grace_minutes = 10
percent = 10
at_most = 50
"""


def course(tmp_path: Path, toml: str, *handins: Handin, roster: str | None = ROSTER) -> Course:
    (tmp_path / "adjust.toml").write_text(toml, "utf-8")
    (tmp_path / "roster.csv").write_text(roster or "", "utf-8")
    table = read_roster(tmp_path / "roster.csv").table if roster else None
    return Course(handins or (handin("jane"),), roster=table, out=tmp_path, max_score=20)


def handin(name: str, *people: Person, **more: Any) -> Handin:
    return Handin(
        name=name, source=name, student=name, path=Path(name),
        people=people or (Person(name="Jane Doe", id="11"),), **more,
    )  # fmt: skip


def result(name: str = "jane", score: float | None = 12.0, **more: Any) -> Result:
    values: dict[str, Any] = {"source": name, "student": name, "digest": "0", "max_score": 20.0}
    values |= {"status": Status.GRADED, **more}
    return Result(submission=name, score=score, **values)


def said(standing: Standing) -> str:
    return " ".join(map(str, standing.said))


@pytest.mark.parametrize(
    ("submitted", "more", "final"),
    [
        ("2026-05-04T14:00:00+00:00", "", 12.0),  # 23:00 there
        ("2026-05-05T00:09:00+09:00", "", 12.0),  # within the grace
        ("2026-05-05T00:10:00+09:00", "", 10.0),
        ("2026-05-04T15:10:00Z", "", 10.0),
        ("2026-05-05T00:10:00", "", 10.0),  # without an offset: where the deadline is
        ("2026-05-05T23:59:00+09:00", "", 10.0),
        ("2026-05-06T00:00:00+09:00", "", 8.0),
        ("2026-06-01T00:00:00+09:00", "", 2.0),  # at most half of 20
        ("2026-05-05T03:00:00+09:00", 'per = "hour"', 4.0),  # four begun
        ("2026-05-05T03:00:00+09:00", 'of = "score"', 10.8),
        ("2026-05-06T12:00:00+09:00", '[[extra_time]]\nstudent = "11"\ndays = 2', 12.0),
        ("2026-05-07T12:00:00+09:00", '[[extra_time]]\nstudent = "11"\nhours = 48', 10.0),
    ],
)
def test_lateness(tmp_path: Path, submitted: str, more: str, final: float) -> None:
    jane = handin("jane", submitted=submitted)
    standing = course(tmp_path, LATE + more, jane).standing(result())
    assert standing.final == pytest.approx(final)
    assert standing.is_adjusted == (final != 12.0)
    assert ("are taken" in said(standing)) == (final != 12.0)


def test_nothing_is_taken_below_zero(tmp_path: Path) -> None:
    jane = handin("jane", submitted="2026-06-01T00:00:00+09:00")
    assert course(tmp_path, LATE, jane).standing(result(score=3.0)).final == 0.0


def test_without_a_time_nothing_is_taken_and_it_is_said(tmp_path: Path) -> None:
    made = course(tmp_path, LATE, handin("jane", late=True))
    standing = made.standing(result())
    assert standing.final == 12.0
    assert not standing.is_adjusted
    assert "is not known: nothing was taken" in said(standing)
    assert any("marks these as late, without a time: jane" in line for line in made.notices())
    given = LATE + '[[submitted]]\nstudent = "jane"\ntime = 2026-05-05T12:00:00+09:00'
    assert course(tmp_path, given, handin("jane", late=True)).standing(result()).final == 10.0


def test_a_deadline_in_a_named_zone(tmp_path: Path) -> None:
    toml = '[late]\ndeadline = 2026-05-04T23:59:00\ntimezone = "Asia/Tokyo"\npercent = 10'
    jane = handin("jane", submitted="2026-05-04T15:00:00Z")
    assert course(tmp_path, toml, jane).standing(result()).final == 10.0


def test_all_together_in_their_order(tmp_path: Path) -> None:
    toml = LATE + (
        '[[score]]\nstudent = "jane@x.example"\nscore = 15\nreason = "A typo"\nauthor = "KS"\n'
        '[[manual]]\nquestion = "Explain"\nmax_points = 5\npoints = { "Jane Doe" = 3 }\n'
    )
    jane = handin("jane", submitted="2026-05-05T12:00:00+09:00")
    standing = course(tmp_path, toml, jane).standing(result())
    assert (standing.final, standing.final_max) == (15.5, 25.0)  # 15 + 3, and 10 % of 25 taken
    assert "KS set the score to 15 of 20 points: A typo" in said(standing)
    assert "The grader gave 12 of 20 points; in the end it is 15.5 of 25." in said(standing)


def test_who_is_excused_has_no_score(tmp_path: Path) -> None:
    toml = '[[excused]]\nstudent = "Ann Lee"\nreason = "Elsewhere"'
    made = course(tmp_path, toml)
    (ann,) = (standing for row, standing in made.rows([]) if row.student == "Ann Lee")
    assert ann.is_excused
    assert ann.final is None


def test_who_is_missing_can_be_given_a_score(tmp_path: Path) -> None:
    toml = '[[score]]\nstudent = "14"\nscore = 7\nreason = "On paper"\nauthor = "KS"'
    (ann,) = (s for row, s in course(tmp_path, toml).rows([]) if row.student == "Ann Lee")
    assert ann.final == 7.0


def test_a_fault_has_no_score_unless_people_give_one(tmp_path: Path) -> None:
    fault = result(score=None, status=Status.FAULT)
    assert course(tmp_path, LATE).standing(fault).final is None
    toml = '[[score]]\nstudent = "11"\nscore = 7\nreason = "By hand"\nauthor = "KS"'
    assert course(tmp_path, toml).standing(fault).final == 7.0


def test_whose_a_hand_in_is_can_be_said(tmp_path: Path) -> None:
    bob = handin("bob", Person(name="Bob Smith"))
    assert not course(tmp_path, "", bob).matching.owners["bob"]
    made = course(tmp_path, '[belongs]\nbob = "13"', bob)
    assert made.standing(result("bob")).ids == ("13",)
    assert [row.student for row, _ in made.rows([])] == ["Ann Lee", "Bob Smith", "Jane Doe"]


def test_whose_hand_in_is_not_known(tmp_path: Path) -> None:
    toml = '[[extra_time]]\nstudent = "13"\ndays = 1'
    with pytest.raises(UsageError, match=r"the hand-in of '13' is unknown: name it in"):
        course(tmp_path, toml, handin("bob", Person(name="Bob Smith")))


def test_without_a_roster_people_are_those_of_the_hand_ins(tmp_path: Path) -> None:
    toml = '[[score]]\nstudent = "Doe, Jane"\nscore = 7\nreason = "r"\nauthor = "a"'
    assert course(tmp_path, toml, roster=None).standing(result()).final == 7.0


GROUP = handin("both", Person(name="Jane Doe", id="11"), Person(name="Ann Lee", id="14"))


@pytest.mark.parametrize(
    ("toml", "told"),
    [
        ('late = 3', "late: it must be a table, not a whole number"),
        ('[late]\npercent = 10', "late: deadline is missing: add it"),
        (LATE.replace("+09:00", ""), "late.deadline: it has no time zone"),
        (LATE + 'timezone = "Asia/Edo"', "late.timezone: 'Asia/Edo' is not a time zone"),
        (LATE.replace("percent = 10", "percent = 110"), "late.percent: it must be a number <= 100"),
        (LATE + 'per = "week"', "late.per"),
        (LATE + "percentage = 5", "late: there is no key 'percentage' here"),
        (LATE.replace("2026-05-04T23:59:00+09:00", '"tomorrow"'), "late.deadline"),
        ('[[score]]\nstudent = "11"\nscore = "ten"\nreason = "r"\nauthor = "a"',
         "score[1].score: it must be a number, not a text in quotes"),
        ('[[score]]\nstudent = "11"\nscore = -1\nreason = "r"\nauthor = "a"',
         "score[1].score: it must be a number >= 0"),
        ('[[score]]\nstudent = "11"\nscore = 21\nreason = "r"\nauthor = "a"',
         "score[1].score: 21 is more than the maximum, 20"),
        ('[[score]]\nstudent = "11"\nscore = nan\nreason = "r"\nauthor = "a"',
         "score[1].score: it must be a number, not nan or inf"),
        ('[[manual]]\nquestion = "Q"\nmax_points = 2\npoints = { "11" = -inf }',
         "points[...]: it must be a number, not nan or inf"),
        (LATE + 'timezone = inf', "late.timezone: it must be a text in quotes, not nan or inf"),
        ('[[score]]\nstudent = "11"\nscore = 1\nauthor = "a"', "score[1]: reason is missing"),
        ('[[excused]]\nstudent = "Zoe"', "excused[1].student: 'Zoe' is nobody here"),
        ('[[excused]]\nstudent = "Bob Smith"',
         "may be Bob Smith (12); Bob Smith (13): write the id"),
        ('[[excused]]\nstudent = "11"\n[[excused]]\nstudent = "Jane Doe"', "is listed twice"),
        ('[[extra_time]]\nstudent = "11"', "extra_time[1]: no time is given"),
        ('[[manual]]\nquestion = "Q"\nmax_points = 2\npoints = { "11" = 3 }',
         "manual[1].points.11: 3 is more than max_points, 2"),
        ('[[manual]]\nquestion = "Q"\nmax_points = 2\npoints = { "99" = 1 }',
         "manual[1].points.99: '99' is nobody here"),
        ('[[manual]]\nquestion = "Q"\nmax_points = 2\npoints = { "11" = 1, "Jane Doe" = 2 }',
         "has 1 point there already"),
        ('[[manual]]\nquestion = "Q"\nmax_points = 2\n[[manual]]\nquestion = "Q"\nmax_points = 1',
         "the question 'Q' is listed already"),
        ('[belongs]\nnone = "11"', "belongs.none: there is no such submission"),
        ('[belongs]\njane = "99"', "belongs.jane: '99' is nobody here"),
        ("[late\n", "is not valid TOML"),
        ("[typo]\na = 1", "there is no key 'typo' here"),
    ],
)  # fmt: skip
def test_refusals(tmp_path: Path, toml: str, told: str) -> None:
    with pytest.raises(UsageError) as caught:
        course(tmp_path, toml)
    assert str(caught.value).startswith(f"{tmp_path / 'adjust.toml'}")
    assert told in str(caught.value)
    assert str(caught.value).endswith(".")
    assert "`" not in str(caught.value)


def test_one_of_a_group(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="handed in with others: write 'both'"):
        course(tmp_path, '[[excused]]\nstudent = "14"', GROUP)
    assert course(tmp_path, '[[excused]]\nstudent = "both"', GROUP)
    toml = '[[manual]]\nquestion = "Q"\nmax_points = 2\npoints = { "11" = 1, "14" = 1 }'
    assert course(tmp_path, toml, GROUP).standing(result("both")).final == 13.0


def test_which_of_two_hand_ins(tmp_path: Path) -> None:
    two = (handin("a"), handin("b"))
    with pytest.raises(UsageError, match="has 2 hand-ins: write the one that you mean, of a; b"):
        course(tmp_path, '[[extra_time]]\nstudent = "11"\ndays = 1', *two)


def test_a_file_that_is_not_utf8(tmp_path: Path) -> None:
    (tmp_path / "adjust.toml").write_bytes(b'[late]\nx = "\xe9"')
    with pytest.raises(UsageError, match="is not UTF-8"):
        Course((), roster=None, out=tmp_path, max_score=1)
