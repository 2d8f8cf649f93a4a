"""What can be said of wrong results where no known mistake fits: a factor, a sign, an order.

The solution is asked what the student was asked.  The words help to look in the right
place and leave the formula to the student.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any, Final

import numpy as np

from grader.words import Words, say

from .match import TOLERANCE, distance, kept_distance
from .trace import Step, Trace, Value, plain

Relation = Callable[[Any, Any, int], bool]
_MUCH: Final = 1000  # what an error counts for: its text is the student's own
_ENOUGH: Final = 2  # numbers that must obey a relation before it is believed


def relation(student: Trace, right: Trace) -> tuple[Words, ...]:
    """A sentence or two on how the student's results differ and since when, or none."""
    place = _first_difference(student, right)
    if place is None:
        return ()
    pairs = list(_wrong_results(student.steps[place:], right.steps[place:]))
    found: list[Words] = []
    since = _since(student.steps, place)
    if sum(_count(one) for one, _, _ in pairs) >= _ENOUGH:
        found = [text for text, holds in _RELATIONS if all(holds(*pair) for pair in pairs)]
        # A formula without its constant would never have been right; snapshots are what an
        # execution of a scenario gave.
        if since or any(step.operation == "snapshot" for step in student.steps[:place]):
            found = [text for text in found if text != _FACTOR]
    return (*found[:1], *since)


def _first_difference(student: Trace, right: Trace) -> int | None:
    """The first step that had the same question and another answer."""
    for place, (one, other) in enumerate(zip(student.steps, right.steps, strict=False)):
        if one.operation != other.operation or one.what != other.what:
            return None
        if one.error or other.error:
            return None
        if not _agree(one.result, other.result) or not _agree(one.left, other.left):
            return place
    return None


def _agree(one: Value, other: Value) -> bool:
    return one == other or kept_distance(one, other) <= TOLERANCE


def _since(steps: list[Step], place: int) -> tuple[Words, ...]:
    """How many calls came out right, where the last one was the first that did not.

    A difference before is none: what the text leaves open may differ from the solution.
    """
    what = steps[place].what
    calls = [i for i, step in enumerate(steps) if (step.operation, step.what) == ("call", what)]
    if not what or len(calls) < 2 or calls[-1] != place:
        return ()
    since = say(
        "What {what} did in its calls before came out right ({number} of them); the difference "
        "begins with the last one.",
        what=what,
        number=len(calls) - 1,
    )
    return (since,)


def _wrong_results(student: list[Step], right: list[Step]) -> Iterator[tuple[Any, Any, int]]:
    """Pairs of what differs in answers to the same question, and the number of samples in it.

    Of arguments that were changed the changes are compared; after them the questions are
    no longer the same.
    """
    for one, other in zip(student, right, strict=False):
        if (one.operation, one.what, one.given) != (other.operation, other.what, other.given):
            return
        changed = not _agree(other.left, other.before)
        if one.error or other.error or (not changed and not _agree(one.left, other.left)):
            return
        arrays = [a for a in map(plain, other.left) if isinstance(a, np.ndarray) and a.ndim]
        samples = len(arrays[0]) if arrays else 0
        if not _agree(one.result, other.result):
            several = zip(_steps(plain(one.result)), _steps(plain(other.result)), strict=False)
            yield from ((a, b, samples) for a, b in several if distance(a, b) > TOLERANCE)
        if not _agree(one.left, other.left):
            before = plain(other.before)
            yield _minus(plain(one.left), before), _minus(plain(other.left), before), samples
            return


def _steps(value: Any) -> tuple[Any, ...]:
    """Of one dictionary, seen several times, what changed from time to time; else the value."""
    if not isinstance(value, tuple) or len(value) < 2 or not all(type(v) is dict for v in value):
        return (value,)
    return tuple(_minus(after, before) for before, after in pairwise(value))


def _minus(value: Any, before: Any) -> Any:
    """The change of arrays; of anything else itself."""
    if isinstance(value, dict) and isinstance(before, dict):
        return {key: _minus(entry, before.get(key)) for key, entry in value.items()}
    if isinstance(value, tuple) and isinstance(before, tuple) and len(value) == len(before):
        return tuple(map(_minus, value, before))
    same = isinstance(value, np.ndarray) and np.shape(value) == np.shape(before)
    return value - before if same else value


def _count(value: Any) -> int:
    """How many numbers there are besides zeros, which obey any relation."""
    if isinstance(value, np.ndarray):
        return int(np.count_nonzero(value))
    if isinstance(value, dict):
        return sum(map(_count, value.values()))
    return sum(map(_count, value)) if isinstance(value, tuple) else 0


def _times(factor: float) -> Relation:
    return lambda student, right, samples: distance(student, _scaled(right, factor)) <= TOLERANCE


def _by_samples(factor: Callable[[int], float]) -> Relation:
    return lambda student, right, samples: (
        samples > 1 and distance(student, _scaled(right, factor(samples))) <= TOLERANCE
    )


def _scaled(value: Any, factor: float) -> Any:
    if isinstance(value, np.ndarray):
        return value * factor
    if isinstance(value, dict):
        return {key: _scaled(entry, factor) for key, entry in value.items()}
    return tuple(_scaled(entry, factor) for entry in value) if isinstance(value, tuple) else value


def _some_factor(student: Any, right: Any, samples: int) -> bool:
    """Whether one number, whichever, leads from the right results to the student's."""
    own, wanted = _flat(student), _flat(right)
    if own.size != wanted.size or not np.isfinite(own).all():
        return False
    if np.count_nonzero(wanted) <= _ENOUGH:  # a pair of gradients may hang together anyway
        return False
    largest = int(np.argmax(np.abs(wanted)))
    factor = float(own[largest] / wanted[largest])
    return factor != 0 and distance(student, _scaled(right, factor)) <= TOLERANCE


def _flat(value: Any) -> Any:
    arrays = [leaf.reshape(-1) for leaf in _leaves(value)]
    return np.concatenate(arrays) if arrays else np.empty(0)


def _shifted(student: Any, right: Any, samples: int) -> bool:
    arrays = isinstance(student, np.ndarray) and isinstance(right, np.ndarray)
    if not arrays or student.shape != right.shape or right.size < 2 * _ENOUGH:
        return False
    apart = student - right
    return bool(np.ptp(apart) <= TOLERANCE * np.max(np.abs(right)))


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
    (say("Everything has the opposite sign: check the order of a difference."), _times(-1.0)),
    (_FACTOR, _times(2.0)),
    (_FACTOR, _times(0.5)),
    (say("Your result grows with the number of samples: look at where it is divided by that "
         "number."),
     _by_samples(float)),
    (say("Your result shrinks with the number of samples: is it divided by that number too often?"),
     _by_samples(lambda n: 1.0 / n)),
    (say("The number of degrees of freedom is another one: look at what the sum is divided by."),
     _by_samples(lambda n: n / (n - 1))),
    (say("Rows and columns are exchanged."), _transposed),
    (say("The two results come in the other order."), _swapped),
    (_FACTOR, _some_factor),
    (say("Everything is off by the same amount: is something added that does not belong there, or "
     "forgotten?"), _shifted),
)  # fmt: skip


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict | tuple):
        for entry in value.values() if isinstance(value, dict) else value:
            yield from _leaves(entry)
    elif isinstance(value, np.ndarray):
        yield value


def evidence(student: Trace, right: Trace) -> int:
    """How many numbers of the student's trace are others than the solution's, errors included.

    NaN and infinity are none: there are many ways to them.
    """
    found = 0
    for one, other in zip(student.steps, right.steps, strict=False):
        if one.error or other.error:
            return found + _MUCH * (one.error != other.error)
        own = [*_leaves(plain((one.result, *one.left)))]
        wanted = [*_leaves(plain((other.result, *other.left)))]
        if len(own) != len(wanted):
            return found
        for a, b in zip(own, wanted, strict=True):
            if np.shape(a) == np.shape(b) and distance(a, b) > TOLERANCE:
                size = float(np.nanmax(np.abs(b), initial=0.0))
                wrong = np.isfinite(a) & ~(np.abs(a - b) <= TOLERANCE * size)
                found += int(np.count_nonzero(wrong))
    return found
