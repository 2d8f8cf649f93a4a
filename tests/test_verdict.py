"""What a test case's result says, by what the student's objects did: no worker is needed."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from grader.bounds import SAID_CHARACTERS
from grader.checks import CheckFailure, CheckWarning
from grader.course.testfile import TestCase
from grader.judge.diagnose import Trace
from grader.judge.diagnose.replay import LocalRemote
from grader.judge.verdict import judge, lacking, stopped_at, without
from grader.model import CaseResult, Outcome
from grader.sandbox.outside.host import Stopped
from grader.sandbox.outside.proxy import Environment
from grader.sandbox.outside.told import raised
from grader.sandbox.wire.protocol import Parcel, Raised, Stop
from grader.words import Words, say

from .test_missing import clues

UNJUDGED = CaseResult(
    question="q", test_case="t", hidden=True, outcome=Outcome.PASSED, points=0.0, max_points=1.0
)


def verdict(
    function: Callable[..., object],
    *cells: str,
    hidden: bool = True,
    source: str = "",
    **given: Any,
) -> CaseResult:
    """The result of a test case, given these objects of the student's."""
    case = TestCase(
        name="t", points=1.0, hidden=hidden, function=function, source=source,
        parameters=tuple(given), failure_message="It is wrong.", success_message="It is right.",
    )  # fmt: skip
    environment = Environment(LocalRemote(given), list(given))
    return judge(case, environment, UNJUDGED, Trace(), clues(*cells))


def fails(error: Exception) -> Callable[[], None]:
    def function() -> None:
        raise error

    return function


def students(kind: str, message: str = "", limit: Stop = Stop.NONE) -> Exception:
    return raised(
        Raised(
            kind=kind, name=kind, message=message, traceback="lines", limit=limit, parcel=Parcel()
        )
    )


def test_what_holds_is_passed_with_its_message() -> None:
    result = verdict(lambda double: None, double=len)
    assert (result.outcome, result.message) == (Outcome.PASSED, "It is right.")


@pytest.mark.parametrize(
    ("error", "hidden", "said"),
    [
        (AssertionError("the secret is 4"), True, []),
        (AssertionError("it is 4"), False, ["it is 4"]),
        (AssertionError(), False, []),
        (CheckFailure("x is 3.", expected="4"), True, ["x is 3."]),
        (CheckFailure("x is 3.", expected="4"), False, ["x is 3. Expected: 4."]),
        (CheckFailure("x is 3."), False, ["x is 3."]),
        (CheckFailure(""), True, []),
        (CheckFailure("y" * (SAID_CHARACTERS + 1)), True, ["y" * SAID_CHARACTERS]),
        (KeyError("the secret"), True, ["What your code returned could not be used."]),
        (KeyError("W"), False, ["What your code returned could not be used (KeyError: 'W')."]),
    ],
    ids=["hidden", "public", "without a message", "hidden check", "public check",
         "check without a right value", "empty check", "long check", "hidden error", "error"],
)  # fmt: skip
def test_what_fails_says_what_may_be_known(error: Exception, hidden: bool, said: list[str]) -> None:
    result = verdict(fails(error), hidden=hidden)
    assert result.outcome is Outcome.FAILED
    assert [str(words) for words in result.said] == ["It is wrong.", *said]


def test_there_is_always_something_said_of_what_fails() -> None:
    case = TestCase(name="t", points=1.0, hidden=True, function=fails(AssertionError()),
                    parameters=())  # fmt: skip
    result = judge(case, Environment(LocalRemote({}), []), UNJUDGED, Trace(), clues())
    assert result.message == "A wrong answer."
    passed = replace(case, function=lambda: None)
    assert judge(passed, Environment(LocalRemote({}), []), UNJUDGED, Trace(), clues()) == UNJUDGED


SOURCE = """
def test_sum(total):
    one = 1
    assert total(
        [one, 2]) == 3
    assert total([]) == 0
    assert total([5]) == 5, "the sum of one number is that number"
"""


@pytest.mark.parametrize(
    ("total", "hidden", "said"),
    [
        (lambda several: 4, False, "This does not hold: assert total([one, 2]) == 3"),
        (lambda several: 3, False, "This does not hold: assert total([]) == 0"),
        (lambda several: 3 * (len(several) > 1), False, "the sum of one number is that number"),
        (lambda several: 4, True, "It is wrong."),
    ],
)
def test_a_public_assert_is_shown_as_it_stands(
    total: Callable[..., int], hidden: bool, said: str
) -> None:
    space: dict[str, Any] = {}
    exec(compile(SOURCE, "q.py", "exec"), space)
    result = verdict(space["test_sum"], hidden=hidden, source=SOURCE, total=total)
    assert str(result.said[-1]) == said


def test_a_public_test_that_is_no_function_has_no_line_to_show() -> None:
    class Judged:
        def __call__(self) -> None:
            raise AssertionError

    assert verdict(Judged(), hidden=False, source=SOURCE).message == "It is wrong."


def test_a_sentence_keeps_the_fields_that_other_languages_need() -> None:
    sentence = say("{name} is not right.", name="W")
    assert verdict(fails(CheckFailure(sentence))).said[-1] == sentence


RAISED = "Your code raised "


@pytest.mark.parametrize(
    ("error", "outcome", "said"),
    [
        (students("ValueError", "no"), Outcome.ERROR, RAISED + "ValueError: no"),
        (students("NotImplementedError"), Outcome.ERROR, "This is not implemented yet."),
        (students("NotImplementedError", "later"), Outcome.ERROR,
         "This is not implemented yet (later)."),
        (students("MemoryError", "7 GB", Stop.MEMORY), Outcome.MEMORY,
         "Your code asked for more memory than it may use: 7 GB."),
        (students("MemoryError", "by hand"), Outcome.ERROR, RAISED + "MemoryError: by hand"),
        (students("TypeError", "'NoneType' object is not callable"), Outcome.ERROR,
         RAISED + "TypeError: 'NoneType' object is not callable\nCell 1 sets loss to None."),
        (students("AssertionError", "mine"), Outcome.ERROR, RAISED + "AssertionError: mine"),
    ],
)  # fmt: skip
def test_an_error_of_the_students_is_told_as_theirs(
    error: Exception, outcome: Outcome, said: str
) -> None:
    result = verdict(fails(error), "loss = None")
    assert (result.outcome, result.message) == (outcome, said)
    if outcome is Outcome.ERROR:
        assert result.traceback == "lines"


def test_what_was_done_before_the_error_is_told_last() -> None:
    error = students("ValueError", "no")
    error.grader_steps = say("It was after the second call.")  # type: ignore[attr-defined]
    assert verdict(fails(error)).message.splitlines() == [
        "Your code raised ValueError: no",
        "It was after the second call.",
    ]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (3, ["double has type int; expected a function or a class."]),
        ("f", ["double has type str; expected a function or a class."]),
        (np.ones(2), ["double has type ndarray; expected a function or a class."]),
        ([2.0], ["double has type list; expected a function or a class."]),
        (None, ["double is None; expected a function or a class.", "Cell 2 sets double to None."]),
    ],
)
def test_what_cannot_be_called_is_named(value: object, said: list[str]) -> None:
    result = verdict(lambda double: double(2), "x = 1", "double = None", double=value)
    assert result.outcome is Outcome.FAILED
    assert [str(words) for words in result.said] == said


def test_of_what_is_given_only_that_which_was_called_is_named() -> None:
    result = verdict(lambda f, g: g(2), f=1.5, g=3)
    assert result.message == "g has type int; expected a function or a class."


def test_a_type_error_of_another_kind_is_no_call() -> None:
    result = verdict(lambda f: len(f), f=3, hidden=False)
    assert "could not be used (TypeError: object of type 'int' has no len())" in result.message


@pytest.mark.parametrize("fails_too", [False, True])
def test_what_was_accepted_is_told_once_whatever_becomes_of_the_test(fails_too: bool) -> None:
    def function() -> None:
        warnings.warn(CheckWarning("A list."), stacklevel=1)
        warnings.warn(CheckWarning("A list."), stacklevel=1)
        warnings.warn("not for students", stacklevel=1)
        assert not fails_too

    assert verdict(function).warnings == (Words("A list."),)


def test_the_trace_knows_how_it_ended() -> None:
    trace = Trace()
    case = TestCase(name="t", points=1.0, hidden=True, function=fails(CheckFailure("no")),
                    parameters=())  # fmt: skip
    judge(case, Environment(LocalRemote({}), []), UNJUDGED, trace, clues())
    assert trace.ending == ("check", "value", "", "no")


# What ended before anything could be judged


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["f"], ["f was never defined: check the spelling"]),
        (["f", "g"], ["f, g were never defined: check the spelling"]),
        (["f", "loss"], ["It is in a comment.", "f was never defined"]),
        (["loss"], ["It is in a comment."]),
    ],
)
def test_names_that_are_missing(names: list[str], said: list[str]) -> None:
    result = lacking(UNJUDGED, names, {"loss": say("It is in a comment.")})
    assert result.outcome is Outcome.MISSING
    assert len(result.said) == len(said)
    assert all(part in str(words) for part, words in zip(said, result.said, strict=True))


@pytest.mark.parametrize(
    ("reason", "traceback", "said"),
    [
        (Stop.TIMEOUT, "", ["took too long here: 5 s."]),
        (Stop.TIMEOUT, "while True", ["took too long here: 5 s.", "Does a loop never end?"]),
        (Stop.MEMORY, "while True", ["asked for more memory than it may use: 5 s."]),
        (Stop.CRASH, "", ["The process that ran your code ended: 5 s."]),
    ],
)
def test_a_limit_that_was_reached(reason: Stop, traceback: str, said: list[str]) -> None:
    result = stopped_at(UNJUDGED, Stopped(reason, say("5 s"), traceback=traceback))
    assert (result.outcome.value, result.traceback) == (reason.value, traceback)
    assert len(result.said) == len(said)
    assert all(part in str(words) for part, words in zip(said, result.said, strict=True))


def test_what_needs_a_missing_module_is_no_wrong_answer() -> None:
    result = without(UNJUDGED, [say("It needs torch.")])
    assert (result.outcome, result.message) == (Outcome.ERROR, "It needs torch.")
