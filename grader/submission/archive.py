"""Zip archives, read without trusting them and never extracted to disk.

The standard library reads the directory, which is bounded: one of millions of entries is
refused.  Members are inflated here, where limits are checked as the bytes come out: per member,
for all together, and on the ratio.  Links, absolute names, ``..``, encryption and rare
compressions are refused per member, with the reason; the other members are still read.
"""

from __future__ import annotations

import io
import os
import stat
import struct
import time
import zipfile
import zlib
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path

from grader.bounds import (
    KEPT_DIRECTORIES,
    MAX_CLASS_DIRECTORY_BYTES,
    MAX_DIRECTORY_BYTES,
    MAX_ENTRIES,
    MAX_FILE_BYTES,
    MAX_FOLDER_DEPTH,
    MAX_RATIO,
    MAX_UNPACKED_BYTES,
    NAMED_ERROR_CHARACTERS,
    RATIO_FROM_BYTES,
)
from grader.words import Words, say

from .content import TOO_MANY, Entry, UnusableError, check_size, sentence, shown
from .naming import is_junk, printable

_LOCAL_HEADER = struct.Struct("<4s22sHH")
_ENCRYPTED = 0x1 | 0x40 | 0x2000
_UTF8_NAME = 0x800
_UNIX = 3
# What the standard library raises for files that are no zips.
_BROKEN = (zipfile.BadZipFile, NotImplementedError, ValueError, OverflowError, struct.error)

Reader = Callable[[int, int], bytes]  # (count, offset) → at most ``count`` bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One entry of a zip's directory; ``problem`` is why it cannot be used, or None."""

    name: str
    offset: int
    packed: int
    size: int
    crc: int
    method: int
    modified: float
    problem: Words | None = None

    @property
    def parts(self) -> tuple[str, ...]:
        return tuple(part for part in self.name.split("/") if part not in ("", "."))

    @property
    def is_astray(self) -> bool:
        """Whether its name leads out of the folder that the zip would unpack to."""
        return self.name[:1] == "/" or self.name[1:2] == ":" or ".." in self.parts


def class_members(path: Path) -> tuple[Member, ...]:
    """Return all members of a zip that holds a class; raises UnusableError.

    The last directories are kept in memory, since each submission in a zip is read by itself.
    """
    try:
        status = os.stat(path)
        return _class_members(path, status.st_ino, status.st_size, status.st_mtime_ns)
    except OSError as error:
        raise UnusableError(say("could not be opened ({why})", why=str(error.strerror))) from error


@lru_cache(maxsize=KEPT_DIRECTORIES)
def _class_members(path: Path, *stamp: int) -> tuple[Member, ...]:
    with open(path, "rb") as file:
        return _members(file, MAX_CLASS_DIRECTORY_BYTES)


def inflate_from(path: Path, member: Member) -> bytes:
    """Return the bytes of a member of the zip file ``path``; raises UnusableError."""
    try:
        with open(path, "rb", buffering=0) as file:
            return _inflate(lambda count, at: os.pread(file.fileno(), count, at), member)
    except OSError as error:
        raise UnusableError(say("could not be read ({why})", why=str(error.strerror))) from error


def zip_entries(data: bytes) -> tuple[list[Entry], list[Words]]:
    """Return the files in a student's zip, sorted by name, and notes on what was left out.

    Raises UnusableError where ``data`` is no readable zip.
    """
    members = _members(io.BytesIO(data), MAX_DIRECTORY_BYTES)

    def read(count: int, offset: int) -> bytes:
        return data[offset : offset + count]

    return member_entries(members, partial(_inflate, read), prefix="")


def member_entries(
    members: Iterable[Member], load: Callable[[Member], bytes], *, prefix: str
) -> tuple[list[Entry], list[Words]]:
    """Return the files below ``prefix`` (``""`` or ending in ``/``) as entries, and notes.

    All together may unpack to :data:`MAX_UNPACKED_BYTES`.
    """
    chosen: dict[str, Member] = {}
    notes: list[Words] = []
    left = MAX_UNPACKED_BYTES

    def within_budget(member: Member) -> bytes:
        nonlocal left
        # By the size it declares: a member that unpacks to more is refused as it is read.
        if member.size > left:
            raise UnusableError(
                say(
                    "was left out: the zip unpacks to over {size} MB",
                    size=MAX_UNPACKED_BYTES >> 20,
                )
            )
        left -= member.size
        return load(member)

    for member in members:
        # In a zip that holds a class, a member that leads out of it has a row of its own.
        if not member.name.startswith(prefix) or (prefix and member.is_astray):
            continue
        rest = member.parts[prefix.count("/") :]
        if (
            not rest
            or member.name.endswith("/")
            or (not member.is_astray and any(map(is_junk, rest)))
        ):
            continue
        name = "/".join(rest)
        if len(chosen) >= MAX_ENTRIES:
            notes.append(TOO_MANY)
            break
        if member.problem:
            notes.append(sentence(shown(name), member.problem))
        elif len(rest) > MAX_FOLDER_DEPTH + 1:
            notes.append(sentence(shown(name), say("lies too deep and was left out")))
        else:
            if name in chosen:
                notes.append(sentence(shown(name), say("is in the zip twice: the last counts")))
            chosen[name] = member
    entries = [
        Entry(name=name, modified=member.modified, load=partial(within_budget, member))
        for name, member in sorted(chosen.items())
    ]
    return entries, notes


class _Bounded:
    """A file with bounded reads, so that a huge directory is refused, not loaded."""

    def __init__(self, file: io.BufferedIOBase, limit: int) -> None:
        self._file = file
        self._limit = limit
        self.seek = file.seek
        self.tell = file.tell

    def read(self, count: int = -1) -> bytes:
        if count > self._limit:
            raise zipfile.BadZipFile("it lists too many files")
        return self._file.read(count if count >= 0 else self._limit)

    def seekable(self) -> bool:
        return True


def _members(file: io.BufferedIOBase, limit: int) -> tuple[Member, ...]:
    try:
        with closing(zipfile.ZipFile(_Bounded(file, limit))) as archive:
            return tuple(map(_member, archive.infolist()))
    except (*_BROKEN, OSError) as error:
        raise UnusableError(
            say(
                "cannot be read as a zip ({why}): make it again",
                why=printable(str(error), limit=NAMED_ERROR_CHARACTERS),
            )
        ) from error


def _member(info: zipfile.ZipInfo) -> Member:
    name = info.orig_filename.partition("\0")[0]
    if not info.flag_bits & _UTF8_NAME:
        name = _mended(name)
    member = Member(
        name=_plain(name.replace("\\", "/")),
        offset=info.header_offset,
        packed=info.compress_size,
        size=info.file_size,
        crc=info.CRC,
        method=info.compress_type,
        modified=_seconds(info.date_time),
    )
    return replace(member, problem=_refusal(member, info))


def _plain(name: str) -> str:
    """Return ``name`` without empty and ``.`` parts, so that equal places have equal names."""
    if "//" not in name and "./" not in name:
        return name
    start = "/" * name.startswith("/")
    parts = [part for part in name.split("/") if part not in ("", ".")]
    return start + "/".join(parts) + "/" * (name.endswith("/") and bool(parts))


def _mended(name: str) -> str:
    """Undo the decoding of a UTF-8 name as code page 437: macOS does not mark UTF-8."""
    try:
        return name.encode("cp437").decode("utf-8")
    except UnicodeError:
        return name


def _seconds(date_time: tuple[int, int, int, int, int, int]) -> float:
    try:
        return time.mktime((*date_time, 0, 0, -1))
    except (ValueError, OverflowError):
        return 0.0


def _refusal(member: Member, info: zipfile.ZipInfo) -> Words | None:
    if member.is_astray:
        return say(
            "has a path in the zip that leads out of it (.. or absolute): make the zip again"
        )
    if info.create_system == _UNIX and stat.S_ISLNK(info.external_attr >> 16):
        return say("is a link in the zip, which is not followed: hand in the file itself")
    if info.flag_bits & _ENCRYPTED:
        return say("is encrypted: hand it in without a password")
    if member.method not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return say("is compressed in an unusual way: make an ordinary zip")
    return None


def _inflate(read: Reader, member: Member) -> bytes:
    """Return the bytes of ``member``; raises UnusableError."""
    if member.problem:
        raise UnusableError(member.problem)
    header = read(_LOCAL_HEADER.size, member.offset)
    if len(header) < _LOCAL_HEADER.size or not header.startswith(b"PK\x03\x04"):
        raise UnusableError(say("is damaged in the zip: make the zip again"))
    _, _, name_size, extra_size = _LOCAL_HEADER.unpack(header)
    start = member.offset + _LOCAL_HEADER.size + name_size + extra_size
    check_size(member.size)
    if member.size > RATIO_FROM_BYTES and member.size > MAX_RATIO * member.packed:
        raise UnusableError(
            say("unpacks to far more than it should (a zip bomb?) and was left out")
        )
    packed = read(min(member.packed, 2 * MAX_FILE_BYTES), start)
    data = packed[: member.size]
    if member.method == zipfile.ZIP_DEFLATED:
        try:
            # One byte more than it declares is enough to refuse it.
            data = zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, member.size + 1)
        except zlib.error as error:
            raise UnusableError(say("is damaged in the zip: make the zip again")) from error
    if len(data) > member.size:
        raise UnusableError(say("unpacks to more than the zip says: make the zip again"))
    if len(data) != member.size or zlib.crc32(data) != member.crc:
        raise UnusableError(say("is damaged in the zip: make the zip again"))
    return data
