"""The class page: what it counts, whom it lists, and that it is one harmless file."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from grader.model import RIVALS, Answer, CaseResult, Outcome, Result, Status
from grader.report.classpage import ClassPage
from tests.cases import examples

from .results import case, result, results

COLUMNS = (("Adam", "first_step"), ("SGD", "steps"))


def _page(*graded: Result) -> str:
    page = ClassPage(title="Optimizers", columns=COLUMNS)
    for one in graded:
        page.add(one)
    return page.render()


def _words(page: str) -> str:
    body = re.sub(r"<(style|script)>.*?</\1>", "", page, flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", body))


def _lost(outcome: Outcome, **more: object) -> CaseResult:
    return case(outcome=outcome, points=0.0, **more)


def test_each_test_case_has_its_pass_rate() -> None:
    wrong = result(submission="b", cases=(_lost(Outcome.FAILED),), score=0.0)
    words = _words(_page(result(cases=(case(),)), wrong, wrong))
    assert "Adam first_step 1 / 3" in words
    assert "wrong answer 2" in words
    titled = result(cases=(case(title="The step must be lr times the gradient."),))
    words = _words(_page(titled))
    assert "Adam first_step The step must be lr times the gradient. 1 / 1" in words


def test_a_failure_is_counted_once() -> None:
    known = _lost(Outcome.FAILED, hint="Think twice.", mistake=56)
    other = _lost(Outcome.ERROR)
    rows = [result(submission=name, cases=(one,)) for name, one in
            (("a", known), ("b", known), ("c", other), ("d", case()))]  # fmt: skip
    words = _words(_page(*rows))
    assert "Adam first_step 1 / 4 2 error 1" in words


def test_mistakes_come_with_their_number_hint_and_names() -> None:
    hinted = _lost(Outcome.FAILED, message="Not right.", hint="Think twice.", mistake=56)
    twice = (hinted, _lost(Outcome.FAILED, test_case="other", hint="Think.", mistake=56))
    page = _page(result(submission="a b", cases=twice), result(submission="c", cases=(hinted,)))
    assert "2 (100 %) #56 Adam Think twice." in _words(page)
    assert "1 (50 %) #56 Adam Think." in _words(page)  # a number may have more than one hint
    assert page.count('href="submissions/a%20b/feedback.html"') == 3


@pytest.mark.parametrize(
    ("graded", "reason"),
    [
        (result(status=Status.FAULT, score=None, problem="the judge died"), "the judge died"),
        (result(status=Status.TIMEOUT), "took too long"),
        (result(status=Status.UNREADABLE, score=0.0), "could not be read"),
        (result(cases=(_lost(Outcome.CRASH),)), "reached a limit"),
        (result(cases=(_lost(Outcome.MISSING, max_points=1.0),), score=1.0), "missing names"),
        (result(cases=(_lost(Outcome.MISSING, max_points=0.5),)), None),
        (result(cases=(_lost(Outcome.MISSING), _lost(Outcome.FAILED))), None),
        (result(cases=(case(),)), None),
        (result(cases=(case(),), notes=(RIVALS,)), "are they one person's?"),
    ],
)
def test_who_needs_a_person(graded: Result, reason: str | None) -> None:
    listed = re.search(r"<li>.*?</li>", _page(graded), re.S)
    assert (listed is None) == (reason is None)
    assert reason is None or reason in _words(listed.group() if listed else "")


def test_the_distribution_counts_every_score_once() -> None:
    scores = (0.0, 0.19, 0.2, 1.0, 2.0, 2.0, None)
    page = _page(*(result(score=score, max_score=2.0) for score in scores))
    bars = [int(n) for n in re.findall(r'title="\d+–\d+ %: (\d+)"', page)]
    assert bars == [2, 1, 0, 0, 0, 1, 0, 0, 0, 2]
    assert "Median 30 %" in _words(page)


def test_a_class_of_nobody_has_a_page() -> None:
    assert "0 submissions" in _words(_page())


def test_nothing_that_a_student_wrote_becomes_markup() -> None:
    evil = "<script>alert(1)</script>\"'&"
    hinted = _lost(Outcome.FAILED, hint=evil, mistake=3)
    page = _page(result(submission=evil, student=evil, problem=evil, cases=(hinted,),
                        status=Status.CRASH))  # fmt: skip
    assert page.count("<script") == 1
    assert "alert(1)" in page


@given(st.lists(results(), max_size=4))
@example([result(submission="\ud800")])
@examples(30)
def test_any_results_have_a_page_that_asks_for_nothing_else(graded: list[Result]) -> None:
    page = _page(*graded)
    assert not re.search(r"(src|href)=\"(?!submissions/)|@import|url\(", page)
    page.encode()


def test_answers_that_nobody_has_named_are_put_together_by_question() -> None:
    def unnamed(name: str, *keys: str, code: str = "x = 1 < 2") -> Result:
        cases = [
            _lost(Outcome.FAILED, test_case=f"case {place}", answer=Answer(key, code))
            for place, key in enumerate(keys)
        ]
        return result(submission=name, cases=tuple(cases))

    page = _page(
        unnamed("a", "1", "2"),
        unnamed("b", "1", "2", code="another way"),
        unnamed("c", "1", "3"),
        unnamed("d", "1"),
        result(submission="e", cases=(_lost(Outcome.FAILED, mistake=7),)),
    )
    words = _words(page)
    assert "2 submissions gave this answer: Adam/case 0, Adam/case 1" in words
    assert words.count("gave this answer") == 1
    assert "x = 1 &lt; 2" in page
    assert "another way" not in page
    assert "table(&#34;Adam/case 0&#34;, &#34;Adam/case 1&#34;, rows=[" in page
