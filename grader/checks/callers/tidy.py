"""Callers that do nothing a student's code could mind: they look, or pass copies."""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Sequence
from typing import Any

from grader.checks.purity import require_unchanged
from grader.checks.scenario import Caller, Noted, Results, Run


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
