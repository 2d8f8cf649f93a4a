"""Judges of single runs: which results must be the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from grader.checks import callers
from grader.checks.failure import Name
from grader.checks.purity import are_same, same
from grader.checks.scenario import Results, Run
from grader.words import say

#: Looks at one run's results; raises CheckFailure.
Judge = Callable[[Run, Results], None]


#: The message for a result that differs, by the last word of its name.
MESSAGES: Final = {
    "again": callers.called_twice().message,
    "late": callers.results_read_late().message,
    "overwritten": say(
        "changes when the caller overwrites what it passed or got back: keep a copy"
    ),
    "filled": callers.buffers_reused().message,
    "beside": callers.another_instance().message,
    "after": callers.called_between("forward").message,
}


def same_as(first: str, *others: str, name: Name, unless: str = "") -> Judge:
    """Return a judge: the results *others*, named as in MESSAGES, must be the same as *first*.

    *name* is what they are all results of.  Nothing is checked if the result *unless* differs
    from *first*, or *first* is no number: both are charged elsewhere.
    """

    def judge(run: Run, seen: Results) -> None:
        if are_same(seen[first], seen[unless or first]):
            for key in others:
                message = MESSAGES[key.split()[-1]]
                same(seen[first], seen[key], name=name, kind="aliased", message=message)

    return judge


def each(runs: Sequence[Run], *judges: Judge) -> Callable[[Sequence[Results | None]], None]:
    """Return a judge of all runs, one after the other, but those that were left out (None)."""

    def judge(seen: Sequence[Results | None]) -> None:
        for run, results in zip(runs, seen, strict=True):
            if results is not None:
                for one in judges:
                    one(run, results)

    return judge
