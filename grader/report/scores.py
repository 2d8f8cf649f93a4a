"""scores.csv: one row a submission, one column a test case.

Columns: ``submission,source,student,status,score,max_score``, then the points of
each ``QUESTION/TESTCASE``; no numbers where the grader itself failed (``fault``).
Equal results give equal bytes, in whatever order they come.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from grader.model import Result, Status
from grader.report.text import cell, number

COLUMNS = ("submission", "source", "student", "status", "score", "max_score")


def scores_csv(results: Iterable[Result], *, columns: Sequence[tuple[str, str]]) -> str:
    """The table of ``results``; ``columns`` are the assignment's (question, test case) pairs.

    A test case that a submission has no outcome for (an unreadable one has none)
    counts 0 points.
    """
    ordered = sorted(results, key=lambda result: result.submission)
    return "".join(scores_lines(ordered, columns=columns))


def scores_lines(results: Iterable[Result], *, columns: Sequence[tuple[str, str]]) -> Iterator[str]:
    """The table's lines one by one, the header first, for ``results`` sorted by submission."""
    yield _line([*COLUMNS, *(cell(f"{question}/{case}") for question, case in columns)])
    for result in results:
        yield _line(_row(result, columns))


def _line(row: list[str]) -> str:
    file = io.StringIO(newline="")
    csv.writer(file, lineterminator="\n").writerow(row)
    return file.getvalue()


def _row(result: Result, columns: Sequence[tuple[str, str]]) -> list[str]:
    names = [cell(result.submission), cell(result.source), cell(result.student), result.status]
    if result.status is Status.FAULT or result.score is None:
        return [*names, "", number(result.max_score), *("" for _ in columns)]
    points = {(case.question, case.test_case): case.points for case in result.cases}
    scores = [number(points.get(column, 0.0)) for column in columns]
    return [*names, number(result.score), number(result.max_score), *scores]
