"""Are known mistakes named in code that they were not written for, and is what is said true?

A mistake of the catalogue is a change of one text.  Here it is made in the solution written
otherwise (:mod:`grader.proof.rewrites`, in each accepted convention and form) and in correct
variants. All of this is the course's own code, so the test cases run in this process, and what
they gave is explained as a student's work is; each sentence is confirmed by
:mod:`grader.judge.truth`.
"""

from __future__ import annotations

import multiprocessing
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, Final

from grader.bounds import LEAST_HINTED_SHARE, LEAST_TOLD_SHARE, MISTAKES_SAMPLE
from grader.checks import CheckFailure
from grader.course import catalogue, master
from grader.course.assignment import Assignment, load
from grader.course.catalogue import Convention, as_written
from grader.course.hooks import course
from grader.course.known import conventions, forms, mistakes, variants
from grader.judge import truth
from grader.judge.diagnose import Attempt, Diagnoser
from grader.judge.diagnose.observations import OBSERVED
from grader.judge.diagnose.replay import run_on
from grader.model import CaseResult, Confirmed, Mistake, Outcome, Variant
from grader.proof.rewrites import STYLES

#: What says no more than that a number is wrong.
_BARE: Final = (
    "{entry} is {own}, which is not right{count}.",
    "{entry} is {own}; it should be a finite number.",
)
_STRIDE: Final = 7  # from mistake to mistake, through the ways in which each can be made


class Told(StrEnum):
    """What the page says of a known mistake."""

    NAMED = "named"
    HINTED = "hinted"  # its hint, without a number
    CHECKED = "told by the check"  # what is wrong with numbers that are drawn, for one
    SILENT = "silent"
    WRONG = "wrong"  # another number, or another's hint


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that was looked at: its ``kind``, and what falls short or is worth reading.

    ``told`` says how a mistake elsewhere was named.
    """

    kind: str
    name: str
    finding: str = ""
    remark: str = ""
    told: Told | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """Code with a mistake in it (or none): ``cells`` that define all that is asked for.

    ``surely`` says that it must lose what the mistake loses: in another formula, or a variant, a
    change of text may mean something else.
    """

    kind: str
    name: str
    mistake: Mistake | None
    cells: tuple[str, ...]
    surely: bool = True


class Bench:
    """Test cases on the course's own code, in this process, with what a page would say."""

    def __init__(self, assignment: Assignment) -> None:
        questions = sorted(assignment.questions, key=lambda question: question.file)
        self._cases = [(question, case) for question in questions for case in question.cases]
        self._diagnoser = Diagnoser(assignment)
        self._root = assignment.course_root

    def attempts(self, cells: Sequence[str]) -> list[Attempt]:
        """How each test case ends on what *cells* define."""
        done = []
        with course(self._root):
            runs = run_on([case for _, case in self._cases], cells)
        for (question, case), (trace, failure) in zip(self._cases, runs, strict=True):
            checked = isinstance(failure, CheckFailure)
            wrong = Outcome.FAILED if checked else Outcome.ERROR
            result = CaseResult(
                question=question.name,
                test_case=case.name,
                hidden=case.hidden,
                outcome=Outcome.PASSED if failure is None else wrong,
                points=case.points if failure is None else 0.0,
                max_points=case.points,
                said=(failure.words,) if isinstance(failure, CheckFailure) else (),
            )
            done.append(Attempt(case, trace, result))
        return done

    def explained(self, attempts: Sequence[Attempt]) -> list[CaseResult]:
        """The results, with names and hints."""
        with course(self._root):
            return self._diagnoser.explain(attempts)

    def confirmed(self, attempts: Sequence[Attempt], results: Sequence[CaseResult]) -> Confirmed:
        """How many of the sentences are borne out by what the code gave."""
        with course(self._root):
            return truth.confirmed(self._diagnoser, attempts, results)


# What is tried

_Maker = Callable[[Mistake], Made | None]


def everything(
    assignment: Assignment, *, sample: bool, without: AbstractSet[str] = frozenset()
) -> Iterator[Made]:
    """What is right, written otherwise; and each mistake in other code than it is written for.

    Mistakes *without* which it is done do not cost what they should as they are written.

    With *sample* :data:`MISTAKES_SAMPLE` of the mistakes, spread evenly, in one other way each:
    which it is goes by its place, so that all ways have their turn and it is the same each time.
    """
    known = [m for m in mistakes(assignment) if _named(m) not in without]
    if not known:
        return
    solution = catalogue.definitions(assignment.notebook, assignment.names)
    core = master.definitions(master.read(assignment.notebook).solution, assignment.names)
    ways = _ways(conventions(assignment), forms(assignment))
    for way in ways:
        code = catalogue.written(solution, convention=way.convention)
        yield Made("rewritten", way.name, None, (*core, code))
    makers: list[_Maker] = [partial(_in_way, solution, core, way) for way in ways]
    makers += _in_variants(variants(assignment), assignment.names)
    count = min(MISTAKES_SAMPLE, len(known)) if sample else len(known)
    for turn in range(count):
        start = turn * _STRIDE % len(makers)
        turned = [*makers[start:], *makers[:start]]
        yield from islice(
            _distinct(known[turn * len(known) // count], turned), 1 if sample else None
        )


def _distinct(mistake: Mistake, makers: Iterable[_Maker]) -> Iterator[Made]:
    """The mistake made in each way in which it can be, each code once."""
    known = set[tuple[str, ...]]()
    for make in makers:
        made = make(mistake)
        if made is not None and made.cells not in known:
            known.add(made.cells)
            yield made


@dataclass(frozen=True, slots=True)
class Way:
    """A form of the formula, a convention and a style together; ``surely`` as in :class:`Made`."""

    name: str
    convention: Convention
    surely: bool


def _ways(free: Sequence[Convention], formulas: Sequence[Convention]) -> list[Way]:
    """Each convention of each form in one of the styles, and each style at least once."""
    both = [
        (f"form {f}, convention {c}", catalogue.in_turn(form, convention), f == 0)
        for f, form in enumerate((as_written, *formulas))
        for c, convention in enumerate((as_written, *free))
    ]
    styles = list(STYLES.items())
    found = list[Way]()
    for place in range(max(len(both), len(styles))):
        (name, way, surely), (style, rewrite) = both[place % len(both)], styles[place % len(styles)]
        found.append(Way(f"{style}, {name}", catalogue.in_turn(way, rewrite), surely))
    return found


def _in_way(
    solution: Mapping[str, str], core: Sequence[str], way: Way, mistake: Mistake
) -> Made | None:
    code = catalogue.together(solution, mistake, convention=way.convention)
    if code is None:
        return None
    return Made("elsewhere", f"{_named(mistake)}, {way.name}", mistake, (*core, code), way.surely)


def _in_variants(several: Iterable[Variant], names: Sequence[str]) -> Iterator[_Maker]:
    for variant in several:
        with suppress(SyntaxError):  # what only IPython understands is graded elsewhere
            for cell in variant.cells:
                compile(cell, "<variant>", "exec")
            defined = catalogue.defined_in(variant.cells, names)
            yield partial(_in_variant, variant, defined)


def _in_variant(variant: Variant, defined: Mapping[str, str], mistake: Mistake) -> Made | None:
    with suppress(SyntaxError, ValueError):
        changed = catalogue.made(defined, mistake)
        cells = variant.cells
        for name, text in defined.items():
            cells = tuple(cell.replace(text, changed[name]) for cell in cells)
        for cell in cells:
            compile(cell, "<variant>", "exec")
        name = f"{_named(mistake)}, variant {variant.name}"
        return Made("elsewhere", name, mistake, cells, surely=False)
    return None


def _named(mistake: Mistake) -> str:
    return f"{mistake.number} {mistake.name}"


# What is found


def found(
    assignment: Assignment,
    *,
    sample: bool,
    without: AbstractSet[str] = frozenset(),
    part: int = 0,
    parts: int = 1,
) -> list[Found]:
    """What is found of an assignment, or of one of so many parts of what is tried."""
    bench = Bench(assignment)
    several = islice(everything(assignment, sample=sample, without=without), part, None, parts)
    return [one for made in several if (one := _look(bench, made)) is not None]


def _look(bench: Bench, made: Made) -> Found | None:
    """What is found in code with a mistake; None where the change means something else there."""
    attempts = bench.attempts(made.cells)
    if made.mistake is None:
        lost = [a.place for a in attempts if a.result.outcome is not Outcome.PASSED]
        return Found(made.kind, made.name, f"loses {', '.join(lost)}" if lost else "")
    cases = [attempt.result for attempt in attempts]
    finding, remark = kept(made.mistake, cases), strays(made.mistake, cases)
    if (finding or remark) and not made.surely:
        return None
    results = bench.explained(attempts)
    untrue = contradicted(bench.confirmed(attempts, results))
    how = told(made.mistake, results)
    # What is carried is shown as it is written: beside another convention it may cost more.
    remark = "" if finding else remark
    if how is Told.WRONG:
        numbers = ", ".join(map(str, numbers_of(results))) or "something else, by its hint"
        finding = finding or f"is named as {numbers}"
    elif how is Told.SILENT:
        remark = remark or "is not named"
    return Found(made.kind, made.name, finding or untrue, remark, told=how)


def contradicted(confirmed: Confirmed) -> str:
    """Empty, or the sentences that what the code gave does not bear out."""
    return "; ".join(f"this was not borne out: {sentence}" for sentence in confirmed.untrue)


def amiss(mistake: Mistake, results: Iterable[CaseResult]) -> str:
    """Empty, or what a mistake loses that it should not, or does not lose."""
    cases = list(results)
    return kept(mistake, cases) or strays(mistake, cases)


def kept(mistake: Mistake, results: Iterable[CaseResult]) -> str:
    """Empty, or that a mistake does not lose what it should."""
    places = {place for case in results if case.points < case.max_points for place in _places(case)}
    missed = sorted(mistake.loses - places)
    return f"loses nothing in {', '.join(missed)}" if missed else ""


def strays(mistake: Mistake, results: Iterable[CaseResult]) -> str:
    """Empty, or that a mistake loses what it should not."""
    lost = (case for case in results if case.points < case.max_points)
    others = [_places(case)[1] for case in lost if mistake.loses.isdisjoint(_places(case))]
    return f"also loses {', '.join(others)}" if others else ""


def _places(case: CaseResult) -> tuple[str, str]:
    return case.question, f"{case.question}/{case.test_case}"


def numbers_of(results: Iterable[CaseResult]) -> list[int]:
    """The numbers of the mistakes that are named."""
    return sorted({case.mistake for case in results if case.mistake is not None})


def told(mistake: Mistake, results: Sequence[CaseResult]) -> Told:
    """What is said of it: a number may stand for a family, whose hints differ in the place.

    In other code a mistake may be another one (even numbers that get signs are even numbers around
    0): where the two have one hint, that is what is told.
    """
    numbers = numbers_of(results)
    hints = {str(case.hint) for case in results if case.hint is not None}
    if numbers == [mistake.number]:
        return Told.NAMED
    if numbers and hints != {mistake.hint}:
        return Told.WRONG
    if hints:
        return Told.HINTED if any(mistake.hint in hint for hint in hints) else Told.WRONG
    return Told.CHECKED if _hinted(results) == "told" else Told.SILENT


def hints(several: Iterable[Sequence[CaseResult]]) -> tuple[str, str]:
    """A line on what is told of submissions that lost points, and what falls short in it.

    Hinted is who is told a mistake's name or hint, or what is observed; others are told by the
    check itself what is expected, or when a result changes.  What code raises, and where, tells
    enough by itself, and is counted apart.
    """
    counts = Counter(_hinted(results) for results in several)
    wrong = counts["hinted"] + counts["told"] + counts["not"]
    if not wrong:
        return "", ""
    share = 1 - counts["not"] / wrong
    line = (
        f"of {wrong} that give a wrong answer {counts['hinted']} are hinted, {counts['told']} "
        f"told what is expected ({share:.0%} together); {counts['raises']} more raise"
    )
    return line, f"{LEAST_HINTED_SHARE:.0%} are asked for" if share < LEAST_HINTED_SHARE else ""


def _hinted(results: Sequence[CaseResult]) -> str:
    lost = [case for case in results if case.points < case.max_points]
    texts = [words.text for case in lost for words in case.said]
    if not lost:
        return "right"
    if any(case.hint is not None for case in lost) or not OBSERVED.isdisjoint(texts):
        return "hinted"
    if any(case.outcome is not Outcome.FAILED for case in lost):
        return "raises"
    titles = {case.title for case in lost}  # what is required stands on every page
    return "not" if all(t in _BARE or t in titles for t in texts) else "told"


def all_found(
    assignments: Sequence[Assignment],
    *,
    jobs: int,
    sample: bool,
    without: Mapping[str, AbstractSet[str]],
) -> Iterator[tuple[str, Found]]:
    """What is found of assignments, by their names, and a line on each; in so many processes."""
    parts = -(-jobs // max(len(assignments), 1))
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(max_workers=jobs, mp_context=context) as pool:
        waiting = {
            assignment.name: [
                pool.submit(
                    _found_in,
                    assignment.folder,
                    sample=sample,
                    without=without.get(assignment.name, frozenset()),
                    part=part,
                    parts=parts,
                )
                for part in range(parts)
            ]
            for assignment in assignments
        }
        for name, futures in waiting.items():
            several = [one for future in futures for one in future.result()]
            yield from ((name, one) for one in several)
            yield from ((name, line) for line in _lines(several, sample=sample))


def _found_in(folder: Path, **asked: Any) -> list[Found]:
    return found(load(folder), **asked)


def _lines(several: Sequence[Found], *, sample: bool) -> Iterator[Found]:
    """The line on how mistakes are named elsewhere; it falls short where too few are."""
    counts = Counter(one.told for one in several if one.told is not None)
    total = counts.total()
    if not total:
        return
    line = ", ".join(f"{counts[kind]} {kind}" for kind in Told)
    of = f"of {total} tried" if sample else f"of all {total}"
    text = f"{line} {of}"
    share = 1 - (counts[Told.SILENT] + counts[Told.WRONG]) / total
    short = f"{share:.1%} are told what is wrong, {LEAST_TOLD_SHARE:.0%} are asked for"
    yield Found("naming", text, short if share < LEAST_TOLD_SHARE else "")
