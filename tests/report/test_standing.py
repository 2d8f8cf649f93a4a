"""How a row stands after all decisions: the same score on every report, and nothing untrue."""

from __future__ import annotations

import csv
import json
import re
from typing import Any
from urllib.parse import unquote

import pytest

from grader.bounds import CLASS_LINE_CHARACTERS
from grader.model import Outcome, Person, Result, Standing, Status
from grader.report.classpage import ClassPage
from grader.report.gradescope import results_json
from grader.report.language import Language
from grader.report.page import FeedbackPage
from grader.report.scores import scores_lines
from grader.report.text import one_line
from grader.words import Words, say

from .results import case, result

PAGE = FeedbackPage()
TAKEN = Words("Two points are taken.")
FINAL = Standing(final=0.5, final_max=3.0, is_adjusted=True, said=(TAKEN,))
SAME = Standing(final=1.0, final_max=2.0, said=(Words("You had more time."),))
EXCUSED = Standing(final_max=3.0, is_adjusted=True, is_excused=True, said=(Words("Excused."),))
GIVEN = Standing(final=1.5, final_max=2.0, is_adjusted=True, said=(Words("KS set the score."),))
FAULT = result(status=Status.FAULT, score=None, problem="the judge died")
MISSING = result(status=Status.MISSING, score=0.0, problem="Nothing was found.", digest="")
NONE = Standing(final=0.0, final_max=2.0, attempts=0)


def words(html: str) -> str:
    body = re.sub(r"<(style|script)>.*?</\1>", "", html, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", body))


def page(graded: Result, standing: Standing) -> str:
    return words(PAGE.render(graded, title="Steps", standing=standing))


def entry(graded: Result, standing: Standing) -> dict[str, Any]:
    value = json.loads(results_json(graded, None, standing))
    assert isinstance(value, dict)
    return value


def table(*rows: tuple[Result, Standing], extra: tuple[str, ...]) -> list[dict[str, str]]:
    lines = scores_lines(rows, columns=(("Adam", "first_step"),), extra=extra)
    return list(csv.DictReader("".join(lines).splitlines()))


def class_page(*rows: tuple[Result, Standing]) -> str:
    made = ClassPage(title="Steps", columns=(("Adam", "first_step"),))
    for graded, standing in rows:
        made.add(graded, standing)
    return made.render()


@pytest.mark.parametrize(
    ("graded", "standing", "on_page", "in_json"),
    [
        (result(), FINAL, "0.5 / 3 points Two points are taken.", 0.5),
        (result(), SAME, "1 / 2 points You had more time.", 1),
        (result(), EXCUSED, "– excused Excused.", 1),
        (result(), Standing(), "1 / 2 points", 1),
        (FAULT, Standing(), "– not graded yet", None),
        (FAULT, EXCUSED, "– excused Excused.", None),
        (FAULT, GIVEN, "1.5 / 2 points KS set the score.", 1.5),
        (MISSING, NONE, "0 / 2 points", 0),
        (MISSING, GIVEN, "1.5 / 2 points KS set the score.", 1.5),
    ],
    ids=["adjusted", "as it was", "excused", "undecided", "fault", "fault, excused",
         "fault, by hand", "missing", "missing, by hand"],
)  # fmt: skip
def test_the_score_that_counts_is_the_one_that_is_shown(
    graded: Result, standing: Standing, on_page: str, in_json: float | None
) -> None:
    assert on_page in page(graded, standing)
    found = entry(graded, standing)
    assert found.get("score") == in_json
    assert found["output"].startswith("\n".join(map(str, standing.said)))


@pytest.mark.parametrize(
    ("standing", "is_open"), [(Standing(), True), (GIVEN, False), (EXCUSED, False)]
)
def test_our_fault_waits_for_nothing_once_it_is_settled(standing: Standing, is_open: bool) -> None:
    assert ("your work has no score yet" in page(FAULT, standing)) == is_open
    assert ("the course staff will see to it" in entry(FAULT, standing)["output"]) == is_open
    assert "the judge died" not in page(FAULT, standing) + str(entry(FAULT, standing))


def test_no_test_case_of_a_fault_is_shown_as_if_it_counted() -> None:
    graded = result(status=Status.FAULT, score=None, cases=(case(),))
    assert entry(graded, GIVEN)["tests"] == []
    assert len(entry(result(cases=(case(),)), GIVEN)["tests"]) == 1


def test_gradescope_reads_students_words_as_plain_text() -> None:
    found = entry(result(cases=(case(),)), FINAL)
    formats = ("output_format", "test_output_format", "test_name_format")
    assert [found[key] for key in formats] == ["text"] * 3
    assert {found["tests"][0][key] for key in ("output_format", "name_format")} == {"text"}
    # Students see the score, and not what the grader prints.
    assert (found["visibility"], found["stdout_visibility"]) == ("visible", "hidden")


@pytest.mark.parametrize(
    ("score", "most", "share"), [(1.0, 4.0, "25.0"), (5.0, 4.0, "100.0"), (0.0, 0.0, "0.0")]
)
def test_the_bar_is_as_long_as_the_score(score: float, most: float, share: str) -> None:
    made = PAGE.render(result(score=score, max_score=most), title="Steps")
    assert f'aria-label="{share} %"><div style="width:{share}%">' in made


def test_who_is_missing_is_told_what_to_do_and_nothing_about_a_run() -> None:
    text = page(MISSING, NONE)
    assert "No hand-in Nothing was found. If you did hand in, tell your teacher" in text
    assert "isolation" not in text
    assert " s " not in text[text.index("tell your teacher") :]
    assert entry(MISSING, NONE)["output"] == "Nothing was found."


def test_scores_have_the_columns_that_are_asked_for() -> None:
    people = (Person(name="A", id="1"), Person(name="B", id="2"))
    group = Standing(people=people, ids=("=1", "2"), attempts=3, final=1 / 3, final_max=2.5)
    extra = ("student_id", "attempts", "final", "final_max")
    named = result(submission="-a", source="=a.py", student="@a")
    one, two, three = table((named, group), (FAULT, Standing()), (result(), EXCUSED),
                            extra=extra)  # fmt: skip
    assert [one[name] for name in extra] == ["'=1; 2", "3", "0.3333333333", "2.5"]
    assert [one[name] for name in ("submission", "source", "student")] == ["'-a", "'=a.py", "'@a"]
    assert [two[name] for name in ("score", *extra)] == ["", "", "1", "", "0"]
    assert (three["final"], three["score"]) == ("excused", "1")
    assert list(table((result(), group), extra=("final",))[0])[6:] == ["final", "Adam/first_step"]


def test_the_class_page_keeps_the_missing_out_of_the_distribution() -> None:
    absent = result(submission="zoe", student="Zoë", status=Status.MISSING, score=0.0)
    made = class_page((result(score=2.0), Standing()), (absent, NONE))
    text = words(made)
    assert "1 submission Median 100 %, mean 100 %" in text
    assert "Without a hand-in (1)" in text
    assert "Zoë no hand-in" in text
    assert 'href="submissions/zoe/feedback.html">Zoë</a>' in made
    assert "For a person to look at" not in text
    assert "before adjust.toml" not in text


def test_the_class_page_shows_both_scores_where_they_differ() -> None:
    made = class_page((result(), FINAL), (result(submission="b"), EXCUSED), (FAULT, Standing()))
    text = words(made)
    assert "before adjust.toml" in text
    assert "graded 1 / 2 0.5 / 3 0" in text
    assert "graded 1 / 2 excused 0" in text
    assert "the grader failed – / 2 – / 0 0" in text


@pytest.mark.parametrize(
    ("ids", "students", "is_named"),
    [
        ((("1",), ("2",)), ("A", "B"), True),
        ((("1",), ("1",)), ("A", "B"), False),  # one student under two names
        (((), ()), ("A", "B"), True),
        (((), ()), ("A", "A"), False),
    ],
    ids=["two ids", "one id", "two names", "one name"],
)
def test_the_same_bytes_of_different_students_are_named(
    ids: tuple[tuple[str, ...], ...], students: tuple[str, ...], is_named: bool
) -> None:
    rows = [
        (result(submission=student + str(n), student=student), Standing(ids=own))
        for n, (own, student) in enumerate(zip(ids, students, strict=True))
    ]
    assert ("Identical hand-ins" in class_page(*rows)) == is_named
    empty = [(result(digest="", student=student), standing) for student, (_, standing) in
             zip("AB", rows, strict=True)]  # fmt: skip
    assert "Identical hand-ins" not in class_page(*empty)


@pytest.mark.parametrize(
    ("lost", "reason"),
    [
        ((Outcome.TIMEOUT, 0.0, 1.0), "a test case reached a limit"),
        ((Outcome.MEMORY, 0.0, 1.0), "a test case reached a limit"),
        ((Outcome.ERROR, 0.0, 1.0), "at least half of the points lost, and only by"),
        ((Outcome.ERROR, 0.01, 1.0), None),  # less than half
        ((Outcome.FAILED, 0.0, 1.0), None),
    ],
)
def test_whom_a_person_should_look_at(
    lost: tuple[Outcome, float, float], reason: str | None
) -> None:
    outcome, points, most = lost
    cases = (case(outcome=outcome, points=points, max_points=most), case(test_case="other"))
    text = words(class_page((result(cases=cases), Standing())))
    assert ("For a person to look at (1)" in text) == (reason is not None)
    assert reason is None or f"alice : {reason}" in text


def test_mistakes_come_most_frequent_first_then_by_number() -> None:
    def wrong(name: str, *numbers: int) -> tuple[Result, Standing]:
        cases = [case(outcome=Outcome.FAILED, points=0.0, test_case=str(n), mistake=n,
                      hint=f"Hint {n}.") for n in numbers]  # fmt: skip
        return result(submission=name, cases=tuple(cases)), Standing()

    text = words(class_page(wrong("a", 30, 4), wrong("b", 30), wrong("c", 7)))
    assert re.findall(r"Hint \d+", text) == ["Hint 30", "Hint 4", "Hint 7"]
    assert "2 (66.7 %) #30" in text
    assert "#4 #30" in text  # a row's own, by number


def test_the_other_languages_say_the_same_numbers() -> None:
    taken = say("{question}: not marked yet, 0 of {most} points so far.", question="Q", most="2")
    standing = Standing(final=0.5, final_max=3.0, is_adjusted=True, said=(taken,))
    for code in ("de", "ja"):
        language = Language(code)
        text = words(FeedbackPage(language).render(result(), title="Steps", standing=standing))
        assert "0.5 / 3" in text
        assert str(taken) not in text
        assert language.tell(taken) in text
        assert json.loads(results_json(result(), language, standing))["score"] == 0.5


@pytest.mark.parametrize("own", ["a", "é課", "<b>", "a/../b", "x" * 400])
def test_a_link_leads_to_the_folder_whatever_its_name(own: str) -> None:
    made = class_page((result(submission=own), Standing()))
    (link,) = set(re.findall(r'href="submissions/([^"/]*)/feedback\.html"', made))
    assert unquote(link) == own
    assert one_line(own, CLASS_LINE_CHARACTERS).replace("<b>", "&lt;b&gt;") in made
