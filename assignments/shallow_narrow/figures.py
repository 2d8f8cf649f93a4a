"""Pictures for a student's page: what the student's code does beside what is right.

The samples and weights are none of the hidden tests'.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from grader import checks
from grader.report.figures import MARK, NEUTRAL, RIGHT, STUDENT, styled
from reference import shallow_narrow as reference

X = np.linspace(-0.6, 1.0, 9)
Y = 1.3 * X + 0.2 * np.cos(5 * X)
START = (1.5, -0.6)
RATE, EPOCHS = 0.12, 40
WEIGHTS = [(0.8, -1.1), (-0.5, -1.4), (1.2, 0.4)]
LARGEST = 1e3

Picture = tuple[Any, str | checks.Words, str | checks.Words]


def draw(question: str, env: Any) -> Iterator[Picture]:
    """Yield the pictures for a question that lost points."""
    model_class = env["ShallowNarrowExercise"]
    if question == "train":
        yield _training(model_class)
    elif question == "dloss_dw":
        yield _gradients(model_class)
    elif question == "forward":
        yield _predictions(model_class)


def _predictions(model_class: Any) -> Picture:
    weights = (1.4, 0.9)
    own = checks.array(model_class(list(weights)).forward(X.copy()), name="", shape=X.shape)
    with styled() as (figure, (axis,)):
        axis.plot(X, reference.forward(weights, X), color=RIGHT, lw=5, alpha=0.6, label="right")
        axis.plot(X, own, "o-", color=STUDENT, ms=4, lw=1.2, label="yours")
        axis.set(xlabel="x", ylabel="prediction", title="w1 = 1.4, w2 = 0.9")
        axis.legend()
    caption = "Predictions of your forward."
    alt = "Your predictions and the right ones over x."
    return figure, caption, alt


def _gradients(model_class: Any) -> Picture:
    right, own = [], []
    for weights in WEIGHTS:
        right += [_slope(weights, place) for place in (0, 1)]
        model = model_class(list(weights))
        model.forward(X.copy())
        pair = checks.pair(model.dloss_dw(X.copy(), Y.copy()), name="")
        own += [checks.number(g, name="") for g in pair]
    worst = int(np.argmax(np.abs(np.array(own) - right)))
    places = np.arange(len(own))
    with styled(height=3.0) as (figure, (axis,)):
        axis.bar(places - 0.2, right, 0.4, color=RIGHT, label="slope of the loss, measured")
        axis.bar(places + 0.2, own, 0.4, color=STUDENT, hatch="//", label="your dloss_dw")
        axis.axvspan(worst - 0.48, worst + 0.48, color=MARK, alpha=0.25, lw=0, label="worst")
        axis.axhline(0, color=NEUTRAL, lw=0.8)
        axis.set_xticks(places, [f"w{1 + i % 2} = {WEIGHTS[i // 2][i % 2]}" for i in places])
        axis.set_ylabel("derivative")
        axis.legend(fontsize=8)
    caption = (
        "Each weight was moved a little and the mean squared error measured: its slope is what "
        "dloss_dw should give. Three pairs of weights."
    )
    alt = "Measured slopes of the loss beside your gradients; one is marked."
    return figure, caption, alt


def _slope(weights: tuple[float, float], place: int) -> float:
    """Measure the loss on both sides of a weight."""
    step = 1e-5

    def at(moved: float) -> float:
        point = np.array(weights)
        point[place] += moved
        return reference.loss(reference.forward((point[0], point[1]), X), Y)

    return (at(step) - at(-step)) / (2 * step)


def _training(model_class: Any) -> Picture:
    records = model_class(list(START)).train(X.copy(), Y.copy(), RATE, EPOCHS)
    first, second = checks.pair(records, name="")
    losses = checks.array(first, name="", shape=(None,), finite=False)
    path = checks.array(second, name="", shape=(None, 2), finite=False)
    right_losses, right_path = reference.train(START, X, Y, RATE, EPOCHS)
    with styled(2, height=3.1) as (figure, (left, right)):
        left.plot(right_losses, color=RIGHT, lw=5, alpha=0.6, label="right")
        left.plot(_seen(losses), color=STUDENT, lw=1.4, label="your loss_records")
        left.set(xlabel="epoch", ylabel="loss")
        left.set_yscale("log")
        left.minorticks_off()
        left.legend()
        _landscape(right, np.vstack([right_path, _inside(path)]))
        right.plot(*np.vstack([START, right_path]).T, color=RIGHT, lw=5, alpha=0.6, label="right")
        right.plot(*_inside(path).T, ".-", color=STUDENT, ms=4, lw=1.2, label="your weight_records")
        right.plot(*START, "o", color=NEUTRAL, ms=7, label="start")
        right.set(xlabel="w1", ylabel="w2")
        right.legend(fontsize=8)
    caption = checks.say(
        "One training of yours beside the right one: {epochs} epochs from {start}.",
        epochs=EPOCHS,
        start=str(START),
    )
    alt = "Left: the loss over the epochs. Right: the way of both weights over the loss landscape."
    return figure, caption, alt


def _seen(values: checks.Real) -> checks.Real:
    """What a logarithmic axis can show."""
    usable = np.isfinite(values) & (values > 0) & (values < LARGEST)
    return np.where(usable, values, np.nan)


def _inside(path: checks.Real) -> checks.Real:
    """The part of a path that stays near."""
    return path[np.all(np.abs(np.nan_to_num(path, nan=LARGEST)) < 4.0, axis=1)]


def _landscape(axis: Any, points: checks.Real) -> None:
    low, high = points.min(axis=0) - 0.3, points.max(axis=0) + 0.3
    w1, w2 = np.linspace(low[0], high[0], 24), np.linspace(low[1], high[1], 24)
    products = w1[None, :] * w2[:, None]
    height = np.mean((products[..., None] * X - Y) ** 2, axis=-1)
    axis.contour(w1, w2, np.log(height + 1e-3), levels=6, colors=NEUTRAL, linewidths=0.6, alpha=0.6)
