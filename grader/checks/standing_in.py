"""Other parts in place of parts that cannot be used, so that these are charged only once.

A student's ``train`` calls the student's own ``loss``.  Where that raises, or is wrong, nothing
could be said of ``train``; so it is judged once more with the reference's loss in its place, as
a function of the test's that the student's code calls.  Whoever does not call it, but writes the
same mistake once more, is judged the other way round: :mod:`grader.checks.mixing`.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache, partial
from inspect import signature
from itertools import combinations
from typing import Any, Final, Protocol

import numpy as np

from grader.checks import plain
from grader.checks.asking import results_of, results_of_right
from grader.checks.callers import keeping
from grader.checks.failure import CheckFailure, CheckWarning
from grader.checks.scenario import Run, Scenario
from grader.checks.sharing import note_in_place, once
from grader.errors import swallow
from grader.sandbox.wire.arrays import ACTIONS
from grader.words import say

_NEAR: Final = 1e-4  # of a result's size: float32, and what the text leaves free
_ABSENT: Final = object()


@dataclass(frozen=True, slots=True)
class StandIn:
    """A part of the student's: the function of this name, or the method of the class ``of``.

    It cannot be used where *probe* raises in one of the *runs*, or gives what has not the kind and
    shape of the reference's results; where only a right one can be, also where its values are
    others, or it changes its arguments.  With *row* an array may have one axis of length 1 before
    the reference's.  What is random is shown to a *judge* instead, who raises where it is wrong.
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
        """Whether the student's part cannot be used."""
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
            return False  # nobody can calculate with it as with a number
        if self.row and found.shape == (1, *right.shape):
            found = found[0]
        if found.shape != right.shape and (found.size, right.size) != (1, 1):
            return False
        off, size = np.abs(found - right).max(initial=0.0), np.abs(right).max(initial=0.0)
        return bool(off <= _NEAR * size) or not self.must_be_right

    def take_place(self, subjects: Mapping[str, Any], until: ExitStack) -> None:
        """Put the right part where the student's is; back again when *until* ends.

        A method of a class that may be missing, and is, has no place.
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
    """Put a method where a student's class has its own; back again when *until* ends."""
    own = getattr(owner, name, _ABSENT)
    setattr(owner, name, _lent(method, until))
    until.callback(_put_back, partial(setattr, owner), partial(delattr, owner), name, own)


def _lent(function: Callable[..., Any], until: ExitStack) -> Callable[..., Any]:
    """The *function* as long as it stands in: nobody may keep it, and call it where it counts."""
    if getattr(function, "_grader_remote", None) is not None:
        return function  # it lives where the student's code runs, and calls nothing but that
    ended: list[bool] = []
    until.callback(ended.append, True)

    def lent(*arguments: Any) -> Any:
        if ended:
            raise RuntimeError("this function was only lent, to judge what rests on it")
        return function(*arguments)

    return lent


@cache
def probe_of(name: str, rights: tuple[Any, ...]) -> Scenario:
    """A scenario that asks for a function, or a method of the first class, alone.

    Each argument, also of the class, is the run's input of the parameter's name.
    """
    places = {right.__name__: place for place, right in enumerate(rights)}
    known = rights[places[name]] if name in places else getattr(rights[0], name)
    parameters = [p for p in signature(known).parameters if p != "self"]

    def probe(*subjects: Any) -> Mapping[Any, Any]:
        *_, run = subjects
        if name in places:
            asked = subjects[places[name]]
            if asked is None:
                raise CheckFailure(say("{name} was never defined.", name=name), name=name)
        else:
            asked = getattr(subjects[0](*(run.inputs[p] for p in made_of)), name)
        return {name: asked(*(run.inputs[p] for p in parameters))}

    made_of = [] if name in places else list(signature(rights[0]).parameters)
    return probe


def without_test_time(own: Callable[..., Any]) -> Callable[..., Any]:
    """A method ``(x, flag)`` whose test time is charged elsewhere: there it only gives x back.

    In training it is the student's *own*, which may take no flag at all.
    """
    return _adapted("without_test_time", own)


def with_harmless_test_time(own: Callable[..., Any]) -> Callable[..., Any]:
    """As :func:`without_test_time`, where having no flag is charged, too."""
    return _adapted("with_harmless_test_time", own)


def _adapted(action: str, own: Callable[..., Any]) -> Callable[..., Any]:
    """Made where the student's code runs: it holds nothing of ours, and each call would be two."""
    remote = getattr(own, "_grader_remote", None)
    made: Callable[..., Any] = (
        ACTIONS[action](own) if remote is None else remote.operate(action, own)
    )
    return made


def _put_back(
    assign: Callable[[str, Any], None], remove: Callable[[str], None], name: str, own: Any
) -> None:
    if own is _ABSENT:
        remove(name)
    else:
        assign(name, own)


class Check(Protocol):
    """Judges the subjects of a test case; *trial* counts how often it did before.

    *carrying* says whether a part that the test case rests on is wrong, so that right is, too,
    what follows from it.
    """

    def __call__(self, subjects: Mapping[str, Any], *, trial: int, carrying: bool) -> None: ...


def judge(
    check: Check,
    stand_ins: Sequence[StandIn],
    subjects: Mapping[str, Any],
    given: Callable[[Mapping[str, Any]], Sequence[Any]],
    rights: Sequence[Any],
    mixed: Callable[[Sequence[str]], Check] | None = None,
) -> None:
    """Call *check*; where it fails, and parts are wrong or cannot be used, again.

    First with what follows from these parts as right, too; then with right ones in place of all of
    them, and of fewer: what goes with the one mistake need not go with another.  At last comes
    ``mixed(names)``, which lets the reference call those that are left.  ``given(subjects)`` are
    what scenarios are run on.  Raises what the first call with right parts raised; but where code
    that gave a wrong answer by itself raises an error with them, the wrong answer: the error may
    be the right part's, which looks for attributes that the student calls otherwise.
    """
    must_be_right = any(part.must_be_right for part in stand_ins)
    try:
        check(subjects, trial=0, carrying=not must_be_right)
        return
    except Exception as failure:
        raised = failure
    needed = _needed(stand_ins, subjects, given, rights)
    sizes = range(len(needed) + 1)
    trials = [(check, parts) for size in sizes[:0:-1] for parts in combinations(needed, size)]
    if needed and must_be_right:
        trials.insert(0, (check, ()))
    if mixed is not None:
        for size in sizes[:-1]:
            for parts in combinations(needed, size):
                own = [part.name for part in needed if part not in parts]
                trials.append((mixed(own), parts))
    is_first = True
    for trial, (judged, parts) in enumerate(trials, start=1):
        try:
            with ExitStack() as until:
                for part in parts:
                    part.take_place(subjects, until)
                judged(subjects, trial=trial, carrying=True)
        except Exception as failure:
            if parts and is_first:
                is_first = False
                if isinstance(failure, CheckFailure) or not isinstance(raised, CheckFailure):
                    raised = failure
        else:
            if parts:
                _warn_replaced([part.name for part in parts])
            return
    raise raised


def _needed(
    stand_ins: Sequence[StandIn],
    subjects: Mapping[str, Any],
    given: Callable[[Mapping[str, Any]], Sequence[Any]],
    rights: Sequence[Any],
) -> list[StandIn]:
    """Those whose part cannot be used, where what it rests on itself is right."""
    needed = []
    with ExitStack() as until:
        for part in stand_ins:
            if part.is_needed(given(subjects), rights):
                part.take_place(subjects, until)
                needed.append(part)
    return needed


def _warn_replaced(names: Sequence[str]) -> None:
    if len(names) == 1:
        text = say(
            "{name} cannot be used as it is; this was judged with a working one in its place.",
            name=names[0],
        )
    else:
        text = say(
            "{names} cannot be used as they are; this was judged with working ones in their place.",
            names=", ".join(names),
        )
    warnings.warn(CheckWarning(text), stacklevel=3)
