"""From a submission's failed test cases to the names of mistakes.

A mistake is named only where it is the single best explanation: everything that the test
case asked came out as it does from the mistake, to the way it failed.  Each mistake is
tried alone; where none fits, together with one that another failed test case has named.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import CodeType
from typing import Final

from grader.assignment import Assignment, mistakes
from grader.model import CaseResult, Mistake, Outcome
from grader.testfile import TestCase
from grader.words import Words

from .match import TOLERANCE, alike, deviation
from .relations import relation
from .replay import Solution
from .trace import Trace

_EXACT: Final = 1e-9  # deviations below it say nothing about which explanation is better
_MOST_NAMED: Final = 3  # of a submission, that are tried in pairs
_EXPLAINED: Final = (Outcome.FAILED, Outcome.ERROR)
Combination = tuple[Mistake, ...]


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


@dataclass(frozen=True, slots=True)
class _Code:
    program: CodeType
    redefines: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Run:
    """What mistakes do in a test case; ``again`` is a second run where results are random."""

    trace: Trace
    again: Trace | None

    def distance(self, student: Trace) -> float:
        if self.again is None:
            return deviation(student, self.trace)
        return TOLERANCE if alike(student, self.trace, self.again) else math.inf


class Diagnoser:
    """Names the mistakes of one assignment's submissions, one after the other.

    What the solution and the mistakes do in a test case is found out once and kept: the
    inputs of a test case are the same for everybody.
    """

    def __init__(self, assignment: Assignment) -> None:
        self._mistakes = mistakes(assignment) if assignment.notebook.is_file() else ()
        self._codes: dict[str, _Code] = {}
        self._runs: dict[tuple[str, tuple[str, ...], int], _Run] = {}
        self._solution = Solution(assignment.notebook) if self._mistakes else None

    def explain(self, attempts: Sequence[Attempt]) -> list[CaseResult]:
        """The results, with mistakes and hints where they are known; in the same order.

        Never raises: what cannot be explained stays as it is.
        """
        try:
            return self._explain(attempts)
        except Exception:  # a name is not worth a submission's score
            return [attempt.result for attempt in attempts]

    def _explain(self, attempts: Sequence[Attempt]) -> list[CaseResult]:
        if self._solution is None:
            return [attempt.result for attempt in attempts]
        lost = {a.place for a in attempts if a.result.outcome is not Outcome.PASSED}
        failed = [
            a
            for a in attempts
            if a.result.outcome in _EXPLAINED and a.trace.ending and a.trace.steps
        ]
        found = {a.place: self._explanations(a, self._alone(a)) for a in failed}
        named = [m for fits in found.values() for (m,) in fits]
        named = list({m.name: m for m in named}.values())[:_MOST_NAMED]
        for attempt in failed:
            if not found[attempt.place]:
                found[attempt.place] = self._second_look(attempt, attempts, named)
        return [self._told(a, found, lost) if a.place in found else a.result for a in attempts]

    def _second_look(
        self, attempt: Attempt, attempts: Sequence[Attempt], named: Sequence[Mistake]
    ) -> list[Combination]:
        """What explains a test case that no mistake explains alone and afresh."""
        earlier = tuple(
            other.case
            for other in attempts[: attempts.index(attempt)]
            if other.result.question == attempt.result.question
        )
        # What lives on from test case to test case: a default argument, a class attribute.
        return (
            (self._explanations(attempt, self._alone(attempt), earlier) if earlier else [])
            or self._explanations(attempt, [(mistake,) for mistake in named])
            or self._explanations(attempt, self._pairs(attempt, named))
        )

    # -- candidates --------------------------------------------------------------

    def _candidates(self, attempt: Attempt) -> list[Mistake]:
        return [m for m in self._mistakes if m.loses & {attempt.place, attempt.result.question}]

    def _alone(self, attempt: Attempt) -> Iterator[Combination]:
        return ((mistake,) for mistake in self._candidates(attempt))

    def _pairs(self, attempt: Attempt, named: Iterable[Mistake]) -> Iterator[Combination]:
        """Pairs with a mistake that explains another test case; the last one costs this one."""
        candidates = self._candidates(attempt)
        for first in named:
            for second in candidates:
                if not self._code(first).redefines & self._code(second).redefines:
                    yield first, second

    def _explanations(
        self,
        attempt: Attempt,
        combinations: Iterable[Combination],
        earlier: tuple[TestCase, ...] = (),
    ) -> list[Combination]:
        """The combinations that explain the test case best: more than one are confusable."""
        fits = []
        for combination in combinations:
            apart = self._replayed(attempt, combination, earlier).distance(attempt.trace)
            if apart <= TOLERANCE:
                fits.append((apart, combination))
        best = min((apart for apart, _ in fits), default=math.inf)
        return [c for apart, c in fits if apart <= max(_EXACT, 10 * best)]

    # -- replays -----------------------------------------------------------------

    def _replayed(
        self, attempt: Attempt, combination: Combination, earlier: tuple[TestCase, ...] = ()
    ) -> _Run:
        key = attempt.place, tuple(m.name for m in combination), len(earlier)
        if key not in self._runs:
            assert self._solution is not None
            codes = [self._code(mistake).program for mistake in combination]
            cases = (*earlier, attempt.case)
            first, again = (self._solution.run(cases, codes, seed=n) for n in (1, 2))
            random = deviation(first, again) > TOLERANCE
            self._runs[key] = _Run(first, again if random else None)
        return self._runs[key]

    def _code(self, mistake: Mistake) -> _Code:
        if mistake.name not in self._codes:
            tree = ast.parse(mistake.code)
            program = compile(tree, f"<mistake {mistake.name}>", "exec")
            self._codes[mistake.name] = _Code(program, frozenset(_redefined(tree)))
        return self._codes[mistake.name]

    # -- what is said ------------------------------------------------------------

    def _told(
        self, attempt: Attempt, found: Mapping[str, list[Combination]], lost: set[str]
    ) -> CaseResult:
        result, fits = attempt.result, found[attempt.place]
        if not fits:
            right = self._replayed(attempt, ())
            text = relation(attempt.trace, right.trace) if right.again is None else None
            return replace(result, said=(*result.said, text)) if text else result
        chosen = _single([c[-1] for c in fits], found, lost)
        if not chosen:
            return result
        hints = sorted({mistake.hint for mistake in chosen}, key=lambda hint: (len(hint), hint))
        numbers = {mistake.number for mistake in chosen}
        if len(numbers) > 1 and len(hints) > 1:
            return result
        number = numbers.pop() if len(numbers) == 1 else None
        return replace(result, mistake=number, hint=Words(hints[0]))


def _single(
    fits: list[Mistake], found: Mapping[str, list[Combination]], lost: set[str]
) -> list[Mistake]:
    """Of mistakes that explain a test case equally, those that explain the submission best.

    A mistake that would have cost a test case which passed is no explanation while there
    is another; then the one counts that explains most of the failed test cases.
    """
    questions = {place.partition("/")[0] for place in lost}
    possible = [m for m in fits if m.loses <= lost | questions] or fits
    explained = {
        m.name: sum(any(m in c for c in combinations) for combinations in found.values())
        for m in possible
    }
    most = max(explained.values())
    return [m for m in possible if explained[m.name] == most]


def _redefined(tree: ast.Module) -> Iterator[str]:
    """``name``, or ``Class.method``, of what a mistake's code defines."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield node.name
        elif isinstance(node, ast.ClassDef):
            for entry in node.body:
                if isinstance(entry, ast.FunctionDef):
                    yield f"{node.name}.{entry.name}"
