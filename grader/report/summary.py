"""Outcomes in words: hidden test cases count, but their numbers are not shown."""

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
    """Yield how many public and how many hidden test cases passed, where there are any."""
    public, hidden = list[bool](), list[bool]()
    for case in cases:
        (hidden if case.hidden else public).append(case.outcome is Outcome.PASSED)
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
    """Return a question's test cases, with each hint only at the first that has it."""
    seen: set[Words] = set()
    several = []
    for case in cases:
        several.append(replace(case, hint=None) if case.hint in seen else case)
        if case.hint is not None:
            seen.add(case.hint)
    return several
