"""Exercises of plain functions that are handed other functions, and rest on one another."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from grader.checks import CheckFailure
from grader.checks.carrying import Belief, Slope
from grader.checks.exercise import Exercise
from grader.checks.scenario import Formula, Run
from grader.course.testfile import quiet_import

quiet_import("otter.test_files")  # its dependencies warn

SAYS = "The function must do what is asked."
SQUARE, TWICE = Formula("z ** 2"), Formula("2.0 * z")


def cost(x: Any, w: Any, b: float, f: Any) -> float:
    return float(np.sum(f(w * x + b)))


def slopes(x: Any, w: Any, b: float, f: Any, df: Any) -> tuple[Any, float]:
    d = df(w * x + b)
    return d * x, float(np.sum(d))


def step(x: Any, w: Any, b: float, f: Any, df: Any) -> tuple[Any, Any]:
    dw, db = slopes(x, w, b, f, df)
    return w - 0.125 * dw, b - 0.125 * db


def run(*w: float, **other: Any) -> Run:
    x = np.linspace(0.7, 1.9, len(w))
    return Run(x=x, w=np.array(w), b=0.3, f=SQUARE, df=TWICE).but(**other)


RUNS = [run(0.4, -1.3, 2.2), run(1.1, 0.6)]


def own_cost(*subjects_and_run: Any) -> Mapping[str, Any]:
    *_, cost, run = subjects_and_run
    return {"cost": cost(run.x, run.w, run.b, run.f)}


def sloped(slopes: Any, cost: Any, run: Run) -> Mapping[Any, Any]:
    return {("dw", "db"): slopes(run.x, run.w, run.b, run.f, run.df)}


def stepped(step: Any, slopes: Any, run: Run) -> Mapping[Any, Any]:
    return {("w", "b"): step(run.x, run.w, run.b, run.f, run.df)}


BELIEVED = Belief(own_cost, [RUNS[0], RUNS[0], RUNS[1], RUNS[0].but(b=0.5)])
SLOPES = Exercise(slopes, cost, runs=RUNS, optional=[cost])
DW, DB = (
    SLOPES.agrees(
        sloped, f"d{of}", points=1, says=SAYS,
        carried=[Slope(own_cost, of=of, believed=BELIEVED)],
    )
    for of in ("w", "b")
)  # fmt: skip
STEP = (
    Exercise(
        step,
        slopes,
        runs=RUNS,
        optional=[slopes],
        public=[run(1.0, 2.0, 4.0, b=0.5)],
        unseen=run(0.9, -0.8, b=0.4),
    )
    .resting_on("slopes")
    .agrees(stepped, points=1, says=SAYS)
)


def judged(case: Any, **subjects: Callable[..., Any]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        case.call_func(dict(subjects))


@pytest.mark.parametrize("case", [DW, DB], ids=["array", "float"])
def test_a_slope_may_be_that_of_the_own_function_at_an_array_or_a_float(case: Any) -> None:
    def halved(*given: Any) -> tuple[Any, ...]:
        return tuple(0.5 * d for d in slopes(*given))

    judged(case, slopes=slopes, cost=cost)
    judged(case, slopes=halved, cost=lambda *given: 0.5 * cost(*given))
    with pytest.raises(CheckFailure):
        judged(case, slopes=halved, cost=cost)


@pytest.mark.parametrize("factor", [1.0, 2.0])
def test_a_part_may_give_arrays_of_several_shapes(factor: float) -> None:
    def own_slopes(*given: Any) -> list[Any]:
        dw, db = slopes(*given)
        return [factor * dw, db]

    notebook: dict[str, Any] = {"slopes": own_slopes}
    exec(
        "def step(x, w, b, f, df):\n"
        "    dw, db = slopes(x, w, b, f, df)\n"
        "    return w - 0.125 * dw, b - 0.125 * db",
        notebook,
    )
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        STEP.call_func(notebook)
    assert bool(caught) == (factor != 1.0)


def test_what_students_can_try_holds_the_function_as_a_lambda() -> None:
    def wrong(x: Any, w: Any, b: float, f: Any, df: Any) -> tuple[Any, Any]:
        return w + df(x), b

    subjects = {"step": wrong, "slopes": slopes}
    example = STEP.test_func.example("", **subjects, env=dict(subjects))
    assert "df = lambda z: 2.0 * z" in example.code.splitlines()
    assert "w, b = step(x, w, 0.5, f, df)" in example.code


def nudged(x: Any, by: float = 0.0) -> float:
    return float(np.sum(x)) + by


def moved(nudged: Any, run: Run) -> Mapping[str, Any]:
    return {"nudged": nudged(run.x)}


NUDGED = Exercise(
    nudged, runs=[Run(x=np.array([1.0, 2.0]))], freedoms=[{"by": -0.5}, {"by": 0.25}]
).agrees(moved, points=1, says=SAYS)


@pytest.mark.parametrize(("by", "is_right"), [(0.2, True), (-0.5, True), (0.3, False)])
@pytest.mark.parametrize("kind", [float, np.float64, lambda n: np.array([n])])
def test_freedoms_are_settings_of_functions_too_and_of_numbers_in_an_array_of_one(
    by: float, is_right: bool, kind: Callable[[float], Any]
) -> None:
    def own(x: Any) -> Any:
        return kind(nudged(x) + by)

    if is_right:
        judged(NUDGED, nudged=own)
    else:
        with pytest.raises(CheckFailure):
            judged(NUDGED, nudged=own)
