"""Points are Otter's: resolved by its rules, added up as it adds them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.course import testfile
from grader.errors import AssignmentError

POINT = st.none() | st.integers(0, 6) | st.floats(0, 6, allow_nan=False)
TOTAL = POINT | st.lists(POINT, max_size=4) | st.sampled_from(["3", True, [True], ["1"]])
CASES = st.lists(st.tuples(POINT, st.booleans()), min_size=1, max_size=4)


def source_of(total: object, cases: list[tuple[float | None, bool]], all_or_nothing: bool) -> str:
    """A test file whose test cases pass or fail as told."""
    lines = ["from otter.test_files import test_case", "OK_FORMAT = False", "name = 'q'"]
    lines += [f"points = {total!r}", f"all_or_nothing = {all_or_nothing}"]
    for index, (points, passes) in enumerate(cases):
        lines += [f"@test_case(points={points!r}, hidden=True)", f"def test_{index}():"]
        lines += [f"    assert {passes}"]
    return "\n".join(lines)


def otter_file(source: str) -> Any:
    reader = testfile.quiet_import("otter.test_files.exception_test").ExceptionTestFile
    return reader.from_string(source)


@given(total=TOTAL, cases=CASES, all_or_nothing=st.booleans())
def test_score_is_otters(
    total: object, cases: list[tuple[float | None, bool]], all_or_nothing: bool
) -> None:
    source = source_of(total, cases, all_or_nothing)
    try:
        theirs = otter_file(source)
    except Exception:
        with pytest.raises(AssignmentError, match="Otter refuses it"):
            testfile.parse(source, "q.py")
        return
    theirs.run({})
    question = testfile.parse(source, "q.py")
    assert [case.points for case in question.cases] == [c.points for c in theirs.test_cases]
    assert question.points == theirs.possible
    assert sum(testfile.score(question, [ok for _, ok in cases])) == theirs.score


def test_all_or_nothing_pays_nothing_for_a_part() -> None:
    question = testfile.parse(source_of(4, [(None, True), (None, False)], True), "q.py")
    assert testfile.score(question, [True, False]) == (0, 0)
    assert testfile.score(question, [True, True]) == (2, 2)


def test_points_left_over_are_shared_by_the_cases_that_name_none() -> None:
    question = testfile.parse(source_of(4, [(1, True), (None, True), (None, True)], False), "q.py")
    assert testfile.score(question, [True, True, False]) == (1, 1.5, 0)


def test_score_asks_for_one_answer_a_case() -> None:
    question = testfile.parse(source_of(1, [(None, True)], False), "q.py")
    with pytest.raises(ValueError, match="zip"):
        testfile.score(question, [True, False])


@pytest.mark.parametrize("points", ["-1", "float('nan')", "float('inf')"])
def test_points_no_course_can_mean_are_refused(points: str) -> None:
    source = source_of(None, [(1, True)], False).replace("points=1", f"points={points}")
    with pytest.raises(AssignmentError, match="not negative"):
        testfile.parse(source, "q.py")
