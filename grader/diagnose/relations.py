"""What can be said of wrong results where no known mistake fits: a factor, a sign, an order.

The solution is asked what the student was asked.  The words help to look in the right
place and leave the formula to the student.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

import numpy as np

from grader.words import Words, say

from .match import TOLERANCE, distance
from .trace import Trace

Relation = Callable[[Any, Any, int], bool]
_ENOUGH: Final = 2  # numbers that must obey a relation before it is believed


def relation(student: Trace, right: Trace) -> Words | None:
    """One sentence on how the student's results differ, or nothing."""
    pairs = list(_wrong_results(student, right))
    if not pairs or sum(_count(one) for one, _, _ in pairs) < _ENOUGH:
        return None
    found = [text for text, holds in _RELATIONS if all(holds(*pair) for pair in pairs)]
    return found[0] if found else None


def _wrong_results(student: Trace, right: Trace) -> Iterator[tuple[Any, Any, int]]:
    """Pairs of differing results of the same question, and the number of samples in it."""
    for one, other in zip(student.steps, right.steps, strict=False):
        same_question = (
            one.operation == other.operation
            and not one.error
            and not other.error
            and distance(one.arguments, other.arguments) <= TOLERANCE
        )
        if not same_question:
            return
        if distance(one.result, other.result) > TOLERANCE:
            arrays = [a for a in one.arguments if isinstance(a, np.ndarray) and a.ndim]
            yield one.result, other.result, len(arrays[0]) if arrays else 0


def _count(value: Any) -> int:
    if isinstance(value, np.ndarray):
        return int(value.size)
    if isinstance(value, dict):
        return sum(map(_count, value.values()))
    return sum(map(_count, value)) if isinstance(value, tuple) else 0


def _times(factor: Callable[[int], float]) -> Relation:
    def holds(student: Any, right: Any, samples: int) -> bool:
        return samples != 0 and distance(student, _scaled(right, factor(samples))) <= TOLERANCE

    return holds


def _scaled(value: Any, factor: float) -> Any:
    if isinstance(value, np.ndarray):
        return value * factor
    if isinstance(value, dict):
        return {key: _scaled(entry, factor) for key, entry in value.items()}
    return tuple(_scaled(entry, factor) for entry in value) if isinstance(value, tuple) else value


def _transposed(student: Any, right: Any, samples: int) -> bool:
    arrays = isinstance(student, np.ndarray) and isinstance(right, np.ndarray)
    return arrays and right.ndim >= 2 and distance(student, right.T) <= TOLERANCE


def _swapped(student: Any, right: Any, samples: int) -> bool:
    if not (_is_pair(student) and _is_pair(right)):
        return False
    pairs = ((student[1], right[0]), (student[0], right[1]))
    return all(distance(np.asarray(a), np.asarray(b)) <= TOLERANCE for a, b in pairs)


def _is_pair(value: Any) -> bool:
    """Two arrays, or an array of two numbers."""
    if isinstance(value, tuple):
        return len(value) == 2 and all(isinstance(entry, np.ndarray) for entry in value)
    return isinstance(value, np.ndarray) and value.shape == (2,)


_FACTOR: Final = say(
    "Everything is off by the same factor: is a constant missing, or one too many?"
)
_RELATIONS: Final[tuple[tuple[Words, Relation], ...]] = (
    (say("Everything has the opposite sign: check the order of a difference."),
     _times(lambda n: -1.0)),
    (_FACTOR, _times(lambda n: 2.0)),
    (_FACTOR, _times(lambda n: 0.5)),
    (say("Your result grows with the number of samples: look at where it is divided by that "
         "number."),
     _times(float)),
    (say("Your result shrinks with the number of samples: is it divided by that number too often?"),
     _times(lambda n: 1.0 / n)),
    (say("The number of degrees of freedom is another one: look at what the sum is divided by."),
     _times(lambda n: n / (n - 1) if n > 1 else 0.0)),
    (say("Rows and columns are exchanged."), _transposed),
    (say("The two results come in the other order."), _swapped),
)  # fmt: skip
