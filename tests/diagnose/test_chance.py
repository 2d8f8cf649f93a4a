"""Whether random results may come from the same code: the same code's do, another's do not."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from grader.bounds import MAX_THIN_ENTRIES, MORE_RANDOM_RUNS, RANDOM_RUNS
from grader.judge.diagnose.chance import FAR, Runs, portrait
from grader.judge.diagnose.trace import LOOK, Step, Trace

_Real = np.ndarray[Any, Any]
Code = Callable[[np.random.Generator], Trace]
X = np.linspace(0.5, 2.0, 400).reshape(20, 20)


def uses(results: Callable[[np.random.Generator], list[tuple[str, Any]]]) -> Code:
    """Code that is used so, with X as the argument."""

    def run(rng: np.random.Generator) -> Trace:
        trace = Trace(ending=("check", "randomness"))
        for what, result in results(rng):
            left = (trace.keep(X),)
            trace.add(Step("call", what, (), trace.keep(result), left))
        return trace

    return run


def looks(results: Callable[[np.random.Generator], dict[str, Any]]) -> Code:
    """Code that is looked at once."""

    def run(rng: np.random.Generator) -> Trace:
        trace = Trace(ending=("check", "randomness"), looks=True)
        trace.add(Step(LOOK, "", (0,), results(rng)))
        return trace

    return run


def runs_of(code: Code, count: int = RANDOM_RUNS) -> Runs:
    found = Runs()
    for seed in range(count):
        found.add(portrait(code(np.random.default_rng(seed))))
    return found


def dropping(rate: float = 0.5, scale: float = 2.0, calls: int = 30, *, kind: str = "") -> Code:
    """Dropout's forward, and a backward that passes what it kept."""

    def results(rng: np.random.Generator) -> list[tuple[str, Any]]:
        found: list[tuple[str, Any]] = []
        mask = rng.random(X.shape) > rate
        for _ in range(calls):
            if kind == "rows":
                mask = np.repeat(rng.random((20, 1)) > rate, 20, axis=1)
            elif kind == "columns":
                mask = np.repeat(rng.random((1, 20)) > rate, 20, axis=0)
            elif kind == "exactly":
                mask = rng.permutation(400).reshape(20, 20) >= rate * 400
            elif kind != "once":
                mask = rng.random(X.shape) > rate
            other = rng.random(X.shape) > rate if kind == "another in backward" else mask
            found += [("forward", X * mask * scale), ("backward", X * other * scale)]
        return found

    return uses(results)


RIGHT = dropping()
OTHERS = {
    "rate": dropping(0.7),
    "scale": dropping(scale=1.0),
    "rows": dropping(kind="rows"),
    "columns": dropping(kind="columns"),
    "exactly so many": dropping(kind="exactly"),
    "one mask for all calls": dropping(kind="once"),
    "another mask in backward": dropping(kind="another in backward"),
    "nothing is dropped": dropping(-1.0, 1.0),
    "noise": uses(lambda rng: [(w, X * rng.random(X.shape)) for w in ("forward", "backward") * 30]),
}


@pytest.mark.parametrize("seed", range(100, 105))
def test_another_run_of_the_same_code_fits(seed: int) -> None:
    student = portrait(RIGHT(np.random.default_rng(seed)))
    assert runs_of(RIGHT).explain(student, runs_of(RIGHT)) <= FAR


@pytest.mark.parametrize("code", OTHERS.values(), ids=OTHERS)
def test_a_run_of_other_code_does_not_fit(code: Code) -> None:
    right = runs_of(RIGHT)
    assert right.explain(portrait(code(np.random.default_rng(100))), right) == math.inf
    others = runs_of(code)
    assert others.explain(portrait(code(np.random.default_rng(100))), right) <= FAR
    assert others.explain(portrait(RIGHT(np.random.default_rng(100))), right) == math.inf


def test_what_does_not_depend_on_chance_is_compared_exactly() -> None:
    def code(second: float) -> Code:
        return looks(lambda rng: {"draw": rng.random(50), "sum": np.array([1.0, second])})

    right = runs_of(code(2.0))
    for second, fits in ((2.0, True), (2.0 + 1e-7, True), (2.01, False)):
        student = portrait(code(second)(np.random.default_rng(100)))
        assert (right.explain(student, right) <= FAR) is fits


def test_results_of_one_look_are_compared_with_each_other() -> None:
    """The ratio of a gradient to the output shows whether both have one mask and one scale."""

    def code(scale: float) -> Code:
        def results(rng: np.random.Generator) -> dict[str, Any]:
            mask = rng.random((8, 50)) > 0.5
            return {"out": (2.0 * mask, mask * 1.0), "dx": (scale * mask, mask * 1.0)}

        return looks(results)

    right = runs_of(code(2.0))
    same, other = (portrait(code(s)(np.random.default_rng(100))) for s in (2.0, 2.02))
    assert right.explain(same, right) <= FAR
    assert right.explain(other, right) == math.inf


@pytest.mark.parametrize(
    "change",
    [
        lambda rng: {"draw": rng.random(51)},
        lambda rng: {"drawn": rng.random(50)},
        lambda rng: {"draw": rng.random(50), "more": rng.random(50)},
        lambda rng: {"draw": "a text"},
        lambda rng: {},
    ],
    ids=["shape", "name", "one more", "kind", "nothing"],
)
def test_what_is_of_another_form_does_not_fit(
    change: Callable[[np.random.Generator], dict[str, Any]],
) -> None:
    right = runs_of(looks(lambda rng: {"draw": rng.random(50)}))
    student = portrait(looks(change)(np.random.default_rng(100)))
    assert right.explain(student, right) == math.inf


def ending(*parts: str, steps: int = 1) -> Trace:
    trace = Trace(ending=parts)
    for _ in range(steps):
        trace.add(Step("call", "f", (), trace.keep(np.ones(2))))
    return trace


@pytest.mark.parametrize(
    ("student", "fits"),
    [
        (ending("check", "value"), True),
        (ending("check", "shape"), False),
        (ending(), False),
        (ending("check", "value", steps=2), True),
        (ending("check", "value", steps=3), False),
    ],
    ids=["as one run", "another check", "passed", "as long", "longer"],
)
def test_a_run_ends_as_one_of_the_runs_does(student: Trace, fits: bool) -> None:
    runs = Runs()
    for trace in (ending("check", "value"), ending("check", "randomness", steps=2)):
        runs.add(portrait(trace))
    assert (runs.explain(portrait(student), runs) < math.inf) is fits


@pytest.mark.parametrize(
    ("parts", "raises"),
    [(("raised", "ValueError: no"), True), (("check", "raised"), False), ((), False)],
)
def test_what_the_code_raises_is_told_from_what_a_check_says(
    parts: tuple[str, ...], raises: bool
) -> None:
    runs = Runs()
    runs.add(portrait(ending(*parts)))
    assert runs.raises is portrait(ending(*parts)).raises is raises


def test_what_moves_is_found_out_from_the_runs() -> None:
    runs = runs_of(looks(lambda rng: {"draw": rng.random(50), "same": np.ones(3)}))
    assert len(runs.moving) == 1
    assert runs_of(looks(lambda rng: {"same": np.ones(3)})).moving == set()


def test_one_place_that_moves_in_a_large_array_is_seen() -> None:
    size = 4 * MAX_THIN_ENTRIES
    runs = runs_of(looks(lambda rng: {"draw": rng.random(size)}))
    assert len(runs.moving) == 1
    student = portrait(looks(lambda rng: {"draw": rng.random(size)})(np.random.default_rng(9)))
    assert runs.explain(student, runs) <= FAR


# Whether more runs would tell more


def rarely(rng: np.random.Generator) -> dict[str, Any]:
    """One number decides for all: what one run shows, few others do."""
    return {"draw": np.full(50, float(rng.integers(0, 100)))}


@pytest.mark.parametrize(
    ("candidate", "right", "undecided"),
    [
        (lambda rng: {"draw": rng.random(500)}, lambda rng: {"draw": rng.random(500)}, False),
        (lambda rng: {"draw": np.ones(500)}, lambda rng: {"draw": rng.random(500)}, True),
        (lambda rng: {"draw": np.ones(500)}, lambda rng: {"draw": np.ones(500)}, False),
        (rarely, rarely, True),
    ],
    ids=["as chance has it", "only the right one moves", "none moves", "all or nothing"],
)
def test_more_runs_are_made_where_few_tell_little(
    candidate: Callable[[np.random.Generator], dict[str, Any]],
    right: Callable[[np.random.Generator], dict[str, Any]],
    undecided: bool,
) -> None:
    assert runs_of(looks(candidate)).undecided(runs_of(looks(right), 2)) is undecided


def test_runs_of_other_lengths_or_endings_tell_little() -> None:
    for other in (ending("check", "shape"), ending("check", "value", steps=2)):
        runs = Runs()
        runs.add(portrait(ending("check", "value")))
        assert not runs.undecided(runs)
        runs.add(portrait(other))
        assert runs.undecided(Runs(list(runs.portraits[:1])))


def test_with_more_runs_the_doubt_is_smaller() -> None:
    """A rate that is a little off is told apart once the right one is known well enough."""
    code, off = dropping(0.5, calls=1), dropping(0.66, calls=1)
    student, right = portrait(off(np.random.default_rng(100))), runs_of(code)
    assert right.explain(student, right) <= FAR
    assert runs_of(code, MORE_RANDOM_RUNS).explain(student, right) == math.inf
