"""What a test file must not say is refused with one sentence when it is read."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from grader.checks import CheckFailure
from grader.checks.exercise import Exercise
from grader.checks.scenario import Run
from grader.course.testfile import quiet_import

quiet_import("otter.test_files")  # its dependencies warn


class Layer:
    def forward(self, x: Any) -> Any:
        return x


def catches(Layer: Any, run: Run) -> Any:
    try:
        return {"out": Layer().forward(run.x)}
    except Exception:
        return {}


def checks(Layer: Any, run: Run) -> Any:
    out = Layer().forward(run.x)
    assert out is not None
    return {"out": out}


def raises(Layer: Any, run: Run) -> Any:
    raise CheckFailure("no")


def catches_inside(Layer: Any, run: Run) -> Any:
    def forward() -> Any:
        try:
            return Layer().forward(run.x)
        except ValueError:
            return None

    return {"out": forward()}


def branches(Layer: Any, run: Run) -> Any:
    out = Layer().forward(run.x)
    return {"out": out if out is not None and out > 0 else run.x}


def loops(Layer: Any, run: Run) -> Any:
    return {f"out {i}": entry for i, entry in enumerate(Layer().forward(run.x))}


def calculates(Layer: Any, run: Run) -> Any:
    return {"out": 2 * Layer().forward(run.x)}


def converts(Layer: Any, run: Run) -> Any:
    return {"out": float(Layer().forward(run.x))}


def takes_more(Layer: Any, loss: Any, run: Run) -> Any:
    return {}


def plain(Layer: Any, run: Run) -> Any:
    with np.errstate(all="ignore"):
        return {f"out {n}": Layer().forward(run.x) for n in range(2) if n < len(run.x)}


RUNS = [Run(x=np.ones(3)), Run(x=np.zeros(3))]
EXERCISE = Exercise(Layer, runs=RUNS)
SAYS = "forward must give x."


@pytest.mark.parametrize("scenario", [catches, checks, raises, catches_inside])
def test_a_scenario_that_checks_or_catches(scenario: Any) -> None:
    with pytest.raises(ValueError, match=f"The scenario {scenario.__name__} catches or raises"):
        EXERCISE.agrees(scenario, points=1, says=SAYS)


@pytest.mark.parametrize("scenario", [branches, loops, calculates, converts])
def test_a_scenario_that_turns_on_a_result(scenario: Any) -> None:
    with pytest.raises(ValueError, match=f"The scenario {scenario.__name__} looks at what"):
        EXERCISE.holds(scenario, points=1, says=SAYS)


def test_a_scenario_with_other_arguments() -> None:
    with pytest.raises(ValueError, match="takes 3 arguments; it needs 1 of the student's"):
        EXERCISE.agrees(takes_more, points=1, says=SAYS)


def test_a_scenario_may_loop_and_choose_by_its_inputs() -> None:
    assert EXERCISE.agrees(plain, points=1, says=SAYS).points == 1


@pytest.mark.parametrize("says", ["", "right", "forward must give x", "Forward.", None, 3])
def test_what_is_no_sentence(says: Any) -> None:
    with pytest.raises(ValueError, match="must be a sentence"):
        EXERCISE.agrees(plain, points=1, says=says)


def test_two_inputs_that_are_one_array() -> None:
    x = np.ones((3, 2))
    with pytest.raises(ValueError, match="The inputs x and dout of a run share an array"):
        Run(x=x, dout=x)
    with pytest.raises(ValueError, match="x and rows"):
        Run(x=x, rows=[x[0]])


def test_runs_never_share_an_array() -> None:
    x = np.ones(3)
    one, two = Run(x=x), Run(x=x)
    assert not np.may_share_memory(one.x, two.x)
    assert not np.may_share_memory(one.fresh().x, one.fresh().x)


def test_a_property_of_one_run() -> None:
    with pytest.raises(ValueError, match="a property needs two different runs"):
        EXERCISE.holds(plain, runs=RUNS[:1], points=1, says=SAYS)


def test_an_input_that_a_run_lacks() -> None:
    with pytest.raises(AttributeError, match="this run has no input 'dout'"):
        RUNS[0].dout  # noqa: B018


def test_a_scenario_may_use_attributes_of_what_is_made() -> None:
    def shown(Layer: Any, run: Run) -> Any:
        layer = Layer()
        return {"out": layer.forward(run.x), "mean": layer.running.mean}

    assert EXERCISE.agrees(shown, points=1, says=SAYS).points == 1


def test_a_scenario_that_calls_what_the_reference_lacks() -> None:
    def misspelled(Layer: Any, run: Run) -> Any:
        return {"out": Layer().forwards(run.x)}

    with pytest.raises(ValueError, match="calls forwards, which the reference's Layer lacks"):
        EXERCISE.agrees(misspelled, points=1, says=SAYS)


def test_a_part_that_the_reference_lacks() -> None:
    with pytest.raises(ValueError, match="no part forwards that anything could rest on"):
        EXERCISE.resting_on("forwards")


def test_parts_that_nothing_keeps_from_being_bent_to_fit() -> None:
    with pytest.raises(ValueError, match=r"plain: .* needs Exercise\(unseen=Run\(...\)\)"):
        EXERCISE.resting_on("forward").agrees(plain, points=1, says=SAYS)
