"""docs/write-an-exercise.md, followed word for word, ends in a sound exercise."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from grader.cli import cli, main
from grader.commands.new import write_skeleton
from grader.commands.verify import verify
from grader.course.assignment import load

pytestmark = pytest.mark.usefixtures("one_interpreter")


PAGE = Path(__file__).resolve().parent.parent / "docs" / "write-an-exercise.md"
_BLOCK = re.compile(r"(?P<before>[^\n]*)\n\n```(?P<kind>\w*)\n(?P<code>.*?)```", re.S)
_FILE = re.compile(r"`((?:assignments|reference)/[\w/.]+)`:$")


def blocks() -> list[tuple[str, str, str]]:
    """What stands before each block, its kind, and its code."""
    return [(m["before"], m["kind"], m["code"]) for m in _BLOCK.finditer(PAGE.read_text("utf-8"))]


def replaced(notebook: Path, cells: list[str]) -> None:
    """Put code in the place of the notebook's own: the class, and each public test, in turn."""
    book = json.loads(notebook.read_text("utf-8"))
    places = [cell for cell in book["cells"] if "".join(cell["source"])[:6] in ("class ", "def te")]
    assert len(places) == len(cells)
    for cell, code in zip(places, cells, strict=True):
        cell["source"] = code.rstrip("\n")
    notebook.write_text(json.dumps(book), "utf-8")


@pytest.mark.slow
def test_the_page_ends_in_a_sound_exercise(tmp_path: Path) -> None:
    write_skeleton("leaky_relu", tmp_path)
    cells = []
    for before, kind, code in blocks():
        if file := _FILE.search(before):
            (tmp_path / file[1]).write_text(code, "utf-8")
        elif kind == "python":
            cells.append(code)
    replaced(tmp_path / "assignments" / "leaky_relu" / "leaky_relu.ipynb", cells)
    checks = verify(
        [load(tmp_path / "assignments" / "leaky_relu")],
        jobs=1, repetitions=1, otter=False, mutate=True,
    )  # fmt: skip
    assert not "\n".join(f"{c.kind} {c.name}: {c.finding}" for c in checks if c.finding)
    assert sum(c.kind == "mutant" for c in checks) > 3


@pytest.mark.long
def test_its_other_beginnings_are_sound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = blocks()
    reference = next(code for before, _, code in page if "`reference/leaky_relu.py`" in before)
    (tmp_path / "reference").mkdir()
    (tmp_path / "reference" / "dropping.py").write_text(reference, "utf-8")
    monkeypatch.chdir(tmp_path)
    lines = [line for _, kind, code in page if not kind for line in code.strip().splitlines()]
    begun = [shlex.split(line)[1:] for line in lines if line.startswith("grader new ")][1:]
    assert len(begun) == 3
    assert [main(command) for command in begun] == [0, 0, 0]
    made = [load(command[1]) for command in begun]
    checks = verify(made, jobs=1, repetitions=1, otter=False)
    # Around a reference all is written but the known mistakes.
    assert [(c.assignment, c.kind) for c in checks if c.finding] == [("dropping", "mistake")]


def test_its_commands_can_be_parsed() -> None:
    lines = [line for _, kind, code in blocks() if not kind for line in code.strip().splitlines()]
    assert len(lines) == 10
    for line in lines:
        _, name, *arguments = shlex.split(line)
        cli.commands[name].make_context(name, arguments)
