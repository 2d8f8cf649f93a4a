"""Changes in the trees of cells and of modules handed in, before they run.

Annotations may fail (``hints``), cells under ``%%add_to`` belong to a class (``adding``), and
methods that NumPy's arrays have dropped still work.  A search of the text spares most source
a search of its tree.
"""

from __future__ import annotations

import ast
import builtins
import functools
import importlib.machinery
import importlib.util
import re
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from . import adding, hints, places, replacements, standins

#: The name by which rewritten source calls :func:`_dropped`.
_KEYWORD: Final = "__dropped__"
#: The name by which rewritten ``case`` lines call :func:`.standins.pattern`.
_PATTERN: Final = "__pattern__"
_CASE: Final = re.compile(r"^\s+case\b.*\(", re.MULTILINE)


def install(*, is_student: Callable[[str], bool], note: Callable[..., None]) -> None:
    """Define the names that rewritten source uses, and rewrite modules handed in."""
    names = vars(builtins)
    names[adding.KEYWORD] = adding.Adding
    names[hints.KEYWORD] = functools.partial(hints.evaluated, note)
    names[_PATTERN] = standins.pattern
    names[_KEYWORD] = functools.partial(_dropped, note)
    plain = importlib.machinery.SourceFileLoader.source_to_code

    def source_to_code(self: Any, data: Any, path: Any, *, _optimize: int = -1) -> Any:
        if isinstance(data, bytes) and is_student(str(path)):
            try:
                source = importlib.util.decode_source(data)
                data = rewritten(ast.parse(source, path), source)
            except (SyntaxError, ValueError, RecursionError):
                pass  # it fails below, as it should
        return plain(self, data, path, _optimize=_optimize)

    loader: Any = importlib.machinery.SourceFileLoader
    loader.source_to_code = source_to_code


def rewritten(tree: Any, source: str, flags: int = 0) -> Any:
    """Return ``tree`` as it is to be run; ``source`` was parsed under the compiler's ``flags``."""
    adding.into_class(tree, source)
    hints.guard(tree, source, flags)
    if not hasattr(np.ndarray, "ptp") and any(f".{name}" in source for name in _DROPPED):
        tree = _Methods().visit(tree)
    return _Cases().visit(tree) if _CASE.search(source) else tree


class _Cases(ast.NodeTransformer):
    """Evaluates the classes in ``case`` before the ``match``, which refuses stand-ins."""

    def visit_Match(self, node: ast.Match) -> Any:
        self.generic_visit(node)
        before: list[ast.stmt] = []
        for part in (part for case in node.cases for part in ast.walk(case.pattern)):
            kind = ast.unparse(part.cls) if isinstance(part, ast.MatchClass) else ""
            if not isinstance(part, ast.MatchClass) or hasattr(builtins, kind):
                continue
            name = f"__class_{part.lineno}_{part.col_offset}__"
            text = f"try: {name} = {_PATTERN}({kind})\nexcept Exception: {name} = {_PATTERN}()"
            before.append(places.put(text, part))
            part.cls = ast.copy_location(ast.Name(name, ast.Load()), part)
        return [*before, node]


class _Methods(ast.NodeTransformer):
    """Calls :func:`_dropped` for the methods in ``_DROPPED``."""

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        self.generic_visit(node)
        if node.attr not in _DROPPED or not isinstance(node.ctx, ast.Load):
            return node
        call = ast.Call(ast.Name(_KEYWORD, ast.Load()), [node.value, ast.Constant(node.attr)], [])
        return ast.fix_missing_locations(ast.copy_location(call, node))


def _dropped(note: Callable[..., None], thing: Any, name: str) -> Any:
    """Return ``thing.name``, a method that NumPy's arrays have dropped."""
    if not isinstance(thing, np.ndarray | np.generic) or hasattr(thing, name):
        return getattr(thing, name)
    function, other = _DROPPED[name]
    package, full = replacements.title("numpy"), f"ndarray.{name}"
    note(
        "{package} has no {name}; {other} took its place.", package=package, name=full, other=other
    )
    return functools.partial(function, thing)


def _itemset(array: Any, *place: Any) -> None:
    *where, value = place
    if len(where) == 1 and not isinstance(where[0], tuple):
        array.flat[where[0]] = value
    else:
        array[where[0] if len(where) == 1 else tuple(where)] = value


_DROPPED: Final[dict[str, tuple[Callable[..., Any], str]]] = {
    "ptp": (np.ptp, "np.ptp"),
    "itemset": (_itemset, "a[i] = x"),
    "newbyteorder": (lambda a, order="S": a.view(a.dtype.newbyteorder(order)), "a.view"),
}
