"""Pictures for a student's page: before and after normalization, running statistics, gradients.

The batches are none of the hidden tests'.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np

from grader import checks
from grader.report.figures import MARK, NEUTRAL, OTHERS, RIGHT, STUDENT, Board, Mark, styled
from reference.batchnorm import BatchNormalization as Right

SAMPLES = 60
FEATURES = 3
NAMES = ("feature 0", "feature 1", "feature 2")
AFTER = ("feature 0, after", "feature 1, after", "feature 2, after")
PLACES = np.linspace(-4.0, 4.0, 65)
SMOOTH = 0.25
CALLS = 12
MOMENTUM = 0.8
SMALL = (5, 2)  # the batch whose gradient is measured

Picture = tuple[Any, str, str]


def draw(question: str, env: Any) -> Iterator[Picture]:
    """Yield the picture for a question that lost points."""
    pictures = {"forward": _forward, "running": _running, "backward": _backward}
    yield pictures[question](env["BatchNormalization"])


def _batch(seed: int) -> checks.Real:
    """A batch of three features with means and spreads of their own, shape (60, 3)."""
    rng = np.random.default_rng(700 + seed)
    return rng.normal([-2.0, 0.3, 2.2], [0.4, 1.1, 0.7], (SAMPLES, FEATURES))


def _layer(layer_class: Any, features: int = FEATURES) -> Any:
    return layer_class(np.ones(features), np.zeros(features), MOMENTUM)


# The student's marks, on boards that are drawn once


def _forward(layer_class: Any) -> Picture:
    out = _layer(layer_class).forward(_batch(0), True)
    own = checks.array(out, name="", shape=(SAMPLES, FEATURES), finite=False)
    right = _layer(Right).forward(_batch(0))
    marks = [
        Mark(points=_density(own[:, i]), right=_density(right[:, i]), axis=1 + i)
        for i in range(FEATURES)
    ]
    caption = (
        "Three features of a batch as they come in, then each of them after your training "
        "forward (gamma 1, beta 0) and as it should be: around 0, one standard deviation wide."
    )
    alt = "Distributions of three features before normalization, and after yours and the right one."
    return _forward_board().marked(*marks), caption, alt


def _running(layer_class: Any) -> Picture:
    layer = _layer(layer_class)
    means: list[Any] = []
    variances: list[Any] = []
    for call in range(CALLS):
        layer.forward(_batch(call), True)
        for found, values in ((means, layer.running_mean), (variances, layer.running_var)):
            own = checks.array(values, name="", finite=False).reshape(-1)
            found.append((call + 1, own[2] if own.size == FEATURES else np.nan))
    calls = np.arange(1, CALLS + 1)
    rights = [np.column_stack([calls, statistic]) for statistic in _statistics()]
    picture = _running_board().marked(
        Mark(points=means, right=rights[0], shape="circle"),
        Mark(points=variances, right=rights[1], axis=1, shape="circle"),
    )
    caption = (
        "Both running statistics of one feature over 12 training calls, from zeros, with "
        "momentum 0.8: yours beside the right ones."
    )
    return picture, caption, "Your running mean and variance beside the right ones, call by call."


def _backward(layer_class: Any) -> Picture:
    x, dout = _small()
    layer = _layer(layer_class, SMALL[1])
    layer.forward(x.copy(), True)
    own = checks.array(layer.backward(dout.copy()), name="", shape=SMALL, finite=False).reshape(-1)
    worst = int(np.argmax(np.nan_to_num(np.abs(own - _slopes()), nan=np.inf)))
    stems = [Mark(points=[(i + 0.18, 0.0), (i + 0.18, g)], width=3.0) for i, g in enumerate(own)]
    heads = [(i + 0.18, g) for i, g in enumerate(own)]
    picture = _backward_board().marked(
        Mark(points=[(worst, -50.0), (worst, 50.0)], color=MARK, width=20.0, opacity=0.25),
        *stems,
        Mark(points=heads, right=[(i + 0.18, g) for i, g in enumerate(_slopes())], width=0.0,
             shape="diamond", size=8.0),
    )  # fmt: skip
    caption = (
        "Each entry of a batch of five samples was moved a little and the loss measured: its "
        "slope is what dx should hold. The worst entry is shaded."
    )
    return picture, caption, "Measured slopes of the loss beside the entries of your dx."


# What is the same for all


def _density(values: checks.Real) -> checks.Real:
    """How densely values lie at PLACES, smoothed, shape (len(PLACES), 2).

    A histogram would jump where a value moves from one bin to the next, though none moved far.
    """
    near = np.exp(-0.5 * ((PLACES - values[np.isfinite(values), None]) / SMOOTH) ** 2)
    return np.column_stack([PLACES, near.sum(axis=0) / (SAMPLES * SMOOTH * np.sqrt(2 * np.pi))])


@cache
def _forward_board() -> Board:
    x = _batch(0)
    right = _layer(Right).forward(x)
    with styled(4, height=2.7) as (figure, axes):
        dashes = ("-", (0, (4, 1)), (0, (1, 1)))
        for i, (color, dash) in enumerate(zip(OTHERS, dashes, strict=False)):
            axes[0].plot(*_density(x[:, i]).T, color=color, ls=dash, label=NAMES[i])
            axes[1 + i].fill_between(*_density(right[:, i]).T, color=RIGHT, alpha=0.5, lw=0,
                                     label="right")  # fmt: skip
            axes[1 + i].plot([], [], color=STUDENT, lw=1.4, label="yours")
            axes[1 + i].set_title(AFTER[i])
        axes[0].set(title="before")
        for axis in axes:
            axis.set(xlim=(-4, 4), ylim=(0, 1.7), yticks=[])
        axes[0].legend(fontsize=8, loc="upper right", handlelength=1.2)
        axes[1].legend(fontsize=8, loc="upper left", handlelength=1.2)
    return Board(figure, axes)


@cache
def _statistics() -> tuple[list[float], list[float]]:
    """The right running mean and variance of feature 2, call by call."""
    layer = _layer(Right)
    means: list[Any] = []
    variances: list[Any] = []
    for call in range(CALLS):
        layer.forward(_batch(call))
        means.append(layer.running_mean[2])
        variances.append(layer.running_var[2])
    return means, variances


@cache
def _running_board() -> Board:
    calls = np.arange(1, CALLS + 1)
    with styled(2, height=3.0) as (figure, axes):
        for axis, name, right in zip(
            axes, ("running_mean", "running_var"), _statistics(), strict=True
        ):
            axis.plot(calls, right, color=RIGHT, lw=5, alpha=0.6, label="right")
            axis.plot([], [], "o-", color=STUDENT, ms=4, lw=1.4, label="yours")
            axis.set(title=name, xlabel="training call", xticks=calls[1::2],
                     ylim=(-0.4 * max(right), 1.9 * max(right)))  # fmt: skip
            axis.legend(fontsize=8, loc="upper right")
    return Board(figure, axes)


@cache
def _small() -> tuple[checks.Real, checks.Real]:
    rng = np.random.default_rng(77)
    return rng.normal(0.5, 1.2, SMALL), rng.normal(0.0, 1.0, SMALL)


@cache
def _slopes() -> checks.Real:
    """The slopes of sum(dout * forward(x)), by finite differences."""
    x, dout = _small()
    found = []
    for place in np.ndindex(SMALL):
        ends = []
        for step in (1e-5, -1e-5):
            moved = x.copy()
            moved[place] += step
            ends.append(float(np.sum(dout * _layer(Right, SMALL[1]).forward(moved))))
        found.append((ends[0] - ends[1]) / 2e-5)
    return np.array(found)


@cache
def _backward_board() -> Board:
    slopes = _slopes()
    places = np.arange(len(slopes))
    edge = 2.2 * float(np.abs(slopes).max())
    with styled(height=3.2) as (figure, (axis,)):
        axis.bar(places - 0.18, slopes, 0.3, color=RIGHT, label="slope of the loss, measured")
        axis.plot([], [], "D-", color=STUDENT, lw=3, ms=6, label="your dx")
        axis.axhline(0, color=NEUTRAL, lw=0.8)
        axis.set_xticks(places, [f"{i},{j}" for i, j in np.ndindex(SMALL)], fontsize=8)
        axis.set(ylabel="derivative", ylim=(-edge, edge), xlim=(-0.6, len(slopes) - 0.4))
        axis.set_xlabel("sample, feature")
        # Above the axes: the shading of the worst entry goes over all of their height.
        axis.legend(fontsize=8, ncols=2, loc="lower left", bbox_to_anchor=(0.0, 0.98))
    return Board(figure, [axis])
