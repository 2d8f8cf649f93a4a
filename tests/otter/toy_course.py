"""A course of one small, sound assignment, which uses all of Otter's rules for points."""

from __future__ import annotations

from pathlib import Path

import nbformat

SETTINGS = """
title = "Toy"
names = ["double", "Counter"]
template_score = 0
[limits]
cell_seconds = 5
memory_mb = 512
"""

REFERENCE = "def double(x):\n    return 2 * x\n"

DOUBLE = """
from otter.test_files import test_case

from reference import toy

OK_FORMAT = False
name = "double"
points = 3


@test_case(name="value", points=1, hidden=True, failure_message="Look at the factor 2x again.")
def test_value(double):
    assert double(4) == toy.double(4)


@test_case(name="negative", hidden=True)
def test_negative(double):
    assert double(-4) == toy.double(-4)


@test_case(name="zero", points=0)
def test_zero(double):
    assert double(0) == 0
"""

COUNTER = """
from otter.test_files import test_case

OK_FORMAT = False
name = "counter"
points = [1, None, 0.5]
all_or_nothing = True


@test_case(name="starts_at_zero", hidden=True)
def test_start(Counter):
    assert Counter().n == 0


@test_case(name="counts", hidden=True)
def test_counts(Counter):
    counter = Counter()
    assert [counter.step(), counter.step()] == [1, 2]


@test_case(name="instances", hidden=True)
def test_instances(Counter):
    first, second = Counter(), Counter()
    first.step()
    assert second.n == 0
"""

MISTAKES = """
from grader.model import Mistake

MISTAKES = (
    Mistake(number=1, name="triple", loses=frozenset({"double/value", "double/negative"}),
            hint="Look at the factor.", changes=(("2 * x", "3 * x"),)),
    Mistake(number=2, name="by two", loses=frozenset({"counter"}),
            hint="Look at the step.",
            changes=(("self.n += 1", "self.n += 2"),)),
)
"""

VARIANTS = """
from grader.model import Variant

VARIANTS = (
    Variant(name="lambda", description="no def", cells=(
        "double = lambda x: x + x",
        "class Counter:\\n    n = 0\\n    def step(self):\\n        self.n += 1\\n"
        "        return self.n",
    )),
)
"""

SOLUTION = '''def double(x):
    # BEGIN SOLUTION NO PROMPT
    return 2 * x
    # END SOLUTION
    """ # BEGIN PROMPT
    raise NotImplementedError
    """ # END PROMPT'''

COUNTER_SOLUTION = """class Counter:
    def __init__(self):
        self.n = 0

    def step(self):
        # BEGIN SOLUTION
        self.n += 1
        return self.n
        # END SOLUTION"""

PUBLIC_TEST = '''""" # BEGIN TEST CONFIG
points: 0
""" # END TEST CONFIG
def test_one(double):
    assert double(1) == 2, "twice one is two"'''


def master_cells() -> list[nbformat.NotebookNode]:
    """The cells of the toy's master notebook."""
    v4 = nbformat.v4
    return [
        v4.new_raw_cell("# ASSIGNMENT CONFIG\ntests:\n  ok_format: false\nexport_cell: false"),
        v4.new_markdown_cell("# Toy\nDouble a number, then count."),
        v4.new_code_cell("import math  # given to students"),
        v4.new_raw_cell("# BEGIN QUESTION\nname: double"),
        v4.new_markdown_cell("Write `double`."),
        v4.new_raw_cell("# BEGIN SOLUTION"),
        v4.new_code_cell(SOLUTION),
        v4.new_raw_cell("# END SOLUTION"),
        v4.new_raw_cell("# BEGIN TESTS"),
        v4.new_code_cell(PUBLIC_TEST),
        v4.new_raw_cell("# END TESTS"),
        v4.new_raw_cell("# END QUESTION"),
        v4.new_raw_cell("# BEGIN QUESTION\nname: counter"),
        v4.new_raw_cell("# BEGIN SOLUTION"),
        v4.new_code_cell(COUNTER_SOLUTION),
        v4.new_raw_cell("# END SOLUTION"),
        v4.new_raw_cell("# END QUESTION"),
    ]


def write_notebook(path: Path, cells: list[nbformat.NotebookNode]) -> Path:
    """Write a notebook with a Python kernel."""
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)
    return path


def write_course(root: Path) -> Path:
    """Write the course into ``root``; the folder of its one assignment, named toy."""
    folder = root / "assignments" / "toy"
    (folder / "tests").mkdir(parents=True)
    reference = root / "reference"
    reference.mkdir()
    (reference / "__init__.py").write_text("", "utf-8")
    (reference / "toy.py").write_text(REFERENCE, "utf-8")
    (reference / "unrelated.py").write_text("SECRET = 42\n", "utf-8")
    (folder / "assignment.toml").write_text(SETTINGS, "utf-8")
    (folder / "tests" / "double.py").write_text(DOUBLE, "utf-8")
    (folder / "tests" / "counter.py").write_text(COUNTER, "utf-8")
    (folder / "mistakes.py").write_text(MISTAKES, "utf-8")
    (folder / "variants.py").write_text(VARIANTS, "utf-8")
    write_notebook(folder / "toy.ipynb", master_cells())
    return folder
