"""One Otter test file: read through Otter's own classes, checked, and scored as Otter scores.

A test file is in Otter's exception-based format::

    from otter.test_files import test_case

    OK_FORMAT = False
    name = "forward"
    points = 3                      # optional: a number, a list, or absent

    @test_case(name="shape", points=1, hidden=True, failure_message="...")
    def test_shape(forward):        # parameters are names that the student defined
        ...

Otter executes it, collects the ``test_case`` objects and resolves their points, so that a rule
that Otter changes changes here as well; where it is not installed, :mod:`grader.course.otterless`
does the same.  What Otter
lets pass in silence and a course would regret (a function defined twice, two test cases of
one name, points that are not a number) is refused with one sentence.

Otter takes a second to import: only what a test file imports of it is, by the first :func:`read`
(:mod:`grader.course.hooks`).
"""

from __future__ import annotations

import ast
import importlib
import inspect
import math
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

from grader.course import hooks
from grader.errors import AssignmentError, not_installed


@dataclass(frozen=True, slots=True, kw_only=True)
class TestCase:
    """One test case: ``function`` takes the student's objects named by ``parameters``.

    A parameter ``env`` stands for the mapping of all that the student defined.
    ``points`` are resolved (never None); the messages are empty where none was given.
    ``title`` says in words what is tested.  ``source`` is the test file's text where students
    may read it, which is that of public test cases.
    """

    __test__: ClassVar[bool] = False  # not for pytest to collect

    name: str
    points: float
    hidden: bool
    function: Callable[..., object]
    parameters: tuple[str, ...]
    success_message: str = ""
    failure_message: str = ""
    title: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """The test cases of one test file, in the file's order.

    ``file`` is its name: Otter runs the files in the order of their names, and so do we, since
    what a submission keeps from one test case to the next must do the same in both.
    """

    name: str
    cases: tuple[TestCase, ...]
    all_or_nothing: bool = False
    file: str = ""

    @property
    def points(self) -> float:
        """What the question is worth."""
        return sum(case.points for case in self.cases)


def in_order(questions: Iterable[Question], names: Sequence[str]) -> tuple[Question, ...]:
    """The questions in the order of these ``names``, then the others as they were."""
    places = {name: place for place, name in reversed(list(enumerate(names)))}
    return tuple(sorted(questions, key=lambda question: places.get(question.name, len(names))))


def score(question: Question, passed: Sequence[bool]) -> tuple[float, ...]:
    """The points that each test case earns; their sum is Otter's score of the question.

    ``passed`` has one entry a test case, in order; another length is a ValueError.
    An all-or-nothing question earns everything or nothing.
    """
    earned = tuple(
        case.points if ok else 0.0 for case, ok in zip(question.cases, passed, strict=True)
    )
    if question.all_or_nothing and not all(passed):
        return (0.0,) * len(earned)
    return earned


def quiet_import(module: str) -> Any:
    """Import one of Otter's modules without the deprecation warnings of its dependencies.

    Raises UsageError where Otter is not installed, and more of it is asked for than the
    reading of test files needs.
    """
    hooks.use_otter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return importlib.import_module(module)
        except ModuleNotFoundError as error:
            raise not_installed("Otter", "course") from error


def in_one_line(error: Exception) -> str:
    """``ClassName: message``, without what the message says on further lines."""
    return f"{type(error).__name__}: {error}".splitlines()[0]


def read(path: Path) -> Question:
    """Read the test file at ``path``, executing it as Otter does; see :func:`parse`."""
    try:
        source = path.read_text("utf-8")
    except (OSError, ValueError) as error:
        raise AssignmentError(f"{path} cannot be read ({error}); correct it.") from error
    return replace(parse(source, str(path)), file=path.name)


def parse(source: str, where: str) -> Question:
    """Read the text of a test file, executing it as Otter does; ``where`` is what errors name.

    What it imports must be importable (:func:`grader.course.hooks.course`).
    Raises AssignmentError with one sentence naming the file and what to correct.
    """
    try:
        tree = ast.parse(source, where)
    except (ValueError, SyntaxError) as error:
        raise AssignmentError(f"{where} is no Python ({error}); correct it.") from error
    _check_source(tree, where)
    try:
        with hooks.otter():
            reader = quiet_import("otter.test_files.exception_test").ExceptionTestFile
            loaded = reader.from_string(source, path=where)
    except Exception as error:
        raise AssignmentError(f"{where}: {_complaint(error, where)}; correct it.") from error
    question = Question(
        name=loaded.name,
        cases=tuple(_case(case, loaded.name, source, where) for case in loaded.test_cases),
        all_or_nothing=bool(loaded.all_or_nothing),
    )
    check_question(question, where)
    return question


def is_ok_format(source: str) -> bool:
    """Whether the text of a test file says that it is in Otter's other format, of doctests."""
    try:
        return _ok_format(ast.parse(source)) is True
    except (ValueError, SyntaxError):
        return False


def _ok_format(tree: ast.Module) -> object:
    """What a test file says of its format; None where it does not."""
    found: object = None
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            for target in node.targets:
                if isinstance(target, ast.Name) and target.id == "OK_FORMAT":
                    found = node.value.value
    return found


def _check_source(tree: ast.Module, where: str) -> None:
    """Refuse what shows in the source alone, before any of it is executed."""
    if _ok_format(tree) is not False:
        raise AssignmentError(
            f"{where} is not in Otter's exception-based format, the only one that is graded here; "
            "write OK_FORMAT = False and functions decorated with otter.test_files.test_case."
        )
    defined = Counter(node.name for node in tree.body if isinstance(node, ast.FunctionDef))
    for function, times in defined.items():
        if times > 1:
            raise AssignmentError(
                f"{where} defines {function} {times} times and only the last would run; "
                "give each function a name of its own."
            )


def _complaint(error: Exception, where: str) -> str:
    """What went wrong while Otter read the file, with the file's line where it has one."""
    text = in_one_line(error)
    lines = [
        frame.lineno
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename == where
    ]
    return f"line {lines[-1]} raises {text}" if lines else f"Otter refuses it with {text}"


def _case(case: Any, question: str, source: str, where: str) -> TestCase:
    """Turn Otter's test case, points resolved, into ours."""
    function = case.body.test_func
    kinds = inspect.Parameter
    parameters = inspect.signature(function).parameters
    for parameter in parameters.values():
        if parameter.kind not in (kinds.POSITIONAL_OR_KEYWORD, kinds.KEYWORD_ONLY):
            raise AssignmentError(
                f"{where}: test case {case.name!r} takes {parameter}, which Otter cannot fill; "
                "name the student's objects that it needs."
            )
    return TestCase(
        name=case.name,
        points=float(case.points),
        hidden=bool(case.hidden),
        function=function,
        parameters=tuple(parameters),
        success_message=case.success_message or "",
        failure_message=case.failure_message or "",
        title=_title(case, question),
        source="" if case.hidden else source,
    )


def _title(case: Any, question: str) -> str:
    """What a test case tests, in words: its requirement, or else its name, made readable.

    The failure message of an ordinary test function may say what is wrong, and so is no title
    of one that passed.  Where Otter numbers public test cases, the function's name says more.
    """
    if getattr(case.body.test_func, "is_scenario", False):
        return str(case.failure_message)
    named = not case.hidden and str(case.name).startswith(f"{question} - ")
    return readable(case.body.test_func.__name__ if named else str(case.name))


def readable(name: str) -> str:
    """A name as words: ``First step`` for ``test_first_step``."""
    words = " ".join(name.removeprefix("test_").replace("_", " ").split())
    return words[:1].upper() + words[1:]


def line_of(error: BaseException, source: str, where: str) -> str:
    """The assert of a test file's ``source`` that failed, on one line; empty where none did."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == where]
    return assert_at(frames[-1].lineno if frames else None, source)


def assert_at(line: int | None, source: str) -> str:
    """The assert that stands on a ``line`` of ``source``, on one line; empty where none does."""
    asserts = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Assert)]
    failed = (n for n in asserts if line and n.lineno <= line <= (n.end_lineno or n.lineno))
    return "".join(map(ast.unparse, failed))


def check_question(question: Question, where: str) -> None:
    """Refuse names and points that would make columns of scores.csv ambiguous or empty."""
    if not question.cases:
        raise AssignmentError(
            f"{where} has no test case; decorate its functions with otter.test_files.test_case."
        )
    for what, name in [
        ("name", question.name),
        *(("test case name", c.name) for c in question.cases),
    ]:
        if not isinstance(name, str) or not name.strip():
            raise AssignmentError(f"{where} has the {what} {name!r}; write a string.")
    for name, times in Counter(case.name for case in question.cases).items():
        if times > 1:
            raise AssignmentError(
                f"{where} has {times} test cases named {name!r}; give each a name of its own."
            )
    for case in question.cases:
        if not math.isfinite(case.points) or case.points < 0:
            raise AssignmentError(
                f"{where}: test case {case.name!r} is worth {case.points} points; "
                "write a number that is not negative."
            )
