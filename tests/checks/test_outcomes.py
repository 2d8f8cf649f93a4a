"""Runs that raise, results that follow, parts that are believed: who keeps the points."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.checks import CheckFailure, CheckWarning
from grader.checks.carrying import Belief, Follows, Slope, are_alike, are_sensible
from grader.checks.exercise import Also, Exercise
from grader.checks.judging import each, same_as
from grader.checks.looking import listening, looked_at
from grader.checks.mixing import Mixture
from grader.checks.scenario import Run
from grader.course.testfile import quiet_import
from tests.cases import examples

quiet_import("otter.test_files")  # its dependencies warn

SAYS = "It must do what is asked."


class Net:
    """The reference."""

    def start(self, n: float) -> float:
        return n + 1

    def double(self, n: float) -> float:
        return 2 * n


def doubled(Net: Any, run: Run) -> Mapping[str, Any]:
    net = Net()
    net.start(run.n)
    return {"double": net.double(run.n)}


def started(Net: Any, run: Run) -> Mapping[str, Any]:
    return {"start": Net().start(run.n)}


EXERCISE = Exercise(Net, runs=[Run(n=float(n)) for n in (1, 2, 3)])


def student(start: str = "", double: str = "", wrong: str = "") -> type:
    """Return a class whose methods raise, or double is wrong, for the numbers in these texts."""

    class Student(Net):
        def start(self, n: float) -> float:
            if f"{n:g}" in start:
                raise ValueError("start")
            return super().start(n)

        def double(self, n: float) -> float:
            if f"{n:g}" in double:
                raise KeyError("double")
            return super().double(n) + (f"{n:g}" in wrong)

    return Student


def outcome(case: Any, own: type) -> str:
    """ "passes", "fails", or the name of the exception that is raised."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", CheckWarning)
            case.call_func({"Net": own})
    except CheckFailure:
        return "fails"
    except Exception as error:
        return type(error).__name__
    return "passes"


def require_doubles(seen: Sequence[Any]) -> None:
    for n, results in enumerate(seen, start=1):
        if results is not None and results["double"] != 2 * n:
            raise CheckFailure("not double", name="double")


WITH = EXERCISE.agrees(doubled, elsewhere=started, points=1, says=SAYS)
WITHOUT = EXERCISE.agrees(doubled, points=1, says=SAYS)
SHOWS = EXERCISE.shows(doubled, require_doubles, elsewhere=started, points=1, says=SAYS)
SHOWS_ALL = EXERCISE.shows(doubled, require_doubles, points=1, says=SAYS)


@pytest.mark.parametrize(
    ("ways", "with_elsewhere", "without"),
    [
        ({}, "passes", "passes"),
        ({"start": "3"}, "passes", "ValueError"),
        ({"start": "23"}, "passes", "ValueError"),
        ({"start": "1"}, "ValueError", "ValueError"),  # what always raises shows nothing
        ({"start": "123"}, "ValueError", "ValueError"),
        ({"double": "1"}, "KeyError", "KeyError"),
        ({"double": "3"}, "KeyError", "KeyError"),
        ({"start": "2", "double": "3"}, "KeyError", "ValueError"),
        ({"wrong": "1"}, "fails", "fails"),
        ({"wrong": "3"}, "fails", "fails"),
        ({"start": "2", "wrong": "3"}, "fails", "ValueError"),
        ({"start": "3", "wrong": "2"}, "fails", "fails"),
        ({"double": "3", "wrong": "1"}, "fails", "fails"),
        ({"double": "2", "wrong": "3"}, "KeyError", "KeyError"),
        ({"start": "3", "wrong": "3"}, "passes", "ValueError"),
    ],
    ids=lambda value: (
        value
        if isinstance(value, str)
        else "; ".join(f"{how} in {runs}" for how, runs in value.items()) or "right"
    ),
)
def test_a_later_run_is_left_out_where_what_is_charged_elsewhere_raises(
    ways: dict[str, str], with_elsewhere: str, without: str
) -> None:
    own = student(**ways)
    assert outcome(WITH, own) == with_elsewhere
    assert outcome(WITHOUT, own) == without
    assert (outcome(SHOWS, own) == "passes") == (with_elsewhere == "passes")
    assert (outcome(SHOWS_ALL, own) == "passes") == (without == "passes")


@pytest.mark.parametrize("outcomes", [False, True])
@pytest.mark.parametrize(("own", "heard"), [
    (student(), [2.0, 4.0, 6.0]), (student(double="3"), [2.0, 4.0, "KeyError"]),
    (student(double="1"), ["KeyError"]), (student(double="12"), ["KeyError"]),
    (student(double="2"), [2.0, "KeyError"]),
], ids=["right", "last", "first", "two", "second"])  # fmt: skip
def test_a_further_look_gets_exceptions_only_if_it_asks_for_them(
    own: type, heard: list[Any], outcomes: bool
) -> None:
    given: list[Any] = []

    def judge(seen: Sequence[Any]) -> None:
        given.extend(type(o).__name__ if isinstance(o, Exception) else o["double"] for o in seen)

    case = EXERCISE.agrees(
        started, also=[Also(doubled, judge, outcomes=outcomes)], points=1, says=SAYS
    )
    assert outcome(case, own) == "passes"
    assert given == (heard if outcomes or "KeyError" not in heard else [])


def test_a_listener_hears_every_look_before_it_is_judged() -> None:
    heard: list[Any] = []

    def listener(look: Any, right: bool, samples: int) -> None:
        heard.append((look if isinstance(look, dict) else type(look).__name__, right, samples))

    with listening(listener):
        assert outcome(WITHOUT, student(double="2")) == "KeyError"
        assert outcome(SHOWS, student(wrong="1")) == "fails"
    assert heard == [
        ({"double": 2.0}, True, 0), ("KeyError", True, 0),
        ({"double": 3.0}, False, 0), ({"double": 4.0}, False, 0), ({"double": 6.0}, False, 0),
    ]  # fmt: skip
    assert outcome(WITHOUT, student()) == "passes"
    assert len(heard) == 5


def test_none_and_what_begins_with_an_underscore_is_not_looked_at() -> None:
    assert looked_at({"a": 0.0, "_b": 1.0, "c": None, "d_": [], "e": False}) == ["a", "d_", "e"]


ONE = {"loss": 2.0, "out": np.array([1.0, -1.0])}


@pytest.mark.parametrize(
    ("answers", "sensible"),
    [
        ([ONE, ONE, {"loss": 3.0, "out": np.array([1.0, 1.0])}], True),
        ([ONE, ONE], True),
        ([ONE, ONE, {"loss": 3.0, "out": np.array([1.0, -1.0])}], False),  # out is always the same
        ([ONE, ONE, {"loss": 2.0, "out": np.array([1.0, 1.0])}], False),
        ([ONE, ONE, {"loss": 3.0, "out": np.array([1.0, 1.0])}, ONE], False),
        (
            [
                ONE,
                {"loss": 2.1, "out": np.array([1.0, -1.0])},
                {"loss": 3.0, "out": np.array([0.0, 0.0])},
            ],
            False,
        ),
        ([{"loss": 0.0}, {"loss": 0.0}, {"loss": 1.0}], False),
        ([{"loss": np.nan}, {"loss": np.nan}, {"loss": 1.0}], False),
        ([{"loss": np.inf}, {"loss": np.inf}, {"loss": 1.0}], False),
        ([{"loss": 1.0, "_x": 5.0}, {"loss": 1.0, "_x": 6.0}, {"loss": 2.0, "_x": 5.0}], True),
        ([{"loss": 1.0, "no": []}, {"loss": 1.0, "no": []}, {"loss": 2.0, "no": []}], True),
    ],
)
def test_what_is_sensible_repeats_itself_and_depends_on_what_it_gets(
    answers: Sequence[Any], sensible: bool
) -> None:
    assert are_sensible(answers) == sensible


def test_alike_is_to_a_thousandth() -> None:
    one = np.array([[1.0, -4.0], [2.0, 3.0]])
    assert are_alike([{"out": one}, {"out": one + 3e-3}])
    assert not are_alike([{"out": one}, {"out": one + 5e-3}])
    assert not are_alike([{"out": one}, {"out": one}, {"out": one + 5e-3}])


@pytest.mark.parametrize(("differs", "unless", "passes"), [
    ("", "", True), ("late", "", False), ("again", "", True), ("again", "again", True),
    ("late again", "again", True), ("late beside", "", False), ("first", "", False),
])  # fmt: skip
def test_results_of_one_run_that_must_be_the_same(differs: str, unless: str, passes: bool) -> None:
    seen: dict[Any, Any] = {
        key: 1.0 + (key in differs.split()) for key in ("first", "again", "late", "beside")
    }
    judge = each([Run(), Run()], same_as("first", "late", "beside", name="out", unless=unless))
    judge([None, None])
    if passes:
        judge([None, seen])
    else:
        with pytest.raises(CheckFailure, match=r"^out "):
            judge([None, seen])


def lined(line: Any, run: Run) -> Mapping[str, Any]:
    return {"y": line(run.x), "slope": line(run.ones)}


def line(x: Any) -> Any:
    return 2.0 * x


LINE = Exercise(line, runs=[Run(x=np.array(x), ones=np.ones(2)) for x in ([1.0, 2.0], [-1.0, 0.5])])


@pytest.mark.parametrize(("expect", "passes"), [
    (lambda run, own, answers: {"y": 3.0 * run.x, "slope": [3.0, 3.0]}, True),
    (lambda run, own, answers: [{"y": run.x}, {"y": 3.0 * run.x, "slope": [3.0, 3.0]}], True),
    (lambda run, own, answers: [], False),
    (lambda run, own, answers: {}, False),  # then all must be the reference's
    (lambda run, own, answers: {"y": 3.0 * run.x}, False),
    (lambda run, own, answers: {"y": 3.0 * run.x, "slope": [3.0, 3.001]}, False),
    (lambda run, own, answers: {"y": 3.0 * run.x, "slope": own["nothing"]}, False),
    (lambda run, own, answers: 1 / 0, False),
], ids=["follows", "one of them", "none", "no names", "one name", "other", "key", "raises"],
)  # fmt: skip
@pytest.mark.parametrize("row", [False, True])
def test_what_follows_is_named_and_the_rest_is_the_references(
    expect: Callable[..., Any], passes: bool, row: bool
) -> None:
    case = LINE.agrees(lined, carried=[Follows(expect)], row=row, points=1, says=SAYS)

    def thrice(x: Any) -> Any:
        return 3.0 * (x[None] if row else x)

    def judged(own: Any) -> bool:
        try:
            case.call_func({"line": own})
        except CheckFailure:
            return False
        return True

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CheckWarning)
        assert judged(thrice) == passes
        assert judged(line)
        assert not judged(lambda x: 4.0 * x)


@examples(10)
@given(st.floats(0.25, 4.0), st.floats(0.25, 4.0), st.booleans())
def test_a_slope_is_right_for_the_own_function_and_for_no_other(
    factor: float, steep: float, is_row: bool
) -> None:
    """A function that is wrong by a factor, and a gradient that is wrong by another."""

    class Square:
        def value(self, x: Any) -> Any:
            return x**2

        def gradient(self, x: Any, dout: Any) -> Any:
            return 2 * x * dout

    def valued(Square: Any, run: Run) -> Mapping[str, Any]:
        return {"value": Square().value(run.x)}

    def sloped(Square: Any, run: Run) -> Mapping[str, Any]:
        return {"dx": Square().gradient(run.x, run.dout)}

    first, other = Run(x=np.array([1.0, -2.0]), dout=np.array([1.0, 0.5])), np.array([0.3, 3.0])
    runs = [first, first, Run(x=other, dout=np.array([2.0, -1.0]))]
    way = Slope(valued, of="x", along="dout", believed=Belief(valued, runs), row=is_row)
    case = Exercise(Square, runs=runs[1:]).agrees(
        sloped, carried=[way], row=is_row, points=1, says=SAYS
    )

    class Own(Square):
        def value(self, x: Any) -> Any:
            return factor * super().value(x)

        def gradient(self, x: Any, dout: Any) -> Any:
            found = steep * super().gradient(x, dout)
            return found[None] if is_row else found

    def near(one: float, other: float) -> bool:
        return abs(one - other) < 1e-6

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CheckWarning)
        try:
            case.call_func({"Square": Own})
            passes = True
        except CheckFailure:
            passes = False
    if near(steep, 1.0) or near(steep, factor):
        assert passes
    elif abs(steep - 1) > 1e-2 and abs(steep - factor) > 1e-2 * factor:
        assert not passes


def test_a_mixture_of_parts_needs_a_run_that_tells_whether_they_can_be_believed() -> None:
    with pytest.raises(ValueError, match="a run that tells whether these can be believed"):
        LINE.agrees(lined, carried=[Mixture(lined, ("line",))], points=1, says=SAYS)
