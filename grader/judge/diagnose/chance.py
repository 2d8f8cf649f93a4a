"""Whether random results may come from the same code.

Random results are not compared entry by entry.  A trace is turned into a :class:`Portrait`: its
steps in groups (the same use with the same arguments, of an object made with the same
arguments), and for each group a few statistics: how many entries are zero, how much that varies,
whether neighbours along an axis, successive calls, and forward and backward are zero together,
how large the other entries are, and their ratio to the argument.  The code is run several times
to see how much these vary by chance.  Groups that are the same in all runs, of the candidate and
of the solution, are compared as exactly as results that are not random.
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

#: A student's statistic may be so many standard deviations from the mean.
FAR: Final = 5.0
_FEW_RUNS: Final = 2.0  # factor for a standard deviation estimated from few runs
_SEVERAL: Final = 8  # runs, or calls, that are enough to estimate a standard deviation
_Real = np.ndarray[Any, Any]
_Key = tuple[Any, ...]
_Numbers = dict[str, tuple[float, float]]  # statistics: a value, and its least standard deviation
_TINY: Final = 1e-12
_WIDE: Final = 8.0


@dataclass(slots=True)
class Group:
    """Results of one use, each with an argument and an earlier result of its shape."""

    results: list[Any] = field(default_factory=list)
    arguments: list[Any] = field(default_factory=list)
    earlier: list[_Real | None] = field(default_factory=list)
    _numbers: _Numbers | None = None

    def add(self, result: Any, argument: _Real | None = None, earlier: _Real | None = None) -> None:
        """Add a result."""
        self.results.append(result)
        self.arguments.append(argument)
        self.earlier.append(earlier)

    def forget(self, *, keep: bool) -> None:
        """Keep the statistics and, if ``keep``, enough of the results to compare them."""
        self.numbers()
        thin = {id(result): _thin(result) for result in self.results}
        self.results = [thin[id(result)] for result in self.results] if keep else []
        self.arguments, self.earlier = [], []

    def numbers(self) -> _Numbers:
        """Return the statistics of the group, by name."""
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
    """Return statistics of the zeros in a stack of results, shape (calls, ...)."""
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
    """Return statistics of results beside arrays of their shape: common zeros, and the ratio."""
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
    """What can be compared of a trace with random results."""

    ending: tuple[str, ...]
    steps: int
    groups: dict[_Key, Group]

    @property
    def raises(self) -> bool:
        """Whether the code itself failed, not a check of its results."""
        return self.ending[:1] == ("raised",)


def portrait(trace: Trace) -> Portrait:
    """Return the portrait of a trace."""
    groups: dict[_Key, Group] = {}
    made: tuple[Any, ...] = ()
    executions = 0
    seen: dict[tuple[int, ...], tuple[str, _Real]] = {}
    values: dict[int, Any] = {}  # a repeated argument is converted once

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
            executions += 1  # a step holds all results of an execution
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
    # Only the class and the kind of a failure: chance decides which check fails first.
    return Portrait(ending=trace.ending[:3], steps=len(trace.steps), groups=groups)


def _add_apart(groups: dict[_Key, Group], key: _Key, results: Sequence[Any]) -> None:
    """Add the results of one execution, each array beside one of its shape of the first name."""
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
    """Return enough of a result to see whether it is always the same."""
    if isinstance(result, np.ndarray) and result.size > 2 * MAX_THIN_ENTRIES:
        return result.reshape(-1)[:: result.size // MAX_THIN_ENTRIES].copy()
    return result


@dataclass(slots=True)
class Runs:
    """Portraits of several runs of one candidate; ``moving`` are groups that differ in them."""

    portraits: list[Portrait] = field(default_factory=list)
    moving: set[_Key] = field(default_factory=set)

    @property
    def raises(self) -> bool:
        """Whether the code itself fails in the first run."""
        return self.portraits[0].raises

    def add(self, new: Portrait) -> None:
        """Add a run."""
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

        They do if runs vary more than independent entries would, or do not vary where the
        solution does: a single draw may be equal a few times by chance.
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
        """Return how many standard deviations a student's trace is away from these runs.

        ``right`` are runs of the solution.  Infinite if the trace cannot come from this code.
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
    """Yield how many standard deviations the student's statistics are off."""
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
    """Return the standard deviation; NumPy's and statistics' are too slow here."""
    mean = sum(values) / len(values)
    return math.sqrt(sum((v - mean) ** 2 for v in values) / max(len(values) - 1, 1))
