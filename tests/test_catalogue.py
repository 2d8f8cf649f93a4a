"""What comes of a mistake's changes: where the old text may stand, and what takes its place."""

from __future__ import annotations

import textwrap
from typing import Any

import pytest

from grader.course.catalogue import table, written
from grader.model import Mistake

SOLUTION = {
    "A": textwrap.dedent("""\
        class A:
            def f(self, x):
                y = x + 1
                return y

            def g(self, x):
                if x:
                    x = 2 * x
                return x"""),
    "h": "def h(x):\n    return x - 1",
}


def made(*changes: tuple[str, str], in_: str = "") -> Mistake:
    return Mistake(number=1, name="m", loses=frozenset(), hint="", changes=changes, in_=in_)


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ([("x + 1", "x + 2")], "        y = x + 2\n        return y\n"),
        ([("y = x + 1\nreturn y", "return x")], "    def f(self, x):\n        return x\n"),
        ([("y = x + 1", "y = x\ny += 2")], "        y = x\n        y += 2\n        return y\n"),
        ([("y = x + 1", "\n  if x:\n      y = 3\n")], "        if x:\n            y = 3\n"),
        ([("if x:\n    x = 2 * x", "x *= 2")], "        x *= 2\n        return x"),
        ([("class A:", "k = 1\n\n\nclass A:")], "k = 1\n\n\nclass A:\n"),
        (
            [("def g", "def k(self):\n    pass\n\ndef g")],
            "    def k(self):\n        pass\n\n    def",
        ),
        ([("x + 1", "x + 2"), ("x + 2", "x + 3")], "y = x + 3\n"),
    ],
)
def test_a_change_stands_where_the_old_text_stood(
    changes: list[tuple[str, str]], line: str
) -> None:
    code = written(SOLUTION, made(*changes))
    assert line in code
    assert "def h" not in code  # what is not changed is not said again


def test_only_the_definition_named_is_looked_at() -> None:
    with pytest.raises(ValueError, match="holds 2 times"):
        written(SOLUTION, made(("self, x", "x"), in_="A"))
    with pytest.raises(ValueError, match="h holds nowhere"):
        written(SOLUTION, made(("self, x", "x"), in_="h"))
    with pytest.raises(ValueError, match="changes nothing"):
        written(SOLUTION, made(("h(", "h("), in_="h"))
    assert written(SOLUTION, made(("- 1", "+ 1"), in_="h")) == "def h(x):\n    return x + 1"


def test_a_change_of_the_wrong_indentation_is_not_found() -> None:
    with pytest.raises(ValueError, match="nowhere"):
        written(SOLUTION, made(("if x:\nx = 2 * x", "pass")))


def test_mistakes_are_made_in_turn_and_in_several_definitions() -> None:
    code = written(SOLUTION, made(("x + 1", "x + 2")), made(("x - 1", "x - 2")))
    assert "x + 2" in code
    assert "x - 2" in code
    with pytest.raises(ValueError, match="nowhere"):
        written(SOLUTION, made(("x + 1", "x + 2")), made(("x + 1", "x + 3")))


def test_changes_that_undo_each_other_are_none() -> None:
    with pytest.raises(ValueError, match="changes nothing"):
        written(SOLUTION, made(("x + 1", "x + 2"), ("x + 2", "x + 1")))


def test_a_table_is_of_mistakes_that_lose_the_same() -> None:
    rows: list[Any] = [(1, "one", "a", ("x", "y")), (2, "two", "b", ("x", "y"), ("y", "z"))]
    first, second = table("q/a", "q/b", in_="A", rows=rows)
    assert first.loses == second.loses == {"q/a", "q/b"}
    assert (second.number, second.name, second.hint, second.in_) == (2, "two", "b", "A")
    assert second.changes == (("x", "y"), ("y", "z"))
