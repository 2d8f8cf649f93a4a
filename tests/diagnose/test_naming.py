"""Which mistake is named, and when none is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from grader.course.assignment import load
from grader.judge.diagnose import naming
from grader.judge.diagnose.match import evidence
from grader.judge.diagnose.table import Table
from grader.judge.diagnose.trace import Step, Trace
from grader.judge.grade import Grader
from grader.model import CaseResult, Outcome, Status, Submission
from grader.sandbox.outside.host import Zygote

from .conftest import GradeKnown


def _case(grade_known: GradeKnown, code: str, question: str, name: str | None = None) -> CaseResult:
    wanted = name or ("share" if question == "noise" else "values")
    cases = {(case.question, case.test_case): case for case in grade_known(code).cases}
    return cases[question, wanted]


@pytest.mark.parametrize(
    ("code", "question", "number"),
    [
        ("def double(x):\n    return x + x + x", "double", 1),
        ("def double(y):\n    return np.array([2 + v for v in y])", "double", 2),
        ("def double(x):\n    x[:] = 3 * x\n    return x", "double", 3),
        ("def double(x):\n    return (3 * x).tolist()", "double", 1),
        ("def double(values):\n    return values.doble()", "double", 8),
        ("def noise(n):\n    return np.random.uniform(0, 0.25, n)", "noise", 6),
        ("def noise(n):\n    return np.random.default_rng().random(n) ** 3", "noise", 7),
    ],
)
def test_a_mistake_is_named_however_it_is_written(
    grade_known: GradeKnown, code: str, question: str, number: int
) -> None:
    case = _case(grade_known, code, question)
    assert case.mistake == number
    assert case.message.endswith(f"Hint {number}.")


@pytest.mark.parametrize(
    "code",
    [
        "def double(x):\n    return 3.01 * x",
        "def double(x):\n    return x + np.array([2.0, 2.0, 2.0, 2.1])",
        "def double(x):\n    return x.missing()",
        "def double(x):\n    return None",
    ],
)
def test_what_no_mistake_explains_is_not_named(grade_known: GradeKnown, code: str) -> None:
    case = _case(grade_known, code, "double")
    assert case.outcome in (Outcome.FAILED, Outcome.ERROR)
    assert case.mistake is None
    assert "Hint" not in case.message


@pytest.mark.parametrize(
    ("code", "question", "message"),
    [
        (
            "def double(x):\n    raise NotImplementedError('here')",
            "double",
            "This is not implemented yet (here).",
        ),
        (
            "def noise(n):\n    np.random.random(n)\n    raise ValueError('no')",
            "noise",
            "Your code raised ValueError: no",
        ),
    ],
)
def test_code_that_raises_what_no_mistake_raises_is_told_that_and_no_more(
    grade_known: GradeKnown, code: str, question: str, message: str
) -> None:
    case = _case(grade_known, code, question)
    assert case.outcome is Outcome.ERROR
    assert case.mistake is None
    assert case.message.endswith(message)


def test_what_lives_on_from_test_case_to_test_case_is_replayed(grade_known: GradeKnown) -> None:
    code = "seen = []\ndef double(x):\n    seen.append(0)\n    n = len(seen)\n"
    late = "    return 2 * x + n if n > 1 else 2 * x"
    assert _case(grade_known, code + late, "double").outcome is Outcome.PASSED
    assert _case(grade_known, code + late, "double", "again").mistake == 10


def test_of_two_mistakes_that_do_the_same_none_is_named(grade_known: GradeKnown) -> None:
    case = _case(grade_known, "def mean(x):\n    return x.sum()", "mean")
    assert case.mistake is None
    assert "Hint" not in case.message


def test_a_case_that_passed_is_never_given_a_mistake(grade_known: GradeKnown) -> None:
    result = grade_known("def double(x):\n    return x + x")
    assert result.score == result.max_score
    assert all(case.mistake is None for case in result.cases)


def test_a_second_mistake_is_found_beside_the_first(grade_known: GradeKnown) -> None:
    code = "def double(x):\n    return 3 * x\ndef mean(x):\n    return 3 * len(x)"
    assert _case(grade_known, code, "double").mistake == 1
    assert _case(grade_known, code, "mean").mistake == 9


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("def double(x):\n    return -2 * x", "opposite sign"),
        ("def double(x):\n    return 4 * x", "same factor"),
        ("def double(x):\n    return 2 * x / len(x)", "shrinks with the number"),
        ("def double(x):\n    return 2 * x * len(x)", "grows with the number"),
    ],
)
def test_without_a_known_mistake_the_kind_of_difference_is_told(
    grade_known: GradeKnown, code: str, said: str
) -> None:
    case = _case(grade_known, code, "double")
    assert case.mistake is None
    assert said in case.message


def test_a_random_mistake_leaves_the_judges_own_draws_alone(grade_known: GradeKnown) -> None:
    import numpy as np

    before = np.random.get_state()[1].tolist()  # type: ignore[index]
    grade_known("def noise(n):\n    return np.random.rand(n) / 9")
    assert np.random.get_state()[1].tolist() == before  # type: ignore[index]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("3.01 * x", "np.array([v * 3.01 for v in x])", True),
        ("3.01 * x", "x + x + x * 1.01", True),
        ("3.01 * x", "3.02 * x", False),
        ("3.01 * x", "x.missing()", False),
    ],
)
def test_those_who_gave_the_same_unnamed_answer_are_known_by_it(
    grade_known: GradeKnown, one: str, other: str, same: bool
) -> None:
    first, second = (
        _case(grade_known, f"def double(x):\n    return {code}", "double").answer
        for code in (one, other)
    )
    assert first is not None
    assert first.code == f"def double(x):\n    return {one}"
    assert (second is not None and first.key == second.key) == same


@pytest.mark.parametrize("shape", [(3,), (1, 3)])
def test_numbers_are_compared_in_the_convention_of_their_shape(shape: tuple[int, ...]) -> None:
    def trace(values: list[float], shape: tuple[int, ...]) -> Trace:
        found = Trace()
        found.add(Step(operation="look", result={"dW": np.reshape(values, shape)}))
        return found

    right = [trace([1.0, 2.0, 3.0], shape) for shape in ((3,), (1, 3))]
    assert evidence(trace([1.0, 2.5, 3.5], shape), right, 9) == 2
    assert evidence(trace([1.0, 2.0, 3.0], shape), right, 9) == 0


def test_a_table_holds_what_came_new_after_each_time_that_it_was_written(tmp_path: Path) -> None:
    traces = [Trace(ending=("passed",)), Trace(ending=("raised", "TypeError"))]
    for trace in traces:
        trace.add(Step(operation="look", result={"x": trace.ending[0]}))
    table = Table(tmp_path)
    for trace in traces:
        table.of("double/values").setdefault(("traces", 1), []).append(trace)
        table.note_change("double/values")
        table.save()
    found = Table(tmp_path).of("double/values")[("traces", 1)]
    assert [(one.ending, one.steps) for one in found] == [(t.ending, t.steps) for t in traces]


@pytest.mark.parametrize("number", [2**63 - 1, 2**64, -(2**80)])
def test_a_table_holds_integers_of_any_size(tmp_path: Path, number: int) -> None:
    trace = Trace()
    trace.add(Step(operation="call", given=(number,), result=number))
    table = Table(tmp_path)
    table.of("double/values")["solution"] = trace
    table.note_change("double/values")
    table.save()
    found = Table(tmp_path).of("double/values")["solution"]
    assert found.steps == trace.steps


def _broken(*arguments: object) -> None:
    raise RuntimeError("a bug of ours")


def test_an_error_of_ours_costs_no_point_and_is_told_with_its_traceback(
    grade_known: GradeKnown, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(naming, "_Search", _broken)
    result = grade_known("def double(x):\n    return 3 * x")
    assert (result.score, result.status) == (2.5, Status.GRADED)
    (record,) = caplog.records
    assert "a bug of ours" in str(record.exc_info)
    caplog.clear()


def test_it_is_a_fault_where_the_assignment_is_verified(
    known: Path,
    zygote: Zygote,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(naming, "_Search", _broken)
    handed = Submission(
        name="a", source="a", student="a", digest="", cells=("def double(x):\n    return 3 * x",)
    )
    result = Grader(load(known), zygote=zygote, verifies=True).grade(handed)
    assert (result.status, result.score) == (Status.FAULT, None)
    assert "RuntimeError: a bug of ours" in str(result.problem)
    caplog.clear()
