"""scores.csv: one row a submission, one column a test case.

Columns: ``submission,source,student,status,score,max_score``, then the points of
each ``QUESTION/TESTCASE``; no numbers where the grader itself failed (``fault``).
Where there is something to say, ``student_id``, ``attempts``, ``final`` (after adjust.toml)
and ``final_max`` (where people mark questions, too) stand between the two.
Equal results give equal bytes, in whatever order they come.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from grader.model import Result, Standing, Status
from grader.report.text import cell, number

COLUMNS = ("submission", "source", "student", "status", "score", "max_score")


Rows = Iterable[tuple[Result, Standing]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Extra:
    """Which of the columns there are that stand only where there is something to say."""

    ids: bool = False
    attempts: bool = False
    final: bool = False
    final_max: bool = False

    def names(self) -> list[str]:
        """Their headings."""
        named = {
            "student_id": self.ids,
            "attempts": self.attempts,
            "final": self.final,
            "final_max": self.final_max,
        }
        return [name for name, there in named.items() if there]

    def cells(self, standing: Standing) -> list[str]:
        """What stands in them."""
        final = "" if standing.final is None else number(standing.final)
        cells = {
            "student_id": cell("; ".join(standing.ids)),
            "attempts": str(standing.attempts),
            "final": "excused" if standing.is_excused else final,
            "final_max": number(standing.final_max),
        }
        return [cells[name] for name in self.names()]


def scores_csv(results: Iterable[Result], *, columns: Sequence[tuple[str, str]]) -> str:
    """The table of ``results``; ``columns`` are the assignment's (question, test case) pairs.

    A test case that a submission has no outcome for (an unreadable one has none)
    counts 0 points.
    """
    ordered = sorted(results, key=lambda result: result.submission)
    return "".join(scores_lines(((result, Standing()) for result in ordered), columns=columns))


def scores_lines(
    rows: Rows, *, columns: Sequence[tuple[str, str]], extra: Extra | None = None
) -> Iterator[str]:
    """The table's lines one by one, the header first, for ``rows`` sorted by submission."""
    extra = extra or Extra()
    cases = (cell(f"{question}/{case}") for question, case in columns)
    yield _line([*COLUMNS, *extra.names(), *cases])
    for result, standing in rows:
        yield _line(_row(result, extra.cells(standing), columns))


def _line(row: list[str]) -> str:
    file = io.StringIO(newline="")
    csv.writer(file, lineterminator="\n").writerow(row)
    return file.getvalue()


def _row(result: Result, extra: list[str], columns: Sequence[tuple[str, str]]) -> list[str]:
    names = [cell(result.submission), cell(result.source), cell(result.student), result.status]
    if result.status is Status.FAULT or result.score is None:
        return [*names, "", number(result.max_score), *extra, *("" for _ in columns)]
    points = {(case.question, case.test_case): case.points for case in result.cases}
    scores = [number(points.get(column, 0.0)) for column in columns]
    return [*names, number(result.score), number(result.max_score), *extra, *scores]
