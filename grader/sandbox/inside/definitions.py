"""Finds the statements of a notebook that define something: all that is run of a cell cut short.

Imports, functions, classes, magics and shell lines always count.  So do statements that give a
value to a required name, or to a name that one of those needs: ``EPSILON = 1e-7`` used in a
method, ``loss = partial(...)``, ``Net.train = train``, ``if fast: def step(): ...``, a call of
a function that sets such a name as ``global``.  If there is time, so does whatever may define
names in ways that the source does not show: files, the environment, ``exec``, ``globals()``.
Demos do not count.
"""

from __future__ import annotations

import ast
import symtable
import warnings
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)
NAMED: Final = (*FUNCTIONS, ast.ClassDef)
#: Statements that always define something.
ALWAYS: Final = (ast.Import, ast.ImportFrom, *NAMED)
#: Methods that fill their object.
_FILLING: Final = frozenset("append extend insert add update setdefault".split())
#: Names by which code reaches things that later cells find in other ways than by a name.
_REACHING: Final = frozenset(
    "globals vars locals exec eval setattr builtins __builtins__ __dict__ sys os environ open "
    "write write_text write_bytes save savez savez_compressed savetxt dump tofile makedirs mkdir "
    "chdir copyfile copytree symlink_to import_module reload user_ns create_task".split()
)
#: Magics that run code, once or many times.
_LONG: Final = frozenset("time timeit prun memit lprun mprun".split())
#: What the compiler raises for source that it cannot read.
UNPARSED: Final = (SyntaxError, ValueError, RecursionError, MemoryError)


def parsed(source: str) -> ast.Module | None:
    """Return the tree of ``source``; None if Python cannot read it."""
    try:
        return ast.parse(source)
    except UNPARSED:
        return None


class Definitions:
    """The statements that the ``required`` names need, in a notebook of cells with these ``trees``.

    With ``reaching``, also those that may define something in other ways than by a name.
    """

    def __init__(
        self, trees: Iterable[ast.Module], required: Iterable[str], *, reaching: bool
    ) -> None:
        self._reaching = reaching
        nodes = [node for tree in trees for node in tree.body]
        statements = [(node, _names(node)) for node in nodes]
        self._setters = {
            node.name: names.set_by_calls for node, names in statements if isinstance(node, NAMED)
        }
        self._needed = set(required)
        for node, names in statements:
            if getattr(node, "decorator_list", ()):
                self._needed |= names.used  # the decorator may register it somewhere
        before = -1
        while len(self._needed) != before:
            before = len(self._needed)
            for node, names in statements:
                if self._gives(node, names):
                    self._needed |= names.used
                    if isinstance(node, ast.Assign):  # e.g. of a thread that calls a setter
                        self._hand_on(names)

    def _hand_on(self, names: _Names) -> None:
        """Let the names that a statement gives set what the names that it uses set."""
        setting = {each for name in names.used for each in self._set_by(name)}
        for name in names.given:
            self._setters[name] = self._setters.get(name, set()) | setting

    def _set_by(self, name: str) -> set[str]:
        """Return the needed names that a call of ``name`` sets."""
        return self._setters.get(name, set()) & self._needed

    def within(self, tree: ast.Module, *, after: int = 0) -> list[ast.stmt]:
        """Return the statements below line ``after`` that define something."""
        nodes = [node for node in tree.body if node.lineno > after]
        return [
            node
            for node in nodes
            if isinstance(node, ALWAYS) or _is_magic(node) or self._gives(node, _names(node))
        ]

    def _gives(self, node: ast.stmt, names: _Names) -> bool:
        if names.given & self._needed:
            return True
        if isinstance(node, ALWAYS):
            return False
        return (
            any(map(self._set_by, names.used))
            or bool(names.filled & self._needed and names.called & self._setters.keys())
            or (self._reaching and names.is_reaching)
        )


class _Names(NamedTuple):
    """The global names that a statement gives a value or a part to, and those that it uses.

    A call of the function that it defines sets ``set_by_calls`` as ``global``.  If it is a call
    whose result is dropped, ``called`` is the function and ``filled`` are the arguments.
    """

    given: set[str]
    used: set[str]
    set_by_calls: set[str]
    called: set[str]
    filled: set[str]
    is_reaching: bool


def _names(node: ast.stmt) -> _Names:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            source = ast.unparse(ast.Module([node], []))
            table = symtable.symtable(source, "<statement>", "exec")
    except UNPARSED:
        return _Names(set(), set(), set(), set(), set(), is_reaching=False)
    given = {*_parts_given(node), *assigned(table)}
    used = {symbol.get_name() for symbol in table.get_symbols() if symbol.is_referenced()}
    set_by_calls = set()
    for symbol in _global_symbols(table.get_children()):
        used.add(symbol.get_name())
        if symbol.is_assigned():
            set_by_calls.add(symbol.get_name())
    is_reaching = any(map(_reaches, ast.walk(node)))
    return _Names(given, used, set_by_calls, *_handed_over(node), is_reaching)


def assigned(table: symtable.SymbolTable) -> set[str]:
    """Return the names that code gives a value: by assignments, imports, functions, classes."""
    return {
        symbol.get_name()
        for symbol in table.get_symbols()
        if symbol.is_assigned() or symbol.is_imported() or symbol.is_namespace()
    }


def _global_symbols(tables: Sequence[symtable.SymbolTable]) -> Iterable[symtable.Symbol]:
    """Yield the global names that functions and classes use, and those within them."""
    for table in tables:
        yield from (symbol for symbol in table.get_symbols() if symbol.is_global())
        yield from _global_symbols(table.get_children())


def _handed_over(node: ast.stmt) -> tuple[set[str], set[str]]:
    """Return the function and the arguments of a call whose result is dropped."""
    match node:
        case ast.Expr(value=ast.Call(func=ast.Name(id=name), args=arguments)):
            return {name}, {each.id for each in arguments if isinstance(each, ast.Name)}
    return set(), set()


def _reaches(part: ast.AST) -> bool:
    match part:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name in _REACHING
    return isinstance(part, ast.Await)


def _is_magic(node: ast.stmt) -> bool:
    """Whether it is a magic or a shell line, in IPython's translation, that takes no time."""
    match getattr(node, "value", None):
        case ast.Call(
            func=ast.Attribute(value=ast.Call(func=ast.Name(id="get_ipython"))),
            args=[ast.Constant(value=str(text)), *_],
        ):
            return text not in _LONG
    return False


def _parts_given(node: ast.stmt) -> Iterable[str]:
    """Yield ``a`` of ``a.b = c``, ``a[i] = c``, ``setattr(a, ...)`` and ``a.append(c)``."""
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
