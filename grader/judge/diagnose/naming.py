"""From a submission's failed test cases to the names of mistakes.

A mistake is named only where it is the single best explanation: everything that the test
case asked came out as it does from the mistake, to the way it failed, and so it is for
every other failed test case that the mistake costs.  Each mistake is tried alone; where
none fits, two at once.
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

_EXACT: Final = 1e-9  # deviations below it say nothing about which explanation is better
_FEW: Final = 3  # wrong numbers, which many a mistake might give
_MANY: Final = 10  # wrong numbers, which no two mistakes give by accident
_EXPLAINED: Final = (Outcome.FAILED, Outcome.ERROR)


@dataclass(frozen=True, slots=True)
class Attempt:
    """A test case that was run on a submission: what was asked, and the outcome."""

    case: TestCase
    trace: Trace
    result: CaseResult

    @property
    def place(self) -> str:
        """``QUESTION/TEST CASE``."""
        return f"{self.result.question}/{self.result.test_case}"


class Diagnoser:
    """Names the mistakes of one assignment's submissions, one after the other.

    What the solution and the mistakes do in a test case is found out once and kept: the
    inputs of a test case are the same for everybody.
    """

    def __init__(self, assignment: Assignment) -> None:
        found = mistakes(assignment) if assignment.notebook.is_file() else ()
        self._mistakes = found
        self._candidates = None
        if found:
            self._candidates = Candidates(
                assignment.notebook,
                assignment.names,
                conventions(assignment),
                table_of(assignment),
                forms=forms(assignment),
            )

    def explain(self, attempts: Sequence[Attempt]) -> list[CaseResult]:
        """The results, with mistakes and hints where they are known; in the same order.

        Never raises: what cannot be explained stays as it is.
        """
        try:
            with np.errstate(all="ignore"):  # students' numbers may be infinite
                return self._explain(attempts)
        except Exception:  # a name is not worth a submission's score
            log.exception("No mistake is named in a submission")
            return [attempt.result for attempt in attempts]

    def judged(self, attempt: Attempt) -> list[Trace]:
        """What the solution gives in a test case, in each convention, where it is not random."""
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
            # What is random is never the same twice.
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
    """For one submission: which combinations of mistakes explain which failed test case."""

    def __init__(
        self, candidates: Candidates, known: Sequence[Mistake], attempts: Sequence[Attempt]
    ) -> None:
        self._candidates = candidates
        self._attempts = attempts
        self._students = {a.place: Student(a.trace) for a in attempts}
        self._evidence: dict[str, int] = {}  # wrong numbers, up to many
        lost = [a for a in attempts if a.result.outcome is not Outcome.PASSED]
        places = {a.place for a in lost} | {a.result.question for a in lost}
        # A mistake that would have cost a test case which passed is none of this submission's.
        self._possible = [m for m in known if m.loses <= places]

    def explanations(self, failed: Sequence[Attempt]) -> dict[str, list[Combination]]:
        """By place; several where they cannot be told apart, none where nothing fits."""
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
        """Pairs of which one costs this test case; those with a mistake found elsewhere first."""
        costly = [m for m in self._possible if _costs(m, attempt)]
        pairs: list[Combination] = [
            (one, two) for one in named.values() for two in costly if one.name != two.name
        ]
        if self._is_random(attempt):
            return []  # two at once give nearly every rate that there is
        different = {frozenset(m.name for m in p): p for p in (*pairs, *combinations(costly, 2))}
        return list(different.values())[:MAX_PAIRS]

    def _fitting(
        self, attempt: Attempt, several: Sequence[Combination], *, closely: bool = False
    ) -> list[Combination]:
        """Those that explain the test case best; ``closely`` looks a second time if none does."""
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
        """The test case by itself and, where nothing is random, after those that were run before.

        What lives on from one to the next (a default argument, for one) shows only then.
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
        """Without those of which a mistake costs another test case that it does not explain.

        None at all where that other one is not explained by anything: then nobody knows.
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
        """Those that agree in the test cases that passed, too, where they would show there.

        A test case that fails at its first look tells little: many formulas begin alike.  What
        passed in the same question was asked on.  All others are looked at where several fit,
        and where only a few numbers are known.
        """
        thin = bool(fits) and self._is_thin(attempt)
        lost = {a.result.question for a in self._attempts if a.result.outcome is not Outcome.PASSED}
        for other in self._attempts:
            several = len({tuple(m.number for m in fit) for fit in fits}) > 1
            same = other.result.question == attempt.result.question
            if other.result.outcome is not Outcome.PASSED or not _related(attempt, other):
                continue
            # Where another question lost points, another mistake may show in it.
            asked = same or (thin and other.result.question not in lost)
            if not (several or (fits and asked and not self._is_random(other))):
                continue  # chance confirms little, and takes long
            agree = [fit for fit in fits if self._agrees(fit, other)]
            if not agree:
                agree = [fit for fit in fits if self._may_be_in(fit, other)]
            fits = agree if not self._is_random(other) else agree or fits
        return fits

    def _may_be_in(self, fit: Combination, attempt: Attempt) -> bool:
        """Whether all is as from these mistakes that they make other than the solution does."""
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
        """Whether something else is wrong with the same question, and nobody knows what.

        Many numbers that are a mistake's own leave no doubt.  Of a random test case this says
        nothing: it may have failed by chance.
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
    """Of combinations that explain a test case equally, those that explain most of the others."""

    def weight(fit: Combination) -> int:
        return sum(any(m in other for other in fits for m in fit) for fits in found.values())

    most = max(map(weight, fits), default=0)
    return [fit for fit in fits if weight(fit) == most]


def _is_explained(attempt: Attempt) -> bool:
    """Whether a test case failed with something to look at; what is unwritten needs no name."""
    trace = attempt.trace
    has_looked = trace.looks or trace.steps
    if attempt.result.outcome not in _EXPLAINED or not trace.ending or not has_looked:
        return False
    return not trace.is_unwritten


def _related(one: Attempt, other: Attempt) -> bool:
    """Whether two test cases may use the same object."""
    names, others = set(one.case.parameters), set(other.case.parameters)
    return bool(names & others) or "env" in names | others


def _costs(mistake: Mistake, attempt: Attempt) -> bool:
    return bool(mistake.loses & {attempt.place, attempt.result.question})


def _together(*hints: str) -> Words:
    """The hints of mistakes that were made together; one where they share it."""
    first, *others = map(Words, dict.fromkeys(hints))
    for other in others:
        first = say("{first} {second}", first=first, second=other)
    return first
