"""Writes a file whole or not at all, so that a stopped grader leaves no half of one."""

from __future__ import annotations

import os
from pathlib import Path

from grader.errors import UsageError


def write(path: Path, text: str) -> None:
    """Writes ``text`` as UTF-8 with its line ends as they are, making the folder.

    Raises UsageError where the file cannot be written.
    """
    unfinished = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_bytes(text.encode("utf-8", "replace"))
        os.replace(unfinished, path)
    except OSError as error:
        raise UsageError(
            f"{path} cannot be written ({error.strerror}): "
            "give --out a folder that you may write to, with space left."
        ) from error
