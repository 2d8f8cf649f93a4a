"""Records the steps of a scenario, and runs just these.

The scenario is run on objects that stand in for the student's and record how they are used.  So
the code on the page (:mod:`grader.checks.listing`) is the scenario's own, and no test author
writes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import getitem
from typing import Any

import numpy as np

from grader.checks.asking import together
from grader.checks.scenario import Run, Scenario
from grader.checks.scenario.acts import act, acting
from grader.checks.scenario.run import parts_of
from grader.checks.scenario.using import Play
from grader.sandbox.wire.arrays import ACTIONS

HOLDERS = (list, tuple, dict)


class Unwritable(Exception):  # noqa: N818 (it is no error: nothing is shown)
    """A scenario, or what a caller does in it, cannot be shown as code."""


class Written:
    """Stands in for the result of a step, or for a student's object."""

    __slots__ = ("_record", "_step")
    _record: Callable[..., Written]
    _step: Step | None

    def __init__(self, record: Callable[..., Written], step: Step | None = None) -> None:
        object.__setattr__(self, "_record", record)
        object.__setattr__(self, "_step", step)

    def __call__(self, *arguments: Any) -> Written:
        return self._record("call", self, "", arguments)

    def grader_method(self, name: str) -> Callable[..., Written]:
        """Return a method, like a proxy."""
        return lambda *arguments: self._record("call", self, name, arguments)

    def __getattr__(self, name: str) -> Written:
        if name.startswith("__"):
            raise AttributeError(name)
        return self._record("get", self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        self._record("set", self, name, (value,))


@dataclass(eq=False, slots=True)
class Step:
    """One use of an object, or one of the ACTIONS on a caller's own array."""

    kind: str
    target: Any
    name: str
    arguments: tuple[Any, ...]
    place: int
    gives: Written = field(init=False)


@dataclass(frozen=True, slots=True)
class Pick:
    """A result: ``value`` as it is after so many ``steps``.

    ``parts`` are the names of a tuple's entries, ``path`` leads to an entry.
    """

    value: Any
    steps: int
    parts: tuple[str, ...] = ()
    path: tuple[Any, ...] = ()

    @property
    def is_several(self) -> bool:
        """Whether it is several results that a scenario puts together, not an entry of them."""
        return isinstance(self.value, list | tuple) and not self.path and bool(self.value)


class Part:
    """The recorded steps of one execution of a scenario by the caller that *play* makes."""

    def __init__(self, scenario: Scenario, run: Run, play: Play, rights: Sequence[Any]) -> None:
        self.run, self.steps = run, list[Step]()
        self.derived = list[Any]()  # arrays that a caller made of the run's
        self.subjects = [Written(self._record) for _ in rights]
        plain = getattr(scenario, "func", scenario)  # with keywords it is a partial
        self.arguments = plain.__code__.co_varnames[: len(rights)]
        self.constants = set(numbers_in(plain.__code__.co_consts))
        caller = play(run)
        # Optional objects count as defined: otherwise the test case has no result to show.
        used = [caller.used(*pair) for pair in zip(self.subjects, rights, strict=True)]
        with acting(self._act):
            named = scenario(*used, run)
            values = caller.end(list(named.values()))
        self.results = dict(zip(named, values, strict=True))

    def pick(self, key: Any, *, late: bool = False, path: tuple[Any, ...] = ()) -> Pick:
        """Return the result *key*, as soon as it is there, or (*late*) at the scenario's end."""
        for names, value in self.results.items():
            if names == key or (isinstance(names, tuple) and key in names):
                parts = names if isinstance(names, tuple) else ()
                while path and isinstance(value, HOLDERS):
                    value, path = value[path[0]], path[1:]
                known = None if late and kind_of(value) != "snapshot" else _known_at(value)
                steps = len(self.steps) if known is None else known
                return Pick(value, steps, parts, (key, *path) if parts else path)
        raise Unwritable(str(key))

    def _record(
        self, kind: str, target: Any, name: str, arguments: tuple[Any, ...] = ()
    ) -> Written:
        step = Step(kind, target, name, arguments, len(self.steps))
        step.gives = Written(self._record, step)
        self.steps.append(step)
        return step.gives

    def _act(self, action: str, thing: Any, *arguments: Any) -> Any:
        if action == "peek":
            return self._record("get", thing, *arguments)
        if action == "moved" and not isinstance(thing, Written):
            self.derived.append(ACTIONS["moved"](thing))
            return self.derived[-1]
        if action == "overwrite":  # with zeros, which are short to write
            several = [thing] if isinstance(thing, Written) else list(parts_of(thing))
            for one in several:
                if isinstance(one, list) and any(isinstance(entry, float) for entry in one):
                    raise Unwritable(action)
                if isinstance(one, np.ndarray | Written):
                    self._record("fill", one, "", (0.0,))
            return None
        if action == "numbered":  # no example is shown if these are True and False
            action = "snapshot"
        if action in ("snapshot", "fill", "shift", "rebind"):
            return self._record(action, thing, "", arguments)
        raise Unwritable(action)


def kind_of(value: Any) -> str:
    step = value._step if isinstance(value, Written) else None
    return "" if step is None else step.kind


def _known_at(value: Any) -> int | None:
    """Return after how many steps a result is known; None if only after all."""
    if kind_of(value) in ("snapshot", "call"):
        return int(value._step.place) + 1
    if isinstance(value, list | tuple) and value:
        several = [_known_at(entry) for entry in value]
        return None if None in several else max(s for s in several if s is not None)
    return None


def numbers_in(several: Any) -> Iterator[float]:
    """Yield all numbers in arrays, lists, tuples and dictionaries."""
    for value in several.values() if isinstance(several, dict) else several:
        if isinstance(value, int | float) and not isinstance(value, bool):
            yield value
        elif isinstance(value, np.ndarray):
            yield from value.ravel().tolist()
        elif isinstance(value, HOLDERS):
            yield from numbers_in(value)


# Running


def perform(part: Part, steps: int, subjects: Sequence[Any], memo: dict[int, Any]) -> None:
    """Do the first *steps* of a part on a student's objects; their results go into *memo*."""
    for stand_in, subject in zip(part.subjects, subjects, strict=True):
        memo[id(stand_in)] = subject
    for step in part.steps[:steps]:
        target = resolved(step.target, memo)
        arguments = [resolved(argument, memo) for argument in step.arguments]
        if step.kind == "call":
            find = getattr(type(target), "grader_method", getattr)
            value = (find(target, step.name) if step.name else target)(*arguments)
        elif step.kind == "get":
            value = getattr(target, step.name)
        elif step.kind == "set":
            setattr(target, step.name, *arguments)
            value = None
        else:
            value = act(step.kind, target, *arguments)
        memo[id(step.gives)] = value


def resolved(value: Any, memo: dict[int, Any]) -> Any:
    """Return the real *value*: the result of a step, or one copy of each array for all steps."""
    if id(value) in memo:
        return memo[id(value)]
    if isinstance(value, np.ndarray):
        memo[id(value)] = value.copy()
    elif isinstance(value, dict):
        memo[id(value)] = {key: resolved(entry, memo) for key, entry in value.items()}
    elif isinstance(value, list | tuple):
        memo[id(value)] = type(value)([resolved(entry, memo) for entry in value])
    else:
        return value
    return memo[id(value)]


def perform_picks(
    several: Sequence[tuple[Part, Pick]], subjects: Sequence[Any], memo: dict[int, Any]
) -> list[Any]:
    """Do all parts, one after the other in one message; return copies of what is picked."""
    remote = next(filter(None, (getattr(s, "_grader_remote", None) for s in subjects)), None)
    found = []
    with together(remote):
        for part, pick in several:
            perform(part, pick.steps, subjects, memo)
            found.append(act("snapshot", resolved(pick.value, memo)))
    values = found if remote is None else map(remote.value_of, found)
    return [_entry(value, pick) for value, (_, pick) in zip(values, several, strict=True)]


def _entry(value: Any, pick: Pick) -> Any:
    """Return the entry of a result to which the pick's path leads."""
    path = pick.path
    if pick.parts:
        value, path = value[pick.parts.index(path[0])], path[1:]
    return reduce(getitem, path, value)
