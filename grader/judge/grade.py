"""Grades one submission, end to end: its cells, then every test case, then its points.

The hidden tests run here, on proxies of what the student defined.  Whatever a submission does
ends in a ``Result``; exceptions are failures of ours, and become the status ``fault``.
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
from .diagnose import WRONG, Attempt, Diagnoser, Trace, given_to, recording
from .missing import Clues
from .pictures import Pictures
from .session import Session
from .verdict import STOPPED, judge, lacking, stopped_at, without


class Grader:
    """Grades submissions of one assignment, one after the other, in workers of one zygote.

    ``questions`` are the assignment's own unless given (``grader check`` runs only the public
    ones).  If it ``verifies`` the assignment, there are no pages, so it makes no pictures and
    examples; it checks that the feedback is true, and an error of ours that would cost nobody
    a point is a fault.
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
        """Return the submission's result.  Never raises for anything that a student handed in."""
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
            several = (_unjudged(q, case) for q in self._questions for case in q.cases)
            said = (submission.problem,)
            cases = (replace(case, outcome=Outcome.MISSING, said=said) for case in several)
            result = replace(result, cases=tuple(cases))
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
                for attempt, points in zip(done, score(question, passed), strict=True):
                    result_of_case = replace(attempt.result, points=points)
                    attempts.append(replace(attempt, result=result_of_case))
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
        """Run a test case; once more without demos if it ran into a limit."""
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
        result, trace = _unjudged(question, case), Trace()
        try:
            environment = session.environment(question.name)
            clues.after(session.fates, environment, session.lacking)
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
            shared.found.clear()  # test cases that share it must get the same notes
        if sure and result.outcome in WRONG:
            # A missing module is not a mistake of the student's, so the diagnosis gets no trace.
            result, trace = without(result, sure), Trace()
        if maybe and result.outcome in WRONG:
            said = (say("It may be this: {why}", why=why) for why in maybe)
            result = replace(result, said=(*result.said, *said))
        # A test that catches everything must not hide that a limit was reached.
        if session.stopped is not None:
            result = stopped_at(result, session.why(session.stopped))
        return Attempt(case, trace, result)


def _unjudged(question: Question, case: TestCase) -> CaseResult:
    """Return a test case's result before it is run: passed, without points."""
    return CaseResult(
        question=question.name,
        test_case=case.name,
        title=case.title,
        hidden=case.hidden,
        outcome=Outcome.PASSED,
        points=0.0,
        max_points=case.points,
    )


def _newer(written: str, here: str, befell: Iterable[Collection[Befell]]) -> tuple[Words, ...]:
    """Return a note if cells may fail because the notebook was written for a newer Python."""
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
    """Return the result of what could not be graded because of a failure of ours."""
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
    """Return the result with a failure of ours: no score, which is not a score of 0."""
    problem = say("The grader itself failed: {error}", error=str(error))
    return replace(result, status=Status.FAULT, score=None, cases=(), problem=problem)


def _with_files(submission: Submission, files: tuple[tuple[str, bytes], ...]) -> Submission:
    """Return the submission with the assignment's files beside its notebook, replacing its own."""
    if not files:
        return submission
    top = f"{submission.folder}/" if submission.folder else ""
    laid = dict(submission.files) | {f"{top}{name}": data for name, data in files}
    return replace(submission, files=tuple(sorted(laid.items())))


def _draw(pictures: Pictures, session: Session, cases: list[CaseResult]) -> tuple[Figure, ...]:
    """Return pictures for a page; none if a limit was reached, since they must cost no restart."""
    if session.stopped is not None or any(c.outcome in STOPPED for c in cases):
        return ()
    try:
        return pictures.draw(cases, session.environment())
    except Stopped:
        return ()


def _with_examples(
    session: Session, attempts: Iterable[Attempt], cases: list[CaseResult]
) -> list[CaseResult]:
    """Return the results with examples to try.

    This comes last: whatever goes wrong costs the example and nothing else.
    """
    found = list(cases)
    for place, attempt in enumerate(attempts):
        ask, case = getattr(attempt.case.function, "example", None), cases[place]
        if ask is None or case.outcome not in WRONG or attempt.trace.is_unwritten:
            continue
        if session.stopped is not None:
            break
        try:
            with (
                given_to(attempt.case, session.environment()) as given,
                sharing(session.shared()),
                np.errstate(all="ignore"),
                warnings.catch_warnings(action="ignore"),
            ):
                found[place] = replace(case, example=ask(case.message, **given))
        except Stopped:
            break
        except Exception as error:
            if student_error(error) is None:
                log.exception("A test case has no example to try")
    return found


def _names_any(submission: Submission, modules: Iterable[str]) -> bool:
    """Whether what was handed in names one of these modules' packages anywhere."""
    packages = {module.partition(".")[0] for module in modules}
    return any(
        any(package in cell for cell in submission.cells)
        or any(package.encode() in content for _, content in submission.files)
        for package in packages
    )


def _with_code(case: TestCase, result: CaseResult, submission: Submission) -> CaseResult:
    """Return the result with the student's definitions, if its answer is to be named."""
    if result.answer is None:
        return result
    try:
        found = defined_in(map(without_magics, submission.cells), case.parameters)
    except SyntaxError:
        return result
    code = "\n\n\n".join(found.values())[:ANSWER_CHARACTERS]
    return replace(result, answer=replace(result.answer, code=code))
