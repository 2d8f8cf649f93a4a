"""Two known mistakes made at once: their code put together.

A mistake that was made from right code by changes (``Mistake.base``) goes together with
another of the same base where both change different places; otherwise two mistakes go
together where they redefine different things.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from difflib import SequenceMatcher

from grader.catalogue import written
from grader.model import Mistake

_PIECE = re.compile(r"\w+|\s+|[^\w\s]")
_Edit = tuple[int, int, list[str]]  # pieces from, up to, and what stands there instead


def combined(solution: Mapping[str, str], first: Mistake, second: Mistake) -> list[ast.Module]:
    """What makes both mistakes, as modules to be run in turn; empty where it cannot be done."""
    if first.changes and second.changes:
        for pair in ((first, second), (second, first)):
            with suppress(ValueError):
                return [ast.parse(written(solution, *pair))]
        return []
    if first.base and first.base == second.base:
        text = merged(first.base, first.code, second.code)
        try:
            return [ast.parse(text)] if text is not None else []
        except SyntaxError:
            return []
    trees = [ast.parse(first.code), ast.parse(second.code)]
    one, other = (set(_redefined(tree)) for tree in trees)
    return [] if one & other else trees


def merged(base: str, first: str, second: str) -> str | None:
    """``base`` with the changes that lead to ``first`` and those that lead to ``second``.

    None where they touch the same place.
    """
    pieces = _PIECE.findall(base)
    edits = sorted(
        [*_edits(pieces, first), *_edits(pieces, second)], key=lambda edit: (edit[0], edit[1])
    )
    result: list[str] = []
    place, last = 0, (-1, -1)
    for start, end, instead in edits:
        if start < place or (start, end) == last:
            return None
        result += pieces[place:start] + instead
        place, last = end, (start, end)
    return "".join(result + pieces[place:])


def _edits(pieces: list[str], text: str) -> Iterator[_Edit]:
    other = _PIECE.findall(text)
    matcher = SequenceMatcher(None, pieces, other, autojunk=False)
    for tag, start, end, from_, to in matcher.get_opcodes():
        if tag != "equal":
            yield start, end, other[from_:to]


def _redefined(tree: ast.Module) -> Iterator[str]:
    """``name``, or ``Class.method``, of what a mistake's code defines."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield node.name
        elif isinstance(node, ast.ClassDef):
            inherits = any(isinstance(b, ast.Name) and b.id == node.name for b in node.bases)
            if not inherits:
                yield node.name
            for entry in node.body:
                if isinstance(entry, ast.FunctionDef):
                    yield f"{node.name}.{entry.name}" if inherits else node.name
