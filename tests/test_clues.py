"""Where a name that is missing may be found: each place, and which of several is told."""

from __future__ import annotations

import json

import pytest

from grader.bounds import MAX_EXPLAINED, SCANNED_CHARACTERS
from grader.judge.fate import Fates
from grader.judge.missing import Clues
from grader.model import CellReport
from grader.words import say

from .test_missing import clues


def why(found: Clues, name: str = "loss") -> str:
    return str(found.why([name]).get(name, ""))


def notebook(source: str) -> bytes:
    cell = {"cell_type": "code", "source": source, "metadata": {}, "outputs": []}
    return json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4}).encode()


@pytest.mark.parametrize(
    "line",
    ["del loss", "del x, loss", "  del loss # again", "%reset -f", "%xdel loss",
     "%reset_selective -f l", "get_ipython().magic('reset -sf')", "globals().clear()",
     "globals().pop('loss')"],
)  # fmt: skip
@pytest.mark.parametrize("cells", [("def loss(): ...", "{}"), ("x = 1\ndef loss(): ...\n{}",)])
def test_a_line_that_takes_a_name_away(line: str, cells: tuple[str, ...]) -> None:
    found = clues(*(cell.format(line) for cell in cells))
    other = len(cells)
    assert why(found) == (
        f"loss was defined in cell 1, but cell {other} takes it away again: {line.strip()}"
    )


@pytest.mark.parametrize(
    "cells",
    [
        ("del loss", "def loss(): ..."),
        ("%reset -f\ndef loss(): ...",),
        ("def loss(): ...", "del losses"),
        ("def loss(): ...", "x = 1 # del loss"),
        ("def loss(): ...", "del x # loss"),
        ("def loss(): ...", "# %reset"),
        ("class Net:\n    def loss(self): ...", "del loss"),
        ("del loss",),
    ],
)
def test_a_line_that_takes_nothing_away(cells: tuple[str, ...]) -> None:
    assert "takes it away" not in why(clues(*cells))


def test_what_was_not_run_was_not_taken_away() -> None:
    found = clues("%%bash\ndef loss(): ...", "del loss")
    assert "under %%bash" in why(found)


@pytest.mark.parametrize(
    ("prose", "said"),
    [
        (
            ("markdown", "    def loss(x):\n        return x"),
            "A Markdown cell holds it as text (def",
        ),
        (("markdown", "> class loss"), "(> class loss)"),
        (("raw", "# async def loss(x):"), "A raw cell holds it as text (# async def loss(x))"),
        (("markdown", "write `def loss`"), ""),
        (("markdown", "def losses(x):"), ""),
    ],
)
def test_a_cell_that_is_no_code(prose: tuple[str, str], said: str) -> None:
    told = why(clues("x = 1", prose=(prose,)))
    assert said in told
    assert told.endswith("change the cell's type to code.") == bool(said)


@pytest.mark.parametrize(
    ("file", "data", "said"),
    [
        ("mine.py", b"def loss(): ...", "mine.py, which was handed in too, defines it; the"),
        ("b/old.ipynb", notebook("class loss: ..."), "b/old.ipynb, which was handed in too, def"),
        ("mine.py", b"x = 1\r\ndef loss(): ...\r\n", "defines it"),
        ("mine.py", b"\xef\xbb\xbfdef loss(): ...", "defines it"),
        ("mine.py", b"class Net:\n    def loss(self): ...", ""),
        ("old.ipynb", notebook("loss(1)"), ""),
        ("old.ipynb", b"{loss", ""),
        ("report.md", b"```\n> def loss(x):\n```", "report.md, which was handed in too, holds it"),
        ("LOSS.TXT", b"  class loss", "it must stand in a cell of the notebook."),
        ("notes.rst", b"\xff\xfe def\ndef loss", "holds it as text"),
        ("data.csv", b"def loss", ""),
        ("notes.txt", b" " * SCANNED_CHARACTERS + b"\ndef loss", ""),
        ("a\x1b[2J.txt", b"def loss", "holds it as text"),
    ],
    ids=["script", "notebook", "CRLF", "BOM", "method", "only called", "broken notebook",
         "Markdown", "capitals", "not UTF-8", "other file", "too long", "control characters"],
)  # fmt: skip
def test_another_file_has_it(file: str, data: bytes, said: str) -> None:
    told = why(clues("x = 1", files=((file, data),)))
    assert said in told
    assert bool(told) == bool(said)
    assert "\x1b" not in told


@pytest.mark.parametrize(
    ("cell", "is_found"),
    [("# def loss(x):", True), ("x = 1\n  ##  class loss:", True),
     ("# # async def loss(): ...", True), ("# the def loss", False),
     ("# def losses():", False), ("x = 1 # def loss():", False)],
)  # fmt: skip
def test_a_comment_has_it(cell: str, is_found: bool) -> None:
    assert ("Cell 2 holds it only as a comment: #" in why(clues("y = 2", cell))) == is_found


#: Places that have it, and what is said of each where those before it have nothing.
RANKED = [
    ("cell", "def loss(:", "The cell that defines it (cell 1) has a syntax error"),
    ("prose", "def loss", "A raw cell holds it"),
    ("files", "def loss(): ...", "mine.py, which was handed in too"),
    ("cell", "# def loss():", "Cell 4 holds it only as a comment"),
    ("cell", "loss <- function(x) x", "The cell that defines it (cell 5) has a syntax error"),
    ("shortened", "x, loss, y = make()", "Cell 6, in which it stands, was cut short"),
    ("cell", "def lоss(): ...", "lоss is there, which only looks like loss"),
    ("cell", "def lossy(): ...", "lossy is there, which is nearly the same name"),
]


@pytest.mark.parametrize("rank", range(len(RANKED)))
def test_the_place_that_helps_most_is_told(rank: int) -> None:
    left = [("", "x", "")] * rank + RANKED[rank:]
    cells = tuple(text if kind in ("cell", "shortened") else "x" for kind, text, _ in left)
    found = clues(
        *cells,
        prose=tuple(("raw", text) for kind, text, _ in left if kind == "prose"),
        files=tuple(("mine.py", text.encode()) for kind, text, _ in left if kind == "files"),
    )
    error = "SyntaxError: invalid syntax (<cell 1>, line 1)"
    failed = {n: CellReport(index=n, error=error) for n in (1, 5) if cells[n - 1] != "x"}
    cut = [n for n, (kind, _, _) in enumerate(left, start=1) if kind == "shortened"]
    found.after(Fates(cells, failed, cut), ("lоss", "lossy"), {})
    assert why(found).startswith(f"loss was never defined. {RANKED[rank][2]}")


def test_what_is_near_is_told_of_what_is_called_alone() -> None:
    assert "losses is there" in why(clues("def losses(): ...", defined=("losses",)))
    found = clues("def losses(): ...", defined=("losses",))
    assert found.why(["loss"], are_callables=False) == {}


def test_no_more_names_are_explained_than_a_page_has_room_for() -> None:
    found = clues("del x", prose=(("raw", "def loss\ndef last"),))
    many = [f"name{n}" for n in range(MAX_EXPLAINED - 1)]
    assert found.why([*many, "loss", "last"]).keys() == {"loss"}
    assert found.why(["last"]) == {}


# Errors of the student's code


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (("loss = None",), "Cell 1 sets loss to None."),
        (("loss = 1", "x\nloss =  None  # to do"), "Cell 2 sets loss to None."),
        (("loss: object = None",), "Cell 1 sets loss to None."),
        (("loss = None", "def loss(): ..."), "None"),
        (("loss = None or f",), "None"),
        (("loss = Nonesuch",), "None"),
        (("x = None",), "None"),
    ],
)
def test_none_is_called(cells: tuple[str, ...], said: str) -> None:
    error = "'NoneType' object is not callable"
    assert str(clues(*cells).of_error("TypeError", error)) == said
    assert clues(*cells).of_error("TypeError", "'int' object is not callable") is None
    assert clues(*cells).of_error("ValueError", error) is None


NET = "class Net:\n    def __init__(self): ...\n    def forward(self): ...\n"


@pytest.mark.parametrize(
    ("cells", "wanted", "said"),
    [
        ((NET, "x.foward()"), "foward", "forward is there, which is nearly the same name"),
        ((NET, "x.fоrward()"), "fоrward", "forward is there, which only looks like"),
        ((NET, "x.foward + 1"), "foward", "None"),  # data, which is set elsewhere
        ((NET, "x.foward + x.foward()"), "foward", "forward is there"),
        ((NET,), "init", "None"),
        ((NET,), "sum", "None"),
        (("x = Net()",), "forward", "None"),
        ((NET + "    if fast:\n        def fit(self): ...\n",), "fit",
         "Net has no fit. Cell 1 defines it only within another block: if fast"),
        ((NET + "    class Inner:\n        def fit(self): ...\n",), "fit", "None"),
        ((NET, "def fit(self, x): ..."), "fit",
         "Cell 2 defines fit outside of the class Net: it must be indented as the class's other "
         "methods are."),
        ((NET, "%%time\ndef fit(self): ..."), "fit", "Cell 2 defines fit outside of the class"),
        ((NET, "%%bash\ndef fit(self): ..."), "fit", "Net has no fit. It stands in cell 2 under"),
        ((NET, "%%other\ndef fit(self): ..."), "fit", "None"),
        ((NET, "def fit(x): ..."), "fit", "None"),
        ((NET, "def fit(selfish): ..."), "fit", "None"),
        (("x = 1", "class Net(Base):\n  def forwards(self): ...\nclass B:\n  def fit(self): ..."),
         "forward", "forwards is there"),
        ((NET + "# a comment\n    def backwards(self): ...",), "backward", "backwards is there"),
        ((NET + "x = 1\n    def backwards(self): ...",), "backward", "None"),
    ],
    ids=["near", "alphabet", "data", "called too", "dunder", "far", "no class", "within a block",
         "inner class", "outside", "under %%time", "under %%bash", "under another magic",
         "no method", "no self", "base class", "comment at the margin", "code at the margin"],
)  # fmt: skip
def test_a_method_that_is_missing(cells: tuple[str, ...], wanted: str, said: str) -> None:
    found = clues(*cells)
    told = str(found.of_error("AttributeError", f"'Net' object has no attribute '{wanted}'"))
    assert said in told
    assert told == str(
        found.of_error("AttributeError", f"type object 'Net' has no attribute '{wanted}'")
    )


def test_a_method_is_explained_by_what_happened_to_its_cell() -> None:
    found = clues(NET, "def fit(self, x): ...")
    found.after(Fates([NET, "def fit(self, x): ..."], {}, shortened=[2]), (), {})
    told = found.of_error("AttributeError", "'Net' object has no attribute 'fit'")
    assert str(told).startswith("Net has no fit. Cell 2, in which it stands, was cut short")


@pytest.mark.parametrize(
    ("cell", "name", "is_told"),
    [
        ("y = helper(x)", "helper", True),
        ("y = helper  (x)", "helper", True),
        ("y = helper + x", "helper", False),  # data: a function of like name is no answer
        ("y = x", "loss", True),  # the assignment asks for it
    ],
)
def test_a_name_that_code_misses(cell: str, name: str, is_told: bool) -> None:
    near = f"{name}s"
    found = clues(f"def {near}(): ...", cell, defined=(near,))
    told = found.of_error("NameError", f"name '{name}' is not defined")
    assert (f"{near} is there" in str(told)) == is_told


def test_a_note_on_a_missing_module_comes_before_all() -> None:
    found = clues("del loss", prose=(("raw", "def loss"),))
    found.after(Fates(["del loss"]), (), {"loss": say("It needs a module.")})
    assert why(found) == "loss was never defined. It needs a module."
