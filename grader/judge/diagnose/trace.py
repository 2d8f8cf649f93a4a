"""What a test case got from a student's objects, bounded in count and bytes.

For a test case made of a scenario, each execution is a step that holds the results that the test
case looks at (:mod:`grader.checks.looking`).  For any other test case, each use of the student's
objects is a step.  Both sides of a comparison are recorded in the same way: the student's
objects are proxies of a worker, a known mistake's are proxies of objects in this process
(:mod:`grader.judge.diagnose.replay`), and all uses pass one observer.

Every submission is recorded, so recording copies bytes or nothing; only the few traces that are
compared are converted to numbers (:func:`plain`).
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from grader.bounds import MAX_STEPS, MAX_TRACE_BYTES, MAX_TRACE_ENTRIES, STEP_BYTES
from grader.checks import CheckFailure
from grader.checks.looking import Look, listening
from grader.course.testfile import TestCase
from grader.sandbox.outside.host import student_error
from grader.sandbox.outside.link import said
from grader.sandbox.outside.proxy import Environment, Method, Proxy
from grader.words import Words, as_words

#: Kept of a value that is not data: a class, an instance, a function.
OBJECT: Final = "<object>"
#: The operation of a step that holds the results of one execution of a scenario, by name.
LOOK: Final = "look"
#: ``Step.what`` of such a step if the results must be the reference's.
RIGHT: Final = "right"
_STEPS: Final = 9973.137  # steps to which numbers are rounded in a key, up to the array's size
_NUMBER: Final = re.compile(r"[-+]?\d[\d.]*(?:e[-+]?\d+)?")
_CHANGEABLE: Final = (np.ndarray, list, dict)
_KNOWN: Final = (bool, int, float, str, type(None))
_KINDS: Final = frozenset(_KNOWN)


@dataclass(frozen=True, slots=True)
class Array:
    """The bytes of an array, or of every ``step``-th entry of a large one."""

    shape: tuple[int, ...]
    kind: str
    data: bytes
    step: int = 1

    def values(self) -> np.ndarray[Any, Any]:
        """Return the entries as float64 or complex128; flat if some were left out."""
        entries = np.frombuffer(self.data, self.kind)
        wide = entries.astype(np.complex128 if entries.dtype.kind == "c" else np.float64)
        return wide.reshape(self.shape) if self.step == 1 else wide


#: A kept value: an Array, a number, text or None, and tuples and dicts of these.
Value = Any


@dataclass(frozen=True, slots=True)
class Step:
    """One use of an object.

    ``what`` is the name of what was used ("update", "w1"), ``given`` the numbers and texts
    among its arguments; ``result`` is what was returned, or ``error`` what was raised.
    ``left`` are the arrays, lists and dictionaries among the arguments after the use;
    ``before`` are the same before the use, in replays only.
    """

    operation: str
    what: str = ""
    given: tuple[Value, ...] = ()
    result: Value = None
    left: tuple[Value, ...] = ()
    error: str = ""
    before: tuple[Value, ...] = ()


@dataclass(slots=True)
class Trace:
    """The steps of one run of a test case and how it ended.

    ``ending`` is empty if the test case passed.  If ``cut``, there were too many steps and the
    last ones are missing.  If it ``looks``, the steps are a scenario's, whose results have
    these ``names``.  ``is_unwritten`` says that the student's code is not written yet, and
    ``drawn``, in replays only, that random numbers were drawn.
    """

    ending: tuple[str, ...] = ()
    cut: bool = False
    drawn: bool = False
    looks: bool = False
    names: dict[str, Words] = field(default_factory=dict)
    is_unwritten: bool = False
    room: int = MAX_TRACE_BYTES
    _noted: list[Step] = field(default_factory=list)
    _heard: list[tuple[Look, bool, int]] = field(default_factory=list)
    _kept: dict[tuple[bytes, tuple[int, ...]], Array] = field(default_factory=dict)

    @property
    def steps(self) -> list[Step]:
        """Return the steps, in order; looks become steps when they are first needed."""
        heard, self._heard = self._heard, []
        for look, right, samples in heard:
            self._add_look(look, right, samples)
        if heard:
            self._kept.clear()
        return self._noted

    def add(self, step: Step) -> None:
        """Keep a step, unless the trace is full."""
        self.room -= STEP_BYTES
        if self.room < 0 or len(self._noted) >= MAX_STEPS:
            self.cut = True
        else:
            self._noted.append(step)

    def keep(self, value: Any) -> Value:
        """Return what is kept of a value; equal arrays are kept once."""
        kind = type(value)
        if kind is np.ndarray:
            return self._array(value)
        if kind in _KNOWN:
            return value
        if isinstance(value, Proxy | Method):
            return OBJECT
        if isinstance(value, dict):
            return {str(key): self.keep(entry) for key, entry in value.items()}
        if isinstance(value, list | tuple):
            self.room -= 8 * len(value)
            # Rows of numbers are long, and a call for each number would be slow.
            return tuple(value if _KINDS.issuperset(map(type, value)) else map(self.keep, value))
        try:
            return self._array(np.asarray(value))
        except (TypeError, ValueError):
            return OBJECT

    def _array(self, array: np.ndarray[Any, Any]) -> Value:
        if array.dtype.kind not in "biufc":
            return OBJECT
        step = 1
        if array.size > MAX_TRACE_ENTRIES:
            step = -(-array.size // MAX_TRACE_ENTRIES)
            array, shape = array.reshape(-1)[::step], array.shape
        else:
            shape = array.shape
        data = array.tobytes()
        kept = self._kept.get((data, shape))
        if kept is None or kept.kind != array.dtype.str:
            kept = self._kept[data, shape] = Array(shape, array.dtype.str, data, step)
            self.room -= len(data)
        return kept

    def look(self, look: Look, right: bool, samples: int) -> None:
        """Note the results that a test case looks at in one execution of a scenario."""
        self._heard.append((look, right, samples))

    def _add_look(self, look: Look, right: bool, samples: int) -> None:
        what, given = RIGHT if right else "", (samples,)
        if isinstance(look, Exception):
            self.add(Step(LOOK, what, given, error=_raised(look)))
        else:
            self.names |= {str(name): as_words(name) for name in look}
            seen = {str(name): plain(self.keep(own)) for name, own in look.items()}
            self.add(Step(LOOK, what, given, seen))

    def end(self, error: Exception) -> None:
        """Note the exception with which the test case failed."""
        self.ending = _ending(error, self)
        is_students = student_error(error) is not None
        self.is_unwritten = is_students and isinstance(error, NotImplementedError)


@contextmanager
def recording(
    case: TestCase, environment: Environment, *, is_replay: bool = False
) -> Iterator[Trace]:
    """Yield a trace, to which all that the test case looks at is added.

    Without scenarios, that is every use of the environment's objects; in a replay, arguments
    are also kept as they were before each use.
    """
    trace = Trace(looks=is_scenario(case))
    if trace.looks:
        with listening(trace.look):
            yield trace
        return
    with environment.observed(_Recorder(trace, is_replay).operate):
        try:
            yield trace
        finally:
            trace._kept.clear()


class _Recorder:
    """An observer that notes each operation in a trace."""

    def __init__(self, trace: Trace, is_replay: bool) -> None:
        self._trace = trace
        self._is_replay = is_replay
        self._names: dict[int, str] = {}
        self._before: dict[int, Value] = {}

    def operate(
        self, perform: Callable[..., Any], operation: str, *arguments: Any, **keywords: Any
    ) -> Any:
        if self._trace.cut:
            return perform(operation, *arguments, **keywords)
        if self._is_replay:
            several = arguments[1] if operation == "calls" else [(*arguments, *keywords.values())]
            things = (thing for given in several for thing in given)
            self._before = {
                id(t): self._trace.keep(t) for t in things if isinstance(t, _CHANGEABLE)
            }
        try:
            value = perform(operation, *arguments, **keywords)
        except Exception as error:
            self._note(operation, arguments, keywords, error=_raised(error))
            raise
        if isinstance(value, Proxy) and operation in ("lookup", "getattr"):
            self._names[value._grader_number] = str(arguments[-1])
            if value.student_type == "method":
                # Looking up a method is not a use of it, and Proxy leaves some lookups out.
                return value
        if operation == "calls":
            self._note_several(arguments, value)
        else:
            self._note(operation, arguments, keywords, value)
        return value

    def _note(
        self,
        operation: str,
        arguments: Sequence[Any],
        keywords: dict[str, Any],
        value: Any = None,
        error: str = "",
    ) -> None:
        what, rest = self._what(operation, arguments)
        if operation in ("method", "apart", "calls"):
            operation = "call"
        self._add(operation, what, (*rest, *keywords.values()), value, error)

    def _note_several(self, arguments: Sequence[Any], value: Any) -> None:
        """Note many calls made in one operation, each as a step.

        Arguments that they share, like the parameters of an optimizer, are noted after the last.
        """
        what, _ = self._what("calls", arguments)
        several = arguments[1]
        results = value if isinstance(value, list) else []
        last = {id(thing): place for place, given in enumerate(several) for thing in given}
        for place, given in enumerate(several):
            result = results[place] if place < len(results) else None
            own = [t for t in given if type(t) in _KNOWN or last[id(t)] == place]
            self._add("call", what, own, result, "")

    def _what(self, operation: str, arguments: Sequence[Any]) -> tuple[str, Sequence[Any]]:
        """Return the name of what is used, and the other arguments."""
        if operation == "lookup":
            return str(arguments[0]), ()
        if operation in ("method", "apart", "getattr", "setattr", "delattr"):
            return str(arguments[1]), arguments[2:]
        if operation == "calls" and len(arguments) > 2:
            return str(arguments[2]), arguments[1:2]
        used = arguments[0]
        if isinstance(used, Method):
            return used._grader_name, arguments[1:]
        number = used._grader_number if isinstance(used, Proxy) else -1
        return self._names.get(number, ""), arguments[1:]

    def _add(
        self, operation: str, what: str, arguments: Sequence[Any], value: Any, error: str
    ) -> None:
        trace = self._trace
        given = tuple(a for a in arguments if type(a) in _KNOWN)
        changeable = () if error else [a for a in arguments if isinstance(a, _CHANGEABLE)]
        left = tuple(map(trace.keep, changeable))
        before = tuple(self._before.get(id(a)) for a in changeable) if self._before else ()
        trace.add(Step(operation, what, given, trace.keep(value), left, error, before))


def _raised(error: Exception) -> str:
    known, name = student_error(error), type(error).__name__
    if known is not None:
        name, message = known.name, known.message
    elif isinstance(error, KeyError) and error.args and isinstance(error.args[0], str):
        message = error.args[0]
    else:
        message = said(error)
    # NumPy's text on shapes that do not fit depends on how the code is written.
    is_of_shapes = name == "ValueError" and "broadcast" in message
    return "ValueError: broadcast" if is_of_shapes else f"{name}: {message}"


def is_scenario(case: TestCase) -> bool:
    """Whether a test case uses a student's objects in scenarios alone."""
    return getattr(case.function, "is_scenario", False)


def _ending(error: Exception, trace: Trace) -> tuple[str, ...]:
    """Return how a test case failed, without the numbers that differ from run to run."""
    if isinstance(error, CheckFailure):
        if trace.looks and trace.steps and error.kind != "mutated":
            return ("check", error.kind)  # the steps hold everything that was judged
        return ("check", error.kind, str(error.name), _NUMBER.sub("#", str(error)))
    raised = _raised(error)
    if trace.looks or (trace.steps and trace.steps[-1].error == raised):
        return ("raised", raised)
    return (type(error).__name__,)


def key_of(trace: Trace) -> str:
    """Return a key that is equal for traces that differ by rounding (but for one in thousands)."""
    digest = hashlib.sha256(repr(trace.ending).encode())
    for step in trace.steps:
        digest.update(f"{step.operation} {step.what} {step.given} {step.error}".encode())
        _digest(plain(step.result), digest)
    return digest.hexdigest()[:16]


def _digest(value: Any, digest: hashlib._Hash) -> None:
    if isinstance(value, dict):
        for key, entry in value.items():
            digest.update(str(key).encode())
            _digest(entry, digest)
    elif isinstance(value, tuple):
        for entry in value:
            _digest(entry, digest)
    elif isinstance(value, np.ndarray):
        size = float(np.max(np.abs(value[np.isfinite(value)]), initial=0.0)) or 1.0
        # Numbers that people write do not lie half way between two steps of this width.
        steps = np.round(value / size * _STEPS) + 0.0
        digest.update(f"{value.shape} {round(math.log(size) * _STEPS)}".encode())
        digest.update(np.nan_to_num(steps, nan=2e4, posinf=3e4, neginf=-3e4).tobytes())
    else:
        digest.update(repr(value).encode())


def plain(value: Value) -> Any:
    """Return a kept value in the form that is compared: float64 arrays, tuples and dicts of them.

    A tuple of numbers, or of arrays of one shape, becomes one array.
    """
    if isinstance(value, Array):
        return value.values()
    if isinstance(value, np.ndarray):  # of a scenario, whose results are plain already
        return value
    if isinstance(value, int | float):  # True and False too
        return np.array(value if isinstance(value, float) else _float(value))
    if isinstance(value, dict):
        return {key: plain(entry) for key, entry in value.items()}
    if isinstance(value, tuple):
        entries = tuple(map(plain, value))
        shapes = {e.shape if isinstance(e, np.ndarray) else None for e in entries}
        return np.array(entries) if len(shapes) == 1 and None not in shapes else entries
    return value


def _float(number: int) -> float:
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf
