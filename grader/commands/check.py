"""``grader check``: runs the public test cases on one notebook, and tells the results as text."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from grader.batch.pages import language_of
from grader.bounds import TERMINAL_LINE_CHARACTERS, TERMINAL_MESSAGE_CHARACTERS
from grader.course import alone
from grader.course.assignment import Assignment, available, load, public_questions
from grader.errors import Fault, UsageError
from grader.intake import find
from grader.judge.grade import Grader
from grader.model import Handin, Outcome, Result, Status, Submission
from grader.report.language import Language
from grader.report.summary import OUTCOMES, hinted_once, summary
from grader.report.text import clean
from grader.sandbox.outside.host import Zygote
from grader.sandbox.outside.interpreter import Interpreter
from grader.submission import read
from grader.words import Words, say


def check_one(
    notebook: Path, assignment: str | None, interpreter: Interpreter, language: str
) -> tuple[list[str], bool]:
    """Return lines on ``notebook``, and whether every public test case passes.

    ``assignment`` is guessed where it is None; ``language`` is a code such as "en".  Raises
    UsageError where there is nothing to check, and Fault where the grader itself failed.
    """
    if notebook.is_dir():
        raise UsageError(f"{notebook} is a folder; name one notebook.")
    handins = find([notebook]).handins
    if not handins:
        raise UsageError(f"{notebook} is no notebook and no .py file; name one that is.")
    chosen = _chosen(notebook, assignment, handins[0])
    questions = public_questions(chosen)
    submission = _read(notebook, handins[0], chosen.names)
    with Zygote(interpreter) as zygote:
        result = Grader(chosen, zygote=zygote, questions=questions).grade(submission)
    if result.status is Status.FAULT:
        raise Fault(str(result.problem or "the grader itself failed"))
    passed = all(case.outcome is Outcome.PASSED for case in result.cases)
    hides_more = passed and not chosen.is_otters  # Otter's own may have no hidden tests
    return list(_lines(result, language_of(chosen, language), hides_more=hides_more)), passed


def _read(notebook: Path, handin: Handin, names: tuple[str, ...] = ()) -> Submission:
    submission = read(handin, names=names)
    if submission.problem is not None:
        raise UsageError(f"{notebook}: {submission.problem}")
    return submission


def _chosen(notebook: Path, assignment: str | None, handin: Handin) -> Assignment:
    """Return the assignment that is named, or guessed, or else the tests in the notebook itself."""
    name = assignment if assignment is not None else _guessed(notebook)
    if name is not None:
        return load(name)
    _read(notebook, handin)  # "no notebook of Python" is a better error than "no tests"
    return alone.load(notebook)


def _lines(result: Result, language: Language, *, hides_more: bool) -> Iterator[str]:
    def line(said: Words, limit: int = TERMINAL_LINE_CHARACTERS) -> str:
        return clean(language.tell(said), limit)

    for report in result.cells:
        if report.error:
            yield line(say("Cell {index} stopped: {error}", index=report.index, error=report.error))
    for note in result.notes:
        yield line(say("Note: {note}", note=note))
    groups = groupby(result.cases, key=lambda case: case.question)
    for case in (case for _, group in groups for case in hinted_once(group)):
        yield f"{case.question}/{case.test_case}: {language.tell(OUTCOMES[case.outcome])}"
        said = () if case.outcome is Outcome.PASSED else case.said
        hint = () if case.hint is None else (say("Hint: {hint}", hint=case.hint),)
        for words in (*case.warnings, *said, *hint):
            yield "    " + line(words, TERMINAL_MESSAGE_CHARACTERS).replace("\n", "\n    ")
    for words in summary(result.cases):
        yield line(words)
    if hides_more:
        yield line(say("Hidden test cases decide the score: they try more than these do."))


def _guessed(notebook: Path) -> str | None:
    """Return the assignment whose name begins the file's, or whose names the notebook defines.

    None where none or several fit.
    """
    known = available(start=notebook.resolve().parent) or available()
    named = [name for name in known if notebook.name.startswith(name)]
    if len(named) == 1:
        return named[0]
    text = notebook.read_text("utf-8", errors="replace")
    fitting = [
        name
        for name in known
        if any(f"class {n}" in text or f"def {n}" in text for n in load(name).names)
    ]
    return fitting[0] if len(fitting) == 1 else None
