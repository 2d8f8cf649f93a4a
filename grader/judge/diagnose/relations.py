"""Sentences on wrong results that fit no known mistake: a factor, a sign, an order.

The results are compared with the solution's, and a sentence is said only if it holds for all
results that the test case looks at, in all its runs (if none does, see observations.py).  The
sentences help to look in the right place and leave the formula to the student.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any, Final

import numpy as np

from grader.words import Words, say

from .match import TOLERANCE, distance, leaves, nearest
from .trace import RIGHT, Step, Trace, Value, plain

_ROUNDING: Final = 1e-13
_ENOUGH: Final = 2  # numbers that a relation must hold for before it is believed


@dataclass(frozen=True, slots=True)
class Pair:
    """A result of the student's and the right one, from the run with the number ``run``.

    ``samples`` is 0 if unknown.
    """

    name: str
    own: Any
    right: Any
    samples: int = 0
    run: int = 0

    @property
    def agrees(self) -> bool:
        """Whether the two are equal within the tolerance."""
        return distance(self.own, self.right) <= TOLERANCE


Relation = Callable[[Sequence[Pair]], bool]
Known = tuple[tuple[Words, Relation], ...]


def relation(student: Trace, rights: Sequence[Trace]) -> tuple[Words, ...]:
    """Return a sentence on how the student's results differ from the solution's, or none.

    *rights* are the solution's traces in each accepted convention.
    """
    for right in rights:
        runs = runs_of(student, right)
        results, changes = [pair for run in runs for pair in run], list(_changes(runs))
        found = _of_everything(results) or first_of(wrong_of(changes), _STEPS)
        if found:
            return found
    return ()


def _of_everything(pairs: Sequence[Pair]) -> tuple[Words, ...]:
    """Return the first relation that holds for all pairs; none if more than zeros is right."""
    several = wrong_of(pairs)
    names = {pair.name for pair in several}
    if any(pair.name not in names and _count(pair.right) for pair in pairs):
        return ()
    return first_of(several, _RELATIONS)


def first_of(pairs: Sequence[Pair], known: Known) -> tuple[Words, ...]:
    """Return the sentence of the first known relation that holds for all pairs, or none."""
    if sum(_count(pair.right) for pair in pairs) < _ENOUGH:
        return ()
    return next(((text,) for text, holds in known if holds(pairs)), ())


def wrong_of(pairs: Sequence[Pair]) -> list[Pair]:
    """Return the pairs whose name has a wrong result in some run."""
    wrong = {pair.name for pair in pairs if not pair.agrees}
    return [pair for pair in pairs if pair.name in wrong]


def _changes(runs: Sequence[Sequence[Pair]]) -> Iterator[Pair]:
    """Yield the changes of dictionaries from one look to the next in a run."""
    for before, after in (pair for run in runs for pair in pairwise(run)):
        values = (before.own, before.right, after.own, after.right)
        if all(isinstance(value, dict) for value in values):
            own, right = _minus(after.own, before.own), _minus(after.right, before.right)
            yield Pair(after.name, own, right, after.samples, after.run)


def runs_of(student: Trace, right: Trace, accepted: Sequence[Trace] = ()) -> list[list[Pair]]:
    """Return the results that must be right, run by run; none if their names differ.

    With *accepted*, the right result is the one nearest to the student's in the range of these.
    """
    if not student.looks:
        return [_after_first(student, right)]
    runs: list[list[Pair]] = []
    # The trace of code that passes is longer.
    for place, (one, other) in enumerate(zip(student.steps, right.steps, strict=False)):
        if one.what != RIGHT or other.what != RIGHT:
            continue
        own, wanted = plain(one.result), plain(other.result)
        if one.error or other.error or own.keys() != wanted.keys():
            return []
        (samples,) = other.given
        conventions = [plain(trace.steps[place].result) for trace in accepted] or [wanted]
        runs.append([
            Pair(name, own[name], _near(own[name], [c[name] for c in conventions]), samples, place)
            for name in own
        ])  # fmt: skip
    return runs


def _near(own: Any, rights: Sequence[Any]) -> Any:
    shapes = {np.shape(value) for value in (own, *rights) if isinstance(value, np.ndarray)}
    alike = all(isinstance(value, np.ndarray) for value in (own, *rights)) and len(shapes) == 1
    return nearest(own, rights) if alike else rights[0]


def _after_first(student: Trace, right: Trace) -> list[Pair]:
    """Return what differs, beginning with the first step whose result differs."""
    for place, (one, other) in enumerate(zip(student.steps, right.steps, strict=False)):
        if (one.operation, one.what) != (other.operation, other.what) or one.error or other.error:
            return []
        if not _agree(one.result, other.result) or not _agree(one.left, other.left):
            return list(_wrong_results(student.steps[place:], right.steps[place:]))
    return []


def _agree(one: Value, other: Value) -> bool:
    return bool(one == other) or distance(plain(one), plain(other)) <= TOLERANCE


def _wrong_results(student: list[Step], right: list[Step]) -> Iterator[Pair]:
    """Yield what differs in the results of the same uses.

    If a use changed arguments, the changes are compared; after a difference in these, uses are
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
            yield Pair(one.what, plain(one.result), plain(other.result), samples)
        if not _agree(one.left, other.left):
            before = plain(other.before)
            own, wanted = _minus(plain(one.left), before), _minus(plain(other.left), before)
            yield Pair(one.what, own, wanted, samples)
            return


def _minus(value: Any, before: Any) -> Any:
    """Return the change of arrays; anything else as it is."""
    if isinstance(value, dict) and isinstance(before, dict):
        return {key: _minus(entry, before.get(key)) for key, entry in value.items()}
    if isinstance(value, tuple) and isinstance(before, tuple) and len(value) == len(before):
        return tuple(map(_minus, value, before))
    same = isinstance(value, np.ndarray) and np.shape(value) == np.shape(before)
    return value - before if same else value


def _count(value: Any) -> int:
    """Return how many numbers are not zero; zeros fit any relation."""
    return sum(int(np.sum(leaf != 0)) for leaf in leaves(value))


# Relations: each gets the pairs of all runs, of the names that have a wrong result


def _of_each(holds: Callable[[Pair], bool]) -> Relation:
    return lambda pairs: all(map(holds, pairs))


def _times(factor: float) -> Relation:
    return _of_each(lambda pair: distance(pair.own, _scaled(pair.right, factor)) <= TOLERANCE)


def _by_samples(factor: Callable[[int], float]) -> Relation:
    def holds(pairs: Sequence[Pair]) -> bool:
        numbers = {pair.samples for pair in pairs}
        # With a single number of samples it cannot be told from a constant.
        return min(numbers) > 1 and (len(numbers) > 1 or len(pairs) == 1) and all(
            distance(pair.own, _scaled(pair.right, factor(pair.samples))) <= TOLERANCE
            for pair in pairs
        )  # fmt: skip

    return holds


def _scaled(value: Any, factor: float) -> Any:
    if isinstance(value, np.ndarray):
        return value * factor
    if isinstance(value, dict):
        return {key: _scaled(entry, factor) for key, entry in value.items()}
    return tuple(_scaled(entry, factor) for entry in value) if isinstance(value, tuple) else value


def _some_factor(pairs: Sequence[Pair]) -> bool:
    """Whether all of the student's results are the right ones times the same number."""
    flat = [(_flat(pair.own), _flat(pair.right)) for pair in pairs]
    if any(own.size != right.size for own, right in flat):
        return False
    own, wanted = map(np.concatenate, zip(*flat, strict=True))
    if not np.isfinite(own).all() or np.count_nonzero(wanted) <= _ENOUGH:
        return False  # two numbers may have one factor by accident
    largest = int(np.argmax(np.abs(wanted)))
    return _times(float(own[largest] / wanted[largest]))(pairs) and own[largest] != 0


def _flat(value: Any) -> Any:
    arrays = [leaf.reshape(-1) for leaf in leaves(value)]
    return np.concatenate(arrays) if arrays else np.empty(0)


def _shifted(pairs: Sequence[Pair]) -> bool:
    arrays = arrays_of(pairs)
    if any(own.shape != right.shape for own, right in arrays):
        return False
    if sum(right.size for _, right in arrays) < 2 * _ENOUGH:
        return False
    apart = np.concatenate([(own - right).reshape(-1) for own, right in arrays])
    size = max(float(np.max(np.abs(right))) for _, right in arrays)
    if not np.isfinite(apart).all() or all(within(o - r, r).all() for o, r in arrays):
        return False
    # Relative to the amount itself: relative to large numbers all small amounts are the same.
    return bool(np.ptp(apart) <= TOLERANCE * np.max(np.abs(apart)) + _ROUNDING * size)


def _in_each_run(holds: Relation) -> Relation:
    """Return the relation that holds if each run is wrong and *holds* for it by itself."""

    def hold(pairs: Sequence[Pair]) -> bool:
        runs = [list(run) for _, run in groupby(pairs, key=lambda pair: pair.run)]
        return len(runs) > 1 and all(
            sum(_count(pair.right) for pair in run) > _ENOUGH
            and not all(pair.agrees for pair in run)
            and holds(run)
            for run in runs
        )

    return hold


def _along(axis: int, holds: Relation) -> Relation:
    """Return the relation that *holds* for each column (axis 0), or row (axis 1), by itself."""

    def hold(pairs: Sequence[Pair]) -> bool:
        several = arrays_of(pairs)
        if not several or any(
            own.shape != right.shape or right.ndim != 2 or right.shape[axis] <= _ENOUGH
            or right.shape[1 - axis] < _ENOUGH
            for own, right in several
        ):  # fmt: skip
            return False
        return all(
            holds([Pair("", one, other)]) and not within(one - other, right).all()
            for own, right in several
            for one, other in zip(
                np.moveaxis(own, axis, 1), np.moveaxis(right, axis, 1), strict=True
            )
        )

    return hold


def _reversed(pair: Pair) -> bool:
    """Whether the student's numbers, by absolute value, are in the opposite order."""
    own, right = np.abs(_flat(pair.own)), np.abs(_flat(pair.right))
    if own.size != right.size or not np.isfinite(own).all() or np.unique(right).size <= 2 * _ENOUGH:
        return False
    own = own[np.argsort(right)]
    return bool(np.all(own[1:] <= own[:-1]) and own[0] > own[-1])


def _transposed(pairs: Sequence[Pair]) -> bool:
    arrays = arrays_of(pairs)
    return bool(arrays) and all(
        right.ndim >= 2 and distance(own, right.T) <= TOLERANCE for own, right in arrays
    )


def arrays_of(pairs: Sequence[Pair]) -> list[tuple[Any, Any]]:
    """Return the student's arrays and the right ones; none if their numbers differ in a pair."""
    several = [([*leaves(pair.own)], [*leaves(pair.right)]) for pair in pairs]
    if any(not right or len(own) != len(right) for own, right in several):
        return []
    return [both for own, right in several for both in zip(own, right, strict=True)]


def _swapped(pair: Pair) -> bool:
    return (_is_pair(pair.own) and _is_pair(pair.right)) and all(
        distance(np.asarray(own), np.asarray(right)) <= TOLERANCE
        for own, right in zip(pair.own, pair.right[::-1], strict=True)
    )


def _is_pair(value: Any) -> bool:
    """Whether a value is two arrays, or an array of two numbers."""
    if isinstance(value, tuple):
        return len(value) == 2 and all(isinstance(entry, np.ndarray) for entry in value)
    return isinstance(value, np.ndarray) and value.shape == (2,)


def compared(test: Callable[[Any, Any], Any]) -> Relation:
    """Return the relation that all arrays are finite and pass a test, and some are wrong."""

    def holds(pairs: Sequence[Pair]) -> bool:
        flat = [(_flat(pair.own), _flat(pair.right)) for pair in pairs]
        return all(
            own.size == right.size > 0 and np.isfinite(own).all() and test(own, right)
            for own, right in flat
        ) and not all(within(own - right, right).all() for own, right in flat)

    return holds


def within(apart: Any, right: Any) -> Any:
    """Return which differences from the right numbers are within the tolerance."""
    return np.abs(apart) <= TOLERANCE * np.max(np.abs(right), initial=0.0)


_ALL_ZERO: Final = compared(lambda own, right: not own.any() and right.any())
_RELATIONS: Final[Known] = (
    (say("All that you return is 0, where it should not be."), _ALL_ZERO),
    (say("Everything has the opposite sign: check the order of a difference."), _times(-1.0)),
    (say("Your result grows with the number of samples: look at where it is divided by that "
         "number."),
     _by_samples(float)),
    (say("Your result shrinks with the number of samples: is it divided by that number too often?"),
     _by_samples(lambda n: 1.0 / n)),
    (say("The number of degrees of freedom is not the right one: look at what the sum is divided "
         "by."),
     _by_samples(lambda n: n / (n - 1))),
    (say("Rows and columns are exchanged."), _transposed),
    (say("The two results come in the other order."), _of_each(_swapped)),
    (say("Everything is off by the same factor, in every run: is a constant missing, or one too "
         "many?"), _some_factor),
    (say("Everything is off by the same amount: is something added that does not belong there, or "
     "forgotten?"), _shifted),
    (say("In each run everything is off by one factor, from run to run by another: does something "
         "enter in the wrong place, or with the wrong power?"), _in_each_run(_some_factor)),
    (say("In each run everything is off by one amount, from run to run by another: is something "
         "added that does not belong there, or forgotten?"), _in_each_run(_shifted)),
    (say("Each column is off by an amount of its own, the same in all rows: look at what is added "
         "to all rows alike."), _along(0, _shifted)),
    (say("Each column is off by a factor of its own, the same in all rows: look at what all rows "
         "are multiplied with, or divided by."), _along(0, _some_factor)),
    (say("Each row is off by an amount of its own, the same in all columns: look at what is added "
         "to all columns alike."), _along(1, _shifted)),
    (say("Each row is off by a factor of its own, the same in all columns: look at what all "
         "columns are multiplied with, or divided by."), _along(1, _some_factor)),
    (say("The larger a number should be in size, the smaller it is: is something divided that "
         "should be multiplied, or the other way round?"), _of_each(_reversed)),
)  # fmt: skip
#: Relations between changes from step to step in a run.
_STEPS: Final[Known] = (
    (say("Every change from one step to the next that is off is 0: nothing is changed there."),
     _ALL_ZERO),
    (say("Every change from one step to the next that is off goes in the opposite direction: "
         "check a sign."), _times(-1.0)),
    (say("In every run, every change from one step to the next that is off is off by the same "
         "factor: is a constant missing, or one too many?"), _some_factor),
)  # fmt: skip
SENTENCES: Final = tuple(text for text, _ in (*_RELATIONS, *_STEPS))
