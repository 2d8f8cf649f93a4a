"""Are known mistakes named in code that they were not written for?

A mistake of the catalogue is a change of one text.  Here it is made in the solution written
otherwise (:mod:`grader.rewrites`, in any accepted convention) and in correct variants.  All of
this is the course's own code, so the test cases run in this process, and what they gave is
explained as a student's work is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from grader import catalogue
from grader.assignment import Assignment, load
from grader.catalogue import Convention, as_written
from grader.diagnose import Attempt, Diagnoser
from grader.diagnose.replay import run_on
from grader.model import CaseResult, Mistake, Outcome, Variant
from grader.rewrites import STYLES

#: The share that must be named as themselves, or by the hint of those that cannot be told apart.
ENOUGH: Final = 0.95


class Told(StrEnum):
    """What the page says of a known mistake."""

    NAMED = "named"
    HINTED = "hinted"  # its hint, without a number
    SILENT = "silent"
    WRONG = "wrong"  # another number, or another's hint


@dataclass(frozen=True, slots=True)
class Case:
    """A mistake in code of its own, ``cells`` that define all that is asked for.

    ``surely`` says that it must lose what the mistake loses; in a variant a change of text may
    mean something else.
    """

    name: str
    mistake: Mistake
    cells: tuple[str, ...]
    surely: bool = True


class Bench:
    """Test cases on the course's own code, in this process, with what a page would say."""

    def __init__(self, assignment: Assignment) -> None:
        questions = sorted(assignment.questions, key=lambda question: question.file)
        self._cases = [(question, case) for question in questions for case in question.cases]
        self._diagnoser = Diagnoser(assignment)

    def results(self, cells: Sequence[str]) -> list[CaseResult]:
        """How each test case ends on what *cells* define, explained."""
        traces = run_on([case for _, case in self._cases], cells)
        attempts = []
        for (question, case), trace in zip(self._cases, traces, strict=True):
            kind = trace.ending[:1]
            wrong = Outcome.ERROR if kind == ("raised",) else Outcome.FAILED
            result = CaseResult(
                question=question.name,
                test_case=case.name,
                hidden=case.hidden,
                outcome=wrong if kind else Outcome.PASSED,
                points=0.0 if kind else case.points,
                max_points=case.points,
            )
            attempts.append(Attempt(case, trace, result))
        return self._diagnoser.explain(attempts)


def rewritten(solution: Mapping[str, str]) -> dict[str, str]:
    """The solution in each style, by its name: all of them right."""
    return {name: catalogue.written(solution, convention=style) for name, style in STYLES.items()}


def cases(
    solution: Mapping[str, str],
    core: Sequence[str],
    mistakes: Sequence[Mistake],
    conventions: Sequence[Convention],
    forms: Sequence[Convention],
    variants: Sequence[Variant],
    *,
    everything: bool = False,
) -> Iterator[Case]:
    """Each mistake in one style and way, or every second one in a variant; or in all of them.

    Which it is goes by its place, so that all have their turn and it is the same each time.
    """
    ways = [
        catalogue.in_turn(form, convention)
        for form in (as_written, *forms)
        for convention in (as_written, *conventions)
    ]
    for place, mistake in enumerate(mistakes):
        fitting = _fitting(solution, mistake, ways)
        styles = list(STYLES.items())
        pairs = [(style, number) for style in styles for number in fitting]
        if not everything:
            if place % 2 and (varied := list(_in_variants(solution, mistake, variants))):
                yield varied[place // 2 % len(varied)]
                continue
            pairs = [(styles[place % len(styles)], fitting[place // len(styles) % len(fitting)])]
        for (name, style), number in pairs:
            convention = catalogue.in_turn(ways[number], style)
            code = catalogue.together(solution, mistake, convention=convention)
            told = f", way {number}" if number else ""
            full = f"{mistake.number} {mistake.name}, {name}{told}"
            if code is not None:
                yield Case(full, mistake, (*core, code))
        yield from _in_variants(solution, mistake, variants) if everything else ()


def _fitting(
    solution: Mapping[str, str], mistake: Mistake, ways: Sequence[Convention]
) -> list[int]:
    """The numbers of the ways in which the mistake reads otherwise than before."""
    codes = [catalogue.together(solution, mistake, convention=c) for c in ways]
    return [n for n, code in enumerate(codes) if code is not None and code not in codes[:n]]


def _in_variants(
    solution: Mapping[str, str], mistake: Mistake, variants: Sequence[Variant]
) -> Iterator[Case]:
    for variant in variants:
        with suppress(SyntaxError, ValueError):
            found = catalogue.defined_in(variant.cells, solution)
            changed = catalogue.made(found, mistake)
            cells = variant.cells
            for name, text in found.items():
                cells = tuple(cell.replace(text, changed[name]) for cell in cells)
            for cell in cells:
                compile(cell, "<variant>", "exec")
            yield Case(
                f"{mistake.number} {mistake.name}, variant {variant.name}", mistake, cells, False
            )


def told(mistake: Mistake, results: Sequence[CaseResult]) -> Told:
    """What is said of it: a number may stand for a family, whose hints differ in the place."""
    numbers = {case.mistake for case in results} - {None}
    hints = {str(case.hint) for case in results if case.hint is not None}
    if numbers:
        return Told.NAMED if numbers == {mistake.number} else Told.WRONG
    if hints:
        return Told.HINTED if any(mistake.hint in hint for hint in hints) else Told.WRONG
    return Told.SILENT


def tell_all(folder: Path, several: Sequence[Case]) -> list[tuple[Case, list[CaseResult]]]:
    """Each of an assignment's cases with its results; to be called in a process of its own."""
    bench = Bench(load(folder))
    return [(case, bench.results(case.cells)) for case in several]


def summary(said: Sequence[Told]) -> tuple[str, str]:
    """A line on all of an assignment's cases, and what falls short in it."""
    counts = Counter(said)
    line = ", ".join(f"{counts[kind]} {kind}" for kind in Told)
    known = counts[Told.NAMED] + counts[Told.HINTED]
    if known < ENOUGH * len(said):
        share = known / len(said)
        return line, f"{share:.1%} are named or hinted at, {ENOUGH:.0%} are asked for"
    return line, ""
