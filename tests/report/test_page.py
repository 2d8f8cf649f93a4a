"""Feedback pages: every status has one, nothing of a student's runs on it, nothing is loaded."""

from __future__ import annotations

import base64
import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given

from grader.bounds import PAGE_ITEMS
from grader.model import CaseResult, CellReport, Example, Figure, Outcome, Result, Status
from grader.report.language import Language
from grader.report.page import FeedbackPage
from grader.words import Words

from .results import case, result, results

PAGE = FeedbackPage()
NOTE = Words(
    "The shell command !{command} was not run: no program is started while grading.",
    (("command", "ls"),),
)
VOID = {"meta", "img", "br", "hr", "link"}
TAGS = set(
    "html head meta title style body main header nav a section footer h1 h2 h3 p strong span b div "
    "ul li dl dt dd code pre details summary figure img figcaption".split()
)


class Reader(HTMLParser):
    """A page's text and pictures; complains about odd or unclosed tags."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.text = ""
        self.attributes: list[tuple[str, str | None]] = []
        self._open: list[str] = []
        self.feed(page)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS
        self.attributes += attrs
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open[-1:] != ["style"]:
            self.text += data


def read(graded: Result, **more: Any) -> Reader:
    page = PAGE.render(graded, title="Optimizers", **more)
    assert page.startswith("<!DOCTYPE html>")
    reader = Reader(page)
    for name, value in reader.attributes:
        assert not name.startswith("on")
        assert name not in ("action", "srcdoc")
        assert name != "href" or re.fullmatch(r"#q\d+", value or "")
        assert name != "src" or (value or "").startswith("data:image/")
    assert not re.search(r"@import|url\(", page)
    reader.text = re.sub(r"\s+", " ", reader.text)
    return reader


def test_what_a_student_reads() -> None:
    cases = (
        case(question="SGD", test_case="example", hidden=False, points=0.0, max_points=0.0),
        case(question="SGD", test_case="steps", points=1 / 3, warnings=("a list was given",)),
        case(
            outcome=Outcome.FAILED,
            points=0.0,
            message="m differs at [0, 2]: yours is 3",
            traceback="cell 4, line 12",
        ),
    )
    cells = (
        CellReport(index=1, notes=(Words("torch is replaced"),)),
        CellReport(index=7, error="NameError: lr", traceback="line 3", output="epoch 1"),
    )
    text = read(
        result(cases=cases, cells=cells, score=1 / 3, notes=("read as UTF-16",), seconds=1.25)
    ).text
    for part in (
        "Optimizers",
        "Alice",
        "alice.ipynb",
        "0.33 / 2 points",
        "✓ passed example public test",
        "steps 0.33 / 1 Accepted, but: a list was given",
        "✗ wrong answer first_step 0 / 1 m differs at [0, 2]: yours is 3",
        "Where in your codecell 4, line 12",
        "cell 7 NameError: lr Tracebackline 3 Outputepoch 1",
        "read as UTF-16 Code cell 1: torch is replaced",
        "run without isolation",
        "1.2 s",
    ):
        assert part in text


def test_a_named_mistakes_hint_stands_apart() -> None:
    hinted = case(
        outcome=Outcome.FAILED, points=0.0, message="Not right.", hint="Think.", mistake=4
    )
    assert "Not right. Hint: Think." in read(result(cases=(hinted,))).text
    plain = case(outcome=Outcome.FAILED, points=0.0, message="Not right.\nThink.")
    assert "Not right. Think." in read(result(cases=(plain,))).text


def test_what_can_be_tried_stands_with_its_results() -> None:
    example = Example("print(f(1))", "<b>3", "2")
    wrong = case(outcome=Outcome.FAILED, points=0.0, message="Not right.", example=example)
    text = read(result(cases=(wrong,))).text
    assert "in a cell of your notebook:print(f(1))" in text
    assert "Yours:<b>3Right:2" in "".join(text.split())
    assert "Try it" not in read(result(cases=(case(),))).text


def test_failed_test_cases_come_first_and_passed_ones_are_folded() -> None:
    lost = case(test_case="late", outcome=Outcome.ERROR, points=0.0, title="It must run.")
    kept = [case(test_case="early", title="It must stop.", warnings=("a list was given",)), case()]
    page = PAGE.render(result(cases=(*kept, lost)), title="Optimizers")
    text = read(result(cases=(*kept, lost))).text
    assert text.index("It must run. late") < text.index("2 test cases passed, 1 of them with a")
    folded = page[page.index("<details") : page.index("</details>")]
    assert "It must stop." in folded
    assert "first_step" in folded
    assert "It must run." not in folded


def test_a_title_is_not_said_again_below_it() -> None:
    asked = "It must stop."
    wrong = case(outcome=Outcome.FAILED, points=0.0, title=asked, message=f"{asked}\nIt runs on.")
    assert (
        "✗ wrong answer It must stop. first_step 0 / 1 It runs on."
        in read(result(cases=(wrong,))).text
    )


def test_a_hint_stands_once_a_question() -> None:
    def wrong(question: str, hint: str) -> CaseResult:
        return case(question=question, outcome=Outcome.FAILED, points=0.0, hint=hint)

    cases = (
        wrong("SGD", "One."),
        wrong("SGD", "Two."),
        wrong("SGD", "One."),
        wrong("Adam", "One."),
    )
    text = read(result(cases=cases)).text
    assert (text.count("Hint: One."), text.count("Hint: Two.")) == (2, 1)


def test_the_score_is_made_of_the_questions() -> None:
    lost = case(question="SGD", outcome=Outcome.FAILED, points=0.0)
    assert "Adam1 / 1 SGD0 / 1" in read(result(cases=(case(), lost))).text


def test_a_cells_note_stands_once() -> None:
    text = read(
        result(notes=("torch!",), cells=(CellReport(index=1, notes=(Words("torch!"),)),))
    ).text
    assert text.count("torch!") == 1


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (Status.UNREADABLE, "could not be read the reason"),
        (Status.FAULT, "not your fault and it is not a zero"),
        (Status.TIMEOUT, "took too long the reason"),
        (Status.MEMORY, "used too much memory the reason"),
        (Status.CRASH, "stopped Python the reason"),
        (Status.GRADED, "the reason"),
    ],
)
def test_every_status_has_a_page(status: Status, words: str) -> None:
    score = None if status is Status.FAULT else 0.0
    text = read(result(status=status, problem="the reason", score=score)).text
    assert words in text
    assert ("the reason" in text) == (status is not Status.FAULT)
    assert ("0 / 2 points" in text) == (status is not Status.FAULT)


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_is_named_in_words(outcome: Outcome) -> None:
    words = {
        "passed": "passed",
        "failed": "wrong answer",
        "error": "error in your code",
        "missing": "not defined",
        "timeout": "took too long",
        "memory": "used too much memory",
        "crash": "stopped Python",
    }
    assert f"{words[outcome]} first_step" in read(result(cases=(case(outcome=outcome),))).text


def test_a_reason_that_stands_at_every_test_case_is_shown_once() -> None:
    cases = tuple(case(outcome=Outcome.MISSING, message="It is empty.") for _ in range(5))
    graded = result(status=Status.UNREADABLE, problem="It is empty.", cases=cases, score=0.0)
    assert read(graded).text.count("It is empty.") == 1


ATTACK = "<script>alert(1)</script><img src=x onerror=alert(1)>\" ' {{ 7 * 7 }} &lt; \x1b[31m\u202e"


def test_a_students_words_are_only_words() -> None:
    graded = result(
        **dict.fromkeys(("submission", "source", "student", "problem"), ATTACK),
        notes=(ATTACK,),
        isolation=(ATTACK,),
        cells=(
            CellReport(
                index=1, error=ATTACK, traceback=ATTACK, output=ATTACK, notes=(Words(ATTACK),)
            ),
        ),
        cases=(case(message=ATTACK, traceback=ATTACK, warnings=(ATTACK,)),),
    )
    reader = read(graded)
    assert "<script>alert(1)</script>" in reader.text
    assert "{{ 7 * 7 }} &lt;" in reader.text
    assert not set(reader.text) & {"\x1b", "\u202e"}


def test_long_words_are_cut() -> None:
    long = "x" * 1_000_000
    cells = tuple(CellReport(index=n, error=long, output=long) for n in range(1, 1000))
    graded = result(
        student=long, notes=(long,) * 999, cells=cells, cases=(case(message=long, traceback=long),)
    )
    page = PAGE.render(graded, title="Optimizers")
    assert len(page) < 500_000
    assert f"{999 - PAGE_ITEMS} more are not shown" in page


@given(results())
def test_any_result_has_a_page(graded: Result) -> None:
    reader = read(graded)
    reader.text.encode()
    assert "\x00" not in reader.text


def test_pictures_stand_under_their_question() -> None:
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"/>'
    figures = (
        Figure(question="Adam", caption="The loss", alt='a "curve"', image=svg),
        Figure(question="SGD", caption="Aside", alt="", image=b"\x89PNG"),
    )
    reader = read(result(cases=(case(),), figures=figures))
    assert ("alt", 'a "curve"') in reader.attributes
    assert "The loss" in reader.text
    assert "Not graded Aside" in reader.text  # of a question without a test case


def test_panels_are_images_of_their_own_with_one_description() -> None:
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"/>'
    figure = Figure(question="Adam", caption="Both", alt="curves", image=svg, beside=(svg, svg))
    reader = read(result(cases=(case(),), figures=(figure,)))
    assert [value for name, value in reader.attributes if name == "alt"] == ["curves", "", ""]


def test_the_page_speaks_the_language_asked_for() -> None:
    page = FeedbackPage(Language("de"))
    wrong = case(outcome=Outcome.FAILED, message="A wrong answer.")
    text = page.render(result(cases=(wrong,), notes=(NOTE,)), title="Optimizers")
    assert '<html lang="de">' in text
    assert "falsche Antwort" in text
    assert "Der Shell-Befehl !ls wurde nicht ausgeführt" in text
    assert "first_step" in text


def test_labels_in_a_picture_are_translated_and_stay_text() -> None:
    image = b'<svg xmlns="x"><text x="1">passed</text><text>a &lt; b</text></svg>'
    figure = Figure(question="Adam", caption="passed", alt="passed", image=image)
    graded = result(cases=(case(),), figures=(figure,))
    page = FeedbackPage(Language("ja")).render(graded, title="")
    (address,) = re.findall(r"base64,([^\"]+)", page)
    drawn = base64.b64decode(address).decode()
    assert ">合格</text>" in drawn
    assert ">a &lt; b</text>" in drawn


def test_a_page_differs_by_its_result_only() -> None:
    graded = result(cases=(case(),))
    assert PAGE.render(graded, title="t") == FeedbackPage().render(graded, title="t")
    assert json.dumps(PAGE.render(graded, title="t")).isascii()
