"""Doctests, and tests that came with a notebook: how they are read, and what an answer becomes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.bounds import PRINTED_CHARACTERS
from grader.course import doctests, testfile, untrusted
from grader.course.testfile import TestCase, score
from grader.errors import AssignmentError
from grader.sandbox.outside.told import student_error

from .test_fromotter import ok


class Told:
    """In place of a student's names: what a worker tells of the examples."""

    def __init__(self, answer: Any) -> None:
        self.answer, self.asked = answer, list[Any]()

    def examples(self, sources: list[str], seconds: float) -> Any:
        self.asked.append((sources, seconds))
        return self.answer


def the_case(code: str, *, hidden: bool = False) -> TestCase:
    question = doctests.parse(ok("q", code, hidden=hidden), Path("q.py"), seconds=3.0)
    return question.cases[0]


def outcome(case: TestCase, answer: Any) -> str:
    """What the test case says: "" if it passed."""
    try:
        case.function(env=Told(answer))
    except AssertionError as error:
        return str(error) or "failed"
    return ""


@pytest.mark.parametrize(
    ("code", "told", "said"),
    [
        (">>> f(2)\n4", ("4\n", "", ""), ""),
        (">>> f(2)\n4", ("5\n", "", ""), "f(2) gives 5; asked for is 4."),
        (">>> f(2)\n4", ("", "", ""), "f(2) gives (no output); asked for is 4."),
        (">>> x = 1", ("", "", ""), ""),
        (">>> x = 1", ("noise\n", "", ""), "x = 1 gives noise; asked for is (no output)."),
        (">>> f(2)\n4", ("4\n", "ValueError", "ValueError: no"), "f(2) raises ValueError: no."),
        (">>> f(2)\n4.0  # doctest: +ELLIPSIS", ("4.0\n", "", ""), "f(2) gives 4.0"),
        (">>> f(2)  # doctest: +ELLIPSIS\n4...9", ("4.00009\n", "", ""), ""),
        (">>> f(2)  # doctest: +NORMALIZE_WHITESPACE\n[1, 2]", ("[1,\n  2]\n", "", ""), ""),
        (">>> f(2)\n[1, 2]", ("[1,  2]\n", "", ""), "f(2) gives [1,  2]"),
        (">>> f(0)\nTraceback (most recent call last):\n    ...\nValueError: no",
         ("", "ValueError", "ValueError: no\n"), ""),
        (">>> f(0)\nTraceback (most recent call last):\n    ...\nValueError: no",
         ("", "ValueError", "ValueError: yes\n"), "f(0) raises ValueError: yes."),
        (">>> f(0)\nTraceback (most recent call last):\n    ...\nValueError: no",
         ("", "", ""), "f(0) gives (no output)"),
        (">>> f(0)  # doctest: +IGNORE_EXCEPTION_DETAIL\nTraceback (most recent call last):\n"
         "ValueError: no", ("", "ValueError", "my.module.ValueError: yes\n"), ""),
        (">>> f(0)  # doctest: +IGNORE_EXCEPTION_DETAIL\nTraceback (most recent call last):\n"
         "ValueError: no", ("", "KeyError", "KeyError: no\n"), "f(0)"),
    ],
)  # fmt: skip
def test_an_example_is_compared_as_doctest_does(
    code: str, told: tuple[str, str, str], said: str
) -> None:
    case = the_case(code)
    assert said in (found := outcome(case, [told]))
    assert bool(found) == bool(said)
    assert outcome(the_case(code, hidden=True), [told]) == ("failed" if said else "")


def test_all_examples_of_a_case_must_hold() -> None:
    case = the_case(">>> f(1)\n1\n>>> f(2)\n2")
    assert outcome(case, [("1\n", "", ""), ("2\n", "", "")]) == ""
    assert outcome(case, [("1\n", "", ""), ("3\n", "", "")]) == "f(2) gives 3; asked for is 2."


def test_a_worker_is_asked_for_the_examples_and_their_time() -> None:
    told = Told([("", "", ""), ("", "", "")])
    the_case(">>> x = 1\n>>> y = 2").function(env=told)
    assert told.asked == [(["x = 1\n", "y = 2\n"], 3.0)]


def test_skipped_examples_are_not_asked_for() -> None:
    told = Told(None)
    the_case(">>> f(1)  # doctest: +SKIP\n1").function(env=told)
    assert told.asked == []


@pytest.mark.parametrize("hidden", [True, False])
@given(
    answer=st.none()
    | st.text()
    | st.lists(st.tuples(st.none() | st.integers(), st.text(), st.text()) | st.binary(), max_size=2)
    | st.lists(st.tuples(st.just("1\n"), st.just("")), max_size=1)
    | st.lists(st.just(("1\n", "", "")), min_size=2, max_size=3)
)
def test_an_answer_of_another_form_passes_nothing(hidden: bool, answer: Any) -> None:
    assert outcome(the_case(">>> f(1)\n1", hidden=hidden), answer) == "failed"


def test_long_output_is_cut() -> None:
    said = outcome(the_case(">>> f(1)\n1"), [("x" * 10_000, "", "")])
    assert "x" * PRINTED_CHARACTERS + " ..." in said
    assert len(said) < PRINTED_CHARACTERS + 100


@pytest.mark.parametrize(
    ("codes", "names"),
    [
        ([">>> f(g(2))\n4"], ("f", "g")),
        ([">>> x = f(1)\n>>> x + y\n2"], ("f", "y")),
        ([">>> import numpy as np\n>>> np.abs(f(1))\n1"], ("f",)),
        ([">>> import os.path\n>>> os.sep\n'/'"], ()),
        ([">>> [f(i) for i in range(3)]\n[0]"], ("f",)),
        ([">>> def helper(a):\n...     return a + b\n>>> helper(1)\n2"], ("b",)),
        ([">>> class C:\n...     pass\n>>> C().n\n2"], ()),
        ([">>> f(\nTraceback (most recent call last):\nSyntaxError: x", ">>> g\n1"], ("g",)),
        ([">>> f(1)\n1", ">>> g(1)\n1", ">>> f(2)\n2"], ("f", "g")),
        ([">>> print(len([True]))\n1"], ()),
    ],
)
def test_students_are_asked_for_what_a_doctest_does_not_define(
    codes: list[str], names: tuple[str, ...]
) -> None:
    question = doctests.parse(ok("q", *codes), Path("q.py"), seconds=1.0)
    assert doctests.names_asked([question]) == names
    assert doctests.holds(question)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("test = 1 / 0", "ZeroDivisionError"),
        ("test = {}", "cannot be read as a test file in OK format ("),
        ("tset = {}", "KeyError: 'test'"),
        ("test = (", "SyntaxError"),
        (ok("q"), "has no test case"),
        (ok("q", ">>> f(1)\n1", points=[1, 2]), "OK format"),
        (ok(" ", ">>> f(1)\n1"), "has the name ' '"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_file(source: str, said: str) -> None:
    with pytest.raises(AssignmentError) as caught:
        doctests.parse(source, Path("folder/q.py"), seconds=1.0)
    assert str(caught.value).startswith("folder/q.py")
    assert said in str(caught.value)


def functions(name: str, **more: str) -> str:
    """A test file of functions with these messages."""
    given = "".join(f", {key}={value!r}" for key, value in more.items())
    return (
        "from otter.test_files import test_case\nOK_FORMAT = False\n"
        f"name = {name!r}\n@test_case(hidden=False{given})\ndef test_it(f):\n    assert f\n"
    )


@pytest.mark.parametrize("messages", [{}, {"success_message": "Yes.", "failure_message": "No."}])
@pytest.mark.parametrize("kind", ["doctests", "functions", "carried functions"])
def test_messages_are_texts_empty_where_none_are_given(kind: str, messages: dict[str, str]) -> None:
    if kind == "doctests":
        test = {"name": "q", "suites": [{"cases": [{"code": ">>> f(1)\n1", **messages}]}]}
        question = doctests.of_spec(test, "q.py", seconds=1.0)
    elif kind == "functions":
        question = testfile.parse(functions("q", **messages), "q.py")
    else:
        question = untrusted.parse(functions("q", **messages), "q.py", seconds=1.0)
    (case,) = question.cases
    assert (case.success_message, case.failure_message) == (
        messages.get("success_message", ""), messages.get("failure_message", ""),
    )  # fmt: skip


# Exception-based tests that came with a notebook


TEST = """\
import otter
from otter.test_files import test_case
import numpy as np
OK_FORMAT = False
name = "square"
points = 3
all_or_nothing = True
LIMIT = 4

@test_case(points=1, hidden=True, success_message="Yes.", failure_message="No.")
def test_two_squared(square):
    assert square(2) == LIMIT
    assert square(
        3) == 9

@otter.test_files.test_case("again", None)
def test_env(env, square, *, base):
    assert env["square"](base) == 1

def helper(x):
    return x
"""


def carried(source: str = TEST) -> tuple[TestCase, ...]:
    return untrusted.parse(source, "hw.ipynb, test square", seconds=2.0).cases


def test_a_file_is_read_and_nothing_of_it_is_executed() -> None:
    question = untrusted.parse(TEST + "\n1 / 0\n", "there", seconds=2.0)
    assert (question.name, question.file, question.all_or_nothing) == ("square", "there", True)
    assert score(question, [True, True]) == (1.0, 2.0)
    first, second = question.cases
    assert (first.name, first.title, first.parameters) == (
        "square - 1", "Two squared", ("square", "env"),
    )  # fmt: skip
    assert (first.success_message, first.failure_message, first.hidden) == ("Yes.", "No.", False)
    assert (second.name, second.title, second.hidden) == ("again", "Again", False)
    assert second.parameters == ("env", "square", "base")


def test_what_runs_in_the_worker_holds_no_otter_and_no_decorator() -> None:
    told = Told([("", "", "")])
    carried()[1].function(env=told)
    ((call,), seconds) = told.asked[0]
    space: dict[str, Any] = {"square": lambda x: x, "base": 1}
    exec(call, space)  # as the worker does, where Otter need not be installed
    assert (seconds, "test_case" in call) == (2.0, False)
    space["base"] = 2
    with pytest.raises(AssertionError):
        exec(call, space)


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (("", "", ""), ""),
        (("noise\n8 0\n", "AssertionError", "AssertionError\n"), "failed"),
        (("\n8 0\n", "AssertionError", "AssertionError: twice\n"), "twice"),
        (("\n0 2\n", "ImportError", "ImportError: no torch\n"),
         "The test itself cannot be run here: ImportError: no torch"),
        (("no place", "AssertionError", "AssertionError: a: b\n"), "a: b"),
        (("8 0 0", "AssertionError", "AssertionError: a\n"), "a"),
        (("8", "AssertionError", "AssertionError: a\n"), "a"),
        (("", "AssertionError", ""), "failed"),
        (("\n-1 0\n", "AssertionError", "AssertionError"), "failed"),
    ],
)  # fmt: skip
def test_what_failed_in_the_worker_becomes_a_sentence(
    told: tuple[str, str, str], said: str
) -> None:
    assert outcome(carried()[0], [told]) == said


def test_an_assert_without_words_is_shown() -> None:
    """The line is that of the file as it runs, whose own asserts are all that can be shown."""
    said = [
        outcome(carried()[0], [(f"\n{line} 0\n", "AssertionError", "AssertionError")])
        for line in range(1, 20)
    ]
    assert [text for text in said if text != "failed"] == [
        "This does not hold: assert square(2) == LIMIT",
        "This does not hold: assert square(3) == 9",
        "This does not hold: assert env['square'](base) == 1",
    ]


@pytest.mark.parametrize(
    ("name", "line", "kind", "is_students"),
    [
        ("ValueError", "\n8 1\n", ValueError, True),
        ("ValueError", "\n8 0\n", ValueError, False),
        ("MyError", "\n8 1\n", RuntimeError, True),
        ("MyError", "\n8 0\n", Exception, False),
        ("SystemExit", "\n8 0\n", Exception, False),
        ("print", "\n8 0\n", Exception, False),
    ],
)
def test_an_error_is_the_students_if_it_came_out_of_their_code(
    name: str, line: str, kind: type[Exception], is_students: bool
) -> None:
    with pytest.raises(Exception, match="it") as caught:
        carried()[0].function(env=Told([(line, name, f"{name}: it\n")]))
    assert isinstance(caught.value, kind)
    assert (student_error(caught.value) is not None) is is_students


@given(answer=st.none() | st.text() | st.lists(st.none() | st.tuples(st.text(), st.integers())))
def test_another_answer_passes_nothing(answer: Any) -> None:
    assert outcome(carried()[0], answer) == "failed"


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        ('name = "square"', "", ValueError),
        ('name = "square"', "name = 3", ValueError),
        ('name = "square"', "name = str(3)", ValueError),
        ("points = 3", "points = [1]", ValueError),
        ("points = 3", "points = 0.5", ValueError),
        ("points = 3", "points = '3'", TypeError),
        ("points=1", "points=one", ValueError),
        ("def test_two_squared(square)", "def test_two_squared(*square)", ValueError),
        ("def test_two_squared(square)", "def test_two_squared(square, /)", ValueError),
        ("def test_two_squared(square)", "def test_two_squared(**square)", ValueError),
        ("def helper(x)", "def helper(x", SyntaxError),
        ('"again"', '"square - 1"', AssignmentError),
        ("points=1", "points=-1", AssignmentError),
    ],
)
def test_what_cannot_be_read_raises(old: str, new: str, error: type[Exception]) -> None:
    assert old in TEST
    with pytest.raises(error):
        carried(TEST.replace(old, new))
