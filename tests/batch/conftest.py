"""A class of tiny submissions, and the command that grades it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import MakeCourse

RIGHT = "def double(x):\n    return 2 * x"
WRONG = "def double(x):\n    return 3 * x"
Handed = Callable[..., Path]


def command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "grader", *map(str, arguments)]


def notebook(*cells: str) -> str:
    made: list[dict[str, Any]] = [
        {"cell_type": "code", "id": f"c{n}", "metadata": {}, "outputs": [],
         "execution_count": None, "source": cell}
        for n, cell in enumerate(cells)
    ]  # fmt: skip
    return json.dumps({"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def all_of(pipes: list[Connection], timeout: float) -> list[Connection]:
    """In place of what waits for a result: all jobs' results come together, as where they are
    quicker than the main process."""
    return [pipe for pipe in pipes if pipe.poll(60)]


@pytest.fixture
def course(make_course: MakeCourse) -> Path:
    return make_course().folder


@pytest.fixture
def handed(tmp_path: Path) -> Handed:
    """Writes a class of ``count`` notebooks, each third of them wrong."""

    def write(count: int) -> Path:
        folder = tmp_path / "handed"
        folder.mkdir()
        for number in range(count):
            code = WRONG if number % 3 == 2 else RIGHT
            path = folder / f"s{number:03}.ipynb"
            path.write_text(notebook(code, f"number = {number}"))
        return folder

    return write
