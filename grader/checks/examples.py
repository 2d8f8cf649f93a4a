"""Examples for students to try: code on a public run, what theirs gives and what is right.

A test case that fails on hidden runs is tried on public ones, the smallest first
(:func:`smaller`).  The first run with the same mistake is shown as code
(:mod:`grader.checks.listing`), whose steps are run again before anybody sees it, so that "yours"
is what this very code gives.  If nothing is wrong in public, nothing is shown.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np

from grader.bounds import (
    EXAMPLE_CODE_CHARACTERS,
    EXAMPLE_ENTRIES,
    EXAMPLE_REPEATS,
    EXAMPLE_SECONDS,
    EXAMPLE_VALUE_CHARACTERS,
    MAX_EXAMPLES,
)
from grader.checks.callers import Perturbation
from grader.checks.case import Case
from grader.checks.failure import CheckFailure, type_name
from grader.checks.listing import Code
from grader.checks.purity import are_same, leaves
from grader.checks.scenario import Caller, Run, Scenario
from grader.checks.scenario.run import parts_of
from grader.checks.scenario.using import Play, ways_of
from grader.checks.written import Part, Pick, Unwritable, perform_picks, resolved
from grader.errors import swallow
from grader.model import Example

_DIGITS: Final = (4, 6, 8)

# Smaller runs


def smaller(runs: Iterable[Run]) -> list[Run]:
    """Return the runs, and some that are cut from them, the smallest first.

    They have fewer arrays in lists, keys in dictionaries, epochs, and entries along each axis (at
    least two, since one alone hides many mistakes).
    """
    found: list[Run] = []
    for run in runs:
        for cuts in itertools.product(*_choices(run.inputs.values())):
            limits = {(kind, n): k for kind, n, k in cuts}
            inputs = {name: _cut(value, limits) for name, value in run.inputs.items()}
            found.append(run.with_inputs(inputs))
    found.sort(key=lambda run: _amount(run.inputs.values()))
    distinct = list({repr(run.inputs): run for run in found}.values())
    return [*distinct[: MAX_EXAMPLES - 1], *distinct[MAX_EXAMPLES - 1 :][-1:]]


def _choices(values: Iterable[Any]) -> Iterator[list[tuple[str, int, int]]]:
    """Yield ways to cut: lists of arrays, axes and whole numbers of the size n to the size k."""
    values = list(values)
    parts = [part for value in values for part in parts_of(value)]
    lists = {len(p) for p in parts if isinstance(p, list) and _holds_arrays(p) and len(p) > 1}
    axes = {n for p in parts if isinstance(p, np.ndarray) for n in p.shape if n > 2}
    counts = {value for value in values if type(value) is int and value > 1}
    for kind, sizes in (("list", lists), ("axis", axes), ("count", counts)):
        for n in sorted(sizes):
            yield [(kind, n, k) for k in dict.fromkeys((1, 2, n)) if kind != "axis" or k > 1]
    yield [("key", 0, 1), ("key", 0, 0)]


def _holds_arrays(several: Sequence[Any]) -> bool:
    return all(isinstance(entry, np.ndarray | dict) for entry in several)


def _cut(value: Any, limits: Mapping[tuple[str, int], int]) -> Any:
    if isinstance(value, np.ndarray):
        several = (slice(limits.get(("axis", n), n)) for n in value.shape)
        return value[tuple(several)].copy()
    if isinstance(value, dict):
        keys = list(value)[: 1 if limits["key", 0] else None]
        return type(value)({key: _cut(value[key], limits) for key in keys})
    if isinstance(value, list) and _holds_arrays(value):
        return [_cut(entry, limits) for entry in value[: limits.get(("list", len(value)))]]
    if isinstance(value, tuple):
        return tuple(_cut(entry, limits) for entry in value)
    return limits.get(("count", value), value) if type(value) is int else value


def _amount(values: Iterable[Any]) -> int:
    """Return how many numbers there are to read."""
    several = list(values)
    arrays = sum(p.size for v in several for p in parts_of(v) if isinstance(p, np.ndarray))
    return int(arrays) + sum(v for v in several if type(v) is int)


# One example


def example_of_result(
    case: Case, run: Run, key: Any, given: Sequence[Any], *, before: Any, right: Any, message: str
) -> Example | None:
    """Return code that gives the result *key*, which was *before* (an exception if it raised).

    The exception's text must be part of the test case's *message*: otherwise it may come from
    what the hidden runs left behind.  What differs from run to run is not shown.
    """
    rights = case.reference.rights
    for way in ways_of(case.scenario):
        part = Part(way, run, Caller, rights)
        pick = part.pick(key, late=isinstance(before, Exception))
        code = Code(rights)
        code.add(part, pick, "print({})")
        begin = time.monotonic()
        try:
            values = perform_picks([(part, pick)], given, {})
            if time.monotonic() - begin < EXAMPLE_SECONDS:
                values += _repeated(way, run, key, given, rights)
        except Exception as error:
            told = _raised(error)
            if isinstance(before, Exception) and told and told in message:
                return _told(code, told, *_texts([right], pick))
            continue
        if all(value is before is None or are_same(value, before) for value in values):
            return _told(code, *_texts([values[0], _as_accepted(right, values[0])], pick))
    return None


def _repeated(
    scenario: Scenario, run: Run, key: Any, given: Sequence[Any], rights: Sequence[Any]
) -> list[Any]:
    """Return the result *key* of further runs, each with arrays of its own."""
    again = (run.with_inputs(run.fresh().inputs) for _ in range(EXAMPLE_REPEATS))
    parts = [Part(scenario, each, Caller, rights) for each in again]
    return perform_picks([(part, part.pick(key)) for part in parts], given, {})


def _as_accepted(right: Any, own: Any) -> Any:
    """Return what is right, in the shape of a student's *own* if only its numbers are wrong.

    A shape like (1, n) is accepted: shown beside (n,) it would seem to be the mistake.
    """
    if isinstance(right, np.ndarray) and isinstance(own, np.ndarray):
        one, other = np.squeeze(own), np.squeeze(right)
        if one.shape == other.shape and not are_same(one, other):
            return right.reshape(own.shape)
    return right


def example_of_property(
    case: Case, runs: Sequence[Run], under: Sequence[Perturbation], given: Sequence[Any]
) -> Example | None:
    """Return code that does the same twice, once *under* a perturbation, and compares."""
    # What an object is used for *before* has numbers of its own, which are hidden.
    known = [way for way in under if runs and not hasattr(way.play(runs[0]), "before")]
    together = [way for way in known if not way.optional]
    apart = [[way] for way in known if way.optional]  # which may raise
    for run, ways in itertools.product(runs, [together, *apart]):
        plays: list[Play] = [Caller, *(_public(way) for way in ways)]
        try:
            first, *others = case.results_of([(run, play) for play in plays], given, "_shown")
        except Exception as error:
            swallow(error)
            if ways is together:  # it will raise with other runs, too
                return None
            continue
        for way, play, other in zip(ways, plays[1:], others, strict=True):
            for key in case.results or [key for key in first if not str(key).startswith("_")]:
                if way.partial and other[key] is None:
                    continue
                for path in _different(first[key], other[key]):
                    found = _twice(case, run, play, key, path, given)
                    if found is not None:
                        return found
    return None


def _twice(
    case: Case, run: Run, play: Play, key: Any, path: tuple[Any, ...], given: Sequence[Any]
) -> Example | None:
    """Return code that does the same twice, the second time by *play*, and shows a difference."""
    rights = case.reference.rights
    for way in ways_of(case.scenario):
        try:
            first = Part(way, run, Caller, rights)
            again = Part(way, _renewed(way, run, rights), play, rights)
            picks = first.pick(key, path=path), again.pick(key, late=True, path=path)
            return _compared([(first, picks[0]), (again, picks[1])], given, rights)
        except Unwritable:
            continue
        except Exception as error:
            swallow(error)
    return None


def _compared(
    parts: Sequence[tuple[Part, Pick]], given: Sequence[Any], rights: Sequence[Any]
) -> Example | None:
    first, again = map(np.asarray, perform_picks(parts, given, {}))
    if not (np.isfinite(first).all() and np.isfinite(again).all()):
        return None
    compared = "np.allclose(first, again)"
    if first.shape != again.shape:
        compared = "first.shape == np.shape(again)"
    elif np.allclose(first, again):
        return None
    code = Code(rights)
    code.add(*parts[0], "first = np.array({})")
    code.lines.append("")
    code.add(*parts[1], "again = {}")
    code.lines.append(f"print({compared})")
    return _told(code, "False", "True")


def example_of_change(
    case: Case, runs: Sequence[Run], keeps: Sequence[str], given: Sequence[Any]
) -> Example | None:
    """Return code that shows that one of the arguments in *keeps* is changed."""
    for run in runs:
        part = Part(case.scenario, run, Caller, case.reference.rights)
        kept = [part for name in keeps for part in parts_of(run.inputs.get(name))]
        for one in (part for part in kept if isinstance(part, np.ndarray)):
            memo: dict[int, Any] = {}
            pick = Pick(one, len(part.steps))
            try:
                perform_picks([(part, pick)], given, memo)
            except Exception as error:
                swallow(error)
                break
            if np.array_equal(resolved(one, memo), one):
                continue
            code = Code(case.reference.rights)
            code.add(part, pick, "print(np.array_equal({}, before))", before=one)
            return _told(code, "False", "True")
    return None


def _public(way: Perturbation) -> Play:
    """Return a perturbation's play without the numbers that it has for hidden runs."""

    def play(run: Run) -> Caller:
        caller = way.play(run)
        for name in ("other", "first"):
            if hasattr(caller, name):
                setattr(caller, name, ())
        return caller

    return play


def _renewed(scenario: Scenario, run: Run, rights: Sequence[Any]) -> Run:
    """Return the run with new copies of those inputs that the scenario changes by itself."""
    own, new = run.fresh(), run.fresh().inputs
    scenario(*rights, own)
    changed = [k for k, value in run.inputs.items() if repr(own.inputs[k]) != repr(value)]
    return run.but(**{name: new[name] for name in changed})


def _different(one: Any, other: Any) -> Iterator[tuple[Any, ...]]:
    """Yield the paths to the entries, arrays or numbers, in which two results differ."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        entries: Iterable[Any] = one
    elif isinstance(one, list | tuple) and np.ndim(one[0] if one else 0) > 0:
        entries = range(len(one))
    else:
        if not are_same(one, other):
            yield ()
        return
    for key in entries:
        yield from ((key, *path) for path in _different(one[key], other[key]))


# Values as text


def alike(one: Any, other: Any) -> bool:
    """Return whether two results of the reference are the same in the digits that are shown."""
    pairs = zip(leaves(one, "").values(), leaves(other, "").values(), strict=True)
    return all(np.allclose(a, b, 0, 1e-4 * np.abs(a).max(initial=0.0)) for a, b in pairs)


def _raised(error: Exception) -> str | None:
    """Return what a student's code raised, in one line; None if the judge itself raised it."""
    known = getattr(error, "_answered_by_student", None)
    if isinstance(error, CheckFailure) or (known is not None and known.limit):
        return None
    name = type(error).__name__ if known is None else known.name
    message = str(error) if known is None else known.message
    return f"{name}: {message}"[:EXAMPLE_VALUE_CHARACTERS]


def _told(code: Code, yours: str, right: str) -> Example | None:
    text = "\n".join(["import numpy as np", "", *code.lines])
    if len(text) > EXAMPLE_CODE_CHARACTERS or yours == right:
        return None
    is_short = max(len(yours), len(right)) <= EXAMPLE_VALUE_CHARACTERS
    return Example(text, yours, right) if is_short else None


def _texts(values: Sequence[Any], pick: Pick) -> list[str]:
    """Return values as texts, with as few digits as tell them apart."""
    for digits in _DIGITS:
        entries = [value if pick.is_several else [value] for value in values]
        texts = ["\n".join(short(one, digits) for one in several) for several in entries]
        if len(set(texts)) == len(values):
            break
    return texts


def short(value: Any, digits: int = 6) -> str:
    """Return a value as print writes it, each number with so many significant digits."""

    def number(entry: Any) -> str:
        return f"{entry:.{digits}g}"

    if isinstance(value, np.ndarray) and value.dtype.kind in "fiu":
        few = value.ravel()[:EXAMPLE_ENTRIES] if value.ndim > 1 else ()
        width = max((len(number(entry)) for entry in few), default=0)  # columns are aligned

        def column(entry: Any) -> str:
            return number(entry).rjust(width)

        return np.array2string(value, threshold=EXAMPLE_ENTRIES, formatter={"all": column})
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{k!r}: {short(v, digits)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        entries = ", ".join(short(entry, digits) for entry in value[:EXAMPLE_ENTRIES])
        return f"[{entries}]" if isinstance(value, list) else f"({entries})"
    if isinstance(value, bool | str) or value is None:
        return repr(value)[:EXAMPLE_VALUE_CHARACTERS]
    if isinstance(value, int | float | np.floating | np.integer):
        return number(value)
    return repr(value) if isinstance(value, np.ndarray | complex) else f"<{type_name(value)}>"
