"""Pictures for a student's page: what the student's code does beside what is right.

The samples and weights are none of the hidden tests'.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np

from grader import checks
from grader.report.figures import MARK, NEUTRAL, RIGHT, STUDENT, Board, Mark, styled
from reference.shallow_narrow import ShallowNarrowExercise, loss

X = np.linspace(-0.6, 1.0, 9)
Y = 1.3 * X + 0.2 * np.cos(5 * X)
START = (1.5, -0.6)
RATE, EPOCHS = 0.12, 40
WEIGHTS = [(0.8, -1.1), (-0.5, -1.4), (1.2, 0.4)]
LINE = (1.4, 0.9)

Picture = tuple[Any, str, str]


def draw(question: str, env: Any) -> Iterator[Picture]:
    """Yield the pictures for a question that lost points."""
    if question == "train":
        yield _training(env["ShallowNarrowExercise"])
    elif question == "dloss_dw":
        yield _gradients(env["ShallowNarrowExercise"])
    elif question == "forward":
        yield _predictions(env["ShallowNarrowExercise"])
    elif question == "loss":
        yield _losses(env["loss"])


# The student's marks, on boards that are drawn once


def _predictions(model_class: Any) -> Picture:
    own = checks.array(model_class(list(LINE)).forward(X.copy()), name="", shape=X.shape)
    right = np.column_stack([X, ShallowNarrowExercise(LINE).forward(X)])
    mark = Mark(points=np.column_stack([X, own]), right=right, shape="circle")
    picture = _predictions_board().marked(mark)
    alt = "Your predictions and the right ones over x."
    return picture, "Predictions of your forward, for two weights.", alt


def _losses(own_loss: Any) -> Picture:
    errors = _errors()
    own = [checks.number(own_loss(np.array([e, -0.5 * e]), np.zeros(2)), name="") for e in errors]
    right = np.column_stack([errors, _right_losses()])
    mark = Mark(points=np.column_stack([errors, own]), right=right, shape="circle")
    picture = _losses_board().marked(mark)
    caption = "Your loss for two samples: one is off by e, the other by half as much downwards."
    return picture, caption, "Your loss and the right one over the size of the errors."


def _gradients(model_class: Any) -> Picture:
    own = []
    for weights in WEIGHTS:
        model = model_class(list(weights))
        model.forward(X.copy())
        pair = checks.pair(model.dloss_dw(X.copy(), Y.copy()), name="")
        own += [checks.number(g, name="", finite=False) for g in pair]
    worst = int(np.argmax(np.nan_to_num(np.abs(np.array(own) - _slopes()), nan=np.inf)))
    stems = [Mark(points=[(i + 0.18, 0.0), (i + 0.18, g)], width=3.0) for i, g in enumerate(own)]
    heads = [(i + 0.18, g) for i, g in enumerate(own)]
    picture = _gradients_board().marked(
        Mark(points=[(worst, -50.0), (worst, 50.0)], color=MARK, width=34.0, opacity=0.25),
        *stems,
        Mark(points=heads, right=[(i + 0.18, g) for i, g in enumerate(_slopes())], width=0.0,
             shape="diamond", size=9.0),
    )  # fmt: skip
    caption = (
        "Each weight was moved a little and the mean squared error measured: its slope is what "
        "dloss_dw should give. Three pairs of weights; the worst entry is shaded."
    )
    return picture, caption, "Measured slopes of the loss beside your gradients; one is marked."


def _training(model_class: Any) -> Picture:
    records = model_class(list(START)).train(X.copy(), Y.copy(), RATE, EPOCHS)
    first, second = checks.pair(records, name="")
    losses = checks.array(first, name="", shape=(None,), finite=False)[: 4 * EPOCHS]
    path = checks.array(second, name="", shape=(None, 2), finite=False)[: 4 * EPOCHS]
    right_losses, right_path = _right_training()
    picture = _training_board().marked(
        Mark(points=_by_epoch(losses), right=_by_epoch(right_losses)),
        Mark(points=path, right=right_path, axis=1, shape="circle", width=1.2),
    )
    caption = (
        "One training of yours beside the right one, 40 epochs: the loss, and the way of both "
        "weights over the landscape of the loss."
    )
    alt = "The loss over the epochs, and the way of both weights over the landscape of the loss."
    return picture, caption, alt


def _by_epoch(losses: Any) -> Any:
    return np.column_stack([np.arange(len(losses)), losses])


# What is the same for all


@cache
def _predictions_board() -> Board:
    with styled() as (figure, (axis,)):
        right = ShallowNarrowExercise(LINE).forward(X)
        axis.plot(X, right, color=RIGHT, lw=5, alpha=0.6, label="right")
        axis.plot([], [], "o-", color=STUDENT, ms=4, lw=1.4, label="yours")
        axis.set(xlabel="x", ylabel="prediction", title="w1 = 1.4, w2 = 0.9", ylim=(-2.0, 2.6))
        axis.legend(loc="upper left")
    return Board(figure, [axis])


def _errors() -> Any:
    return np.linspace(-1.5, 1.5, 13)


@cache
def _right_losses() -> Any:
    return np.array([loss(np.array([e, -0.5 * e]), np.zeros(2)) for e in _errors()])


@cache
def _losses_board() -> Board:
    with styled() as (figure, (axis,)):
        axis.plot(_errors(), _right_losses(), color=RIGHT, lw=5, alpha=0.6, label="right")
        axis.plot([], [], "o-", color=STUDENT, ms=4, lw=1.4, label="yours")
        axis.set(xlabel="error e", ylabel="the loss", ylim=(-1.0, 3.0))
        axis.legend(loc="upper center")
    return Board(figure, [axis])


@cache
def _slopes() -> Any:
    """The loss's slopes by finite differences, two for each pair of WEIGHTS."""
    step = 1e-5

    def at(weights: tuple[float, float], place: int, moved: float) -> float:
        point = np.array(weights)
        point[place] += moved
        return loss(ShallowNarrowExercise(point.tolist()).forward(X), Y)

    return np.array(
        [(at(w, i, step) - at(w, i, -step)) / (2 * step) for w in WEIGHTS for i in (0, 1)]
    )


@cache
def _gradients_board() -> Board:
    slopes = _slopes()
    places = np.arange(len(slopes))
    edge = 1.8 * float(np.abs(slopes).max())
    with styled(height=3.2) as (figure, (axis,)):
        axis.bar(places - 0.18, slopes, 0.3, color=RIGHT, label="slope of the loss, measured")
        axis.plot([], [], "D-", color=STUDENT, lw=3, ms=6, label="your dloss_dw")
        axis.axhline(0, color=NEUTRAL, lw=0.8)
        names = [f"w{1 + i % 2} =\n{WEIGHTS[i // 2][i % 2]}" for i in places]
        axis.set_xticks(places, names, fontsize=8)
        axis.set(ylabel="derivative", ylim=(-edge, edge), xlim=(-0.6, len(slopes) - 0.4))
        # Above the axes: the shading of the worst entry goes over all of their height.
        axis.legend(fontsize=8, ncols=2, loc="lower left", bbox_to_anchor=(0.0, 0.98))
    return Board(figure, [axis])


@cache
def _right_training() -> tuple[Any, Any]:
    return ShallowNarrowExercise(START).train(X, Y, RATE, EPOCHS)


@cache
def _training_board() -> Board:
    losses, path = _right_training()
    path = np.vstack([START, path])
    with styled(2, height=3.3) as (figure, (left, right)):
        left.plot(losses, color=RIGHT, lw=5, alpha=0.6, label="right")
        left.plot([], [], color=STUDENT, lw=1.4, label="your loss_records")
        left.set(xlabel="epoch", ylabel="the loss", xlim=(-1.5, EPOCHS + 1.5))
        left.set_yscale("log")
        left.set_ylim(losses.min() / 5, losses.max() * 30)
        left.minorticks_off()
        left.legend(loc="upper right", fontsize=8)
        low, high = path.min(axis=0) - 0.5, path.max(axis=0) + 0.5
        _landscape(right, low, high)
        right.plot(*path.T, color=RIGHT, lw=5, alpha=0.6, label="right")
        right.plot([], [], "o-", color=STUDENT, ms=4, lw=1.2, label="your weight_records")
        right.plot(*START, "o", color=NEUTRAL, ms=8, mfc="none", label="start")
        right.set(xlabel="w1", ylabel="w2", xlim=(low[0], high[0]), ylim=(low[1], high[1]))
        right.legend(loc="lower left", fontsize=8)
    return Board(figure, [left, right])


def _landscape(axis: Any, low: checks.Real, high: checks.Real) -> None:
    w1, w2 = np.linspace(low[0], high[0], 24), np.linspace(low[1], high[1], 24)
    products = w1[None, :] * w2[:, None]
    height = np.mean((products[..., None] * X - Y) ** 2, axis=-1)
    axis.contour(w1, w2, np.log(height + 1e-3), levels=6, colors=NEUTRAL, linewidths=0.6, alpha=0.6)
