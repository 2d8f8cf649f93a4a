"""From a submission's failed test cases to the names of mistakes.

A mistake is named only if it is the single best explanation: the mistake gives the same results
in the test case, and the same failure, and so it does in every other failed test case that it
costs.  Each mistake is tried alone; if none fits, pairs are tried.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Final

import numpy as np

from grader.bounds import MAX_PAIRS
from grader.course.assignment import Assignment
from grader.course.known import conventions, forms, mistakes
from grader.course.testfile import TestCase
from grader.errors import log
from grader.model import Answer, CaseResult, Mistake, Outcome
from grader.words import Words, say

from .candidates import Candidates, Combination, Place, Student
from .match import agrees_where_others_differ, evidence
from .observations import observe
from .table import table_of
from .trace import Trace, is_scenario, key_of

_EXACT: Final = 1e-9  # deviations below this do not make one explanation better than another
_FEW: Final = 3  # fewer wrong numbers than this may come from many mistakes
_MANY: Final = 10  # so many wrong numbers do not come from two mistakes by accident
#: Outcomes of test cases that a mistake may explain.
WRONG: Final = (Outcome.FAILED, Outcome.ERROR)


@dataclass(frozen=True, slots=True)
class Attempt:
    """A test case that was run on a submission, with its trace and result."""

    case: TestCase
    trace: Trace
    result: CaseResult

    @property
    def place(self) -> str:
        """Return ``QUESTION/TEST CASE``."""
        return f"{self.result.question}/{self.result.test_case}"


class Diagnoser:
    """Names the mistakes in submissions of one assignment, one after the other.

    The solution and the mistakes are run once in each test case: its inputs are the same for all
    submissions.
    """

    def __init__(self, assignment: Assignment) -> None:
        self._mistakes = mistakes(assignment) if assignment.notebook.is_file() else ()
        self._candidates = None
        if self._mistakes:
            self._candidates = Candidates(
                assignment.notebook,
                assignment.names,
                conventions(assignment),
                table_of(assignment),
                forms=forms(assignment),
            )

    def explain(self, attempts: Sequence[Attempt]) -> list[CaseResult]:
        """Return the results, with mistakes and hints if they are known; in the same order.

        Never raises: what cannot be explained stays as it is.
        """
        try:
            with np.errstate(all="ignore"):  # students' numbers may be infinite
                return self._explain(attempts)
        except Exception:  # a missing name must not cost a submission its score
            log.exception("No mistake is named in a submission")
            return [attempt.result for attempt in attempts]

    def judged(self, attempt: Attempt) -> list[Trace]:
        """Return the solution's traces in a test case (:meth:`Candidates.judged`)."""
        if self._candidates is None:
            return []
        return self._candidates.judged(attempt.place, attempt.case)

    def _explain(self, attempts: Sequence[Attempt]) -> list[CaseResult]:
        failed = [a for a in attempts if _is_explained(a)]
        if self._candidates is None or not failed:
            return [attempt.result for attempt in attempts]
        found = _Search(self._candidates, self._mistakes, attempts).explanations(failed)
        told = [self._told(a, found[a.place]) if a.place in found else a.result for a in attempts]
        self._candidates.save()
        return told

    def _told(self, attempt: Attempt, fits: Sequence[Combination]) -> CaseResult:
        result = attempt.result
        if not fits:
            found = observe(attempt.trace, self.judged(attempt))
            # A random answer never comes twice.
            assert self._candidates is not None
            is_random = self._candidates.random(attempt.place, attempt.case)
            answer = None if is_random else Answer(key_of(attempt.trace))
            return replace(result, said=(*result.said, *found), answer=answer)
        costly = [[m for m in fit if _costs(m, attempt)] for fit in fits]
        numbers = {tuple(m.number for m in fit) for fit in costly}
        hints = {tuple(m.hint for m in fit) for fit in costly}
        if len(numbers) > 1 and len(hints) > 1:
            return result
        number = costly[0][0].number if len(numbers) == 1 else None
        hint = min(hints, key=lambda texts: (len("".join(texts)), texts))
        return replace(result, mistake=number, hint=_together(*hint))


class _Search:
    """Finds the combinations of mistakes that explain the failed test cases of a submission."""

    def __init__(
        self, candidates: Candidates, known: Sequence[Mistake], attempts: Sequence[Attempt]
    ) -> None:
        self._candidates = candidates
        self._attempts = attempts
        self._students = {a.place: Student(a.trace) for a in attempts}
        self._evidence: dict[str, int] = {}  # wrong numbers, up to many
        lost = [a for a in attempts if a.result.outcome is not Outcome.PASSED]
        places = {a.place for a in lost} | {a.result.question for a in lost}
        # A mistake that costs a test case which passed is not in this submission.
        self._possible = [m for m in known if m.loses <= places]

    def explanations(self, failed: Sequence[Attempt]) -> dict[str, list[Combination]]:
        """Return, by place, the combinations that fit: several if they cannot be told apart."""
        found: dict[str, list[Combination]] = {}
        for attempt in failed:
            alone = [(m,) for m in self._possible if _costs(m, attempt)]
            found[attempt.place] = self._fitting(attempt, alone, closely=True)
        for attempt in failed:
            if not found[attempt.place]:
                named = {m.name: m for fits in found.values() for fit in fits for m in fit}
                found[attempt.place] = self._fitting(attempt, self._pairs(attempt, named))
        found = {place: self._believed(fits, found, failed) for place, fits in found.items()}
        found = {place: _best(fits, found) for place, fits in found.items()}
        found = {a.place: self._narrowed(found[a.place], a) for a in failed}
        return {
            a.place: [] if self._is_doubtful(a, found, failed) else found[a.place] for a in failed
        }

    def _pairs(self, attempt: Attempt, named: Mapping[str, Mistake]) -> Sequence[Combination]:
        """Return pairs of which one costs this test case, with mistakes found elsewhere first."""
        if self._is_random(attempt):
            return []  # pairs give nearly every possible rate
        costly = [m for m in self._possible if _costs(m, attempt)]
        pairs: list[Combination] = [
            (one, two) for one in named.values() for two in costly if one.name != two.name
        ]
        different = {frozenset(m.name for m in p): p for p in (*pairs, *combinations(costly, 2))}
        return list(different.values())[:MAX_PAIRS]

    def _fitting(
        self, attempt: Attempt, several: Sequence[Combination], *, closely: bool = False
    ) -> list[Combination]:
        """Return those that explain the test case best; ``closely`` tries again if none does."""
        student = self._students[attempt.place]
        places = self._places(attempt)
        looks = [(places[0], False), (places[-1], True)]
        for place, again in looks[: 1 + closely]:
            fits = [(self._candidates.apart(student, place, c, closely=again), c) for c in several]
            best = min((apart for apart, _ in fits), default=math.inf)
            if best < math.inf:
                return [c for apart, c in fits if apart <= max(_EXACT, 10 * best)]
        return []

    def _is_random(self, attempt: Attempt) -> bool:
        return self._candidates.random(attempt.place, attempt.case)

    def _places(self, attempt: Attempt) -> list[Place]:
        """Return the test case by itself and, if it is not random, after those run before it.

        State that lives on from one to the next, such as a default argument, shows only then.
        """
        alone = Place(attempt.place, attempt.case)
        if self._is_random(attempt):
            return [alone]
        before = self._attempts[: self._attempts.index(attempt)]
        earlier = tuple(other.case for other in before if _related(attempt, other))
        return [alone, replace(alone, earlier=earlier)]

    def _believed(
        self,
        fits: Sequence[Combination],
        found: Mapping[str, Sequence[Combination]],
        failed: Sequence[Attempt],
    ) -> list[Combination]:
        """Return those whose mistakes explain all other failed test cases that they cost.

        None if nothing at all explains such another one.
        """

        def elsewhere(fit: Combination) -> list[str]:
            return [
                a.place
                for m in fit
                for a in failed
                if _costs(m, a) and not any(m in other for other in found[a.place])
            ]

        missing = [elsewhere(fit) for fit in fits]
        if any(not found[place] for places in missing for place in places):
            return []
        return [fit for fit, places in zip(fits, missing, strict=True) if not places]

    def _narrowed(self, fits: list[Combination], attempt: Attempt) -> list[Combination]:
        """Return those that also agree with the test cases that passed, if they show there.

        A test case that fails at its first look tells little: many formulas begin in the same way.
        Those that passed in the same question tell more.  All other test cases are considered
        if several combinations fit, or if only a few numbers are known.
        """
        thin = bool(fits) and self._is_thin(attempt)
        lost = {a.result.question for a in self._attempts if a.result.outcome is not Outcome.PASSED}
        for other in self._attempts:
            several = len({tuple(m.number for m in fit) for fit in fits}) > 1
            same = other.result.question == attempt.result.question
            if other.result.outcome is not Outcome.PASSED or not _related(attempt, other):
                continue
            # If another question lost points, another mistake may show in it.
            asked = same or (thin and other.result.question not in lost)
            if not (several or (fits and asked and not self._is_random(other))):
                continue  # random test cases confirm little, and take long
            agree = [fit for fit in fits if self._agrees(fit, other)]
            if not agree:
                agree = [fit for fit in fits if self._may_be_in(fit, other)]
            fits = agree if not self._is_random(other) else agree or fits
        return fits

    def _may_be_in(self, fit: Combination, attempt: Attempt) -> bool:
        """Whether the results agree with these mistakes wherever they differ from the solution."""
        right = self._candidates.right(attempt.place, attempt.case)
        place = Place(attempt.place, attempt.case)
        if not right:
            return False
        if is_scenario(attempt.case):
            made = self._candidates.traces(place, fit)
            return agrees_where_others_differ(attempt.trace, made, right)
        return self._candidates.apart(Student(right[0]), place, fit) < math.inf

    def _is_doubtful(
        self,
        attempt: Attempt,
        found: Mapping[str, Sequence[Combination]],
        failed: Sequence[Attempt],
    ) -> bool:
        """Whether the same question has another failure that nothing explains.

        If many numbers fit the mistake, there is no doubt.  A random test case does not count:
        it may have failed by chance.
        """
        return self._is_thin(attempt, _MANY) and any(
            not found[a.place] and not self._is_random(a)
            for a in failed
            if a.result.question == attempt.result.question
        )

    def _agrees(self, fit: Combination, attempt: Attempt) -> bool:
        student = self._students[attempt.place]
        return any(
            self._candidates.apart(student, place, fit) < math.inf
            for place in self._places(attempt)
        )

    def _is_thin(self, attempt: Attempt, enough: int = _FEW) -> bool:
        """Whether not enough wrong numbers are known to tell one mistake from another."""
        if attempt.place not in self._evidence:
            right = self._candidates.right(attempt.place, attempt.case)
            found = evidence(attempt.trace, right, _MANY) if right else _MANY
            self._evidence[attempt.place] = found
        return self._evidence[attempt.place] < enough


def _best(
    fits: Sequence[Combination], found: Mapping[str, Sequence[Combination]]
) -> list[Combination]:
    """Return those of the combinations that explain most of the other test cases."""

    def weight(fit: Combination) -> int:
        return sum(any(m in other for other in fits for m in fit) for fits in found.values())

    most = max(map(weight, fits), default=0)
    return [fit for fit in fits if weight(fit) == most]


def _is_explained(attempt: Attempt) -> bool:
    """Whether a test case failed with anything to explain, and not as unwritten."""
    trace = attempt.trace
    has_looked = bool(trace.looks or trace.steps)
    is_failed = attempt.result.outcome in WRONG and trace.ending
    return bool(is_failed and has_looked and not trace.is_unwritten)


def _related(one: Attempt, other: Attempt) -> bool:
    """Whether two test cases may use the same object."""
    names, others = set(one.case.parameters), set(other.case.parameters)
    return bool(names & others) or "env" in names | others


def _costs(mistake: Mistake, attempt: Attempt) -> bool:
    return bool(mistake.loses & {attempt.place, attempt.result.question})


def _together(*hints: str) -> Words:
    """Return the hints of mistakes that were made together; one if they share it."""
    first, *others = map(Words, dict.fromkeys(hints))
    for other in others:
        first = say("{first} {second}", first=first, second=other)
    return first
