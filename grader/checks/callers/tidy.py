"""Callers that change nothing: they check their inputs afterwards, or pass copies."""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import Any

from grader.checks.purity import require_unchanged
from grader.checks.scenario import Caller, Results, Run
from grader.checks.scenario.using import Noted


class ArgumentsKept(Caller):
    """A caller that checks afterwards that the ``inputs`` of these names are unchanged."""

    looks = True

    def __init__(self, run: Run, inputs: Collection[str]) -> None:
        super().__init__(run)
        self._before = {name: copy.deepcopy(run.inputs[name]) for name in inputs}

    def require(self, results: Results) -> None:
        """Raise CheckFailure if an input is not, bit by bit, what it was."""
        for name, before in self._before.items():
            require_unchanged(before, self.run.inputs[name], name)


def keeping(inputs: Sequence[str]) -> Callable[[Run], Caller]:
    """Return what makes a caller that checks that these inputs are unchanged."""
    return partial(ArgumentsKept, inputs=inputs) if inputs else Caller


class Apart(Caller):
    """A caller that passes copies of its arrays and copies each result: nothing is aliased."""

    def call(self, function: Noted, name: str, arguments: Sequence[Any]) -> Any:
        """Call with copies; return a copy of the result."""
        return function.apart(*arguments)
