"""What ends where nobody asked for it is logged: our own errors loudly, a student's quietly."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
import pytest

from grader.checks import CheckFailure
from grader.checks.scenario import Caller, Run
from grader.checks.scenario.using import Used
from grader.errors import swallow
from grader.sandbox.outside.told import as_students
from grader.sandbox.wire.arrays import fill


def _unequal() -> None:
    raise ValueError("of a test file, or of a reference")


def _of_ours() -> None:
    fill(1, 2)  # which writes into an array, or a dict


def _in_a_library_for_ours() -> None:
    fill(np.zeros(2), np.zeros(3))


def _of_a_student() -> None:
    raise as_students("TypeError", "no")


def _of_a_student_who_defines_no_function() -> None:
    Used(Caller(Run()), 5, len, made=False)()


def _of_a_check() -> None:
    raise CheckFailure("not right")


@pytest.mark.parametrize(
    ("fails", "level"),
    [
        (_of_ours, logging.ERROR),
        (_in_a_library_for_ours, logging.ERROR),
        (_unequal, logging.DEBUG),
        (_of_a_student, logging.DEBUG),
        (_of_a_student_who_defines_no_function, logging.DEBUG),
        (_of_a_check, logging.DEBUG),
    ],
)
def test_an_error_of_ours_is_loud(fails: Any, level: int, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "grader")
    try:
        fails()
    except Exception as error:
        swallow(error)
    (record,) = caplog.records
    assert (record.levelno, record.exc_info is not None) == (level, True)
    caplog.clear()
