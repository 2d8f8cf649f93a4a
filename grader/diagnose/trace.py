"""What a test case asked of a student's objects and what it got, bounded in count and bytes.

Both sides of a comparison are recorded in the same way: the student's objects are proxies
of a worker, a known mistake's are proxies of objects in this process
(:mod:`grader.diagnose.replay`); a recorder stands at the one place that all uses pass.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np

from grader.checks import CheckFailure
from grader.isolation.host import student_error
from grader.isolation.proxy import Environment, Method, Proxy

MAX_STEPS: Final = 2000
MAX_BYTES: Final = 256 << 10
#: Of a larger array this many entries are kept, spread evenly.
SAMPLE: Final = 256
#: Stands for whatever is no data: a class, an instance, a function.
OBJECT: Final = "<object>"
_ENTRY_BYTES: Final = 64  # what a step costs besides its arrays
_NUMBER: Final = re.compile(r"[-+]?\d[\d.]*(?:e[-+]?\d+)?")


@dataclass(frozen=True, slots=True)
class Step:
    """One use of an object: its result (or ``error``) and what it left of its arguments."""

    operation: str
    result: Any
    arguments: tuple[Any, ...] = ()
    error: str = ""


@dataclass(slots=True)
class Trace:
    """The steps of one run of a test case and how it ended.

    ``ending`` is empty where the test case passed; ``cut`` says that steps are missing
    at the end.
    """

    steps: list[Step] = field(default_factory=list)
    ending: tuple[str, ...] = ()
    cut: bool = False
    room: int = MAX_BYTES
    _kept: dict[bytes, Any] = field(default_factory=dict)

    def add(self, step: Step) -> None:
        """Keep a step, unless the trace is full."""
        self.room -= _ENTRY_BYTES
        step = replace(step, result=self._once(step.result), arguments=self._once(step.arguments))
        if self.room < 0 or len(self.steps) >= MAX_STEPS:
            self.cut = True
        else:
            self.steps.append(step)

    def _once(self, value: Any) -> Any:
        """The value, its arrays kept once however often they come."""
        if isinstance(value, np.ndarray):
            kept = self._kept.setdefault(value.tobytes() + repr(value.shape).encode(), value)
            if kept is value:
                self.room -= int(value.nbytes) + _ENTRY_BYTES
            return kept
        if isinstance(value, tuple):
            return tuple(map(self._once, value))
        if isinstance(value, dict):
            return {key: self._once(entry) for key, entry in value.items()}
        return value

    def end(self, error: Exception) -> None:
        """Note the exception with which the test case failed."""
        self.ending = _ending(error, self.steps)
        self._kept.clear()


@contextmanager
def recording(environment: Environment) -> Iterator[Trace]:
    """While it lasts, every use of the environment's objects is added to the trace given."""
    trace = Trace()

    def recorded(perform: Any, operation: str, *arguments: Any, **keywords: Any) -> Any:
        if trace.cut:
            return perform(operation, *arguments, **keywords)
        try:
            value = perform(operation, *arguments, **keywords)
        except Exception as error:
            trace.add(Step(_plain_name(operation), None, (), _raised(error)))
            raise
        # Looking a method up is no use of it; some lookups are spared (see Proxy).
        if not (isinstance(value, Proxy) and value.student_type == "method"):
            left = (*arguments, *keywords.values())
            after = tuple(canonical(a) for a in left if isinstance(a, np.ndarray | list | dict))
            trace.add(Step(_plain_name(operation), canonical(value), after))
        return value

    with environment.observed(recorded):
        yield trace


def _plain_name(operation: str) -> str:
    return "call" if operation == "method" else operation


def _raised(error: Exception) -> str:
    known = student_error(error)
    if known is not None:
        return f"{known.name}: {known.message}"
    text = error.args[0] if isinstance(error, KeyError) and error.args else error
    return f"{type(error).__name__}: {text}"


def _ending(error: Exception, steps: list[Step]) -> tuple[str, ...]:
    """How a test case failed, without the numbers that differ from run to run."""
    if isinstance(error, CheckFailure):
        return ("check", error.kind, error.name, _NUMBER.sub("#", str(error)))
    if steps and steps[-1].error and steps[-1].error == _raised(error):
        return ("raised", steps[-1].error)
    return (type(error).__name__,)


def canonical(value: Any) -> Any:
    """A copy of a value that compares by its numbers: arrays, and dicts and tuples of them."""
    if isinstance(value, Proxy | Method):
        return OBJECT
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, dict):
        return {str(key): canonical(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        entries = tuple(canonical(entry) for entry in value)
        shapes = {e.shape if isinstance(e, np.ndarray) else None for e in entries}
        # A list of equal arrays is what np.array would make of it.
        return np.array(entries) if len(shapes) == 1 and None not in shapes else entries
    try:
        return _sampled(np.array(value, dtype=np.float64))
    except (TypeError, ValueError):
        return OBJECT


def _sampled(array: np.ndarray[Any, Any]) -> Any:
    """Small arrays as they are; of large ones the shape and some entries."""
    if array.size <= SAMPLE:
        return array
    sample = array.reshape(-1)[:: -(-array.size // SAMPLE)].copy()
    return {"shape": repr(array.shape), "entries": sample}
