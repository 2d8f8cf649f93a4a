"""What outcomes come to, in honest words: hidden test cases count, their numbers do not show."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from grader.model import CaseResult, Outcome
from grader.words import Words, say

OUTCOMES: Final = {
    Outcome.PASSED: say("passed"),
    Outcome.FAILED: say("wrong answer"),
    Outcome.ERROR: say("error in your code"),
    Outcome.MISSING: say("not defined"),
    Outcome.TIMEOUT: say("took too long"),
    Outcome.MEMORY: say("used too much memory"),
    Outcome.CRASH: say("stopped Python"),
}


def summary(cases: Iterable[CaseResult]) -> Iterator[Words]:
    """How many public and how many hidden test cases passed; nothing where there are none."""
    several = list(cases)
    public = [case.outcome is Outcome.PASSED for case in several if not case.hidden]
    hidden = [case.outcome is Outcome.PASSED for case in several if case.hidden]
    if public:
        yield say(
            "{passed} of {count} public test cases passed.", passed=sum(public), count=len(public)
        )
    if hidden:
        yield say(
            "{passed} of {count} hidden test cases passed.", passed=sum(hidden), count=len(hidden)
        )
    if public and all(public) and not all(hidden):
        yield say("That the public ones pass is not enough: the hidden ones try more.")


def hinted_once(cases: Iterable[CaseResult]) -> list[CaseResult]:
    """A question's test cases, with each hint at the first of those that have it alone."""
    seen: set[Words] = set()
    several = []
    for case in cases:
        several.append(replace(case, hint=None) if case.hint in seen else case)
        if case.hint is not None:
            seen.add(case.hint)
    return several
