"""Each question's mean, deviation and discrimination over a class."""

from __future__ import annotations

import pytest

from grader.report.questions import Question, Questions

from .results import case, result


def collected(*points: tuple[float, float, float]) -> list[Question]:
    questions = Questions()
    for first, second, third in points:
        questions.add(
            result(
                cases=(
                    case(question="A", points=first, max_points=2.0),
                    case(question="B", points=second, max_points=1.0),
                    case(question="B", test_case="more", points=third, max_points=3.0),
                )
            )
        )
    return questions.all()


def test_against_numbers_reckoned_by_hand() -> None:
    a, b = collected((2.0, 1.0, 3.0), (1.0, 1.0, 1.0), (0.0, 0.0, 0.0))
    assert (a.name, a.mean) == ("A", 0.5)
    assert a.deviation == pytest.approx((2 / 3) ** 0.5 / 2)
    assert b.mean == pytest.approx(0.5)
    assert a.discrimination == pytest.approx(1.0)
    (c, _) = collected((2.0, 0.0, 0.0), (1.0, 0.0, 2.0), (0.0, 1.0, 3.0))
    assert c.discrimination == pytest.approx(-1.0)


@pytest.mark.parametrize(
    "points", [[(2.0, 1.0, 3.0), (0.0, 0.0, 0.0)], [(1.0, 0.0, 1.0)] * 5], ids=["few", "equal"]
)
def test_no_discrimination_where_there_is_none(points: list[tuple[float, float, float]]) -> None:
    assert [question.discrimination for question in collected(*points)] == [None, None]


def test_what_was_not_run_does_not_count() -> None:
    questions = Questions()
    questions.add(result())
    assert questions.all() == []
