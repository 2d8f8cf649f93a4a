"""Scenarios, and how they use a student's objects: through a caller, which records each step."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar, NamedTuple

import numpy as np

from grader.checks.scenario.acts import act, asked, snapshot
from grader.checks.scenario.run import UNCHANGEABLE, Results, Run, parts_of
from grader.sandbox.wire.arrays import Formula
from grader.words import Words, join, say


class Step(NamedTuple):
    """One use of the student's code, as text, and of which instance (a letter, or "").

    The ``arguments`` stand between the texts ``before`` and ``after``; an array is a name (or "")
    and a shape.  ``asked`` is how many operations the queue had after this step.
    """

    letter: str
    before: str
    arguments: tuple[str | tuple[str, tuple[int, ...]], ...]
    after: str
    asked: float

    def tell(self) -> Words:
        """Return it as code, with the shapes of arrays in words."""
        said = [a if isinstance(a, str) else _shaped(*a) for a in self.arguments]
        arguments = join(Words("{before}, {after}"), said)
        return Words(
            "{before}{arguments}{after}",
            (("before", self.before), ("arguments", arguments), ("after", self.after)),
        )


def _shaped(name: str, shape: tuple[int, ...]) -> Words:
    if not name:
        return say("an array of shape {shape}", shape=str(shape))
    return say("{name} of shape {shape}", name=name, shape=str(shape))


class Caller:
    """Uses a student's objects in one execution of a scenario, just as the scenario says.

    Subclasses do what else a caller may do (:mod:`grader.checks.callers`).  ``steps`` are the
    calls that were made.
    """

    looks: ClassVar[bool] = False  # whether ``require`` does anything

    def __init__(self, run: Run) -> None:
        self.run = run
        self.besides: dict[str, Any] = {}  # results of its own, for ``require``
        self.steps: list[Step] = []
        self._names = {
            id(part): name for name, value in run.inputs.items() for part in parts_of(value)
        } | {id(v): name for name, v in run.inputs.items() if isinstance(v, Formula)}
        self._instances: dict[int, str] = {}  # the letter of each, by its identity

    def make(self, make: Noted, arguments: Sequence[Any]) -> Any:
        """Make an instance of the student's class."""
        return make(*arguments)

    def call(self, function: Noted, name: str, arguments: Sequence[Any]) -> Any:
        """Call a student's function, or a method of this ``name``."""
        return function(*arguments)

    def end(self, results: Sequence[Any]) -> Sequence[Any]:
        """Finish the execution; return the results to be looked at."""
        return results

    def require(self, results: Results) -> None:
        """Check the results when all is done (if it ``looks``); raises CheckFailure."""

    def used(self, target: Any, right: Any) -> Used:
        """Return ``target``, a student's class or function, for the scenario to use."""
        return Used(self, target, right, made=False)

    def method(self, made: Any, name: str) -> Noted:
        """Return a method of an instance, looked up when it is called."""
        find = getattr(type(made), "grader_method", getattr)
        # The look-up may run the student's code and raise, so it is part of the step.
        return Noted(self, partial(find, made, name), name, of=made)

    def assign(self, made: Any, name: str, value: Any) -> None:
        """Set an attribute of an instance."""
        self.step(made, f"{name} = ", (value,), "", lambda: setattr(made, name, value))

    def step(
        self, of: Any, before: str, arguments: Sequence[Any], after: str, do: Callable[[], Any]
    ) -> Any:
        """Do something to the instance *of* (None: to no instance), and record it as a step."""
        letter, described = self._instances.get(id(of), ""), tuple(map(self.describe, arguments))
        self.steps.append(Step(letter, before, described, after, math.inf))
        result = do()
        self.steps[-1] = Step(letter, before, described, after, asked())
        return result

    def step_of_call(
        self, of: Any, name: str, arguments: Sequence[Any], do: Callable[[], Any]
    ) -> Any:
        """Do what calls *name* with these arguments, and record it as a step."""
        return self.step(of, f"{name}(", arguments, ")", do)

    def name_made(self, made: Any) -> None:
        """Give the next letter to the instance that the last step made."""
        letter = chr(ord("a") + len(self._instances) % 26)
        self._instances[id(made)] = letter
        self.steps[-1] = self.steps[-1]._replace(letter=letter)

    def describe(self, argument: Any) -> str | tuple[str, tuple[int, ...]]:
        """Return an argument as a step holds it, with its name in the run."""
        kind = type(argument)
        if kind is np.ndarray:
            return self._names.get(id(argument), ""), argument.shape
        if kind is float:
            return f"{argument:g}"
        if kind in UNCHANGEABLE:
            return repr(argument)
        return self._names.get(id(argument), "...")


class Noted:
    """A student's class, function or method; each call is recorded as a step of the caller."""

    __slots__ = ("_caller", "_find", "_name", "_of", "right")

    def __init__(
        self,
        caller: Caller,
        find: Callable[[], Any],
        name: str,
        *,
        of: Any = None,
        right: Any = None,
    ) -> None:
        self._caller, self._find, self._name, self._of = caller, find, name, of
        self.right = right

    def __call__(self, *arguments: Any) -> Any:
        made = self._note(arguments, lambda: self._find()(*arguments))
        if self.right is not None:
            self._caller.name_made(made)
        return made

    def apart(self, *arguments: Any) -> Any:
        """Call with copies of the arguments; return a copy of the result."""

        def do() -> Any:
            function = self._find()
            call = getattr(type(function), "grader_apart", None)  # one operation in isolation
            if call is not None:
                return call(function, *arguments)
            return snapshot(function(*map(snapshot, arguments)))

        return self._note(arguments, do)

    def _note(self, arguments: Sequence[Any], do: Callable[[], Any]) -> Any:
        return self._caller.step_of_call(self._of, self._name, arguments, do)


class Used:
    """A student's class, function or instance as a scenario uses it: through its caller."""

    __slots__ = ("_caller", "_made", "_right", "_target")

    def __init__(self, caller: Caller, target: Any, right: Any, *, made: bool) -> None:
        own = {"_caller": caller, "_target": target, "_right": right, "_made": made}
        for name, value in own.items():
            object.__setattr__(self, name, value)

    def __call__(self, *arguments: Any) -> Any:
        caller, right, target = self._caller, self._right, self._target
        if self._made:
            return caller.call(Noted(caller, lambda: target, "", of=target), "__call__", arguments)
        if not isinstance(right, type):
            noted = Noted(caller, lambda: target, right.__name__)
            return caller.call(noted, right.__name__, arguments)
        make = Noted(caller, lambda: target, right.__name__, right=right)
        return Used(caller, caller.make(make, arguments), right, made=True)

    def __getattr__(self, name: str) -> Any:
        if not callable(getattr(self._right, name, None)):
            return getattr(self._target, name)
        return partial(self._call, name)

    def _call(self, name: str, *arguments: Any) -> Any:
        caller = self._caller
        return caller.call(caller.method(self._target, name), name, arguments)

    def __setattr__(self, name: str, value: Any) -> None:
        self._caller.assign(self._target, name, value)


def peek(used: Any, name: str) -> Any:
    """Return an attribute; None, which is not looked at, if the student has none."""
    return act("peek", _target_of(used), name)


def repeat(times: int, used: Any, name: str, changed: Any, *arguments: Any) -> None:
    """Call the method *name* *times* times with *changed* and copies of the other arguments.

    All calls are one operation, with the time limit of one call, and no caller
    (:mod:`grader.checks.callers`) changes them.
    """
    target = _target_of(used)
    do = partial(act, "repeat", target, name, times, changed, *arguments)
    if isinstance(used, Used):
        given = (changed, *arguments)
        used._caller.step_of_call(target, f"{times} × {name}", given, do)
    else:
        do()


def several(times: int, used: Any, *arguments: Any) -> Any:
    """Call a function *times* times with the same arguments; return copies of its results.

    As with :func:`repeat` this is one operation, and no caller changes these calls.
    """
    do = partial(act, "several", _target_of(used), times, *arguments)
    if not isinstance(used, Used):
        return do()
    name = f"{times} × {used._right.__name__}"
    return used._caller.step_of_call(None, name, arguments, do)


def _target_of(used: Any) -> Any:
    return used._target if isinstance(used, Used) else used


#: Makes the caller of one execution.
Play = Callable[[Run], Caller]

#: A short function of the student's objects and one run that returns named results.
Scenario = Callable[..., Mapping[Any, Any]]


def or_after(**before: str) -> Callable[[Scenario], Scenario]:
    """Decorate a scenario that is tried again, if it raises, with further calls of methods.

    This is for calls that a student's code may rely on, though the task does not ask for them:
    with ``dloss_dw="forward"`` each call of dloss_dw comes after a forward of a copy of its first
    argument.
    """

    def decorate(scenario: Scenario) -> Scenario:
        def otherwise(subject: Any, *others: Any) -> Mapping[Any, Any]:
            return scenario(_Preceded(subject, before), *others)

        otherwise.func = scenario  # type: ignore[attr-defined]
        scenario.otherwise = otherwise  # type: ignore[attr-defined]
        return scenario

    return decorate


class _Preceded:
    """A class, or an instance of it, that calls another method before some of its methods."""

    __slots__ = ("_before", "_target")

    def __init__(self, target: Any, before: Mapping[str, str]) -> None:
        object.__setattr__(self, "_target", target)
        object.__setattr__(self, "_before", before)

    def __call__(self, *arguments: Any) -> _Preceded:
        return _Preceded(self._target(*arguments), self._before)

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._target, name)
        if name not in self._before:
            return found

        def call(*arguments: Any) -> Any:
            getattr(self._target, self._before[name])(snapshot(arguments[0]))
            return found(*arguments)

        return call

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._target, name, value)


def ways_of(scenario: Scenario) -> list[Scenario]:
    """Return the scenario, and what is tried if it raises."""
    return [scenario, *filter(None, [getattr(scenario, "otherwise", None)])]
