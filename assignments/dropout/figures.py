"""Pictures for a student's page: how much is dropped, where, and where the gradient passes.

The samples are none of the hidden tests', and random in any case.
"""

import math
from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np

from grader import checks
from grader.checks import dropping
from grader.checks.randomness import surprise
from grader.report.figures import NEUTRAL, RIGHT, STUDENT, Board, Mark, styled

RATIOS = (0.1, 0.25, 0.4, 0.6, 0.75, 0.9)
SHAPE = (44, 50)
SHOWN = (18, 24)
LOWEST, HIGHEST = -0.1, 1.1

Picture = tuple[Any, str, str]


def draw(question: str, env: Any) -> Iterator[Picture]:
    """Yield the picture for a question that lost points."""
    yield (_forward if question == "forward" else _backward)(env["Dropout"])


def _forward(layer_class: Any) -> Picture:
    x = checks.mask_inputs(SHAPE, seed=31)
    dropped, patterned = [], False
    kept: Any = []
    for ratio in RATIOS:
        layer = layer_class(ratio)
        trained = checks.array(layer.forward(x.copy(), True), name="", shape=SHAPE, finite=False)
        dropped.append((ratio, float(np.mean(trained == 0))))
        if ratio == RATIOS[2]:
            passed = trained != 0
            kept = np.argwhere(passed[: SHOWN[0], : SHOWN[1]])[:, ::-1]
            patterned = not dropping.is_independent(dropping.blocks(passed[None]))
    right = [(r, np.clip(share, *_bounds(r, math.prod(SHAPE)))) for r, share in dropped]
    sizes = [(ratio, _size_at_test_time(layer_class, x, ratio)) for ratio in RATIOS]
    picture = _forward_board().marked(
        Mark(points=dropped, right=right, shape="circle", size=6.0),
        Mark(points=sizes, right=[(r, 1 - r) for r in RATIOS], axis=1, shape="circle", size=6.0),
        # No entry has a place, and yet they can lie wrong.
        Mark(points=kept, right=() if patterned else None, axis=2, width=0.0, shape="square",
             size=4.6),
    )  # fmt: skip
    caption = (
        "The share of 2,200 entries that your training forward makes 0; a correct layer leaves "
        "the shaded band only once in a billion times. How large entries are at test time, as a "
        "part of x. The entries that one training forward lets through, for the ratio 0.4; they "
        "should lie without any order."
    )
    alt = "Your drop rate over the ratio, your scale at test time, and one of your masks."
    return picture, caption, alt


def _size_at_test_time(layer_class: Any, x: checks.Real, ratio: float) -> float:
    try:
        out = layer_class(ratio).forward(x.copy(), False)
        return float(np.median(checks.array(out, name="", shape=x.shape, finite=False) / x))
    except checks.CheckFailure:
        return math.nan


def _backward(layer_class: Any) -> Picture:
    x, dout = checks.mask_inputs(SHOWN, seed=32), checks.mask_inputs(SHOWN, seed=33)
    x[::3] = 0.0  # as after a ReLU
    layer = layer_class(0.4)
    out = checks.array(layer.forward(x.copy(), True), name="", shape=SHOWN, finite=False)
    dx = checks.array(layer.backward(dout.copy()), name="", shape=SHOWN, finite=False)
    signal, gradient, asked = out != 0, dx != 0, x != 0

    def places(entries: Any) -> Any:
        return np.argwhere(entries)[:, ::-1]

    picture = _backward_board().marked(
        Mark(points=places(signal), width=0.0, shape="square", size=6.0),
        # None in all of these rows is right once in 1e57 times.
        Mark(points=places(gradient & ~(asked & ~signal)), axis=1, width=0.0, shape="square",
             right=None if gradient[::3].any() else (), size=6.0),
        Mark(points=places(gradient & asked & ~signal), right=(), axis=1, width=0.0, shape="box",
             size=5.0),
        Mark(points=places(~gradient & signal), right=(), axis=1, width=0.0, shape="cross",
             size=5.0, color=RIGHT),
    )  # fmt: skip
    caption = (
        "The signal: the entries that are not 0 after one training forward (in every third row x "
        "is 0 itself). The gradient: those that backward does not make 0; in these rows it should "
        "pass as often as in others. A hollow square: the gradient passes where the signal did "
        "not. A cross: the signal passed, and the gradient does not."
    )
    return picture, caption, "Where the signal passed beside where the gradient passed."


@cache
def _forward_board() -> Board:
    ratios = np.linspace(0.02, 0.98, 49)
    band = np.array([_bounds(ratio, math.prod(SHAPE)) for ratio in ratios])
    with styled(3, height=3.0) as (figure, (rate, size, mask)):
        rate.fill_between(ratios, *band.T, color=RIGHT, alpha=0.35, lw=0, label="right")
        rate.plot(ratios, ratios, color=RIGHT, lw=1)
        rate.set(xlabel="dropout_ratio", ylabel="share dropped")
        size.plot(ratios, 1 - ratios, color=RIGHT, lw=5, alpha=0.6, label="right")
        size.set(xlabel="dropout_ratio", ylabel="size at test time")
        for axis in (rate, size):
            axis.plot([], [], "o-", color=STUDENT, ms=6, lw=1.4, label="yours")
            axis.set(xlim=(0, 1), ylim=(LOWEST, HIGHEST + 0.25))
            axis.legend(fontsize=8, loc="upper left")
        _grid(mask, "one mask")
    return Board(figure, [rate, size, mask])


@cache
def _bounds(ratio: float, entries: int) -> tuple[float, float]:
    """The shares that a correct layer leaves less often than RISK, by the bound of the tests."""
    shares = np.linspace(0.0, 1.0, 2001)
    inside = shares[surprise(shares * entries, entries, ratio, ratio) < math.log(2 / checks.RISK)]
    return float(inside.min()), float(inside.max())


@cache
def _backward_board() -> Board:
    with styled(2, height=3.1) as (figure, axes):
        _grid(axes[0], "the signal")
        _grid(axes[1], "the gradient")
    return Board(figure, axes)


def _grid(axis: Any, title: str) -> None:
    axis.set(xlim=(-1, SHOWN[1]), ylim=(SHOWN[0], -1), title=title, xticks=[], yticks=[])
    axis.grid(visible=False)
    for side in ("top", "right"):
        axis.spines[side].set(visible=True, color=NEUTRAL)
