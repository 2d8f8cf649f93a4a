"""What must hold of an assignment whose :mod:`.specimens` have been graded, and what does not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from grader.course.known import costly_mistakes, equivalent_mutants, harmless_cheats
from grader.model import CaseResult, Mistake, Result, Status
from grader.proof.elsewhere import amiss, contradicted, hints
from grader.proof.public_tests import failures
from grader.proof.specimens import Course

_HINTLESS: Final = "has no hint, and is told to nobody: say what to look at, and no formula"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was verified of an assignment; ``finding`` is empty where it holds.

    ``remark`` is worth reading and nothing that must be mended.
    """

    assignment: str
    kind: str
    name: str
    finding: str = ""
    remark: str = ""


def judge(course: Course, results: dict[str, Result]) -> Iterator[Check]:
    """Yield all that was verified, by the ``results`` of the submissions, by their names."""
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
    for mistake in course.mistakes:
        result = results[course.name("mistake", mistake.name)]
        for kind, finding, remark in _of_mistake(course, mistake, result, costly):
            yield check(kind, f"{mistake.number} {mistake.name}", finding, remark)
    pages = [results[course.name("mistake", mistake.name)] for mistake in course.mistakes]
    yield check("truth", _confirmed(pages))
    for variant in course.variants:
        result = results[course.name("variant", variant.name)]
        yield check("variant", variant.name, earns(result, full) or _accused(result))
    explained = harmless_cheats(course.assignment)
    for name in dict.fromkeys([*course.cheats, *explained]) if not unsound else ():
        survived = results[course.cheats[name]] if name in course.cheats else None
        yield check("cheat", name, _killed(survived, full, "CHEATS", name in explained))
    if course.mutants:
        explained = equivalent_mutants(course.assignment)
        for name in dict.fromkeys([*course.mutants, *explained]):
            survived = results[course.mutants[name]] if name in course.mutants else None
            yield check("mutant", name, _killed(survived, full, "EQUIVALENT", name in explained))
        line, finding = hints(results[name].cases for name in course.mutants.values())
        yield check("hints", line, finding)


def _of_mistake(
    course: Course, mistake: Mistake, result: Result, costly: dict[str, str]
) -> Iterator[tuple[str, str, str]]:
    """Each kind of check of a known mistake, with its finding and its remark."""
    has_hint = bool(mistake.hint.strip())
    yield "mistake", _caught(mistake, result) or ("" if has_hint else _HINTLESS), ""
    if has_hint:
        yield "named", *_named(mistake, result)
    yield "cost", *_cost(course, result, costly.get(mistake.name, ""))
    if result.confirmed is not None:
        yield "sentences", contradicted(result.confirmed), ""


def earns(result: Result, points: float) -> str:
    """Empty, or how the result's score is not ``points``."""
    is_right = result.score is not None and abs(result.score - points) < 1e-9
    return "" if is_right else told(result, points)


def told(result: Result, points: float) -> str:
    """What there is instead of *points*, and why."""
    if result.status is Status.FAULT:
        return f"the grader failed: {result.problem}"
    lost = ", ".join(f"{c.question}/{c.test_case} {c.outcome}: {c.message}" for c in _lost(result))
    return f"scores {result.score:g} of {points:g}; {lost}"


def _lost(result: Result) -> list[CaseResult]:
    return [case for case in result.cases if case.points < case.max_points]


def _caught(mistake: Mistake, result: Result) -> str:
    """Empty, or what the mistake loses that it should not, or does not lose."""
    if result.status is Status.FAULT:
        return f"the grader failed: {result.problem}"
    return amiss(mistake, result.cases)


def _cost(course: Course, result: Result, why: str) -> tuple[str, str]:
    """The finding and the remark on a mistake that costs more than a question is worth.

    It is taken to be made in the question where it loses most; what it costs elsewhere besides
    should be carried.  *why* explains one for which that cannot be.
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


def _killed(result: Result | None, full: float, where: str, explained: bool) -> str:
    """Empty, or what is wrong with a cheat's or mutant's score; None: only explained *where*."""
    if result is None:
        return f"is explained in {where}, and there is no such one"
    if result.status is Status.FAULT:
        return f"the grader failed: {result.problem}"
    lost = result.score is not None and result.score < full - 1e-9
    if lost and explained:
        return f"is explained in {where}, and loses points"
    return "" if lost or explained else "loses nothing: a hole in the tests, or right, too"


def _confirmed(results: Iterable[Result]) -> str:
    """How many of all sentences on the pages of known mistakes were confirmed."""
    found = [result.confirmed for result in results if result.confirmed is not None]
    return f"{sum(c.true for c in found)} of {sum(c.many for c in found)} sentences confirmed"


def _numbers(result: Result) -> list[int]:
    return sorted({case.mistake for case in result.cases if case.mistake is not None})


def _named(mistake: Mistake, result: Result) -> tuple[str, str]:
    """The finding and the remark on how the mistake is named."""
    numbers = _numbers(result)
    if numbers == [mistake.number]:
        return "", ""
    if not numbers:
        hinted = any(mistake.hint in case.message for case in result.cases)
        return "", "has its hint, but no number" if hinted else "is not named"
    return f"is named as {', '.join(map(str, numbers))}", ""


def _accused(result: Result) -> str:
    """Empty, or the mistakes that are named in correct work."""
    numbers = ", ".join(map(str, _numbers(result)))
    return f"is right, and is given the mistake {numbers}" if numbers else ""
