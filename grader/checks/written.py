"""Writes a scenario down as code that a student can run, and runs just that code's steps.

The scenario is run on *writers*: objects that stand in for the student's and note what is
asked of them.  So the code on the page is the scenario's own, with its inputs as literals,
and nothing is ever written twice::

    x = np.array([[1.0, 2.0], [4.0, 1.0]])
    layer = BatchNormalization(gamma, beta)
    print(layer.forward(x, True))

What comes from anywhere else than a public run is refused (:class:`Unwritable`).
"""

from __future__ import annotations

import keyword
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from grader.checks.asking import together
from grader.checks.scenario import Play, Run, Scenario, act, acting, parts_of
from grader.sandbox.wire.arrays import ACTIONS, Formula

_HOLDERS = (list, tuple, dict)
_DATA = (np.ndarray, Formula, *_HOLDERS)


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
        self.constants = set(_numbers(plain.__code__.co_consts))
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
                while path and isinstance(value, _HOLDERS):
                    value, path = value[path[0]], path[1:]
                known = None if late and _kind(value) != "snapshot" else _known_at(value)
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


def _kind(value: Any) -> str:
    step = value._step if isinstance(value, Written) else None
    return "" if step is None else step.kind


def _known_at(value: Any) -> int | None:
    """After how many steps a result is what it is; None: only when all are done."""
    if _kind(value) in ("snapshot", "call"):
        return int(value._step.place) + 1
    if isinstance(value, list | tuple) and value:
        several = [_known_at(entry) for entry in value]
        return None if None in several else max(s for s in several if s is not None)
    return None


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


# Writing


class Code:
    """The lines of parts that are run one after the other, in one namespace."""

    def __init__(self, rights: Sequence[Any]) -> None:
        self.lines: list[str] = []
        self._rights = [right.__name__ for right in rights]
        self._names: dict[int, str] = {}  # what each thing is called, by its identity
        self._taken = set(self._rights) | {"np", "print", "before", "first", "again"}
        self._held: list[Any] = []  # so that no identity is used again

    def add(self, part: Part, pick: Pick, end: str, before: Any = None) -> None:
        """Add a part, and the line *end* of what is picked, ``{}``.

        First, with *before*, a copy of that array is called so.
        """
        self._held.append(part)
        self._public = _Public(part)
        self._names |= {id(s): n for s, n in zip(part.subjects, self._rights, strict=True)}
        steps = part.steps[: pick.steps]
        while steps and steps[-1].kind in ("get", "snapshot"):  # is no line of its own
            steps.pop()
        used = {id(v) for v in _values(steps, pick)}
        self._declare(part.run, used)
        if before is not None:
            self.lines.append(f"before = {self._text(before)}.copy()")
        last, path, value = steps[-1] if steps else None, pick.path, pick.value
        while _kind(value) == "snapshot":
            value = value._step.target
        if last is not None and last.gives is value and last.kind == "call" and not pick.parts:
            for step in steps[:-1]:
                self._write(step, part, used, pick)
            text = self._call(last)
        else:
            for step in steps:
                self._write(step, part, used, pick)
            text, path = (path[0], path[1:]) if pick.parts else (self._result(pick), path)
        self.lines.append(end.format(text + "".join(f"[{key!r}]" for key in path)))

    def _result(self, pick: Pick) -> str:
        """A result, or several with a line each, as print takes them."""
        if not pick.is_several:
            return self._text(pick.value)
        texts = list(map(self._text, pick.value))
        return ", ".join(texts if len(texts) == 1 else [*texts, 'sep="\\n"'])

    def _declare(self, run: Run, used: set[int]) -> None:
        for name, value in run.inputs.items():
            parts = dict(_paths(value, ""))
            is_new = isinstance(value, _DATA) and id(value) not in self._names
            if not is_new or used.isdisjoint(parts):
                continue
            name = self._free(name) if name not in self._names.values() else name
            self.lines.append(f"{name} = {_literal(value)}")
            self._names |= {key: f"{name}{path}" for key, path in parts.items()}
            self._held.append(value)

    def _write(self, step: Step, part: Part, used: set[int], pick: Pick) -> None:
        target = step.target
        if step.kind == "call":
            text = self._call(step)
            if step.gives is pick.value and pick.parts:
                text = f"{', '.join(pick.parts)} = {text}"
            elif id(step.gives) in used:
                text = f"{self._name(step, part)} = {text}"
            self.lines.append(text)
        elif step.kind == "set":
            self.lines.append(f"{self._text(target)}.{step.name} = {self._text(*step.arguments)}")
        elif step.kind == "fill" and not isinstance(target, dict):
            self._name_arrays(step)
            self.lines.append(f"{self._text(target)}[...] = {self._text(*step.arguments)}")
        elif step.kind in ("shift", "rebind") and isinstance(target, dict):
            for key in target:
                entry = f"{self._text(target)}[{key!r}]"
                change = f"+= {step.arguments[0]}"
                again = f"= {entry} + {step.arguments[0]}"
                self.lines.append(f"{entry} {change if step.kind == 'shift' else again}")
        elif step.kind not in ("get", "snapshot"):
            raise Unwritable(step.kind)

    def _call(self, step: Step) -> str:
        self._name_arrays(step)
        arguments = ", ".join(map(self._text, step.arguments))
        method = f".{step.name}" if step.name else ""
        return f"{self._text(step.target)}{method}({arguments})"

    def _name_arrays(self, step: Step) -> None:
        """Give a name to each array of a caller's own, which may be met again."""
        for argument in (step.target, *step.arguments):
            for array in parts_of(argument):
                if isinstance(array, np.ndarray) and id(array) not in self._names:
                    name = self._free("other")
                    self._public.require(array)
                    self.lines.append(f"{name} = {_literal(array)}")
                    self._names[id(array)] = name
                    self._held.append(array)

    def _name(self, step: Step, part: Part) -> str:
        places = [place for place, own in enumerate(part.subjects) if own is step.target]
        if places and not step.name:
            name = part.arguments[places[0]].lower()
        else:
            keys = [k for k, v in part.results.items() if v is step.gives and isinstance(k, str)]
            name = keys[0].strip("_ ") if keys else "out"
        name = self._free(name if name.isidentifier() else "out")
        self._names[id(step.gives)] = name
        return name

    def _free(self, name: str) -> str:
        own, number = name, 2
        while own in self._taken or keyword.iskeyword(own):
            own, number = f"{name}{number}", number + 1
        self._taken.add(own)
        return own

    def _text(self, value: Any) -> str:
        """A value in code, by its name where it has one."""
        if id(value) in self._names:
            return self._names[id(value)]
        if isinstance(value, Written):
            step = value._step
            if step is None or step.kind not in ("get", "snapshot"):
                raise Unwritable("a result without a name")
            target = self._text(step.target)
            return f"{target}.{step.name}" if step.kind == "get" else _copied(step, target)
        if not isinstance(value, _DATA):
            self._public.require(value)
        return _literal(value, self._text)


def _copied(step: Step, text: str) -> str:
    """A snapshot in code: a copy, where an array of the caller's own is handed on."""
    return f"{text}.copy()" if isinstance(step.target, np.ndarray) else text


class _Public:
    """The numbers of a public run, and of what a scenario or a caller makes of them."""

    def __init__(self, part: Part) -> None:
        numbers = set(_numbers([*part.run.inputs.values(), *part.derived]))
        self._numbers = numbers | {0.5 * number for number in numbers} | part.constants | {0.0}

    def require(self, value: Any) -> None:
        """Raise Unwritable for what is not of these."""
        if not self._numbers.issuperset(_numbers([value])):
            raise Unwritable("a number of a hidden test")


def _numbers(several: Any) -> Iterator[float]:
    """All numbers in arrays, lists, tuples and dictionaries."""
    for value in several.values() if isinstance(several, dict) else several:
        if isinstance(value, int | float) and not isinstance(value, bool):
            yield value
        elif isinstance(value, np.ndarray):
            yield from value.ravel().tolist()
        elif isinstance(value, _HOLDERS):
            yield from _numbers(value)


def _values(steps: Sequence[Step], pick: Pick) -> Iterator[Any]:
    """All that steps, and what is picked, make use of; entries too."""
    waiting = [v for step in steps for v in (step.target, *step.arguments)] + [pick.value]
    while waiting:
        value = waiting.pop()
        yield value
        step = value._step if isinstance(value, Written) else None
        if step is not None and step.kind in ("get", "snapshot"):
            waiting.append(step.target)
        if isinstance(value, _HOLDERS):
            waiting += value.values() if isinstance(value, dict) else value


def _paths(value: Any, path: str) -> Iterator[tuple[int, str]]:
    """The identity of a value and of the arrays, lists and dictionaries in it, and where."""
    if isinstance(value, _DATA):
        yield id(value), path
    if isinstance(value, _HOLDERS):
        entries = value.items() if isinstance(value, dict) else enumerate(value)
        for key, entry in entries:
            yield from _paths(entry, f"{path}[{key!r}]")


def _literal(value: Any, text: Callable[[Any], str] | None = None) -> str:
    """A value in code; ``text`` writes the entries of what holds several."""
    text = text or _literal
    if isinstance(value, np.ndarray):
        return f"np.array({value.tolist()!r})"
    if isinstance(value, Formula):
        return f"lambda z: {value.text}"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k!r}: {text(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(text, value)) + "]"
    if isinstance(value, tuple):
        return "(" + ", ".join(map(text, value)) + ("," if len(value) == 1 else "") + ")"
    if value is None or isinstance(value, bool | int | float | str):
        return repr(value)
    raise Unwritable(type(value).__name__)
