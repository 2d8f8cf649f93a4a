"""Pictures for a student's page: an optimizer's way through a valley, and the bonus race.

The valley, the starting point and the settings are none of the hidden tests'.
"""

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from grader import checks
from grader.report.figures import MARK, NEUTRAL, OTHERS, RIGHT, STUDENT, Board, Mark, styled
from reference import optimizers as reference

START = (-7.0, 2.0)
STEPS = 24
# By question: the class and its settings, by position.
SETTINGS: dict[str, tuple[str, tuple[float, ...]]] = {
    "sgd": ("SGD", (0.9,)),
    "momentum": ("Momentum", (0.1, 0.85)),
    "nesterov": ("Nesterov", (0.1, 0.85)),
    "adagrad": ("AdaGrad", (1.4,)),
    "rmsprop": ("RMSprop", (0.35, 0.9)),
    "adam": ("Adam", (0.4, 0.85, 0.98)),
}
LEFT, RIGHTMOST, HIGHEST = -8.5, 4.0, 3.2
NAMES = [name for name, _ in SETTINGS.values()]
RACE = Path(__file__).with_name("race.csv")
# So that nobody needs colours to tell two curves apart.
DASHES: list[Any] = ["-", (0, (5, 2)), (0, (1, 1)), (0, (5, 1, 1, 1)), (0, (8, 2)), (0, (2, 2))]
LINES = dict(zip(NAMES, DASHES, strict=True))
COLORS = dict(zip(NAMES, (*OTHERS, MARK, "#0072b2"), strict=True))

Picture = tuple[Any, str, str]


def draw(question: str, env: Any) -> Iterator[Picture]:
    """Yield the picture for a question that lost points."""
    name, settings = SETTINGS[question]
    own = _path(env[name], settings)
    picture = _valley(question).marked(
        Mark(points=own, right=_right(question), shape="circle", size=4.5, width=1.3),
    )
    caption = (
        "24 steps down a valley that is flat along x and steep along y, from the circle: the "
        "right way, yours, and thin those of the other five optimizers."
    )
    yield picture, caption, "The path of your optimizer through a valley, beside the right one."


def draw_for_all(env: Any) -> Iterator[tuple[str, Any, str, str]]:
    """Yield the bonus question's picture where the notebook has curves to show."""
    if "train_loss" not in env:
        return
    curves = env["train_loss"]
    marks = []
    for place, name in enumerate(NAMES):
        if name in curves and len(curves[name]):
            losses = checks.array(curves[name], name=name, shape=(None,), finite=False)[:150]
            points = np.column_stack([np.arange(len(losses)), losses])
            marks.append(Mark(points=points, axis=place))
    if marks:
        caption = (
            "Your six training curves on handwritten digits beside ours: the loss of each batch, "
            "before the step. They are not graded."
        )
        alt = "Six small pictures, one an optimizer: your training loss beside ours, by step."
        yield "bonus", _race().marked(*marks), caption, alt


def _path(optimizer_class: Callable[..., Any], settings: tuple[float, ...]) -> checks.Real:
    """The places that an optimizer visits, shape (STEPS + 1, 2)."""
    optimizer = optimizer_class(*settings)
    params = {"x": np.array([START[0]]), "y": np.array([START[1]])}
    places = [START]
    for _ in range(STEPS):
        optimizer.update(params, {"x": params["x"] / 10.0, "y": 2.0 * params["y"]})
        x, y = (float(checks.array(params[key], name=key, shape=(1,), finite=False)[0])
                for key in ("x", "y"))  # fmt: skip
        places.append((x, y))
    return np.array(places)


@cache
def _right(question: str) -> checks.Real:
    name, settings = SETTINGS[question]
    return _path(getattr(reference, name), settings)


@cache
def _valley(question: str) -> Board:
    """The valley with the right paths."""
    name, _ = SETTINGS[question]
    x, y = np.linspace(LEFT, RIGHTMOST, 30), np.linspace(-HIGHEST, HIGHEST, 30)
    height = x[None, :] ** 2 / 20 + y[:, None] ** 2
    with styled(height=3.4) as (figure, (axis,)):
        axis.contour(x, y, height, levels=[0.1, 0.5, 1.5, 3, 5, 8], colors=NEUTRAL,
                     linewidths=0.6, alpha=0.5)  # fmt: skip
        for key, (other, _) in SETTINGS.items():
            if other != name:
                axis.plot(*_right(key).T, color=COLORS[other], ls=LINES[other], lw=1.0, label=other)
        axis.plot(*_right(question).T, color=RIGHT, lw=5, alpha=0.6, label=name)
        axis.plot([], [], "o-", color=STUDENT, ms=4.5, lw=1.3, label="yours")
        axis.plot(*START, "o", color=NEUTRAL, ms=8, mfc="none")
        axis.set(xlim=(LEFT, RIGHTMOST), ylim=(-HIGHEST, HIGHEST), xlabel="x", ylabel="y")
        axis.legend(loc="lower left", fontsize=8, ncols=3)
    return Board(figure, [axis])


@cache
def _race() -> Board:
    """Six axes with our curves, which race.py made."""
    curves = np.loadtxt(RACE, delimiter=",", skiprows=1)
    with styled(6, rows=2, height=4.4) as (figure, axes):
        for axis, name, losses in zip(axes, NAMES, curves.T, strict=True):
            axis.plot(losses, color=RIGHT, lw=4, alpha=0.6, label="ours")
            axis.plot([], [], color=STUDENT, lw=1.4, label="yours")
            axis.set(ylim=(0, 2.6), xlim=(-3, 152), title=name)
        axes[0].legend(fontsize=8)
        for axis in axes[3:]:
            axis.set_xlabel("step")
        for axis in axes[::3]:
            axis.set_ylabel("loss")
    return Board(figure, axes)
