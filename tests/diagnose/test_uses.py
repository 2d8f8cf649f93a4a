"""How uses of objects differ from the right ones, where no scenario is looked at."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from grader.judge.diagnose.observations import observe
from grader.judge.diagnose.trace import Step, Trace

_RIGHT = np.array([3.0, -5.0, 2.0, -7.0, 11.0, -13.0, 17.0, -19.0])
_X = np.arange(1.0, 6.0)
FIRST = ("f", (1,), _RIGHT, _X)


def used(*steps: tuple[Any, ...], before: Any = _X) -> Trace:
    """Calls of f: what each was given, gave, and left of what was X before."""
    made = Trace(ending=("check", "value"))
    for what, given, result, left in steps:
        error = {"error": result} if isinstance(result, str) else {"result": made.keep(result)}
        kept: dict[str, Any] = {"left": (made.keep(left),), "before": (made.keep(before),)}
        made.add(Step("call", what, given, **kept, **error))
    return made


@pytest.mark.parametrize(
    ("own", "right", "said"),
    [
        ([FIRST, ("f", (2,), -_RIGHT, _X)], [FIRST, ("f", (2,), _RIGHT, _X)], "opposite sign"),
        ([FIRST, ("f", (2,), 5 * _RIGHT, _X)], [FIRST, ("f", (2,), _RIGHT, _X)],
         "grows with the number of samples"),
        ([("f", (1,), _RIGHT + 1, _X), ("f", (2,), _RIGHT + 1, _X)],
         [FIRST, ("f", (2,), _RIGHT, _X)], "same amount"),
        # Of what is changed in place, the changes are compared.
        ([("f", (1,), None, _X - 2 * _X**2)], [("f", (1,), None, _X + _X**2)], "the same factor"),
        ([("f", (1,), None, _X - _X**2)], [("f", (1,), None, _X + _X**2)], "opposite sign"),
        # What follows such a change has other arguments.
        ([("f", (1,), None, _X - _X**2), ("f", (1,), _RIGHT + 1, _X)],
         [("f", (1,), None, _X + _X**2), FIRST], "opposite sign"),
        # What should be let be was changed: no formula is wrong.
        ([("f", (1,), -_RIGHT, -_X)], [FIRST], ""),
        ([FIRST], [FIRST], ""),
        ([("f", (1,), "ValueError: no", _X)], [FIRST], ""),
        ([("f", (1,), -_RIGHT, _X)], [("f", (1,), "ValueError: no", _X)], ""),
        ([("g", (1,), -_RIGHT, _X)], [FIRST], ""),
        ([FIRST, ("f", (3,), -_RIGHT, _X)], [FIRST, ("f", (2,), _RIGHT, _X)], ""),
        ([FIRST, ("f", (2,), -_RIGHT, _X), ("f", (3,), _RIGHT, _X)],
         [FIRST, ("f", (2,), _RIGHT, _X), ("f", (2,), 3 * _RIGHT, _X)], "opposite sign"),
        ([], [FIRST], ""),
    ],
    ids=["sign", "samples", "all calls", "factor of a change", "sign of a change",
         "after a change", "an argument spoilt", "right", "it raised", "the right one raises",
         "another function", "another argument", "till the arguments differ", "nothing"],
)  # fmt: skip
def test_uses_are_compared_from_the_first_that_differs(
    own: list[Any], right: list[Any], said: str
) -> None:
    found = [str(sentence) for sentence in observe(used(*own), [used(*right)])]
    assert [said in text for text in found] == [True] * bool(said)


W, B = np.arange(6.0).reshape(2, 3) + 10, np.array([5.0, -3.0])
STEP = (np.arange(1.0, 7.0).reshape(2, 3), np.array([2.0, -1.0]))
FORMS: list[Any] = [
    lambda W, b: {"W": W, "b": b},
    lambda W, b: [W, b],
    lambda W, b: [[W], {"b": b}],
]


@pytest.mark.parametrize("form", FORMS, ids=["dictionary", "list", "nested"])
@pytest.mark.parametrize(
    ("factor", "said"), [(-1.0, "opposite sign"), (2.5, "same factor"), (0.0, "is 0"), (1.0, "")]
)
def test_changes_of_several_parameters_are_compared(form: Any, factor: float, said: str) -> None:
    """An optimizer changes them in place: what it adds is compared, and not the sums."""

    def left(factor: float) -> Trace:
        step = ("update", (), None, form(W + factor * STEP[0], B + factor * STEP[1]))
        return used(step, before=form(W, B))

    found = [str(sentence) for sentence in observe(left(factor), [left(1.0)])]
    assert [said in text for text in found] == [True] * bool(said)
