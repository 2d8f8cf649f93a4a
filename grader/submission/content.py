"""Students' files, loaded without trusting them.

Only regular files are opened, no link is followed, and nothing larger than
:data:`MAX_FILE_BYTES` is loaded.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from grader.bounds import MAX_ENTRIES, MAX_FILE_BYTES, MAX_FOLDER_DEPTH, NAMED_PATH_CHARACTERS
from grader.words import Words, say

from .naming import is_junk, printable

#: A note on a folder or zip with more than MAX_ENTRIES files.
TOO_MANY = say("More than {count} files were handed in: the rest is left out.", count=MAX_ENTRIES)


class UnusableError(Exception):
    """A file cannot be used; ``reason`` is a clause that says why.

    It continues a sentence that begins with the file's name: "is a link, ...".
    """

    def __init__(self, reason: Words) -> None:
        super().__init__(str(reason))
        self.reason = reason


def sentence(file: str, reason: Words) -> Words:
    """Return the sentence made of a file's name and a clause."""
    return say("{file} {reason}.", file=file, reason=reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A file in a student's folder or zip, not yet loaded.

    ``name`` is its relative POSIX path, ``modified`` seconds since the epoch;
    ``load`` gives its bytes or raises :class:`UnusableError`.
    """

    name: str
    modified: float
    load: Callable[[], bytes]


def shown(name: str) -> str:
    """Return a file's relative name as notes show it."""
    return printable(name, limit=NAMED_PATH_CHARACTERS)


def odd_kind(mode: int) -> Words | None:
    """Return why a file of this ``st_mode`` is never opened; None for a file or a folder."""
    if stat.S_ISREG(mode) or stat.S_ISDIR(mode):
        return None
    if stat.S_ISLNK(mode):
        return say("is a link, which is not followed: hand in the file itself")
    if stat.S_ISFIFO(mode):
        kind = say("a named pipe")
    else:
        kind = say("a socket") if stat.S_ISSOCK(mode) else say("a device")
    return say("is {kind}, not a file: hand in the notebook itself", kind=kind)


def load_file(path: Path) -> bytes:
    """Return the bytes of the regular file ``path``; raises UnusableError."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        mode = os.lstat(path).st_mode
        if reason := odd_kind(mode):
            raise UnusableError(reason)
        descriptor = os.open(path, flags)
        with open(descriptor, "rb", buffering=0) as file:
            # Another file may be there since the check above.
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode):
                raise UnusableError(say("is not a file: hand in the notebook itself"))
            check_size(found.st_size)
            data = file.readall()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or say("its name cannot be used")
        raise UnusableError(
            say("could not be opened ({why}): hand it in again", why=why)
        ) from error
    check_size(len(data))
    return data


def check_size(size: int) -> None:
    """Raise UnusableError for more bytes than one file may have."""
    if size > MAX_FILE_BYTES:
        raise UnusableError(
            say(
                "is larger than {size} MB: clear the notebook's outputs and hand it in again",
                size=MAX_FILE_BYTES >> 20,
            )
        )


def folder_entries(folder: Path) -> tuple[list[Entry], list[Words]]:
    """Return the files below a student's ``folder``, sorted by name, and notes."""
    entries: list[Entry] = []
    notes: list[Words] = []
    seen = 0
    waiting = [("", folder, 0)]
    while waiting:
        prefix, place, depth = waiting.pop()
        for item in _listed(place, prefix, notes):
            seen += 1
            if seen > MAX_ENTRIES:
                notes.append(TOO_MANY)
                return sorted(entries, key=lambda entry: entry.name), notes
            name, path = prefix + item.name, place / item.name
            status = os.lstat(path)
            if reason := odd_kind(status.st_mode):
                notes.append(sentence(shown(name), reason))
            elif not stat.S_ISDIR(status.st_mode):
                entries.append(
                    Entry(name=name, modified=status.st_mtime, load=partial(load_file, path))
                )
            elif depth < MAX_FOLDER_DEPTH:
                waiting.append((name + "/", path, depth + 1))
            else:
                notes.append(sentence(shown(name), say("lies too deep and was left out")))
    return sorted(entries, key=lambda entry: entry.name), notes


def _listed(place: Path, prefix: str, notes: list[Words]) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(place) as items:
            return sorted((i for i in items if not is_junk(i.name)), key=lambda item: item.name)
    except OSError as error:
        reason = say("could not be opened ({why})", why=str(error.strerror))
        notes.append(sentence(shown(prefix or place.name), reason))
        return []
