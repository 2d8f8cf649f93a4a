"""The traces of the solution and of known mistakes in a test case, made when they are needed."""

from __future__ import annotations

import ast
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import CodeType

from grader.bounds import MORE_RANDOM_RUNS, RANDOM_RUNS
from grader.course.catalogue import Convention, as_written, definitions, in_turn, together
from grader.course.testfile import TestCase
from grader.model import Mistake

from .chance import Portrait, Runs, portrait
from .match import deviation
from .replay import Solution
from .table import Table
from .trace import LOOK, RIGHT, Step, Trace, is_scenario

Combination = tuple[Mistake, ...]
Program = tuple[CodeType, ...]
_Key = tuple[str, tuple[str, ...], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Place:
    """A test case, named ``QUESTION/TEST CASE``, and those that are run before it."""

    name: str
    case: TestCase
    earlier: tuple[TestCase, ...] = ()

    @property
    def cases(self) -> tuple[TestCase, ...]:
        """Return all test cases in the order in which they are run."""
        return (*self.earlier, self.case)


class Student:
    """A student's trace of a test case."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace

    @cached_property
    def portrait(self) -> Portrait:
        """Return what can be compared of the trace if results are random."""
        return portrait(self.trace)


class Candidates:
    """Runs combinations of mistakes in test cases, and keeps the traces.

    The empty combination is the solution.
    """

    def __init__(
        self,
        notebook: Path,
        names: Sequence[str],
        conventions: Sequence[Convention] = (),
        table: Table | None = None,
        *,
        forms: Sequence[Convention] = (),
    ) -> None:
        self._solution = Solution(notebook, names)
        self._definitions = definitions(notebook, names)
        self._conventions = (as_written, *conventions)
        self._forms = (as_written, *forms)
        self._programs: dict[tuple[str, ...], list[list[Program]]] = {}
        self._table = table or Table(None)

    def save(self) -> None:
        """Keep new traces for later runs of the grader."""
        self._table.save()

    def right(self, name: str, case: TestCase) -> list[Trace]:
        """Return the solution's traces, one for each convention; none if it is random."""
        known = self._right(name, case)
        if known.drawn:
            return []
        return self.traces(Place(name, case), ()) if is_scenario(case) else [known]

    def judged(self, name: str, case: TestCase) -> list[Trace]:
        """Return :meth:`right`; if that is random, a trace of the results that must be right."""
        known = self._right(name, case)
        return [known] if known.drawn and known.looks else self.right(name, case)

    def random(self, name: str, case: TestCase) -> bool:
        """Whether the solution draws random numbers in a test case."""
        return self._right(name, case).drawn

    def apart(
        self, student: Student, place: Place, combination: Combination, *, closely: bool = False
    ) -> float:
        """Return how far a student's trace lies from the combination's; inf if it does not fit.

        Relative to the results' size, or in standard deviations if they are random; ``closely``
        allows more runs of random code.
        """
        if not self._programs_of(combination):
            return math.inf
        if self._right(place.name, place.case).drawn:
            return self._apart_by_chance(student, place, combination, closely)
        first = self.traces(place, combination, conventions=1)
        apart = deviation(student.trace, first)
        if apart < math.inf:
            return apart
        has_scenario = is_scenario(place.case)
        if first[0].drawn and not has_scenario:
            return self._apart_by_chance(student, place, combination, closely)
        if len(combination) > 1 or not has_scenario:
            return apart
        return min(
            deviation(student.trace, self.traces(place, combination, form=form))
            for form in range(len(self._programs_of(combination)))
        )

    def traces(
        self,
        place: Place,
        combination: Combination,
        *,
        form: int = 0,
        conventions: int | None = None,
    ) -> list[Trace]:
        """Return a combination's traces in a form, in so many conventions or in all."""
        entries = self._table.of(place.name)
        key = ("traces", *_key(place, combination), form)
        known: list[Trace] = entries.setdefault(key, [])
        for program in self._programs_of(combination)[form][len(known) : conventions]:
            known.append(self._solution.run(place.cases, program))
            self._table.note_change(place.name)
        return known[:conventions]

    def _right(self, name: str, case: TestCase) -> Trace:
        """Return the solution's trace; if it is random, without what need not be right."""
        entries = self._table.of(name)
        if "solution" not in entries:
            trace = self._solution.run((case,), self._program(()))
            entries["solution"] = _judged(trace) if trace.drawn else trace
            self._table.note_change(name)
        right: Trace = entries["solution"]
        return right

    def _apart_by_chance(
        self, student: Student, place: Place, combination: Combination, closely: bool
    ) -> float:
        # Whether code raises hardly depends on chance, so one run rules out most candidates.
        first = self._several(place, combination, RANDOM_RUNS, least=1)
        if first.raises != student.portrait.raises:
            return math.inf
        right = self._several(Place(place.name, place.case), (), 2)
        runs = self._several(place, combination, RANDOM_RUNS)
        if closely and runs.undecided(right):
            runs = self._several(place, combination, MORE_RANDOM_RUNS)
        return runs.explain(student.portrait, right)

    def _several(
        self, place: Place, combination: Combination, count: int, *, least: int | None = None
    ) -> Runs:
        """Return ``count`` runs; ``least`` of them are enough if no more have been made yet."""
        entries = self._table.of(place.name)
        runs: Runs = entries.setdefault(("runs", *_key(place, combination), count), Runs())
        program = self._program(combination)
        for seed in range(len(runs.portraits) + 1, (count if least is None else least) + 1):
            runs.add(portrait(self._solution.run(place.cases, program, seed=seed)))
            self._table.note_change(place.name)
        return runs

    def _program(self, combination: Combination) -> Program:
        """Return the program in the solution's own convention; empty if there is none."""
        programs = self._programs_of(combination)
        return programs[0][0] if programs else ()

    def _programs_of(self, combination: Combination) -> list[list[Program]]:
        """Return the programs, in each form and each convention.

        Empty if the mistakes exclude each other.
        """
        key = tuple(m.name for m in combination)
        if key not in self._programs:
            known = set[str]()
            self._programs[key] = []
            for form in self._forms[: None if len(combination) == 1 else 1]:
                both = [in_turn(form, convention) for convention in self._conventions]
                codes = [together(self._definitions, *combination, convention=c) for c in both]
                new = dict.fromkeys(c for c in codes if c is not None and c not in known)
                known.update(new)
                if new:
                    programs = [self._solution.program([ast.parse(code)]) for code in new]
                    self._programs[key].append(programs)
        return self._programs[key]


def _judged(trace: Trace) -> Trace:
    """Return a trace with only those results that must be right."""
    kept = Trace(looks=trace.looks, drawn=trace.drawn)
    for step in trace.steps if trace.looks else ():
        kept.add(step if step.what == RIGHT else Step(LOOK))
    return kept


def _key(place: Place, combination: Combination) -> _Key:
    earlier = tuple(case.name for case in place.earlier)
    return place.name, earlier, tuple(mistake.name for mistake in combination)
