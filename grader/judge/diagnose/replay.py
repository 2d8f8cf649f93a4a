"""Runs a test case on the solution, or on a known mistake, in this process.

Only the course's own code runs here: the master notebook's definitions, then a mistake's.
The test case holds proxies of these objects, as it holds proxies of a student's, so that
both are recorded alike.
"""

from __future__ import annotations

import ast
import contextlib
import io
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

from .trace import Trace, Watch, is_scenario, recording

_DATA: Final = (bool, int, float, complex, str, bytes, np.generic, type(None))
_KEPT: Final = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef, ast.Assign)


class Solution:
    """What a master notebook defines; :meth:`run` tries a test case on it.

    The cells of a master notebook are the solution as they stand.  Of them only what the
    required names need is run: not what is drawn, printed and tried out besides.
    """

    def __init__(self, notebook: Path, names: Iterable[str]) -> None:
        self._statements = _definitions(notebook)
        self._names = frozenset(names)
        self._programs: dict[frozenset[str], CodeType] = {}

    def program(self, mistakes: Sequence[ast.Module]) -> tuple[CodeType, ...]:
        """What to run for the solution with these mistakes made in it."""
        used = frozenset(name for tree in mistakes for name in _used(tree))
        if used not in self._programs:
            body = _needed(self._statements, self._names | used)
            module = ast.Module(body=body, type_ignores=[])
            self._programs[used] = compile(module, "<solution>", "exec")
        codes = [compile(tree, "<mistake>", "exec") for tree in mistakes]
        return self._programs[used], *codes

    def run(
        self,
        cases: Sequence[TestCase],
        program: Sequence[CodeType],
        *,
        seed: int = 1,
        watch: Watch = lambda trace: None,
    ) -> tuple[Trace, bool]:
        """Record the last of ``cases``, run in turn on what the program defines.

        ``watch`` hears of each step of the last one, and may give it up by raising
        :class:`Departed`.  Also returned is whether random numbers were drawn; each seed
        gives others.
        """
        namespace: dict[str, Any] = {"__name__": "__main__"}
        with _undisturbed(seed) as chance, sharing(Shared()):
            for code in program:
                exec(code, namespace)
            remote = LocalRemote(namespace)
            environment = Environment(remote, [n for n in namespace if not n.startswith("_")])
            for case in cases[:-1]:
                run_case(case, environment, namespace)
            trace = run_case(cases[-1], environment, namespace, watch)
            drawn = chance.drawn()
        return trace, drawn


def run_on(
    cases: Sequence[TestCase], sources: Iterable[str], *, seed: int = 1
) -> list[tuple[Trace, Exception | None]]:
    """Record test cases, run in turn on what *sources* of the course's own define.

    Beside each trace stands what the test case failed with, or None.
    """
    namespace: dict[str, Any] = {"__name__": "__main__"}
    with _undisturbed(seed), sharing(Shared()):
        for source in sources:
            try:
                exec(compile(without_magics(source), "<cell>", "exec"), namespace)
            except Exception as error:  # a notebook's next cell runs all the same
                swallow(error)
        names = [name for name in namespace if not name.startswith("_")]
        environment = Environment(LocalRemote(namespace), names)
        return [_run_case(case, environment, namespace) for case in cases]


class Departed(BaseException):
    """A replay is given up: it is not what is looked for."""


def run_case(
    case: TestCase,
    environment: Environment,
    namespace: dict[str, Any],
    watch: Watch = lambda trace: None,
) -> Trace:
    """Record a test case on the objects of ``namespace``, or on their proxies in ``environment``.

    Scenarios are run on the objects: what they give is the same, and sooner there.
    """
    return _run_case(case, environment, namespace, watch)[0]


def _run_case(
    case: TestCase,
    environment: Environment,
    namespace: dict[str, Any],
    watch: Watch = lambda trace: None,
) -> tuple[Trace, Exception | None]:
    failure: Exception | None = None
    with recording(case, environment, watch) as trace:
        try:
            case.function(**_given(case, namespace if is_scenario(case) else environment))
        except Departed:
            trace.partial = True
        except Exception as error:
            trace.end(error)
            failure = error
    return trace, failure


@contextlib.contextmanager
def given_to(case: TestCase, environment: Environment) -> Iterator[dict[str, Any]]:
    """What a test case is called with; promises, where it uses them in scenarios alone."""
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
    """The notebook's imports, functions, classes and assignments."""
    body: list[ast.stmt] = []
    for source in cells(notebook):
        body += [node for node in ast.parse(source).body if isinstance(node, _KEPT)]
    return body


def _needed(statements: Sequence[ast.stmt], names: Iterable[str]) -> list[ast.stmt]:
    """Those statements that define the names, and what these need in turn; in order."""
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


class _Chance:
    """The sources of random numbers, started from a seed while a replay lasts."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._made = 0
        self._default_rng = np.random.default_rng
        self._states = np.random.get_state(), random.getstate()
        np.random.seed(seed)
        random.seed(seed)
        self._start = self._now()
        np.random.default_rng = self._generator

    def drawn(self) -> bool:
        """Whether any was used that the code did not start from a seed of its own."""
        return self._made > 0 or self._now() != self._start

    def restore(self) -> None:
        """Give everybody else's state back."""
        np.random.default_rng = self._default_rng
        np.random.set_state(self._states[0])
        random.setstate(self._states[1])

    def _generator(self, seed: Any = None) -> np.random.Generator:
        if seed is None:
            self._made += 1
            seed = [self._seed, self._made]
        return self._default_rng(seed)

    def _now(self) -> tuple[Any, ...]:
        state = np.random.get_state(legacy=False)["state"]
        return state["pos"], state["key"].tobytes(), random.getstate()


@contextlib.contextmanager
def _undisturbed(seed: int) -> Iterator[_Chance]:
    """Keep what a mistake prints, warns of and draws from everybody else."""
    chance = _Chance(seed)
    try:
        with (
            warnings.catch_warnings(),
            np.errstate(all="ignore"),
            contextlib.redirect_stdout(io.StringIO()),
            contextlib.redirect_stderr(io.StringIO()),
        ):
            warnings.simplefilter("ignore")
            yield chance
    finally:
        chance.restore()


def _calls(target: Any, several: Any, name: str | None = None) -> list[Any]:
    function = target if name is None else getattr(target, name)
    return [function(*given) for given in several]


class LocalRemote(Remote):
    """Does in this process what a worker does for its proxies (see sandbox/inside/worker.py)."""

    def __init__(self, namespace: dict[str, Any]) -> None:
        super().__init__()
        self._objects: list[Any] = []
        self._proxies: dict[int, Proxy] = {}
        self._namespace = namespace
        self._operations: dict[str, Callable[..., Any]] = {
            "lookup": self._namespace.__getitem__,
            "call": lambda target, /, *args, **keywords: target(*args, **keywords),
            "method": lambda target, name, /, *args, **keywords: getattr(target, name)(
                *args, **keywords
            ),
            "calls": _calls,
            "next": lambda iterator: next(iterator),
            "array": np.asarray,
            "contains": lambda container, item: item in container,
            "getitem": lambda container, key: container[key],
            "setitem": lambda container, key, value: container.__setitem__(key, value),
            "delitem": lambda container, key: container.__delitem__(key),
        }
        self._operations.update(ACTIONS)
        for plain in (getattr, setattr, delattr, len, iter, isinstance):
            self._operations[plain.__name__] = plain
        for kind in (bool, int, float, complex, str, repr):
            self._operations[kind.__name__] = kind

    def perform(self, operation: str, *arguments: Any, **keywords: Any) -> Any:
        """Do it; gives plain data, or a proxy of what is none."""
        given = [self._own(argument) for argument in arguments]
        named = {key: self._own(value) for key, value in keywords.items()}
        return self._shown(self._operations[operation](*given, **named))

    def enqueue(self, queued: Queued) -> None:
        """Never asked for: scenarios, which queue, are run on the objects themselves."""
        raise NotImplementedError

    def perform_all(self, queue: Sequence[Queued]) -> Exception | None:
        """Never asked for."""
        raise NotImplementedError

    def release(self, number: int) -> None:
        """Everything is kept until the test case ends."""

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
