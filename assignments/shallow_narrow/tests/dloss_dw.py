"""Hidden test cases of ``dloss_dw``.

``values`` accepts the gradients that are asked for and, so that a mistake in ``forward`` or
``loss`` is not charged again here, also gradients that are right for the student's own
parts: the formula with the student's own predictions, and the slope of the student's own
loss, of the student's own predictions, or of both.  Parts that are not to be believed
(:func:`grader.checks.carried`), change an argument or raise carry nothing.

The other test cases ask only that ``dloss_dw`` agrees with itself.
"""

import warnings
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import numpy as np
from otter.test_files import test_case

from grader import checks
from reference import shallow_narrow as reference

OK_FORMAT = False
name = "dloss_dw"
points = 3

X3, Y3 = np.array([0.8, -1.1, 0.5]), np.array([0.3, -2.6, 1.9])
X5, Y5 = np.array([0.3, -0.7, 1.2, 0.0, 2.4]), np.array([1.1, -0.4, 0.2, 0.9, 3.1])
X40 = np.linspace(-1.3, 2.9, 40)
Y40 = 0.4 + 0.3 * X40**2
SAMPLES = [(X5, Y5), (X3, Y3), (X40, Y40)]
WEIGHTS = [(0.7, -1.3), (-2.1, -0.4), (1.6, 0.6), (0.0, 0.9)]

Part = Callable[[checks.Real], Any]  # predictions of the weights, or loss of the predictions


@cache
def _expected(samples: int, weights: tuple[float, float]) -> tuple[checks.Real, checks.Tolerance]:
    """The right gradients for one of SAMPLES and their tolerance: the same for everybody."""

    def gradients(*arguments: Any) -> checks.Real:
        return np.array(reference.dloss_dw(*arguments))

    arguments = (weights, *SAMPLES[samples])
    return gradients(*arguments), checks.tolerance(gradients, *arguments, permute={1: 0, 2: 0})


def _gradients(model: Any, x: checks.Real, y_true: checks.Real) -> Any:
    """Call ``dloss_dw`` with copies, after ``forward`` where it needs that."""
    try:
        return model.dloss_dw(x.copy(), y_true.copy())
    except Exception as error:
        try:
            model.forward(x.copy())
        except Exception:
            raise error from None  # forward's own mistake is charged to forward
        return model.dloss_dw(x.copy(), y_true.copy())


def _numbers(result: Any) -> checks.Real:
    first, second = checks.pair(result, name="the result of dloss_dw")
    return np.array(
        [checks.number(first, name="dloss_dw1"), checks.number(second, name="dloss_dw2")]
    )


def _believed(part: Part, point: checks.Real, right: Part) -> Part | None:
    """Return the student's part where it can be believed, with *right* as its reference."""
    try:
        return part if checks.carried(part, point, reference=right) else None
    except Exception:
        return None


def _own_parts(
    model_class: Any, loss: Any, x: checks.Real, y_true: checks.Real
) -> Iterator[tuple[Part, Part]]:
    """Yield pairs of predictions (of the weights) and loss (of the predictions), own or right."""

    def forward(weights: checks.Real) -> Any:
        given = x.copy()
        with checks.unchanged(x=given):
            own = model_class([float(w) for w in weights]).forward(given)
        return checks.array(own, name="forward")

    def measure(y_prediction: checks.Real) -> Any:
        given, true = y_prediction.copy(), y_true.copy()
        with checks.unchanged(y_prediction=given, y_true=true):
            return loss(given, true)

    def right_forward(weights: checks.Real) -> Any:
        return reference.forward((weights[0], weights[1]), x)

    def right_measure(y_prediction: checks.Real) -> Any:
        return reference.loss(y_prediction, y_true)

    own_forward = _believed(forward, np.array(WEIGHTS[0]), right_forward)
    own_measure = _believed(measure, right_forward(np.array(WEIGHTS[0])), right_measure)
    if own_forward and own_measure:
        yield own_forward, own_measure
    if own_forward:
        yield own_forward, right_measure
    if own_measure:
        yield right_forward, own_measure


def _is_carried(
    own: checks.Real, weights: tuple[float, float], x: checks.Real, y_true: checks.Real, parts: Any
) -> bool:
    """Return whether the gradients are right for one of the pairs of parts."""
    point = np.array(weights)
    for forward, measure in parts:
        for check in (
            lambda f=forward: checks.value(
                own, reference.gradients(weights, x, f(point), y_true), name="dloss_dw"
            ),
            lambda f=forward, m=measure: checks.gradient(
                lambda w: m(f(w)), point, own, name="dloss_dw"
            ),
        ):
            try:
                check()
            except Exception:  # also what the student's parts raise
                continue
            return True
    return False


@test_case(
    name="values",
    points=2.5,
    hidden=True,
    failure_message="dloss_dw must give the two derivatives of the mean squared error, each "
    "one number.",
)
def test_values(ShallowNarrowExercise: Any, env: Any) -> None:
    is_carried = False
    for samples, (x, y_true) in enumerate(SAMPLES):
        parts = None
        for weights in WEIGHTS:
            expected, tolerance = _expected(samples, weights)
            own = _numbers(_gradients(ShallowNarrowExercise(list(weights)), x, y_true))
            try:
                checks.value(own, expected, name="(dloss_dw1, dloss_dw2)", tolerance=tolerance)
            except checks.CheckFailure:
                parts = parts or list(_own_parts(ShallowNarrowExercise, env.get("loss"), x, y_true))
                if not _is_carried(own, weights, x, y_true, parts):
                    raise
                is_carried = True
    if is_carried:
        text = "dloss_dw is accepted because it is right for your own forward and loss."
        warnings.warn(checks.CheckWarning(text), stacklevel=1)


@test_case(
    name="current_weights",
    points=0.25,
    hidden=True,
    failure_message="dloss_dw must use the samples it is given and the weights that w1 and w2 "
    "hold when it is called.",
)
def test_current_weights(ShallowNarrowExercise: Any) -> None:
    expected = _gradients(ShallowNarrowExercise([-0.4, 2.2]), X5, Y5)
    model = ShallowNarrowExercise([0.7, -1.3])
    _gradients(model, X3, Y3)
    model.w1, model.w2 = -0.4, 2.2
    # Without a forward in between: what an earlier call left behind must not be used.
    message = "depends on earlier calls, not on the samples given and on w1 and w2 alone"
    own = model.dloss_dw(X5.copy(), Y5.copy())
    checks.same(expected, own, name="dloss_dw", kind="order", message=message)
    given, other_y = X5.copy(), Y5[::-1].copy()
    right = _gradients(ShallowNarrowExercise([-0.4, 2.2]), X5, other_y)
    model.dloss_dw(given, Y5.copy())
    own = model.dloss_dw(given, other_y.copy())  # the same x, not a copy
    checks.same(right, own, name="dloss_dw", kind="order", message=message)
    others = 1.4 * X5[::-1] - 0.3  # as many as before
    right = _gradients(ShallowNarrowExercise([1.6, 0.6]), others, Y5)
    model.w1, model.w2 = 1.6, 0.6
    own = model.dloss_dw(others.copy(), Y5.copy())
    checks.same(right, own, name="dloss_dw", kind="order", message=message)
    _require_another(expected, _gradients(ShallowNarrowExercise([0.7, -1.3]), X3, Y3))


def _require_another(first: Any, second: Any) -> None:
    try:
        checks.same(first, second, name="", kind="", message="")
    except checks.CheckFailure:
        return
    raise checks.CheckFailure(
        "dloss_dw is the same for other samples and weights.", kind="order", name="dloss_dw"
    )


@test_case(
    name="pure",
    points=0.25,
    hidden=True,
    failure_message="dloss_dw must change nothing: neither x and y_true nor the weights.",
)
def test_pure(ShallowNarrowExercise: Any) -> None:
    model = ShallowNarrowExercise([0.7, -1.3])
    weights = [checks.number(w, name="w1 or w2") for w in (model.w1, model.w2)]
    results = []
    for x, y_true in [(X5, Y5), (X3, Y3), (X5, Y5)]:
        results.append(_gradients(model, x, y_true))
        given_x, given_y = x.copy(), y_true.copy()
        with checks.unchanged(x=given_x, y_true=given_y):
            model.dloss_dw(given_x, given_y)
    checks.same(
        *(results[0], results[2]),
        name="dloss_dw",
        kind="order",
        message="is another when it is called again for the same samples",
    )
    _require_another(results[0], results[1])
    checks.scalar(model.w1, weights[0], name="w1, after dloss_dw,")
    checks.scalar(model.w2, weights[1], name="w2, after dloss_dw,")
