"""Runs a test case on the solution, or on a known mistake, in this process.

Only the course's own code runs here: the master notebook's definitions, then a mistake's.
The test case holds proxies of these objects, as it holds proxies of a student's, so that
both are recorded alike.
"""

from __future__ import annotations

import ast
import contextlib
import io
import json
import random
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import CodeType
from typing import Any, Final

import numpy as np

from grader.isolation.proxy import Environment, Method, Proxy, Remote
from grader.testfile import TestCase

from .trace import Trace, recording

_DATA: Final = (bool, int, float, complex, str, bytes, np.generic, type(None))
_KEPT: Final = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef, ast.Assign)


class Solution:
    """The definitions of a master notebook; :meth:`run` tries a test case on them.

    The cells of a master notebook are the solution as they stand; what is drawn, printed
    and tried out in them is left out.
    """

    def __init__(self, notebook: Path) -> None:
        self._code = _definitions(notebook)

    def run(self, cases: Sequence[TestCase], mistakes: Sequence[CodeType], *, seed: int) -> Trace:
        """Record the last of ``cases``, run in turn on a fresh solution with the mistakes' code.

        Two seeds show what is random.
        """
        with _undisturbed(seed):
            namespace: dict[str, Any] = {"__name__": "__main__"}
            for code in (self._code, *mistakes):
                exec(code, namespace)
            remote = LocalRemote(namespace)
            environment = Environment(remote, [n for n in namespace if not n.startswith("_")])
            for case in cases:
                with recording(environment) as trace:
                    try:
                        case.function(**arguments(case, environment))
                    except Exception as error:
                        trace.end(error)
        return trace


def arguments(case: TestCase, environment: Environment) -> dict[str, Any]:
    """What a test case is called with."""
    return {
        name: environment if name == "env" else environment[name]
        for name in case.parameters
    }  # fmt: skip


def _definitions(notebook: Path) -> CodeType:
    """The notebook's imports, functions, classes and assignments, as one program."""
    body: list[ast.stmt] = []
    for cell in json.loads(notebook.read_text("utf-8"))["cells"]:
        if cell["cell_type"] != "code":
            continue
        lines = "".join(cell["source"]).splitlines()
        source = "\n".join(line for line in lines if not line.startswith(("%", "!")))
        body += [node for node in ast.parse(source).body if isinstance(node, _KEPT)]
    return compile(ast.Module(body=body, type_ignores=[]), "<solution>", "exec")


@contextlib.contextmanager
def _undisturbed(seed: int) -> Iterator[None]:
    """Keep what a mistake prints, warns of and seeds from everybody else."""
    states = np.random.get_state(), random.getstate()
    np.random.seed(seed)
    random.seed(seed)
    try:
        with (
            warnings.catch_warnings(),
            contextlib.redirect_stdout(io.StringIO()),
            contextlib.redirect_stderr(io.StringIO()),
        ):
            warnings.simplefilter("ignore")
            yield
    finally:
        np.random.set_state(states[0])
        random.setstate(states[1])


class LocalRemote(Remote):
    """Does in this process what a worker does for its proxies (see isolation/inside/worker.py)."""

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
            "next": lambda iterator: next(iterator),
            "array": np.asarray,
            "contains": lambda container, item: item in container,
            "getitem": lambda container, key: container[key],
            "setitem": lambda container, key, value: container.__setitem__(key, value),
            "delitem": lambda container, key: container.__delitem__(key),
        }
        for plain in (getattr, setattr, delattr, len, iter, isinstance):
            self._operations[plain.__name__] = plain
        for kind in (bool, int, float, complex, str, repr):
            self._operations[kind.__name__] = kind

    def perform(self, operation: str, *arguments: Any, **keywords: Any) -> Any:
        """Do it; gives plain data, or a proxy of what is none."""
        given = [self._own(argument) for argument in arguments]
        named = {key: self._own(value) for key, value in keywords.items()}
        return self._shown(self._operations[operation](*given, **named))

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
