"""Packs and unpacks zip and tar files within limits: only plain files and folders."""

from __future__ import annotations

import fnmatch
import os
import posixpath
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, Final

from grader.sandbox.wire.bounds import MAX_MEMBERS, UNPACK_BYTES

from .refusals import CommandError

_BROKEN: Final = (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, NotImplementedError,
                  RuntimeError, ValueError)  # fmt: skip


#: The name of a file or folder, and a function that opens it, None for a folder.
Member = tuple[str, Callable[[], Any] | None]


def zipped(path: str) -> Iterator[Member]:
    """Yield the members of a zip file."""
    try:
        with zipfile.ZipFile(path) as archive:
            for entry in archive.infolist():
                yield entry.filename, None if entry.is_dir() else partial(archive.open, entry)
    except _BROKEN as error:
        raise CommandError(f"cannot find or open it ({error})") from None


def tarred(path: str) -> Iterator[Member]:
    """Yield the plain files and folders of a tar file, without links and devices."""
    try:
        with tarfile.open(path) as archive:
            for entry in archive:
                if entry.isdir():
                    yield entry.name, None
                elif entry.isreg():
                    yield entry.name, partial(archive.extractfile, entry)
    except _BROKEN as error:
        raise CommandError(f"cannot open it ({error})") from None


def unpack(
    members: Iterable[Member],
    *,
    place: Callable[[str], str],
    room: int,
    asked: list[str],
    keep: bool,
) -> None:
    """Write the members that match one of ``asked``, or all if it is empty, to ``place(name)``.

    ``room`` is the limit of their bytes together; with ``keep``, existing files are kept.
    """
    for count, (full, opener) in enumerate(members):
        if count >= MAX_MEMBERS:
            raise CommandError("it holds too many files")
        name = _inside(full)
        if not name or (asked and not any(_is_asked(name, one) for one in asked)):
            continue
        path = place(name)
        if opener is None:
            os.makedirs(path, exist_ok=True)
        elif not (keep and os.path.lexists(path)):
            os.makedirs(os.path.dirname(path), exist_ok=True)
            room -= _written(full, opener, path, room)


def _written(name: str, opener: Callable[[], Any], path: str, room: int) -> int:
    """Write a member to ``path`` and return its size, which must not be above ``room``."""
    size = 0
    try:
        with opener() as source, open(path, "wb") as target:
            while data := source.read(UNPACK_BYTES):
                size += len(data)
                if size > room:
                    break
                target.write(data)
    except _BROKEN as error:
        raise CommandError(f"{name} cannot be read ({error})") from None
    if size > room:
        os.remove(path)
        raise CommandError("it holds more than there is room for")
    return size


def _inside(name: str) -> str:
    """Return a member's name without parts that lead out of the folder."""
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    return posixpath.join(*parts) if parts else ""


def _is_asked(name: str, pattern: str) -> bool:
    pattern = pattern.rstrip("/")
    return fnmatch.fnmatch(name, pattern) or name.startswith(pattern + "/")


def pack(path: str, members: list[tuple[str, str]], *, kind: str) -> None:
    """Make an archive of ``members``, (path, name) each; ``kind`` is "zip", "gz", "bz2" or ""."""
    found = [pair for member in members for pair in _beneath(*member)]
    if kind == "zip":
        with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
            for file, name in found:
                archive.write(file, name)
        return
    mode: Any = f"w:{kind}"
    with tarfile.open(path, mode) as tar:
        for file, name in found:
            tar.add(file, name, recursive=False)


def _beneath(path: str, name: str) -> Iterator[tuple[str, str]]:
    """Yield (path, name) of a file, or of a folder and all that is in it except links."""
    if not os.path.lexists(path):
        raise FileNotFoundError(2, "No such file or directory", name)
    yield path, name
    for folder, inner, files in os.walk(path):
        for one in sorted((*inner, *files)):
            whole = os.path.join(folder, one)
            if not os.path.islink(whole):
                yield whole, name.rstrip("/") + whole[len(path) :]
