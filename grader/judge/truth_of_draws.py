"""Checks sentences about random draws, for :mod:`grader.judge.truth`.

The draws of several calls are put together and counted once more.  Whether numbers have the
wrong distribution, or depend on each other, is not checked: another test might not see it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np

from grader.checks.distribution import TOO_FEW
from grader.checks.failure import number_text, percent
from grader.judge.diagnose.match import leaves
from grader.judge.seen import Seen

_SEVERAL: Final = 16  # a longer axis holds entries of one result, not several results of a call
Fields = Mapping[str, Any]
Real = np.ndarray[Any, Any]
Claim = Callable[[Sequence[Seen], Fields], bool]


def _drawn(seen: Sequence[Seen]) -> Iterator[Real]:
    """Yield the draws of calls, shape (calls, ...), those of one shape together."""
    for one in seen:
        if isinstance(one.own, np.ndarray):
            if one.own.ndim:  # a number alone is no draws of calls
                yield one.own
            if one.own.ndim > 1 and one.own.shape[1] <= _SEVERAL:
                yield from np.moveaxis(one.own, 1, 0)  # several in each call
            continue
        turns = one.own if isinstance(one.own, tuple) else ()
        several = [[*leaves(turn)] for turn in turns]
        for place in range(min(map(len, several), default=0)):
            own = [arrays[place] for arrays in several]
            if len({array.shape for array in own}) == 1:
                yield np.array(own)


def _of_some(test: Callable[[Real, Fields], Any]) -> Claim:
    """Return the claim that a test passes for the draws of one function."""
    return lambda seen, fields: any(test(own, fields) for own in _drawn(seen) if own.size)


def _of_an_array(test: Callable[[Real], Any]) -> Claim:
    """Return the claim that a test passes for one array."""
    return lambda seen, fields: any(test(a) for one in seen for a in leaves(one.own) if a.size)


def _different(own: Real) -> Real:
    """Return the calls that do not repeat an earlier one."""
    return np.array([*{call.tobytes(): call for call in own}.values()])


def _same_every_time(own: Real, fields: Fields) -> bool:
    return len(own) > 1 and bool((own == own[0]).all())


def _again_and_again(own: Real, fields: Fields) -> bool:
    return bool(len(np.unique(own)) < 0.9 * own.size)


def _so_many_beyond(own: Real, fields: Fields) -> bool:
    """Whether fewer, or more, are so far out than of normal numbers; a part of many is enough."""
    tail, size = float(fields["tail"]), float(own.size)
    beyond = np.count_nonzero(np.abs(own - own.mean()) > tail * own.std())
    is_few = beyond < math.erfc(tail / math.sqrt(2)) * size
    return bool(own.size <= fields["size"] and is_few == (fields["few"] == TOO_FEW))


def _dropped(test: Callable[[Real, Fields], Any]) -> Claim:
    """Return the claim that a test passes for where the results of several calls are zero."""

    def confirms(seen: Sequence[Seen], fields: Fields) -> bool:
        several = [a for one in seen for a in leaves(one.own) if a.ndim > 1 and a.size]
        calls = [(a == 0).reshape(len(a), -1) for a in several]
        return any(test(zeros, fields) for zeros in calls if len(zeros) > 1)

    return confirms


def _so_often(zeros: Real, fields: Fields) -> bool:
    counts = zeros.sum(axis=1)
    told = [fields[key] for key in ("least", "most", "entries", "count")]
    return bool([counts.min(), counts.max(), zeros.shape[1], len(zeros)] == told)


#: Claims by the English text, as in :mod:`grader.judge.truth`.
CLAIMS: Final[dict[str, Claim]] = {
    "{name} has the standard deviation {own}, which is not right.": _of_some(
        lambda own, fields: number_text(_different(own).std()) == fields["own"]),
    "{name} has the mean {mean}, which is not right.": _of_some(
        lambda own, fields: number_text(_different(own).mean()) == fields["mean"]),
    "{name} gives the same numbers at every call.": _of_some(_same_every_time),
    "{name} holds the same numbers again and again.": _of_some(_again_and_again),
    "{name} is the same number everywhere.": _of_some(lambda own, fields: np.ptp(own) == 0),
    "{entry} is {own}, outside the range.": _of_some(
        lambda own, fields: fields["own"] in map(number_text, own.ravel().tolist())),
    "{count} of the {size} numbers of {name} lie {tail} or more standard deviations from the mean; "
    "for a normal distribution that is {few}.": _of_some(_so_many_beyond),
    "Of {size} numbers of {name}, {times} are {number}, which is too far from its share.":
        _of_some(lambda own, fields: own.size == fields["size"]
                 and np.count_nonzero(own == fields["number"]) == fields["times"]),
    "{name} lets everything through.": _of_an_array(lambda own: own.all()),
    "{name} lets nothing through.": _of_an_array(lambda own: not own.any()),
    "{name} draws the same mask at every call.": _dropped(
        lambda zeros, fields: zeros.any() and (zeros == zeros[0]).all()),
    "{name} drops {own} of the entries, over {count} calls; that is not the rate asked for.":
        _dropped(lambda zeros, fields: len(zeros) == fields["count"]
                 and percent(zeros.mean()) == fields["own"]),
    "{name} drops between {least} and {most} of {entries} entries in {count} calls; if entries "
    "were dropped independently, these numbers would vary differently.": _dropped(_so_often),
}  # fmt: skip
