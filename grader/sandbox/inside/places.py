"""Where lines of a student's code stand in their source, and source that is put in between."""

from __future__ import annotations

import ast
import dis
import linecache
import types
from collections.abc import Callable, Sequence
from typing import Any, Final

from .definitions import parsed

_ATTRIBUTE: Final = frozenset(
    dis.opmap[name] for name in ("LOAD_ATTR", "LOAD_METHOD") if name in dis.opmap
)
_IMPORT: Final = dis.opmap["IMPORT_NAME"]
Parts = Sequence[Sequence[ast.stmt | ast.expr]]


def is_attribute(frame: types.FrameType) -> bool:
    """Whether a frame is evaluating ``a.b``, rather than calling ``hasattr``, ``getattr`` ..."""
    return frame.f_lasti >= 0 and frame.f_code.co_code[frame.f_lasti] in _ATTRIBUTE


def is_import(frame: types.FrameType) -> bool:
    """Whether a frame is running an import statement."""
    return frame.f_lasti >= 0 and frame.f_code.co_code[frame.f_lasti] == _IMPORT


def inside_try(frame: types.FrameType, *, catching: str = "") -> bool:
    """Whether a frame's line stands within ``with suppress`` or ``try`` with a handler.

    With ``catching`` only a handler counts that names this exception.
    """

    def guarded(node: ast.AST) -> Parts:
        if isinstance(node, ast.Try | ast.TryStar):
            caught = [ast.dump(h.type) if h.type else "" for h in node.handlers]
            return [node.body] if any(catching in text for text in caught) else []
        if isinstance(node, ast.With):
            return [node.body] if "suppress" in ast.dump(node.items[0]) else []
        return []

    return _within(frame, guarded)


def in_decorator(frame: types.FrameType) -> bool:
    """Whether a frame's line belongs to a decorator."""
    return _within(frame, lambda node: [[one] for one in getattr(node, "decorator_list", ())])


def tree_of(frame: types.FrameType) -> ast.AST:
    """Return the tree of a frame's source file; an empty one if it cannot be had."""
    source = "".join(linecache.getlines(frame.f_code.co_filename))
    return parsed(source) or ast.Module([], [])


def put(text: str, place: ast.AST) -> Any:
    """Return the statement in ``text`` as a tree, all parts of which are located at ``place``."""
    (statement,) = ast.parse(text).body
    for part in ast.walk(statement):
        ast.copy_location(part, place)
    return statement


def _within(frame: types.FrameType, parts: Callable[[ast.AST], Parts]) -> bool:
    line = frame.f_lineno
    for node in ast.walk(tree_of(frame)):
        for part in parts(node):
            if part[0].lineno <= line <= (part[-1].end_lineno or line):
                return True
    return False
