"""Pictures for a student's page: how the weights are spread, and what that does to a signal.

The sizes are none of the hidden tests', and the numbers random in any case.
"""

import contextlib
import math
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np

from grader import checks
from grader.checks.distribution import normal_levels
from grader.checks.randomness import surprise
from grader.report.figures import RIGHT, STUDENT, Board, Mark, styled

SIZE = (250, 80)
FACTOR = {"xavier": 1.0, "he": 2.0}
EDGES = np.linspace(-4.0, 4.0, 33)
WIDTHS, SAMPLES = (100, 300, 100, 300, 100, 300), 200  # not square: fan-out shows
LOWEST, HIGHEST = 1e-3, 1e3

Picture = tuple[Any, str, str]


def draw(question: str, env: Any) -> Iterator[Picture]:
    """Yield the picture for a question that lost points."""
    own = checks.array(env[question](*SIZE), name="", shape=SIZE, finite=False)
    z = own.ravel() / math.sqrt(FACTOR[question] / SIZE[0])
    shares = np.histogram(z, EDGES)[0] / z.size
    middles = (EDGES[1:] + EDGES[:-1]) / 2
    low, high = _bounds()
    picture = _bell().marked(
        Mark(points=np.column_stack([middles, shares]),
             right=np.column_stack([middles, np.clip(shares, low, high)]), shape="circle"),
    )  # fmt: skip
    caption = (
        "How 20,000 of your weights are spread, in units of the standard deviation asked for; "
        "right ones stay in the shaded band."
    )
    yield picture, caption, "The distribution of your weights beside the normal one."


def draw_for_all(env: Any) -> Iterator[tuple[str, Any, str, str]]:
    """Yield how large a signal is after each of five layers with the student's weights."""
    marks = []
    for place, (question, activation) in enumerate((("xavier", np.tanh), ("he", _relu))):
        with contextlib.suppress(Exception):  # the other one may be written
            sizes = _sizes(env[question], activation)
            marks.append(Mark(points=list(enumerate(sizes)), axis=place, shape="circle", size=6.0))
    if marks:
        caption = (
            "The size of a signal (root mean square) before the first of five layers with 300 and "
            "100 units in turn, and after every one, with your weights: through tanh with xavier, "
            "through ReLU with he. What is below 0.001, or above 1000, is drawn at the "
            "edge. This is not graded."
        )
        alt = "The size of a signal over five layers with your start values."
        yield "layers", _layers().marked(*marks), caption, alt


def _relu(z: Any) -> Any:
    return np.maximum(z, 0.0)


def _sizes(init: Any, activation: Any) -> list[float]:
    signal = np.random.default_rng(6).standard_normal((SAMPLES, WIDTHS[0]))
    sizes = [float(np.sqrt(np.mean(signal**2)))]
    for size in pairwise(WIDTHS):
        weights = checks.array(init(*size), name="", shape=size)
        signal = activation(signal @ weights)
        sizes.append(float(np.clip(np.sqrt(np.mean(signal**2)), LOWEST, HIGHEST)))
    return sizes


@cache
def _bounds() -> tuple[Any, Any]:
    """The shares that right weights leave less often than RISK, by the bound of the tests."""
    rates = np.diff(normal_levels(EDGES))
    shares = np.linspace(0.0, 0.2, 4001)
    count = math.prod(SIZE)
    limit = math.log(2 * len(rates) / checks.RISK)
    inside = [shares[surprise(shares * count, count, r, r) < limit] for r in rates]
    return np.array([s.min() for s in inside]), np.array([s.max() for s in inside])


@cache
def _bell() -> Board:
    middles = (EDGES[1:] + EDGES[:-1]) / 2
    with styled(1, height=3.0) as (figure, (axis,)):
        axis.fill_between(middles, *_bounds(), color=RIGHT, alpha=0.35, lw=0, label="right")
        axis.plot([], [], "o-", color=STUDENT, ms=4, lw=1.4, label="yours")
        axis.set(xlabel="weight / standard deviation", ylabel="share", xlim=(-4, 4), ylim=(0, 0.2),
                 yticks=[0.0, 0.05, 0.1, 0.15, 0.2])  # fmt: skip
        axis.legend(fontsize=8, loc="lower left", bbox_to_anchor=(0, 1), ncols=2)
    return Board(figure, [axis])


@cache
def _layers() -> Board:
    from reference import initialization

    with styled(2, height=3.0) as (figure, axes):
        for axis, question, activation, title in zip(
            axes, FACTOR, (np.tanh, _relu), ("tanh, xavier", "ReLU, he"), strict=True
        ):
            sizes = _sizes(getattr(initialization, question), activation)
            axis.plot(range(len(WIDTHS)), sizes, color=RIGHT, lw=5, alpha=0.6, label="right")
            axis.plot([], [], "o-", color=STUDENT, ms=6, lw=1.4, label="yours")
            axis.set(xlabel="layer", title=title, yscale="log", ylim=(LOWEST, HIGHEST))
            axis.legend(fontsize=8, loc="upper left")
        axes[0].set(ylabel="size of the signal")
    return Board(figure, axes)
