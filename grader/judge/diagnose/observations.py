"""Sentences on wrong results for which no relation holds: where they are wrong, and how.

Each sentence is true of all results that the test case looks at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np

from grader.words import Words, say

from .match import leaves
from .relations import (
    SENTENCES,
    Known,
    Pair,
    Relation,
    compared,
    first_of,
    relation,
    runs_of,
    within,
    wrong_of,
)
from .trace import Trace, plain

_FOLLOWS: Final = say("{name} comes out right; what follows does not.")
_SAMPLES: Final = say("Right with {good}, wrong with {bad}.")
_MOST: Final = say("Most numbers are right: {off} of {size} are off.")
_NAN: Final = say(
    "nan comes from 0/0, from infinity minus infinity, or from the root or logarithm of a negative "
    "number: look for these."
)
_UNFILLED: Final = say(
    "All its numbers are nan: was the array ever filled, or does the first calculation give nan?"
)
_INF: Final = say(
    "inf comes from a division by 0, or from numbers that grow too large: look for these."
)
_SIZES: Final = say(
    "The sign is right in {right} of {size} numbers that are off, the size is not: look at "
    "factors and powers, and at what belongs to a sum."
)
_SIGNS: Final = say(
    "The sign is wrong in {wrong} of {size} numbers that are off: look at differences, and "
    "whether each term is there."
)
_MANY: Final = 4  # if one sign in so many is wrong, that is no accident of wrong sizes


def _off(test: Callable[[Any, Any], Any]) -> Relation:
    """Return the relation that all wrong entries pass a test."""
    return compared(lambda own, right: (within(own - right, right) | test(own, right)).all())


#: Relations of wrong entries.
_WRONG: Final[Known] = (
    (say("The sizes of all numbers are right, the signs of some are not."),
     compared(lambda own, right: within(np.abs(own) - np.abs(right), right).all())),
    (say("Every number that is off is too small in size: is something left out, or divided by too "
         "much?"),
     _off(lambda own, right: (np.abs(own) < np.abs(right)) & (own * right >= 0))),
    (say("Every number that is off is too large in size: is something counted twice, or not "
         "divided?"),
     _off(lambda own, right: (np.abs(own) > np.abs(right)) & (own * right >= 0))),
    (say("Every number that is off is smaller than it should be: is something subtracted that "
         "should be added, or left out of a sum?"), _off(np.less)),
    (say("Every number that is off is larger than it should be: is something added that should be "
         "subtracted, or counted twice?"), _off(np.greater)),
)  # fmt: skip
#: The English texts of all observations and relations.
OBSERVED: Final = frozenset(
    words.text
    for words in (
        *(_FOLLOWS, _SAMPLES, _MOST, _NAN, _UNFILLED, _INF, _SIZES, _SIGNS),
        *SENTENCES,
        *(text for text, _ in _WRONG),
    )
)


def _filled(words: Words, **fields: str | int | Words) -> Words:
    return Words(words.text, tuple(fields.items()))


def observe(student: Trace, rights: Sequence[Trace]) -> tuple[Words, ...]:
    """Return a sentence on how the student's results differ from the solution's, or none.

    *rights* are the solution's traces in each accepted convention.
    """
    found = relation(student, rights)
    if found:
        return found
    runs = runs_of(student, rights[0], rights) if rights else []
    told = first_of(wrong_of([pair for run in runs for pair in run]), _WRONG)
    if not student.looks:
        return told
    return _where(runs, student.names) or _not_finite(student, runs) or told or _signs(runs)


def _where(runs: Sequence[Sequence[Pair]], called: Mapping[str, Words]) -> tuple[Words, ...]:
    """Return what is right beside what is wrong: the first results, some runs, some entries."""
    wrong = {pair.name for run in runs for pair in run if not pair.agrees}
    if not wrong:
        return ()
    names = list(dict.fromkeys(pair.name for run in runs for pair in run))
    first = next(place for place, name in enumerate(names) if name in wrong)
    if first and wrong.issuperset(names[first:]):
        return (_filled(_FOLLOWS, name=called[names[first - 1]]),)
    are_right: dict[int, list[bool]] = {}
    for run in filter(None, runs):
        if all(pair.agrees for pair in run) and not any(
            leaf.any() for pair in run for leaf in leaves(pair.right)
        ):
            continue  # a right 0 may be an accident
        are_right.setdefault(run[0].samples, []).append(all(pair.agrees for pair in run))
    good = sorted(n for n, several in are_right.items() if all(several))
    bad = sorted(n for n, several in are_right.items() if not any(several))
    if good and bad and 0 not in are_right and len(good) + len(bad) == len(are_right):
        return (_filled(_SAMPLES, good=_samples(good), bad=_samples(bad)),)
    entries = [within(own - right, right) for own, right in _wrong_arrays(runs)]
    size, off = sum(good.size for good in entries), sum(int((~good).sum()) for good in entries)
    return (_filled(_MOST, off=off, size=size),) if 0 < 2 * off < size else ()


def _samples(numbers: Sequence[int]) -> Words:
    if list(numbers) == [1]:
        return say("1 sample")
    return say("{numbers} samples", numbers=", ".join(map(str, numbers)))


def _not_finite(student: Trace, runs: Sequence[Sequence[Pair]]) -> tuple[Words, ...]:
    """Return where nan or inf comes from, if there is any that should not be."""
    if student.ending[-1:] == ("finite",):
        several = [one for step in student.steps for one in leaves(plain(step.result))]
    else:
        pairs = _same_shapes(pair for run in runs for pair in run)
        several = [own for own, right in pairs if np.isfinite(right).all()]
    odd = [own for own in several if not np.isfinite(own).all()]
    if not odd:
        return ()
    if all(own.size > 1 and np.isnan(own).all() for own in odd):
        return (_UNFILLED,)
    return (_NAN if np.isnan(odd[0]).any() else _INF,)


def _signs(runs: Sequence[Sequence[Pair]]) -> tuple[Words, ...]:
    """Return in how many of the wrong numbers the sign is wrong, or right.

    That signs are right tells something only if there are right numbers of both signs.
    """
    size = wrong = good = 0
    signs = set[float]()
    for own, right in _wrong_arrays(runs):
        off = ~within(own - right, right)
        size += int(np.count_nonzero(off))
        wrong += int(np.count_nonzero(off & (np.sign(own) * np.sign(right) < 0)))
        good += int(np.count_nonzero(off & (np.sign(own) * np.sign(right) > 0)))
        signs.update(np.sign(right[off]).ravel().tolist())
    if size and wrong * _MANY >= size:
        return (_filled(_SIGNS, wrong=wrong, size=size),)
    is_told = size and 2 * good >= size and {-1.0, 1.0} <= signs
    return (_filled(_SIZES, right=good, size=size),) if is_told else ()


def _wrong_arrays(runs: Sequence[Sequence[Pair]]) -> Iterator[tuple[Any, Any]]:
    """Return the arrays of the results that are wrong, and the right ones, if shapes agree."""
    return _same_shapes(pair for run in runs for pair in run if not pair.agrees)


def _same_shapes(pairs: Iterator[Pair]) -> Iterator[tuple[Any, Any]]:
    for pair in pairs:
        for own, right in zip(leaves(pair.own), leaves(pair.right), strict=False):
            if own.shape == right.shape:
                yield own, right
