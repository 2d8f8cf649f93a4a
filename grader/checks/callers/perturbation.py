"""A way to run a scenario again: its caller, and the message if results differ."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, ClassVar

from grader.checks.scenario import Caller, Run
from grader.words import Words


@dataclass(frozen=True, slots=True)
class Perturbation:
    """A way to run a scenario: ``play`` makes its caller, and ``message`` says how results differ.

    One that is ``optional`` is left out if it raises: that is charged elsewhere.  Under one that
    is ``partial`` a result of None is not compared.
    """

    play: Callable[[Run], Caller]
    message: Words
    kind: str = "order"
    optional: bool = False
    partial: bool = False


class Perturbed(Caller):
    """The caller of a perturbation, with the perturbation's message and options."""

    message: ClassVar[Words]
    kind: ClassVar[str] = "order"
    optional: ClassVar[bool] = False
    partial: ClassVar[bool] = False
    methods: Collection[str] = ()  # empty: all

    def is_meant(self, name: str) -> bool:
        """Return whether calls of this method are changed."""
        return not self.methods or name in self.methods


def perturbation(kind: type[Perturbed], **settings: Any) -> Perturbation:
    """Return the perturbation whose callers are of this *kind*, with these attributes."""

    def play(run: Run) -> Caller:
        caller = kind(run)
        for name, value in settings.items():
            setattr(caller, name, value)
        return caller

    return Perturbation(play, kind.message, kind.kind, kind.optional, kind.partial)
