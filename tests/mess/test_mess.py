"""Honest but messy hand-ins, each with its outcome: nothing that a student may do costs points.

The rows stand in the tables beside this file, one table a kind of mess.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable

import pytest

from grader.model import Result
from tests.cases import spread

from . import (
    absent,
    bases,
    classes,
    displays,
    exports,
    failing,
    formats,
    habits,
    imports,
    kernels,
    lacking,
    magics,
    modules,
    shallow,
    trees,
)
from .handed import Mess

pytestmark = pytest.mark.slow
TABLES = (
    formats,
    failing,
    magics,
    displays,
    modules,
    habits,
    classes,
    shallow,
    trees,
    imports,
    kernels,
    exports,
    absent,
    bases,
    lacking,
)
ROWS = [row for table in TABLES for row in table.ROWS]


@pytest.mark.parametrize("mess", spread(ROWS, 3), ids=str)
def test_mess(grade: Callable[[Mess], Result], mess: Mess) -> None:
    if mess.absent and importlib.util.find_spec(mess.absent) is not None:
        pytest.skip(f"{mess.absent} is installed")
    result = grade(mess)
    lost = {case.test_case: str(case.outcome) for case in result.cases if case.outcome != "passed"}
    errors = [str(cell.error) for cell in result.cells if cell.error is not None]
    assert lost == dict(mess.lost), (errors, [case.message for case in result.cases])
    earned = sum(case.max_points for case in result.cases if case.test_case not in mess.lost)
    assert (str(result.status), result.score) == (mess.status, earned), errors
    _match(mess.errors, errors, str.startswith)
    _match(mess.notes, list(map(str, result.notes)), str.__contains__)
    if mess.said:
        assert mess.said in next(c.message for c in result.cases if c.outcome != "passed")


def _match(wanted: tuple[str, ...], found: list[str], fits: Callable[[str, str], bool]) -> None:
    """Each of *wanted* fits one of *found*, and none is left."""
    left = list(found)
    for part in wanted:
        fitting = [text for text in left if fits(text, part)]
        assert fitting, (part, found)
        left.remove(fitting[0])
    assert not left, left


def test_names_tell_rows_apart() -> None:
    assert len({row.name for row in ROWS}) == len(ROWS) >= 60
