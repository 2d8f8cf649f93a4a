"""Is an assignment sound?  Runs what must pass and what must fail, as grading runs it.

Every submission that verification makes (the solution, the untouched template, each
known mistake, each correct variant) is a notebook, graded by a job like a
student's.  A finding is one line that says what falls short.
"""

from __future__ import annotations

import json
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Final

from grader.batch.jobs import Jobs, Setup, Task
from grader.course import catalogue
from grader.course import otter as handout
from grader.course.assignment import Assignment
from grader.course.known import (
    all_mistakes,
    costly_mistakes,
    equivalent_mutants,
    harmless_cheats,
    variants,
)
from grader.course.master import definitions
from grader.course.master import read as read_master
from grader.errors import AssignmentError
from grader.model import CaseResult, Handin, Mistake, Result, Status, Variant
from grader.proof import adopting
from grader.proof.cheats import cheats, hard_wired
from grader.proof.elsewhere import all_found, amiss, contradicted, hints
from grader.proof.mutants import mutants
from grader.proof.public_tests import asked, failures
from grader.words import counted

REPETITIONS: Final = 25
_HINTLESS: Final = "has no hint, and is told to nobody: say what to look at, and no formula"
_ROUND: Final = 25  # repetitions for which the same interpreters serve


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


@dataclass(slots=True)
class Course:
    """An assignment and the notebooks that verify it, by the names of their submissions."""

    assignment: Assignment
    place: int
    solution: tuple[str, ...]
    template: tuple[str, ...]
    mistakes: tuple[Mistake, ...]
    variants: tuple[Variant, ...]
    # The name of its submission, by its own.
    cheats: dict[str, str] = field(default_factory=dict)
    mutants: dict[str, str] = field(default_factory=dict)
    handins: dict[str, Handin] = field(default_factory=dict)

    def name(self, kind: str, name: str = "") -> str:
        """The name of one of the submissions."""
        return "-".join(part for part in (self.assignment.name, kind, name) if part)

    def add(self, folder: Path, kind: str, name: str, cells: Sequence[str]) -> None:
        """Write a notebook of ``cells``, to be graded under :meth:`name`."""
        full = self.name(kind, name)
        # By number: a mistake's name may hold what no file name does.
        path = folder / f"{self.assignment.name}-{len(self.handins)}.ipynb"
        path.write_text(notebook(cells), "utf-8")
        self.handins[full] = Handin(name=full, source=path.name, student=full, path=path)


def notebook(cells: Sequence[str]) -> str:
    """A notebook of these code cells, as JSON."""
    code: list[dict[str, object]] = [
        {"cell_type": "code", "id": f"cell-{i}", "metadata": {}, "source": source,
         "outputs": [], "execution_count": None}
        for i, source in enumerate(cells)
    ]  # fmt: skip
    return json.dumps({"cells": code, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def verify(
    assignments: Sequence[Assignment],
    *,
    jobs: int,
    repetitions: int = REPETITIONS,
    thorough: bool = False,
    otter: bool = True,
    mutate: bool = False,
    adopt: bool = False,
    tell: Callable[[str], None] = lambda text: None,
) -> list[Check]:
    """Verify assignments together; ``tell`` hears what is being done.

    The solution is graded ``repetitions`` times more, and each variant at least once more
    in 25; with ``thorough`` each variant every time.  ``otter`` says whether the handouts are
    built and graded by Otter, too: seconds each.  With ``mutate`` every small change of the
    solution is a submission, too, which must lose points unless the assignment explains it,
    and each mistake is made in every other way (:mod:`grader.proof.elsewhere`), not a sample of
    them; Otter grades the template, too.  With ``adopt`` those that give wrong answers and are not
    named are added to the catalogue, without hints (:mod:`grader.proof.adopting`).

    Raises AssignmentError where a file cannot be used at all, and of what is Otter's own, and
    UsageError where Otter, or a kernel for it, is asked for and not installed.
    """
    for assignment in assignments:
        if assignment.is_otters:
            raise AssignmentError(
                f"{assignment.name} is Otter's own: it has no solution that could be verified."
            )
    if otter:
        handout.require_kernel()
    with tempfile.TemporaryDirectory(prefix="grader-verify-") as name:
        folder = Path(name)
        courses = [_course(a, place, folder) for place, a in enumerate(assignments)]
        for course in courses if mutate or adopt else ():
            _mutate(course, folder)
        # Few of its submissions import what they may: no preloading, which takes longer.
        bare = tuple(replace(assignment, preload=()) for assignment in assignments)
        setup = Setup(assignments=bare, verifies=True)
        tell("mistakes and variants" + (", mutants" if mutate else ""))
        first = _grade_once(setup, _tasks(courses), jobs)
        checks = [check for course in courses for check in _judge(course, first)]
        checks += [check for course in courses if adopt for check in _adopt(course, first)]
        tell("mistakes in other code")
        checks += _elsewhere(assignments, checks, jobs=jobs, sample=not mutate)
        tell(f"{repetitions} repetitions" + (", student notebooks, Otter" if otter else ""))
        again = partial(_repeat, setup, courses, first, jobs=jobs, repetitions=repetitions)
        if otter:
            checks += _with_otter(
                courses,
                first,
                folder,
                jobs,
                lambda: again(thorough=thorough),
                # Not the whole solution: demos take Otter as long as all else.
                kinds=("core", "template") if mutate else ("core",),
            )
        else:
            checks += again(thorough=thorough)
    order = {assignment.name: place for place, assignment in enumerate(assignments)}
    return sorted(checks, key=lambda check: order[check.assignment])


def _course(assignment: Assignment, place: int, folder: Path) -> Course:
    master = read_master(assignment.notebook)
    course = Course(
        assignment=assignment,
        place=place,
        solution=master.solution,
        template=master.template,
        mistakes=all_mistakes(assignment),
        variants=variants(assignment),
    )
    course.add(folder, "solution", "", master.solution)
    course.add(folder, "template", "", master.template)
    core = definitions(master.solution, assignment.names)
    course.add(folder, "core", "", core)
    wired = hard_wired(core, assignment.names, partial(asked, assignment))
    for number, cheat in enumerate([*cheats(core, assignment.names), *wired]):
        course.add(folder, "cheat", str(number), [*core, cheat.code])
        course.cheats[cheat.name] = course.name("cheat", str(number))
    for mistake in course.mistakes:
        course.add(folder, "mistake", mistake.name, [*core, mistake.code])
    for variant in course.variants:
        course.add(folder, "variant", variant.name, variant.cells)
    return course


def _mutate(course: Course, folder: Path) -> None:
    names = course.assignment.names
    core = definitions(course.solution, names)
    for number, mutant in enumerate(mutants(core, names)):
        course.add(folder, "mutant", str(number), [*core, mutant.code])
        course.mutants[mutant.name] = course.name("mutant", str(number))


def _adopt(course: Course, results: dict[str, Result]) -> Iterator[Check]:
    """Add mutants to the catalogue, where the solution itself is right."""
    assignment = course.assignment
    if _earns(results[course.name("solution")], assignment.max_score):
        return
    core = definitions(course.solution, assignment.names)
    found = adopting.adopted(
        [(one, results[course.mutants[one.name]].cases) for one in mutants(core, assignment.names)],
        core,
        catalogue.definitions(assignment.notebook, assignment.names),
        course.mistakes,
    )
    path = assignment.folder / "mistakes.py"
    if found:
        adopting.write(path, found)
        remark = f"{counted(len(found), 'mutant')} written to {path}, each to be given a hint"
        yield Check(assignment=assignment.name, kind="mutant", name="adopted", remark=remark)


def _tasks(courses: Sequence[Course]) -> list[list[Task]]:
    """All submissions, a list an assignment."""
    return [
        [Task(handin=handin, assignment=course.place) for handin in course.handins.values()]
        for course in courses
    ]


def _grade_once(setup: Setup, tasks: Sequence[Sequence[Task]], jobs: int) -> dict[str, Result]:
    with Jobs(setup, count=jobs) as running:
        return {result.submission: result for result in running.grade_apart(tasks)}


# -- what must hold of one pass ----------------------------------------------------


def _judge(course: Course, results: dict[str, Result]) -> Iterator[Check]:
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
    unsound = _earns(results[course.name("solution")], full)
    yield check("solution", "solution", unsound)
    template = results[course.name("template")]
    yield check("template", "template", _earns(template, course.assignment.template_score))
    for mistake in course.mistakes:
        result = results[course.name("mistake", mistake.name)]
        for kind, finding, remark in _of_mistake(course, mistake, result, costly):
            yield check(kind, f"{mistake.number} {mistake.name}", finding, remark)
    pages = [results[course.name("mistake", mistake.name)] for mistake in course.mistakes]
    yield check("truth", _confirmed(pages))
    for variant in course.variants:
        result = results[course.name("variant", variant.name)]
        yield check("variant", variant.name, _earns(result, full) or _accused(result))
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


def _elsewhere(
    assignments: Sequence[Assignment], checks: Sequence[Check], *, jobs: int, sample: bool
) -> Iterator[Check]:
    """What is said of mistakes that cost what they should, in other code, too."""
    unsound = defaultdict[str, set[str]](set)
    for check in checks:
        if check.kind in ("solution", "mistake") and check.finding:
            unsound[check.assignment].add(check.name)
    sound = [one for one in assignments if "solution" not in unsound[one.name]]
    for name, one in all_found(sound, jobs=jobs, sample=sample, without=unsound):
        yield Check(
            assignment=name,
            kind=one.kind,
            name=one.name,
            finding=one.finding,
            remark=one.remark,
        )


def _earns(result: Result, points: float) -> str:
    """Empty, or how the result's score is not ``points``."""
    is_right = result.score is not None and abs(result.score - points) < 1e-9
    return "" if is_right else _told(result, points)


def _told(result: Result, points: float) -> str:
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


# -- repetitions -------------------------------------------------------------------


def _repeat(
    setup: Setup, courses: Sequence[Course], first: dict[str, Result], *, jobs: int,
    repetitions: int, thorough: bool,
) -> Iterator[Check]:  # fmt: skip
    """Grade the solution and the variants again: other hash seeds, times and random states.

    Each submission has draws of its own; the judges and workers of each round are new
    interpreters, as many as there are jobs.
    """
    moved: dict[str, str] = {}
    if not repetitions:
        return
    for start in range(0, repetitions, _ROUND):
        turns = range(start, min(start + _ROUND, repetitions))
        tasks = [task for turn in turns for task in _repeated(courses, turn, thorough=thorough)]
        with Jobs(setup, count=jobs, fresh=True) as running:
            for result in running.grade(tasks):
                if _points(result) != _points(first[result.submission]):
                    moved.setdefault(
                        result.submission, f"another time {_told(result, result.max_score)}"
                    )
    for course in courses:
        own = [f"{name}: {text}" for name, text in moved.items() if name in course.handins]
        yield Check(
            assignment=course.assignment.name,
            kind="repetition",
            name=f"{repetitions} repetitions",
            finding="; ".join(own),
        )


def _repeated(courses: Sequence[Course], turn: int, *, thorough: bool) -> Iterator[Task]:
    """What is graded in one repetition: each solution, and the variants whose turn it is."""
    for course in courses:
        names = [course.name("core")]
        for place, variant in enumerate(course.variants):
            if thorough or place % REPETITIONS == turn % REPETITIONS:
                names.append(course.name("variant", variant.name))
        for name in names:
            yield Task(handin=course.handins[name], assignment=course.place)


def _points(result: Result) -> list[float]:
    return [case.points for case in result.cases]


# -- what Otter is handed ------------------------------------------------------------


def _with_otter(
    courses: Sequence[Course],
    results: dict[str, Result],
    folder: Path,
    jobs: int,
    meanwhile: Callable[[], Iterator[Check]],
    *,
    kinds: Sequence[str],
) -> Iterator[Check]:
    """Build the handouts and compare Otter's scores; it is waited for in kernels that start."""
    graded: dict[str, tuple[Course, Path]] = {}
    for course in courses:
        name = course.assignment.name
        try:
            built = handout.build(course.assignment, folder / name)
        except AssignmentError as error:
            yield Check(assignment=name, kind="handout", name="build", finding=str(error))
            continue
        yield Check(assignment=name, kind="handout", name="no solution, no hidden test")
        for kind in kinds:
            graded[course.name(kind)] = course, built.autograder
    pairs = [(course.handins[name].path, zipped) for name, (course, zipped) in graded.items()]
    with handout.scoring(pairs, jobs=jobs) as collect:
        yield from meanwhile()
        theirs = collect()
    for (name, (course, _)), score in zip(graded.items(), theirs, strict=True):
        ours = results[name].score or 0.0
        finding = "" if abs(score - ours) < 1e-9 else f"{score:g} there, {ours:g} here"
        own = course.assignment.name
        yield Check(assignment=own, kind="otter run", name=name, finding=finding)
