"""Whole dropout layers before the judges of dropping: each mistake costs its own test case."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

from grader.checks import CheckFailure, CheckWarning, dropping
from grader.checks.dropping import run
from grader.checks.exercise import Exercise
from grader.checks.judging import each, same_as
from grader.course.testfile import quiet_import

quiet_import("otter.test_files")  # its dependencies warn


class Layer:
    """The reference; only its methods' names count here."""

    def __init__(self, ratio: float = 0.5) -> None: ...

    def forward(self, x: Any, train: bool = True) -> Any: ...

    def backward(self, dout: Any) -> Any: ...


SMALL, TALL, WIDE = (20, 30), (1000, 30), (60, 80)
EXERCISE = Exercise(Layer, runs=[run(0.3, WIDE)])


def judged(scenario: Any, *judges: Any, runs: Any, apart: bool = True, **more: Any) -> Any:
    return EXERCISE.shows(
        scenario, each(runs, *judges), runs=runs, elsewhere=dropping.elsewhere, apart=apart,
        points=1, says="The layer must drop.", **more,
    )  # fmt: skip


CASES = {
    "kept": judged(dropping.drawn, dropping.kept_or_dropped, runs=[run(0.3, TALL)]),
    "rate": judged(dropping.drawn, dropping.rate,
                   runs=[run(0.3, SMALL, calls=60), run(0.8, TALL, calls=2)]),
    "alone": judged(dropping.drawn, dropping.each_by_itself,
                    runs=[run(0.3, TALL), run(0.3, SMALL, calls=100)]),
    "fresh": judged(dropping.anew, dropping.drawn_anew, runs=[run(0.3, SMALL, SMALL)],
                    apart=False),
    "shapes": judged(dropping.drawn, dropping.other_shapes,
                     runs=[run(0.3, TALL, (600,), (5, 4, 6, 5), calls=3)]),
    "back": judged(dropping.passed, dropping.same_way_back,
                   runs=[run(0.3, WIDE, (70, 40)), run(0.8, WIDE, size=1e6),
                         run(0.3, (600,), first=((True, (600,)),))]),
    "zeros": judged(dropping.passed, dropping.blind_to_zeros,
                    runs=[run(0.3, WIDE, WIDE, WIDE, zeros=0.5)]),
    "last": judged(dropping.between, dropping.masked, same_as("first", "again", name="backward"),
                   dropping.last_mask, runs=[run(0.3, WIDE, first=((False, WIDE),))]),
    "caller": judged(
        dropping.shared, dropping.masked,
        same_as("own", "own beside", unless="own again", name="forward"),
        same_as("first", "late", "overwritten", "filled", "beside", unless="again",
                name="backward"),
        runs=[run(0.3, WIDE, WIDE, first=((False, WIDE),))], apart=False, keeps=["douts"]),
}  # fmt: skip

CODE = """
class Layer:
    mask = None

    def __init__(self, ratio=0.5):
        self.ratio = ratio

    def forward(self, x, train=True):
        if not train:
            {test}
        {draw}
        {out}

    def backward(self, dout):
        {back}
"""
RIGHT = {
    "test": "return x * (1 - self.ratio)",
    "draw": "self.mask = np.random.rand(*x.shape) > self.ratio",
    "out": "return x * self.mask",
    "back": "return dout * self.mask",
}


def lost(**changes: str) -> str:
    """The test cases that a layer with these changes fails."""
    notebook: dict[str, Any] = {"np": np, "rng": np.random.default_rng(3)}
    exec(CODE.format(**RIGHT | changes), notebook)
    np.random.seed(4)
    failed = []
    for name, case in CASES.items():
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", CheckWarning)
                case.call_func(notebook)
        except Exception:
            failed.append(name)
    return " ".join(failed)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"draw": "self.mask = rng.random(x.shape, dtype=np.float32) >= np.float32(self.ratio)"},
        {"draw": "self.mask = np.random.binomial(1, 1 - self.ratio, size=x.shape)"},
        {"draw": "self.mask = rng.choice([0.0, 1.0], x.shape, p=[self.ratio, 1 - self.ratio])"},
        {"draw": "self.mask = np.random.rand(x.size).reshape(x.shape) > self.ratio",
         "out": "return np.where(self.mask, x, 0)", "back": "return np.where(self.mask, dout, 0)"},
        {"draw": "self.dropped = rng.random(x.shape) < self.ratio",
         "out": "out = x.copy(); out[self.dropped] = 0; return out",
         "back": "dx = np.array(dout); dx[self.dropped] = 0.0; return dx"},
        {"out": "return (x * self.mask).astype(np.float32)"},
        {"out": "return (x * self.mask).tolist()", "back": "return (dout * self.mask).tolist()"},
        {"test": "self.seen = True; return x.copy()"},
    ],
    ids=["rand", "float32 draws", "binomial", "choice", "where", "copies", "float32", "lists",
         "test time does not scale"],
)  # fmt: skip
def test_a_right_layer_keeps_all_however_it_draws(changes: dict[str, str]) -> None:
    assert lost(**changes) == ""


@pytest.mark.parametrize(
    ("changes", "loses"),
    [
        ({"draw": "self.mask = np.random.rand(*x.shape) < self.ratio"}, "rate"),
        ({"draw": "self.mask = np.random.rand(*x.shape) > 0.5"}, "rate"),
        ({"draw": "self.mask = np.random.rand(*x.shape) > self.ratio ** 2"}, "rate"),
        ({"out": "return x * self.mask / (1 - self.ratio)"}, "kept"),
        ({"out": "return -x * self.mask", "back": "return -dout * self.mask"}, "kept"),
        ({"draw": "np.random.seed(0); self.mask = np.random.rand(*x.shape) > self.ratio"}, "fresh"),
        ({"draw": "self.mask = rng.random(x.shape[:1] + (1,) * (x.ndim - 1)) > self.ratio",
          "out": "return x * (self.mask + 0 * x)"}, "alone"),
        ({"draw": "self.mask = rng.random(x.shape[-1:]) > self.ratio",
          "out": "return x * (self.mask + 0 * x)"}, "alone"),
        ({"draw": "self.mask = rng.permutation(x.size).reshape(x.shape) >= self.ratio * x.size"},
         "alone"),
        ({"draw": "self.mask = rng.random(x.shape) > self.ratio if self.mask is None "
                  "or self.mask.shape != x.shape else self.mask"}, "fresh"),
        ({"draw": "self.mask = np.random.rand(x.shape[0], x.shape[1]) > self.ratio"}, "shapes"),
        ({"draw": "self.mask = np.random.rand(*x.shape) > (self.ratio if x.ndim == 2 else 0.9)"},
         "shapes"),
        ({"draw": "n = self.ratio; self.mask = rng.random(x.shape) > (n if x.ndim == 2 else 0)",
          "back": "return dout * self.mask"}, "shapes"),
        ({"out": "return x * self.mask if x.ndim == 2 else [0.0, 1.0]"}, "shapes"),
        ({"back": "return dout * (np.random.rand(*dout.shape) > self.ratio)"}, "back last"),
        ({"out": "self.out = x * self.mask; return self.out.copy()",
          "back": "return dout * (self.out != 0)"}, "zeros"),
        ({"test": "self.mask = np.ones(x.shape); return x * (1 - self.ratio)"}, "last"),
        ({"draw": "Layer.mask = np.random.rand(*x.shape) > self.ratio"}, "caller"),
        ({"back": "dout *= self.mask; return dout"}, "caller"),
        ({"out": "self.out = x * self.mask; self.x = x.copy(); return self.out",
          "back": "return np.where(self.out == 0, 0, dout)"}, "zeros caller"),
        ({"back": "return dout"}, "back zeros last caller"),
        ({"back": "return dout * (1 - self.mask)"}, "back"),
        ({"back": "return 0 * dout"}, "back zeros last caller"),
        ({"back": "return 2 * dout * self.mask"}, "back"),
        ({"back": "return None"}, "back zeros last caller"),
        ({"back": "raise NotImplementedError"}, "back zeros last caller"),
        ({"out": "return x"}, "rate alone fresh back"),
        ({"out": "return 0 * x"}, "rate alone fresh shapes back"),
        ({"out": "return None"}, "kept rate alone fresh shapes back zeros last"),
    ],
    ids=lambda value: value if isinstance(value, str) else "; ".join(value.values()),
)  # fmt: skip
def test_each_mistake_costs_its_own(changes: dict[str, str], loses: str) -> None:
    assert lost(**changes) == loses


def test_rows_that_are_dropped_together_are_no_other_default() -> None:
    """Which default is meant cannot be told from them, and they are charged elsewhere."""
    asked = dropping.run(0.5, (500, 30), given=(True,), left=())
    (x,), draw = asked.xs, np.random.default_rng(8).random

    def output(ratio: float, columns: int) -> Any:
        return x * (draw((500, columns)) >= ratio)

    others = [output(0.2, 30), output(0.2, 30)]
    dropping.alike(asked, {"given": [output(0.5, 1), output(0.5, 1)], "own": others})
    with pytest.raises(CheckFailure, match="default is left out"):
        dropping.alike(asked, {"given": [output(0.5, 30), output(0.5, 30)], "own": others})
