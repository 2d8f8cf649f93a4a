"""A picture for a student's page: the way of the failing optimizer through a valley.

The valley, the starting point and the settings are none of the hidden tests'.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from grader import checks
from grader.report.figures import NEUTRAL, RIGHT, STUDENT, styled
from reference import optimizers as reference

START = (-7.0, 2.0)
STEPS = 30
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

Picture = tuple[Any, checks.Words, checks.Words]


def draw(question: str, env: Any) -> Iterator[Picture]:
    """Yield the picture for a question that lost points."""
    name, settings = SETTINGS[question]
    own = _path(env[name], settings)
    with styled(height=3.2) as (figure, (axis,)):
        _valley(axis)
        for other, others_settings in SETTINGS.values():
            if other != name:
                path = _path(getattr(reference, other), others_settings)
                axis.plot(*path.T, color=NEUTRAL, lw=0.7, alpha=0.7)
        right = _path(getattr(reference, name), settings)
        axis.plot(*right.T, color=RIGHT, lw=5, alpha=0.6, label="right")
        axis.plot(*own.T, ".-", color=STUDENT, ms=5, lw=1.3, label="yours")
        axis.plot(*START, "o", color=NEUTRAL, ms=7)
        axis.set(xlim=(LEFT, RIGHTMOST), ylim=(-HIGHEST, HIGHEST), xlabel="x", ylabel="y")
        axis.legend(loc="upper right", fontsize=8)
    caption = checks.say(
        "{steps} steps of {name} down a valley that is flat along x and steep along y; thin grey: "
        "the other five optimizers.",
        steps=STEPS,
        name=name,
    )
    alt = checks.say("The path of your {name} through a valley, beside the right one.", name=name)
    yield figure, caption, alt


def _path(optimizer_class: Callable[..., Any], settings: tuple[float, ...]) -> checks.Real:
    """The places after each step, where numbers stay numbers."""
    optimizer = optimizer_class(*settings)
    params = {"x": np.array([START[0]]), "y": np.array([START[1]])}
    places = [START]
    for _ in range(STEPS):
        optimizer.update(params, {"x": params["x"] / 10.0, "y": 2.0 * params["y"]})
        x, y = (float(checks.array(params[key], name=key, shape=(1,))[0]) for key in ("x", "y"))
        places.append((x, y))
    return np.clip(np.array(places), -50.0, 50.0)


def _valley(axis: Any) -> None:
    x, y = np.linspace(LEFT, RIGHTMOST, 30), np.linspace(-HIGHEST, HIGHEST, 30)
    height = x[None, :] ** 2 / 20 + y[:, None] ** 2
    axis.contour(x, y, height, levels=[0.1, 0.5, 1.5, 3, 5, 8], colors=NEUTRAL, linewidths=0.6,
                 alpha=0.5)  # fmt: skip
