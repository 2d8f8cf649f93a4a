"""Pictures: how they travel, and that drawing one can fail without harm."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from results import case, result

from grader.model import Outcome, Result
from grader.report.figures import MAX_SVG, STUDENT, figures_of, packed, styled, svg
from grader.report.page import Figure
from tests.conftest import MakeCourse

DRAW = """
from grader.report.figures import styled

def draw(question, env):
    with styled() as (figure, (axis,)):
        axis.plot([env["double"](1), 2])
    yield figure, "Twice", "A line"
    {last}
"""


def _figure(size: int = 10) -> Figure:
    return Figure(question="q", caption="c", alt="a", image=b"x" * size)


def test_pictures_travel_with_a_result() -> None:
    figures = [_figure(), _figure(20)]
    assert figures_of(result(extra=packed(figures))) == figures
    assert figures_of(result()) == []


def test_a_picture_that_is_too_large_is_left_out() -> None:
    assert packed([_figure(MAX_SVG + 1)]) == {}


def test_a_drawing_is_small_reproducible_and_has_no_background() -> None:
    def drawn() -> bytes:
        with styled(2) as (drawing, (left, _)):
            left.plot([1, 2], color=STUDENT, label="yours")
            left.legend()
        return svg(drawing)

    assert drawn() == drawn()
    assert b">yours</text>" in drawn()
    assert b"fill: #ffffff" not in drawn()
    assert len(drawn()) < 30_000


@pytest.fixture
def draw(make_course: MakeCourse) -> Callable[..., list[Figure]]:
    """Draws for results of the small course, whose ``double`` is given."""
    from grader.pictures import Pictures

    def drawn(*outcomes: Outcome, double: object = float, last: str = "") -> list[Figure]:
        assignment = make_course()
        (assignment.folder / "figures.py").write_text(DRAW.format(last=last))
        cases = [case(question="double", outcome=outcome) for outcome in outcomes]
        extra = Pictures(assignment).draw(cases, {"double": double})  # type: ignore[arg-type]
        graded: Result = replace(result(), extra=json.loads(json.dumps(extra)))
        return figures_of(graded)

    return drawn


def test_a_question_with_a_wrong_answer_is_drawn_once(draw: Callable[..., list[Figure]]) -> None:
    (figure,) = draw(Outcome.FAILED, Outcome.ERROR, Outcome.PASSED)
    assert (figure.question, figure.caption, figure.alt) == ("double", "Twice", "A line")


@pytest.mark.parametrize("outcome", [Outcome.PASSED, Outcome.MISSING])
def test_what_has_no_wrong_answer_is_not_drawn(
    draw: Callable[..., list[Figure]], outcome: Outcome
) -> None:
    assert draw(outcome) == []


def test_what_fails_while_it_is_drawn_leaves_no_picture(draw: Callable[..., list[Figure]]) -> None:
    def broken(x: float) -> float:
        raise TypeError("a student's error")

    assert draw(Outcome.FAILED, double=broken) == []
