"""What a notebook says beside its code: the language, the version, and other cells' definitions."""

from __future__ import annotations

from typing import Any

import pytest

from grader.submission import notebook as notebooks
from grader.submission.notebook import bare, read_notebook

from .handed import PYTHON, code_cell, notebook

DEFINES = "def loss(a):\n    return 0"


def cell(kind: Any, source: Any) -> dict[str, Any]:
    return {"cell_type": kind, "source": source, "metadata": {}}


@pytest.mark.parametrize(
    ("kind", "source", "prose"),
    [
        ("markdown", DEFINES, [("markdown", DEFINES)]),
        ("raw", DEFINES, [("raw", DEFINES)]),
        ("heading", DEFINES, [("markdown", DEFINES)]),
        ("markdown", DEFINES.splitlines(keepends=True), [("markdown", DEFINES)]),
        ("markdown", DEFINES.replace("\n", "\r\n"), [("markdown", DEFINES)]),
        ("markdown", "a defect of class", []),
        ("markdown", "", []),
        ("markdown", None, []),
        ("code", DEFINES, []),
    ],
)
def test_other_cells_are_kept_where_they_define_something(
    kind: str, source: Any, prose: list[tuple[str, str]]
) -> None:
    code = read_notebook(notebook("x = 1", cell(kind, source)))
    assert list(code.prose) == prose
    assert code.cells == (("x = 1", DEFINES) if kind == "code" else ("x = 1",))
    assert code.notes == ()


def test_only_so_much_of_other_cells_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notebooks, "MAX_PROSE_BYTES", 100)
    long, short = DEFINES + "#" * 50, DEFINES
    code = read_notebook(notebook("x = 1", *[cell("raw", text) for text in (long, long, short)]))
    assert code.prose == (("raw", long),)
    code = read_notebook(notebook("x = 1", *[cell("raw", text) for text in (short, short, long)]))
    assert code.prose == (("raw", short),) * 2


@pytest.mark.parametrize(
    ("version", "python"),
    [("3.11.9", "3.11.9"), ("3" * 50, "3" * 20), ("", ""), (3.11, ""), (None, ""), (["3"], "")],
)
def test_the_version_is_that_which_the_notebook_says(version: Any, python: str) -> None:
    told = PYTHON | {"language_info": {"name": "python", "version": version}}
    assert read_notebook(notebook("x = 1", metadata=told)).python == python
    assert read_notebook(notebook("x = 1")).python == ""


@pytest.mark.parametrize(
    ("metadata", "said"),
    [
        ({"kernelspec": {"name": "python3"}}, ""),
        ({"kernelspec": {"name": "Python 3 (ipykernel)"}}, ""),
        ({"kernelspec": {"name": "x", "language": "PYTHON"}}, ""),
        ({"kernelspec": {"name": "x"}, "language_info": {"name": "ipython"}}, ""),
        ({"kernelspec": {"name": "ir"}, "language_info": {"name": "python"}}, ""),
        ({"kernelspec": {"name": "x"}}, "names no kernel"),
        ({"kernelspec": {"name": 3, "language": []}, "language_info": "python"}, "names no kernel"),
        ({"kernelspec": {"name": "IR"}}, "a kernel for ir"),
        ({"kernelspec": {"name": "xr"}, "language_info": {"name": "R"}}, "a kernel for r"),
        ({"language_info": {"name": "a\nb"}}, "a kernel for a\\nb"),
    ],
)
def test_what_is_said_of_the_kernel(metadata: dict[str, Any], said: str) -> None:
    code = read_notebook(notebook("import numpy as np", metadata=metadata))
    assert code.cells == ("import numpy as np",)
    assert [said in str(note) for note in code.notes] == ([True] if said else [])


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        (["x = 1\n", "y = 2"], "x = 1\ny = 2"),
        (["x = 1", "y = 2"], "x = 1\ny = 2"),
        (["x = 1\r", "y = 2"], "x = 1\ny = 2"),
        (["x = 1\n", "y = ", "2"], "x = 1\ny = 2"),
        (["x = 1"], "x = 1"),
        (["", "x = 1"], "\nx = 1"),
    ],
)
def test_lines_are_put_together_as_they_were(lines: list[str], code: str) -> None:
    assert read_notebook(notebook(lines)).cells == (code,)


@pytest.mark.parametrize("cells", [(), ("x = 1",), ("é\n", "", '"\\n"')])
def test_a_bare_notebook_holds_the_cells_and_nothing_else(cells: tuple[str, ...]) -> None:
    nbformat = pytest.importorskip("nbformat")
    book = nbformat.reads(bare(cells).decode(), as_version=4)
    nbformat.validate(book)
    assert [one.source for one in book.cells] == list(cells)
    code = read_notebook(bare((*cells, "z = 3")))
    assert code.cells == (*cells, "z = 3")
    assert read_notebook(notebook(*cells, code_cell("z = 3"))).cells == code.cells
