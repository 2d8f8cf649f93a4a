"""scores.csv: one row per submission, one column per test case.

Columns: ``submission,source,student,status,score,max_score``, optional ones, then the points
of each ``QUESTION/TESTCASE``; no numbers where the grader itself failed (``fault``).  Optional
are ``student_id``, ``attempts``, ``final`` (the score after adjust.toml) and ``final_max``
(which counts questions that people mark, too).  Equal results give equal bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from grader.model import Result, Standing, Status
from grader.report.text import cell, csv_text, number

COLUMNS = ("submission", "source", "student", "status", "score", "max_score")


def scores_lines(
    rows: Iterable[tuple[Result, Standing]],
    *,
    columns: Sequence[tuple[str, str]],
    extra: Sequence[str] = (),
) -> Iterator[str]:
    """Yield the lines of scores.csv, the header first, for ``rows`` sorted by submission.

    ``columns`` are the assignment's (question, test case) pairs, ``extra`` the names of
    optional columns.  A test case without an outcome, as of an unreadable submission, counts 0.
    """
    head = [*COLUMNS, *extra, *(cell(f"{question}/{case}") for question, case in columns)]
    yield csv_text([head], end="\n")
    for result, standing in rows:
        optional = _optional(standing)
        row = _row(result, [optional[name] for name in extra], columns)
        yield csv_text([row], end="\n")


def _optional(standing: Standing) -> dict[str, str]:
    final = "" if standing.final is None else number(standing.final)
    return {
        "student_id": cell("; ".join(standing.ids)),
        "attempts": str(standing.attempts),
        "final": "excused" if standing.is_excused else final,
        "final_max": number(standing.final_max),
    }


def _row(result: Result, extra: list[str], columns: Sequence[tuple[str, str]]) -> list[str]:
    names = [cell(result.submission), cell(result.source), cell(result.student), result.status]
    if result.status is Status.FAULT or result.score is None:
        return [*names, "", number(result.max_score), *extra, *("" for _ in columns)]
    points = {(case.question, case.test_case): case.points for case in result.cases}
    scores = [number(points.get(column, 0.0)) for column in columns]
    return [*names, number(result.score), number(result.max_score), *extra, *scores]
