"""What a caller makes instances with, how it uses them before, and which others it makes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from grader.checks.callers.perturbation import Perturbation, Perturbed, perturbation
from grader.checks.scenario import moved, snapshot
from grader.checks.scenario.using import Noted, Used
from grader.words import say


class _UsedBefore(Perturbed):
    message = say("depends on what the same object was used for before")
    before: Callable[..., Any]
    first: Sequence[Any] = ()
    attributes: Mapping[str, Any] = {}

    def make(self, make: Noted, arguments: Sequence[Any]) -> Any:
        made = make(*self.first) if self.attributes else make(*arguments)
        self.before(Used(self, made, make.right, made=True))
        for name, value in self.attributes.items():
            self.assign(made, name, self.run.inputs[value] if isinstance(value, str) else value)
        return made


def used_before(
    before: Callable[[Any], Any], *, first: Sequence[Any] = (), **attributes: Any
) -> Perturbation:
    """Each instance is first used by ``before(instance)``: with other sizes, other numbers.

    With *attributes* it is made with *first*, and the attributes are set afterwards, from outside:
    to values, or to the run's inputs of these names.
    """
    return perturbation(
        _UsedBefore, before=staticmethod(before), first=first, attributes=attributes
    )


class _SetFromOutside(Perturbed):
    message = say("is different when the same numbers are set from outside")
    without: Collection[str] = ()
    attributes: Sequence[str] = ()

    def make(self, make: Noted, arguments: Sequence[Any]) -> Any:
        right = make(*arguments)
        self._values = [(name, getattr(right, name)) for name in self.attributes]
        self._made, self._is_set = make(*_others(arguments)), False
        return self._made

    def call(self, function: Noted, name: str, arguments: Sequence[Any]) -> Any:
        if not self._is_set:
            function(*map(moved, arguments))
            for attribute, value in self._values:
                self.assign(self._made, attribute, value)
            self._is_set = True
        return None if name in self.without else function(*arguments)


def set_from_outside(
    *attributes: str, without: Collection[str] = (), optional: bool = False
) -> Perturbation:
    """Each instance is made with other numbers and called with others before it is set right.

    Its *attributes* are set to those of one that was made as the scenario says.  From then on the
    calls of the methods *without* are left out.
    """
    way = perturbation(_SetFromOutside, without=without, attributes=attributes)
    return replace(way, optional=optional, partial=bool(without))


class _MadeAnew(Perturbed):
    message = say("does not go on from the values that the object holds at that time")
    attributes: Sequence[str] = ()

    def make(self, make: Noted, arguments: Sequence[Any]) -> Any:
        self._make, self._made = make, make(*arguments)
        return self._made

    def call(self, function: Noted, name: str, arguments: Sequence[Any]) -> Any:
        self._made = self._make([snapshot(getattr(self._made, a)) for a in self.attributes])
        return self.method(self._made, name)(*arguments)


def made_anew(*attributes: str) -> Perturbation:
    """Each call uses a new instance, made with a list of the last one's *attributes*."""
    return perturbation(_MadeAnew, attributes=attributes)


class _AnotherInstance(Perturbed):
    message = say(
        "depends on what another instance does: state is shared (a class attribute, a mutable "
        "default or a global?)"
    )
    kind = "shared_state"
    other: Sequence[Any] = ()
    alike = False

    def make(self, make: Noted, arguments: Sequence[Any]) -> Any:
        other = self.other or _others(arguments)
        self._second = make(*(arguments if self.alike else other))
        made = make(*arguments)
        make(*other)  # dropped at once
        return made

    def call(self, function: Noted, name: str, arguments: Sequence[Any]) -> Any:
        other = list(map(moved, arguments))  # before the call may change them
        result = function(*arguments)
        self.method(self._second, name)(*other)
        return result


def another_instance(*other: Any, alike: bool = False) -> Perturbation:
    """A second instance, made with *other*, is used in turn, and a third one made and dropped.

    With *alike* the second is made with the same arguments as the first.
    """
    return perturbation(_AnotherInstance, other=other, alike=alike)


def _others(arguments: Sequence[Any]) -> list[Any]:
    """Return other arguments of the same kinds, to make another instance with."""
    return [
        0.5 * a if type(a) is float else _others(a) if type(a) is list else moved(a)
        for a in arguments
    ]


class _DefaultsLeftOut(Perturbed):
    message = say("changes when an argument with a default is left out")
    kind = "value"
    defaults: Collection[Any] = ()
    after: Sequence[Any] = ()

    def make(self, make: Noted, arguments: Sequence[Any]) -> Any:
        if self.after:
            make(*self.after)
        return make(*self._without(arguments))

    def call(self, function: Noted, name: str, arguments: Sequence[Any]) -> Any:
        return function(*self._without(arguments))

    def _without(self, arguments: Sequence[Any]) -> Sequence[Any]:
        few = len(arguments)
        while few and self._is_default(arguments[few - 1]):
            few -= 1
        return arguments[:few]

    def _is_default(self, argument: Any) -> bool:
        return any(type(argument) is type(d) and argument == d for d in self.defaults)


def defaults_left_out(*defaults: bool | float, after: Sequence[Any] = ()) -> Perturbation:
    """The last arguments of each call, and of the class, are left out if they are *defaults*.

    So a flag is left out where it is True, and passed where it is False.  With *after* another
    instance is made first, with these arguments.
    """
    return perturbation(_DefaultsLeftOut, defaults=defaults, after=after)


class _JustAbove(Perturbed):
    message = say("is different at 0 than just above 0, as if 0 meant that nothing is given")
    kind = "value"

    def make(self, make: Noted, arguments: Sequence[Any]) -> Any:
        return make(*(1e-12 if type(a) is float and a == 0 else a for a in arguments))


def just_above_zero() -> Perturbation:
    """Instances are made with 1e-12 in place of each 0.0."""
    return perturbation(_JustAbove)
