"""Calls that a caller makes in addition to the scenario's, or leaves out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from grader.checks.callers.perturbation import Perturbation, Perturbed, perturbation
from grader.checks.failure import CheckFailure
from grader.checks.purity import are_same
from grader.checks.scenario import Results, Run, moved
from grader.checks.scenario.using import Noted
from grader.words import say


class _CalledTwice(Perturbed):
    message = say("is different when the same call is made a second time")

    def call(self, function: Noted, name: str, arguments: Sequence[Any]) -> Any:
        if self.is_meant(name):
            function(*arguments)
        return function(*arguments)


def called_twice(*methods: str) -> Perturbation:
    """The calls of *methods* (of all, if none is named) are made twice; the second one counts."""
    return perturbation(_CalledTwice, methods=methods)


class _ResultsReadLate(Perturbed):
    message = say("is overwritten by the next call: return a new array each time")
    kind = "aliased"

    def __init__(self, run: Run) -> None:
        super().__init__(run)
        self._again: list[tuple[Callable[..., Any], Sequence[Any]]] = []

    def call(self, function: Noted, name: str, arguments: Sequence[Any]) -> Any:
        if self.is_meant(name):
            self._again.append((function, [moved(argument) for argument in arguments]))
        return function(*arguments)

    def end(self, results: Sequence[Any]) -> Sequence[Any]:
        for function, arguments in self._again:
            function(*arguments)
        return results


def results_read_late(*methods: str) -> Perturbation:
    """The calls of *methods* are made again with other numbers before the results are read."""
    return perturbation(_ResultsReadLate, methods=methods)


class _CallsLeftOut(Perturbed):
    message = say("is changed by the call")
    kind = "mutated"
    partial = True

    def call(self, function: Noted, name: str, arguments: Sequence[Any]) -> Any:
        return None if self.is_meant(name) else function(*arguments)


def calls_left_out(*methods: str) -> Perturbation:
    """The calls of *methods* (of all, if none is named) are left out; all else stays the same."""
    return perturbation(_CallsLeftOut, methods=methods)


def nothing_changed(*methods: str) -> list[Perturbation]:
    """Return what makes no difference if the calls of *methods* (or of all) change nothing."""
    return [called_twice(*methods), results_read_late(*methods), calls_left_out(*methods)]


class _CalledBetween(Perturbed):
    message = say("changes after a forward at test time")
    optional = True
    looks = True
    after = "forward"
    extra: Sequence[Any] = (False,)

    def make(self, make: Noted, arguments: Sequence[Any]) -> Any:
        self._anew = partial(make, *arguments)
        return make(*arguments)

    def call(self, function: Noted, name: str, arguments: Sequence[Any]) -> Any:
        result = function(*arguments)
        if name == self.after:
            between = function(moved(arguments[0]), *self.extra)
            if tuple(arguments[1:]) != tuple(self.extra):
                self.besides["_between"], self._usual = between, arguments
        return result

    def end(self, results: Sequence[Any]) -> Sequence[Any]:
        usual = self.method(self._anew(), self.after)
        self.besides["_usual"] = usual(moved(self._usual[0]), *self._usual[1:])
        return results

    def require(self, results: Results) -> None:
        # A method that ignores the extra arguments is charged elsewhere.
        if are_same(results["_between"], results["_usual"]):
            raise CheckFailure(self.message)


def called_between(after: str, *extra: Any) -> Perturbation:
    """After each call of the method *after*, it is called again with other numbers and *extra*.

    Left out if *extra* makes no difference to what it returns.
    """
    return perturbation(_CalledBetween, after=after, extra=extra)


class _FollowedBy(Perturbed):
    message = say("changes after a call that should not affect it")
    kind = "mutated"
    optional = True
    after = ""
    then = ""

    def make(self, make: Noted, arguments: Sequence[Any]) -> Any:
        self._made = make(*arguments)
        return self._made

    def call(self, function: Noted, name: str, arguments: Sequence[Any]) -> Any:
        result = function(*arguments)
        if name == self.after:
            self.method(self._made, self.then)(moved(arguments[0]))
        return result


def followed_by(after: str, then: str) -> Perturbation:
    """Each call of the method *after* is followed by one of *then*, with an input of its shape."""
    return perturbation(_FollowedBy, after=after, then=then)
