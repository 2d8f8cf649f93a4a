"""One Otter test file: read through Otter's own classes, checked, and scored as Otter scores.

A test file is in Otter's exception-based format::

    from otter.test_files import test_case

    OK_FORMAT = False
    name = "forward"
    points = 3                      # optional: a number, a list, or absent

    @test_case(name="shape", points=1, hidden=True, failure_message="...")
    def test_shape(forward):        # parameters are names that the student defined
        ...

Otter executes it, collects the ``test_case`` objects and resolves their points, so that its
rules apply here as they change; if it is not installed, :mod:`grader.course.otterless` does the
same.  Errors that Otter ignores (a function defined twice, two test cases with one name, points
that are not a number) are refused with one sentence.

Otter takes a second to import, so only what test files import of it is loaded, by the first
:func:`read` (:mod:`grader.course.hooks`).
"""

from __future__ import annotations

import ast
import importlib
import inspect
import math
import re
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Final

from grader.course import hooks
from grader.errors import AssignmentError, not_installed

#: In a notebook, a call that asks for a question's tests.
CHECK: Final = re.compile(r"""\b\w+\.check\(\s*["']([^"'\n]+)["']\s*\)""")
_FORMAT: Final = re.compile(r"^OK_FORMAT\s*=", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class TestCase:
    """One test case: ``function`` takes the student's objects named by ``parameters``.

    A parameter ``env`` gets a mapping of all names that the student defined.
    ``points`` are resolved (never None); a message is empty if none was given.
    ``title`` says in words what is tested.  ``source`` is the test file's text if students may
    read it, as they may that of public test cases; else it is empty.
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

    ``file`` is its name.  Otter runs the files in the order of their names, and so do we:
    state that a submission keeps between test cases must have the same effect in both.
    """

    name: str
    cases: tuple[TestCase, ...]
    all_or_nothing: bool = False
    file: str = ""

    @property
    def points(self) -> float:
        """Return the sum of its test cases' points."""
        return sum(case.points for case in self.cases)


def in_order(questions: Iterable[Question], names: Sequence[str]) -> tuple[Question, ...]:
    """Return the questions in the order of ``names``, then the others in their own order."""
    places = {name: place for place, name in reversed(list(enumerate(names)))}
    return tuple(sorted(questions, key=lambda question: places.get(question.name, len(names))))


def score(question: Question, passed: Sequence[bool]) -> tuple[float, ...]:
    """Return the points that each test case earns; their sum is Otter's score of the question.

    ``passed`` has one entry for each test case, in order; another length is a ValueError.
    An all-or-nothing question earns everything or nothing.
    """
    is_lost = question.all_or_nothing and not all(passed)
    return tuple(
        case.points if ok and not is_lost else 0.0
        for case, ok in zip(question.cases, passed, strict=True)
    )


def quiet_import(module: str) -> Any:
    """Import one of Otter's modules without the deprecation warnings of its dependencies.

    Raises UsageError if Otter is not installed and the module is not one of those that
    :mod:`grader.course.otterless` replaces.
    """
    hooks.use_otter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return importlib.import_module(module)
        except ModuleNotFoundError as error:
            raise not_installed("Otter", "course") from error


def in_one_line(error: Exception) -> str:
    """Return ``ClassName: message``, with the first line of the message."""
    return f"{type(error).__name__}: {error}".splitlines()[0]


def read(path: Path) -> Question:
    """Read the test file at ``path``, executing it as Otter does; see :func:`parse`."""
    try:
        source = path.read_text("utf-8")
    except (OSError, ValueError) as error:
        raise AssignmentError(f"{path} cannot be read ({error}); correct it.") from error
    return replace(parse(source, str(path)), file=path.name)


def parse(source: str, where: str) -> Question:
    """Read the text of a test file, executing it as Otter does; errors name it ``where``.

    What it imports must be importable (:func:`grader.course.hooks.course`).
    Raises AssignmentError with one sentence that names the file and what to correct.
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


def is_test_file(source: str) -> bool:
    """Whether a text sets ``OK_FORMAT``, as Otter's test files do."""
    return _FORMAT.search(source) is not None


def is_ok_format(source: str) -> bool:
    """Whether the text of a test file says that it is in Otter's doctest format."""
    try:
        return _ok_format(ast.parse(source)) is True
    except (ValueError, SyntaxError):
        return False


def imported_modules(path: Path) -> Iterator[str]:
    """Yield the modules that a file imports, and the packages that hold them.

    A relative import is resolved in the course's package ``reference`` only.
    """
    inside = path.parent.name == "reference"
    for node in ast.walk(ast.parse(path.read_text("utf-8"), str(path))):
        imported: list[str] = []
        if isinstance(node, ast.Import):
            imported = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and (not node.level or inside):
            base = node.module or ""
            if node.level:
                base = f"reference.{base}".rstrip(".")
            imported = [base, *(f"{base}.{alias.name}" for alias in node.names)]
        for module in imported:
            parts = module.split(".")
            yield from (".".join(parts[:end]) for end in range(1, len(parts) + 1))


def _ok_format(tree: ast.Module) -> object:
    """Return what a test file sets ``OK_FORMAT`` to; None if it does not."""
    found: object = None
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            for target in node.targets:
                if isinstance(target, ast.Name) and target.id == "OK_FORMAT":
                    found = node.value.value
    return found


def _check_source(tree: ast.Module, where: str) -> None:
    """Raise AssignmentError for errors that the source shows, before any of it is executed."""
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
    """Return what went wrong while Otter read the file, with the file's line if there is one."""
    text, line = in_one_line(error), _line_in(error, where)
    return f"line {line} raises {text}" if line else f"Otter refuses it with {text}"


def _line_in(error: BaseException, where: str) -> int | None:
    """Return the last line of the file ``where`` that an error passed; None if none did."""
    frames = traceback.extract_tb(error.__traceback__)
    return next((frame.lineno for frame in reversed(frames) if frame.filename == where), None)


def _case(case: Any, question: str, source: str, where: str) -> TestCase:
    """Return Otter's test case, with its points resolved, as ours."""
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
    """Return what a test case tests, in words: its requirement, or else its name.

    The failure message of an ordinary test function may say what is wrong, and so is no title
    for a test case that passed.  If Otter numbers public test cases, the function's name says
    more than the number.
    """
    if getattr(case.body.test_func, "is_scenario", False):
        return str(case.failure_message)
    named = not case.hidden and str(case.name).startswith(f"{question} - ")
    return readable(case.body.test_func.__name__ if named else str(case.name))


def readable(name: str) -> str:
    """Return a name as words: ``First step`` for ``test_first_step``."""
    words = " ".join(name.removeprefix("test_").replace("_", " ").split())
    return words[:1].upper() + words[1:]


def line_of(error: BaseException, source: str, where: str) -> str:
    """Return the assert of ``source`` that failed, on one line; empty if none did."""
    return assert_at(_line_in(error, where), source)


def assert_at(line: int | None, source: str) -> str:
    """Return the assert on a ``line`` of ``source``, on one line; empty if there is none."""
    asserts = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Assert)]
    failed = (n for n in asserts if line and n.lineno <= line <= (n.end_lineno or n.lineno))
    return "".join(map(ast.unparse, failed))


def check_question(question: Question, where: str) -> None:
    """Raise AssignmentError for names and points that break the columns of scores.csv."""
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
