"""Finds what was handed in, under the paths that a teacher gives.

A path is a notebook, a script, a folder, or a zip; a zip counts as the folder that
it would unpack to.  In such a class folder

- each notebook, script and zip is one student's submission (nothing lies beside it:
  the files next to it are other students');
- each sub-folder is one student's submission, whatever it holds, also where
  notebooks lie next to it; a folder with a gradebook in it is results, not work;
- links, devices and pipes each have a row, and are never followed or opened;
- everything else is passed over and counted, junk (hidden files, ``__MACOSX``,
  ``__pycache__``) without counting.

A wrapper, the single folder that a zip of a folder or a Gradescope export begins
with, is looked through.
"""

from __future__ import annotations

import os
import re
import stat
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path

from grader.errors import UsageError
from grader.model import Handin
from grader.submission.archive import Member, class_members
from grader.submission.content import UnusableError, odd_kind
from grader.submission.naming import (
    ARCHIVE_ENDING,
    NOTEBOOK_ENDINGS,
    ending_of,
    is_junk,
    printable,
    student_of,
    unique_names,
    without_ending,
)

_RESULTS = "gradebook.sqlite"
_GRADESCOPE = re.compile(r"submission_\d+")
# Moodle exports a folder of its own for text typed into the browser.
_ONLINE_TEXT = re.compile(r"(?P<who>.+_\d{3,}_assignsubmission_)onlinetext_?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What :func:`find` found: hand-ins sorted by name, and how many files were neither."""

    handins: tuple[Handin, ...]
    passed_over: int


class _Kind(Enum):
    FILE = "file"
    FOLDER = "folder"
    REFUSED = "refused"  # never opened, but has a row


@dataclass(frozen=True, slots=True)
class _Child:
    """Something directly in a class folder, or, where ``member`` is given, in a zip."""

    name: str
    kind: _Kind
    path: Path
    member: str | None = None


def find(paths: Sequence[Path]) -> Found:
    """Finds the submissions under ``paths``; the same file given twice counts once.

    Raises UsageError for a path that does not exist or a zip that is none.
    """
    found: dict[tuple[Path, str | None], Handin] = {}
    passed_over = 0
    for given in paths:
        try:
            path = given.resolve(strict=True)
            children = _children_of(path, name=given.name)
        except (OSError, RuntimeError, ValueError) as error:
            why = getattr(error, "strerror", None) or str(error)
            raise UsageError(
                f"{printable(str(given))} cannot be read ({why}): check the path."
            ) from error
        except UnusableError as error:
            raise UsageError(f"{printable(str(given))} {error}.") from error
        for child in children:
            if not _is_wanted(child, children):
                passed_over += 1
            elif (child.path, child.member) not in found:
                found[child.path, child.member] = _handin(child, path)
    return Found(handins=tuple(_named(list(found.values()))), passed_over=passed_over)


def _children_of(path: Path, *, name: str) -> list[_Child]:
    """What a given ``path`` holds; ``name`` is its own, where it is a single file."""
    if path.is_dir():
        children = _in_folder(path)
        only = _only_folder(children)
        try:
            inner = _in_folder(only.path) if only else []
        except OSError:
            inner = []  # a row of its own says so
        return inner if _is_gradescope(inner) else children
    if ending_of(name) == ARCHIVE_ENDING:
        return _in_zip(path)
    kind = _Kind.REFUSED if odd_kind(os.lstat(path).st_mode) else _Kind.FILE
    return [_Child(name, kind, path)]


def _in_folder(folder: Path) -> list[_Child]:
    children = []
    for name in sorted(os.listdir(folder)):
        if is_junk(name):
            continue
        path = folder / name
        mode = os.lstat(path).st_mode
        kind = _Kind.FOLDER if stat.S_ISDIR(mode) else _Kind.FILE
        children.append(_Child(name, _Kind.REFUSED if odd_kind(mode) else kind, path))
    return children


def _in_zip(path: Path) -> list[_Child]:
    members = class_members(path)
    children = _zip_children(members, path, "")
    only = _only_folder(children)
    if only is None:
        return children
    inner = _zip_children(members, path, only.member or "")
    files = [child for child in inner if child.kind is _Kind.FILE and ending_of(child.name)]
    works = [child for child in files if ending_of(child.name) in NOTEBOOK_ENDINGS]
    is_wrapper = (
        only.name == without_ending(path.name)
        or _is_gradescope(inner)
        or len(works) > 1
        or (_folders(inner) and not files)
    )
    return inner if is_wrapper else children


def _zip_children(members: Sequence[Member], path: Path, prefix: str) -> list[_Child]:
    """What lies directly below ``prefix`` in a zip, each name once."""
    children: dict[str, _Child] = {}
    for member in members:
        if member.is_astray:
            # Where it belongs cannot be trusted: a row of its own, at the top.
            if not prefix and member.parts:
                name = member.parts[-1]
                children[member.name] = _Child(name, _Kind.REFUSED, path, member.name)
            continue
        if not member.name.startswith(prefix):
            continue
        rest = member.name[len(prefix) :].rstrip("/").split("/")
        if not rest[0] or any(map(is_junk, rest)):
            continue
        if len(rest) > 1 or member.name.endswith("/"):
            inside = f"{prefix}{rest[0]}/"
            children.setdefault(inside, _Child(rest[0], _Kind.FOLDER, path, inside))
        else:
            kind = _Kind.REFUSED if member.problem else _Kind.FILE
            children[member.name] = _Child(rest[0], kind, path, member.name)
    return [children[name] for name in sorted(children)]


def _folders(children: Sequence[_Child]) -> list[_Child]:
    return [child for child in children if child.kind is _Kind.FOLDER]


def _only_folder(children: Sequence[_Child]) -> _Child | None:
    """The folder that everything lies in, if there is one."""
    return children[0] if len(_folders(children)) == len(children) == 1 else None


def _is_gradescope(children: Sequence[_Child]) -> bool:
    folders = _folders(children)
    return bool(folders) and all(_GRADESCOPE.fullmatch(child.name) for child in folders)


def _is_results(folder: Path) -> bool:
    return (folder / _RESULTS).exists()


def _is_wanted(child: _Child, siblings: Sequence[_Child]) -> bool:
    if child.kind is _Kind.FILE:
        return bool(ending_of(child.name))
    if child.kind is _Kind.REFUSED:
        return True
    if child.member is None and _is_results(child.path):
        return False
    match = _ONLINE_TEXT.fullmatch(child.name)
    return not (match and any(s.name.startswith(match["who"] + "file") for s in siblings))


def _handin(child: _Child, under: Path) -> Handin:
    if child.member is not None:
        source = child.member.rstrip("/")
    elif child.path == under:
        source = child.name
    else:
        source = str(child.path.relative_to(under))
    is_folder = child.kind is _Kind.FOLDER
    return Handin(
        name=child.name if is_folder else without_ending(child.name),  # made safe by _named
        source=printable(source),
        student=student_of(child.name, folder=is_folder),
        path=child.path,
        member=child.member,
    )


def _named(handins: list[Handin]) -> list[Handin]:
    """The hand-ins with safe, unique names, sorted by them."""
    sources = Counter(handin.source for handin in handins)
    wanted = []
    for handin in handins:
        is_alone = sources[handin.source] == 1
        full = f"{handin.path}\0{handin.member or ''}"
        wanted.append((handin.name, handin.source if is_alone else full))
    pairs = zip(handins, unique_names(wanted), strict=True)
    named = [replace(handin, name=name) for handin, name in pairs]
    return sorted(named, key=lambda handin: handin.name)
