"""Grades one submission, end to end: its cells, then every test case, then its points.

The judge's own loop: hidden tests run here, on proxies of what the student
defined.  Whatever a submission does ends in a ``Result``; only our own failures
are exceptions, and become the status ``fault``.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from grader.bounds import ANSWER_CHARACTERS, SAID_CHARACTERS
from grader.checks import CheckFailure, CheckWarning
from grader.checks.sharing import sharing
from grader.course.assignment import Assignment
from grader.course.catalogue import defined_in, without_magics
from grader.course.hooks import course, data_of
from grader.course.testfile import Question, TestCase, line_of, score
from grader.errors import Fault, log
from grader.model import CaseResult, CellReport, Handin, Outcome, Result, Status, Submission
from grader.sandbox.outside.host import Stopped, StudentError, Zygote, student_error
from grader.sandbox.outside.link import said
from grader.sandbox.outside.promises import kept
from grader.sandbox.outside.proxy import Environment, Proxy
from grader.sandbox.wire.protocol import Stop
from grader.words import Words, distinct, say

from . import truth
from .diagnose import Attempt, Diagnoser, Trace, given_to, recording
from .missing import Clues
from .pictures import Pictures
from .session import Session

_OLD = ("SyntaxError", "ImportError")  # what a cell for a newer Python ends with
_WRONG = (Outcome.FAILED, Outcome.ERROR)

_STOPPED_TEXT = {
    Outcome.TIMEOUT: say("Your code took too long here: {detail}."),
    Outcome.MEMORY: say("Your code asked for more memory than it may use: {detail}."),
    Outcome.CRASH: say("The process that ran your code ended: {detail}."),
}


class Grader:
    """Grades submissions of one assignment, one after the other, in workers of one zygote.

    ``questions`` are the assignment's own unless given (``grader check`` runs only
    the public ones).  Where it ``verifies`` the assignment, no page is written of the results:
    nothing is drawn or tried for it, and each sentence is held against what the code gave.
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
        self._diagnoser = Diagnoser(assignment, strict=verifies)
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
                with course(root, data=self._data, is_working=has_files):
                    result = self._run(submission, result)
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
            extra, status, confirmed = dict[str, str](), session.status, None
            if self._pictures is None:
                confirmed = truth.confirmed(self._diagnoser, attempts, cases)
            else:
                extra = _draw(self._pictures, session, cases)
                cases = _with_examples(session, attempts, cases)
            cases = sorted(cases, key=lambda case: places[case.question])
        reports = tuple(session.reports[index] for index in sorted(session.reports))
        newer = _newer(submission.python, (zygote.versions or {}).get("python", ""), reports)
        cell_notes = (note for report in reports for note in report.notes)
        return replace(
            result,
            status=status,
            score=sum(case.points for case in cases),
            cases=tuple(cases),
            cells=reports,
            notes=distinct([*submission.notes, *cell_notes, *session.notes, *newer]),
            isolation=session.layers,
            extra=extra,
            confirmed=confirmed,
        )

    def _run_case(
        self, session: Session, clues: Clues, question: Question, case: TestCase
    ) -> Attempt:
        """Run a test case; once more without demos where it ran into a limit."""
        attempt = self._try_case(session, clues, question, case)
        if attempt.result.outcome in _STOPPED_TEXT and session.leave_demos_out():
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
            )
            missing = [
                name for name in case.parameters if name != "env" and name not in environment
            ]
            if missing:
                return Attempt(case, trace, _missing(result, missing, clues.why(missing)))
            shared = session.shared(question.name)
            with recording(case, environment) as trace, sharing(shared):
                result = _judge(case, environment, result, trace, clues)
        except Stopped as stopped:
            return Attempt(case, trace, _stopped(result, session.why(stopped)))
        sure, maybe = session.needs
        if sure or maybe:
            shared.found.clear()  # who shares it must be told, too
        if sure and result.outcome in _WRONG:
            # What is missing is no mistake, so that none must be looked for.
            result, trace = _without(result, sure), Trace()
        if maybe and result.outcome in _WRONG:
            said = (say("It may be this: {why}", why=why) for why in maybe)
            result = replace(result, said=(*result.said, *said))
        # A test that catches everything must not hide that a limit was reached.
        if session.stopped is not None:
            result = _stopped(result, session.why(session.stopped))
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


def _newer(written: str, here: str, reports: Iterable[CellReport]) -> tuple[Words, ...]:
    """A note where a notebook was written for a newer Python, and that may be why cells fail."""
    ours, theirs = _version(here), _version(written)
    if not ours or theirs <= ours or not any(_is_new_to(report) for report in reports):
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


def _is_new_to(report: CellReport) -> bool:
    """Whether a cell may have met a Python that is older than it was written for."""
    error = str(report.error or "").partition(":")[0]
    fields = [dict(note.fields).get("package", "") for note in report.notes]
    return error in _OLD or any(str(field).startswith("Python ") for field in fields)


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


def _draw(pictures: Pictures, session: Session, cases: list[CaseResult]) -> dict[str, str]:
    """Pictures for a page, where no limit was reached: they must not cost a restart."""
    if session.stopped is not None or any(c.outcome in _STOPPED_TEXT for c in cases):
        return {}
    try:
        return pictures.draw(cases, session.environment())
    except Stopped:
        return {}


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
            if "NotImplementedError" in cases[place].traceback:
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


def _judge(
    case: TestCase, environment: Environment, result: CaseResult, trace: Trace, clues: Clues
) -> CaseResult:
    """Run one test case; Stopped passes through."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("ignore")
        warnings.simplefilter("always", CheckWarning)
        given: dict[str, object] = {}
        try:
            # Fetching a name asks the student's side, which may raise as any call may.
            with given_to(case, environment) as given:
                case.function(**given)
            if case.success_message:
                result = replace(result, said=(Words(case.success_message),))
        except Exception as error:
            trace.end(error)
            result = _uncalled(error, given, result, clues) or _failed(case, error, result, clues)
    found = (w.message.words for w in caught if isinstance(w.message, CheckWarning))
    return replace(result, warnings=distinct(found))


def _failed(case: TestCase, error: Exception, result: CaseResult, clues: Clues) -> CaseResult:
    student = student_error(error)
    if student is not None:
        return _raised(student, result, clues, getattr(error, "grader_steps", None))
    if isinstance(error, CheckFailure):
        text = _cut(error.words)
        if not case.hidden and error.expected:
            text = say("{text} Expected: {expected}.", text=text, expected=error.expected)
    elif isinstance(error, AssertionError):
        # A hidden test's own words may hold the expected value.
        text = Words("") if case.hidden else _asserted(case, error)
    elif case.hidden:
        text = say("What your code returned could not be used.")
    else:
        why = f"{type(error).__name__}: {said(error)}"
        text = say("What your code returned could not be used ({why}).", why=why)
    told = tuple(words for words in (Words(case.failure_message), text) if words.text)
    return replace(result, outcome=Outcome.FAILED, said=told or (say("A wrong answer."),))


def _asserted(case: TestCase, error: AssertionError) -> Words:
    """What a public test says; of a bare assert its line, which students have in the notebook."""
    text = said(error)
    code = getattr(case.function, "__code__", None)
    line = line_of(error, case.source, code.co_filename) if code and not text else ""
    return say("This does not hold: {code}", code=line) if line else Words(text)


def _uncalled(
    error: Exception, given: Mapping[str, object], result: CaseResult, clues: Clues
) -> CaseResult | None:
    """The result where a test calls what the student gave a value that cannot be called."""
    if type(error) is not TypeError:
        return None
    for name, promised in given.items():
        value = kept(promised)
        if isinstance(value, Proxy):
            continue  # its own code may raise the same
        if str(error) != f"'{type(value).__name__}' object is not callable":
            continue
        if value is not None:
            text = say(
                "{name} has type {type}; expected a function or a class.",
                name=name,
                type=type(value).__name__,
            )
            return replace(result, outcome=Outcome.FAILED, said=(text,))
        text = say("{name} is None; expected a function or a class.", name=name)
        clue = clues.of_none(name)
        told = (text,) if clue is None else (text, clue)
        return replace(result, outcome=Outcome.FAILED, said=told)
    return None


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


def _cut(words: Words) -> Words:
    """Words that a student's values stand in, unless they are too long to be read."""
    text = str(words)
    return words if len(text) <= SAID_CHARACTERS else Words(text[:SAID_CHARACTERS])


def _raised(
    student: StudentError, result: CaseResult, clues: Clues, steps: Words | None
) -> CaseResult:
    """What the student's code raised, in words; ``steps`` say what had been done by then."""
    if student.limit is Stop.MEMORY:
        return _stopped(result, Stopped(Stop.MEMORY, Words(student.message)))
    if student.name == "NotImplementedError":
        text = (
            say("This is not implemented yet ({message}).", message=student.message)
            if student.message
            else say("This is not implemented yet.")
        )
    else:
        text = say("Your code raised {name}: {message}", name=student.name, message=student.message)
    clue = clues.of_error(student.name, student.message)
    told = tuple(words for words in (text, clue, steps) if words is not None)
    return replace(result, outcome=Outcome.ERROR, said=told, traceback=student.traceback)


def _without(result: CaseResult, needs: Iterable[Words]) -> CaseResult:
    """A test case that rests on what is not there: an import that failed, not a wrong answer."""
    return replace(result, outcome=Outcome.ERROR, said=tuple(needs))


def _missing(result: CaseResult, names: list[str], why: Mapping[str, Words]) -> CaseResult:
    told = [why[name] for name in names if name in why]
    names = [name for name in names if name not in why]
    if len(names) == 1:
        text = say(
            "{name} was never defined: check the spelling, and that the cell with it runs "
            "without an error.",
            name=names[0],
        )
        told.append(text)
    elif names:
        text = say(
            "{names} were never defined: check the spelling, and that the cells with them run "
            "without an error.",
            names=", ".join(names),
        )
        told.append(text)
    return replace(result, outcome=Outcome.MISSING, said=tuple(told))


def _stopped(result: CaseResult, stopped: Stopped) -> CaseResult:
    outcome = Outcome(stopped.reason)
    told = [Words(_STOPPED_TEXT[outcome].text, (("detail", stopped.detail),))]
    if outcome is Outcome.TIMEOUT and stopped.traceback:
        told.append(say("Does a loop never end? Look at its condition, and at what changes in it."))
    return replace(result, outcome=outcome, said=tuple(told), traceback=stopped.traceback)
