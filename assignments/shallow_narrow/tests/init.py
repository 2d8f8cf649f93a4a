"""Hidden test cases of ``ShallowNarrowExercise.__init__``."""

from typing import Any

import numpy as np
from otter.test_files import test_case

from grader import checks

OK_FORMAT = False
name = "init"
points = 1


def _has_weights(model: Any, expected: tuple[float, float], what: checks.Words) -> None:
    checks.scalar(model.w1, expected[0], name=checks.say("{weight} {what}", weight="w1", what=what))
    checks.scalar(model.w2, expected[1], name=checks.say("{weight} {what}", weight="w2", what=what))


@test_case(
    name="attributes",
    points=0.5,
    hidden=True,
    failure_message="w1 and w2 must be the two numbers given, as list, tuple or array.",
)
def test_attributes(ShallowNarrowExercise: Any) -> None:
    for weights in [(0.7, -1.3), (-2.1, 0.4), (0.0, 0.9)]:
        _has_weights(ShallowNarrowExercise(list(weights)), weights, checks.say("from a list"))
        _has_weights(ShallowNarrowExercise(weights), weights, checks.say("from a tuple"))
        _has_weights(ShallowNarrowExercise(np.array(weights)), weights, checks.say("from an array"))


@test_case(
    name="independent",
    points=0.5,
    hidden=True,
    failure_message="Every instance must have weights of its own.",
)
def test_independent(ShallowNarrowExercise: Any) -> None:
    for given in ([0.7, -1.3], np.array([0.7, -1.3])):
        try:
            first = ShallowNarrowExercise(given)
        except Exception:
            if isinstance(given, list):
                raise
            continue  # an array that is refused is charged to attributes
        # What happens to the list or array afterwards is no business of the model, nor is a
        # second model made from it.
        given[0], given[1] = -0.4, 2.2
        second = ShallowNarrowExercise(given)
        _has_weights(first, (0.7, -1.3), checks.say("of a first model, when there is a second one"))
        second.w1, second.w2 = 1.7, 0.6
        _has_weights(
            first, (0.7, -1.3), checks.say("of a first model, when the second one's are set")
        )
        _has_weights(second, (1.7, 0.6), checks.say("after being set"))
        ShallowNarrowExercise(given)
        _has_weights(second, (1.7, 0.6), checks.say("of a second model, when there is a third one"))
        checks.value(np.array(given), [-0.4, 2.2], name="init_weights, when w1 and w2 are set")
