"""``smuggle numpy as np  # pip: numpy==1.26``: the import statement of the package davos.

davos would install what is missing; here it is an import, and the comment a comment.
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
    """A cell's lines with each ``smuggle`` statement as the import that it is."""
    return [_as_import(line) if "smuggle" in line else line for line in lines]


def _as_import(line: str) -> str:
    while found := _STATEMENT.match(line):
        line = f"{found[1]}{found[2] or ''}import{line[found.end() :]}"
    return line
