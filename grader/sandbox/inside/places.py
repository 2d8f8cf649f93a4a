"""Where in the student's source a line of code stands: within ``try``, in a decorator."""

from __future__ import annotations

import ast
import dis
import linecache
import types
from collections.abc import Callable, Sequence
from typing import Final

_ATTRIBUTE: Final = frozenset(
    dis.opmap[name] for name in ("LOAD_ATTR", "LOAD_METHOD") if name in dis.opmap
)
_TRY: Final = (ast.Try, getattr(ast, "TryStar", ast.Try))
_IMPORT: Final = dis.opmap["IMPORT_NAME"]
Parts = Sequence[Sequence[ast.stmt | ast.expr]]


def is_attribute(frame: types.FrameType) -> bool:
    """Whether a frame now asks for ``a.b``, not by a call of ``hasattr``, ``getattr`` or others."""
    return frame.f_lasti >= 0 and frame.f_code.co_code[frame.f_lasti] in _ATTRIBUTE


def is_import(frame: types.FrameType) -> bool:
    """Whether a frame now runs an import statement."""
    return frame.f_lasti >= 0 and frame.f_code.co_code[frame.f_lasti] == _IMPORT


def inside_try(frame: types.FrameType, *, catching: str = "") -> bool:
    """Whether a frame's line stands within ``try`` with a handler, or ``suppress``.

    ``catching`` is the exception that a handler has to name.
    """

    def guarded(node: ast.AST) -> Parts:
        if isinstance(node, _TRY):
            caught = [ast.dump(h.type) if h.type else "" for h in node.handlers]
            return [node.body] if any(catching in text for text in caught) else []
        if isinstance(node, ast.With):
            return [node.body] if "suppress" in ast.dump(node.items[0]) else []
        return []

    return _within(frame, guarded)


def in_decorator(frame: types.FrameType) -> bool:
    """Whether a frame's line is one of a decorator's."""
    return _within(frame, lambda node: [[one] for one in getattr(node, "decorator_list", ())])


def tree_of(frame: types.FrameType) -> ast.AST:
    """The source that a frame's code stands in, empty where nobody has it."""
    try:
        return ast.parse("".join(linecache.getlines(frame.f_code.co_filename)))
    except (SyntaxError, ValueError, RecursionError):
        return ast.Module([], [])


def _within(frame: types.FrameType, parts: Callable[[ast.AST], Parts]) -> bool:
    line = frame.f_lineno
    for node in ast.walk(tree_of(frame)):
        for part in parts(node):
            if part[0].lineno <= line <= (part[-1].end_lineno or line):
                return True
    return False
