"""What a caller may do that must change nothing: each is a way to run a scenario again.

Each is a relation that holds for every correct solution, whatever its formula: what a student's
code gives must stay what it gave a tidy caller.  So a wrong formula costs nothing here.  Each
finds one kind of mistake:

==========================  =========================================================
``arguments_overwritten``   an argument is kept and read later, without a copy
``results_overwritten``     a result is handed out that is needed later, without a copy
``buffers_reused``          arrays are told apart by their identity, or kept without a copy
``ArgumentsKept``           an argument is changed
``called_twice``            a call uses up, or adds to, what another one left behind
``results_read_late``       a result is written over by the next call
``made_of_arrays``          the array that an instance is made of is kept without a copy
``used_before``             what an earlier run left behind is not replaced: caches, sizes
``set_from_outside``        attributes that are set later are not looked at
``made_anew``               a call goes on from something else than the attributes
``calls_left_out``          a call changes what it should leave alone
``another_instance``        state on the class or in the module, shared by all instances
``other_dictionaries``      state kept by object, or by the order of keys
``defaults_left_out``       another default, or one that is remembered from a call before
``just_above_zero``         a setting of 0 is taken for none (``momentum or 0.9``)
``called_between``          a test-time call in between replaces what training left behind
``followed_by``             a call changes what another method has made
==========================  =========================================================
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, ClassVar

import numpy as np

from grader.checks.failure import CheckFailure
from grader.checks.purity import are_same, require_unchanged
from grader.checks.scenario import (
    Caller,
    Noted,
    Results,
    Run,
    Used,
    fill,
    moved,
    overwrite,
    snapshot,
    turned,
)
from grader.words import Words, say


@dataclass(frozen=True, slots=True)
class Perturbation:
    """One way to run a scenario: ``play`` makes its caller; where results differ, ``message`` is
    said of them.

    One that is ``optional`` is left out where what it does besides raises: that is charged
    elsewhere.  Under one that is ``partial`` a result that is None is passed over.
    """

    play: Callable[[Run], Caller]
    message: Words
    kind: str = "order"
    optional: bool = False
    partial: bool = False


def others(arguments: Sequence[Any]) -> list[Any]:
    """What another instance is made of: other numbers of the same kind."""
    return [
        0.5 * a if type(a) is float else others(a) if type(a) is list else moved(a)
        for a in arguments
    ]


def _perturbation(kind: type[_Perturbed], **settings: Any) -> Perturbation:
    def play(run: Run) -> Caller:
        caller = kind(run)
        for name, value in settings.items():
            setattr(caller, name, value)
        return caller

    return Perturbation(play, kind.message, kind.kind, kind.optional, kind.partial)


class _Perturbed(Caller):
    message: ClassVar[Words]
    kind: ClassVar[str] = "order"
    optional: ClassVar[bool] = False
    partial: ClassVar[bool] = False
    methods: Collection[str] = ()  # empty: all

    def _is_meant(self, name: str) -> bool:
        return not self.methods or name in self.methods


# Arguments and results


class ArgumentsKept(Caller):
    """A tidy caller who looks at the ``inputs`` of these names afterwards."""

    looks = True
    inputs: Collection[str] = ()

    def __init__(self, run: Run) -> None:
        super().__init__(run)
        self._before = copy.deepcopy(dict(run.inputs))

    def require(self, results: Results) -> None:
        """Raise CheckFailure where an input is not, bit by bit, what it was."""
        for name in self.inputs:
            require_unchanged(self._before[name], self.run.inputs[name], name)


def keeping(inputs: Sequence[str]) -> Callable[[Run], Caller]:
    """Return what makes a caller that looks at these arguments afterwards, or a tidy one."""

    def play(run: Run) -> Caller:
        caller = ArgumentsKept(run)
        caller.inputs = inputs
        return caller

    return play if inputs else Caller


class Apart(Caller):
    """Passes copies of its arrays and copies each result at once: aliasing shows nowhere."""

    def call(self, function: Noted, name: str, arguments: Sequence[Any]) -> Any:
        """Call with copies; a copy of the result."""
        return function.apart(*arguments)


class _ArgumentsOverwritten(_Perturbed):
    message = say("changes when the caller overwrites an argument after the call: keep a copy")
    kind = "aliased"
    made = False  # whether also what an instance is made of

    def make(self, make: Noted, arguments: Sequence[Any]) -> Any:
        made = make(*arguments)
        if self.made:
            self._overwrite(arguments)
        return made

    def call(self, function: Noted, name: str, arguments: Sequence[Any]) -> Any:
        # The scenario may use an array again, with the numbers that it had.
        given = [self._own(argument) for argument in arguments]
        result = function(*given)
        if self._is_meant(name):
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
    """The caller overwrites each array that it passed, as soon as the call is back.

    With *made* also what instances are made of.
    """
    return _perturbation(_ArgumentsOverwritten, made=made)


class _MadeOfArrays(_ArgumentsOverwritten):
    optional = True
    made = True

    def make(self, make: Noted, arguments: Sequence[Any]) -> Any:
        return super().make(make, [np.array(a) if type(a) is list else a for a in arguments])


def made_of_arrays() -> Perturbation:
    """Instances are made of arrays in place of lists, and the caller overwrites these."""
    return _perturbation(_MadeOfArrays)


class _ResultsOverwritten(_Perturbed):
    message = say("changes when the caller overwrites what it got back: keep a copy")
    kind = "aliased"

    def call(self, function: Noted, name: str, arguments: Sequence[Any]) -> Any:
        result = function(*arguments)
        if not self._is_meant(name):
            return result
        seen = snapshot(result)
        overwrite(result)
        return seen


def results_overwritten(*methods: str) -> Perturbation:
    """The caller overwrites what it got back, as a next layer does that works in place."""
    return _perturbation(_ResultsOverwritten, methods=methods)


class _BuffersReused(_Perturbed):
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
    """All calls get the same arrays, in the same dictionaries, written over in between.

    Not the inputs named in *keep*.
    """
    return _perturbation(_BuffersReused, keep=keep)


class _OtherDictionaries(_Perturbed):
    message = say("changes when the same numbers arrive in other objects, or in another order")
    changed: Collection[str] = ()  # inputs that a call may change
    places = 1  # by which each call turns the keys further than the one before

    def __init__(self, run: Run) -> None:
        super().__init__(run)
        self._turned = 0

    def call(self, function: Noted, name: str, arguments: Sequence[Any]) -> Any:
        self._turned = self._turned + self.places if self.places else 1
        given = [turned(a, self._turned) if type(a) is dict else a for a in arguments]
        own = [self._names.get(id(a)) in self.changed for a in arguments]
        for argument, is_changed in zip(arguments, own, strict=True):
            if is_changed:
                overwrite(argument)  # what the call before gave back is the caller's
        result = function(*given)
        for argument, new, is_changed in zip(arguments, given, own, strict=True):
            if is_changed:
                fill(argument, new)  # the scenario goes on with its own
        return result


def other_dictionaries(*changed: str) -> Perturbation:
    """Each call gets new dictionaries, their keys in another order.

    Those named in *changed* are what calls change: what is in them afterwards is handed to the
    next call as a copy, and overwritten.
    """
    return _perturbation(_OtherDictionaries, changed=changed)


def in_one_other_order(*changed: str) -> Callable[[Run], Caller]:
    """Return what makes a caller whose dictionaries have all the same other order of keys."""
    return _perturbation(_OtherDictionaries, changed=changed, places=0).play


# Calls more than the scenario's


class _CalledTwice(_Perturbed):
    message = say("is different when the same call is made a second time")

    def call(self, function: Noted, name: str, arguments: Sequence[Any]) -> Any:
        if self._is_meant(name):
            function(*arguments)
        return function(*arguments)


def called_twice(*methods: str) -> Perturbation:
    """The calls of *methods* (all, where none is named) are made twice; the second one counts."""
    return _perturbation(_CalledTwice, methods=methods)


class _ResultsReadLate(_Perturbed):
    message = say("is overwritten by the next call: return a new array each time")
    kind = "aliased"

    def __init__(self, run: Run) -> None:
        super().__init__(run)
        self._again: list[tuple[Callable[..., Any], Sequence[Any]]] = []

    def call(self, function: Noted, name: str, arguments: Sequence[Any]) -> Any:
        if self._is_meant(name):
            self._again.append((function, [moved(argument) for argument in arguments]))
        return function(*arguments)

    def end(self, results: Sequence[Any]) -> Sequence[Any]:
        for function, arguments in self._again:
            function(*arguments)
        return results


def results_read_late(*methods: str) -> Perturbation:
    """The calls of *methods* are made again with other numbers before the results are read."""
    return _perturbation(_ResultsReadLate, methods=methods)


class _UsedBefore(_Perturbed):
    message = say("depends on what the same object was used for before")
    made: Any = None
    before: Callable[..., Any]
    attributes: Mapping[str, str] = {}

    def make(self, make: Noted, arguments: Sequence[Any]) -> Any:
        made = make(*self.first) if self.attributes else make(*arguments)
        self.before(Used(self, made, make.right, made=True))
        for name, value in self.attributes.items():
            self.assign(made, name, self.run.inputs[value] if isinstance(value, str) else value)
        return made

    first: Sequence[Any] = ()


def used_before(
    before: Callable[[Any], Any], *, first: Sequence[Any] = (), **attributes: Any
) -> Perturbation:
    """Each instance is used by ``before(instance)`` first: other sizes, other numbers.

    With *attributes* it is made of *first* and these are set afterwards, from outside: values,
    or functions of the run.
    """
    return _perturbation(
        _UsedBefore, before=staticmethod(before), first=first, attributes=attributes
    )


class _SetFromOutside(_Perturbed):
    message = say("is different when the same numbers are set from outside")
    without: Collection[str] = ()
    attributes: Sequence[str] = ()

    def make(self, make: Noted, arguments: Sequence[Any]) -> Any:
        right = make(*arguments)
        self._values = [(name, getattr(right, name)) for name in self.attributes]
        self._made, self._is_set = make(*others(arguments)), False
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
    """Each instance is made of other numbers, called with others, and only then set right.

    Its *attributes* are set to those of one that was made as the scenario says.  The calls of the
    methods *without* are left out from then on.
    """
    way = _perturbation(_SetFromOutside, without=without, attributes=attributes)
    return replace(way, optional=optional)


class _MadeAnew(_Perturbed):
    message = say("does not go on from the values that the object holds at that time")
    attributes: Sequence[str] = ()

    def make(self, make: Noted, arguments: Sequence[Any]) -> Any:
        self._make, self._made = make, make(*arguments)
        return self._made

    def call(self, function: Noted, name: str, arguments: Sequence[Any]) -> Any:
        self._made = self._make([snapshot(getattr(self._made, a)) for a in self.attributes])
        return self.method(self._made, name)(*arguments)


def made_anew(*attributes: str) -> Perturbation:
    """Each call is of a new instance, made of the list of the *attributes* of the one before."""
    return _perturbation(_MadeAnew, attributes=attributes)


class _CallsLeftOut(_Perturbed):
    message = say("is changed by the call")
    kind = "mutated"
    partial = True

    def call(self, function: Noted, name: str, arguments: Sequence[Any]) -> Any:
        return None if self._is_meant(name) else function(*arguments)


def calls_left_out(*methods: str) -> Perturbation:
    """The calls of *methods* (all, where none is named) are not made; all else stays the same."""
    return _perturbation(_CallsLeftOut, methods=methods)


def nothing_changed(*methods: str) -> list[Perturbation]:
    """What must make no difference where the calls of *methods* (all) change nothing at all."""
    return [called_twice(*methods), results_read_late(*methods), calls_left_out(*methods)]


class _AnotherInstance(_Perturbed):
    message = say(
        "depends on what another instance does: state is shared (a class attribute, a mutable "
        "default or a global?)"
    )
    kind = "shared_state"
    other: Sequence[Any] = ()
    alike = False

    def make(self, make: Noted, arguments: Sequence[Any]) -> Any:
        other = self.other or others(arguments)
        self._second = make(*(arguments if self.alike else other))
        made = make(*arguments)
        make(*other)  # is gone at once
        return made

    def call(self, function: Noted, name: str, arguments: Sequence[Any]) -> Any:
        other = list(map(moved, arguments))  # as they are before the call
        result = function(*arguments)
        self.method(self._second, name)(*other)
        return result


def another_instance(*other: Any, alike: bool = False) -> Perturbation:
    """A second instance, made of *other*, is used in turn, and a third one made and dropped.

    With *alike* the second is made of what the first is made of.
    """
    return _perturbation(_AnotherInstance, other=other, alike=alike)


class _CalledBetween(_Perturbed):
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
        # Whoever does the same as ever does not do what was asked for: that is charged there.
        if are_same(results["_between"], results["_usual"]):
            raise CheckFailure(self.message)


def called_between(after: str, *extra: Any) -> Perturbation:
    """After each call of the method *after* it is called with other numbers, and then *extra*.

    Left out where *extra* makes no difference to what it gives.
    """
    return _perturbation(_CalledBetween, after=after, extra=extra)


class _FollowedBy(_Perturbed):
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
    """Each call of the method *after* is followed by one of *then*, with as many numbers."""
    return _perturbation(_FollowedBy, after=after, then=then)


class _DefaultsLeftOut(_Perturbed):
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
    """The last arguments of each call, and of the class, are left out where they are *defaults*.

    So a flag is left out where it is True, and given where it is False: before, and after.  Another
    instance is made first where *after* says of what.
    """
    return _perturbation(_DefaultsLeftOut, defaults=defaults, after=after)


class _JustAbove(_Perturbed):
    message = say("is different at 0 than just above 0, as if 0 meant that nothing is given")
    kind = "value"

    def make(self, make: Noted, arguments: Sequence[Any]) -> Any:
        return make(*(1e-12 if type(a) is float and a == 0 else a for a in arguments))


def just_above_zero() -> Perturbation:
    """Instances are made with 1e-12 in place of each 0.0."""
    return _perturbation(_JustAbove)
