"""Writes a file whole or not at all, so that a stopped grader leaves no half of one."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from grader.errors import UsageError

_LONG_AGO: Final = (1980, 1, 1, 0, 0, 0)  # the same files give the same zip


def write(path: Path, text: str | Iterable[str]) -> None:
    """Write ``text``, or its parts as they come, as UTF-8 with its line ends as they are.

    Makes the folder.  Raises UsageError where the file cannot be written.
    """
    parts = [text] if isinstance(text, str) else text
    with _whole(path) as unfinished, unfinished.open("wb") as file:
        file.writelines(part.encode("utf-8", "replace") for part in parts)


def write_zip(
    path: Path, files: Iterable[tuple[str, bytes]], *, executable: Sequence[str] = ()
) -> int:
    """Write a zip of ``files``, by their names in it, as :func:`write` does; return their number.

    The same files give the same bytes.
    """
    count = 0
    with _whole(path) as unfinished, zipfile.ZipFile(unfinished, "w") as archive:
        for name, data in files:
            member = zipfile.ZipInfo(name, _LONG_AGO)
            member.external_attr = (0o100755 if name in executable else 0o100644) << 16
            archive.writestr(member, data, zipfile.ZIP_DEFLATED)
            count += 1
    return count


@contextmanager
def _whole(path: Path) -> Iterator[Path]:
    """Give a path to write to, and move the file to ``path`` when it is complete."""
    unfinished = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield unfinished
        os.replace(unfinished, path)
    except OSError as error:
        raise UsageError(
            f"{path} cannot be written ({error.strerror}): "
            "give --out a folder that you may write to, with space left."
        ) from error
