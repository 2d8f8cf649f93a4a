"""What a student wrote, on its way to pages, tables and terminals.

Success would be a script that runs in a teacher's browser, a formula that runs in a
spreadsheet, or a terminal that obeys a name.
"""

from __future__ import annotations

import csv
import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from grader.cli import cli

from .conftest import SETTINGS, TEST_FILE

pytestmark = pytest.mark.slow
SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'></style></pre>"
ESCAPES = "\\x1b[2J\\x1b]0;owned\\x07\\x9b31m\\r\\x08\\x00\\u202e"
TEXTS = {
    "script": SCRIPT.replace('"', '\\"').replace("'", "\\'"),
    "escapes": ESCAPES,
    "template": "{{ 7 * 7 }}{% for x in y %}${7*7}#{7*7}",
    "formula": "=cmd|'/c calc'!A1".replace("'", "\\'"),
    "surrogate": "\\ud800 and \\udfff",
    "lines": "a\\n\\nStatus: graded\\nScore: 4",
}
PLACES = {
    "exception": "def double(x):\n    raise ValueError('{text}')",
    "class name": "E = type('{text}' or 'E', (Exception,), {{}})\ndef double(x):\n    raise E('m')",
    "printed": "print('{text}')\ndef double(x):\n    return 5",
    "cell error": "def double(x):\n    return 5\nraise RuntimeError('{text}')",
    "note": "get_ipython().note('{text}')\ndef double(x):\n    return 5",
    "type name": "T = type('{text}', (), {{}})\ndef double(x):\n    return T()",
    "code line": "def double(x):\n    raise ValueError  # {text}",
}


class Scripts(HTMLParser):
    """Elements and attributes of a page that would run something."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "img", "iframe", "object", "embed", "svg", "base", "form", "link"):
            self.found.append(tag)
        self.found += [name for name, _ in attrs if name.startswith("on")]


def notebook(folder: Path, name: str, code: str) -> None:
    """Write a notebook with one code cell."""
    cell: dict[str, Any] = {"cell_type": "code", "metadata": {}, "source": code, "outputs": [],
            "execution_count": None}  # fmt: skip
    data = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (folder / name).write_text(json.dumps(data), "utf-8", "surrogatepass")


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results of a class in which every text stands in every place."""
    folder = tmp_path_factory.mktemp("markup")
    course = folder / "assignments" / "doubling"
    (course / "tests").mkdir(parents=True)
    (course / "assignment.toml").write_text(SETTINGS)
    (course / "tests" / "double.py").write_text(TEST_FILE)
    hand_ins = folder / "handins"
    hand_ins.mkdir()
    for i, text in enumerate(TEXTS.values()):
        for j, place in enumerate(PLACES.values()):
            notebook(hand_ins, f"n{i}{j}.ipynb", place.format(text=text))
    for name in ("=1+1", "<script>alert(1)<", "a\x1b[2Jb", "@x\ny", "-2+3"):
        notebook(hand_ins, f"{name}.ipynb", PLACES["printed"].format(text="x"))
    out = folder / "out"
    arguments = ["grade", str(hand_ins), "--assignment", str(course), "--out", str(out),
                 "--jobs", "2"]  # fmt: skip
    run = CliRunner().invoke(cli, arguments)
    assert run.exit_code == 0, run.output
    (out / "terminal").write_text(run.output)
    return out


def table(folder: Path) -> io.StringIO:
    """scores.csv, as a spreadsheet would read it."""
    return io.StringIO((folder / "scores.csv").read_bytes().decode())


def test_every_submission_has_its_pages_and_its_row(graded: Path) -> None:
    rows = list(csv.DictReader(table(graded)))
    assert len(rows) == len(TEXTS) * len(PLACES) + 5
    assert {row["score"] for row in rows} == {"0"}
    assert {row["status"] for row in rows} == {"graded"}
    for row in rows:
        folder = graded / "submissions" / row["submission"]
        assert (folder / "feedback.html").is_file()
        json.loads((folder / "results.json").read_text("utf-8"))


def test_no_page_runs_a_script(graded: Path) -> None:
    for page in graded.rglob("*.html"):
        parser = Scripts()
        parser.feed(page.read_text("utf-8"))
        # The class page sorts by itself; nothing of a student's adds to that.
        assert parser.found == (["script"] if page.name == "class.html" else []), page


def test_no_template_of_a_student_is_filled_in(graded: Path) -> None:
    for page in graded.rglob("feedback.html"):
        text = re.sub(r"<style.*?</style>|<footer.*", "", page.read_text("utf-8"), flags=re.S)
        assert "49" not in text


def test_no_cell_of_the_table_is_a_formula(graded: Path) -> None:
    for row in csv.reader(table(graded)):
        assert not [cell for cell in row if cell.startswith(("=", "+", "@", "\t", "-"))]


@pytest.mark.parametrize(
    "file", ["scores.csv", "terminal", "*/*/results.json", "*/*/feedback.html"]
)
def test_no_file_controls_a_terminal(graded: Path, file: str) -> None:
    for path in graded.glob(file):
        assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202e]", path.read_text("utf-8"))


def test_check_prints_no_escape(tmp_path: Path) -> None:
    notebook(tmp_path, "x.ipynb", f"print('{ESCAPES}')\nraise ValueError('{ESCAPES}')")
    arguments = ["check", str(tmp_path / "x.ipynb"), "--assignment", "shallow_narrow"]
    run = CliRunner().invoke(cli, arguments)
    assert "Cell 1 stopped: ValueError" in run.output, run.output
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", run.output)
