"""Grades one submission, end to end: its cells, then every test case, then its points.

The judge's own loop: hidden tests run here, on proxies of what the student
defined.  Whatever a submission does ends in a ``Result``; only our own failures
are exceptions, and become the status ``fault``.
"""

from __future__ import annotations

import logging
import time
import warnings
from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from grader.bounds import ANSWER_CHARACTERS
from grader.checks.sharing import sharing
from grader.course.assignment import Assignment
from grader.course.catalogue import defined_in, without_magics
from grader.course.hooks import course, data_of
from grader.course.testfile import Question, TestCase, score
from grader.errors import Fault, log, overheard
from grader.model import CaseResult, Figure, Handin, Outcome, Result, Status, Submission
from grader.sandbox.outside.host import Stopped, Zygote, student_error
from grader.sandbox.wire.protocol import Befell
from grader.words import Words, distinct, say

from . import truth
from .diagnose import Attempt, Diagnoser, Trace, given_to, recording
from .missing import Clues
from .pictures import Pictures
from .session import Session
from .verdict import STOPPED, judge, lacking, stopped_at, without

_WRONG = (Outcome.FAILED, Outcome.ERROR)


class Grader:
    """Grades submissions of one assignment, one after the other, in workers of one zygote.

    ``questions`` are the assignment's own unless given (``grader check`` runs only
    the public ones).  Where it ``verifies`` the assignment, no page is written of the results:
    nothing is drawn or tried for it, each sentence is held against what the code gave, and an
    error of ours that would cost nobody a point is a fault.
    """

    def __init__(
        self,
        assignment: Assignment,
        *,
        zygote: Zygote,
        questions: tuple[Question, ...] | None = None,
        verifies: bool = False,
    ) -> None:
        self._assignment = assignment
        self._zygote = zygote
        self._questions = assignment.questions if questions is None else questions
        self._data = data_of(case.function for q in self._questions for case in q.cases)
        self._diagnoser = Diagnoser(assignment)
        self._verifies = verifies
        self._pictures = None if verifies else Pictures(assignment)

    def grade(self, submission: Submission) -> Result:
        """The submission's result.  Never raises for anything a student handed in."""
        started, begin = datetime.now(UTC).isoformat(timespec="seconds"), time.perf_counter()
        result = Result(
            submission=submission.name,
            source=submission.source,
            student=submission.student,
            digest=submission.digest,
            status=Status.UNREADABLE,
            score=0.0,
            max_score=sum(question.points for question in self._questions),
            notes=submission.notes,
            problem=submission.problem,
            started=started,
        )
        if submission.problem is None:
            root, has_files = self._assignment.course_root, bool(self._assignment.files)
            try:
                with overheard() as heard, course(root, data=self._data, is_working=has_files):
                    result = self._run(submission, result)
                if heard and self._verifies:
                    result = faulty(result, Fault(logging.Formatter().format(heard[0])))
            except Exception as error:  # a fault of ours: the class goes on
                if not isinstance(error, Fault):
                    log.exception("%s could not be graded", submission.source)
                result = faulty(result, error)
        else:
            result = replace(result, cases=self._all_missing(submission.problem))
        return replace(result, seconds=time.perf_counter() - begin)

    def _run(self, submission: Submission, result: Result) -> Result:
        limits, names = self._assignment.limits, self._assignment.names
        submission = _with_files(submission, self._assignment.files)
        zygote = self._zygote
        if _names_any(submission, self._assignment.preload):
            zygote = zygote.having(self._assignment.preload)
        with Session(
            zygote,
            submission,
            limits=limits,
            names=names,
            marked=self._assignment.in_place,
            seed=self._assignment.seed,
        ) as session:
            attempts: list[Attempt] = []
            clues = Clues(submission, names)
            for question in sorted(self._questions, key=lambda question: question.file):
                done = [self._run_case(session, clues, question, case) for case in question.cases]
                passed = [attempt.result.outcome is Outcome.PASSED for attempt in done]
                attempts += map(_earning, done, score(question, passed))
            places = {question.name: place for place, question in enumerate(self._questions)}
            cases = [
                _with_code(attempt.case, case, submission)
                for attempt, case in zip(attempts, self._diagnoser.explain(attempts), strict=True)
            ]
            figures, status, confirmed = tuple[Figure, ...](), session.status, None
            if self._pictures is None:
                confirmed = truth.confirmed(self._diagnoser, attempts, cases)
            else:
                figures = _draw(self._pictures, session, cases)
                cases = _with_examples(session, attempts, cases)
            cases = sorted(cases, key=lambda case: places[case.question])
        reports = tuple(session.reports[index] for index in sorted(session.reports))
        here = (zygote.versions or {}).get("python", "")
        newer = _newer(submission.python, here, session.befell.values())
        cell_notes = (note for report in reports for note in report.notes)
        return replace(
            result,
            status=status,
            score=sum(case.points for case in cases),
            cases=tuple(cases),
            cells=reports,
            notes=distinct([*submission.notes, *cell_notes, *session.notes, *newer]),
            isolation=session.layers,
            figures=figures,
            confirmed=confirmed,
        )

    def _run_case(
        self, session: Session, clues: Clues, question: Question, case: TestCase
    ) -> Attempt:
        """Run a test case; once more without demos where it ran into a limit."""
        attempt = self._try_case(session, clues, question, case)
        if attempt.result.outcome in STOPPED and session.leave_demos_out():
            again = self._try_case(session, clues, question, case)
            if again.result.outcome in (Outcome.PASSED, Outcome.FAILED):
                return again
            session.take_demos_back()
        return attempt

    def _try_case(
        self, session: Session, clues: Clues, question: Question, case: TestCase
    ) -> Attempt:
        result = CaseResult(
            question=question.name,
            test_case=case.name,
            title=case.title,
            hidden=case.hidden,
            outcome=Outcome.PASSED,
            points=0.0,
            max_points=case.points,
        )
        trace = Trace()
        try:
            environment = session.environment(question.name)
            clues.after(
                session.reports,
                environment,
                lacking=session.lacking,
                shortened=session.shortened,
                befell=session.befell,
            )
            missing = [
                name for name in case.parameters if name != "env" and name not in environment
            ]
            if missing:
                return Attempt(case, trace, lacking(result, missing, clues.why(missing)))
            shared = session.shared(question.name)
            with recording(case, environment) as trace, sharing(shared):
                result = judge(case, environment, result, trace, clues)
        except Stopped as stopped:
            return Attempt(case, trace, stopped_at(result, session.why(stopped)))
        sure, maybe = session.needs
        if sure or maybe:
            shared.found.clear()  # who shares it must be told, too
        if sure and result.outcome in _WRONG:
            # What is missing is no mistake, so that none must be looked for.
            result, trace = without(result, sure), Trace()
        if maybe and result.outcome in _WRONG:
            said = (say("It may be this: {why}", why=why) for why in maybe)
            result = replace(result, said=(*result.said, *said))
        # A test that catches everything must not hide that a limit was reached.
        if session.stopped is not None:
            result = stopped_at(result, session.why(session.stopped))
        return Attempt(case, trace, result)

    def _all_missing(self, problem: Words) -> tuple[CaseResult, ...]:
        return tuple(
            CaseResult(
                question=question.name,
                test_case=case.name,
                title=case.title,
                hidden=case.hidden,
                outcome=Outcome.MISSING,
                points=0.0,
                max_points=case.points,
                said=(problem,),
            )
            for question in self._questions
            for case in question.cases
        )


def _newer(written: str, here: str, befell: Iterable[Collection[Befell]]) -> tuple[Words, ...]:
    """A note where a notebook was written for a newer Python, and that may be why cells fail."""
    ours, theirs = _version(here), _version(written)
    if not ours or theirs <= ours or not any(Befell.OTHER_PYTHON in cell for cell in befell):
        return ()
    text = say(
        "The notebook was written with Python {written} and is graded with Python {here}, which "
        "may not know all that it uses.",
        written="{}.{}".format(*theirs),
        here="{}.{}".format(*ours),
    )
    return (text,)


def _version(text: str) -> tuple[int, ...]:
    parts = text.split(".")[:2]
    return tuple(map(int, parts)) if len(parts) == 2 and all(map(str.isdecimal, parts)) else ()


def ungraded(handed: Handin | Submission, assignment: Assignment) -> Result:
    """What is known of what was handed in where our own failure kept it from being graded."""
    return Result(
        submission=handed.name,
        source=handed.source,
        student=handed.student,
        digest="",
        status=Status.FAULT,
        score=None,
        max_score=assignment.max_score,
    )


def faulty(result: Result, error: BaseException) -> Result:
    """The result for a failure of ours: no score, never a zero."""
    problem = say("The grader itself failed: {error}", error=str(error))
    return replace(result, status=Status.FAULT, score=None, cases=(), problem=problem)


def _with_files(submission: Submission, files: tuple[tuple[str, bytes], ...]) -> Submission:
    """The submission with an assignment's files beside its notebook, in place of its own."""
    if not files:
        return submission
    top = f"{submission.folder}/" if submission.folder else ""
    laid = dict(submission.files) | {f"{top}{name}": data for name, data in files}
    return replace(submission, files=tuple(sorted(laid.items())))


def _earning(attempt: Attempt, points: float) -> Attempt:
    return replace(attempt, result=replace(attempt.result, points=points))


def _draw(pictures: Pictures, session: Session, cases: list[CaseResult]) -> tuple[Figure, ...]:
    """Pictures for a page, where no limit was reached: they must not cost a restart."""
    if session.stopped is not None or any(c.outcome in STOPPED for c in cases):
        return ()
    try:
        return pictures.draw(cases, session.environment())
    except Stopped:
        return ()


def _with_examples(
    session: Session, attempts: Iterable[Attempt], cases: list[CaseResult]
) -> list[CaseResult]:
    """The results, with what can be tried; last of all, so that nothing else depends on it.

    Whatever goes wrong costs the example and nothing else.
    """
    found = list(cases)
    try:
        for place, attempt in enumerate(attempts):
            ask = getattr(attempt.case.function, "example", None)
            if ask is None or cases[place].outcome not in _WRONG or session.stopped is not None:
                continue
            if attempt.trace.is_unwritten:
                continue
            try:
                with (
                    given_to(attempt.case, session.environment()) as given,
                    sharing(session.shared()),
                    np.errstate(all="ignore"),
                    warnings.catch_warnings(action="ignore"),
                ):
                    found[place] = replace(cases[place], example=ask(cases[place].message, **given))
            except Exception as error:
                if student_error(error) is None:
                    log.exception("A test case has no example to try")
                continue
    except Stopped:
        pass
    return found


def _names_any(submission: Submission, modules: Iterable[str]) -> bool:
    """Whether one of these modules' packages stands anywhere in what was handed in."""
    packages = {module.partition(".")[0] for module in modules}
    return any(
        any(package in cell for cell in submission.cells)
        or any(package.encode() in content for _, content in submission.files)
        for package in packages
    )


def _with_code(case: TestCase, result: CaseResult, submission: Submission) -> CaseResult:
    """The result with what the student defined for it, where its answer is one to be named."""
    if result.answer is None:
        return result
    try:
        found = defined_in(map(without_magics, submission.cells), case.parameters)
    except SyntaxError:
        return result
    code = "\n\n\n".join(found.values())[:ANSWER_CHARACTERS]
    return replace(result, answer=replace(result.answer, code=code))
