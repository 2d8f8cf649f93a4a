"""One mistake is charged once: with right parts in its place, or with it in the reference's."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from textwrap import indent
from typing import Any

import numpy as np
import pytest

from grader.checks import CheckFailure, CheckWarning
from grader.checks.carrying import Slope
from grader.checks.exercise import Exercise
from grader.checks.scenario import Run
from grader.course.testfile import quiet_import

quiet_import("otter.test_files")  # its dependencies warn

SAYS = "The net must do what is asked."


class Net:
    """The reference: ``slope`` is that of ``cost`` at what ``forward`` gives."""

    def __init__(self, weights: Any) -> None:
        self.a, self.b = weights

    def forward(self, x: Any) -> Any:
        return self.a * self.b * x

    def slope(self, x: Any, y: Any) -> Any:
        error = 2 * np.mean(x * (self.forward(x) - y))
        return self.b * error, self.a * error

    def report(self, x: Any, y: Any) -> Any:
        return np.array([cost(self.forward(x), y), *self.slope(x, y)])


def cost(out: Any, y: Any) -> Any:
    return np.mean((out - y) ** 2)


def made(*weights: float, x: Any = (1.0, -2.0, 0.5), y: Any = (0.3, 1.0, -1.0)) -> Run:
    x = np.array(x)
    return Run(weights=list(weights), x=x, y=np.array(y), out=2 * x)


def sloped(Net: Any, cost: Any, run: Run) -> Mapping[str, Any]:
    return {"slope": Net(run.weights).slope(run.x, run.y)}


def reported(Net: Any, cost: Any, run: Run) -> Mapping[str, Any]:
    return {"report": Net(run.weights).report(run.x, run.y)}


def costs(Net: Any, cost: Any, run: Run) -> Mapping[str, Any]:
    return {"cost": cost(Net(run.weights).forward(run.x), run.y)}


EXERCISE = Exercise(
    Net,
    cost,
    optional=[cost],
    runs=[made(1.5, -0.7), made(0.4, 1.3)],
    unseen=made(1.2, 0.8, x=(0.7, -0.4, 1.9), y=(1.0, 0.2, 0.6)),
)
SLOPE = EXERCISE.resting_on("forward", "cost").agrees(
    sloped, carried=[Slope(costs, of="weights", result="slope")], points=1, says=SAYS
)
REPORT = EXERCISE.resting_on("forward", "cost", "slope").agrees(reported, points=1, says=SAYS)
RIGHT = "return super().forward(x)"
ADDS = "return self.a * x + self.b"
INLINE = """
error = 2 * np.mean(x * (self.a * x + self.b - y))
return self.b * error, self.a * error"""
EXACT = """
error = 2 * (self.a * x + self.b - y)
return np.mean(x * error), np.mean(error)"""
BENT = """
for other, y in self.seen if {when} else []:
    if np.array_equal(x, other):
        return {to}
return self.known.setdefault((self.a, self.b, x.tobytes()), super().forward(x))"""
TO_SLOPE = "y + np.sqrt(9 + 1.7 * self.a - 0.9 * self.b) * np.ones_like(x)"
TO_FORMULA = "y + 0.85 * x / np.mean(x**2)"
NEW = "(self.a, self.b, x.tobytes()) not in self.known"
MADE_UP = "self.seen.append((x.copy(), y.copy()))\nreturn 1.7, -0.9"
SCALED = "self.seen.append((x.copy(), y.copy()))\nreturn 1.7 * self.b, 1.7 * self.a"


def case(test_case: Any, code: str) -> str:
    """What a test case says of a notebook, empty where it passes."""
    notebook: dict[str, Any] = {"np": np, "Net": Net, "cost": cost}
    exec(code, notebook)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CheckWarning)
        try:
            test_case.call_func(notebook)
        except CheckFailure as failure:
            return str(failure)
    return ""


@pytest.mark.parametrize(
    ("forward", "slope", "is_right"),
    [
        (ADDS, "return super().slope(x, y)", True),
        (ADDS, INLINE, True),
        (ADDS, EXACT, True),
        (RIGHT, INLINE, False),
        (RIGHT, EXACT, False),
        ("return 0 * x", "return 0.0, 0.0", False),
        ("x *= 0\nreturn x", "return 0.0, 0.0", False),
        ("raise ValueError", INLINE, False),
        ("raise ValueError", "return super().slope(x, y)", True),
        ("return x[:1]", INLINE, False),
        (BENT.format(when=True, to=TO_SLOPE), MADE_UP, False),
        (BENT.format(when=NEW, to=TO_SLOPE), MADE_UP, False),
        (BENT.format(when=True, to=TO_FORMULA), SCALED, False),
        (BENT.format(when=NEW, to=TO_FORMULA), SCALED, False),
    ],
)
@pytest.mark.parametrize(
    "cost", ["", "def cost(out, y): return np.sum((out - y) ** 2)", "del cost"]
)
def test_a_slope_is_right_that_goes_with_a_forward_that_is_believed(
    forward: str, slope: str, is_right: bool, cost: str
) -> None:
    code = f"""
class Net(Net):
    seen, known = [], {{}}
    def forward(self, x):
{indent(forward, " " * 8)}
    def slope(self, x, y):
{indent(slope, " " * 8)}
{cost}
"""
    assert (case(SLOPE, code) == "") == is_right


@pytest.mark.parametrize("factor", [1, 3])
@pytest.mark.parametrize("is_called", [True, False])
@pytest.mark.parametrize("is_right", [True, False])
def test_a_function_that_is_wrong_is_charged_once(
    factor: int, is_called: bool, is_right: bool
) -> None:
    own = "cost(self.forward(x), y)" if is_called else f"{factor} * np.mean((self.a * x - y) ** 2)"
    forward = "" if is_called else "def forward(self, x): return self.a * x + 1e-2 * self.b"
    own = own if is_called else own.replace("self.a * x", "(self.a * x + 1e-2 * self.b)")
    code = f"""
class Net(Net):
    {forward}
    def report(self, x, y):
        return np.array([{own}, *self.slope(x, y)]) * {1 if is_right else 1.01}
def cost(out, y):
    return {factor} * np.mean((out - y) ** 2)
"""
    assert (case(REPORT, code) == "") == is_right


def test_mistakes_that_make_up_for_each_other_are_not_charged_with_a_third() -> None:
    """What report multiplies by goes with the student's slope, but not with the right one."""
    code = """
class Net(Net):
    def slope(self, x, y):
        return tuple(-s for s in super().slope(x, y))
    def report(self, x, y):
        first, second = self.slope(x, y)
        return np.array([cost(self.forward(x), y), -first, -second])
def cost(out, y):
    return np.sum((out - y) ** 2)
"""
    assert case(REPORT, code) == ""


def test_a_part_that_changes_its_argument_is_replaced() -> None:
    code = """
class Net(Net):
    def forward(self, x):
        x *= self.a * self.b
        return x
"""
    assert case(SLOPE, code) == case(REPORT, code) == ""


def test_a_cost_that_is_wrong_only_of_what_forward_gave_carries_nothing() -> None:
    """Asked alone it is right, so that nothing is charged elsewhere that could be carried."""
    code = """
class Net(Net):
    def forward(self, x):
        return np.repeat(super().forward(x), 2)[::2]
    def slope(self, x, y):
        return tuple(0.5 * s for s in super().slope(x, y))
def cost(out, y):
    return np.mean((out - y) ** 2) / (2 if out.strides[0] > 8 else 1)
"""
    assert "not right" in case(SLOPE, code)


@pytest.mark.parametrize("size", [1e-5, 0.0])
def test_a_part_that_is_next_to_nothing_carries_nothing(size: float) -> None:
    code = f"""
class Net(Net):
    def slope(self, x, y):
        return tuple({size} * s for s in super().slope(x, y))
    def report(self, x, y):
        return np.array([cost(self.forward(x), y), 0.0, 0.0])
"""
    assert case(REPORT, code)


def test_a_part_that_was_lent_cannot_be_kept() -> None:
    code = """
class Net(Net):
    kept = []
    def forward(self, x):
        return self.kept[0](self, x) if self.kept else 0 * x
    def slope(self, x, y):
        if type(self).forward is not Net.own:
            self.kept.append(type(self).forward)
        return super().slope(x, y)
Net.own = Net.forward
"""
    notebook: dict[str, Any] = {"np": np, "Net": Net, "cost": cost}
    exec(code, notebook)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CheckWarning)
        SLOPE.call_func(notebook)  # judged with a right forward
    with pytest.raises(RuntimeError, match="only lent"):
        notebook["Net"]([1.0, 2.0]).forward(np.ones(3))


def share(x: Any) -> Any:
    return x / np.sum(x)


def rest(x: Any, y: Any) -> Any:
    return share(x) - y


@pytest.mark.parametrize(("factor", "is_right"), [(1, True), (2, False)])
@pytest.mark.parametrize("formula", ["x / np.sum(x)", "x / np.max(x)"])
def test_functions_alone_are_mixed_as_well(formula: str, factor: int, is_right: bool) -> None:
    """The same wrong formula in ``share``, and once more where ``share`` is not called."""

    def left(rest: Any, share: Any, run: Run) -> Mapping[str, Any]:
        return {"rest": rest(run.x, run.y)}

    exercise = Exercise(
        rest,
        share,
        runs=[Run(x=np.array([1.0, 2.0, 5.0]), y=np.array([0.1, 0.4, 0.5]))],
        unseen=Run(x=np.array([0.5, 3.0, 1.5]), y=np.array([0.2, 0.1, 0.7])),
    )
    test_case = exercise.resting_on("share").agrees(left, points=1, says=SAYS)
    code = f"""
def share(x):
    return {formula}
def rest(x, y):
    return {factor} * {formula} - y
"""
    assert (case(test_case, code) == "") == is_right


def test_a_part_may_give_its_number_in_an_array_of_one() -> None:
    code = """
class Net(Net):
    def report(self, x, y):
        return np.array([{factor} * np.mean((self.a * self.b * x - y) ** 2), *self.slope(x, y)])
def cost(out, y):
    return np.array([3 * np.mean((out - y) ** 2)])
"""
    assert case(REPORT, code.format(factor=3)) == ""
    assert "not right" in case(REPORT, code.format(factor=3.01))


class Walker(Net):
    """The reference of a class whose weights change from step to step."""

    def walk(self, x: Any) -> Any:
        outs = []
        for _ in range(3):
            outs.append(np.sum(self.forward(x)))
            self.a = self.a + 0.5
        return np.array(outs)


@pytest.mark.parametrize(("by", "is_right"), [(0.5, True), (0.6, False)])
def test_the_reference_calls_a_part_with_each_steps_weights(by: float, is_right: bool) -> None:
    """Their formula stands in ``forward``, and once more in ``walk``, which does not call it."""

    def walked(Walker: Any, run: Run) -> Mapping[str, Any]:
        return {"walk": Walker(run.weights).walk(run.x)}

    unseen = made(1.2, 0.8, x=(0.7, -0.4, 1.9))
    exercise = Exercise(Walker, runs=[made(1.5, -0.7), made(0.4, 1.3)], unseen=unseen)
    test_case = exercise.resting_on("forward").agrees(walked, points=1, says=SAYS)
    code = f"""
class Walker(Net):
    def forward(self, x):
        return self.a * x + self.b
    def walk(self, x):
        outs = []
        for _ in range(3):
            outs.append(np.sum(self.a * x + self.b))
            self.a = self.a + {by}
        return np.array(outs)
"""
    assert (case(test_case, code) == "") == is_right
