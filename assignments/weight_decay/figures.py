"""Pictures for a student's page: which parameters are decayed, and the pull on single weights.

The weights are none of the hidden tests'.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np

from grader import checks
from grader.report.figures import RIGHT, STUDENT, Board, Mark, styled

LAM = 0.5
SIZES = np.linspace(-3.0, 3.0, 25)
NAMES = ("W1", "b1", "gamma1", "beta1", "W2", "b2", "W10")
SHAPES = ((2, 3), (3,), (3,), (3,), (3, 1), (1,), (1, 2))

Picture = tuple[Any, str, str]


def draw(question: str, env: Any) -> Iterator[Picture]:
    """Yield the picture for a question that lost points."""
    yield (_loss if question.endswith("loss") else _gradient)(question, env[question])


def _costs(own: Any) -> checks.Real:
    """What a weight of each of these sizes costs, alone in its matrix."""
    found = [own(0.0, {"W1": np.full((1, 1), w), "b1": np.zeros(1)}, LAM) for w in SIZES]
    return np.array([float(checks.number(f, name="")) for f in found])


def _shares(own: Any) -> checks.Real:
    """What the parameters of each name cost when their entries are 1 and all others 0."""
    found = []
    for chosen in NAMES:
        weights = {
            name: np.full(shape, float(name == chosen))
            for name, shape in zip(NAMES, SHAPES, strict=True)
        }
        found.append(float(checks.number(own(0.0, weights, LAM), name="")))
    return np.array(found)


def _loss(question: str, own: Any) -> Picture:
    right = _right(question)
    picture = _loss_board(question).marked(
        Mark(points=np.column_stack([SIZES, _costs(own)]), shape="circle",
             right=np.column_stack([SIZES, right(SIZES)])),
        Mark(points=list(enumerate(_shares(own))), axis=1, width=0.0, shape="diamond", size=8.0,
             right=list(enumerate(_right_shares(question)))),
    )  # fmt: skip
    caption = (
        "What a single weight adds to your loss (lam 0.5), over the weight. What all entries of "
        "one name add when they are 1 and all others 0: only those of W should add anything."
    )
    return picture, caption, "The penalty over one weight, and by the names of the parameters."


def _gradient(question: str, own: Any) -> Picture:
    W = SIZES.reshape(5, 5)
    found = checks.array(own(np.zeros((5, 5)), W.copy(), LAM), name="", shape=(5, 5), finite=False)
    again = checks.array(own(np.ones((5, 5)), W.copy(), LAM), name="", shape=(5, 5), finite=False)
    pull = _pull(question)
    picture = _gradient_board(question).marked(
        Mark(points=np.column_stack([SIZES, found.ravel()]), width=0.0, shape="circle", size=6.0,
             right=np.column_stack([SIZES, pull])),
        Mark(points=np.column_stack([SIZES, again.ravel()]), axis=1, width=0.0, shape="circle",
             size=6.0, right=np.column_stack([SIZES, 1.0 + pull])),
    )  # fmt: skip
    caption = (
        "Your gradient for 25 weights, one of them 0, with lam 0.5: where the gradient of the "
        "data is 0, and where it is 1."
    )
    return picture, caption, "Your gradient over the weight beside the right one."


# What is right, and the same for all


def _right(question: str) -> Any:
    if question == "l2_loss":
        return lambda w: 0.5 * LAM * w**2
    return lambda w: LAM * np.abs(w)


def _right_shares(question: str) -> list[float]:
    factor = 0.5 * LAM if question == "l2_loss" else LAM
    return [
        factor * float(np.prod(shape)) if name[0] == "W" else 0.0
        for name, shape in zip(NAMES, SHAPES, strict=True)
    ]


def _pull(question: str) -> checks.Real:
    return LAM * (SIZES if question == "l2_grad" else np.sign(SIZES))


@cache
def _loss_board(question: str) -> Board:
    with styled(2) as (figure, (curve, bars)):
        fine = np.linspace(-3.0, 3.0, 121)
        curve.plot(fine, _right(question)(fine), color=RIGHT, lw=5, alpha=0.6, label="right")
        curve.set(xlabel="weight", ylabel="penalty", xlim=(-3.2, 3.2), ylim=(-0.6, 4.6))
        bars.bar(range(len(NAMES)), _right_shares(question), color=RIGHT, alpha=0.6, label="right")
        bars.set(ylabel="penalty", ylim=(-1.0, 5.0), xlim=(-0.7, len(NAMES) - 0.3))
        bars.set_xticks(range(len(NAMES)), NAMES, rotation=30)
        for axis in (curve, bars):
            axis.plot([], [], "o-", color=STUDENT, ms=6, lw=1.4, label="yours")
            axis.legend(fontsize=8, loc="upper right")
    return Board(figure, [curve, bars])


@cache
def _gradient_board(question: str) -> Board:
    with styled(2) as (figure, axes):
        titles = "gradient of the data: 0", "gradient of the data: 1"
        for axis, data, title in zip(axes, (0.0, 1.0), titles, strict=True):
            axis.plot(SIZES, data + _pull(question), "D", color=RIGHT, ms=9, alpha=0.5,
                      label="right")  # fmt: skip
            axis.plot([], [], "o", color=STUDENT, ms=6, label="yours")
            axis.set(xlabel="weight", ylabel="gradient", xlim=(-3.2, 3.2), ylim=(-3.0, 4.0),
                     title=title)  # fmt: skip
            axis.legend(fontsize=8, loc="upper left")
    return Board(figure, axes)
