"""The reference with a student's parts in place of its own: what is right for these parts.

A student whose ``forward`` is wrong may write the same formula again in a ``train`` that does not
call it.  That is one mistake.  So the result of the reference's ``train`` with the student's own
``forward`` is right, too.  The student's objects are only called: each part in an instance made
for this one call, with copies.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import FunctionType
from typing import Any

import numpy as np

from grader.checks import plain
from grader.checks.asking import results_of_right
from grader.checks.believing import Asked, Belief, near
from grader.checks.failure import CheckFailure
from grader.checks.scenario import Results, Run, Scenario
from grader.checks.sharing import once


@dataclass(frozen=True, slots=True)
class Mixture:
    """The right results are the reference's with these *parts* of the student's."""

    scenario: Scenario
    parts: tuple[str, ...]
    believed: Belief | None = None

    def explains(self, run: Run, own: Results, asked: Asked, answers: list[Results]) -> bool:
        """Return whether the results are those of the mixture; raises CheckFailure if not."""
        asked.require(run, own, self._results(run, asked))
        return True

    def foresee(self, run: Run, asked: Asked) -> list[Results]:
        """Return the mixture's results in a run that no part has seen."""
        return [self._results(run, asked)]

    def is_foreseen(self, run: Run, own: Results, answers: list[Results], asked: Asked) -> bool:
        """Return whether the student's own results are roughly these."""
        right = answers[0]
        return all(near(own[name], right[name]) for name in asked.results or right)

    def _results(self, run: Run, asked: Asked) -> Results:
        def find() -> Results:
            with np.errstate(all="ignore"):
                return results_of_right(self.scenario, run, mixture_of(self.parts, asked))

        return once((self, run), find)


def mixture_of(parts: Sequence[str], asked: Asked) -> list[Any]:
    """Return the reference's objects with *parts* that call the student's.

    A part is a function, or a method of the first class that needs nothing but the attributes.
    """
    functions = {
        right.__name__: _function(right, place, asked)
        for place, right in enumerate(asked.rights)
        if right.__name__ in parts
    }
    first, *others = asked.rights
    is_class = isinstance(first, type)
    mixed = _class(first, parts, functions, asked) if is_class else _calling(functions, first)
    return [functions.get(right.__name__, right) for right in (mixed, *others)]


def _function(right: Callable[..., Any], place: int, asked: Asked) -> Callable[..., Any]:
    def called(*subjects: Any) -> Mapping[Any, Any]:
        return {"": subjects[place](*subjects[-1].arguments)}

    def function(*arguments: Any) -> Any:
        (own,) = asked.run(called, [Run(arguments=_copies(arguments))])
        return _like(own[""], right(*arguments))

    return function


def _class(
    right: type[Any], parts: Sequence[str], functions: Mapping[str, Any], asked: Asked
) -> type[Any]:
    def make(self: Any, *arguments: Any) -> None:
        self._made_of = arguments
        right.__init__(self, *arguments)

    body: dict[str, Any] = {
        name: _calling(functions, member)
        for name, member in vars(right).items()
        if isinstance(member, FunctionType)
    }
    members = [*body.values()]
    body |= {name: _method(right, name, asked) for name in parts if hasattr(right, name)}
    mixed = type(right.__name__, (right,), {**body, "__init__": make})
    for member in members:
        member.__globals__[right.__name__] = mixed  # for those that make further instances
    return mixed


def _calling(functions: Mapping[str, Any], member: FunctionType) -> FunctionType:
    """Return *member* with these functions in place of its module's."""
    known = {**member.__globals__, **functions}
    other = FunctionType(
        member.__code__, known, member.__name__, member.__defaults__, member.__closure__
    )
    other.__kwdefaults__ = member.__kwdefaults__
    return other


def _method(right: type[Any], name: str, asked: Asked) -> Callable[..., Any]:
    def called(*subjects: Any) -> Mapping[Any, Any]:
        *_, run = subjects
        made = subjects[0](*run.made_of)
        for attribute, value in run.attributes:
            setattr(made, attribute, value)
        return {"": getattr(made, name)(*run.arguments)}

    def method(self: Any, *arguments: Any) -> Any:
        first = vars(right(*_copies(self._made_of)))
        held = {key: value for key, value in vars(self).items() if not key.startswith("_")}
        # Only what has changed since: not every attribute can be set.
        set_since = {key: v for key, v in held.items() if not np.array_equal(v, first.get(key))}
        run = Run(
            made_of=_copies(self._made_of),
            attributes=[*zip(set_since, _copies([*set_since.values()]), strict=True)],
            arguments=_copies(arguments),
        )
        (own,) = asked.run(called, [run])
        alike: Any = object.__new__(right)
        vars(alike).update(held)
        return _like(own[""], getattr(alike, name)(*arguments))

    return method


def _copies(values: Sequence[Any]) -> list[Any]:
    return [copy.deepcopy(value) for value in values]


def _like(own: Any, right: Any) -> Any:
    """Return a student's numbers in the shape of the reference's; raises CheckFailure.

    They may have one more axis of length 1 at the front.
    """
    found, shape = plain.reals(own, name=""), np.shape(right)
    if found.shape not in (shape, (1, *shape)) and not found.size == np.size(right) == 1:
        raise CheckFailure("the part gives another shape", kind="shape")
    return found.astype(np.float64).reshape(shape)[()]
