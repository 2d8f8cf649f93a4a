"""What a caller may do to arrays and dictionaries that it passed or got back."""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Sequence
from typing import Any

import numpy as np

from grader.checks.callers.perturbation import Perturbation, Perturbed, perturbation
from grader.checks.scenario import Caller, Run, fill, overwrite, snapshot, turned
from grader.checks.scenario.using import Noted
from grader.words import say


class _ArgumentsOverwritten(Perturbed):
    message = say("changes when the caller overwrites an argument after the call: keep a copy")
    kind = "aliased"
    made = False  # whether it also overwrites what an instance is made of

    def make(self, make: Noted, arguments: Sequence[Any]) -> Any:
        made = make(*arguments)
        if self.made:
            self._overwrite(arguments)
        return made

    def call(self, function: Noted, name: str, arguments: Sequence[Any]) -> Any:
        # Copies: the scenario may use an array again, with its own numbers.
        given = [self._own(argument) for argument in arguments]
        result = function(*given)
        self._overwrite(g for g, a in zip(given, arguments, strict=True) if g is not a)
        return result

    def _own(self, argument: Any) -> Any:
        if id(argument) not in self._names or not isinstance(argument, np.ndarray | dict):
            return argument
        return copy.deepcopy(argument)

    def _overwrite(self, arguments: Any) -> None:
        for argument in arguments:
            if isinstance(argument, np.ndarray | dict | list):
                overwrite(argument)


def arguments_overwritten(*, made: bool = False) -> Perturbation:
    """The caller overwrites each array that it passed, as soon as the call returns.

    With *made* it also overwrites what instances are made of.
    """
    return perturbation(_ArgumentsOverwritten, made=made)


class _MadeOfArrays(_ArgumentsOverwritten):
    optional = True
    made = True

    def make(self, make: Noted, arguments: Sequence[Any]) -> Any:
        return super().make(make, [np.array(a) if type(a) is list else a for a in arguments])


def made_of_arrays() -> Perturbation:
    """Instances are made of arrays in place of lists, and the caller overwrites the arrays."""
    return perturbation(_MadeOfArrays)


class _ResultsOverwritten(Perturbed):
    message = say("changes when the caller overwrites what it got back: keep a copy")
    kind = "aliased"

    def call(self, function: Noted, name: str, arguments: Sequence[Any]) -> Any:
        result = function(*arguments)
        if not self.is_meant(name):
            return result
        seen = snapshot(result)
        overwrite(result)
        return seen


def results_overwritten(*methods: str) -> Perturbation:
    """The caller overwrites what it got back, like a next layer that works in place."""
    return perturbation(_ResultsOverwritten, methods=methods)


class _BuffersReused(Perturbed):
    message = say("changes when the caller reuses one array with new numbers in it")
    kind = "aliased"
    keep: Collection[str] = ()

    def __init__(self, run: Run) -> None:
        super().__init__(run)
        self._buffers: dict[tuple[Any, ...], Any] = {}

    def call(self, function: Noted, name: str, arguments: Sequence[Any]) -> Any:
        given = [
            a if self._names.get(id(a)) in self.keep else self._filled((name, place), a)
            for place, a in enumerate(arguments)
        ]
        return function(*given)

    def _filled(self, key: tuple[Any, ...], argument: Any) -> Any:
        if type(argument) is dict:
            filled = {k: self._filled((*key, k), entry) for k, entry in argument.items()}
            return self._buffers.setdefault((*key, *argument), filled)
        if type(argument) is not np.ndarray:
            return argument
        key = (*key, argument.shape)
        if key not in self._buffers:
            self._buffers[key] = argument.copy()
        else:
            fill(self._buffers[key], argument)
        return self._buffers[key]


def buffers_reused(*keep: str) -> Perturbation:
    """All calls get the same arrays, in the same dictionaries, overwritten in between.

    The inputs named in *keep* are passed as they are.
    """
    return perturbation(_BuffersReused, keep=keep)


class _OtherDictionaries(Perturbed):
    message = say("changes when the same numbers arrive in other objects, or in another order")
    changed: Collection[str] = ()  # inputs that a call may change
    places = 1  # by which each call rotates the keys further; 0: all calls by 1

    def __init__(self, run: Run) -> None:
        super().__init__(run)
        self._turned = 0

    def call(self, function: Noted, name: str, arguments: Sequence[Any]) -> Any:
        self._turned = self._turned + self.places if self.places else 1
        given = [turned(a, self._turned) if type(a) is dict else a for a in arguments]
        pairs = zip(arguments, given, strict=True)
        changed = [(own, new) for own, new in pairs if self._names.get(id(own)) in self.changed]
        for own, _ in changed:
            overwrite(own)  # what the last call left in it is the caller's
        result = function(*given)
        for own, new in changed:
            fill(own, new)  # the scenario goes on with its own
        return result


def other_dictionaries(*changed: str) -> Perturbation:
    """Each call gets new dictionaries, their keys in another order.

    The inputs named in *changed* are those that calls change: the next call gets a copy of what
    is in them, and the original is overwritten.
    """
    return perturbation(_OtherDictionaries, changed=changed)


def in_one_other_order(*changed: str) -> Callable[[Run], Caller]:
    """Return what makes a caller whose dictionaries all have the same other order of keys."""
    return perturbation(_OtherDictionaries, changed=changed, places=0).play
