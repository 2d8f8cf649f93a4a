"""Writes the steps of a scenario as code that a student can run, with its inputs as literals::

    x = np.array([[1.0, 2.0], [4.0, 1.0]])
    layer = BatchNormalization(gamma, beta)
    print(layer.forward(x, True))

Numbers that are not of a public run are refused (:class:`~grader.checks.written.Unwritable`).
"""

from __future__ import annotations

import keyword
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from grader.checks.scenario.run import Run, parts_of
from grader.checks.written import (
    HOLDERS,
    Part,
    Pick,
    Step,
    Unwritable,
    Written,
    kind_of,
    numbers_in,
)
from grader.sandbox.wire.arrays import Formula

_DATA = (np.ndarray, Formula, *HOLDERS)


class Code:
    """The lines of parts that run one after the other, in one namespace."""

    def __init__(self, rights: Sequence[Any]) -> None:
        self.lines: list[str] = []
        self._rights = [right.__name__ for right in rights]
        self._names: dict[int, str] = {}  # of each value, by its identity
        self._taken = set(self._rights) | {"np", "print", "before", "first", "again"}
        self._held: list[Any] = []  # so that no identity is reused

    def add(self, part: Part, pick: Pick, end: str, before: Any = None) -> None:
        """Add a part, and the line *end* with the picked value for ``{}``.

        With *before*, an array, a copy of it is first given this name.
        """
        self._held.append(part)
        self._public = _public_numbers(part)
        self._names |= {id(s): n for s, n in zip(part.subjects, self._rights, strict=True)}
        steps = part.steps[: pick.steps]
        while steps and steps[-1].kind in ("get", "snapshot"):  # these are no lines
            steps.pop()
        used = {id(v) for v in _values(steps, pick)}
        self._declare(part.run, used)
        if before is not None:
            self.lines.append(f"before = {self._text(before)}.copy()")
        last, path, value = steps[-1] if steps else None, pick.path, pick.value
        while kind_of(value) == "snapshot":
            value = value._step.target
        if last is not None and last.gives is value and last.kind == "call" and not pick.parts:
            steps.pop()  # the call is part of the line *end*
        else:
            last = None
        for step in steps:
            self._write(step, part, used, pick)
        if pick.parts:
            text, path = path[0], path[1:]
        else:
            text = self._result(pick) if last is None else self._call(last)
        self.lines.append(end.format(text + "".join(f"[{key!r}]" for key in path)))

    def _result(self, pick: Pick) -> str:
        """Return the arguments of print for a result, or for several with a line each."""
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
        """Give a name to each of a caller's own arrays, which may be used again."""
        for argument in (step.target, *step.arguments):
            for array in parts_of(argument):
                if isinstance(array, np.ndarray) and id(array) not in self._names:
                    name = self._free("other")
                    self._require_public(array)
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
        """Return a value as code: its name if it has one."""
        if id(value) in self._names:
            return self._names[id(value)]
        if isinstance(value, Written):
            step = value._step
            if step is None or step.kind not in ("get", "snapshot"):
                raise Unwritable("a result without a name")
            target = self._text(step.target)
            if step.kind == "get":
                return f"{target}.{step.name}"
            # A snapshot is a copy only where an array of the caller's own is passed on.
            return f"{target}.copy()" if isinstance(step.target, np.ndarray) else target
        if not isinstance(value, _DATA):
            self._require_public(value)
        return _literal(value, self._text)

    def _require_public(self, value: Any) -> None:
        if not self._public.issuperset(numbers_in([value])):
            raise Unwritable("a number of a hidden test")


def _public_numbers(part: Part) -> set[float]:
    """Return the numbers of a public run, and those that a scenario or a caller makes of them."""
    numbers = set(numbers_in([*part.run.inputs.values(), *part.derived]))
    return numbers | {0.5 * number for number in numbers} | part.constants | {0.0}


def _values(steps: Sequence[Step], pick: Pick) -> Iterator[Any]:
    """Yield all values that steps, and the pick, use, and their entries."""
    waiting = [v for step in steps for v in (step.target, *step.arguments)] + [pick.value]
    while waiting:
        value = waiting.pop()
        yield value
        step = value._step if isinstance(value, Written) else None
        if step is not None and step.kind in ("get", "snapshot"):
            waiting.append(step.target)
        if isinstance(value, HOLDERS):
            waiting += value.values() if isinstance(value, dict) else value


def _paths(value: Any, path: str) -> Iterator[tuple[int, str]]:
    """Yield the identity and the path of a value and of the arrays and containers in it."""
    if isinstance(value, _DATA):
        yield id(value), path
    if isinstance(value, HOLDERS):
        for key, entry in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _paths(entry, f"{path}[{key!r}]")


def _literal(value: Any, text: Callable[[Any], str] | None = None) -> str:
    """Return a value as code; ``text`` writes the entries of a container."""
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
