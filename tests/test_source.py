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


_BROAD = ("Exception", "BaseException")


def is_broad(kind: ast.expr | None) -> bool:
    """Whether an ``except`` of this kind, or what suppresses it, takes whatever goes wrong."""
    names = kind.elts if isinstance(kind, ast.Tuple) else [kind]
    return any(name is None or (isinstance(name, ast.Name) and name.id in _BROAD) for name in names)


def passes_on(handler: ast.ExceptHandler) -> bool:
    """Whether it raises, hands the error on, or logs it with its traceback."""
    for node in (node for statement in handler.body for node in ast.walk(statement)):
        if isinstance(node, ast.Raise) or (
            isinstance(node, ast.Name) and handler.name is not None and node.id == handler.name
        ):
            return True
        if isinstance(node, ast.Call):
            said = ast.unparse(node.func)
            with_trace = any(keyword.arg == "exc_info" for keyword in node.keywords)
            if said in ("log.exception", "traceback.print_exc") or (
                said.startswith("log.") and with_trace
            ):
                return True
    return False


@pytest.mark.parametrize("path", sources("sandbox/inside"), ids=name_of)
def test_no_broad_except_is_silent(path: Path) -> None:
    """An error of the grader's own would go unseen; see ``swallow``."""
    silent = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ExceptHandler) and is_broad(node.type) and not passes_on(node):
            silent.append(f"{name_of(path)}:{node.lineno}")
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("suppress"):
            silent += [f"{name_of(path)}:{node.lineno}" for kind in node.args if is_broad(kind)]
    assert silent == []
