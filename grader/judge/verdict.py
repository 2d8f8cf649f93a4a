"""Runs one test case, and decides its outcome and its feedback.

Feedback tells what the student's code raised or gave, never a hidden test's own words.
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
    """Run one test case and return its result; raises Stopped if a limit ends the worker."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("ignore")
        warnings.simplefilter("always", CheckWarning)
        given: dict[str, object] = {}
        try:
            # Getting a name asks the worker, which may raise like any call.
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
    """Return a public test's message; if it has none, its assert, which students can read."""
    text = said(error)
    code = getattr(case.function, "__code__", None)
    line = line_of(error, case.source, code.co_filename) if code and not text else ""
    return say("This does not hold: {code}", code=line) if line else Words(text)


def _uncalled(
    error: Exception, given: Mapping[str, object], result: CaseResult, clues: Clues
) -> CaseResult | None:
    """Return the result if the test called a value of the student's that cannot be called."""
    if type(error) is not TypeError:
        return None
    for name, promised in given.items():
        value = kept(promised)
        kind, module = type(value).__name__, type(value).__module__
        names = (kind, f"{module}.{kind}")  # Python has the second of NumPy's types
        called = [f"'{name}' object is not callable" for name in names]
        # The code of a proxy's object may itself raise this error.
        if isinstance(value, Proxy) or str(error) not in called:
            continue
        clue = None
        if value is not None:
            text = say(
                "{name} has type {type}; expected a function or a class.", name=name, type=kind
            )
        else:
            text = say("{name} is None; expected a function or a class.", name=name)
            clue = clues.of_none(name)
        told = (text,) if clue is None else (text, clue)
        return replace(result, outcome=Outcome.FAILED, said=told)
    return None


def _cut(words: Words) -> Words:
    """Return the words; if they are too long, their beginning as plain text."""
    text = str(words)
    return words if len(text) <= SAID_CHARACTERS else Words(text[:SAID_CHARACTERS])


def _raised(
    student: StudentError, result: CaseResult, clues: Clues, steps: Words | None
) -> CaseResult:
    """Return the result of an error in the student's code; ``steps`` say what was done before."""
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
    """Return the result of a test case that needs what is missing, which is not a wrong answer."""
    return replace(result, outcome=Outcome.ERROR, said=tuple(needs))


def lacking(result: CaseResult, names: list[str], why: Mapping[str, Words]) -> CaseResult:
    """Return the result of a test case whose *names* are missing; *why* explains some of them."""
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
    """Return the result of a test case that reached a limit."""
    outcome = Outcome(stopped.reason)
    told = [Words(STOPPED[outcome].text, (("detail", stopped.detail),))]
    if outcome is Outcome.TIMEOUT and stopped.traceback:
        told.append(say("Does a loop never end? Look at its condition, and at what changes in it."))
    return replace(result, outcome=outcome, said=tuple(told), traceback=stopped.traceback)
