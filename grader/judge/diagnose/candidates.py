"""What the solution and the known mistakes do in a test case, found out when it is asked.

A candidate is replayed until it does something else than the student, which most do in
their first steps.  As far as it was run it is kept: for the next student it runs again
only where it has agreed up to there.
"""

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
from .match import TOLERANCE, departs, deviation, step_distance
from .replay import Departed, Solution
from .table import Table
from .trace import LOOK, RIGHT, Step, Trace, is_scenario

Combination = tuple[Mistake, ...]
Program = tuple[CodeType, ...]
_Key = tuple[str, int, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Place:
    """A test case, and those of its question that are run before it."""

    name: str
    case: TestCase
    earlier: tuple[TestCase, ...] = ()

    @property
    def cases(self) -> tuple[TestCase, ...]:
        """In the order in which they are run."""
        return (*self.earlier, self.case)


@dataclass(slots=True)
class _Known:
    """What is known of a combination in a place: a run, and whether numbers were drawn in it."""

    trace: Trace
    random: bool


class Student:
    """A student's trace of a test case."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace

    @cached_property
    def portrait(self) -> Portrait:
        """The trace, as far as chance lets it be compared."""
        return portrait(self.trace)


class Candidates:
    """Runs combinations of mistakes (none: the solution) in test cases, and remembers."""

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
        self._known: dict[_Key, _Known] = {}

    def save(self) -> None:
        """Keep for later runs what was found out."""
        self._table.save()

    def right(self, name: str, case: TestCase) -> list[Trace]:
        """What the solution does in a test case, in each convention; nothing where it is random."""
        known = self._right(name, case)
        if known.random:
            return []
        return self.traces(Place(name, case), ()) if is_scenario(case) else [known.trace]

    def judged(self, name: str, case: TestCase) -> list[Trace]:
        """As :meth:`right`; of what is random, those results that must be right, and so are not."""
        known = self._right(name, case)
        return [known.trace] if known.random and known.trace.looks else self.right(name, case)

    def random(self, name: str, case: TestCase) -> bool:
        """Whether the solution draws random numbers in a test case."""
        return self._right(name, case).random

    def apart(
        self, student: Student, place: Place, combination: Combination, *, closely: bool = False
    ) -> float:
        """How far a student's trace lies from the combination's; inf where it is another.

        Of the results' size, or in units of chance where they are random; these are looked at
        ``closely`` when it is worth more runs.
        """
        if not self._programs_of(combination):
            return math.inf
        if self._right(place.name, place.case).random:
            return self._apart_by_chance(student, place, combination, closely)
        if is_scenario(place.case):
            return self._apart_in_conventions(student, place, combination)
        known = self._compared(student.trace, place, combination)
        if known.random and known.trace.partial:
            return self._apart_by_chance(student, place, combination, closely)
        return deviation(student.trace, [known.trace])

    def _apart_in_conventions(
        self, student: Student, place: Place, combination: Combination
    ) -> float:
        """As the solution is written; and where that does not fit, in all conventions."""
        first = self.traces(place, combination, conventions=1)
        apart = deviation(student.trace, first)
        if apart < math.inf or len(combination) > 1:
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
        """What a combination gives in a form, in so many conventions or in all; kept."""
        entries = self._table.of(place.name)
        key = ("traces", *_key(place, combination), form)
        known: list[Trace] = entries.setdefault(key, [])
        for program in self._programs_of(combination)[form][len(known) : conventions]:
            known.append(self._solution.run(place.cases, program)[0])
            self._table.note_change(place.name)
        return known[:conventions]

    def _compared(self, student: Trace, place: Place, combination: Combination) -> _Known:
        """The combination, run at least as far as it agrees with the student."""
        key = _key(place, combination)
        known = self._known.get(key)
        if known is not None and (not known.trace.partial or departs(student, known.trace)):
            return known

        def watch(trace: Trace) -> None:
            place = len(trace.steps) - 1
            if place >= len(student.steps):
                agrees = student.cut
            else:
                agrees = step_distance(student.steps[place], [trace.steps[place]]) <= TOLERANCE
            if not agrees:
                raise Departed

        trace, random = self._solution.run(place.cases, self._program(combination), watch=watch)
        known = self._known[key] = _Known(trace, random or bool(known and known.random))
        return known

    def _right(self, name: str, case: TestCase) -> _Known:
        """The solution, run to its end; where it is random, only that it is, and what is judged."""
        entries = self._table.of(name)
        if "solution" not in entries:
            trace, random = self._solution.run((case,), self._program(()))
            entries["solution"] = (_judged(trace) if random else trace), random
            self._table.note_change(name)
        return _Known(*entries["solution"])

    def _apart_by_chance(
        self, student: Student, place: Place, combination: Combination, closely: bool
    ) -> float:
        # Whether code raises is hardly a matter of chance: one run tells, and most are others.
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
        """What is known from ``count`` runs, or from ``least`` of them where no more were made."""
        entries = self._table.of(place.name)
        runs: Runs = entries.setdefault(("runs", *_key(place, combination), count), Runs())
        program = self._program(combination)
        for seed in range(len(runs.portraits) + 1, (count if least is None else least) + 1):
            runs.add(portrait(self._solution.run(place.cases, program, seed=seed)[0]))
            self._table.note_change(place.name)
        return runs

    def _program(self, combination: Combination) -> Program:
        """What to run as the solution is written; empty where there is nothing."""
        programs = self._programs_of(combination)
        return programs[0][0] if programs else ()

    def _programs_of(self, combination: Combination) -> list[list[Program]]:
        """What to run, in each form and each convention; none where the mistakes exclude
        each other.
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
    """A trace without all results but those that must be right."""
    kept = Trace(looks=trace.looks)
    for step in trace.steps if trace.looks else ():
        kept.add(step if step.what == RIGHT else Step(LOOK))
    return kept


def _key(place: Place, combination: Combination) -> _Key:
    return place.name, len(place.earlier), tuple(m.name for m in combination)
