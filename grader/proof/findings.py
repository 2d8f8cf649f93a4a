"""What must hold of an assignment, by the results of its :mod:`.specimens`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from grader.course.known import costly_mistakes, equivalent_mutants, harmless_cheats
from grader.model import CaseResult, Check, Mistake, Result, Status
from grader.proof.elsewhere import amiss, contradicted, hints, numbers_of, title
from grader.proof.public_tests import failures
from grader.proof.specimens import Course

_HINTLESS: Final = "has no hint, and is told to nobody: say what to look at, and no formula"


def judge(course: Course, results: Mapping[str, Result]) -> Iterator[Check]:
    """Yield all checks of an assignment, from the ``results`` of its submissions by name."""
    full, costly = course.assignment.max_score, costly_mistakes(course.assignment)

    def check(kind: str, name: str, finding: str = "", remark: str = "") -> Check:
        own = course.assignment.name
        return Check(assignment=own, kind=kind, name=name, finding=finding, remark=remark)

    if not course.mistakes:
        yield check("mistake", "", "none is known: write mistakes.py, or nothing shows that the "
                    "tests catch any")  # fmt: skip
    right = {"the solution": course.solution} | {v.name: v.cells for v in course.variants}
    for name, finding in failures(course.assignment, right, course.template):
        yield check("public", name, finding)
    unsound = earns(results[course.name("solution")], full)
    yield check("solution", "solution", unsound)
    template = results[course.name("template")]
    yield check("template", "template", earns(template, course.assignment.template_score))
    pages = [results[course.name("mistake", mistake.name)] for mistake in course.mistakes]
    for mistake, result in zip(course.mistakes, pages, strict=True):
        for kind, finding, remark in _of_mistake(course, mistake, result, costly):
            yield check(kind, title(mistake), finding, remark)
    yield check("truth", _confirmed(pages))
    for variant in course.variants:
        result = results[course.name("variant", variant.name)]
        numbers = ", ".join(map(str, numbers_of(result.cases)))
        accused = f"is right, and is given the mistake {numbers}" if numbers else ""
        yield check("variant", variant.name, earns(result, full) or accused)
    if not unsound:
        cheats = {one.name: results[course.name("cheat", one.name)] for one in course.cheats}
        for name, finding in _survivors(cheats, full, harmless_cheats(course.assignment), "CHEATS"):
            yield check("cheat", name, finding)
    if course.mutants:
        mutants = {one.name: results[course.name("mutant", one.name)] for one in course.mutants}
        explained = equivalent_mutants(course.assignment)
        for name, finding in _survivors(mutants, full, explained, "EQUIVALENT"):
            yield check("mutant", name, finding)
        yield check("hints", *hints(result.cases for result in mutants.values()))


def _of_mistake(
    course: Course, mistake: Mistake, result: Result, costly: dict[str, str]
) -> Iterator[tuple[str, str, str]]:
    """Yield the kinds of check of a known mistake, each with its finding and its remark."""
    has_hint = bool(mistake.hint.strip())
    failed = result.status is Status.FAULT
    finding = told(result, 0.0) if failed else amiss(mistake, result.cases)
    yield "mistake", finding or ("" if has_hint else _HINTLESS), ""
    if has_hint:
        yield "named", *_named(mistake, result)
    yield "cost", *_cost(course, result, costly.get(mistake.name, ""))
    if result.confirmed is not None:
        yield "sentences", contradicted(result.confirmed), ""


def earns(result: Result, points: float) -> str:
    """Return what is wrong where the result's score is not ``points``; empty where it is."""
    is_right = result.score is not None and abs(result.score - points) < 1e-9
    return "" if is_right else told(result, points)


def told(result: Result, points: float) -> str:
    """Return what the score is instead of *points*, and why."""
    if result.status is Status.FAULT:
        return f"the grader failed: {result.problem}"
    lost = ", ".join(f"{c.question}/{c.test_case} {c.outcome}: {c.message}" for c in _lost(result))
    return f"scores {result.score:g} of {points:g}; {lost}"


def _lost(result: Result) -> list[CaseResult]:
    return [case for case in result.cases if case.points < case.max_points]


def _cost(course: Course, result: Result, why: str) -> tuple[str, str]:
    """Return the finding and the remark on a mistake that costs more than its question is worth.

    Its question is the one where it loses most; other questions should not charge it again.
    *why* explains a mistake for which that cannot be.
    """
    lost: dict[str, float] = defaultdict(float)
    for case in _lost(result):
        lost[case.question] += case.max_points - case.points
    total, home = sum(lost.values()), max(lost, key=lambda question: lost[question], default="")
    worth = next((q.points for q in course.assignment.questions if q.name == home), 0.0)
    if total <= worth + 1e-9:
        return ("is explained in COSTLY, and costs no more than its question" if why else "", "")
    text = f"costs {total:g} of {result.max_score:g} points, more than the {worth:g} of {home}"
    return ("", f"{text}: {why}") if why else (text, "")


def _survivors(
    results: Mapping[str, Result], full: float, explained: Mapping[str, str], where: str
) -> Iterator[tuple[str, str]]:
    """Yield what is wrong, if anything, with each cheat or mutant that is graded or *explained*."""
    for name in dict.fromkeys([*results, *explained]):
        result = results.get(name)
        lost = result is not None and result.score is not None and result.score < full - 1e-9
        if result is None:
            yield name, f"is explained in {where}, and there is no such one"
        elif result.status is Status.FAULT:
            yield name, told(result, full)
        elif lost and name in explained:
            yield name, f"is explained in {where}, and loses points"
        elif lost or name in explained:
            yield name, ""
        else:
            yield name, "loses nothing: a hole in the tests, or right, too"


def _confirmed(results: Iterable[Result]) -> str:
    """Return how many of the sentences on the pages of known mistakes are confirmed."""
    found = [result.confirmed for result in results if result.confirmed is not None]
    return f"{sum(c.true for c in found)} of {sum(c.many for c in found)} sentences confirmed"


def _named(mistake: Mistake, result: Result) -> tuple[str, str]:
    """Return the finding and the remark on how the mistake is named."""
    numbers = numbers_of(result.cases)
    if numbers == [mistake.number]:
        return "", ""
    if not numbers:
        hinted = any(mistake.hint in case.message for case in result.cases)
        return "", "has its hint, but no number" if hinted else "is not named"
    return f"is named as {', '.join(map(str, numbers))}", ""
