"""How a scenario uses a student's objects: through a caller, who notes each step."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, ClassVar, NamedTuple

import numpy as np

from grader.checks.scenario.acts import act, asked, snapshot
from grader.checks.scenario.run import UNCHANGEABLE, Results, Run, parts_of
from grader.sandbox.wire.arrays import Formula
from grader.words import Words, join, say


class Step(NamedTuple):
    """What was done to which instance (a letter, or none).

    The ``arguments`` stand between what is ``before`` and ``after`` them; those that are arrays
    are a name (or none) and a shape.  ``asked`` is how many operations had been asked for by then.
    """

    letter: str
    before: str
    arguments: tuple[str | tuple[str, tuple[int, ...]], ...]
    after: str
    asked: float

    def tell(self) -> Words:
        """Say it as code, with the shapes of arrays in words."""
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
    """Uses a student's objects in one execution of a scenario, as a tidy caller does.

    What else a caller may do is a subclass (:mod:`grader.checks.callers`).  ``steps`` says
    what was done, call by call.
    """

    looks: ClassVar[bool] = False  # whether it looks at its inputs, or results, in the end

    def __init__(self, run: Run) -> None:
        self.run = run
        self.besides: dict[str, Any] = {}  # results of its own, for it to look at
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
        """Finish the execution: the results to be looked at."""
        return results

    def require(self, results: Results) -> None:
        """Raise CheckFailure for what went wrong, seen when all has been done (if it ``looks``)."""

    def used(self, target: Any, right: Any) -> Used:
        """``target``, a student's class or function, for the scenario to use."""
        return Used(self, target, right, made=False)

    def method(self, made: Any, name: str) -> Noted:
        """A method of an instance, looked up when it is called where that can be had."""
        find = getattr(type(made), "grader_method", None)
        # Where it is not to be had, nobody has been asked for it yet, and that may raise, too.
        function = partial(find, made, name) if find else partial(getattr, made, name)
        return Noted(self, function, name, of=made)

    def assign(self, made: Any, name: str, value: Any) -> None:
        """Set an attribute of an instance."""
        self.step(made, f"{name} = ", (value,), "", lambda: setattr(made, name, value))

    def step(
        self, of: Any, before: str, arguments: Sequence[Any], after: str, do: Callable[[], Any]
    ) -> Any:
        """Do something to the instance *of* (None: to no instance), and note it as a step."""
        letter, described = self._instances.get(id(of), ""), tuple(map(self.describe, arguments))
        self.steps.append(Step(letter, before, described, after, math.inf))
        result = do()
        self.steps[-1] = Step(letter, before, described, after, asked())
        return result

    def step_of_call(
        self, of: Any, name: str, arguments: Sequence[Any], do: Callable[[], Any]
    ) -> Any:
        """Do what calls *name* with these arguments, and note it as a step."""
        return self.step(of, f"{name}(", arguments, ")", do)

    def name_made(self, made: Any) -> None:
        """Give the instance that the last step made the next letter."""
        letter = chr(ord("a") + len(self._instances) % 26)
        self._instances[id(made)] = letter
        self.steps[-1] = self.steps[-1]._replace(letter=letter)

    def describe(self, argument: Any) -> str | tuple[str, tuple[int, ...]]:
        """An argument as a step has it, with the name that the run gives it."""
        kind = type(argument)
        if kind is np.ndarray:
            return self._names.get(id(argument), ""), argument.shape
        if kind is float:
            return f"{argument:g}"
        if kind in UNCHANGEABLE:
            return repr(argument)
        return self._names.get(id(argument), "...")


class Noted:
    """A student's class, function or method as a caller has it: each call is one of its steps."""

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
        """Call with copies of the arguments; a copy of the result."""
        return self._note(arguments, lambda: _apart(self._find(), arguments))

    def _note(self, arguments: Sequence[Any], do: Callable[[], Any]) -> Any:
        return self._caller.step_of_call(self._of, self._name, arguments, do)


def _apart(function: Callable[..., Any], arguments: Sequence[Any]) -> Any:
    """Isolated, calling a method so is one operation."""
    call = getattr(type(function), "grader_apart", None)
    return call(function, *arguments) if call else snapshot(function(*map(snapshot, arguments)))


class Used:
    """A student's class, function or instance, as a scenario uses it: through its caller."""

    __slots__ = ("_caller", "_made", "_right", "_target")

    def __init__(self, caller: Caller, target: Any, right: Any, *, made: bool) -> None:
        for name, value in zip(
            ("_caller", "_target", "_right", "_made"), (caller, target, right, made), strict=True
        ):
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
    """An attribute; None, and not looked at, where the student has none."""
    return act("peek", _target_of(used), name)


def repeat(times: int, used: Any, name: str, changed: Any, *arguments: Any) -> None:
    """Call a method so many times with *changed* and copies of the rest, in one operation.

    It has the time of one call, and no caller stands in between: what else one may do
    (:mod:`grader.checks.callers`) is not done to these calls.
    """
    target = _target_of(used)
    do = partial(act, "repeat", target, name, times, changed, *arguments)
    if isinstance(used, Used):
        given = (changed, *arguments)
        used._caller.step_of_call(target, f"{times} × {name}", given, do)
    else:
        do()


def several(times: int, used: Any, *arguments: Any) -> Any:
    """Call a function so many times with the same arguments; copies of the results, in a list.

    As with :func:`repeat` that is one operation, and no caller stands in between.
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
