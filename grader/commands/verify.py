"""Is an assignment sound?  Runs what must pass and what must fail, as grading runs it.

Every submission that verification makes (:mod:`grader.proof.specimens`) is a notebook, graded
by a job like a student's.  A finding is one line that says what falls short
(:mod:`grader.proof.findings`).
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from grader.batch.jobs import Jobs, Setup, Task
from grader.bounds import REPETITIONS, REPETITIONS_A_ROUND
from grader.course import catalogue
from grader.course import otter as handout
from grader.course.assignment import Assignment
from grader.course.master import definitions
from grader.errors import AssignmentError
from grader.model import Result
from grader.proof import adopting
from grader.proof.elsewhere import all_found
from grader.proof.findings import Check, earns, judge, told
from grader.proof.mutants import mutants
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
    if otter:
        handout.require_kernel()
    with tempfile.TemporaryDirectory(prefix="grader-verify-") as name:
        folder = Path(name)
        courses = [
            make_course(assignment, place, folder, mutate=mutate or adopt)
            for place, assignment in enumerate(assignments)
        ]
        setup = _setup(assignments)
        tell("mistakes and variants" + (", mutants" if mutate else ""))
        first = _grade_once(setup, _tasks(courses), jobs)
        checks = [check for course in courses for check in judge(course, first)]
        checks += [check for course in courses if adopt for check in _adopt(course, first)]
        tell("mistakes in other code")
        checks += _elsewhere(assignments, checks, jobs=jobs, sample=not mutate)
        tell(f"{repetitions} repetitions" + (", student notebooks, Otter" if otter else ""))
        again = partial(
            _repeat, setup, courses, first, jobs=jobs, repetitions=repetitions, thorough=thorough
        )
        if otter:
            again = partial(_with_otter, courses, first, folder, jobs, again, template=mutate)
        checks += again()
    order = {assignment.name: place for place, assignment in enumerate(assignments)}
    return sorted(checks, key=lambda check: order[check.assignment])


def _adopt(course: Course, results: dict[str, Result]) -> Iterator[Check]:
    """Add mutants to the catalogue, where the solution itself is right."""
    assignment = course.assignment
    if earns(results[course.name("solution")], assignment.max_score):
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


def _setup(assignments: Sequence[Assignment]) -> Setup:
    """What jobs start with: no preloading, which takes longer where few submissions import."""
    bare = tuple(replace(assignment, preload=()) for assignment in assignments)
    return Setup(assignments=bare, verifies=True)


def _grade_once(setup: Setup, tasks: Sequence[Sequence[Task]], jobs: int) -> dict[str, Result]:
    with Jobs(setup, count=jobs) as running:
        return {result.submission: result for result in running.grade_apart(tasks)}


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
    for start in range(0, repetitions, REPETITIONS_A_ROUND):
        turns = range(start, min(start + REPETITIONS_A_ROUND, repetitions))
        tasks = [task for turn in turns for task in _repeated(courses, turn, thorough=thorough)]
        with Jobs(setup, count=jobs, fresh=True) as running:
            for result in running.grade(tasks):
                if _points(result) != _points(first[result.submission]):
                    moved.setdefault(
                        result.submission, f"another time {told(result, result.max_score)}"
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
    template: bool,
) -> Iterator[Check]:
    """Build the handouts and compare Otter's scores; it is waited for in kernels that start.

    With ``template`` that is graded, too; not the whole solution, whose demos take Otter as long
    as all else.
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
        yield from meanwhile()
        theirs = collect()
    for (name, (course, _)), score in zip(graded.items(), theirs, strict=True):
        ours = results[name].score or 0.0
        finding = "" if abs(score - ours) < 1e-9 else f"{score:g} there, {ours:g} here"
        own = course.assignment.name
        yield Check(assignment=own, kind="otter run", name=name, finding=finding)
