"""Which statements of a notebook define what is asked for: all that is run of a cell cut short.

Imports, functions and classes always do.  So does what gives a value to a name that the
required names need, or that one of those needs: ``EPSILON = 1e-7`` used in a method,
``loss = partial(...)``, ``Net.train = train``, ``if fast: def step(): ...``.  Demos do not:
nothing that is asked for needs what they make.
"""

from __future__ import annotations

import ast
import symtable
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

_ALWAYS: Final = (
    ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef,
)  # fmt: skip
#: Methods that fill what they belong to.
_FILLING: Final = frozenset("append extend insert add update setdefault".split())
#: What code that nobody has checked makes the compiler raise.
UNPARSED: Final = (SyntaxError, ValueError, RecursionError, MemoryError)


def defining(tree: ast.Module, needed: frozenset[str], *, after: int = 0) -> list[ast.stmt]:
    """The statements below line ``after`` that define something, or one of the ``needed`` names."""
    nodes = [node for node in tree.body if node.lineno > after]
    return [node for node in nodes if isinstance(node, _ALWAYS) or _names(node).given & needed]


def needed_names(trees: Iterable[ast.Module], required: Iterable[str]) -> frozenset[str]:
    """The ``required`` names, and all that the statements which define these make use of."""
    statements = [_names(node) for tree in trees for node in tree.body]
    needed = set(required)
    while True:
        before = len(needed)
        for names in statements:
            if names.given & needed:
                needed |= names.used
        if len(needed) == before:
            return frozenset(needed)


@dataclass(frozen=True, slots=True)
class _Names:
    """The global names that a statement gives something to, and those that it uses."""

    given: frozenset[str]
    used: frozenset[str]


def _names(node: ast.stmt) -> _Names:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            source = ast.unparse(ast.Module([node], []))
            table = symtable.symtable(source, "<statement>", "exec")
    except UNPARSED:
        return _Names(frozenset(), frozenset())
    given, used = set(_parts_given(node)), set()
    for symbol in table.get_symbols():
        if symbol.is_assigned() or symbol.is_imported() or symbol.is_namespace():
            given.add(symbol.get_name())
        if symbol.is_referenced():
            used.add(symbol.get_name())
    for inner in table.get_children():
        used |= _global_names(inner)
    return _Names(frozenset(given), frozenset(used))


def _global_names(table: symtable.SymbolTable) -> set[str]:
    """The global names that a function or class uses, and those within it."""
    names = {symbol.get_name() for symbol in table.get_symbols() if symbol.is_global()}
    return names.union(*map(_global_names, table.get_children()))


def _parts_given(node: ast.stmt) -> Iterable[str]:
    """Names whose object is given a part: ``a.b = c``, ``a[i] = c``, ``setattr(a, ...)``,
    ``a.append(c)``.
    """
    for part in ast.walk(node):
        match part:
            case ast.Attribute(ctx=ast.Store()) | ast.Subscript(ctx=ast.Store()):
                yield from _root(part)
            case ast.Call(func=ast.Name(id="setattr"), args=[whole, *_]):
                yield from _root(whole)
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=whole, attr=name))):
                if name in _FILLING:
                    yield from _root(whole)


def _root(node: ast.expr) -> Iterable[str]:
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    if isinstance(node, ast.Name):
        yield node.id
