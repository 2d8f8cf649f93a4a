"""Cheats by construction: the solution, made to answer only what tests often ask.

Each wraps a function, or a method, of the solution so that it is right for the ordinary call and
wrong for what a text asks besides: another size, a second call, a number that is large or small,
a result that must last.  Tests that let one pass are weak; where it is right, too, the assignment
says why in ``CHEATS`` of its variants.py.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

#: The body of ``cheated(*arguments, **named)``, by what is done.  ``own`` is 1 where the first
#: argument is an instance, ``kept`` a dictionary, ``call(arguments)`` asks the solution.
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
    "remembers what is left out": """
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
_CELL: Final = """
import copy
import numpy as np

def _cheat(function, own):
    kept = {{}}

    def changed(result, change):
        if isinstance(result, (tuple, list)):
            return type(result)(changed(entry, change) for entry in result)
        numbers = isinstance(result, (float, np.floating, np.ndarray))
        return change(np.asarray(result, dtype=float)) if numbers else result

    def call(arguments):
        return function(*arguments)

    def given(arguments, change):
        result = call(arguments)
        if result is None and isinstance(arguments[own], dict):
            for key in arguments[own]:
                arguments[own][key] = changed(arguments[own][key], change)
        return changed(result, change)

    def cheated(*arguments):
        {body}

    return cheated

{target} = _cheat({target}, {own})
"""
_SHORT: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Cheat:
    """``name`` says what is done to which function; ``code`` comes after the solution."""

    name: str
    code: str


def cheats(cells: Iterable[str], names: Sequence[str]) -> Iterator[Cheat]:
    """Every cheat of the functions and methods that a solution's cells define of *names*."""
    for cell in cells:
        for node in ast.parse(cell).body:
            if not isinstance(node, ast.ClassDef | ast.FunctionDef) or node.name not in names:
                continue
            yield from _wrapped(node)
            yield from _stopped(node)


def _wrapped(node: ast.ClassDef | ast.FunctionDef) -> Iterator[Cheat]:
    if isinstance(node, ast.FunctionDef):
        targets = [(node.name, node, 0)]
    else:
        methods = [n for n in node.body if isinstance(n, ast.FunctionDef) and n.name[0] != "_"]
        targets = [(f"{node.name}.{method.name}", method, 1) for method in methods]
    for target, function, own in targets:
        for what, body in _BODIES.items():
            if what == "remembers what is left out" and not function.args.defaults:
                continue
            code = _CELL.format(body=body.strip(), target=target, own=own)
            yield Cheat(name=f"{target} {what}", code=code)


class _Short(ast.NodeTransformer):
    """Every loop over a range ends after some rounds, as where one stops early."""

    changes = 0

    def visit_For(self, node: ast.For) -> ast.For:
        self.generic_visit(node)
        call = node.iter
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "range" and len(call.args) == 1:
            self.changes += 1
            call.args = [ast.parse(f"min({ast.unparse(call.args[0])}, {_SHORT})").body[0].value]  # type: ignore[attr-defined]
        return node


def _stopped(node: ast.ClassDef | ast.FunctionDef) -> Iterator[Cheat]:
    short = _Short()
    changed = short.visit(ast.parse(ast.unparse(node)))
    if short.changes:
        yield Cheat(name=f"{node.name} stops after {_SHORT} rounds", code=ast.unparse(changed))
