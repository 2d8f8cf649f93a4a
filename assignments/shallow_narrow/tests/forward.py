"""Hidden test cases of ``forward``.

The last two ask only that ``forward`` agrees with itself, so that a wrong formula costs
``values`` and nothing else.
"""

from functools import cache
from typing import Any

import numpy as np
from otter.test_files import test_case

from grader import checks
from reference import shallow_narrow as reference

OK_FORMAT = False
name = "forward"
points = 2

X3 = np.array([0.8, -1.1, 0.5])
X5 = np.array([0.3, -0.7, 1.2, 0.0, 2.4])
X40 = np.linspace(-1.3, 2.9, 40)
SAMPLES = (X5, X3, X40)
WEIGHTS = [(0.7, -1.3), (-2.1, -0.4), (1.6, 0.6), (0.0, 0.9)]


@cache
def _expected(weights: tuple[float, float]) -> list[tuple[checks.Real, checks.Tolerance]]:
    """The right predictions of SAMPLES and their tolerances: the same for everybody."""
    return [
        (reference.forward(weights, x), checks.tolerance(reference.forward, weights, x))
        for x in SAMPLES
    ]


@test_case(
    name="values",
    points=1.5,
    hidden=True,
    failure_message="forward must give x times both weights, for any weights and any number "
    "of samples.",
)
def test_values(ShallowNarrowExercise: Any) -> None:
    for weights in WEIGHTS:
        model = ShallowNarrowExercise(list(weights))
        results = checks.calls(model.forward, [(x.copy(),) for x in SAMPLES])
        for own, (expected, tolerance) in zip(results, _expected(weights), strict=True):
            checks.value(own, expected, name="the result of forward", tolerance=tolerance)


@test_case(
    name="current_weights",
    points=0.25,
    hidden=True,
    failure_message="forward must use the weights that w1 and w2 hold when it is called.",
)
def test_current_weights(ShallowNarrowExercise: Any) -> None:
    expected = checks.array(ShallowNarrowExercise([-0.4, 2.2]).forward(X5.copy()), name="forward")
    model = ShallowNarrowExercise([0.7, -1.3])
    results = [checks.array(model.forward(X5.copy()), name="forward")]
    for weight, number in [("w1", -0.4), ("w2", 2.2)]:
        setattr(model, weight, number)
        results.append(checks.array(model.forward(X5.copy()), name="forward"))
        if np.array_equal(results[-1], results[-2]):
            raise checks.CheckFailure(
                checks.say(
                    "forward gives the same when {weight} is set to another number.", weight=weight
                ),
                kind="order",
                name="forward",
            )
    checks.value(results[-1], expected, name="forward, when w1 and w2 are set from outside,")


@test_case(
    name="pure",
    points=0.25,
    hidden=True,
    failure_message="forward must change nothing: neither x, nor the weights, nor what it "
    "returned before.",
)
def test_pure(ShallowNarrowExercise: Any) -> None:
    model = ShallowNarrowExercise([0.7, -1.3])
    weights = [checks.number(w, name="w1 or w2") for w in (model.w1, model.w2)]
    x = X5.copy()
    with checks.unchanged(x=x):
        first = model.forward(x)
    before = checks.array(first, name="the result of forward")
    if np.ptp(before) == 0:
        raise checks.CheckFailure("forward gives the same for every sample.", name="forward")
    expected = checks.array(model.forward(1.5 * X5), name="the result of forward")
    checks.value(first, before, name="what forward returned, after another call,")
    checks.repeatable(model.forward, [(X5,), (X3,)], name="the result of forward")
    model.forward(x)
    x *= 1.5
    own = checks.array(model.forward(x), name="the result of forward")
    message = "is that of the numbers that x held in an earlier call"
    checks.same(expected, own, name="forward", kind="order", message=message)
    checks.scalar(model.w1, weights[0], name="w1, after forward,")
    checks.scalar(model.w2, weights[1], name="w2, after forward,")
