"""The notebook that ``grader new --from-reference`` drafts: the reference is the solution."""

from __future__ import annotations

import json
from typing import Any

from grader.commands.drafted import notebook
from grader.commands.signatures import parts

SOURCE = '''"""A module."""

from __future__ import annotations

import math
import os.path
from typing import Any

import numpy as np

Array = np.ndarray
_HALF = 0.5
LEFT: int


def _helper(x: Array) -> Array:
    return math.sqrt(_HALF) * x


def _unused(x: Any) -> Any:
    return _also_unused(x)


def _also_unused(x: Any) -> Any:
    return x


def scaled(x: Array) -> Array:
    """Scale."""
    found: Array = _helper(x)
    return found


class Layer:
    """A layer."""

    kind: str = "linear"

    def __init__(self, rate: float) -> None:
        self.rate = rate

    def forward(self, x: Array) -> Array:
        return self._by(x)

    def _by(self, x: Array) -> Array:
        return scaled(x) * self.rate

    def fails(self, x: Array) -> Array:
        raise ValueError(x)
'''


def cells(source: str) -> list[tuple[str, str]]:
    book = json.loads(notebook("made", source, parts(source)))
    assert (book["nbformat"], book["metadata"]["kernelspec"]["name"]) == (4, "python3")
    assert len({cell["id"] for cell in book["cells"]}) == len(book["cells"])
    assert all(("outputs" in c) == (c["cell_type"] == "code") for c in book["cells"])
    return [(cell["cell_type"], cell["source"]) for cell in book["cells"]]


def test_each_part_is_a_question_with_a_public_test() -> None:
    found = cells(SOURCE)
    raw = [text.partition("\n")[0] for kind, text in found if kind == "raw"]
    tests = ["# BEGIN TESTS", "# END TESTS", "# END QUESTION"]
    solution = ["# BEGIN QUESTION", "# BEGIN SOLUTION", "# END SOLUTION", *tests]
    assert raw == ["# ASSIGNMENT CONFIG", *solution, *solution, "# BEGIN QUESTION", *tests]
    names = [text.split("\n")[1] for kind, text in found if text.startswith("# BEGIN QUESTION")]
    assert names == ["name: scaled", "name: forward", "name: fails"]


def test_the_solution_is_the_source_without_what_only_types_need() -> None:
    code = [text for kind, text in cells(SOURCE) if kind == "code"]
    whole = "\n".join(code)
    for gone in ("Array", "typing", "__future__", "_unused", "os.path", "LEFT", "-> ", "float"):
        assert gone not in whole
    assert code[0] == "import numpy as np"
    assert code[1] == (
        "# BEGIN SOLUTION NO PROMPT\nimport math\n\n_HALF = 0.5\n\n"
        "def _helper(x):\n    return math.sqrt(_HALF) * x\n# END SOLUTION"
    )
    layer = next(text for text in code if text.startswith("class Layer"))
    assert layer.startswith(
        'class Layer:\n    """A layer."""\n\n    kind = \'linear\'\n\n'
        "    def __init__(self, rate):\n        self.rate = rate\n\n    def forward"
    )


def test_students_write_the_bodies_and_see_the_docstrings() -> None:
    whole = "\n".join(text for kind, text in cells(SOURCE) if kind == "code")
    prompt = 'raise NotImplementedError("`{}` is not written yet")'
    assert [prompt.format(name) in whole for name in ("scaled", "forward", "fails")] == [True] * 3
    assert prompt.format("__init__") not in whole
    assert prompt.format("_by") not in whole
    scaled = next(text for kind, text in cells(SOURCE) if text.startswith("def scaled"))
    docstring, begin = scaled.index('"""Scale."""'), scaled.index("# BEGIN SOLUTION")
    assert docstring < begin < scaled.index("_helper(x)") < scaled.index("# END SOLUTION")
    assert "        # BEGIN SOLUTION NO PROMPT\n        def _by" not in whole
    assert "    # BEGIN SOLUTION NO PROMPT\n    def _by(self, x):" in whole


def test_public_tests_hold_the_references_numbers_where_it_gives_any() -> None:
    tests = [text for kind, text in cells(SOURCE) if text.startswith("def test_")]
    assert [text.partition("(")[0] for text in tests] == [
        "def test_scaled_by_hand", "def test_forward_by_hand", "def test_fails_by_hand",
    ]  # fmt: skip
    assert "np.allclose(result, [0.707107, -1.414214])" in tests[0]
    assert "assert result is not None" in tests[2]
    space: dict[str, Any] = {}
    exec(SOURCE, space)
    for text in tests[:2]:
        exec(text, space)
