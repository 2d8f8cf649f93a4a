"""scores.csv: its columns, its numbers, its order, and no surprise in a spreadsheet."""

from __future__ import annotations

import csv
import io
import random

from hypothesis import given
from hypothesis import strategies as st

from grader.model import Outcome, Result, Status
from grader.report.scores import scores_csv

from .results import case, result, results

COLUMNS = (("SGD", "a"), ("Adam", "first_step"))


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
    assert scores_csv([fault, alice, lost], columns=COLUMNS) == (
        "submission,source,student,status,score,max_score,SGD/a,Adam/first_step\n"
        'Bob,"b, c.ipynb",Alice,unreadable,0,2,0,0\n'
        "alice,alice.ipynb,Alice,graded,2.333333333,3,2,0.3333333333\n"
        "carol,alice.ipynb,Alice,fault,,2,,\n"
    )


def test_no_submissions() -> None:
    table = scores_csv([], columns=COLUMNS)
    assert table == "submission,source,student,status,score,max_score,SGD/a,Adam/first_step\n"


@given(st.lists(results(), max_size=5, unique_by=lambda r: r.submission), st.randoms())
def test_the_order_of_results_does_not_matter(many: list[Result], shuffle: random.Random) -> None:
    table = scores_csv(many, columns=COLUMNS)
    shuffle.shuffle(many)
    assert scores_csv(iter(many), columns=COLUMNS) == table
    assert "\r" not in table
    rows = list(csv.reader(io.StringIO(table.encode().decode(), newline="")))
    assert len(rows) == table.count("\n") == len(many) + 1
    assert all(len(row) == 8 for row in rows)
    assert not any(cell[:1] in set("=+-@\t\r") for row in rows for cell in row if cell)


def test_formulas_are_text() -> None:
    row = scores_csv([result(student='=HYPERLINK("http://x")\n+1')], columns=()).splitlines()[1]
    assert next(csv.reader([row]))[2] == '\'=HYPERLINK("http://x")_+1'
