"""Honest but messy hand-ins under Otter's own test files: never more points there than here.

The cells run in Otter's process, so only those hand-ins are asked about that lie in one
notebook and reach for nothing of the machine.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from grader.course.assignment import Assignment
from grader.judge.grade import Grader
from grader.model import Outcome, Status
from grader.sandbox.outside.host import Zygote
from tests.otter.otters import Otter

from .conftest import handed_in
from .handed import Mess
from .test_mess import ROWS

pytestmark = pytest.mark.slow
UNSAFE = re.compile(
    r"\b(os|sys|subprocess|socket|ctypes|signal|multiprocessing|threading|shutil|asyncio|joblib"
    r"|concurrent|pip|endless|down|colab|usetex|style|open|Path|write_text|urllib|requests|pickle|input|exit|quit|webbrowser|venv)\b"
    r"|^\s*(!|%(?!matplotlib|config|time))|^\s*%%|= *!|get_ipython",
    re.MULTILINE,
)
STOPPED = {Outcome.TIMEOUT, Outcome.MEMORY, Outcome.CRASH}


@pytest.mark.parametrize("course", ["doubling", "scaling", "shallow_narrow"])
@pytest.mark.parametrize("every", [25, pytest.param(1, marks=pytest.mark.long)])
def test_otter_gives_no_more_points(
    course: str,
    every: int,
    courses: dict[str, Assignment],
    zygote: Zygote,
    otter: Otter,
    tmp_path: Path,
) -> None:
    asked = courses[course]
    grader = Grader(asked, zygote=zygote)
    ours: dict[str, float] = {}
    cells: dict[str, Sequence[str]] = {}
    for number, mess in enumerate(_alone(course)[::every]):
        submission = handed_in(mess, tmp_path / str(number), names=asked.names)
        if not submission.cells or any(map(UNSAFE.search, submission.cells)):
            continue
        result = grader.grade(submission)
        stopped = STOPPED & {case.outcome for case in result.cases}
        if result.status is Status.GRADED and not stopped:
            assert result.score is not None
            ours[mess.name], cells[mess.name] = result.score, submission.cells
    assert ours
    answers = otter.by_test_files(asked, cells)
    theirs = {name: answer["score"] for name, answer in answers.items()}
    more = {name: (ours[name], theirs[name]) for name in theirs if theirs[name] > ours[name]}
    assert more == {}


def _alone(course: str) -> list[Mess]:
    return [mess for mess in ROWS if mess.course == course and len(mess.files) == 1]
