"""Reads ``smuggle numpy as np  # pip: numpy==1.26``, a statement of the package davos.

davos installs what is missing; here the statement is an import, and nothing is installed.
"""

from __future__ import annotations

import re
from typing import Final

_NAME: Final = r"[^\W\d]\w*(?:[ \t]*\.[ \t]*[^\W\d]\w*)*"
_AS: Final = r"(?:[ \t]+as[ \t]+[^\W\d]\w*)?"
_STATEMENT: Final = re.compile(
    rf"^([ \t]*|.*;[ \t]*)(?:(from[ \t]+\.*{_NAME}[ \t]+)smuggle(?=[ \t]*[(\\]|[ \t]+[\w*])"
    rf"|smuggle(?=[ \t]+{_NAME}{_AS}(?:[ \t]*,[ \t]*{_NAME}{_AS})*[ \t]*(?:[;#\n]|$)))",
)


def as_imports(lines: list[str]) -> list[str]:
    """Return a cell's lines with each ``smuggle`` statement written as an import."""
    return [_as_import(line) if "smuggle" in line else line for line in lines]


def _as_import(line: str) -> str:
    while found := _STATEMENT.match(line):
        line = f"{found[1]}{found[2] or ''}import{line[found.end() :]}"
    return line
