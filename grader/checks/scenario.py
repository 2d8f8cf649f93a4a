"""What scenarios are made of: runs, what a scenario may do, and the callers that play it.

A scenario is a short function of the student's objects and one run's inputs.  It only *does*
things and returns named results; it checks nothing, catches nothing, and takes no turn that
depends on a result::

    def trained(Layer, run):
        layer = Layer(run.gamma, run.beta)
        out = layer.forward(run.x, True)
        return {"out": out, "dx": layer.backward(run.dout)}

A result under a tuple of names, ``{("losses", "weights"): net.train(x)}``, is taken apart.
:mod:`grader.checks.asking` runs scenarios, all runs of a test case in one message.  What a
scenario does to arrays of its own between two calls must travel in its order, too:
that is what :func:`fill`, :func:`overwrite`, :func:`rebind`, :func:`turned`,
:func:`parted`, :func:`joined`, :func:`peek`, :func:`repeat`, :func:`several`,
:func:`generator`, :func:`numbered` and :func:`snapshot` are for.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import Any, ClassVar

import numpy as np

from grader.isolation.arrays import ACTIONS, Formula
from grader.words import Words, say

Scenario = Callable[..., Mapping[Any, Any]]
#: Named results, as plain values (or handles of what is no data).
Results = dict[str | Words, Any]
_UNCHANGEABLE = frozenset((float, int, bool, str, type(None)))


class Keyed(dict[str, Any]):
    """A dictionary in a run whose keys are part of what is asked, as W1 and b1: they stay."""


class Run:
    """The inputs of one run of a scenario: ``Run(x=..., dout=...)`` is read as ``run.x``.

    Arrays are copied, so that no two runs share one; each time that a scenario is run it gets
    copies again, and keys of its own for the entries of dictionaries, so that a state which a
    student keeps by key, or in the class, does not spoil the runs after; not those of a
    :class:`Keyed` one.  ``about`` (may be
    empty) says which run this is, after a result's name: "dx *of 8 samples*".
    """

    def __init__(self, about: str | Words = "", /, **inputs: Any) -> None:
        self._about = about
        self._inputs = copy.deepcopy(inputs)
        shared = _shared(inputs)
        if shared:
            raise ValueError(
                f"The inputs {' and '.join(shared)} of a run are one array: whoever overwrites one "
                "overwrites the other; give each its own."
            )

    def __getattr__(self, name: str) -> Any:
        try:
            return self.__dict__["_inputs"][name]
        except KeyError:
            raise AttributeError(f"this run has no input {name!r}") from None

    @property
    def about(self) -> str | Words:
        """Which run this is, in words; empty where there is nothing to tell apart."""
        return self._about

    def named(self, result: str | Words) -> str | Words:
        """A result's name, with the run that it is of: "dx of 8 samples"."""
        return say("{name} {which}", name=result, which=self._about) if self._about else result

    @property
    def inputs(self) -> dict[str, Any]:
        """The inputs by name, not to be changed."""
        return self._inputs

    def with_inputs(self, inputs: Mapping[str, Any]) -> Run:
        """The same run with other ``inputs``."""
        other = Run(self._about)
        other._inputs = dict(inputs)
        return other

    def but(self, **inputs: Any) -> Run:
        """The same run with these inputs in place of its own."""
        return self.with_inputs({**self._inputs, **inputs})

    def fresh(self, mark: str = "") -> Run:
        """A copy for one execution; ``mark`` is added to the keys of dictionaries."""
        return self.with_inputs({key: _fresh(v, mark) for key, v in self._inputs.items()})


def stripped(result: Any, mark: str) -> Any:
    """``result``, with the keys of dictionaries as the run was written."""
    if type(result) is dict and mark:
        return {
            key.removesuffix(mark) if type(key) is str else key: entry
            for key, entry in result.items()
        }
    return result


def _fresh(value: Any, mark: str) -> Any:
    kind = type(value)
    if kind is np.ndarray:
        return value.copy("K")
    if kind is Keyed:
        return {key: _fresh(entry, "") for key, entry in value.items()}
    if kind is dict:
        return {
            key + mark if type(key) is str else key: _fresh(entry, "")
            for key, entry in value.items()
        }
    if kind in (list, tuple):
        return kind([_fresh(entry, mark) for entry in value])
    return value if kind in _UNCHANGEABLE else copy.deepcopy(value)


def _shared(inputs: Mapping[str, Any]) -> tuple[str, str] | None:
    """The names of two inputs that hold arrays in the same memory."""
    seen: list[tuple[str, np.ndarray[Any, Any]]] = []
    for name, value in inputs.items():
        for array in _arrays(value):
            for other, before in seen:
                if np.may_share_memory(array, before):
                    return other, name
            seen.append((name, array))
    return None


def parts_of(value: Any) -> Iterator[Any]:
    """The lists, dictionaries and arrays in a value, and itself."""
    if isinstance(value, list | tuple | dict):
        yield value
        for entry in value.values() if isinstance(value, dict) else value:
            yield from parts_of(entry)
    elif isinstance(value, np.ndarray):
        yield value


def _arrays(value: Any) -> Iterator[np.ndarray[Any, Any]]:
    return (part for part in parts_of(value) if isinstance(part, np.ndarray))


# What a scenario may do besides using the student's objects

Act = Callable[..., Any]


def act_here(action: str, *arguments: Any) -> Any:
    return ACTIONS[action](*arguments)


_act: ContextVar[Act] = ContextVar("act", default=act_here)


def act(action: str, *arguments: Any) -> Any:
    """Do one of the ACTIONS, in the order of the calls."""
    return _act.get()(action, *arguments)


@contextmanager
def acting(do: Act) -> Iterator[None]:
    """While it lasts, *do* is called in place of all actions."""
    token = _act.set(do)
    try:
        yield
    finally:
        _act.reset(token)


def fill(target: Any, values: Any) -> None:
    """Write ``values`` into an array, or in place of the entries of a dictionary."""
    _act.get()("fill", target, values)


def overwrite(thing: Any) -> None:
    """Change every entry of an array, or of the arrays in a dictionary, list or tuple."""
    _act.get()("overwrite", thing)


def shift(params: Any, amount: float) -> None:
    """Add ``amount`` to the arrays in a dictionary, in place."""
    _act.get()("shift", params, amount)


def rebind(params: Any, amount: float) -> None:
    """Put new arrays, moved by ``amount``, in place of those in a dictionary."""
    _act.get()("rebind", params, amount)


def turned(mapping: Any, places: int) -> Any:
    """Make a new dictionary with copies of the arrays in one, its keys turned by *places*."""
    return _act.get()("turned", mapping, places)


def snapshot(thing: Any) -> Any:
    """Copy arrays, and lists, tuples and dictionaries of them, as they are now."""
    return _act.get()("snapshot", thing)


def numbered(thing: Any) -> Any:
    """Copy a result, with 1.0 and 0.0 for True and False, where a text accepts these."""
    return _act.get()("numbered", thing)


def moved(argument: Any) -> Any:
    """Other numbers in an array, or in the arrays of a dictionary; anything else as it is."""
    is_plain = argument is None or isinstance(argument, bool | int | float | str)
    return argument if is_plain else _act.get()("moved", argument)


def parted(arrays: Any) -> Any:
    """Make a dictionary with an array for each entry of those in one, which alone travels."""
    return _act.get()("parted", arrays)


def joined(parts: Any) -> Any:
    """The arrays that were :func:`parted`, as their parts are now."""
    return _act.get()("joined", parts)


def peek(used: Any, name: str) -> Any:
    """An attribute; None, and not looked at, where the student has none."""
    target = used._target if isinstance(used, Used) else used
    return _act.get()("peek", target, name)


def repeat(times: int, used: Any, name: str, changed: Any, *arguments: Any) -> None:
    """Call a method so many times with *changed* and copies of the rest, in one operation.

    It has the time of one call, and no caller stands in between: what else one may do
    (:mod:`grader.checks.callers`) is not done to these calls.
    """
    target = used._target if isinstance(used, Used) else used

    def do() -> None:
        _act.get()("repeat", target, name, times, changed, *arguments)

    if target is used:
        do()
    else:
        caller = used._caller
        given = ", ".join(map(caller.describe, (changed, *arguments)))
        caller.step(target, f"{times} × {name}({given})", do)


def several(times: int, used: Any, *arguments: Any) -> Any:
    """Call a function so many times with the same arguments; copies of the results, in a list.

    As with :func:`repeat` that is one operation, and no caller stands in between.
    """
    if not isinstance(used, Used):
        return _act.get()("several", used, times, *arguments)
    target, caller, name = used._target, used._caller, used._right.__name__
    given = ", ".join(map(caller.describe, arguments))
    do = partial(_act.get(), "several", target, times, *arguments)
    return caller.step(None, f"{times} × {name}({given})", do)


def generator(seed: int) -> Any:
    """Make a ``np.random.Generator`` for the student's code to draw from, one a call of this."""
    return _act.get()("generator", seed)


def or_after(**before: str) -> Callable[[Scenario], Scenario]:
    """Decorate a scenario that is tried again, where it raises, with more calls of methods.

    For what a student's code may ask of its caller, and need not: with ``dloss_dw="forward"`` each
    call of dloss_dw comes after a forward of a copy of its first argument.
    """

    def decorate(scenario: Scenario) -> Scenario:
        def otherwise(subject: Any, *others: Any) -> Mapping[Any, Any]:
            return scenario(_Preceded(subject, before), *others)

        otherwise.func = scenario  # type: ignore[attr-defined]
        scenario.otherwise = otherwise  # type: ignore[attr-defined]
        return scenario

    return decorate


class _Preceded:
    """A class, or an instance of it, of which some methods are called after another one."""

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
    """The scenario, and what is tried where it raises."""
    return [scenario, *filter(None, [getattr(scenario, "otherwise", None)])]


# How a student's objects are used


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
        self.step(made, f"{name} = {self.describe(value)}", lambda: setattr(made, name, value))

    def step(self, of: Any, text: str, do: Callable[[], Any]) -> Any:
        """Do something to the instance *of* (None: to no instance), and note it as a step."""
        letter = self._instances.get(id(of), "")
        self.steps.append((letter, text, math.inf))
        result = do()
        self.steps[-1] = letter, text, _asked()
        return result

    def name_made(self, made: Any) -> None:
        """Give the instance that the last step made the next letter."""
        letter = chr(ord("a") + len(self._instances) % 26)
        self._instances[id(made)] = letter
        _, text, asked = self.steps[-1]
        self.steps[-1] = letter, text, asked

    def describe(self, argument: Any) -> str:
        """An argument in code, with the name that the run gives it."""
        kind = type(argument)
        if kind is np.ndarray:
            name = self._names.get(id(argument), "an array")
            return f"{name} of shape {argument.shape}"
        if kind is float:
            return f"{argument:g}"
        if kind in _UNCHANGEABLE:
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
        text = f"{self._name}({', '.join(map(self._caller.describe, arguments))})"
        return self._caller.step(self._of, text, do)


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


#: What was done to which instance (a letter, or none), and how many operations had been asked
#: for by then.
Step = tuple[str, str, float]
#: Makes the caller of one execution.
Play = Callable[[Run], Caller]


def _asked() -> int:
    """How many operations have been asked for in the queue that is being filled."""
    remote = getattr(_act.get(), "__self__", None)
    return 0 if remote is None else int(remote.asked)
