"""What becomes of one test case: its outcome, and what is said of it.

What a student's code raised, or gave, is told in their terms; a hidden test's own words never are.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from grader.bounds import SAID_CHARACTERS
from grader.checks import CheckFailure, CheckWarning
from grader.course.testfile import TestCase, line_of
from grader.model import CaseResult, Outcome
from grader.sandbox.outside.host import Stopped, StudentError, student_error
from grader.sandbox.outside.link import said
from grader.sandbox.outside.promises import kept
from grader.sandbox.outside.proxy import Environment, Proxy
from grader.sandbox.wire.protocol import Stop
from grader.words import Words, distinct, say

from .diagnose import Trace, given_to
from .missing import Clues

STOPPED: Final = {
    Outcome.TIMEOUT: say("Your code took too long here: {detail}."),
    Outcome.MEMORY: say("Your code asked for more memory than it may use: {detail}."),
    Outcome.CRASH: say("The process that ran your code ended: {detail}."),
}


def judge(
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


def _cut(words: Words) -> Words:
    """Return the words; where they are too long, their beginning as plain text."""
    text = str(words)
    return words if len(text) <= SAID_CHARACTERS else Words(text[:SAID_CHARACTERS])


def _raised(
    student: StudentError, result: CaseResult, clues: Clues, steps: Words | None
) -> CaseResult:
    """What the student's code raised, in words; ``steps`` say what had been done by then."""
    if student.limit is Stop.MEMORY:
        return stopped_at(result, Stopped(Stop.MEMORY, Words(student.message)))
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


def without(result: CaseResult, needs: Iterable[Words]) -> CaseResult:
    """A test case that rests on what is not there: an import that failed, not a wrong answer."""
    return replace(result, outcome=Outcome.ERROR, said=tuple(needs))


def lacking(result: CaseResult, names: list[str], why: Mapping[str, Words]) -> CaseResult:
    """Return the result where these names are not there; *why* says it of some."""
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


def stopped_at(result: CaseResult, stopped: Stopped) -> CaseResult:
    """Return the result where a limit was reached."""
    outcome = Outcome(stopped.reason)
    told = [Words(STOPPED[outcome].text, (("detail", stopped.detail),))]
    if outcome is Outcome.TIMEOUT and stopped.traceback:
        told.append(say("Does a loop never end? Look at its condition, and at what changes in it."))
    return replace(result, outcome=outcome, said=tuple(told), traceback=stopped.traceback)
