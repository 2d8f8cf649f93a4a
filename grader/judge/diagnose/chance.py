"""Whether results that hold randomness may come from the same code.

Random results are never compared entry by entry.  A trace is turned into a
:class:`Portrait`: its steps in groups (the same use with the same arguments, of an object
that was made alike), and of each group a few numbers: how many entries are zero, how much
that varies, whether neighbours along an axis, calls that follow each other, and forward
and backward are zero together, how large the others are, and what they are of the argument.
The same code is run a few times, and so it is known how far these numbers move by chance.
Groups that do not move, neither for the candidate nor for the solution, are compared as
exactly as where nothing is random.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from grader.bounds import MAX_THIN_ENTRIES

from .match import TOLERANCE, distance
from .trace import LOOK, Array, Step, Trace, Value, plain

#: So many standard deviations may lie between a student's number and the mean.
FAR: Final = 5.0
_FEW_RUNS: Final = 2.0  # what a deviation that is known from few runs is multiplied by
_SEVERAL: Final = 8  # from which on a variation says something
_Real = np.ndarray[Any, Any]
_Key = tuple[Any, ...]
_Numbers = dict[str, tuple[float, float]]  # a value, and what chance moves it by at least
_TINY: Final = 1e-12
_WIDE: Final = 8.0


@dataclass(slots=True)
class Group:
    """Results of one use, each with what it stands beside."""

    results: list[Any] = field(default_factory=list)
    arguments: list[Any] = field(default_factory=list)
    earlier: list[_Real | None] = field(default_factory=list)
    _numbers: _Numbers | None = None

    def add(self, result: Any, argument: _Real | None = None, earlier: _Real | None = None) -> None:
        """Take in one more result, with what it stands beside."""
        self.results.append(result)
        self.arguments.append(argument)
        self.earlier.append(earlier)

    def forget(self, *, keep: bool) -> None:
        """Keep the numbers, and of the results enough to see whether they are always the same."""
        self.numbers()
        thin = {id(result): _thin(result) for result in self.results}
        self.results = [thin[id(result)] for result in self.results] if keep else []
        self.arguments, self.earlier = [], []

    def numbers(self) -> _Numbers:
        """The numbers of the group, by what they are of."""
        if self._numbers is None:
            self._numbers = self._measured()
        return self._numbers

    def _measured(self) -> _Numbers:
        arrays = [r for r in self.results if isinstance(r, np.ndarray)]
        if len(arrays) < len(self.results) or len({a.shape for a in arrays}) != 1:
            return {}
        stack = np.array(arrays)
        found = _zeros(stack == 0)
        for name, other in (("argument", self.arguments), ("earlier", self.earlier)):
            if all(isinstance(a, np.ndarray) and a.shape == stack[0].shape for a in other):
                found |= _beside(name, stack, np.array(other))
        rest = stack[(stack != 0) & np.isfinite(stack)]
        if rest.size:
            width = float(np.std(rest))
            found["mean"] = float(np.mean(rest)), width / math.sqrt(rest.size)
            found["width"] = width, width / math.sqrt(rest.size)
        return found


def _share(hits: _Real) -> tuple[float, float]:
    share = float(np.mean(hits))
    return share, math.sqrt(share * (1 - share) / hits.size)


def _zeros(zero: _Real) -> _Numbers:
    """Of zeros in a stack of results: how many, how steady, how much together."""
    found = {"zeros": _share(zero)}
    calls, size = len(zero), zero[0].size
    share = found["zeros"][0]
    if calls >= _SEVERAL and 0 < share < 1:
        counts = np.count_nonzero(zero.reshape(calls, -1), axis=1)
        usual = math.sqrt(size * share * (1 - share))
        found["steadiness"] = float(np.std(counts)) / usual, 1 / math.sqrt(2 * calls)
    for axis in range(1, zero.ndim):
        line = np.moveaxis(zero, axis, -1)
        if line.shape[-1] > 1:
            found[f"neighbours {axis}"] = _share(line[..., 1:] == line[..., :-1])
    if calls > 1:
        found["repeated"] = _share(zero[1:] == zero[:-1])
        found["all repeated"] = float(np.all(zero[1:] == zero[:-1])), 0.0
    return found


def _beside(name: str, stack: _Real, other: _Real) -> _Numbers:
    """Of results beside arrays of their shape: zero together, and in what proportion."""
    found = {f"zero with {name}": _share((stack == 0) == (other == 0))}
    both = (stack != 0) & (other != 0)
    if both.any():
        parts = stack[both] / other[both]
        middle = float(np.median(parts))
        one = bool(np.ptp(parts) <= TOLERANCE * abs(middle))
        found[f"one part of {name}"] = float(one), 0.0
        if one:
            found[f"part of {name}"] = middle, 0.0
    return found


@dataclass(frozen=True, slots=True)
class Portrait:
    """A trace, as far as chance lets it be compared."""

    ending: tuple[str, ...]
    steps: int
    groups: dict[_Key, Group]

    @property
    def raises(self) -> bool:
        """Whether the code itself failed, not a check of what it gave."""
        return self.ending[:1] == ("raised",)


def portrait(trace: Trace) -> Portrait:
    """Look at a trace in groups of steps."""
    groups: dict[_Key, Group] = {}
    made: tuple[Any, ...] = ()
    executions = 0
    seen: dict[tuple[int, ...], tuple[str, _Real]] = {}
    values: dict[int, Any] = {}  # an argument that comes again and again is looked at once

    def plain_once(value: Value) -> Any:
        if id(value) not in values:
            values[id(value)] = plain(value)
        return values[id(value)]

    for step in trace.steps:
        shape = step.result.shape if isinstance(step.result, Array) else None
        if step.operation == "call" and shape is None:
            made = step.given
        key = (step.operation, step.what, step.given, step.error, shape, made)
        if step.operation == LOOK:
            executions += 1  # all that a scenario gave comes at once
            results = plain_once(step.result) or {"": None}
            _add_apart(groups, (*key, executions, *results), [*results.values()])
            continue
        for place, left in enumerate(step.left):
            groups.setdefault((*key, place), Group()).add(plain_once(left))
        result, earlier = plain_once(step.result), None
        if isinstance(result, np.ndarray):
            what, array = seen.get(result.shape, (step.what, result))
            earlier = array if what != step.what else None
            seen[result.shape] = step.what, result
        groups.setdefault(key, Group()).add(result, plain_once(_first_array(step, shape)), earlier)
    # Only the class and the kind of a failure: chance decides which check sees it first.
    return Portrait(
        ending=trace.ending[:3],
        steps=len(trace.steps),
        groups=groups,
    )


def _add_apart(groups: dict[_Key, Group], key: _Key, results: Sequence[Any]) -> None:
    """Add the named results of one execution, each array beside its like of the first name."""
    first: dict[tuple[int, ...], list[_Real]] = {}
    for place, named in enumerate(results):
        met: dict[tuple[int, ...], int] = {}
        for result in _leaves(named):
            shape = result.shape if isinstance(result, np.ndarray) else None
            group = groups.setdefault((*key, place, shape), Group())
            if shape is None:
                group.add(result)
                continue
            alike, number = first.setdefault(shape, []), met.setdefault(shape, 0)
            met[shape] += 1
            if not place:
                alike.append(result)
            group.add(result, earlier=alike[number] if place and number < len(alike) else None)


def _leaves(result: Any) -> Iterator[Any]:
    if isinstance(result, tuple):
        for entry in result:
            yield from _leaves(entry)
    else:
        yield result


def _first_array(step: Step, shape: tuple[int, ...] | None) -> Array | None:
    arrays = (left for left in step.left if isinstance(left, Array))
    return next((left for left in arrays if left.shape == shape), None)


def _thin(result: Any) -> Any:
    """Enough of a result to see whether it is always the same."""
    if isinstance(result, np.ndarray) and result.size > 2 * MAX_THIN_ENTRIES:
        return result.reshape(-1)[:: result.size // MAX_THIN_ENTRIES].copy()
    return result


@dataclass(slots=True)
class Runs:
    """Portraits of several runs of one candidate; what moves in them is not kept."""

    portraits: list[Portrait] = field(default_factory=list)
    moving: set[_Key] = field(default_factory=set)

    @property
    def raises(self) -> bool:
        """Whether the code itself fails in the first run."""
        return self.portraits[0].raises

    def add(self, new: Portrait) -> None:
        """Take in one more run."""
        first = self.portraits[0].groups if self.portraits else {}
        for key in new.groups.keys() & first.keys() - self.moving:
            if not _same(first[key].results, new.groups[key].results):
                self.moving.add(key)
                first[key].forget(keep=False)
        for group in new.groups.values():
            group.forget(keep=not first)
        self.portraits.append(new)

    def undecided(self, right: Runs) -> bool:
        """Whether more runs would tell more than these.

        They do where runs differ by more than independent entries would, or stand still
        where the solution moves: a single draw may have come out alike a few times.
        """
        first = self.portraits[0]
        if right.moving & first.groups.keys() - self.moving:
            return True
        if any((run.steps, run.ending) != (first.steps, first.ending) for run in self.portraits):
            return True
        for key in self.moving:
            runs = [run.groups[key].numbers() for run in self.portraits if key in run.groups]
            for name in set(runs[0]).intersection(*runs):
                if _spread([r[name][0] for r in runs]) > _WIDE * max(r[name][1] for r in runs):
                    return True
        return False

    def explain(self, student: Portrait, right: Runs) -> float:
        """How far, in units of chance, a student's trace lies from these runs.

        ``right`` are runs of the solution.  Infinite where it can be none of them.
        """
        runs = self.portraits
        if student.ending not in [run.ending for run in runs]:
            return math.inf
        if not min(r.steps for r in runs) <= student.steps <= max(r.steps for r in runs):
            return math.inf
        worst = 0.0
        for key in dict.fromkeys([*student.groups, *runs[0].groups]):
            there = [run.groups[key] for run in runs if key in run.groups]
            if key not in student.groups or not there:
                if len(there) in (0, len(runs)):
                    return math.inf
                continue
            own = student.groups[key]
            if key in self.moving or key in right.moving:
                pulls = _pulls(own.numbers(), [group.numbers() for group in there])
                worst = max(worst, *pulls, 0.0)
            elif not _same(own.results, there[0].results):
                return math.inf
            if worst > FAR:
                return math.inf
        return worst


def _same(some: Sequence[Any], others: Sequence[Any]) -> bool:
    pairs = {(id(one), id(other)): (one, other) for one, other in zip(some, others, strict=False)}
    return all(distance(_thin(one), _thin(other)) <= TOLERANCE for one, other in pairs.values())


def _pulls(own: _Numbers, runs: Sequence[_Numbers]) -> Iterator[float]:
    """How many standard deviations the student's numbers are off."""
    always = set(runs[0]).intersection(*runs)
    if always - own.keys() or own.keys() - set().union(*runs):
        yield math.inf
        return
    for name, (number, moved) in own.items():
        values = [run[name][0] for run in runs if name in run]
        least = max([moved, *(run[name][1] for run in runs if name in run)])
        doubt = _FEW_RUNS if len(values) < _SEVERAL else 1.0
        spread = math.hypot(doubt * _spread(values), least)
        exact = TOLERANCE * max(map(abs, values))
        yield max(0.0, abs(number - sum(values) / len(values)) - exact) / max(spread, _TINY)


def _spread(values: Sequence[float]) -> float:
    """Their standard deviation (NumPy's and statistics' take longer than all else here)."""
    mean = sum(values) / len(values)
    return math.sqrt(sum((v - mean) ** 2 for v in values) / max(len(values) - 1, 1))
