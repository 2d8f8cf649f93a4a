"""What can be said of wrong results that obey no relation: where they are wrong, and how.

Each sentence is counted out on the results that the test case looks at, and true of all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np

from grader.words import Words, say

from .match import leaves
from .relations import (
    SENTENCES,
    Known,
    Pair,
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
_MANY: Final = 4  # from one in so many on, wrong signs are no accident of wrong sizes
#: Of the numbers that are wrong alone.
_WRONG: Final[Known] = (
    (say("The sizes of all numbers are right, the signs of some are not."),
     compared(lambda own, right: within(np.abs(own) - np.abs(right), right).all())),
    (say("Every number that is off is too small in size: is something left out, or divided by too "
         "much?"),
     compared(lambda own, right: (within(own - right, right) | (
         (np.abs(own) < np.abs(right)) & (own * right >= 0))).all())),
    (say("Every number that is off is too large in size: is something counted twice, or not "
         "divided?"),
     compared(lambda own, right: (within(own - right, right) | (
         (np.abs(own) > np.abs(right)) & (own * right >= 0))).all())),
    (say("Every number that is off is smaller than it should be: is something subtracted that "
         "should be added, or left out of a sum?"),
     compared(lambda own, right: (within(own - right, right) | (own < right)).all())),
    (say("Every number that is off is larger than it should be: is something added that should be "
         "subtracted, or counted twice?"),
     compared(lambda own, right: (within(own - right, right) | (own > right)).all())),
)  # fmt: skip
#: All that may be observed, by its English text.
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
    """A sentence on how the student's results differ from the solution's, or none.

    *rights* are the solution's in each accepted convention.
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
    """What comes out right beside what does not: the first results, some runs, some entries."""
    if not runs or all(pair.agrees for run in runs for pair in run):
        return ()
    names = list(dict.fromkeys(pair.name for run in runs for pair in run))
    wrong = {pair.name for run in runs for pair in run if not pair.agrees}
    first = next(place for place, name in enumerate(names) if name in wrong)
    if first and all(name in wrong for name in names[first:]):
        right = names[first - 1]
        return (_filled(_FOLLOWS, name=called[right]),)
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
    entries = [_wrong_entries(pair) for run in runs for pair in run if not pair.agrees]
    off, all_of_them = sum(off for off, _ in entries), sum(size for _, size in entries)
    if 0 < 2 * off < all_of_them:
        return (_filled(_MOST, off=off, size=all_of_them),)
    return ()


def _samples(numbers: Sequence[int]) -> Words:
    if list(numbers) == [1]:
        return say("1 sample")
    return say("{numbers} samples", numbers=", ".join(map(str, numbers)))


def _wrong_entries(pair: Pair) -> tuple[int, int]:
    """How many entries are off, and of how many; none where the shapes are others."""
    off = size = 0
    for own, right in zip(leaves(pair.own), leaves(pair.right), strict=False):
        if own.shape == right.shape:
            off += int(np.count_nonzero(~within(own - right, right)))
            size += right.size
    return off, size


def _not_finite(student: Trace, runs: Sequence[Sequence[Pair]]) -> tuple[Words, ...]:
    """Where nan and inf come from, if there are any that should not be."""
    if student.ending[-1:] == ("finite",):
        several = [one for step in student.steps for one in leaves(plain(step.result))]
    else:
        pairs = _same_shapes(pair for run in runs for pair in run)
        several = [own for own, right in pairs if np.isfinite(right).all()]
    odd = [own for own in several if not np.isfinite(own).all()]
    if not odd:
        return ()
    if all(own.size > 1 and np.isnan(own).all() for own in odd):  # whichever is spoken of
        return (_UNFILLED,)
    return (_NAN if np.isnan(odd[0]).any() else _INF,)


def _signs(runs: Sequence[Sequence[Pair]]) -> tuple[Words, ...]:
    """In how many of the numbers that are off the sign is wrong, or right.

    That a sign is right says something only where there are right numbers of both signs.
    """
    size = wrong = good = 0
    signs = set[float]()
    for own, right in _same_shapes(pair for run in runs for pair in run if not pair.agrees):
        off = ~within(own - right, right)
        size += int(np.count_nonzero(off))
        wrong += int(np.count_nonzero(off & (np.sign(own) * np.sign(right) < 0)))
        good += int(np.count_nonzero(off & (np.sign(own) * np.sign(right) > 0)))
        signs.update(np.sign(right[off]).ravel().tolist())
    if size and wrong * _MANY >= size:
        return (_filled(_SIGNS, wrong=wrong, size=size),)
    is_told = size and 2 * good >= size and {-1.0, 1.0} <= signs
    return (_filled(_SIZES, right=good, size=size),) if is_told else ()


def _same_shapes(pairs: Iterator[Pair]) -> Iterator[tuple[Any, Any]]:
    for pair in pairs:
        for own, right in zip(leaves(pair.own), leaves(pair.right), strict=False):
            if own.shape == right.shape:
                yield own, right
