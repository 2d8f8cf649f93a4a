"""Packs and unpacks zip and tar files, within bounds: plain files and folders, nothing else."""

from __future__ import annotations

import fnmatch
import os
import posixpath
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import IO, Any, Final

from grader.sandbox.wire.bounds import MAX_MEMBERS, UNPACK_BYTES

_BROKEN: Final = (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, NotImplementedError,
                  RuntimeError, ValueError)  # fmt: skip


class ArchiveError(Exception):
    """It is no archive, or holds more than there is room for."""


@dataclass(frozen=True)
class Member:
    """One file or folder: its name, and what opens it, None for a folder."""

    name: str
    open: Callable[[], IO[bytes]] | None


def zipped(path: str) -> Iterator[Member]:
    """What a zip file holds."""
    try:
        with zipfile.ZipFile(path) as archive:
            for entry in archive.infolist():
                opener = None if entry.is_dir() else partial(archive.open, entry)
                yield Member(entry.filename, opener)
    except _BROKEN as error:
        raise ArchiveError(f"cannot find or open it ({error})") from None


def tarred(path: str) -> Iterator[Member]:
    """The plain files and folders of a tar file; links and devices are passed over."""
    try:
        with tarfile.open(path) as archive:
            for entry in archive:
                if entry.isdir():
                    yield Member(entry.name, None)
                elif entry.isreg():
                    yield Member(entry.name, partial(_opened, archive, entry))
    except _BROKEN as error:
        raise ArchiveError(f"cannot open it ({error})") from None


def _opened(archive: tarfile.TarFile, entry: tarfile.TarInfo) -> IO[bytes]:
    file = archive.extractfile(entry)
    if file is None:
        raise ArchiveError(f"{entry.name} cannot be read")
    return file


def unpack(
    members: Iterable[Member],
    *,
    place: Callable[[str], str],
    room: int,
    asked: list[str],
    keep: bool,
) -> None:
    """Write the members that ``asked`` names, all where it is empty; ``place`` gives the paths.

    ``room`` bounds their bytes together; what is there already is kept with ``keep``.
    """
    for count, member in enumerate(members):
        if count >= MAX_MEMBERS:
            raise ArchiveError("it holds too many files")
        name = _inside(member.name)
        if not name or (asked and not any(_is_asked(name, one) for one in asked)):
            continue
        path = place(name)
        if member.open is None:
            os.makedirs(path, exist_ok=True)
        elif not (keep and os.path.lexists(path)):
            os.makedirs(os.path.dirname(path), exist_ok=True)
            room -= _written(member, path, room)


def _written(member: Member, path: str, room: int) -> int:
    size = 0
    assert member.open is not None
    try:
        with member.open() as source, open(path, "wb") as target:
            while data := source.read(UNPACK_BYTES):
                size += len(data)
                if size > room:
                    break
                target.write(data)
    except _BROKEN as error:
        raise ArchiveError(f"{member.name} cannot be read ({error})") from None
    if size > room:
        os.remove(path)
        raise ArchiveError("it holds more than there is room for")
    return size


def _inside(name: str) -> str:
    """A member's name without what leads out of the folder."""
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    return posixpath.join(*parts) if parts else ""


def _is_asked(name: str, pattern: str) -> bool:
    pattern = pattern.rstrip("/")
    return fnmatch.fnmatch(name, pattern) or name.startswith(pattern + "/")


def pack(path: str, members: list[tuple[str, str]], *, kind: str) -> None:
    """Make an archive of files and folders, (path, name) each; ``kind`` is zip, gz, bz2 or ""."""
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
    """A file, or a folder and all that is in it, but for links."""
    if not os.path.lexists(path):
        raise FileNotFoundError(2, "No such file or directory", name)
    yield path, name
    for folder, inner, files in os.walk(path):
        for one in sorted((*inner, *files)):
            whole = os.path.join(folder, one)
            if not os.path.islink(whole):
                yield whole, name.rstrip("/") + whole[len(path) :]
