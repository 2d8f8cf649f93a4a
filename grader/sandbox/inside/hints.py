"""Lets annotations fail without an error, as in Python 3.14, which evaluates them only on request.

Every annotation that names more than built-in types is wrapped in a call that gives
``typing.Any`` if it cannot be evaluated.
"""

from __future__ import annotations
import __future__

import ast
import re
import sys
import types
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from grader.sandbox.wire.bounds import MAX_REASON_CHARACTERS

from . import places
from .definitions import FUNCTIONS

#: The name by which a student's annotations call :func:`evaluated`.
KEYWORD: Final = "__annotation__"
_FLAG: Final = __future__.annotations.compiler_flag
_LAZY: Final = sys.version_info >= (3, 14)
#: Text that may be an annotation: the trees of cells without any need not be searched.
_MAYBE: Final = re.compile(r"->|[(,]\s*\*{0,2}\w+\s*:|^\s*[\w.]+\s*:\s*\S", re.MULTILINE)
_PLAIN: Final = frozenset(
    "int float str bool bytes complex object list dict tuple set type".split()
)
_ODD: Final = (ast.NamedExpr, ast.Yield, ast.YieldFrom, ast.Await)


def evaluated(note: Callable[..., None], make: types.FunctionType) -> Any:
    """Return the annotation that ``make`` gives; Any, and a note, if it fails."""
    try:
        return make()
    except Exception as error:
        if isinstance(error, NameError):
            # A function within a class does not see the class's own names.
            names = {**make.__globals__, **sys._getframe(1).f_locals}
            with suppress(Exception):
                return types.FunctionType(make.__code__, names, closure=make.__closure__)()
        text = str(error).partition("\n")[0][:MAX_REASON_CHARACTERS].rstrip(".")
        note("An annotation could not be evaluated and was left out: {error}.", error=text)
        return Any


def guard(tree: ast.AST, source: str, flags: int = 0) -> None:
    """Wrap the annotations in a student's ``tree``, unless Python does not evaluate them."""
    if _LAZY or flags & _FLAG or not _MAYBE.search(source) or _is_future(tree):
        return
    for node in getattr(tree, "body", ()):
        _visit(node, in_function=False)


def _is_future(tree: ast.AST) -> bool:
    return any(
        isinstance(node, ast.ImportFrom)
        and node.module == "__future__"
        and any(name.name == "annotations" for name in node.names)
        for node in getattr(tree, "body", ())
    )


def _visit(node: ast.AST, *, in_function: bool) -> None:
    if isinstance(node, FUNCTIONS):
        for argument in ast.walk(node.args):
            if isinstance(argument, ast.arg) and argument.annotation is not None:
                argument.annotation = _guarded(argument.annotation)
        if node.returns is not None:
            node.returns = _guarded(node.returns)
    elif isinstance(node, ast.AnnAssign):
        if not in_function:  # where Python does not evaluate them
            node.annotation = _guarded(node.annotation)
        return
    inner = isinstance(node, FUNCTIONS) or (in_function and not isinstance(node, ast.ClassDef))
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt | ast.ExceptHandler | ast.match_case):
            _visit(child, in_function=inner)


def _guarded(annotation: ast.expr) -> ast.expr:
    if _is_plain(annotation) or any(isinstance(part, _ODD) for part in ast.walk(annotation)):
        return annotation
    call: Any = places.put(f"{KEYWORD}(lambda: 0)", annotation).value
    call.args[0].body = annotation
    return call  # type: ignore[no-any-return]


def _is_plain(node: ast.expr) -> bool:
    if isinstance(node, ast.Constant):
        return True
    if isinstance(node, ast.Attribute):
        return node.attr == "ndarray" and isinstance(node.value, ast.Name) and node.value.id == "np"
    return isinstance(node, ast.Name) and node.id in _PLAIN
