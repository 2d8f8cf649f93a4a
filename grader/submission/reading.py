"""Reads what was handed in: any bytes of a student give a Submission, never an exception."""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import replace
from functools import partial
from pathlib import Path

from grader.bounds import NAMED_HANDIN_CHARACTERS
from grader.model import Handin, Submission
from grader.words import Words, say

from .archive import class_members, inflate_from, member_entries, zip_entries
from .bundle import add, read_code, read_work
from .content import Entry, UnusableError, folder_entries, load_file, odd_kind, sentence, shown
from .naming import ARCHIVE_ENDING, ending_of, printable, without_ending
from .notebook import Code
from .sniff import looks_like


def read(handin: Handin, *, names: tuple[str, ...] = ()) -> Submission:
    """Return a hand-in as a submission; one that cannot be read has a ``problem``.

    ``names`` are those the assignment asks students to define: among several notebooks in a
    student's folder or zip, the one that defines most of them counts.
    """
    try:
        if handin.files:
            return _of_bundle(handin, *_entries_together(handin), names=names)
        if _is_folder(handin):
            return _of_bundle(handin, *_entries_at(handin.path, handin.member), names=names)
        if handin.member is None:
            return _of_file(handin, handin.source, load_file(handin.path), names)
        name = handin.member.rpartition("/")[2]
        return _of_file(handin, name, _in_zip(handin.path, handin.member), names)
    except UnusableError as problem:
        reason = problem.reason
    except OSError as error:
        reason = say("could not be opened ({why}): hand it in again", why=str(error.strerror))
    return _submission(handin, _sha256(b""), Code(problem=reason))


def _is_folder(handin: Handin) -> bool:
    if handin.member is not None:
        return handin.member.endswith("/")
    return stat.S_ISDIR(os.lstat(handin.path).st_mode)


def _in_zip(path: Path, name: str) -> bytes:
    """Return the bytes of a file in a zip that holds a class."""
    found = [member for member in class_members(path) if member.name == name]
    if not found:
        raise UnusableError(say("is in the zip no longer: make the zip again"))
    if len(found) > 1:
        raise UnusableError(
            say("is in the zip {count} times: make the zip again", count=len(found))
        )
    return inflate_from(path, found[0])


def _entries_together(handin: Handin) -> tuple[list[Entry], list[Words]]:
    """Return the files of a hand-in in several places, under their names in it, and notes.

    A file by itself counts as newer than those before it, whatever time unpacking gave it.
    """
    entries: dict[str, Entry] = {}
    notes: list[Words] = []
    for place, (name, path, member) in enumerate(handin.files):
        held, left_out = _entries_at(path, member)
        notes += left_out
        if name:
            held = [replace(entry, name=name, modified=float(place)) for entry in held]
        own = (member or path.name).rstrip("/").rpartition("/")[2]
        add(entries, held, below="", apart=without_ending(own))
    return sorted(entries.values(), key=lambda entry: entry.name), notes


def _entries_at(path: Path, member: str | None) -> tuple[list[Entry], list[Words]]:
    """Return the files in a folder, or a file by itself, on disk or in a zip; and notes."""
    if member is not None:
        members = class_members(path)
        if not member.endswith("/"):
            members = tuple(one for one in members if one.name == member)
        folder = member[: member.rfind("/") + 1]
        return member_entries(members, partial(inflate_from, path), prefix=folder)
    mode = os.lstat(path).st_mode
    if reason := odd_kind(mode):
        return [], [sentence(shown(path.name), reason)]
    if stat.S_ISDIR(mode):
        return folder_entries(path)
    return [Entry(name=path.name, modified=0.0, load=partial(load_file, path))], []


def _of_file(handin: Handin, name: str, data: bytes, names: tuple[str, ...]) -> Submission:
    digest = _sha256(data)
    if ending_of(name) != ARCHIVE_ENDING:
        return _submission(handin, digest, read_code(name, data))
    try:
        entries, notes = zip_entries(data)
    except UnusableError as problem:
        kind, reason = looks_like(data), problem.reason
        if "zip" not in kind:
            reason = say("{reason}, looks like {kind}", reason=reason, kind=kind)
        return _submission(handin, digest, Code(problem=reason))
    return _of_bundle(handin, entries, notes, names=names, zip_digest=digest)


def _of_bundle(
    handin: Handin,
    entries: list[Entry],
    notes: list[Words],
    *,
    names: tuple[str, ...],
    zip_digest: str = "",
) -> Submission:
    """Read a student's folder, or the zip whose bytes have the digest ``zip_digest``."""
    work = read_work(entries, names=names, open_zips=not zip_digest)
    notes = [*notes, *work.notes]
    code = replace(work.code, notes=(*notes, *work.code.notes))
    if not work.main:
        reason = say("holds no notebook (.ipynb) and no .py file: hand in the notebook itself")
        # The only notebook may have been unusable: that says more.
        if why := notes[0] if notes else work.instead:
            reason = say("{reason} ({why})", reason=reason, why=why)
        code = replace(code, problem=reason)
    return _submission(
        handin,
        zip_digest or work.tree_digest,
        code,
        main=work.main,
        files=work.files,
        folder=work.folder,
    )


def _submission(
    handin: Handin,
    digest: str,
    code: Code,
    *,
    main: str = "",
    files: tuple[tuple[str, bytes], ...] = (),
    folder: str = "",
) -> Submission:
    """Return a submission of ``code``, from the file ``main`` of the hand-in or from all of it."""
    problem = None
    if code.problem is not None:
        place = f"{handin.source}/{main}" if main else handin.source
        problem = sentence(printable(place, limit=NAMED_HANDIN_CHARACTERS), code.problem)
        code, files, folder = replace(code, cells=(), prose=()), (), ""
    return Submission(
        name=handin.name,
        source=handin.source,
        student=handin.student,
        digest=digest,
        cells=code.cells,
        files=files,
        folder=folder,
        prose=code.prose,
        notes=code.notes,
        problem=problem,
        python=code.python,
    )


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
