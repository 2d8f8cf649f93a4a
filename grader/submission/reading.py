"""Reads what was handed in: any bytes of a student give a Submission, never an exception."""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import replace
from pathlib import Path

from grader.bounds import NAMED_HANDIN_CHARACTERS
from grader.model import Handin, Submission
from grader.submission.archive import (
    Member,
    class_members,
    inflate_from,
    member_entries,
    zip_entries,
)
from grader.submission.bundle import read_code, read_work
from grader.submission.content import (
    Entry,
    UnusableError,
    folder_entries,
    load_file,
    odd_kind,
    sentence,
    shown,
)
from grader.submission.naming import ARCHIVE_ENDING, ending_of, printable
from grader.submission.sniff import looks_like
from grader.words import Words, say


def read(handin: Handin, *, names: tuple[str, ...] = ()) -> Submission:
    """Reads one thing handed in.

    ``names`` are what the assignment asks to define: among several notebooks in
    a student's folder or zip the one that defines most of them counts.  What
    cannot be read is a Submission with a ``problem``.
    """
    try:
        if handin.files:
            entries, notes = _entries_together(handin)
            return _of_bundle(handin, entries, notes, names=names, open_zips=True)
        if handin.member is not None:
            return _read_member(handin, handin.member, names)
        if reason := odd_kind(os.lstat(handin.path).st_mode):
            return _unreadable(handin, b"", reason)
        if stat.S_ISDIR(os.lstat(handin.path).st_mode):
            entries, notes = folder_entries(handin.path)
            return _of_bundle(handin, entries, notes, names=names, open_zips=True)
        return _of_file(handin, handin.source, load_file(handin.path), names)
    except UnusableError as problem:
        return _unreadable(handin, b"", problem.reason)
    except OSError as error:
        return _unreadable(
            handin,
            b"",
            say("could not be opened ({why}): hand it in again", why=str(error.strerror)),
        )


def _read_member(handin: Handin, name: str, names: tuple[str, ...]) -> Submission:
    """Reads a file, or a folder (its name ends in ``/``), in a zip that holds a class."""
    members = class_members(handin.path)

    def load(member: Member) -> bytes:
        return inflate_from(handin.path, member)

    if name.endswith("/"):
        entries, notes = member_entries(members, load, prefix=name)
        return _of_bundle(handin, entries, notes, names=names, open_zips=True)
    found = [member for member in members if member.name == name]
    if not found:
        return _unreadable(handin, b"", say("is in the zip no longer: make the zip again"))
    if len(found) > 1:
        reason = say("is in the zip {count} times: make the zip again", count=len(found))
        return _unreadable(handin, b"", reason)
    return _of_file(handin, name.rpartition("/")[2], load(found[0]), names)


def _entries_together(handin: Handin) -> tuple[list[Entry], list[Words]]:
    """The files of a hand-in that lies in several places, by the names that it had.

    A file by itself is newer than those before it, whatever the time that unpacking gave it.
    """
    entries: dict[str, Entry] = {}
    notes: list[Words] = []
    for place, (name, path, member) in enumerate(handin.files):
        held, left_out = _entries_at(path, member)
        notes += left_out
        for entry in held:
            inner = name or entry.name
            modified = float(place) if name else entry.modified
            entries.setdefault(inner, replace(entry, name=inner, modified=modified))
    return sorted(entries.values(), key=lambda entry: entry.name), notes


def _entries_at(path: Path, member: str | None) -> tuple[list[Entry], list[Words]]:
    """What a folder holds, or a file by itself, on disk or in a zip."""
    if member is not None:
        members = class_members(path)
        if not member.endswith("/"):
            members = tuple(one for one in members if one.name == member)
            member = member[: member.rfind("/") + 1]
        return member_entries(members, lambda one: inflate_from(path, one), prefix=member)
    mode = os.lstat(path).st_mode
    if reason := odd_kind(mode):
        return [], [sentence(shown(path.name), reason)]
    if stat.S_ISDIR(mode):
        return folder_entries(path)
    return [Entry(name=path.name, modified=0.0, load=lambda: load_file(path))], []


def _of_file(handin: Handin, name: str, data: bytes, names: tuple[str, ...]) -> Submission:
    if ending_of(name) == ARCHIVE_ENDING:
        try:
            entries, notes = zip_entries(data)
        except UnusableError as problem:
            kind = looks_like(data) if data else say("an empty file")
            reason = problem.reason
            if "zip" not in kind:
                reason = say("{reason}, looks like {kind}", reason=reason, kind=kind)
            return _unreadable(handin, data, reason)
        return _of_bundle(handin, entries, notes, names=names, open_zips=False, whole=data)
    code = read_code(name, data)
    if code.problem:
        return _unreadable(handin, data, code.problem, notes=code.notes)
    return Submission(
        name=handin.name,
        source=handin.source,
        student=handin.student,
        digest=hashlib.sha256(data).hexdigest(),
        cells=code.cells,
        prose=code.prose,
        notes=code.notes,
        python=code.python,
    )


def _of_bundle(
    handin: Handin,
    entries: list[Entry],
    notes: list[Words],
    *,
    names: tuple[str, ...],
    open_zips: bool,
    whole: bytes | None = None,
) -> Submission:
    """Reads a student's folder or zip; ``whole`` are the zip's own bytes."""
    work = read_work(entries, names=names, open_zips=open_zips)
    notes = [*notes, *work.notes]
    digest = work.tree_digest if whole is None else hashlib.sha256(whole).hexdigest()
    label, reason = handin.source, work.code.problem
    if not work.main:
        reason = say("holds no notebook (.ipynb) and no .py file: hand in the notebook itself")
        # Where the only notebook could not be used, that is what to say.
        if why := notes[0] if notes else work.instead:
            reason = say("{reason} ({why})", reason=reason, why=why)
    elif reason:
        label = f"{handin.source}/{work.main}"
    return Submission(
        name=handin.name,
        source=handin.source,
        student=handin.student,
        digest=digest,
        cells=() if reason else work.code.cells,
        files=() if reason else work.files,
        folder="" if reason else work.folder,
        prose=() if reason else work.code.prose,
        notes=(*notes, *work.code.notes),
        python=work.code.python,
        problem=sentence(printable(label, limit=NAMED_HANDIN_CHARACTERS), reason)
        if reason
        else None,
    )


def _unreadable(
    handin: Handin, data: bytes, reason: Words, *, notes: tuple[Words, ...] = ()
) -> Submission:
    return Submission(
        name=handin.name,
        source=handin.source,
        student=handin.student,
        digest=hashlib.sha256(data).hexdigest(),
        notes=notes,
        problem=sentence(printable(handin.source, limit=NAMED_HANDIN_CHARACTERS), reason),
    )
