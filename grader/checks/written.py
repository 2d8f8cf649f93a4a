"""Writes down the steps of a scenario, and runs just these.

The scenario is run on *writers*: objects that stand in for the student's and note what is
asked of them.  So the code on the page (:mod:`grader.checks.listing`) is the scenario's own, and
nothing is ever written twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from grader.checks.asking import together
from grader.checks.scenario import Play, Run, Scenario, act, acting, parts_of
from grader.sandbox.wire.arrays import ACTIONS

HOLDERS = (list, tuple, dict)


class Unwritable(Exception):  # noqa: N818 (it is no error: nothing is shown)
    """A scenario, or what a caller does in it, that is not to be shown as code."""


class Written:
    """Stands in for what a step gives."""

    __slots__ = ("_record", "_step")
    _record: Callable[..., Written]
    _step: Step | None

    def __init__(self, note: Callable[..., Written], step: Step | None = None) -> None:
        object.__setattr__(self, "_record", note)
        object.__setattr__(self, "_step", step)

    def __call__(self, *arguments: Any) -> Written:
        return self._record("call", self, "", arguments)

    def grader_method(self, name: str) -> Callable[..., Written]:
        """A method, as a proxy has it."""
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
    """A result: ``value`` as it is when so many ``steps`` have been done.

    ``parts`` are the names that a tuple is taken apart into, ``path`` leads to an entry.
    """

    value: Any
    steps: int
    parts: tuple[str, ...] = ()
    path: tuple[Any, ...] = ()

    @property
    def is_several(self) -> bool:
        """Whether it is several results that a scenario puts together, and no entry of them."""
        return isinstance(self.value, list | tuple) and not self.path and bool(self.value)


class Part:
    """One execution of a scenario, written down with the caller that *play* makes."""

    def __init__(self, scenario: Scenario, run: Run, play: Play, rights: Sequence[Any]) -> None:
        self.run, self.steps = run, list[Step]()
        self.derived = list[Any]()  # numbers that a caller made of the run's
        self.subjects = [Written(self._record) for _ in rights]
        plain = getattr(scenario, "func", scenario)  # with keywords it is a partial
        self.arguments = plain.__code__.co_varnames[: len(rights)]
        self.constants = set(numbers_in(plain.__code__.co_consts))
        caller = play(run)
        # An optional object is there: else nobody would have asked it for anything.
        used = [caller.used(*pair) for pair in zip(self.subjects, rights, strict=True)]
        with acting(lambda action, *arguments: self._act(action, *arguments)):
            named = scenario(*used, run)
            values = caller.end(list(named.values()))
        self.results = dict(zip(named, values, strict=True))

    def pick(self, key: Any, *, late: bool = False, path: tuple[Any, ...] = ()) -> Pick:
        """The result *key*, as soon as it is there, or (*late*) when the scenario is done."""
        for names, value in self.results.items():
            if names == key or (isinstance(names, tuple) and key in names):
                parts = names if isinstance(names, tuple) else ()
                while path and isinstance(value, HOLDERS):
                    value, path = value[path[0]], path[1:]
                known = None if late and kind_of(value) != "snapshot" else _known_at(value)
                steps = len(self.steps) if known is None else known
                path = ((key, *path) if parts else path) if path or parts else ()
                return Pick(value, steps, parts, path)
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
        if action == "overwrite":  # with zeros: what is shown must be short
            several = [thing] if isinstance(thing, Written) else list(parts_of(thing))
            for one in several:
                if isinstance(one, list) and any(isinstance(entry, float) for entry in one):
                    raise Unwritable(action)
                if isinstance(one, np.ndarray | Written):
                    self._record("fill", one, "", (0.0,))
            return None
        if action == "numbered":  # who gives True and False is shown nothing
            action = "snapshot"
        if action in ("snapshot", "fill", "shift", "rebind"):
            return self._record(action, thing, "", arguments)
        raise Unwritable(action)


def kind_of(value: Any) -> str:
    step = value._step if isinstance(value, Written) else None
    return "" if step is None else step.kind


def _known_at(value: Any) -> int | None:
    """After how many steps a result is what it is; None: only when all are done."""
    if kind_of(value) in ("snapshot", "call"):
        return int(value._step.place) + 1
    if isinstance(value, list | tuple) and value:
        several = [_known_at(entry) for entry in value]
        return None if None in several else max(s for s in several if s is not None)
    return None


def numbers_in(several: Any) -> Iterator[float]:
    """All numbers in arrays, lists, tuples and dictionaries."""
    for value in several.values() if isinstance(several, dict) else several:
        if isinstance(value, int | float) and not isinstance(value, bool):
            yield value
        elif isinstance(value, np.ndarray):
            yield from value.ravel().tolist()
        elif isinstance(value, HOLDERS):
            yield from numbers_in(value)


# Running


def perform(part: Part, steps: int, subjects: Sequence[Any], memo: dict[int, Any]) -> None:
    """Do the first *steps* of a part on a student's objects; *memo* takes what they give."""
    for stand_in, subject in zip(part.subjects, subjects, strict=True):
        memo[id(stand_in)] = subject
    for step in part.steps[:steps]:
        target = resolved(step.target, memo)
        arguments = [resolved(argument, memo) for argument in step.arguments]
        if step.kind == "call" and step.name:
            find = getattr(type(target), "grader_method", getattr)
            value = find(target, step.name)(*arguments)
        elif step.kind == "call":
            value = target(*arguments)
        elif step.kind == "get":
            value = getattr(target, step.name)
        elif step.kind == "set":
            setattr(target, step.name, *arguments)
            value = None
        else:
            value = act(step.kind, target, *arguments)
        memo[id(step.gives)] = value


def resolved(value: Any, memo: dict[int, Any]) -> Any:
    """The student's side of *value*: what a step gave, or one copy of each array for all steps."""
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


def entry_of(value: Any, path: Sequence[Any], parts: Sequence[str] = ()) -> Any:
    """The entry of a result to which a pick's path leads."""
    for key in path:
        value = value[parts.index(key) if parts and key in parts else key]
        parts = ()
    return value


def perform_picks(
    several: Sequence[tuple[Part, Pick]], subjects: Sequence[Any], memo: dict[int, Any]
) -> list[Any]:
    """Do all parts, one after the other in one message; copies of what is picked."""
    remote = next(filter(None, (getattr(s, "_grader_remote", None) for s in subjects)), None)
    found = []
    with together(remote):
        for part, pick in several:
            perform(part, pick.steps, subjects, memo)
            found.append(act("snapshot", resolved(pick.value, memo)))
    if remote is not None:
        found = [remote.value_of(value) for value in found]
    return [
        entry_of(value, pick.path, pick.parts)
        for value, (_, pick) in zip(found, several, strict=True)
    ]
