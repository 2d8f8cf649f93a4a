"""What the grader's own code keeps to, read from its source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
#: What reads other people's words (platforms' files, Python's messages, students' code) has
#: nothing but these to go by.
READERS = ("exchange", "intake", "submission", "sandbox/inside")
_ASKED_OF_TEXTS = ("startswith", "endswith", "find", "index", "count", "partition", "removeprefix")


def sources(*without: str) -> list[Path]:
    paths = sorted((ROOT / "grader").rglob("*.py"))
    skipped = tuple(str(ROOT / "grader" / folder) + "/" for folder in without)
    return [path for path in paths if not str(path).startswith(skipped)]


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def compared(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """The texts that something is compared with, or looked for in a text."""
    for node in ast.walk(tree):
        asked: list[ast.expr] = []
        if isinstance(node, ast.Compare):
            asked = [node.left, *node.comparators]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            asked = node.args if node.func.attr in _ASKED_OF_TEXTS else []
        for each in (part for whole in asked for part in ast.walk(whole)):
            if isinstance(each, ast.Constant) and isinstance(each.value, str):
                yield each.lineno, each.value


@pytest.mark.parametrize("path", sources(*READERS), ids=name_of)
def test_no_sentence_decides(path: Path) -> None:
    """What is said can be said otherwise, and translated: what happened is told by its kind."""
    known = {"' object is not callable", "import numpy as np"}  # Python's own words
    found = [
        f"{name_of(path)}:{line} {text!r}"
        for line, text in compared(ast.parse(path.read_text("utf-8")))
        if " " in text.strip() and text not in known
    ]
    assert found == []
