"""Which statements of a notebook define what is asked for: all that is run of a cell cut short.

Imports, functions, classes, magics and shell lines always do.  So does what gives a value to
a name that the required names need, or that one of those needs: ``EPSILON = 1e-7`` used in a
method, ``loss = partial(...)``, ``Net.train = train``, ``if fast: def step(): ...``, a call of
a function that sets such a name as ``global``.  Where there is time for it, so does what
reaches past the names that can be seen: files, the environment, ``exec``, ``globals()``.
Demos do not: nothing that is asked for needs what they make.
"""

from __future__ import annotations

import ast
import symtable
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

_ALWAYS: Final = (
    ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef,
)  # fmt: skip
#: Methods that fill what they belong to.
_FILLING: Final = frozenset("append extend insert add update setdefault".split())
#: What makes something that later cells find by other ways than its name.
_REACHING: Final = frozenset(
    "globals vars locals exec eval setattr builtins __builtins__ __dict__ sys os environ open "
    "write write_text write_bytes save savez savez_compressed savetxt dump tofile makedirs mkdir "
    "chdir copyfile copytree symlink_to import_module reload user_ns create_task".split()
)
#: Magics that run code again and again, or other people's.
_LONG: Final = frozenset("time timeit prun memit lprun mprun".split())
#: What code that nobody has checked makes the compiler raise.
UNPARSED: Final = (SyntaxError, ValueError, RecursionError, MemoryError)


class Definitions:
    """What of a notebook, whose cells are these ``trees``, the ``required`` names need.

    With ``reaching``, also what reaches past the names that can be seen.
    """

    def __init__(
        self, trees: Iterable[ast.Module], required: Iterable[str], *, reaching: bool
    ) -> None:
        self._reaching = reaching
        nodes = [node for tree in trees for node in tree.body]
        statements = [(node, _names(node)) for node in nodes]
        self._setters = {
            node.name: names.set_by_calls for node, names in statements if isinstance(node, _NAMED)
        }
        self._needed = set(required)
        for node, names in statements:
            if getattr(node, "decorator_list", ()):
                self._needed |= names.used  # it may be entered somewhere by its decorator
        before = -1
        while len(self._needed) != before:
            before = len(self._needed)
            for node, names in statements:
                if self._gives(node, names):
                    self._needed |= names.used
                    if isinstance(node, ast.Assign):  # a thread, say, of a function that sets it
                        self._hand_on(names)

    def _hand_on(self, names: _Names) -> None:
        setting = [self._setters.get(name, frozenset()) & self._needed for name in names.used]
        for name in names.given:
            self._setters[name] = self._setters.get(name, frozenset()).union(*setting)

    def within(self, tree: ast.Module, *, after: int = 0) -> list[ast.stmt]:
        """The statements below line ``after`` that define something."""
        nodes = [node for node in tree.body if node.lineno > after]
        return [n for n in nodes if isinstance(n, _ALWAYS) or _is_magic(n) or self._is_needed(n)]

    def _is_needed(self, node: ast.stmt) -> bool:
        return self._gives(node, _names(node))

    def _gives(self, node: ast.stmt, names: _Names) -> bool:
        if names.given & self._needed:
            return True
        if isinstance(node, _ALWAYS):
            return False
        if any(self._setters.get(name, frozenset()) & self._needed for name in names.used):
            return True
        if names.filled & self._needed and names.called & self._setters.keys():
            return True
        return self._reaching and names.is_reaching


_NAMED: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(frozen=True, slots=True)
class _Names:
    """The global names that a statement gives something to, and those that it uses.

    ``set_by_calls`` are those that a function sets as ``global`` when it is called;
    ``called`` are called, and ``filled`` handed over, where nothing is done with the result.
    """

    given: frozenset[str] = frozenset()
    used: frozenset[str] = frozenset()
    set_by_calls: frozenset[str] = frozenset()
    called: frozenset[str] = frozenset()
    filled: frozenset[str] = frozenset()
    is_reaching: bool = False


def _names(node: ast.stmt) -> _Names:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            source = ast.unparse(ast.Module([node], []))
            table = symtable.symtable(source, "<statement>", "exec")
    except UNPARSED:
        return _Names()
    given, used, set_by_calls = set(_parts_given(node)), set(), set()
    for symbol in table.get_symbols():
        if symbol.is_assigned() or symbol.is_imported() or symbol.is_namespace():
            given.add(symbol.get_name())
        if symbol.is_referenced():
            used.add(symbol.get_name())
    for symbol in _global_symbols(table.get_children()):
        used.add(symbol.get_name())
        if symbol.is_assigned():
            set_by_calls.add(symbol.get_name())
    called, filled = _handed_over(node)
    return _Names(
        frozenset(given),
        frozenset(used),
        frozenset(set_by_calls),
        called,
        filled,
        any(map(_reaches, ast.walk(node))),
    )


def _global_symbols(tables: Sequence[symtable.SymbolTable]) -> Iterable[symtable.Symbol]:
    """The global names that functions and classes use, and those within them."""
    for table in tables:
        yield from (symbol for symbol in table.get_symbols() if symbol.is_global())
        yield from _global_symbols(table.get_children())


def _handed_over(node: ast.stmt) -> tuple[frozenset[str], frozenset[str]]:
    """What a call is of, and its arguments, where nothing is done with its result."""
    match node:
        case ast.Expr(value=ast.Call(func=ast.Name(id=name), args=arguments)):
            names = (argument.id for argument in arguments if isinstance(argument, ast.Name))
            return frozenset({name}), frozenset(names)
    return frozenset(), frozenset()


def _reaches(part: ast.AST) -> bool:
    match part:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name in _REACHING
    return isinstance(part, ast.Await)


def _is_magic(node: ast.stmt) -> bool:
    """Whether it is a magic or a shell line, as IPython writes them, that takes no time."""
    match getattr(node, "value", None):
        case ast.Call(
            func=ast.Attribute(value=ast.Call(func=ast.Name(id="get_ipython"))),
            args=[ast.Constant(value=str(text)), *_],
        ):
            return text not in _LONG
    return False


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
