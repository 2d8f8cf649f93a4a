"""Writes a file whole or not at all, so that a stopped grader leaves no half of one."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from grader.errors import UsageError


def write(path: Path, text: str | Iterable[str]) -> None:
    """Writes ``text``, or its parts as they come, as UTF-8 with its line ends as they are.

    Makes the folder.  Raises UsageError where the file cannot be written.
    """
    unfinished = path.with_name(f".{path.name}.part")
    parts = [text] if isinstance(text, str) else text
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with unfinished.open("wb") as file:
            file.writelines(part.encode("utf-8", "replace") for part in parts)
        os.replace(unfinished, path)
    except OSError as error:
        raise UsageError(
            f"{path} cannot be written ({error.strerror}): "
            "give --out a folder that you may write to, with space left."
        ) from error
