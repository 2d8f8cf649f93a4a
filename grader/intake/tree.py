"""A folder on disk or in a zip, as the same kind of tree of named files."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property
from pathlib import Path

from grader.bounds import MAX_FOLDER_DEPTH
from grader.submission.archive import Member, class_members, inflate_from
from grader.submission.content import UnusableError, load_file, odd_kind
from grader.submission.naming import NOTEBOOK_ENDINGS, ending_of, is_junk
from grader.words import as_words


class Kind(Enum):
    FILE = "file"
    FOLDER = "folder"
    REFUSED = "refused"  # a link, a device, a bad member of a zip: never opened, but has a row


@dataclass(frozen=True, eq=False, kw_only=True)
class Node:
    """A file or a folder, on disk or in the zip ``path`` (then ``member`` is given).

    ``where`` is its path below what the teacher gave.  ``listed`` lists what a folder holds,
    including junk.
    """

    name: str
    kind: Kind
    where: str
    path: Path
    member: str | None = None
    entry: Member | None = None
    listed: Callable[[], Iterable[Node]] = tuple

    @cached_property
    def _all(self) -> tuple[Node, ...]:
        try:
            return tuple(sorted(self.listed(), key=lambda node: node.name))
        except OSError:
            return ()  # reading it as a submission says so

    @cached_property
    def children(self) -> tuple[Node, ...]:
        """What a folder holds, without junk, sorted by name; empty where it cannot be opened."""
        return tuple(node for node in self._all if not is_junk(node.name))

    @property
    def folders(self) -> tuple[Node, ...]:
        return tuple(node for node in self.children if node.kind is Kind.FOLDER)

    @property
    def files(self) -> tuple[Node, ...]:
        return tuple(node for node in self.children if node.kind is Kind.FILE)

    @property
    def is_notebook(self) -> bool:
        return self.kind is Kind.FILE and ending_of(self.name) in NOTEBOOK_ENDINGS

    @property
    def is_work(self) -> bool:
        """Whether it is a notebook, a script or a zip."""
        return self.kind is Kind.FILE and bool(ending_of(self.name))

    def has(self, name: str) -> bool:
        """Return whether a folder holds ``name``, even as junk."""
        return any(node.name == name for node in self._all)

    def child(self, name: str) -> Node | None:
        return next((node for node in self.children if node.name == name), None)

    def without(self, left_out: Collection[Node]) -> Node:
        """Return the same folder without some of its children."""
        return replace(self, listed=lambda: [n for n in self._all if n not in left_out])

    def below(self, depth: int = MAX_FOLDER_DEPTH) -> Iterator[Node]:
        """Yield the files in a folder, and in folders up to ``depth`` levels below it."""
        for node in self.children:
            if node.kind is not Kind.FOLDER:
                yield node
            elif depth:
                yield from node.below(depth - 1)

    def data(self, limit: int) -> bytes:
        """Return the bytes of a file; raises UnusableError, also for more than ``limit`` bytes."""
        try:
            size = os.lstat(self.path).st_size if self.entry is None else self.entry.size
        except OSError as error:
            raise UnusableError(as_words(f"cannot be read ({error.strerror})")) from error
        if size > limit:
            raise UnusableError(as_words(f"is larger than {limit >> 20} MB"))
        return load_file(self.path) if self.entry is None else inflate_from(self.path, self.entry)


def of_folder(path: Path, *, where: str = "") -> Node:
    """Return the tree of the folder ``path``, listed on demand.  No link is followed."""

    def listed() -> Iterator[Node]:
        with os.scandir(path) as items:
            for item in items:
                yield _on_disk(path / item.name, where=f"{where}/{item.name}".lstrip("/"))

    return Node(name=path.name, kind=Kind.FOLDER, where=where, path=path, listed=listed)


def of_file(path: Path, *, name: str) -> Node:
    """Return a file given by itself; ``name`` may be that of a link to it."""
    return _on_disk(path, where=name, name=name)


def _on_disk(path: Path, *, where: str, name: str = "") -> Node:
    mode = os.lstat(path).st_mode
    if stat.S_ISDIR(mode):
        return of_folder(path, where=where)
    kind = Kind.REFUSED if odd_kind(mode) else Kind.FILE
    return Node(name=name or path.name, kind=kind, where=where, path=path)


def of_zip(path: Path, *, where: str = "") -> Node:
    """Return the tree that the zip ``path`` would unpack to; raises UnusableError.

    ``where`` is the zip's own path below the folder that was given, if it lies in one.
    """
    top: _Folder = {}
    for member in class_members(path):
        if member.is_astray:
            # Its path cannot be trusted: it has a row of its own, at the top.
            if member.parts:
                top[f"astray {member.name}"] = member
            continue
        *above, last = member.name.rstrip("/").split("/")
        folder: _Folder = top
        for part in above:
            folder = _inner(folder, part)
        if member.name.endswith("/"):
            _inner(folder, last)
        elif last:
            folder[last] = member
    return _zipped(path, path.name, "", top, f"{where}/" if where else "")


_Folder = dict[str, "Member | _Folder"]


def _inner(folder: _Folder, name: str) -> _Folder:
    # A file can have the name of a folder, so a folder's key ends in a slash.
    inner = folder.setdefault(name + "/", {})
    return inner if isinstance(inner, dict) else {}


def _zipped(path: Path, name: str, prefix: str, held: _Folder, above: str) -> Node:
    def listed() -> Iterator[Node]:
        for key, inner in held.items():
            if isinstance(inner, dict):
                yield _zipped(path, key[:-1], prefix + key, inner, above)
                continue
            yield Node(
                name=inner.parts[-1],
                kind=Kind.REFUSED if inner.problem else Kind.FILE,
                where=above + inner.name,
                path=path,
                member=inner.name,
                entry=inner,
            )

    kind, where = Kind.FOLDER, (above + prefix).rstrip("/")
    return Node(name=name, kind=kind, where=where, path=path, member=prefix, listed=listed)
