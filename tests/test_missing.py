"""Why a name is not there: what only a few hand-ins can show, and what must not take long."""

from __future__ import annotations

import json
import time
from collections.abc import Collection

import pytest

from grader.judge.fate import Fates
from grader.judge.missing import Clues
from grader.model import CellReport, Submission
from grader.words import say


def clues(
    *cells: str, defined: Collection[str] = (), asked: tuple[str, ...] = ("loss",), **more: object
) -> Clues:
    submission = Submission(name="a", source="a", student="a", digest="", cells=cells, **more)  # type: ignore[arg-type]
    made = Clues(submission, asked)
    reports = {n: CellReport(index=n) for n in range(1, len(cells) + 1)}
    made.after(Fates(cells, reports), defined, {})
    return made


def test_what_something_missing_should_have_given() -> None:
    found = clues("from my_losses import loss")
    found.after(Fates([]), ["f"], {"loss": say("This needs it.")})
    told = found.of_error("NameError", "name 'loss' is not defined")
    assert str(told) == str(found.why(["loss"])["loss"]) == "loss was never defined. This needs it."


def test_the_other_notebook_has_it() -> None:
    cell = {"cell_type": "code", "source": "def loss(a, b): ...", "metadata": {}, "outputs": []}
    data = json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4}).encode()
    found = clues("x = 1", files=(("b/notes.txt", b"def loss"), ("b/old.ipynb", data)))
    assert "b/old.ipynb, which was handed in too, defines it" in str(found.why(["loss"])["loss"])


@pytest.mark.parametrize(
    ("near", "asked"),
    [("Adagrad", "AdaGrad"), ("ADAM", "Adam"), ("Adam_", "Adam"), ("batch_norm", "BatchNorm"),
     ("BatchNormalisation", "BatchNormalization"), ("BatchNorm", "BatchNormalization"),
     ("losses", "loss"), ("relu_deriv", "relu_der"), ("foward", "forward")],
)  # fmt: skip
def test_near_names(near: str, asked: str) -> None:
    found = clues(f"def {near}(): ...", defined=(near,))
    assert f"{near} is there" in str(found.why([asked])[asked])


@pytest.mark.parametrize(
    ("cell", "asked"),
    [("def relu(): ...", "sigmoid"), ("loss_records = []", "loss"), ("class SGD: ...", "Adam"),
     ("class Adam: ...", "AdaGrad"), ("def f(): ...", "fit"), ("class Adagrad: ...", "AdaGrad")],
)  # fmt: skip
def test_what_is_not_near(cell: str, asked: str) -> None:
    names = ("relu", "loss_records", "SGD", "Adam", "f", "Adagrad")
    assert clues(cell, defined=names, asked=("Adagrad", asked)).why([asked]) == {}


def test_the_last_definition_of_the_top_level_tells() -> None:
    cells = ("def loss(:", "class Net:\n    def loss(self): ...", "x = 1")
    found = clues(*cells)
    error = "SyntaxError: invalid syntax (<cell 1>, line 1)"
    found.after(Fates(cells, {1: CellReport(index=1, error=error)}), (), {})
    assert "(cell 1) has a syntax error in line 1" in str(found.why(["loss"])["loss"])


def test_a_cell_that_was_ended() -> None:
    cell = "import time\ndef loss(): ..."
    found = clues(cell)
    error = say("memory: {detail}", detail="too much")
    found.after(Fates([cell], {1: CellReport(index=1, error=error)}), (), {})
    assert "did not get that far: memory: too much." in str(found.why(["loss"])["loss"])


def test_what_is_defined_needs_no_explanation() -> None:
    found = clues("def loss(): ...", defined=("loss",))
    assert found.of_error("NameError", "name 'loss' is not defined") is None
    assert found.of_error("KeyError", "name 'x' is not defined") is None


HOSTILE = {
    "many definitions": "    def loss(): ...\n" * 50_000,
    "many quotes": "'''def loss(): '''\n" * 50_000,
    "long import": "from " + "import " * 500_000,
    "long names": "".join(f"def {'l' * 500_000}{n}(): ...\n" for n in range(4)),
    "many names": "".join(f"def los{n}s(): ...\n" for n in range(50_000)),
    "blank": "\n" * 500_000 + "def loss(): ...",
    "many classes": "class Net:\n    def f(self): ...\n" * 50_000,
    "comments": "#" * 1_000_000,
}


@pytest.mark.parametrize("cell", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_notebook_takes_no_time(cell: str) -> None:
    defined = {f"los{n}s": None for n in range(10_000)}
    found = clues(cell, defined=defined, prose=(("markdown", cell),))
    started = time.process_time()
    found.why(["loss"])
    found.of_error("AttributeError", "'Net' object has no attribute 'fit'")
    assert time.process_time() - started < 5
