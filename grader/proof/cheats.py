"""Cheats: the solution, changed so that it answers only what tests often ask.

Each wraps a function or method of the solution so that it is right for ordinary calls and wrong
for others that the text asks for: another size, a second call, large or small numbers, a result
that must last (:func:`cheats`), or anything that the public tests, which students can read, do
not ask (:func:`hard_wired`).  Tests that let one pass are weak; where it is right, too, the
assignment says why in ``CHEATS`` of its variants.py.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np

from grader.proof.mutants import Changed, Definition, definitions

_LEFT_OUT: Final = "remembers what is left out"
#: The body of ``cheated(*arguments)``, by what it does.  ``own`` is 1 where the first argument is
#: an instance, ``kept`` is a dictionary, ``call(arguments)`` calls the solution.
_BODIES: Final = {
    "keeps results by shape": """
        key = [np.shape(a) if not isinstance(a, dict) else sorted(a) for a in arguments[own:]]
        if str(key) not in kept:
            kept[str(key)] = call(arguments)
        return copy.deepcopy(kept[str(key)])
    """,
    "reads its arguments once": """
        kept.setdefault("first", copy.deepcopy(arguments[own:]))
        return call((*arguments[:own], *copy.deepcopy(kept["first"])))
    """,
    _LEFT_OUT: """
        kept["all"] = arguments[own:] + kept.get("all", ())[len(arguments) - own :]
        return call((*arguments[:own], *kept["all"]))
    """,
    "rounds to six digits": "return given(arguments, lambda r: np.round(r, 6)[()])",
    "clips to 1000": "return given(arguments, lambda r: np.clip(r, -1e3, 1e3)[()])",
    "gives a buffer of its own": """
        def written(result):
            buffer = kept.setdefault(result.shape, np.empty(result.shape))
            buffer[...] = result
            return buffer
        return given(arguments, written)
    """,
}
#: What all cheats use: ``_changed`` applies ``change`` to the numbers of a result.
_CHANGED: Final = """
import copy
import inspect
import numpy as np

def _changed(result, change):
    if isinstance(result, (tuple, list)):
        return type(result)(_changed(entry, change) for entry in result)
    if isinstance(result, dict):
        return {key: _changed(entry, change) for key, entry in result.items()}
    numbers = isinstance(result, (float, np.floating, np.ndarray))
    return change(np.asarray(result, dtype=float)) if numbers else result

def _bound(function, arguments, named):
    bound = inspect.signature(function).bind(*arguments, **named)
    bound.apply_defaults()
    return bound
"""
_CELL: Final = """
def _cheat(function, own):
    kept = {{}}

    def call(arguments):
        return function(*arguments)

    def given(arguments, change):
        result = call(arguments)
        if result is None and isinstance(arguments[own], dict):
            for key in arguments[own]:
                arguments[own][key] = _changed(arguments[own][key], change)
        return _changed(result, change)

    def cheated(*arguments):
        {body}

    return cheated

{target} = _cheat({target}, {own})
"""
_SHORT: Final = 20
#: The body of ``cheated``, which knows the values ``asked`` that public tests give the argument
#: ``name``.  ``given`` holds this call's arguments by name, ``call()`` calls the solution.
_HARD_WIRED: Final = {
    "numbers": """
        if isinstance(given[name], (int, float)):
            given[name] = min(asked, key=lambda value: abs(value - given[name]))
        return call()
    """,
    "sizes": """
        size = len(given[name]) if np.ndim(given[name]) else 0
        factor = size / asked[0] if size and size not in asked else 1.0
        result = call()
        return result if factor == 1.0 else _changed(result, lambda r: (r * factor)[()])
    """,
    "keys": """
        whole = given[name]
        given[name] = {key: whole[key] for key in whole if key in asked}
        result = call()
        whole.update(given[name])
        return result
    """,
}
_WIRED_CELL: Final = """
def _wired(function, name, asked):
    def cheated(*arguments, **named):
        bound = _bound(function, arguments, named)
        given = bound.arguments

        def call():
            return function(*bound.args, **bound.kwargs)

        {body}

    return cheated

{target} = _wired({target}, {name!r}, {asked!r})
"""
#: Notes in the list ``asked`` what each function is called with, by the names of its arguments.
_NOTING_CELL: Final = """
asked = []

def _noting(function, target):
    def noting(*arguments, **named):
        asked.append((target, copy.deepcopy(dict(_bound(function, arguments, named).arguments))))
        return function(*arguments, **named)

    return noting
"""


def cheats(cells: Iterable[str], names: Sequence[str]) -> Iterator[Changed]:
    """Yield all cheats of the functions and methods that a solution's cells define of *names*."""
    for node in definitions(cells, names):
        for target, function in _targets(node).items():
            for what, body in _BODIES.items():
                if what == _LEFT_OUT and not function.args.defaults:
                    continue
                own = _own(target)
                code = _CHANGED + _CELL.format(body=body.strip(), target=target, own=own)
                yield Changed(name=f"{target} {what}", code=code)
        short = _Short()
        changed = short.visit(ast.parse(ast.unparse(node)))
        if short.changes:
            name = f"{node.name} stops after {_SHORT} rounds"
            yield Changed(name=name, code=ast.unparse(changed))


def hard_wired(
    cells: Sequence[str],
    names: Sequence[str],
    asked_of: Callable[[Sequence[str]], Iterable[tuple[str, Mapping[str, Any]]]],
) -> Iterator[Changed]:
    """Yield all cheats that know only the numbers, sizes or keys of the public tests.

    ``asked_of(cells)`` runs these tests on cells that note the calls, and returns the notes.
    """
    nodes = definitions(cells, names)
    targets = [target for node in nodes for target in _targets(node, and_made=True)]
    noting = "\n".join(f"{target} = _noting({target}, {target!r})" for target in targets)
    known: dict[tuple[str, str, str], list[Any]] = {}
    first: dict[tuple[str, str], str] = {}
    for target, arguments in asked_of([*cells, _CHANGED + _NOTING_CELL + noting]):
        for name, value in list(arguments.items())[_own(target) :]:
            for what, parts in _known_of(value):
                if what == "sizes" and target.endswith(".__init__"):
                    continue  # it returns nothing that could have another size
                if what != "numbers" and first.setdefault((target, what), name) != name:
                    continue  # arrays of one call share a size, its dictionaries their keys
                several = known.setdefault((target, name, what), [])
                several += [part for part in parts if part not in several]
    for (target, name, what), several in known.items():
        body = _HARD_WIRED[what].strip()
        code = _CHANGED + _WIRED_CELL.format(body=body, target=target, name=name, asked=several)
        yield Changed(name=f"{target} knows the public {what} of {name} alone", code=code)


def _known_of(value: Any) -> Iterator[tuple[str, list[Any]]]:
    """Yield what can be hard-wired of an argument: kinds of :data:`_HARD_WIRED`, and values."""
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        yield "numbers", [value]
    elif isinstance(value, dict):
        yield "keys", [key for key in value if isinstance(key, str)]
    elif isinstance(value, np.ndarray | list) and np.ndim(value):
        yield "sizes", [len(value)]


def _targets(node: Definition, *, and_made: bool = False) -> dict[str, ast.FunctionDef]:
    """Return the function, or the public methods, by name; with ``and_made`` ``__init__``, too."""
    if isinstance(node, ast.FunctionDef):
        return {node.name: node}
    methods = [method for method in node.body if isinstance(method, ast.FunctionDef)]
    return {
        f"{node.name}.{method.name}": method
        for method in methods
        if method.name[0] != "_" or (and_made and method.name == "__init__")
    }


def _own(target: str) -> int:
    """Return how many of a target's arguments are an instance."""
    return int("." in target)


class _Short(ast.NodeTransformer):
    """Makes every loop over a range end after some rounds."""

    changes = 0

    def visit_For(self, node: ast.For) -> ast.For:
        self.generic_visit(node)
        call = node.iter
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "range" and len(call.args) == 1:
            self.changes += 1
            call.args = [ast.parse(f"min({ast.unparse(call.args[0])}, {_SHORT})").body[0].value]  # type: ignore[attr-defined]
        return node
