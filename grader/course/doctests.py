"""Otter's older format of test files: ``test = {...}``, whose cases are doctests.

A doctest is written for the student's own process: its code runs there, in a fork
(:mod:`grader.sandbox.inside.examples`), and what it prints or raises is compared here, as
:mod:`doctest` does it.  Names that a case defines do not reach other cases, as under Otter.
"""

from __future__ import annotations

import ast
import builtins
import doctest
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from grader.bounds import PRINTED_CHARACTERS
from grader.checks import CheckFailure
from grader.course import hooks
from grader.course.testfile import (
    Question,
    TestCase,
    check_question,
    in_one_line,
    quiet_import,
    readable,
)
from grader.errors import AssignmentError
from grader.words import Words, say

_CHECKER: Final = doctest.OutputChecker()


class Doctest:
    """A test case's function: runs ``examples`` with the student's names, and compares.

    Raises AssertionError if the output differs, with a message only if the test case is public.
    """

    def __init__(
        self, examples: Sequence[doctest.Example], *, hidden: bool, seconds: float
    ) -> None:
        self.examples = examples
        self._hidden = hidden
        self._seconds = seconds

    def __call__(self, env: Any) -> None:
        sources = [example.source for example in self.examples]
        told = env.examples(sources, self._seconds) if sources else []
        if not isinstance(told, list) or len(told) != len(sources):
            raise AssertionError
        for example, outcome in zip(self.examples, told, strict=True):
            match outcome:
                case (str(printed), str(name), str(line)):
                    self._compare(example, printed, name, line)
                case _:
                    raise AssertionError

    def _compare(self, example: doctest.Example, printed: str, name: str, line: str) -> None:
        if name == "" and _is_right(example, printed):
            return
        if name and example.exc_msg is not None and _is_raised(example, line):
            return
        if self._hidden:
            raise AssertionError
        code = _shown(example.source)
        if name:
            raise CheckFailure(say("{code} raises {error}.", code=code, error=_shown(line)))
        raise CheckFailure(
            say(
                "{code} gives {printed}; asked for is {wanted}.",
                code=code,
                printed=_shown(printed),
                wanted=_shown(example.want),
            )
        )


def parse(source: str, path: Path, *, seconds: float) -> Question:
    """Read a test file in OK format; its cases may take ``seconds`` each.

    Raises AssignmentError with one sentence that names the file and what is wrong.
    """
    space: dict[str, Any] = {}
    try:
        exec(compile(source, str(path), "exec"), space)
        question = of_spec(space["test"], str(path), seconds=seconds)
    except AssignmentError:
        raise
    except Exception as error:
        raise AssignmentError(
            f"{path}: it cannot be read as a test file in OK format ({in_one_line(error)})."
        ) from error
    return replace(question, file=path.name)


def of_spec(spec: dict[str, Any], where: str, *, seconds: float) -> Question:
    """Return the question of a dictionary in OK format; any error if it is not in that format."""
    with hooks.otter():
        loaded = quiet_import("otter.test_files.ok_test").OKTestFile.from_spec(spec, path=where)
    question = Question(
        name=loaded.name,
        cases=tuple(_cases(loaded, seconds)),
        all_or_nothing=bool(loaded.all_or_nothing),
        file=where,
    )
    check_question(question, where)
    return question


def holds(question: Question) -> bool:
    """Whether a question's test cases are doctests."""
    return any(isinstance(case.function, Doctest) for case in question.cases)


def names_asked(questions: Iterable[Question]) -> tuple[str, ...]:
    """Return the names that test cases need from students, in their order.

    Those are parameters of test functions, and what doctests use and do not define.
    """
    found: dict[str, None] = {}
    for case in (case for question in questions for case in question.cases):
        found |= dict.fromkeys(name for name in case.parameters if name != "env")
        if isinstance(case.function, Doctest):
            used, defined = _names(example.source for example in case.function.examples)
            defined.update(vars(builtins))
            found |= dict.fromkeys(name for name in used if name not in defined)
    return tuple(found)


def _cases(loaded: Any, seconds: float) -> Iterator[TestCase]:
    for case in loaded.test_cases:
        parsed = doctest.DocTestParser().get_examples(case.body, str(case.name))
        examples = [e for e in parsed if not e.options.get(doctest.SKIP)]
        hidden = bool(case.hidden)
        yield TestCase(
            name=str(case.name),
            points=float(case.points),
            hidden=hidden,
            function=Doctest(examples, hidden=hidden, seconds=seconds),
            parameters=("env",),
            success_message=case.success_message or "",
            failure_message=case.failure_message or "",
            title=readable(str(case.name)),
        )


def _names(sources: Iterable[str]) -> tuple[dict[str, None], set[str]]:
    """Return the names that code loads, in order, and those that it binds in any scope."""
    used: dict[str, None] = {}
    defined: set[str] = set()
    for source in sources:
        try:
            tree = ast.parse(source)
        except SyntaxError:
            continue  # the doctest may expect this error
        for node in ast.walk(tree):
            match node:
                case ast.Name(id=name, ctx=ast.Load()):
                    used[name] = None
                case (
                    ast.Name(id=name)
                    | ast.arg(arg=name)
                    | ast.FunctionDef(name=name)
                    | ast.ClassDef(name=name)
                ):
                    defined.add(name)
                case ast.alias(name=name, asname=other):
                    defined.add(other or name.partition(".")[0])
    return used, defined


def _is_right(example: doctest.Example, printed: str) -> bool:
    return _CHECKER.check_output(example.want, printed, _flags(example))


def _is_raised(example: doctest.Example, line: str) -> bool:
    wanted, flags = example.exc_msg or "", _flags(example)
    if flags & doctest.IGNORE_EXCEPTION_DETAIL:
        wanted, line = _kind(wanted), _kind(line)
    return _CHECKER.check_output(wanted, line, flags)


def _flags(example: doctest.Example) -> int:
    return sum(flag for flag, is_set in example.options.items() if is_set)


def _kind(line: str) -> str:
    """Return the name of the class in an exception's last line, without its module."""
    return line.strip().partition(":")[0].rpartition(".")[2]


def _shown(text: str) -> str | Words:
    text = text.strip()
    if not text:
        return say("(no output)")
    return text if len(text) <= PRINTED_CHARACTERS else f"{text[:PRINTED_CHARACTERS]} ..."
