"""Right parts in place of parts that cannot be used, so that a mistake is charged only once.

A student's ``train`` calls the student's own ``loss``.  If that raises, or is wrong, nothing
can be said about ``train``; so it is judged again with the reference's loss in its place, a
function of the judge's that the student's code calls.  A ``train`` that does not call it, but has
the same mistake again, is judged the other way round: :mod:`grader.checks.mixing`.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache, partial
from inspect import signature
from itertools import chain, combinations
from typing import Any, Final, Protocol

import numpy as np

from grader.checks import plain
from grader.checks.asking import results_of, results_of_right
from grader.checks.callers.tidy import keeping
from grader.checks.failure import CheckFailure, CheckWarning
from grader.checks.right import Reference
from grader.checks.scenario import Run, Scenario
from grader.checks.sharing import note_in_place, once
from grader.errors import swallow
from grader.sandbox.wire.arrays import ACTIONS
from grader.words import say

_NEAR: Final = 1e-4  # of a result's size: float32, and what the text leaves free
_ABSENT: Final = object()


@dataclass(frozen=True, slots=True)
class StandIn:
    """A part of the student's code: the function ``name``, or the method of the class ``of``.

    It cannot be used if *probe* raises in one of the *runs*, or its results have not the kind and
    shape of the reference's; if it *must be right*, also if its values differ, or it changes its
    arguments.  With *row* an array may have one axis of length 1 before the reference's.  Random
    results are shown to a *judge* instead, who raises if they are wrong.
    """

    name: str
    make: Callable[[Any], Callable[..., Any]]  # what takes the place of the student's own
    probe: Scenario
    runs: Sequence[Run]
    of: str = ""
    must_be_right: bool = False
    row: bool = False
    judge: Callable[[Sequence[Any]], None] | None = None

    def is_needed(self, given: Sequence[Any], rights: Sequence[Any]) -> bool:
        """Return whether the student's part cannot be used."""
        key = (self.probe, tuple(self.runs), self.must_be_right, self.row, self.judge)
        return once(key, partial(self._find_need, given, rights))

    def _find_need(self, given: Sequence[Any], rights: Sequence[Any]) -> bool:
        try:
            plays = [(r, keeping([*r.inputs] if self.must_be_right else [])) for r in self.runs]
            several = results_of(self.probe, plays, given, rights)
            if self.judge:
                self.judge(several)
                return False
            for run, own in zip(self.runs, several, strict=True):
                wanted = results_of_right(self.probe, run, rights)
                if not all(self._is_like(own[key], wanted[key]) for key in wanted):
                    return True
            return False
        except Exception as error:
            swallow(error)
            return True

    def _is_like(self, own: Any, wanted: Any) -> bool:
        if isinstance(wanted, tuple) and any(map(np.ndim, wanted)):  # arrays of several shapes
            entries = plain.sequence(own, len(wanted), name="")
            return all(map(self._is_like, entries, wanted))
        found, right = plain.reals(own, name=""), np.asarray(wanted, dtype=float)
        if right.ndim == 0 and isinstance(own, list | tuple):
            return False  # a list is no number to calculate with
        if self.row and found.shape == (1, *right.shape):
            found = found[0]
        if found.shape != right.shape and (found.size, right.size) != (1, 1):
            return False
        off, size = np.abs(found - right).max(initial=0.0), np.abs(right).max(initial=0.0)
        return bool(off <= _NEAR * size) or not self.must_be_right

    def take_place(self, subjects: Mapping[str, Any], until: ExitStack) -> None:
        """Put the right part in the student's place until *until* ends.

        A method of an optional class that the student has not defined is left out.
        """
        note_in_place(self, until)
        if self.of:
            known = subjects if self.of in subjects else subjects["env"]
            owner = known.get(self.of)
            if owner is not None:
                own = getattr(owner, self.name, _ABSENT)
                put_in_class(owner, self.name, self.make(own), until)
            return
        names = subjects["env"]
        own = names.get(self.name, _ABSENT)
        names[self.name] = _lent(self.make(own), until)
        until.callback(_put_back, names.__setitem__, names.__delitem__, self.name, own)


def put_in_class(owner: Any, name: str, method: Callable[..., Any], until: ExitStack) -> None:
    """Put a method in place of a student's class's own until *until* ends."""
    own = getattr(owner, name, _ABSENT)
    setattr(owner, name, _lent(method, until))
    until.callback(_put_back, partial(setattr, owner), partial(delattr, owner), name, own)


def _lent(function: Callable[..., Any], until: ExitStack) -> Callable[..., Any]:
    """Return *function*, which raises after *until* ends: nobody may keep it for other tests."""
    if getattr(function, "_grader_remote", None) is not None:
        return function  # it is in the student's process and calls only the student's code
    ended: list[bool] = []
    until.callback(ended.append, True)

    def lent(*arguments: Any) -> Any:
        if ended:
            raise RuntimeError("this function was only lent, to judge what rests on it")
        return function(*arguments)

    return lent


@cache
def probe_of(name: str, rights: tuple[Any, ...]) -> Scenario:
    """Return a scenario that calls a function, or a method of the first class, alone.

    Each argument, also of the class, is the run's input of the parameter's name.
    """
    places = {right.__name__: place for place, right in enumerate(rights)}
    place, is_method = places.get(name, 0), name not in places
    known = getattr(rights[0], name) if is_method else rights[place]
    parameters = [p for p in signature(known).parameters if p != "self"]
    made_of = list(signature(rights[0]).parameters) if is_method else []

    def probe(*subjects: Any) -> Mapping[Any, Any]:
        *_, run = subjects
        asked = subjects[place]
        if asked is None:
            raise CheckFailure(say("{name} was never defined."), name=rights[place].__name__)
        if is_method:
            asked = getattr(asked(*(run.inputs[p] for p in made_of)), name)
        return {name: asked(*(run.inputs[p] for p in parameters))}

    return probe


def without_test_time(own: Callable[..., Any]) -> Callable[..., Any]:
    """Return a method ``(x, flag)`` that at test time only returns x, as that is charged elsewhere.

    In training it calls the student's *own* method, which may take no flag.
    """
    return _adapted("without_test_time", own)


def with_harmless_test_time(own: Callable[..., Any]) -> Callable[..., Any]:
    """Do as :func:`without_test_time`, for a method that must take a flag."""
    return _adapted("with_harmless_test_time", own)


def _adapted(action: str, own: Callable[..., Any]) -> Callable[..., Any]:
    """Return *own* changed by an action where the student's code runs: a call is one message."""
    remote = getattr(own, "_grader_remote", None)
    do: Any = ACTIONS[action] if remote is None else partial(remote.operate, action)
    made: Callable[..., Any] = do(own)
    return made


def _put_back(
    assign: Callable[[str, Any], None], remove: Callable[[str], None], name: str, own: Any
) -> None:
    if own is _ABSENT:
        remove(name)
    else:
        assign(name, own)


class Check(Protocol):
    """Judges a student's objects; *trial* counts how often it did so before.

    *carrying* says whether a part that the test case rests on is wrong, so that results that
    follow from it are right, too.
    """

    def __call__(self, subjects: Mapping[str, Any], *, trial: int, carrying: bool) -> None: ...


def judge(
    check: Check,
    stand_ins: Sequence[StandIn],
    subjects: Mapping[str, Any],
    reference: Reference,
    mixed: Callable[[Sequence[str]], Check] | None = None,
) -> None:
    """Call *check*; if it fails, and parts are wrong or cannot be used, call it again.

    First results that follow from these parts are right, too; then right parts replace all of
    them, and fewer: a test case that needs one replaced need not need another.  Last comes
    ``mixed(names)``, which lets the reference call those that are not replaced.  Raises what the
    first call with right parts raised; but if that is an error, and the result was only wrong
    without them, the first failure: the error may come from the right part, which uses attributes
    that the student named otherwise.
    """
    must_be_right = any(part.must_be_right for part in stand_ins)
    try:
        check(subjects, trial=0, carrying=not must_be_right)
        return
    except Exception as failure:
        raised = failure
    needed = _needed(stand_ins, subjects, reference)
    several = [list(combinations(needed, size)) for size in range(len(needed) + 1)]
    trials = [(check, parts) for choices in several[:0:-1] for parts in choices]
    if needed and must_be_right:
        trials.insert(0, (check, ()))
    if mixed is not None:
        for parts in chain(*several[:-1]):
            own = [part.name for part in needed if part not in parts]
            trials.append((mixed(own), parts))
    for trial, (judged, parts) in enumerate(trials, start=1):
        try:
            with ExitStack() as until:
                for part in parts:
                    part.take_place(subjects, until)
                judged(subjects, trial=trial, carrying=True)
        except Exception as failure:
            is_first = parts and len(parts) == len(needed)
            if is_first and (
                isinstance(failure, CheckFailure) or not isinstance(raised, CheckFailure)
            ):
                raised = failure
        else:
            if parts:
                _warn_replaced([part.name for part in parts])
            return
    raise raised


def _needed(
    stand_ins: Sequence[StandIn], subjects: Mapping[str, Any], reference: Reference
) -> list[StandIn]:
    """Return those whose part cannot be used even if the parts before it are right."""
    needed = []
    with ExitStack() as until:
        for part in stand_ins:
            if part.is_needed(reference.given(subjects), reference.rights):
                part.take_place(subjects, until)
                needed.append(part)
    return needed


def _warn_replaced(names: Sequence[str]) -> None:
    text = say(
        "{names} cannot be used as they are; this was judged with working ones in their place.",
        names=", ".join(names),
    )
    if len(names) == 1:
        text = say(
            "{name} cannot be used as it is; this was judged with a working one in its place.",
            name=names[0],
        )
    warnings.warn(CheckWarning(text), stacklevel=3)
