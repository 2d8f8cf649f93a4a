"""Is an assignment sound?  Grades what must pass and what must fail, as a class is graded.

Each of :mod:`grader.proof.specimens` is a notebook, graded by a job like a student's.  A finding
is one line that says what falls short (:mod:`grader.proof.findings`).
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from grader.batch.jobs import Jobs, Setup, Task
from grader.bounds import REPETITIONS, REPETITIONS_A_ROUND
from grader.commands.verified import line
from grader.course import catalogue
from grader.course import otter as handout
from grader.course.assignment import Assignment
from grader.course.master import definitions
from grader.errors import AssignmentError
from grader.model import Check, Result
from grader.proof import adopting
from grader.proof.elsewhere import in_other_code
from grader.proof.findings import earns, judge, told
from grader.proof.specimens import Course, make_course
from grader.words import counted


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
    """Verify assignments; ``tell`` hears what is being done, and what is found as it is found.

    The solution is graded ``repetitions`` times more, and each variant at least once more in 25;
    with ``thorough`` each variant every time.  ``otter`` says whether Otter builds and grades the
    handouts, too, which takes seconds each.  With ``mutate``, mutants are graded: each must lose
    points unless the assignment explains it; all mistakes, not a sample, are made in all other
    ways (:mod:`grader.proof.elsewhere`); and Otter grades the template, too.  With ``adopt``,
    mutants that give wrong answers and are not named are added to the catalogue, without hints
    (:mod:`grader.proof.adopting`).

    Raises AssignmentError where a file cannot be used, or an assignment is Otter's own; and
    UsageError where Otter, or a kernel for it, is needed and not installed.
    """
    if otter:
        handout.require_kernel()
    checks: list[Check] = []

    def found(several: Iterable[Check]) -> None:
        for check in several:
            checks.append(check)
            if check.finding:
                tell(line(check, check.finding))

    with tempfile.TemporaryDirectory(prefix="grader-verify-") as name:
        folder = Path(name)
        courses = [
            make_course(assignment, place, folder, mutate=mutate or adopt)
            for place, assignment in enumerate(assignments)
        ]
        # Nothing is preloaded, which pays only where many submissions import it.
        bare = tuple(replace(assignment, preload=()) for assignment in assignments)
        setup = Setup(assignments=bare, verifies=True)
        tell("mistakes and variants" + (", mutants" if mutate else ""))
        first: dict[str, Result] = {}
        for course in _graded(setup, courses, first, jobs=jobs):
            found(own := list(judge(course, first)))
            hold = sum(not check.finding for check in own)
            tell(f"{course.assignment.name}: {hold} of {counted(len(own), 'check')} hold")
        for course in courses if adopt else ():
            found(_adopt(course, first))
        tell("mistakes in other code")
        found(in_other_code(assignments, checks, jobs=jobs, sample=not mutate))
        tell(f"{repetitions} repetitions" + (", student notebooks, Otter" if otter else ""))
        again = _repeat(setup, courses, first, jobs, repetitions, thorough=thorough)
        if otter:
            again = _with_otter(courses, first, folder, jobs, again, template=mutate)
        found(again)
    order = {assignment.name: place for place, assignment in enumerate(assignments)}
    return sorted(checks, key=lambda check: order[check.assignment])


def _graded(
    setup: Setup, courses: Sequence[Course], results: dict[str, Result], *, jobs: int
) -> Iterator[Course]:
    """Grade all submissions into ``results``; yield each course when it is complete."""
    owners = {name: course for course in courses for name in course.handins}
    tasks = [[_task(course, name) for name in course.handins] for course in courses]
    with Jobs(setup, count=jobs) as running:
        for result in running.grade_apart(tasks):
            results[result.submission] = result
            course = owners[result.submission]
            if course.handins.keys() <= results.keys():
                yield course


def _task(course: Course, name: str) -> Task:
    return Task(handin=course.handins[name], assignment=course.place)


def _adopt(course: Course, results: Mapping[str, Result]) -> Iterator[Check]:
    """Add mutants to the catalogue, if the solution itself is right."""
    assignment = course.assignment
    if earns(results[course.name("solution")], assignment.max_score):
        return
    core = definitions(course.solution, assignment.names)
    found = adopting.adopted(
        [(one, results[course.name("mutant", one.name)].cases) for one in course.mutants],
        core,
        catalogue.definitions(assignment.notebook, assignment.names),
        course.mistakes,
    )
    path = assignment.folder / "mistakes.py"
    if found:
        adopting.write(path, found)
        remark = f"{counted(len(found), 'mutant')} written to {path}, each to be given a hint"
        yield Check(assignment=assignment.name, kind="mutant", name="adopted", remark=remark)


# -- repetitions -------------------------------------------------------------------


def _repeat(
    setup: Setup, courses: Sequence[Course], first: Mapping[str, Result], jobs: int,
    repetitions: int, *, thorough: bool,
) -> Iterator[Check]:  # fmt: skip
    """Grade the solution and the variants again: other hash seeds, times and random states.

    Each submission has draws of its own; each round has new interpreters, as many as ``jobs``.
    """
    moved: dict[str, str] = {}
    for start in range(0, repetitions, REPETITIONS_A_ROUND):
        turns = range(start, min(start + REPETITIONS_A_ROUND, repetitions))
        tasks = [task for turn in turns for task in _repeated(courses, turn, thorough=thorough)]
        with Jobs(setup, count=jobs, fresh=True) as running:
            for result in running.grade(tasks):
                if _points(result) != _points(first[result.submission]):
                    text = f"another time {told(result, result.max_score)}"
                    moved.setdefault(result.submission, text)
    for course in courses if repetitions else ():
        own = [f"{name}: {text}" for name, text in moved.items() if name in course.handins]
        yield Check(
            assignment=course.assignment.name,
            kind="repetition",
            name=f"{repetitions} repetitions",
            finding="; ".join(own),
        )


def _repeated(courses: Sequence[Course], turn: int, *, thorough: bool) -> Iterator[Task]:
    """Yield what is graded in one repetition: each solution, and the variants whose turn it is."""
    for course in courses:
        yield _task(course, course.name("core"))
        for place, variant in enumerate(course.variants):
            if thorough or place % REPETITIONS == turn % REPETITIONS:
                yield _task(course, course.name("variant", variant.name))


def _points(result: Result) -> list[float]:
    return [case.points for case in result.cases]


# -- what Otter is handed ------------------------------------------------------------


def _with_otter(
    courses: Sequence[Course],
    results: Mapping[str, Result],
    folder: Path,
    jobs: int,
    meanwhile: Iterable[Check],
    *,
    template: bool,
) -> Iterator[Check]:
    """Build the handouts and compare Otter's scores with ours.

    Otter grades the solution without its demos, which would take it as long as all else, and with
    ``template`` that, too; ``meanwhile`` is worked off while its kernels start.
    """
    graded: dict[str, tuple[Course, Path]] = {}
    for course in courses:
        name = course.assignment.name
        try:
            built = handout.build(course.assignment, folder / name)
        except AssignmentError as error:
            yield Check(assignment=name, kind="handout", name="build", finding=str(error))
            continue
        yield Check(assignment=name, kind="handout", name="no solution, no hidden test")
        for kind in ("core", "template") if template else ("core",):
            graded[course.name(kind)] = course, built.autograder
    pairs = [(course.handins[name].path, zipped) for name, (course, zipped) in graded.items()]
    with handout.scoring(pairs, jobs=jobs) as collect:
        yield from meanwhile
        theirs = collect()
    for (name, (course, _)), score in zip(graded.items(), theirs, strict=True):
        ours = results[name].score or 0.0
        finding = "" if abs(score - ours) < 1e-9 else f"{score:g} there, {ours:g} here"
        own = course.assignment.name
        yield Check(assignment=own, kind="otter run", name=name, finding=finding)
