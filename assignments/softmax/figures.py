"""Pictures for a student's page: probabilities, losses and gradients beside the right ones.

The logits and probabilities are none of the hidden tests'.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np

from grader import checks
from grader.report.figures import RIGHT, STUDENT, Board, Mark, styled
from reference.softmax import cross_entropy, softmax, softmax_grad

LOGITS = np.linspace(-6.0, 6.0, 25)  # of one class; those of the others are 0 and 1
OFFSETS = np.linspace(-1200.0, 1200.0, 25)
CHANCES = np.linspace(0.02, 1.0, 25)
BATCHES = range(2, 11)
TRUE = np.eye(3)[0]

Picture = tuple[Any, str, str]


def draw(question: str, env: Any) -> Iterator[Picture]:
    """Yield the picture for a question that lost points."""
    pictures = {"softmax": _softmax, "cross_entropy": _cross_entropy, "softmax_grad": _gradient}
    yield pictures[question](env[question])


def _rows() -> Any:
    """A batch in which the logit of one class grows from row to row."""
    return np.column_stack([LOGITS, np.zeros(len(LOGITS)), np.ones(len(LOGITS))])


def _far() -> Any:
    """A batch whose rows differ by an offset only, so their probabilities are the same."""
    return OFFSETS[:, None] + np.arange(3.0)


def _even(samples: int) -> tuple[Any, Any]:
    """The same prediction for each sample of a batch, and the true classes."""
    return np.tile([0.25, 0.5, 0.25], (samples, 1)), np.tile(TRUE, (samples, 1))


def _softmax(own: Any) -> Picture:
    picture = _softmax_board().marked(
        *_marks(LOGITS, own(_rows()), softmax(_rows())),
        *_marks(OFFSETS, own(_far()), softmax(_far()), axis=1),
    )
    caption = (
        "The probabilities of three classes in a batch of 25 rows: where one logit grows from -6 "
        "to 6 and the others are 0 and 1, and where an offset is added to the logits 0, 1 and 2. "
        "What is not a finite number is not drawn."
    )
    return picture, caption, "Your probabilities beside the right ones, over a logit."


def _cross_entropy(own: Any) -> Picture:
    losses = [_number(own(_sample(p), TRUE.copy())) for p in CHANCES]
    batches = [_number(own(*_even(samples))) for samples in BATCHES]
    picture = _loss_board().marked(
        Mark(points=np.column_stack([CHANCES, losses]), shape="circle",
             right=np.column_stack([CHANCES, -np.log(CHANCES)])),
        Mark(points=np.column_stack([BATCHES, batches]), axis=1, shape="circle",
             right=np.column_stack([BATCHES, _right_batches()])),
    )  # fmt: skip
    caption = (
        "Your loss of one sample, over the probability of its true class; and that of batches in "
        "which all samples have the same loss, over their number."
    )
    return picture, caption, "Your cross-entropy beside the right one."


def _gradient(own: Any) -> Picture:
    alone = np.array([checks.array(own(z, TRUE.copy()), name="", shape=(3,), finite=False)
                      for z in _rows()])  # fmt: skip
    picture = _gradient_board().marked(
        *_marks(LOGITS, alone, _right_alone()),
        *_marks(LOGITS, own(_rows(), np.tile(TRUE, (len(LOGITS), 1))), _right_batch(), axis=1),
    )
    caption = (
        "The gradient of each of three logits, over the logit of the true class: of one sample "
        "after the other, and of all 25 as a batch."
    )
    return picture, caption, "Your gradient beside the right one, over a logit."


def _marks(places: Any, own: Any, right: Any, axis: int = 0) -> list[Mark]:
    """A line for each class."""
    found = checks.array(own, name="", shape=right.shape, finite=False)
    return [
        Mark(points=np.column_stack([places, found[:, k]]), axis=axis, shape="circle",
             right=np.column_stack([places, right[:, k]]))
        for k in range(right.shape[1])
    ]  # fmt: skip


def _sample(chance: float) -> Any:
    return np.array([chance, 0.25 * (1 - chance), 0.75 * (1 - chance)])


def _number(own: Any) -> float:
    return float(checks.number(own, name="", finite=False))


# What is right, and the same for all


def _right_batches() -> list[float]:
    return [cross_entropy(*_even(samples)) for samples in BATCHES]


def _right_alone() -> Any:
    return np.array([softmax_grad(z, TRUE) for z in _rows()])


def _right_batch() -> Any:
    return softmax_grad(_rows(), np.tile(TRUE, (len(LOGITS), 1)))


def _board(*panels: tuple[Any, Any, dict[str, Any]]) -> Board:
    """Panels with the right curves over their places, and settings of their axes."""
    with styled(2) as (figure, axes):
        for axis, (places, right, settings) in zip(axes, panels, strict=True):
            axis.plot(places, right, color=RIGHT, lw=5, alpha=0.6)
            axis.plot([], [], color=RIGHT, lw=5, alpha=0.6, label="right")
            axis.plot([], [], "o-", color=STUDENT, ms=4, lw=1.4, label="yours")
            axis.set(**settings)
            axis.legend(fontsize=8, loc="upper center")
    return Board(figure, axes)


@cache
def _softmax_board() -> Board:
    limits = {"ylim": (-0.1, 1.4), "ylabel": "probability"}
    return _board(
        (LOGITS, softmax(_rows()), {"xlabel": "logit of one class", **limits}),
        (OFFSETS, softmax(_far()), {"xlabel": "offset of all logits", **limits}),
    )


@cache
def _loss_board() -> Board:
    one = {"xlabel": "probability of the true class", "xlim": (0, 1.05), "ylim": (-1, 7)}
    many = {"xlabel": "samples in the batch", "xlim": (1, 11), "ylim": (-1, 7)}
    return _board(
        (CHANCES, -np.log(CHANCES), {"ylabel": "loss", **one}),
        (BATCHES, _right_batches(), {"ylabel": "loss", **many}),
    )


@cache
def _gradient_board() -> Board:
    name = {"xlabel": "logit of the true class", "ylabel": "gradient"}
    return _board(
        (LOGITS, _right_alone(), {"ylim": (-1.2, 1.8), "title": "one sample", **name}),
        (LOGITS, _right_batch(), {"ylim": (-0.06, 0.09), "title": "a batch of 25", **name}),
    )
