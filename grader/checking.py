"""Guesses which assignment a notebook belongs to, for ``grader check`` without one."""

from __future__ import annotations

from pathlib import Path

from grader.assignment import available, load
from grader.errors import UsageError


def guess(notebook: Path) -> str:
    """The assignment that the notebook's file name begins with, or whose names it defines.

    Raises UsageError where none or several fit.
    """
    known = available(start=notebook.resolve().parent) or available()
    named = [name for name in known if notebook.name.startswith(name)]
    if len(named) == 1:
        return named[0]
    text = notebook.read_text("utf-8", errors="replace")
    fitting = [
        name
        for name in known
        if any(f"class {n}" in text or f"def {n}" in text for n in load(name).names)
    ]
    if len(fitting) == 1:
        return fitting[0]
    raise UsageError(
        f"{notebook} does not say which assignment it belongs to; give --assignment NAME_OR_DIR."
    )
