"""Pictures for a student's page: curves, slopes, and the fit drawn over the data.

The samples and weights are none of the hidden tests'; the net is small, so that loops are quick.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any

import numpy as np

from assignments.regression_net.inputs import SIGMOID as PAIR
from grader import checks
from grader.report.figures import MARK, NEUTRAL, RIGHT, STUDENT, Board, Mark, styled
from grader.words import Words, say
from reference import regression_net as right

Z = np.linspace(-4.0, 4.0, 26)  # without 0
X = np.linspace(0.0, 1.0, 14)
Y = 1.5 * np.sin(3.4 * X) - 0.9 + 0.15 * np.cos(37.0 * X)
GRID = np.linspace(-0.02, 1.02, 60)
NET = (np.array([3.0, -2.0, 5.0]), np.array([1.2, -0.8, -1.5]), np.array([-0.5, 1.5, -4.0]), 0.3)
MOVES = np.linspace(-1.5, 1.5, 15)  # of one weight of V
EPOCHS = {"fitGD": (60, 0.02), "fitAdam": (120, 0.05)}
STEPS = np.arange(12)

Picture = tuple[Any, str | Words, str]


def draw(question: str, env: Any) -> Iterator[Picture]:
    """Yield the picture for a question that lost points."""
    if question in ("sigmoid", "relu"):
        yield _functions(question, env)
    elif question == "calc_tloss":
        yield _losses(env[question])
    elif question == "calc_der":
        yield _gradients(env[question])
    elif question == "updateAdam":
        yield _steps(env[question])
    else:
        yield _fit(question, env[question])


# The student's marks, on boards that are drawn once


def _functions(question: str, env: Any) -> Picture:
    names = question, f"{question}_der"
    marks = []
    for axis, name in enumerate(names):
        wanted = np.column_stack([Z, getattr(right, name)(Z)])
        own = _own_values(env[name]) if name in env else wanted
        points = np.column_stack([Z, own])
        marks.append(Mark(points=points, right=wanted, axis=axis, shape="circle", size=5.0))
    caption = say("Your {function} and your {derivative} over z.",
                  function=names[0], derivative=names[1])  # fmt: skip
    board = _functions_board(question).marked(*marks)
    return board, caption, "Both functions over z, yours and the right ones."


def _own_values(function: Any) -> checks.Real:
    try:
        return checks.array(np.asarray(function(Z.copy())) * 1.0, name="", shape=Z.shape)
    except Exception:  # for single numbers only
        several = [np.asarray(function(float(z))) * 1.0 for z in Z]
        return np.array([float(checks.number(value, name="")) for value in several])


def _losses(own_loss: Any) -> Picture:
    own = [checks.number(own_loss(X.copy(), Y.copy(), *_moved(m), PAIR[0]), name="") for m in MOVES]
    points = np.column_stack([MOVES, own])
    mark = Mark(points=points, right=np.column_stack([MOVES, _right_losses()]), shape="circle")
    caption = "Your calc_tloss while one entry of V is moved."
    return _losses_board().marked(mark), caption, "Your loss and the right one over the move."


def _gradients(own_der: Any) -> Picture:
    found = own_der(X.copy(), Y.copy(), *_moved(0.0), *PAIR)
    parts = [checks.array(g, name="", shape=(3,), finite=False) for g in tuple(found)[:3]]
    own = np.append(np.concatenate(parts), checks.number(tuple(found)[3], name="", finite=False))
    slopes = _slopes()
    worst = int(np.argmax(np.nan_to_num(np.abs(own - slopes), nan=np.inf)))
    stems = [Mark(points=[(i + 0.18, 0.0), (i + 0.18, g)], width=3.0) for i, g in enumerate(own)]
    picture = _gradients_board().marked(
        Mark(points=[(worst, -500.0), (worst, 500.0)], color=MARK, width=26.0, opacity=0.25),
        *stems,
        Mark(points=[(i + 0.18, g) for i, g in enumerate(own)], width=0.0, shape="diamond",
             right=[(i + 0.18, g) for i, g in enumerate(slopes)], size=8.0),
    )  # fmt: skip
    caption = (
        "Each weight was moved a little and the sum of the squared errors measured: its slope is "
        "what calc_der should give. The worst entry is shaded."
    )
    return picture, caption, "Measured slopes of the loss beside your gradients; one is marked."


def _steps(own_update: Any) -> Picture:
    own = [checks.number(own_update(0.0, *_moments(int(i))), name="", finite=False) for i in STEPS]
    wanted = [right.updateAdam(0.0, *_moments(int(i))) for i in STEPS]
    mark = Mark(points=np.column_stack([STEPS, own]), shape="circle", size=6.0,
                right=np.column_stack([STEPS, wanted]))  # fmt: skip
    caption = "Your step over i, where every gradient was 4 and eps is 1."
    return _steps_board().marked(mark), caption, "Your steps and the right ones over i."


def _fit(question: str, own_fit: Any) -> Picture:
    epochs, eta = EPOCHS[question]
    found = tuple(own_fit(X.copy(), Y.copy(), *_moved(0.0), *PAIR, epochs, eta, 0))[:4]
    W, V, bs = [checks.array(w, name="", shape=(3,)) for w in found[:3]]
    own = _curve(W, V, bs, float(checks.number(found[3], name="")))
    mark = Mark(points=np.column_stack([GRID, own]), width=2.0,
                right=np.column_stack([GRID, _right_curve(question)]))  # fmt: skip
    caption = say("What the network gives after {epochs} epochs of your training, over the data.",
                  epochs=epochs)  # fmt: skip
    return _fit_board(question).marked(mark), caption, "Data, the right fit and yours."


# What is right, and the same for all


def _moved(move: float) -> tuple[Any, Any, Any, float]:
    W, V, bs, b0 = NET
    return W.copy(), V + np.array([move, 0.0, 0.0]), bs.copy(), b0


def _moments(i: int) -> tuple[Any, ...]:
    return 4 * (1 - 0.8 ** (i + 1)), 16 * (1 - 0.9 ** (i + 1)), i, 0.8, 0.9, 1.0


def _curve(W: Any, V: Any, bs: Any, b0: float) -> checks.Real:
    return np.asarray(right.sigmoid(np.outer(GRID, W) + bs) @ V + b0)


@cache
def _right_losses() -> checks.Real:
    return np.array([right.calc_tloss(X, Y, *_moved(m), PAIR[0]) for m in MOVES])


@cache
def _right_curve(question: str) -> checks.Real:
    fit: Callable[..., Sequence[Any]] = getattr(right, question)
    W, V, bs, b0 = fit(X, Y, *NET, *PAIR, *EPOCHS[question], 0)[:4]
    return _curve(W, V, bs, b0)


@cache
def _slopes() -> checks.Real:
    """The loss's slopes by finite differences, for W, V, bs and b0."""
    flat, step = np.append(np.concatenate(NET[:3]), NET[3]), 1e-6

    def at(place: int, move: float) -> float:
        point = flat.copy()
        point[place] += move
        weights = point[:3], point[3:6], point[6:9], float(point[9])
        return right.calc_tloss(X, Y, *weights, PAIR[0])

    return np.array([(at(i, step) - at(i, -step)) / (2 * step) for i in range(10)])


@cache
def _functions_board(question: str) -> Board:
    with styled(2) as (figure, axes):
        for axis, name in zip(axes, (question, f"{question}_der"), strict=True):
            values = getattr(right, name)(Z)
            axis.plot(Z, values, color=RIGHT, lw=5, alpha=0.6, label="right")
            axis.plot([], [], "o-", color=STUDENT, ms=4, lw=1.4, label="yours")
            room = max(0.4 * float(np.ptp(values)), 0.4)
            axis.set(xlabel="z", title=name, ylim=(values.min() - room, values.max() + room))
            axis.legend(fontsize=8, loc="upper left")
    return Board(figure, axes)


@cache
def _losses_board() -> Board:
    with styled() as (figure, (axis,)):
        losses = _right_losses()
        axis.plot(MOVES, losses, color=RIGHT, lw=5, alpha=0.6, label="right")
        axis.plot([], [], "o-", color=STUDENT, ms=4, lw=1.4, label="yours")
        axis.set(
            xlabel="move of V[0]", ylabel="loss", ylim=(-0.1 * losses.max(), losses.max() * 1.4)
        )
        axis.legend(loc="upper center")
    return Board(figure, [axis])


@cache
def _gradients_board() -> Board:
    slopes = _slopes()
    places = np.arange(len(slopes))
    edge = 1.6 * float(np.abs(slopes).max())
    with styled(height=3.2) as (figure, (axis,)):
        axis.bar(places - 0.18, slopes, 0.3, color=RIGHT, label="slope of the loss, measured")
        axis.plot([], [], "D-", color=STUDENT, lw=3, ms=6, label="your calc_der")
        axis.axhline(0, color=NEUTRAL, lw=0.8)
        names = [f"{name}{place}" for name in ("W", "V", "bs") for place in range(3)]
        axis.set_xticks(places, [*names, "b0"], fontsize=8)
        axis.set(ylabel="derivative", ylim=(-edge, edge), xlim=(-0.6, len(slopes) - 0.4))
        # Above the axes: the shading of the worst entry goes over all of their height.
        axis.legend(fontsize=8, ncols=2, loc="lower left", bbox_to_anchor=(0.0, 0.98))
    return Board(figure, [axis])


@cache
def _steps_board() -> Board:
    with styled() as (figure, (axis,)):
        wanted = [right.updateAdam(0.0, *_moments(int(i))) for i in STEPS]
        axis.plot(STEPS, wanted, color=RIGHT, lw=5, alpha=0.6, label="right")
        axis.plot([], [], "o-", color=STUDENT, ms=5, lw=1.4, label="yours")
        axis.set(xlabel="i", ylabel="step", ylim=(-1.2, 2.2))
        axis.legend(loc="lower right")
    return Board(figure, [axis])


@cache
def _fit_board(question: str) -> Board:
    with styled(height=3.0) as (figure, (axis,)):
        axis.plot(X, Y, "o", color=NEUTRAL, mfc="none", ms=6, label="data")
        axis.plot(GRID, _curve(*NET), color=NEUTRAL, lw=1, ls="--", label="before")
        axis.plot(GRID, _right_curve(question), color=RIGHT, lw=5, alpha=0.6, label="right")
        axis.plot([], [], color=STUDENT, lw=2, label="yours")
        axis.set(xlabel="x", ylabel="y", ylim=(-1.9, 1.4))
        axis.legend(fontsize=8, loc="lower center")
    return Board(figure, [axis])
