"""Pictures for a student's page: where the draws lie, and the path of the descent.

The ranges are none of the hidden tests', and the numbers random in any case.
"""

import math
from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np

from grader import checks
from grader.checks.asking import results_of
from grader.checks.randomness import surprise
from grader.checks.scenario import Caller, Run, generator
from grader.report.figures import RIGHT, STUDENT, Board, Mark, styled
from reference import hyperparameters as right

RANGES = {
    "sample_learning_rate": (1e-5, 1.0),
    "sample_beta": (0.8, 0.9998),
    "sample_units": (20, 79),
}
SIZE, PARTS = 6000, 12
RATES, STEPS = (0.05, 0.3, 0.9), 15

Picture = tuple[Any, str, str]


def draw(question: str, env: Any) -> Iterator[Picture]:
    """Yield the picture for a question that lost points."""
    yield _path(env[question]) if question == "minimize" else _shares(question, env[question])


def _shares(question: str, sample: Any) -> Picture:
    low, high = RANGES[question]
    run, rights = Run(low=low, high=high, size=SIZE), [getattr(right, question)]
    (seen,) = results_of(_drawn, [(run, Caller)], [sample], rights)
    own = checks.array(seen["drawn"], name="", finite=False)
    level = _level(question, own.astype(np.float64).ravel())
    shares = np.histogram(level, np.linspace(0.0, 1.0, PARTS + 1))[0] / SIZE
    places = np.arange(PARTS) + 1.0
    least, most = _bounds()
    picture = _board().marked(
        Mark(points=np.column_stack([places, shares]),
             right=np.column_stack([places, np.clip(shares, least, most)]), shape="circle"),
    )  # fmt: skip
    caption = (
        "The range, cut into twelve parts that should come as often, and the share of 6,000 "
        "draws in each; right ones stay in the shaded band."
    )
    return picture, caption, "The shares of your draws in twelve parts of the range."


def _drawn(sample: Any, run: Run) -> dict[str, Any]:
    """Draw in the student's process: a generator cannot be handed over."""
    return {"drawn": sample(run.low, run.high, run.size, generator(12))}


def _level(question: str, own: Any) -> Any:
    """Where in the range the numbers lie, from 0 to 1, on the scale that is asked for."""
    low, high = RANGES[question]
    if question == "sample_units":
        return (own - low + 0.5) / (high - low + 1)
    if question == "sample_beta":
        own, low, high = 1 - own, 1 - low, 1 - high
    return np.log(np.maximum(own, 1e-300) / low) / math.log(high / low)


def _path(own: Any) -> Picture:
    marks = []
    for lr in RATES:
        path = checks.array(own(0.0, lr, STEPS), name="", shape=(STEPS + 1,), finite=False)
        steps = np.arange(STEPS + 1)
        wanted = np.column_stack([steps, right.minimize(0.0, lr, STEPS)])
        marks.append(Mark(points=np.column_stack([steps, path]), right=wanted, shape="circle"))
    caption = (
        "The way from 0 to the minimum at 5, with the learning rates 0.05, 0.3 and 0.9: the right "
        "one, and yours."
    )
    return _ways().marked(*marks), caption, "Your paths of gradient descent beside the right ones."


@cache
def _bounds() -> tuple[float, float]:
    """The shares that right draws leave less often than RISK, by the bound of the tests."""
    shares = np.linspace(0.0, 0.3, 6001)
    limit = math.log(2 * PARTS / checks.RISK)
    inside = shares[surprise(shares * SIZE, SIZE, 1 / PARTS, 1 / PARTS) < limit]
    return float(inside.min()), float(inside.max())


@cache
def _board() -> Board:
    with styled(1, height=3.0) as (figure, (axis,)):
        axis.fill_between([0.5, PARTS + 0.5], *_bounds(), color=RIGHT, alpha=0.35, lw=0,
                          label="right")  # fmt: skip
        axis.plot([], [], "o-", color=STUDENT, ms=4, lw=1.4, label="yours")
        axis.set(xlabel="part of the range", ylabel="share", xlim=(0.5, PARTS + 0.5),
                 ylim=(0, 0.25))  # fmt: skip
        axis.legend(fontsize=8, loc="lower left", bbox_to_anchor=(0, 1), ncols=2)
    return Board(figure, [axis])


@cache
def _ways() -> Board:
    with styled(1, height=3.0) as (figure, (axis,)):
        for lr in RATES:
            axis.plot(right.minimize(0.0, lr, STEPS), color=RIGHT, lw=5, alpha=0.6)
        axis.plot([], [], color=RIGHT, lw=5, alpha=0.6, label="right")
        axis.plot([], [], "o-", color=STUDENT, ms=4, lw=1.4, label="yours")
        axis.set(xlabel="step", ylabel="w", xlim=(0, STEPS), ylim=(-1, 11))
        axis.legend(fontsize=8, loc="lower left", bbox_to_anchor=(0, 1), ncols=2)
    return Board(figure, [axis])
