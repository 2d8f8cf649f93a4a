"""A headless Chromium, and pages of a small class in every language to open in it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from grader.batch.pages import Pages, write_pages
from grader.model import CaseResult, CellReport, Example, Figure, Outcome, Result, Standing, Status
from grader.report.classpage import ClassPage
from grader.report.figures import STUDENT, styled, svg
from grader.report.language import Language, languages
from grader.words import Words, say

NAMES = ("chromium", "chromium-browser", "google-chrome")
SIZE = 24  # submissions
PHONE, DESK = 360, 1280
MISSING = (
    "Chromium was not found, so no page was opened; install it and a Japanese font: "
    "apt-get install chromium fonts-ipaexfont-gothic"
)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        # On CI a test that does not run must not look like one that passes.
        (pytest.fail if os.environ.get("CI") else pytest.skip)(MISSING)
    with sync_playwright() as playwright:
        # Chromium's own sandbox does not work for root, which CI is; the pages are ours.
        opened = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for each language, as ``grader grade`` writes it."""
    folder = tmp_path_factory.mktemp("pages")
    results = [*(_result(number) for number in range(SIZE - 1)), ABSENT]
    for code in languages():
        language = Language(code)
        student = Pages("Optimizers", language)
        table = ClassPage(title="Optimizers", columns=COLUMNS, language=language)
        for number, result in enumerate(results):
            table.add(result, ADJUSTED if number == 1 else None)
        for number, result in enumerate((*results[:3], ABSENT)):
            standing = ADJUSTED if number == 1 else None
            write_pages(folder / code, result.submission, student.of(result, standing))
        (folder / code / "class.html").write_text(table.render(), "utf-8")
    return folder


def open_page(browser: Browser, path: Path, **options: Any) -> Page:
    """A page opened from disk."""
    width = options.pop("width", DESK)
    context = browser.new_context(viewport={"width": width, "height": 800}, **options)
    page = context.new_page()
    page.goto(path.as_uri())
    return page


ABSENT = Result(
    submission="Missing, Who Is", source="", student="Missing, Who Is", digest="", score=0.0,
    max_score=2.0, status=Status.MISSING, problem=say("Nothing was found that you handed in."),
)  # fmt: skip
ADJUSTED = Standing(
    final=1.5,
    final_max=5.0,
    is_adjusted=True,
    said=(say("{question}: not marked yet, 0 of {most} points so far.", question="Z" * 90, most=3),
          say("When this was handed in is not known: nothing was taken for lateness.")),
)  # fmt: skip
NOTE = say(
    "The shell command !{command} was not run: no program is started while grading.", command="ls"
)
CELL = CellReport(index=3, error="NameError: " + "y" * 200, traceback="line 3\n" + "z" * 300)
COLUMNS = (("Adam", "update_rule"), ("Adam", "a_test_case_with_a_rather_long_name"), ("SGD", "x"))


def _result(number: int) -> Result:
    """The first three have everything that a page can show; the others are for the table."""
    outcomes = [*Outcome][number % 7 :] + [*Outcome][: number % 7]
    cases = [
        _case(*column, outcome, number) for column, outcome in zip(COLUMNS, outcomes, strict=False)
    ]
    if number < 3:
        cases += [_case("all", outcome.value, outcome, number) for outcome in Outcome]
    name = "A student whose name is long 学生" if number == 0 else f"student{number:02}"
    return Result(
        submission=f"{name} {number}",
        source=f"{name}/{'x' * 60 if number == 0 else 'homework'}.ipynb",
        student=name,
        digest="ab" * 32,
        status=(Status.GRADED, Status.TIMEOUT, Status.GRADED, Status.UNREADABLE)[number % 4],
        score=float(number % 11),
        max_score=10.0,
        cases=tuple(cases),
        cells=(CELL,),
        notes=(NOTE,),
        problem=say("{file} {reason}.", file="x.ipynb", reason=say("is empty: hand it in again"))
        if number % 4 == 3
        else None,
        figures=(_picture(),) if number == 0 else (),
    )  # fmt: skip


def _case(question: str, name: str, outcome: Outcome, number: int) -> CaseResult:
    wrong = outcome is Outcome.FAILED
    value = Words("{entry} is {own}, which is not right{count}.", (
        ("name", "W1"), ("place", "[0, 3]"), ("own", "-0.25"), ("count", "")))  # fmt: skip
    return CaseResult(
        question=question,
        test_case=name,
        hidden=name != "x",
        outcome=outcome,
        points=float(outcome is Outcome.PASSED),
        max_points=1.0,
        said=(value,) if wrong else (),
        hint=say("Rows and columns are exchanged.") if wrong else None,
        mistake=50 + number % 5 if wrong else None,
        example=Example(f"x = np.array({[0.25] * 40})\nprint(f(x))", "[1 2]", "[1 3]")
        if wrong else None,
        traceback="cell 4, line 12" if outcome is Outcome.ERROR else "",
        warnings=(say("{name} holds floats; expected integers.", name="n"),),
    )  # fmt: skip


def _picture() -> Figure:
    with styled(2) as (drawing, (left, _)):
        left.plot([1, 2, 1.5], color=STUDENT, label="passed")
        left.legend()
    return Figure(question="all", caption="passed", alt="passed", image=svg(drawing))
