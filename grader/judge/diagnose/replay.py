"""Runs a test case on the solution, or on a known mistake, in this process.

Only the course's own code runs here: the master notebook's definitions, then a mistake's.
The test case gets proxies of these objects, as it gets proxies of a student's, so that
both are recorded in the same way.
"""

from __future__ import annotations

import ast
import contextlib
import io
import operator
import random
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import CodeType
from typing import Any, Final

import numpy as np

from grader.checks.sharing import Shared, sharing
from grader.course.catalogue import cells, without_magics
from grader.course.testfile import TestCase
from grader.errors import swallow
from grader.sandbox.outside.promises import Queued
from grader.sandbox.outside.proxy import Environment, Method, Proxy
from grader.sandbox.outside.remote import Remote
from grader.sandbox.wire.arrays import ACTIONS

from .trace import Trace, is_scenario, recording

_DATA: Final = (bool, int, float, complex, str, bytes, np.generic, type(None))
_KEPT: Final = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef, ast.Assign)


class Solution:
    """The definitions of a master notebook; :meth:`run` runs a test case on them.

    Only what the required names need is executed, not the notebook's demos.
    """

    def __init__(self, notebook: Path, names: Iterable[str]) -> None:
        self._statements = _definitions(notebook)
        self._names = frozenset(names)
        self._programs: dict[frozenset[str], CodeType] = {}

    def program(self, mistakes: Sequence[ast.Module]) -> tuple[CodeType, ...]:
        """Return the code of the solution with these mistakes made in it."""
        used = frozenset(name for tree in mistakes for name in _used(tree))
        if used not in self._programs:
            body = _needed(self._statements, self._names | used)
            module = ast.Module(body=body, type_ignores=[])
            self._programs[used] = compile(module, "<solution>", "exec")
        codes = [compile(tree, "<mistake>", "exec") for tree in mistakes]
        return self._programs[used], *codes

    def run(
        self, cases: Sequence[TestCase], program: Sequence[CodeType], *, seed: int = 1
    ) -> Trace:
        """Run ``cases`` in turn on what the program defines; return the last one's trace."""
        namespace: dict[str, Any] = {"__name__": "__main__"}
        with _undisturbed(seed) as has_drawn, sharing(Shared()):
            for code in program:
                exec(code, namespace)
            trace, _ = _run_all(cases, namespace)[-1]
            trace.drawn = has_drawn()
        return trace


def run_on(
    cases: Sequence[TestCase], sources: Iterable[str], *, seed: int = 1
) -> list[tuple[Trace, Exception | None]]:
    """Run test cases in turn on what *sources* of the course's own define.

    Return the trace of each, with the error with which it failed or None.
    """
    namespace: dict[str, Any] = {"__name__": "__main__"}
    with _undisturbed(seed), sharing(Shared()):
        for source in sources:
            try:
                exec(compile(without_magics(source), "<cell>", "exec"), namespace)
            except Exception as error:  # a notebook's next cell runs all the same
                swallow(error)
        return _run_all(cases, namespace)


def _run_all(
    cases: Sequence[TestCase], namespace: dict[str, Any]
) -> list[tuple[Trace, Exception | None]]:
    names = [name for name in namespace if not name.startswith("_")]
    environment = Environment(LocalRemote(namespace), names)
    return [run_case(case, environment, namespace) for case in cases]


def run_case(
    case: TestCase, environment: Environment, namespace: dict[str, Any]
) -> tuple[Trace, Exception | None]:
    """Run a test case on the objects of ``namespace``, or on their proxies in ``environment``.

    Return the trace, and the error with which it failed or None.  Scenarios are run on the
    objects themselves, which gives the same and is faster.
    """
    failure: Exception | None = None
    with recording(case, environment, is_replay=True) as trace:
        try:
            case.function(**_given(case, namespace if is_scenario(case) else environment))
        except Exception as error:
            trace.end(error)
            failure = error
    return trace, failure


@contextlib.contextmanager
def given_to(case: TestCase, environment: Environment) -> Iterator[dict[str, Any]]:
    """Yield a test case's arguments; their operations are queued if it uses scenarios alone."""
    if is_scenario(case):
        with environment.queued():
            yield _given(case, environment)
    else:
        yield _given(case, environment)


def _given(case: TestCase, environment: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: environment if name == "env" else environment[name]
        for name in case.parameters
    }  # fmt: skip


def _definitions(notebook: Path) -> list[ast.stmt]:
    """Return the notebook's imports, functions, classes and assignments."""
    body: list[ast.stmt] = []
    for source in cells(notebook):
        body += [node for node in ast.parse(source).body if isinstance(node, _KEPT)]
    return body


def _needed(statements: Sequence[ast.stmt], names: Iterable[str]) -> list[ast.stmt]:
    """Return the statements that define the names, and what these need in turn, in order."""
    wanted, chosen = set(names), set[int]()
    grown = True
    while grown:
        grown = False
        for place, statement in enumerate(statements):
            if place not in chosen and wanted & set(_defined(statement)):
                chosen.add(place)
                wanted |= set(_used(statement))
                grown = True
    return [statements[place] for place in sorted(chosen)]


def _defined(statement: ast.stmt) -> Iterator[str]:
    if isinstance(statement, ast.Import | ast.ImportFrom):
        yield from ((a.asname or a.name).partition(".")[0] for a in statement.names)
    elif isinstance(statement, ast.FunctionDef | ast.ClassDef):
        yield statement.name
    else:
        yield from _names(statement, ast.Store)


def _used(tree: ast.AST) -> Iterator[str]:
    return _names(tree, ast.Load)


def _names(tree: ast.AST, context: type[ast.expr_context]) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, context):
            yield node.id


@contextlib.contextmanager
def _undisturbed(start: int) -> Iterator[Callable[[], bool]]:
    """Within it, code prints and warns nothing, and its random numbers begin at the seed ``start``.

    Yields a function that tells whether numbers were drawn that the code did not seed itself.
    """
    default_rng, states = np.random.default_rng, (np.random.get_state(), random.getstate())
    made = 0

    def generator(seed: Any = None) -> np.random.Generator:
        nonlocal made
        if seed is None:
            made += 1
            seed = [start, made]
        return default_rng(seed)

    np.random.seed(start)
    random.seed(start)
    first = _random_state()
    np.random.default_rng = generator
    try:
        with (
            warnings.catch_warnings(action="ignore"),
            np.errstate(all="ignore"),
            contextlib.redirect_stdout(io.StringIO()),
            contextlib.redirect_stderr(io.StringIO()),
        ):
            yield lambda: made > 0 or _random_state() != first
    finally:
        np.random.default_rng = default_rng
        np.random.set_state(states[0])
        random.setstate(states[1])


def _random_state() -> tuple[Any, ...]:
    state = np.random.get_state(legacy=False)["state"]
    return state["pos"], state["key"].tobytes(), random.getstate()


def _calls(target: Any, several: Any, name: str | None = None) -> list[Any]:
    function = target if name is None else getattr(target, name)
    return [function(*given) for given in several]


class LocalRemote(Remote):
    """Does operations in this process as a worker does (sandbox/inside/operations.py)."""

    def __init__(self, namespace: dict[str, Any]) -> None:
        super().__init__()
        self._objects: list[Any] = []
        self._proxies: dict[int, Proxy] = {}
        self._operations: dict[str, Callable[..., Any]] = {
            "lookup": namespace.__getitem__,
            "call": operator.call,
            "method": lambda target, name, /, *args, **keywords: getattr(target, name)(
                *args, **keywords
            ),
            "calls": _calls,
            "array": np.asarray,
            "contains": operator.contains,
            "getitem": operator.getitem,
            "setitem": operator.setitem,
            "delitem": operator.delitem,
            **ACTIONS,
        }
        for builtin in (getattr, setattr, delattr, len, iter, next, isinstance,
                        bool, int, float, complex, str, repr):  # fmt: skip
            self._operations[builtin.__name__] = builtin

    def perform(self, operation: str, *arguments: Any, **keywords: Any) -> Any:
        """Do the operation; return plain data, or a proxy of anything else."""
        given = [self._own(argument) for argument in arguments]
        named = {key: self._own(value) for key, value in keywords.items()}
        return self._shown(self._operations[operation](*given, **named))

    def enqueue(self, queued: Queued) -> None:
        """Not needed: scenarios, which queue, are run on the objects themselves."""
        raise NotImplementedError

    def perform_all(self, queue: Sequence[Queued]) -> Exception | None:
        """Not needed, as :meth:`enqueue`."""
        raise NotImplementedError

    def release(self, number: int) -> None:
        """Do nothing: all objects are kept until the test case ends."""

    def _own(self, value: Any) -> Any:
        if isinstance(value, Method):
            value = value.proxy()
        return self._objects[value._grader_number] if isinstance(value, Proxy) else value

    def _shown(self, value: Any) -> Any:
        if _is_data(value):
            return value.item() if isinstance(value, np.generic) else value
        proxy = self._proxies.get(id(value))
        if proxy is None:
            proxy = Proxy(self, len(self._objects), type(value).__name__)
            self._objects.append(value)
            self._proxies[id(value)] = proxy
        return proxy


def _is_data(value: Any) -> bool:
    if type(value) is np.ndarray:
        return value.dtype.kind in "biufc"
    if type(value) in (list, tuple, set):
        return all(map(_is_data, value))
    if type(value) is dict:
        return all(map(_is_data, value)) and all(map(_is_data, value.values()))
    return isinstance(value, _DATA)
