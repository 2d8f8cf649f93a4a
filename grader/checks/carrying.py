"""Error carried forward, in scenarios: other ways to be right.

A mistake is charged once.  So where a result is not the reference's, it may still be what
follows from the student's own work elsewhere, and each way to see that is a :class:`Carried`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from grader.checks.scenario import Results, Run, Scenario

#: What a run gave: its results, or what was raised in it.
Outcome = Results | Exception


class Carried(Protocol):
    """A way to be right without the reference's results."""

    def left_over(
        self,
        failures: dict[int, Exception],
        outcomes: Sequence[Outcome],
        runs: Sequence[Run],
        subjects: Sequence[Any],
        rights: Any,
        scenario: Scenario,
        results: Sequence[str],
    ) -> dict[int, Exception]:
        """Return those *failures*, by the number of the run, that this way does not explain."""
