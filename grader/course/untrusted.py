"""Test cases that came with a notebook: nothing of them is executed on the judge's side.

Whoever made the notebook may have written them, too.  So a test file in Otter's exception-based
format is only parsed here.  Its functions run where the student's code runs, each in a fork of
its own (:mod:`grader.sandbox.inside.examples`); here their outcome becomes the text of a page.
"""

from __future__ import annotations

import ast
import builtins
from typing import Any, Final

from grader.checks import CheckFailure
from grader.course import otterless
from grader.course.testfile import Question, TestCase, assert_at, check_question, readable
from grader.sandbox.outside.link import as_students
from grader.words import say

_FILE: Final = "<public test>"
_FIELDS: Final = ("name", "points", "hidden", "success_message", "failure_message")
_SETTINGS: Final = ("name", "points", "all_or_nothing")

# Run in the worker: calls a test function, and prints where it failed: the last of its own lines
# that was reached, and whether the error came out of a student's code.
_RUN: Final = """
def _run(names, source, file, function, parameters):
    import sys, traceback
    space = {"__name__": "public_test"}
    try:
        exec(compile(source, file, "exec"), space)
    except Exception:
        print(chr(10) + "0 2")
        raise
    given = {name: names if name == "env" else names[name] for name in parameters}
    try:
        space[function](**given)
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)
        lines = [n for n, frame in enumerate(frames) if frame.filename == file]
        libraries = (sys.prefix, sys.base_prefix, "<frozen ", "<__array_function__")
        after = [f for f in frames[lines[-1] + 1:] if not f.filename.startswith(libraries)]
        print(chr(10) + str(frames[lines[-1]].lineno), int(bool(after)))
        raise
_run(names, *told)
"""


class PublicTest:
    """A test case's function: calls ``function`` of a test file's ``source`` in the worker.

    Raises AssertionError or the error that it raised; an error of the student's code is marked
    as such (:func:`grader.sandbox.outside.link.student_error`).
    """

    def __init__(
        self, source: str, function: str, parameters: tuple[str, ...], seconds: float
    ) -> None:
        self._source, self._function = source, function
        self._parameters, self._seconds = parameters, seconds

    def __call__(self, env: Any, **_: Any) -> None:
        told = (self._source, _FILE, self._function, self._parameters)
        call = f"exec({_RUN!r}, {{'names': globals(), 'told': {told!r}}})"
        match env.examples([call], self._seconds):
            case [(str(), "", "")]:
                return
            case [(str(printed), str(name), str(line))] if name:
                self._raise(printed, name, line)
        raise AssertionError

    def _raise(self, printed: str, name: str, line: str) -> None:
        message = line.partition(": ")[2].strip()
        place = printed.rstrip("\n").rpartition("\n")[2].split()
        where, is_students = place if len(place) == 2 and place[0].isdecimal() else ("0", "0")
        if is_students == "2":
            raise CheckFailure(
                say("The test itself cannot be run here: {error}", error=line.strip())
            )
        if is_students == "1" and name != "AssertionError":
            raise as_students(name, message)
        if name == "AssertionError":
            code = "" if message else assert_at(int(where), self._source)
            if code:
                raise CheckFailure(say("This does not hold: {code}", code=code))
            raise AssertionError(message)
        kind = getattr(builtins, name, None)
        if not (isinstance(kind, type) and issubclass(kind, Exception)):
            kind = type(name, (Exception,), {})
        raise kind(message)


def parse(source: str, where: str, *, seconds: float) -> Question:
    """Read the text of an exception-based test file; its test cases may take ``seconds`` each.

    All of them count as public.  Raises ValueError, TypeError or SyntaxError if it cannot be
    read, and AssignmentError if names or points make no sense.
    """
    tree = ast.parse(source, where)
    settings = _settings(tree)
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    found = [(node, given) for node in functions if (given := _decorated(node)) is not None]
    points = otterless.resolved(settings.get("points"), [given.get("points") for _, given in found])
    body = [node for node in tree.body if not _is_otters(node)]
    for node, _ in found:
        node.decorator_list = []
    code = ast.unparse(ast.Module(body, []))
    cases = []
    for number, ((node, given), own) in enumerate(zip(found, points, strict=True), start=1):
        named, asked = given.get("name"), _asks(node)
        case = TestCase(
            name=f"{settings['name']} - {number}" if named is None else named,
            points=float(own),
            hidden=False,
            function=PublicTest(code, node.name, asked, seconds),
            parameters=tuple(dict.fromkeys([*asked, "env"])),
            success_message=given.get("success_message") or "",
            failure_message=given.get("failure_message") or "",
            title=readable(node.name if named is None else str(named)),
        )
        cases.append(case)
    question = Question(
        name=settings["name"],
        cases=tuple(cases),
        all_or_nothing=bool(settings.get("all_or_nothing")),
        file=where,
    )
    check_question(question, where)
    return question


def _settings(tree: ast.Module) -> dict[str, Any]:
    found = {}
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name in _SETTINGS:
                found[name] = ast.literal_eval(value)
    if not isinstance(found.get("name"), str):
        raise ValueError("it has no name")
    return found


def _decorated(node: ast.FunctionDef) -> dict[str, Any] | None:
    """Return the arguments of a test case's decorator; None if the function has none."""
    for call in node.decorator_list:
        match call:
            case ast.Call(func=ast.Name(id="test_case") | ast.Attribute(attr="test_case")):
                values = dict(zip(_FIELDS, map(ast.literal_eval, call.args), strict=False))
                named = ((k.arg or "", ast.literal_eval(k.value)) for k in call.keywords)
                return values | dict(named)
    return None


def _asks(node: ast.FunctionDef) -> tuple[str, ...]:
    parameters = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    if node.args.posonlyargs or node.args.vararg or node.args.kwarg:
        raise ValueError(f"{node.name} takes more than names")
    return tuple(parameter.arg for parameter in parameters)


def _is_otters(node: ast.stmt) -> bool:
    """Whether a statement imports Otter, which is not there where the test runs."""
    match node:
        case ast.Import(names=names):
            modules = [alias.name for alias in names]
        case ast.ImportFrom(module=str(module)):
            modules = [module]
        case _:
            return False
    return any(module.partition(".")[0] == "otter" for module in modules)
