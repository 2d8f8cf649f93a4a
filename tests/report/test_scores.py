"""scores.csv: its columns, its numbers, its order, and no surprise in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from grader.model import Outcome, Result, Standing, Status
from grader.report.scores import scores_lines

from .results import case, result, results

COLUMNS = (("SGD", "a"), ("Adam", "first_step"))


def scores_csv(several: Iterable[Result], columns: tuple[tuple[str, str], ...] = COLUMNS) -> str:
    ordered = sorted(several, key=lambda result: result.submission)
    return "".join(scores_lines(((r, Standing()) for r in ordered), columns=columns))


def test_the_table() -> None:
    alice = result(
        cases=(
            case(question="Adam", points=1 / 3, max_points=1.0, outcome=Outcome.FAILED),
            case(question="SGD", test_case="a", points=2.0, max_points=2.0),
        ),
        score=2 + 1 / 3,
        max_score=3.0,
    )
    lost = result(submission="Bob", status=Status.UNREADABLE, score=0.0, source="b, c.ipynb")
    fault = result(submission="carol", status=Status.FAULT, score=None, cases=alice.cases)
    assert scores_csv([fault, alice, lost]) == (
        "submission,source,student,status,score,max_score,SGD/a,Adam/first_step\n"
        'Bob,"b, c.ipynb",Alice,unreadable,0,2,0,0\n'
        "alice,alice.ipynb,Alice,graded,2.333333333,3,2,0.3333333333\n"
        "carol,alice.ipynb,Alice,fault,,2,,\n"
    )


def test_no_submissions() -> None:
    table = scores_csv([])
    assert table == "submission,source,student,status,score,max_score,SGD/a,Adam/first_step\n"


@given(st.lists(results(), max_size=5, unique_by=lambda r: r.submission))
def test_any_results_make_a_table(many: list[Result]) -> None:
    table = scores_csv(many)
    assert "\r" not in table
    rows = list(csv.reader(io.StringIO(table.encode().decode(), newline="")))
    assert len(rows) == table.count("\n") == len(many) + 1
    assert all(len(row) == 8 for row in rows)
    assert not any(cell[:1] in set("=+-@\t\r") for row in rows for cell in row if cell)


def test_formulas_are_text() -> None:
    row = scores_csv([result(student='=HYPERLINK("http://x")\n+1')], columns=()).splitlines()[1]
    assert next(csv.reader([row]))[2] == '\'=HYPERLINK("http://x")_+1'
