"""Are known mistakes named in other code than their own, and are the sentences on pages true?

A known mistake is a change of one text.  Here it is made in rewrites of the solution
(:mod:`grader.proof.rewrites`, in each accepted convention and form) and in correct variants.  All
code is the course's own, so the test cases run in this process; the diagnosis explains their
results as it does a student's, and :mod:`grader.judge.truth` confirms each sentence.
"""

from __future__ import annotations

import multiprocessing
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final

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
from grader.model import CaseResult, Check, Confirmed, Mistake, Outcome, Variant
from grader.proof.rewrites import STYLES

#: Sentences that say no more than that a number is wrong.
_BARE: Final = (
    "{entry} is {own}, which is not right{count}.",
    "{entry} is {own}; it should be a finite number.",
)
_STRIDE: Final = 7  # from one mistake's way to the next one's


class Told(StrEnum):
    """What the page says of a known mistake."""

    NAMED = "named"
    HINTED = "hinted"  # its hint, without a number
    CHECKED = "told by the check"  # such as what is wrong with random numbers
    SILENT = "silent"
    WRONG = "wrong"  # another number, or another's hint


@dataclass(frozen=True, slots=True)
class Made:
    """Code with a mistake in it, or none: ``cells`` define all that is asked for.

    ``surely`` says that the code must lose what the mistake loses.  In another formula or in a
    variant, the same change of text may mean something else.
    """

    name: str
    mistake: Mistake | None
    cells: tuple[str, ...]
    surely: bool = True


class Bench:
    """Runs test cases on the course's own code, in this process, and explains the results."""

    def __init__(self, assignment: Assignment) -> None:
        self.name = assignment.name
        questions = sorted(assignment.questions, key=lambda question: question.file)
        self._cases = [(question, case) for question in questions for case in question.cases]
        self._diagnoser = Diagnoser(assignment)
        self._root = assignment.course_root

    def attempts(self, cells: Sequence[str]) -> list[Attempt]:
        """Return how each test case ends on what *cells* define."""
        done = []
        with course(self._root):
            runs = run_on([case for _, case in self._cases], cells)
        for (question, case), (trace, failure) in zip(self._cases, runs, strict=True):
            said = (failure.words,) if isinstance(failure, CheckFailure) else ()
            wrong = Outcome.FAILED if said else Outcome.ERROR
            result = CaseResult(
                question=question.name,
                test_case=case.name,
                hidden=case.hidden,
                outcome=Outcome.PASSED if failure is None else wrong,
                points=case.points if failure is None else 0.0,
                max_points=case.points,
                said=said,
            )
            done.append(Attempt(case, trace, result))
        return done

    def explained(self, attempts: Sequence[Attempt]) -> list[CaseResult]:
        """Return the results, with names and hints."""
        with course(self._root):
            return self._diagnoser.explain(attempts)

    def confirmed(self, attempts: Sequence[Attempt], results: Sequence[CaseResult]) -> Confirmed:
        """Return how many of the sentences the code's results confirm."""
        with course(self._root):
            return truth.confirmed(self._diagnoser, attempts, results)


# -- what is tried -----------------------------------------------------------------

_Maker = Callable[[Mistake], Made | None]


def everything(
    assignment: Assignment, *, sample: bool, without: AbstractSet[str] = frozenset()
) -> Iterator[Made]:
    """Yield rewrites of the solution; and each mistake made in code that it is not written for.

    Mistakes *without*, as "NUMBER NAME", are left out.  With *sample*, :data:`MISTAKES_SAMPLE` of
    the mistakes, spread evenly, are made in one way each: always the same one, and all ways in
    turn.
    """
    known = [m for m in mistakes(assignment) if title(m) not in without]
    if not known:
        return
    solution = catalogue.definitions(assignment.notebook, assignment.names)
    core = master.definitions(master.read(assignment.notebook).solution, assignment.names)
    ways = _ways(conventions(assignment), forms(assignment))
    for way in ways:
        code = catalogue.written(solution, convention=way.convention)
        yield Made(way.name, None, (*core, code))
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
    """Yield the mistake made in each possible way, each code once."""
    known = set[tuple[str, ...]]()
    for make in makers:
        made = make(mistake)
        if made is not None and made.cells not in known:
            known.add(made.cells)
            yield made


@dataclass(frozen=True, slots=True)
class Way:
    """A form of the formula, a convention and a style; ``surely`` as in :class:`Made`."""

    name: str
    convention: Convention
    surely: bool


def _ways(free: Sequence[Convention], formulas: Sequence[Convention]) -> list[Way]:
    """Return each convention of each form in some style, and each style at least once."""
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
    return Made(f"{title(mistake)}, {way.name}", mistake, (*core, code), way.surely)


def _in_variants(several: Iterable[Variant], names: Sequence[str]) -> Iterator[_Maker]:
    for variant in several:
        with suppress(SyntaxError):  # cells that only IPython understands are not tried
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
        name = f"{title(mistake)}, variant {variant.name}"
        return Made(name, mistake, cells, surely=False)
    return None


def title(mistake: Mistake) -> str:
    """Return what findings call a mistake."""
    return f"{mistake.number} {mistake.name}"


# -- what is found -----------------------------------------------------------------

_Found = tuple[Check, Told | None]  # and how a mistake is told


def in_other_code(
    assignments: Sequence[Assignment], checks: Iterable[Check], *, jobs: int, sample: bool
) -> Iterator[Check]:
    """Yield what is found of assignments, one after the other, in ``jobs`` processes.

    ``checks`` tell which solutions and mistakes are unsound as they are: these are left out.
    *sample* is that of :func:`everything`.
    """
    unsound = defaultdict[str, set[str]](set)
    for check in checks:
        if check.kind in ("solution", "mistake") and check.finding:
            unsound[check.assignment].add(check.name)
    sound = [one for one in assignments if "solution" not in unsound[one.name]]
    parts = -(-jobs // max(len(sound), 1))
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(max_workers=jobs, mp_context=context) as pool:
        waiting = {
            one.name: [
                pool.submit(_found, one.folder, sample, unsound[one.name], part, parts)
                for part in range(parts)
            ]
            for one in sound
        }
        for name, futures in waiting.items():
            found = [one for future in futures for one in future.result()]
            yield from (check for check, _ in found)
            counts = Counter(how for _, how in found if how is not None)
            if counts:
                yield _naming(name, counts, sample=sample)


def _found(
    folder: Path, sample: bool, without: AbstractSet[str], part: int, parts: int
) -> list[_Found]:
    """Return what is found in every ``parts``-th piece of code, beginning with number ``part``."""
    assignment = load(folder)
    bench = Bench(assignment)
    several = islice(everything(assignment, sample=sample, without=without), part, None, parts)
    return [one for made in several if (one := _look(bench, made)) is not None]


def _look(bench: Bench, made: Made) -> _Found | None:
    """Return what is found in code; None where the mistake's change means something else there."""
    attempts = bench.attempts(made.cells)
    kind = "rewritten" if made.mistake is None else "elsewhere"
    check = partial(Check, assignment=bench.name, kind=kind, name=made.name)
    if made.mistake is None:
        lost = [a.place for a in attempts if a.result.outcome is not Outcome.PASSED]
        return check(finding=f"loses {', '.join(lost)}" if lost else ""), None
    cases = [attempt.result for attempt in attempts]
    finding, remark = _kept(made.mistake, cases), _strays(made.mistake, cases)
    if (finding or remark) and not made.surely:
        return None
    results = bench.explained(attempts)
    untrue = contradicted(bench.confirmed(attempts, results))
    how = told(made.mistake, results)
    # Beside another convention a mistake may rightly cost more: no more than a remark.
    remark = "" if finding else remark
    if how is Told.WRONG:
        numbers = ", ".join(map(str, numbers_of(results))) or "something else, by its hint"
        finding = finding or f"is named as {numbers}"
    elif how is Told.SILENT:
        remark = remark or "is not named"
    return check(finding=finding or untrue, remark=remark), how


def _naming(assignment: str, counts: Counter[Told], *, sample: bool) -> Check:
    """Return how many mistakes are named in other code; a finding where it is too few."""
    total = counts.total()
    line = ", ".join(f"{counts[kind]} {kind}" for kind in Told)
    line += f" of {total} tried" if sample else f" of all {total}"
    share = 1 - (counts[Told.SILENT] + counts[Told.WRONG]) / total
    short = f"{share:.1%} are told what is wrong, {LEAST_TOLD_SHARE:.0%} are asked for"
    finding = short if share < LEAST_TOLD_SHARE else ""
    return Check(assignment=assignment, kind="naming", name=line, finding=finding)


def contradicted(confirmed: Confirmed) -> str:
    """Return the sentences that the code's results contradict; empty where there are none."""
    return "; ".join(f"this was not borne out: {sentence}" for sentence in confirmed.untrue)


def amiss(mistake: Mistake, results: Iterable[CaseResult]) -> str:
    """Return what a mistake loses wrongly, or fails to lose; empty where all is right."""
    cases = list(results)
    return _kept(mistake, cases) or _strays(mistake, cases)


def _kept(mistake: Mistake, results: Iterable[CaseResult]) -> str:
    places = {place for case in results if case.points < case.max_points for place in _places(case)}
    missed = sorted(mistake.loses - places)
    return f"loses nothing in {', '.join(missed)}" if missed else ""


def _strays(mistake: Mistake, results: Iterable[CaseResult]) -> str:
    lost = (case for case in results if case.points < case.max_points)
    others = [_places(case)[1] for case in lost if mistake.loses.isdisjoint(_places(case))]
    return f"also loses {', '.join(others)}" if others else ""


def _places(case: CaseResult) -> tuple[str, str]:
    return case.question, f"{case.question}/{case.test_case}"


def numbers_of(results: Iterable[CaseResult]) -> list[int]:
    """Return the numbers of the mistakes that results name, sorted."""
    return sorted({case.mistake for case in results if case.mistake is not None})


def told(mistake: Mistake, results: Sequence[CaseResult]) -> Told:
    """Return how a mistake is told by results.

    A number may stand for a family of mistakes, whose hints differ in the place.  In other code
    a mistake may be another one (even numbers that get signs are even numbers around 0): where
    both have the same hint, it is told by that hint.
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
    """Return a line on what submissions that lost points are told, and what falls short in it.

    A submission is hinted where a mistake's hint or an observation is told; others are told by
    the check what is expected, or when a result changes.  Those that raise are counted apart,
    since the error tells enough.
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
