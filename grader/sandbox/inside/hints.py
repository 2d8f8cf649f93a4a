"""Annotations whose names are missing cost nothing, as from Python 3.14 on, where nobody asks them.

Each annotation that names more than built-in types is asked for in a way that gives
``typing.Any`` where it cannot be evaluated.
"""

from __future__ import annotations
import __future__

import ast
import re
import sys
import types
from collections.abc import Callable
from typing import Any, Final

from grader.sandbox.wire.bounds import MAX_REASON_CHARACTERS

#: The name by which a student's annotations find :meth:`Annotations.evaluated`.
KEYWORD: Final = "__annotation__"
_FLAG: Final = __future__.annotations.compiler_flag
_LAZY: Final = sys.version_info >= (3, 14)
#: What may be an annotation; much else is: this only spares most cells a look at their tree.
_MAYBE: Final = re.compile(r"->|[(,]\s*\*{0,2}\w+\s*:|^\s*[\w.]+\s*:\s*\S", re.MULTILINE)
_PLAIN: Final = frozenset(
    "int float str bool bytes complex object list dict tuple set type".split()
)
_ODD: Final = (ast.NamedExpr, ast.Yield, ast.YieldFrom, ast.Await)
_FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)


class Annotations:
    """Evaluates the annotations of one worker's student; ``note`` is told what is left out."""

    def __init__(self, note: Callable[..., None]) -> None:
        self._note = note

    def evaluated(self, make: Callable[[], Any]) -> Any:
        """The annotation that ``make`` gives, or Any."""
        try:
            return make()
        except NameError as error:
            # A class's own names are not in sight of a function within it.
            assert isinstance(make, types.FunctionType)
            names = {**make.__globals__, **sys._getframe(1).f_locals}
            again = types.FunctionType(make.__code__, names, closure=make.__closure__)
            try:
                return again()
            except Exception:
                return self._left_out(error)
        except Exception as error:
            return self._left_out(error)

    def _left_out(self, error: Exception) -> Any:
        text = str(error).partition("\n")[0][:MAX_REASON_CHARACTERS]
        self._note("An annotation could not be evaluated and was left out: {error}.",
                   error=text.rstrip("."))  # fmt: skip
        return Any


def guard(tree: ast.AST, source: str, flags: int = 0) -> None:
    """Have the annotations in a student's ``tree`` evaluated with care, where they are at all."""
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
    if isinstance(node, _FUNCTIONS):
        arguments = node.args
        every = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs,
                 arguments.vararg, arguments.kwarg)  # fmt: skip
        for argument in every:
            if argument is not None and argument.annotation is not None:
                argument.annotation = _guarded(argument.annotation)
        if node.returns is not None:
            node.returns = _guarded(node.returns)
    elif isinstance(node, ast.AnnAssign):
        if not in_function:  # where they are never asked
            node.annotation = _guarded(node.annotation)
        return
    inner = isinstance(node, _FUNCTIONS) or (in_function and not isinstance(node, ast.ClassDef))
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt | ast.ExceptHandler | ast.match_case):
            _visit(child, in_function=inner)


def _guarded(annotation: ast.expr) -> ast.expr:
    if _is_plain(annotation) or any(isinstance(part, _ODD) for part in ast.walk(annotation)):
        return annotation
    (statement,) = ast.parse(f"{KEYWORD}(lambda: 0)").body
    assert isinstance(statement, ast.Expr)
    call = statement.value
    assert isinstance(call, ast.Call)
    assert isinstance(call.args[0], ast.Lambda)
    for part in ast.walk(call):
        if hasattr(part, "lineno"):
            ast.copy_location(part, annotation)
    call.args[0].body = annotation
    return call


def _is_plain(node: ast.expr) -> bool:
    if isinstance(node, ast.Constant):
        return True
    if isinstance(node, ast.Attribute):
        return node.attr == "ndarray" and isinstance(node.value, ast.Name) and node.value.id == "np"
    return isinstance(node, ast.Name) and node.id in _PLAIN
