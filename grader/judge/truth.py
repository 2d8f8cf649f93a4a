"""Checks whether the sentences on a page are true.

The results that a test case looked at are compared with the solution's.  The code here shares
nothing with the code that made the sentence: each claim is written once more, as a reader would
check it.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np

from grader.bounds import ORDER_SAMPLE
from grader.judge import truth_of_draws
from grader.judge.diagnose import Attempt, Diagnoser
from grader.judge.diagnose.match import between, distance, leaves
from grader.judge.diagnose.trace import Trace
from grader.judge.seen import Seen, beside
from grader.judge.truth_of_draws import Claim, Fields, Real
from grader.model import CaseResult, Confirmed
from grader.words import Words

_CLOSE: Final = 1e-4  # of the size: within this, numbers count as the same
_RAISED: Final = "Your code raised {name}: {message}"


def holds(sentence: Words, trace: Trace, rights: Sequence[Trace]) -> bool | None:
    """Whether a sentence is true of a trace; None if the trace does not tell.

    *rights* are the solution's traces in each convention, empty if its results are random.
    """
    if sentence.text == _RAISED:
        return any(str(sentence).endswith(step.error) for step in trace.steps if step.error) or None
    of_right = _OF_RIGHT.get(sentence.text)
    confirms = of_right or _OF_SEEN.get(sentence.text)
    if confirms is None or not (trace.looks and rights):
        return None
    ways = [beside(trace, [right]) for right in rights] + [beside(trace, rights)]
    for seen in ways:
        about = [one for one in seen if one.judged or of_right is None]
        if confirms(about, dict(sentence.fields)):
            return True
    # If the run ended with what the sentence says, nothing was looked at.
    ended = not ways[0] or any(str(sentence) in step.error for step in trace.steps)
    return None if ended or any(one.right is one.own for one in ways[0]) else False


def confirmed(
    diagnoser: Diagnoser, attempts: Sequence[Attempt], results: Sequence[CaseResult]
) -> Confirmed:
    """Return how many of the sentences in the *results* are true of their attempts' traces.

    A test case's title says what is required, and so claims nothing.
    """
    true, many, untrue = 0, 0, list[str]()
    for attempt, result in zip(attempts, results, strict=True):
        claims = [sentence for sentence in result.said if sentence != Words(result.title)]
        rights = diagnoser.judged(attempt) if claims else []
        for sentence in claims:
            with np.errstate(all="ignore"):  # wrong numbers may be infinite
                verdict = holds(sentence, attempt.trace, rights)
            many += 1
            true += verdict is True
            untrue += [str(sentence)] if verdict is False else []
    return Confirmed(true, many, tuple(untrue))


# Claims about results that must be right

#: Gets the student's entries of an array, the right ones, the size of these, and the number of
#: samples.
_Test = Callable[[Real, Real, float, int], Any]


def _of_all(test: _Test) -> Claim:
    """Return the claim that all arrays pass a test and some of their entries are wrong."""

    def confirms(seen: Sequence[Seen], fields: Fields) -> bool:
        pairs = [(own, right, one) for one in seen for own, right in one.pairs]
        return (
            all(len(one.pairs) >= len([*leaves(one.right)]) for one in seen)
            and all(test(own, right, one.size, one.samples) for own, right, one in pairs)
            and any(np.count_nonzero(own - right) for own, right, _ in pairs)
        )

    return confirms


def _steps(claim: Claim) -> Claim:
    """Return the claim about changes from step to step, of results whose changes are wrong."""

    def confirms(seen: Sequence[Seen], fields: Fields) -> bool:
        changes = _changes(seen)
        off = {one.name for one in changes if not one.agrees}
        return claim([one for one in changes if one.name in off], fields)

    return confirms


def _changes(seen: Sequence[Seen]) -> list[Seen]:
    """Return the changes of dictionaries from one look to the next in an execution."""
    found = []
    for one, other in itertools.pairwise(seen):
        if one.step == other.step and isinstance(one.own, dict) and isinstance(other.own, dict):
            own = {key: other.own[key] - one.own[key] for key in one.own}
            right = {key: other.right[key] - one.right[key] for key in one.right}
            found.append(Seen(other.step, other.name, own, right, True, other.samples))
    return found


def _times(factor: Callable[[int], float]) -> Claim:
    return _of_all(
        lambda own, right, size, n: np.all(np.abs(own - factor(n) * right) <= _CLOSE * size)
    )


def _joined(seen: Sequence[Seen]) -> tuple[Real, Real]:
    """Return all entries of the student's arrays, and of the right ones."""
    pairs = [pair for one in seen for pair in one.pairs] or [(np.empty(0), np.empty(0))]
    own, right = zip(*pairs, strict=True)
    return np.concatenate(own), np.concatenate(right)


def _one_factor(seen: Sequence[Seen], fields: Fields) -> bool:
    own, right = _joined(seen)
    factor = float(own @ right) / max(float(right @ right), 1e-300)
    return _times(lambda n: factor)(seen, fields)


def _one_amount(seen: Sequence[Seen], fields: Fields) -> bool:
    own, right = _joined(seen)
    apart, size = own - right, float(np.abs(right).max(initial=0.0))
    amount = float(np.abs(apart).max(initial=0.0))
    return apart.size > 1 and float(np.ptp(apart)) <= _CLOSE * amount + 1e-12 * size < amount


def _exchanged(seen: Sequence[Seen], fields: Fields) -> bool:
    pairs = [pair for one in seen for pair in zip(leaves(one.own), leaves(one.right), strict=False)]
    return bool(pairs) and all(distance(own, right.T) <= _CLOSE for own, right in pairs)


def _in_other_order(seen: Sequence[Seen], fields: Fields) -> bool:
    return bool(seen) and all(
        len(one.own) == len(one.right) == 2
        and distance(np.asarray(one.own[0]), np.asarray(one.right[1])) <= _CLOSE
        and distance(np.asarray(one.own[1]), np.asarray(one.right[0])) <= _CLOSE
        for one in seen
    )


def _too(small: bool) -> Claim:
    def is_too(own: Real, right: Real, size: float, n: int) -> Any:
        off = np.abs(own - right) > _CLOSE * size
        smaller = np.abs(own) < np.abs(right)
        return np.all((smaller if small else ~smaller)[off]) and np.all(own * right >= 0)

    return _of_all(is_too)


def _run_by_run(claim: Claim) -> Claim:
    """Return the claim that something holds in each run by itself, but not in all together."""

    def confirms(seen: Sequence[Seen], fields: Fields) -> bool:
        runs = [list(run) for _, run in itertools.groupby(seen, key=lambda one: one.step)]
        return all(claim(run, fields) for run in runs) and not claim(seen, fields)

    return confirms


def _line_by_line(claim: Claim, *, columns: bool) -> Claim:
    """Return the claim that something holds for each column, or each row, of all arrays."""

    def confirms(seen: Sequence[Seen], fields: Fields) -> bool:
        arrays = [
            (own.T, right.T) if columns else (own, right)
            for one in seen
            for own, right in zip(leaves(one.own), leaves(one.right), strict=True)
        ]
        return bool(arrays) and all(
            own.ndim == 2
            and own.shape == right.shape
            and all(
                claim([Seen(0, "", line, wanted, True, 0)], fields)
                for line, wanted in zip(own, right, strict=True)
            )
            for own, right in arrays
        )

    return confirms


def _the_other_way(seen: Sequence[Seen], fields: Fields) -> bool:
    return bool(seen) and all(
        (abs(own[i]) - abs(own[k])) * (abs(right[i]) - abs(right[k])) <= 0
        for one in seen
        for own, right in one.pairs
        for i, k in itertools.combinations(range(min(own.size, ORDER_SAMPLE)), 2)
    )


def _less(sign: float) -> Claim:
    return _of_all(lambda own, right, size, n: np.all(sign * (own - right) <= _CLOSE * size))


def _wrong_entries(seen: Sequence[Seen]) -> list[tuple[Real, Real, Real]]:
    """Return the arrays that are wrong, the right ones, and where entries differ."""
    return [
        (own, right, ~(np.abs(own - right) <= 1e-5 * np.max(np.abs(right), initial=0.0)))
        for one in seen
        if not one.agrees
        for own, right in one.pairs
    ]


def _signs(seen: Sequence[Seen], fields: Fields) -> bool:
    """Whether as many of the wrong entries have the wrong sign, or the right one, as is told."""
    kind, meant = ("wrong", -1) if "wrong" in fields else ("right", 1)
    size = found = 0
    for own, right, off in _wrong_entries(seen):
        size += int(off.sum())
        found += int((np.sign(own) == meant * np.sign(right))[off & (right != 0)].sum())
    return size > 0 and (found, size) == (fields[kind], fields["size"])


def _counted(seen: Sequence[Seen], fields: Fields) -> bool:
    off = [wrong for _, _, wrong in _wrong_entries(seen)]
    counts = sum(int(wrong.sum()) for wrong in off), sum(wrong.size for wrong in off)
    return counts == (fields["off"], fields["size"])


def _comes_out_right(seen: Sequence[Seen], fields: Fields) -> bool:
    own = [one for one in seen if one.name == str(fields["name"])]
    return bool(own) and all(one.agrees for one in own) and not all(o.agrees for o in seen)


def _right_with(seen: Sequence[Seen], fields: Fields) -> bool:
    """Whether the runs with some numbers of samples are right, and those with others are wrong."""
    are_right: dict[int, list[bool]] = {}
    for _, run in itertools.groupby(seen, key=lambda one: one.step):
        several = list(run)
        if all(one.agrees and not one.size for one in several):
            continue  # a right 0 may be an accident
        are_right.setdefault(several[0].samples, []).append(all(o.agrees for o in several))
    good = {n for n, found in are_right.items() if all(found)}
    bad = {n for n, found in are_right.items() if not any(found)}
    told = [set(map(int, re.findall(r"\d+", str(fields[key])))) for key in ("good", "bad")]
    return told == [good, bad] and not good & bad


# Claims about anything that was looked at


def _nan_or_inf(is_it: Callable[[Real], Any]) -> Claim:
    return lambda seen, fields: any(is_it(own).any() for one in seen for own in leaves(one.own))


def _only_nan(seen: Sequence[Seen], fields: Fields) -> bool:
    odd = [own for one in seen for own in leaves(one.own) if not np.isfinite(own).all()]
    return bool(odd) and all(np.isnan(own).all() for own in odd)


def _is_seen_and_wrong(seen: Sequence[Seen], fields: Fields) -> bool:
    """Whether the number in the sentence was given where another one is right."""
    told = str(fields["own"])
    for own, right in (pair for one in seen for pair in one.pairs):
        size = max(float(np.max(np.abs(right), initial=0.0)), 1e-300)
        for place in np.flatnonzero(~(np.abs(own - right) <= 1e-12 * size)):
            if f"{own[place]:.6g}" == told:
                return True
    return False


def _is_seen(seen: Sequence[Seen], fields: Fields) -> bool:
    """Whether the number was given, and is not finite."""
    return fields["own"] in ("nan", "inf", "-inf") and _is_given(seen, fields)


def _is_given(seen: Sequence[Seen], fields: Fields) -> bool:
    arrays = (own for one in seen for own in leaves(one.own))
    return any(f"{n:.6g}" == fields["own"] for own in arrays for n in own.ravel())


def _has_another_shape(seen: Sequence[Seen], fields: Fields) -> bool:
    return any(
        between(one.own, [one.right]) == np.inf
        or [a.shape for a in leaves(one.own)] != [a.shape for a in leaves(one.right)]
        for one in seen
    )


def _changed(seen: Sequence[Seen], fields: Fields) -> bool:
    """Whether something differs between two executions in which the right results are the same."""
    by_name: dict[str, list[Seen]] = {}
    for one in seen:
        by_name.setdefault(one.name, []).append(one)
    return any(
        distance(one.right, other.right) <= 1e-9 and distance(one.own, other.own) > 1e-7
        for several in by_name.values()
        for one, other in itertools.combinations(several, 2)
    )


def _stays(seen: Sequence[Seen], fields: Fields) -> bool:
    own = [one for one in seen if one.name == str(fields["name"])]
    pairs = list(itertools.pairwise(own))
    return any(distance(one.right, other.right) > 1e-7 for one, other in pairs) and all(
        distance(one.own, other.own) <= 1e-6 for one, other in pairs
    )


def _has_so_many(seen: Sequence[Seen], fields: Fields) -> bool:
    own = [one.own for one in seen if one.name == str(fields["name"])]
    lists = (
        o for o in own if isinstance(o, tuple | dict) or (isinstance(o, np.ndarray) and o.ndim)
    )
    return any(len(o) == fields["count"] != fields["length"] for o in lists)


#: Claims about results that must be right, by the English text that the catalogues have.
_OF_RIGHT: Final[dict[str, Claim]] = {
    "All that you return is 0, where it should not be.": _times(lambda n: 0.0),
    "Everything has the opposite sign: check the order of a difference.": _times(lambda n: -1.0),
    "Your result grows with the number of samples: look at where it is divided by that number.":
        _times(lambda n: n or math.nan),
    "Your result shrinks with the number of samples: is it divided by that number too often?":
        _times(lambda n: 1 / n if n else math.nan),
    "The number of degrees of freedom is not the right one: look at what the sum is divided by.":
        _times(lambda n: n / (n - 1) if n > 1 else math.nan),
    "Rows and columns are exchanged.": _exchanged,
    "The two results come in the other order.": _in_other_order,
    "Everything is off by the same factor, in every run: is a constant missing, or one too many?":
        _one_factor,
    "Everything is off by the same amount: is something added that does not belong there, or "
    "forgotten?": _one_amount,
    "In each run everything is off by one factor, from run to run by another: does something "
    "enter in the wrong place, or with the wrong power?": _run_by_run(_one_factor),
    "In each run everything is off by one amount, from run to run by another: is something "
    "added that does not belong there, or forgotten?": _run_by_run(_one_amount),
    "Each column is off by an amount of its own, the same in all rows: look at what is added "
    "to all rows alike.": _line_by_line(_one_amount, columns=True),
    "Each column is off by a factor of its own, the same in all rows: look at what all rows "
    "are multiplied with, or divided by.": _line_by_line(_one_factor, columns=True),
    "Each row is off by an amount of its own, the same in all columns: look at what is added "
    "to all columns alike.": _line_by_line(_one_amount, columns=False),
    "Each row is off by a factor of its own, the same in all columns: look at what all "
    "columns are multiplied with, or divided by.": _line_by_line(_one_factor, columns=False),
    "The larger a number should be in size, the smaller it is: is something divided that "
    "should be multiplied, or the other way round?": _the_other_way,
    "Every number that is off is smaller than it should be: is something subtracted that "
    "should be added, or left out of a sum?": _less(1.0),
    "Every number that is off is larger than it should be: is something added that should be "
    "subtracted, or counted twice?": _less(-1.0),
    "Every change from one step to the next that is off is 0: nothing is changed there.":
        _steps(_times(lambda n: 0.0)),
    "Every change from one step to the next that is off goes in the opposite direction: check a "
    "sign.": _steps(_times(lambda n: -1.0)),
    "In every run, every change from one step to the next that is off is off by the same factor: "
    "is a constant missing, or one too many?": _steps(_one_factor),
    "The sign is right in {right} of {size} numbers that are off, the size is not: look at "
    "factors and powers, and at what belongs to a sum.": _signs,
    "The sign is wrong in {wrong} of {size} numbers that are off: look at differences, and "
    "whether each term is there.": _signs,
    "The sizes of all numbers are right, the signs of some are not.":
        _of_all(lambda own, right, size, n:
                np.all(np.abs(np.abs(own) - np.abs(right)) <= _CLOSE * size)),
    "Every number that is off is too small in size: is something left out, or divided by too "
    "much?": _too(small=True),
    "Every number that is off is too large in size: is something counted twice, or not divided?":
        _too(small=False),
    "{name} comes out right; what follows does not.": _comes_out_right,
    "Right with {good}, wrong with {bad}.": _right_with,
    "Most numbers are right: {off} of {size} are off.": _counted,
}  # fmt: skip
#: Claims about anything that was looked at.
_OF_SEEN: Final[dict[str, Claim]] = {
    "nan comes from 0/0, from infinity minus infinity, or from the root or logarithm of a negative "
    "number: look for these.": _nan_or_inf(np.isnan),
    "All its numbers are nan: was the array ever filled, or does the first calculation give nan?":
        _only_nan,
    "inf comes from a division by 0, or from numbers that grow too large: look for these.":
        _nan_or_inf(np.isinf),
    "{entry} is {own}, which is not right{count}.": _is_seen_and_wrong,
    "{entry} is {own}; it should be a finite number.": _is_seen,
    "{entry} is {own}: neither dropped nor kept as it should be.": _is_given,
    "{name} {has}; expected {wanted}.": _has_another_shape,
    "{name} has {count} entries; expected {length}.": _has_so_many,
    "{found} {message}.": _changed,
    "{name} stays the same when the inputs change.": _stays,
} | truth_of_draws.CLAIMS  # fmt: skip
