"""What a messy hand-in is, and what must come of it: the rows of the tables beside this file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

DOUBLE = "def double(x):\n    return 2 * x"
SCALE = """\
class Scale:
    def __init__(self, factor):
        self.factor = factor

    def apply(self, x):
        return self.factor * x
"""


@dataclass(frozen=True, kw_only=True)
class Mess:
    """A hand-in and its outcome.

    ``files`` are the bytes handed in by name, ``a.ipynb`` alone a file, else a
    folder.  ``lost`` maps each test case that is not passed to its outcome;
    ``notes`` are parts of the notes on the student's page, one each, in any order:
    there are no others.  ``errors`` begin the errors of cells, in order; there are
    no others.  ``said`` is part of what the first lost test case tells.
    ``absent`` is a module without which alone the row makes sense.
    """

    name: str
    files: Mapping[str, bytes]
    course: str = "doubling"
    status: str = "graded"
    lost: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    said: str = ""
    absent: str = ""

    def __str__(self) -> str:
        return self.name


def doubling(
    name: str, *cells: Any, beside: Mapping[str, bytes] | None = None, **more: Any
) -> Mess:
    """A notebook for the course that asks for ``double``; ``beside`` are files next to it."""
    return Mess(name=name, files={"a.ipynb": notebook(*cells), **(beside or {})}, **more)


def scaling(name: str, *cells: str, **more: Any) -> Mess:
    """A notebook for the course that asks for the class ``Scale``."""
    return doubling(name, *cells, course="scaling", **more)


def file(name: str, data: bytes, *, called: str = "a.ipynb", **more: Any) -> Mess:
    """A file of any bytes for the course that asks for ``double``."""
    return Mess(name=name, files={called: data}, **more)


def notebook(*cells: str | dict[str, Any], indent: int | None = None, **document: Any) -> bytes:
    """A notebook as Jupyter writes it; ``document`` replaces its parts."""
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    whole = {
        "cells": [c if isinstance(c, dict) else code(c) for c in cells],
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
        **document,
    }
    return json.dumps(whole, indent=indent, ensure_ascii=False).encode()


def code(source: str, **more: Any) -> dict[str, Any]:
    """A code cell; ``more`` are further parts of it."""
    lines = source.splitlines(keepends=True)
    return {"cell_type": "code", "source": lines, "metadata": {}, "outputs": [],
            "execution_count": None, **more}  # fmt: skip


def prose(source: str, kind: str = "markdown") -> dict[str, Any]:
    """A cell that holds no code."""
    return {"cell_type": kind, "source": source, "metadata": {}}
