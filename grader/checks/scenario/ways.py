"""Scenarios, and what is tried instead where one raises."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from grader.checks.scenario.acts import snapshot

#: A short function of the student's objects and one run that returns named results.
Scenario = Callable[..., Mapping[Any, Any]]


def or_after(**before: str) -> Callable[[Scenario], Scenario]:
    """Decorate a scenario that is tried again, if it raises, with further calls of methods.

    For calls that a student's code may need, but need not: with ``dloss_dw="forward"`` each call of
    dloss_dw comes after a forward of a copy of its first argument.
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
