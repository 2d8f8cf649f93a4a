"""What each way to run a scenario again is: its caller, and what is said where results differ."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, ClassVar

from grader.checks.scenario import Caller, Run
from grader.words import Words


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


class Perturbed(Caller):
    """The caller of a perturbation, with what that says of itself."""

    message: ClassVar[Words]
    kind: ClassVar[str] = "order"
    optional: ClassVar[bool] = False
    partial: ClassVar[bool] = False
    methods: Collection[str] = ()  # empty: all

    def is_meant(self, name: str) -> bool:
        """Whether the calls of this method are made otherwise than the scenario says."""
        return not self.methods or name in self.methods


def perturbation(kind: type[Perturbed], **settings: Any) -> Perturbation:
    """Return the one whose callers are of this *kind*, with these attributes."""

    def play(run: Run) -> Caller:
        caller = kind(run)
        for name, value in settings.items():
            setattr(caller, name, value)
        return caller

    return Perturbation(play, kind.message, kind.kind, kind.optional, kind.partial)
