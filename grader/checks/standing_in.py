"""Other parts in place of parts that cannot be used, so that these are charged only once.

A student's ``train`` calls the student's own ``loss``.  Where that raises, or is wrong, nothing
could be said of ``train``; so it is judged once more with the reference's loss in its place, as
a function of the test's that the student's code calls.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from grader.checks import plain
from grader.checks.failure import CheckWarning
from grader.checks.scenario import Caller, Run, Scenario, results_of, results_of_right
from grader.words import say

_NEAR: Final = 1e-4  # of a result's size: float32, and what the text leaves free
_ABSENT: Final = object()


@dataclass(frozen=True, slots=True)
class StandIn:
    """A part of the student's: the function of this name, or the method of the class ``of``.

    It cannot be used where *probe* raises with *run*, or gives what has not the kind and shape of
    the reference's results; where only a right one can be, also where its values are others.
    """

    name: str
    make: Callable[[Any], Callable[..., Any]]  # what takes the place of the student's own
    probe: Scenario
    run: Run
    of: str = ""
    must_be_right: bool = False

    def is_needed(self, given: Sequence[Any], rights: Sequence[Any]) -> bool:
        """Whether the student's part cannot be used."""
        try:
            own = results_of(self.probe, [(self.run, Caller)], given, rights)[0]
            wanted = results_of_right(self.probe, self.run, rights)
            return not all(self._is_like(own[key], wanted[key]) for key in wanted)
        except Exception:
            return True

    def _is_like(self, own: Any, wanted: Any) -> bool:
        found, right = plain.reals(own, name=""), np.asarray(wanted, dtype=float)
        if found.shape != right.shape and (found.size, right.size) != (1, 1):
            return False
        off, size = np.abs(found - right).max(initial=0.0), np.abs(right).max(initial=0.0)
        return bool(off <= _NEAR * size) or not self.must_be_right

    def take_place(self, subjects: Mapping[str, Any], until: ExitStack) -> None:
        """Put the right part where the student's is; back again when *until* ends.

        A method of a class that may be missing, and is, has no place.
        """
        if self.of:
            known = subjects if self.of in subjects else subjects["env"]
            owner = known.get(self.of)
            if owner is not None:
                self._take_place_in_class(owner, until)
            return
        names = subjects["env"]
        own = names.get(self.name, _ABSENT)
        names[self.name] = self.make(own)
        until.callback(_put_back, names.__setitem__, names.__delitem__, self.name, own)

    def _take_place_in_class(self, owner: Any, until: ExitStack) -> None:
        own = getattr(owner, self.name, _ABSENT)
        setattr(owner, self.name, self.make(own))
        until.callback(
            _put_back,
            lambda name, value: setattr(owner, name, value),
            lambda name: delattr(owner, name),
            self.name,
            own,
        )


def without_test_time(own: Callable[..., Any]) -> Callable[..., Any]:
    """A method ``(x, flag)`` whose test time is charged elsewhere: there it only gives x back.

    In training it is the student's *own*, which may take no flag at all.
    """

    def forward(layer: Any, x: Any, train_flg: bool = True) -> Any:
        return own(layer, x) if train_flg else np.array(x)

    return forward


def with_harmless_test_time(own: Callable[..., Any]) -> Callable[..., Any]:
    """As :func:`without_test_time`, where having no flag is charged, too."""

    def forward(layer: Any, x: Any, train_flg: bool = True) -> Any:
        return own(layer, x, True) if train_flg else np.array(x)

    return forward


def _put_back(
    assign: Callable[[str, Any], None], remove: Callable[[str], None], name: str, own: Any
) -> None:
    if own is _ABSENT:
        remove(name)
    else:
        assign(name, own)


def judge(
    check: Callable[..., None],
    stand_ins: Sequence[StandIn],
    subjects: Mapping[str, Any],
    given: Callable[[Mapping[str, Any]], Sequence[Any]],
    rights: Sequence[Any],
) -> None:
    """Call *check*; once more with right parts where it fails and some cannot be used.

    ``given(subjects)`` are what scenarios are run on.  Raises what the last call raised.
    """
    try:
        check(**subjects)
        return
    except Exception as failure:
        first = failure
    with ExitStack() as until:
        replaced = []
        for part in stand_ins:
            if part.is_needed(given(subjects), rights):
                part.take_place(subjects, until)
                replaced.append(part.name)
        if not replaced:
            raise first
        check(**subjects)
    text = say(
        "{name} cannot be used as it is; this was judged with another one in its place.",
        name=", ".join(replaced),
    )
    warnings.warn(CheckWarning(text), stacklevel=2)
