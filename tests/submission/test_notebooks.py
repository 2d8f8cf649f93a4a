"""Notebooks and scripts as they really come: every encoding, format and mess."""

from __future__ import annotations

import codecs
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.submission import notebook as notebooks
from grader.submission.notebook import read_notebook
from grader.submission.script import read_script

from .handed import PYTHON, code_cell, notebook

MARKDOWN = {"cell_type": "markdown", "source": "# Title", "metadata": {}}
R = {"kernelspec": {"name": "ir", "language": "R"}, "language_info": {"name": "R"}}
JULIA = {"kernelspec": {"name": "julia-1.9", "language": "julia"}}
CODE = 'name = "Jörg"\nprint(name)'
PLAIN = json.dumps(json.loads(notebook(CODE)), ensure_ascii=False, indent=1)
V3: dict[str, Any] = {
    "metadata": {"name": "hw"},
    "nbformat": 3,
    "worksheets": [
        {
            "cells": [
                {"cell_type": "heading", "level": 1, "source": "t"},
                {"cell_type": "code", "language": "python", "input": ["x = 1\n", "y = 2"]},
                {"cell_type": "code", "language": "python", "input": "z = 3"},
            ]
        }
    ],
}


@pytest.mark.parametrize(
    ("source", "cell"),
    [
        ("x = 1\ny = 2", "x = 1\ny = 2"),
        (["x = 1\n", "y = 2"], "x = 1\ny = 2"),
        (["x = 1"], "x = 1"),
        ([], ""),
        ("", ""),
        ("%matplotlib inline\n!ls\nx = 1", "%matplotlib inline\n!ls\nx = 1"),
        ("é ∑ 課題 🙂", "é ∑ 課題 🙂"),
    ],
)
def test_cells_come_as_they_are(source: Any, cell: str) -> None:
    code = read_notebook(notebook("a = 1", MARKDOWN, source))
    assert code.cells == ("a = 1", cell)
    assert (code.notes, code.problem) == ((), None)


def test_raw_cells_are_no_code() -> None:
    raw = {"cell_type": "raw", "source": "x = 2", "metadata": {}}
    assert read_notebook(notebook(raw, "x = 1")).cells == ("x = 1",)


@pytest.mark.parametrize(
    ("data", "note"),
    [
        (codecs.BOM_UTF8 + PLAIN.encode(), "byte order mark"),
        (PLAIN.encode("utf-16"), "UTF-16"),
        (PLAIN.encode("utf-16-le"), "UTF-16"),
        (PLAIN.encode("utf-16-be"), "UTF-16"),
        (PLAIN.encode("utf-32"), "UTF-32"),
        (PLAIN.encode("latin-1"), "Latin-1"),
        (PLAIN.replace("metadata", "metadatä", 1).encode("latin-1"), "Latin-1"),
        (PLAIN.replace("\\n", "\\r\\n").encode(), "Windows"),
        (PLAIN.replace("\\n", "\\r").encode(), "Windows"),
        (PLAIN.replace("python", "r").replace("Python", "R").encode(), "kernel for r"),
        (notebook(CODE, metadata={}), "names no kernel"),
        (notebook(CODE, metadata=JULIA), "kernel for julia"),
        (notebook(CODE, metadata=[1]), "names no kernel"),
        (notebook(CODE, metadata={"kernelspec": "?", "language_info": {}}), "names no kernel"),
        (notebook(CODE, metadata={"kernelspec": {"name": "myenv"}}), "names no kernel"),
        (b'{"cells": [7], "metadata": 1, ' + notebook(CODE)[1:], ""),
        (notebook(CODE, code_cell(None)), "not text"),
        (notebook(code_cell([*CODE.splitlines(keepends=True), 7, None])), "not text"),
        (PLAIN.replace('"outputs"', '"x": NaN, "outputs"').encode(), ""),
        (PLAIN.replace('"outputs"', '"x": "a\tb", "outputs"').encode(), ""),
        (PLAIN.replace('"outputs"', f'"x": [1e999, {"9" * 5000}], "outputs"').encode(), ""),
        (PLAIN.replace('"outputs"', f'"x": [NaN, {"9" * 5000}], "outputs"').encode(), ""),
        (PLAIN.replace('"cell_type"', '"cell_type": "raw", "cell_type"').encode(), ""),
        (PLAIN.encode() + b"\n\n", ""),
        (PLAIN.replace("\n", "\r\n").encode(), ""),
    ],
)
def test_messy_notebooks_are_read_with_a_note(data: bytes, note: str) -> None:
    code = read_notebook(data)
    assert code.problem is None
    assert code.cells[0] == CODE
    assert note in " ".join(map(str, code.notes))
    assert bool(code.notes) >= bool(note)


def test_lines_without_their_ends_are_put_together() -> None:
    assert read_notebook(notebook(["x = 1", "y = 2"])).cells == ("x = 1\ny = 2",)


@pytest.mark.parametrize("bad", [b"\\ud800", b"\\udfffx\\ud800", b"a\\u0000b"])
def test_characters_that_no_text_holds_are_replaced(bad: bytes) -> None:
    code = read_notebook(notebook("x = 1 # PLACE", "y = 2").replace(b"PLACE", bad))
    assert code.cells[0].startswith("x = 1 # ")
    assert code.cells[1] == "y = 2"
    code.cells[0].encode()
    assert "\0" not in code.cells[0]
    assert any("replaced" in note for note in code.notes)


def test_the_old_format_is_converted() -> None:
    code = read_notebook(json.dumps(V3).encode())
    assert code.cells == ("x = 1\ny = 2", "z = 3")
    assert list(map(str, code.notes)) == ["The notebook is in the old format 3; converted."]


OLD_CELL = {"cell_type": "code", "input": "x = 1", "metadata": {}, "outputs": []}


@pytest.mark.parametrize(
    ("document", "cells", "is_noted"),
    [
        ({**V3, "cells": []}, ("x = 1\ny = 2", "z = 3"), True),
        ({**V3, "cells": None}, ("x = 1\ny = 2", "z = 3"), True),
        ({**V3, "worksheets": V3["worksheets"] * 2}, ("x = 1\ny = 2", "z = 3") * 2, True),
        ({**V3, "cells": [code_cell("a = 1")]}, ("a = 1",), False),
        ({"cells": [OLD_CELL], "nbformat": 4}, ("x = 1",), False),
        ({"cells": [OLD_CELL, code_cell("y = 2")], "nbformat": 4}, ("x = 1", "y = 2"), False),
        ({"cells": [{**OLD_CELL, "source": "y = 2"}], "nbformat": 4}, ("y = 2",), False),
    ],
    ids=["empty cells", "no cells", "two sheets", "both", "the old key", "one of two", "both keys"],
)
def test_a_notebook_that_is_half_in_the_old_format_is_read(
    document: dict[str, Any], cells: tuple[str, ...], is_noted: bool
) -> None:
    code = read_notebook(json.dumps({**document, "metadata": PYTHON}).encode())
    assert (code.cells, code.problem) == (cells, None)
    assert ["old format 3" in note for note in code.notes] == [True] * is_noted


def test_cells_that_are_none_are_passed_over() -> None:
    data = json.dumps({"cells": [1, None, code_cell(), [], {}], "metadata": PYTHON}).encode()
    code = read_notebook(data)
    assert code.cells == ("x = 1",)
    assert "3 entries among the notebook's cells" in code.notes[0]


@pytest.mark.parametrize(
    ("cells", "metadata"),
    [
        (["f <- function(x) {\n  x + 1\n}", "library(ggplot2)"], R),
        (["x <- c(1, 2)", "mean(x)"], R),
        (["function f(x)\n  x + 1\nend\nusing Plots"], JULIA),
        (["#include <iostream>\nint main() { return 0; }"], {"kernelspec": {"language": "C++17"}}),
        (["SELECT * FROM t;"], {"language_info": {"name": "sql"}}),
    ],
)
def test_a_notebook_in_another_language(cells: list[str], metadata: Any) -> None:
    problem = read_notebook(notebook(*cells, metadata=metadata)).problem
    assert problem is not None
    assert "not for Python" in problem


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (codecs.BOM_UTF8, "is empty"),
        (b"%PDF-1.7 ...", "a PDF document"),
        (b"PK\x03\x04....", "a zip archive"),
        (b"<!DOCTYPE html>\n<html>", "a web page"),
        (b'<?xml version="1.0"?>', "XML"),
        (b"\x89PNG\r\n\x1a\n", "a picture"),
        (b"\0" * 500, "zeros only"),
        (b"\0", "zeros only"),
        (b"import numpy as np\n", "a Python script"),
        (b"hello", "text"),
        (b'{"cells":\n<<<<<<< HEAD\n[]\n>>>>>>> x\n', "merge conflicts"),
        (notebook("x = 1")[:-20], "breaks off in the middle"),
        (notebook("x = 1").replace(b":", b"=", 1), "is broken"),
        (b'{"x":' + b"[" * 200_000, "nested too deeply"),
        (b'{"cells": [], "x":' + b"[" * 200_000 + b"]" * 200_000 + b"}", "nested too deeply"),
        (b"[]", "not a notebook"),
        (b'"cells"', "not a notebook"),
        (b"{}", "no cells"),
        (b'{"cells": {"a": 1}}', "no cells"),
        (b'{"worksheets": [1, {"cells": 2}]}', "no code cell"),
        (notebook(), "no code cell"),
        (notebook(MARKDOWN), "no code cell"),
        (notebook("", " \n", []), "only empty code cells"),
    ],
)
def test_what_is_no_notebook_says_why(data: bytes, reason: str) -> None:
    code = read_notebook(data)
    assert code.problem is not None
    assert reason in code.problem
    assert code.cells == ()


def test_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notebooks, "MAX_CODE_BYTES", 1000)
    monkeypatch.setattr(notebooks, "MAX_CELLS", 10)
    monkeypatch.setattr(notebooks, "MAX_VALUES", 5000)
    monkeypatch.setattr(notebooks, "COUNT_FROM_BYTES", 10_000)
    assert "MB of code" in (read_notebook(notebook("x" * 2000)).problem or "")
    assert "code cells" in (read_notebook(notebook(*["x"] * 11)).problem or "")
    assert read_notebook(notebook(*["x"] * 10)).problem is None
    values = notebook(code_cell("x", outputs=[{"data": [{}] * 6000}]))
    assert "too many values" in (read_notebook(values).problem or "")


def test_large_outputs_are_not_decoded() -> None:
    picture = {"output_type": "display_data", "data": {"image/png": "A" * 5_000_000}}
    code = read_notebook(notebook(code_cell("x = 1", outputs=[picture])))
    assert (code.cells, code.notes) == (("x = 1",), ())


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["cells", "metadata", "source", "cell_type", "worksheets", "input"])
            | st.text(max_size=5),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)
CELLS = st.lists(
    JSON | st.fixed_dictionaries({"cell_type": st.just("code") | JSON, "source": JSON}), max_size=5
)
SHAPES = st.fixed_dictionaries(
    {},
    optional={
        "cells": CELLS | JSON,
        "metadata": JSON
        | st.fixed_dictionaries(
            {}, optional={"kernelspec": JSON, "language_info": st.dictionaries(st.text(), JSON)}
        ),
        "worksheets": st.lists(st.fixed_dictionaries({"cells": CELLS}) | JSON, max_size=3) | JSON,
    },
)


def check(code: notebooks.Code) -> None:
    assert (code.problem is None) == bool(code.cells)
    for text in map(str, (*code.cells, *code.notes, code.problem or "")):
        text.encode()
    assert not any("\r" in cell or "\0" in cell for cell in code.cells)


@given(st.binary() | st.text().map(lambda text: text.encode("utf-16")))
def test_any_bytes_are_answered(data: bytes) -> None:
    check(read_notebook(data))
    check(read_script(data))


@given(SHAPES, st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32", "latin-1"]))
def test_any_json_is_answered(document: dict[str, Any], encoding: str) -> None:
    check(read_notebook(json.dumps(document).encode(encoding)))
    plain = json.dumps(document, ensure_ascii=False)
    check(read_notebook(plain.encode(encoding, "replace")))


@given(st.data())
def test_a_damaged_notebook_is_answered(data: st.DataObject) -> None:
    whole = bytearray(notebook("x = 1", MARKDOWN, ["y = 2\n", "z = 3"]))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(whole) - 1))
        whole[place : place + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    check(read_notebook(bytes(whole)))


@pytest.mark.parametrize(
    ("data", "cells"),
    [
        (b"x = 1\ny = 2\n", ("x = 1\ny = 2\n",)),
        (b"# %%\nx = 1\n# %%\ny = 2\n", ("x = 1\n", "y = 2\n")),
        (
            b"#%% title\nx = 1\n#%%\n%matplotlib inline\n!ls\n",
            ("x = 1\n", "%matplotlib inline\n!ls\n"),
        ),
        (b"import os\n# %%\nx = 1\n", ("import os\n", "x = 1\n")),
        (b"# %% [markdown]\n# # Title\n# %%\nx = 1\n", ("x = 1\n",)),
        (b'# %% [md] {"a": 1}\n# t\n# %% [raw]\n# r\n# %% x\ny = 1', ("y = 1",)),
        (b"# %%", None),
        (b"if x:\n    # %% not a mark\n    y = 1\n", ("if x:\n    # %% not a mark\n    y = 1\n",)),
        (b"# %%\r\nx = 1\r\n# %%\r\ny = 2", ("x = 1\n", "y = 2")),
        (b"x = 1\ry = 2", ("x = 1\ny = 2",)),
        (codecs.BOM_UTF8 + b"x = 1", ("x = 1",)),
        ("x = 'é'".encode("latin-1"), ("x = 'é'",)),
        ("x = 'é'".encode("utf-16"), ("x = 'é'",)),
        (
            "# -*- coding: cp932 -*-\nx = '課題'".encode("cp932"),
            ("# -*- coding: cp932 -*-\nx = '課題'",),
        ),
        ("# coding: nonsense\nx = 'é'".encode("latin-1"), ("# coding: nonsense\nx = 'é'",)),
        (b"<html><body>", None),
        (b"%PDF-1.4", None),
        (b"PK\x03\x04", None),
        (b"", None),
        (notebook("x = 1"), ("x = 1",)),
    ],
)
def test_scripts(data: bytes, cells: tuple[str, ...] | None) -> None:
    code = read_script(data)
    assert code.cells == (cells or ())
    assert (code.problem is None) == (cells is not None)
