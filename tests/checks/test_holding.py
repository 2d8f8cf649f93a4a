"""What must stay the same: of whose results, and which of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from grader.checks import CheckFailure, callers
from grader.checks.exercise import Exercise
from grader.checks.scenario import Run, peek, snapshot
from grader.course.testfile import quiet_import

quiet_import("otter.test_files")  # its dependencies warn

SAYS = "The layer must change nothing."


class Layer:
    """The reference; the task asks for no ``mean``."""

    def __init__(self, scale: float = 2.0) -> None:
        self.scale = scale
        self.mean: Any = None
        self.unused = None

    def forward(self, x: Any) -> Any:
        self.mean = np.mean(x)
        return self.scale * x

    def reset(self) -> None:
        """Nothing is asked of what this returns."""
        self.mean = 0.0


RUNS = [Run(x=np.array([1.0, -2.0]), scale=2.0), Run(x=np.array([0.5, 4.0]), scale=3.0)]
EXERCISE = Exercise(Layer, runs=RUNS)


def went(Layer: Any, run: Run) -> Mapping[str, Any]:
    layer = Layer(run.scale)
    return {"out": layer.forward(run.x), "mean": peek(layer, "mean"),
            "copy": snapshot(peek(layer, "mean")), "reset": layer.reset(),
            "unused": layer.unused, "_hidden": layer.forward(run.x)}  # fmt: skip


def outcome(case: Any, own: Any) -> str:
    try:
        case.call_func({"Layer": own})
    except CheckFailure as failure:
        return str(failure)
    return ""


CASE = EXERCISE.holds(went, under=[callers.called_twice("forward")], points=1, says=SAYS)


def student(**members: Any) -> type:
    return type("Layer", (Layer,), members)


class NoMean:
    """A layer without what the task does not ask for."""

    unused = None

    def __init__(self, scale: float) -> None:
        self.factor = scale

    def forward(self, x: Any) -> Any:
        return self.factor * x

    def reset(self) -> Any:
        return None


class OnlyOnce(Layer):
    done = False

    def forward(self, x: Any) -> Any:
        if self.done:
            return None
        self.done = True
        return super().forward(x)


@pytest.mark.parametrize(
    ("own", "said"),
    [
        (Layer, ""),
        (NoMean, ""),
        (student(reset=lambda self: 3.0), ""),
        (student(reset=lambda self: "done"), ""),
        (student(forward=lambda self, x: None), "out is None (is a return missing?)"),
        (student(forward=lambda self, x: print(end="")), "out is None"),
        (OnlyOnce, "out is None"),
        (student(forward=lambda self, x: self.forward), "out is a function, not its result"),
        (student(forward=lambda self, x: "text"), "out has type str"),
        (student(forward=lambda self, x: x * np.inf), "out[0] is inf"),
    ],
    ids=["right", "without what is not asked for", "more than is asked for", "text besides",
         "not written", "prints", "once only", "a function", "text", "not finite"],
)  # fmt: skip
def test_who_gives_no_numbers_keeps_nothing_though_no_result_is_named(own: Any, said: str) -> None:
    told = outcome(CASE, own)
    assert told.startswith(said)
    assert bool(told) == bool(said)


@pytest.mark.parametrize("results", [(), ("out",), ("out", "mean")])
def test_a_result_that_is_named_must_be_there(results: tuple[str, ...]) -> None:
    case = EXERCISE.holds(went, *results, points=1, says=SAYS)
    assert (outcome(case, NoMean) == "") == ("mean" not in results)
    assert outcome(case, student(forward=lambda self, x: None)).startswith("out is None")


def test_calls_that_a_perturbation_leaves_out_give_nothing_to_compare() -> None:
    left_out = callers.set_from_outside("scale", without=["forward"])
    for way in (callers.calls_left_out("forward"), left_out):
        case = EXERCISE.holds(forward_and_scale, under=[way], points=1, says=SAYS)
        assert outcome(case, Layer) == ""
    assert outcome(case, student(forward=lambda self, x: None)).startswith("out is None")


def forward_and_scale(Layer: Any, run: Run) -> Mapping[str, Any]:
    layer = Layer(run.scale)
    return {"out": layer.forward(run.x), "factor": layer.scale}


def scaled_in_place(Layer: Any, run: Run) -> Mapping[str, Any]:
    Layer(run.scale).apply(run.x)
    return {"x": run.x}


@pytest.mark.parametrize(
    ("apply", "said"),
    [
        (lambda self, x: x.__imul__(self.scale), ""),
        (lambda self, x: x.fill(self.scale), ""),
        (lambda self, x: self.scale * x, "x has not changed."),
        (lambda self, x: x.fill(7.0), "x stays the same when the inputs change."),
        (lambda self, x: x.fill(np.nan), "x[0] is nan; it should be a finite number."),
    ],
    ids=["in place", "in place, of the settings", "a new array", "a constant", "nan"],
)
def test_an_argument_that_is_to_change_must_change(apply: Callable[..., Any], said: str) -> None:
    right = student(apply=lambda self, x: x.__imul__(self.scale))
    case = Exercise(right, runs=RUNS).holds(scaled_in_place, points=1, says=SAYS)
    assert outcome(case, student(apply=apply)) == said


def test_what_is_the_same_for_the_reference_in_all_runs_may_be_so_for_a_student() -> None:
    def ready(Layer: Any, run: Run) -> Mapping[str, Any]:
        return {"out": Layer(run.scale).forward(run.x), "ready": Layer(run.scale).ready(run.x)}

    def case(result: Callable[[Any], Any]) -> Any:
        right = student(ready=lambda self, x: result(x))
        return Exercise(right, runs=RUNS).holds(ready, points=1, says=SAYS)

    one = student(ready=lambda self, x: 1.0)
    assert outcome(case(lambda x: 2.0), one) == ""
    assert outcome(case(np.sum), one) == "ready stays the same when the inputs change."


def test_a_run_of_a_perturbation_is_not_one_of_those_that_must_differ() -> None:
    """Runs of *besides* may be few and alike: only their own results are compared."""
    alike = [Run(x=np.ones(2), scale=1.0), Run(x=np.ones(2), scale=1.0)]
    twice = callers.called_twice("forward")
    case = EXERCISE.holds(forward_and_scale, besides=[(alike, twice)], points=1, says=SAYS)
    assert outcome(case, Layer) == ""

    class Wears(Layer):
        def forward(self, x: Any) -> Any:
            self.scale *= 1.0 + 0.5 * float(np.all(x == 1.0))
            return super().forward(x)

    assert outcome(case, Wears).endswith("is different when the same call is made a second time.")
    usual = EXERCISE.holds(forward_and_scale, under=[twice], points=1, says=SAYS)
    assert outcome(usual, Wears) == ""


def test_an_attribute_that_is_there_is_looked_at() -> None:
    class Adds(Layer):
        def forward(self, x: Any) -> Any:
            self.mean = (self.mean or 0.0) + np.mean(x)
            return self.scale * x

    assert outcome(CASE, Adds) == "mean is different when the same call is made a second time."


def test_a_copy_of_what_a_call_gives_must_be_there() -> None:
    def copied(Layer: Any, run: Run) -> Mapping[str, Any]:
        return {"out": snapshot(Layer(run.scale).forward(run.x))}

    case = EXERCISE.holds(copied, points=1, says=SAYS)
    assert outcome(case, Layer) == ""
    assert outcome(case, student(forward=lambda self, x: None)).startswith("out is None")
