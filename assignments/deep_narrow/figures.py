"""Pictures for a student's page: what the student's code does beside what is right.

The samples and weights are none of the hidden tests'; the depths and the demo are, which everybody
knows.
"""

import time
from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np

from grader import checks
from grader.report.figures import MARK, NEUTRAL, RIGHT, STUDENT, Board, Mark, styled
from reference.deep_narrow import BEST, EPOCHS, DeepNarrowLNN, learning_time

X = np.linspace(-0.6, 1.0, 9)
Y = 1.3 * X + 0.2 * np.cos(5 * X)
LINE = (1.4, 0.9, -1.1)
NETS = [(0.8, -1.1, 1.5), (1.3, 0.0, -0.9), (0.7, 1.2, 1e-9)]
START = (1.2, -0.6, 0.9, 1.1)
RATE, N_EPOCHS = 0.1, 40
DEPTHS = tuple(BEST)
#: By the depth, between which rates the learning time is at most twice that of the slider's best.
FAST = {10: (0.048, 0.176), 20: (0.038, 0.083), 30: (0.024, 0.054), 40: (0.020, 0.040),
        50: (0.015, 0.031), 60: (0.020, 0.026)}  # fmt: skip
_PATIENCE = 1.5  # seconds for the searches of all depths; those that are left have no mark

Picture = tuple[Any, str, str]


def draw(question: str, env: Any) -> Iterator[Picture]:
    """Yield the picture for a question that lost points."""
    if question == "best_learning_rate":
        yield _searches(env["best_learning_rate"])
        return
    drawn = {"forward": _predictions, "loss": _losses, "dloss_dw": _gradients, "train": _training}
    yield drawn[question](env["DeepNarrowLNN"])


# The student's marks, on boards that are drawn once


def _predictions(Net: Any) -> Picture:
    own = checks.array(Net(np.array(LINE)).forward(X.copy()), name="", shape=X.shape)
    right = np.column_stack([X, DeepNarrowLNN(np.array(LINE)).forward(X)])
    mark = Mark(points=np.column_stack([X, own]), right=right, shape="circle")
    picture = _predictions_board().marked(mark)
    alt = "Your predictions and the right ones over x."
    return picture, "Predictions of your forward, for three weights.", alt


def _losses(Net: Any) -> Picture:
    net, errors = Net(np.array(LINE)), _errors()
    own = [checks.number(net.loss(np.array([e, -e / 2]), np.zeros(2)), name="") for e in errors]
    right = np.column_stack([errors, _right_losses()])
    mark = Mark(points=np.column_stack([errors, own]), right=right, shape="circle")
    picture = _losses_board().marked(mark)
    caption = "Your loss for two samples: one is off by e, the other by half as much downwards."
    return picture, caption, "Your loss and the right one over the size of the errors."


def _gradients(Net: Any) -> Picture:
    own = []
    for weights in NETS:
        net, y_p = Net(np.array(weights)), np.prod(weights) * X
        net.forward(X.copy())
        found = checks.array(net.dloss_dw(X.copy(), Y.copy(), y_p), name="", finite=False)
        own += found.reshape(len(weights)).tolist()
    worst = int(np.argmax(np.nan_to_num(np.abs(np.array(own) - _slopes()), nan=np.inf)))
    stems = [Mark(points=[(i + 0.18, 0.0), (i + 0.18, g)], width=3.0) for i, g in enumerate(own)]
    heads = [(i + 0.18, g) for i, g in enumerate(own)]
    picture = _gradients_board().marked(
        Mark(points=[(worst, -50.0), (worst, 50.0)], color=MARK, width=30.0, opacity=0.25),
        *stems,
        Mark(points=heads, right=[(i + 0.18, g) for i, g in enumerate(_slopes())], width=0.0,
             shape="diamond", size=9.0),
    )  # fmt: skip
    caption = (
        "Each weight was moved a little and the loss measured: its slope is what dloss_dw should "
        "give. Three nets of three weights, in one of them a weight is 0, in one nearly; the worst "
        "entry is shaded. What is not finite has no mark."
    )
    return picture, caption, "Measured slopes of the loss beside your gradients; one is marked."


def _training(Net: Any) -> Picture:
    net = Net(np.array(START))
    losses = checks.array(net.train(X.copy(), Y.copy(), RATE, N_EPOCHS), name="", finite=False)
    weights = checks.array(net.W, name="W", finite=False).reshape(len(START))
    right_losses, right_weights = _right_training()
    picture = _training_board().marked(
        Mark(points=_counted(losses[: 4 * N_EPOCHS]), right=_counted(right_losses)),
        Mark(points=_counted(weights), right=_counted(right_weights), axis=1, width=0.0,
             shape="diamond", size=8.0),
    )  # fmt: skip
    caption = (
        "One training of yours beside the right one, 40 epochs: the loss before each step, and "
        "the four weights in the end."
    )
    return picture, caption, "The loss over the epochs, and the last weights."


def _searches(search: Any) -> Picture:
    begin, rates = time.monotonic(), dict[int, float]()
    for depth in DEPTHS:
        if time.monotonic() - begin > _PATIENCE:
            break
        rates[depth] = float(checks.number(search(depth), name="", finite=False))
    times = [learning_time(depth, rate) or np.nan for depth, rate in rates.items()]
    slow = [t for t, depth in zip(times, rates, strict=True) if not t <= 2 * BEST[depth][1]]
    own = list(zip(rates, times, strict=True)), list(rates.items())
    picture = _searches_board().marked(
        *(
            Mark(points=points, right=None if slow else points, axis=axis, shape="diamond", size=8)
            for axis, points in enumerate(own)
        )
    )
    caption = (
        "The demo with your rates: the first epoch from which on the loss is below 0.01, and the "
        "rates, over the depth. Marks in the shaded band have all points. Where the loss does not "
        "stay below 0.01 within 600 epochs there is no learning time."
    )
    return picture, caption, "Learning time and learning rate over the depth of the network."


def _counted(values: Any) -> Any:
    return np.column_stack([np.arange(len(values)), values])


# What is the same for all


@cache
def _predictions_board() -> Board:
    with styled() as (figure, (axis,)):
        right = DeepNarrowLNN(np.array(LINE)).forward(X)
        axis.plot(X, right, color=RIGHT, lw=5, alpha=0.6, label="right")
        axis.plot([], [], "o-", color=STUDENT, ms=4, lw=1.4, label="yours")
        axis.set(xlabel="x", ylabel="prediction", title="weights 1.4, 0.9, -1.1", ylim=(-2.6, 2.0))
        axis.legend(loc="lower left")
    return Board(figure, [axis])


def _errors() -> Any:
    return np.linspace(-1.5, 1.5, 13)


@cache
def _right_losses() -> Any:
    return np.array([np.mean(np.array([e, -e / 2]) ** 2) / 2 for e in _errors()])


@cache
def _losses_board() -> Board:
    with styled() as (figure, (axis,)):
        axis.plot(_errors(), _right_losses(), color=RIGHT, lw=5, alpha=0.6, label="right")
        axis.plot([], [], "o-", color=STUDENT, ms=4, lw=1.4, label="yours")
        axis.set(xlabel="error e", ylabel="the loss", ylim=(-0.5, 2.2))
        axis.legend(loc="upper center")
    return Board(figure, [axis])


@cache
def _slopes() -> Any:
    """The loss's slopes by finite differences, three for each of NETS."""
    step = 1e-5

    def at(weights: tuple[float, ...], place: int, moved: float) -> float:
        point = np.array(weights)
        point[place] += moved
        net = DeepNarrowLNN(point)
        return net.loss(Y, net.forward(X))

    return np.array([(at(w, i, step) - at(w, i, -step)) / (2 * step) for w in NETS
                     for i in range(len(w))])  # fmt: skip


@cache
def _gradients_board() -> Board:
    slopes = _slopes()
    places = np.arange(len(slopes))
    edge = 1.8 * float(np.abs(slopes).max())
    with styled(height=3.2) as (figure, (axis,)):
        axis.bar(places - 0.18, slopes, 0.3, color=RIGHT, label="slope of the loss, measured")
        axis.plot([], [], "D-", color=STUDENT, lw=3, ms=6, label="your dloss_dw")
        axis.axhline(0, color=NEUTRAL, lw=0.8)
        names = [f"{w:g}" for weights in NETS for w in weights]
        axis.set_xticks(places, names, fontsize=7)
        axis.set(ylabel="derivative", ylim=(-edge, edge), xlim=(-0.6, len(slopes) - 0.4))
        axis.set_xlabel("weight")
        # Above the axes: the shading of the worst entry goes over all of their height.
        axis.legend(fontsize=8, ncols=2, loc="lower left", bbox_to_anchor=(-0.1, 0.98))
    return Board(figure, [axis])


@cache
def _right_training() -> tuple[Any, Any]:
    net = DeepNarrowLNN(np.array(START))
    return net.train(X, Y, RATE, N_EPOCHS), net.W


@cache
def _training_board() -> Board:
    losses, weights = _right_training()
    places = np.arange(len(weights))
    with styled(2, height=3.0) as (figure, (left, right)):
        left.plot(losses, color=RIGHT, lw=5, alpha=0.6, label="right")
        left.plot([], [], color=STUDENT, lw=1.4, label="your loss_records")
        left.set(xlabel="epoch", ylabel="the loss", xlim=(-1.5, N_EPOCHS + 1.5))
        left.set_yscale("log")
        left.set_ylim(losses.min() / 5, losses.max() * 30)
        left.minorticks_off()
        left.legend(loc="upper right", fontsize=8)
        right.bar(places, weights, 0.5, color=RIGHT, alpha=0.6, label="right")
        right.plot([], [], "D", color=STUDENT, ms=6, label="your W")
        right.plot(places, START, "o", color=NEUTRAL, ms=8, mfc="none", label="start")
        right.axhline(0, color=NEUTRAL, lw=0.8)
        right.set_xticks(places, [f"w{1 + place}" for place in places])
        right.set(ylim=(-3.0, 3.6), xlim=(-0.6, len(weights) - 0.4))
        right.legend(loc="upper right", fontsize=8, ncols=3)
    return Board(figure, [left, right])


@cache
def _searches_board() -> Board:
    times = np.array([BEST[depth][1] for depth in DEPTHS])
    with styled(2, height=3.0) as (figure, (left, right)):
        left.fill_between(DEPTHS, 1.0, np.minimum(2 * times, EPOCHS), color=RIGHT, alpha=0.2, lw=0)
        left.plot(DEPTHS, times, "o-", color=RIGHT, lw=2, ms=5, label="the slider's best")
        left.set_yscale("log")
        left.set(xlabel="depth", ylabel="epochs", ylim=(2.0, EPOCHS), title="learning time")
        right.fill_between(DEPTHS, *zip(*FAST.values(), strict=True), color=RIGHT, alpha=0.2, lw=0)
        best = [BEST[depth][0] for depth in DEPTHS]
        right.plot(DEPTHS, best, "o-", color=RIGHT, lw=2, ms=5, label="the slider's best")
        right.set(xlabel="depth", ylim=(0.0, 0.2), title="learning rate")
        for axis in (left, right):
            axis.plot([], [], "D-", color=STUDENT, ms=6, lw=1.4, label="yours")
            axis.set(xlim=(7.0, 63.0))
        left.legend(fontsize=8, loc="upper left")
        right.legend(fontsize=8, loc="upper right")
    return Board(figure, [left, right])
