"""Keeps the traces of the solution and of known mistakes between runs, a file per test case.

The inputs of a test case are the same for all submissions, so each candidate is run once for a
version of the assignment and of the grader; a digest of both names the folder in the user's
cache.  A file that cannot be read is made again; only names and hints depend on it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
import platformdirs

from grader import __version__
from grader.bounds import TABLE_DAYS
from grader.course.assignment import Assignment
from grader.words import Words

from .chance import Group, Portrait, Runs
from .trace import Array, Step, Trace

_PACKAGE: Final = Path(__file__).parents[2]
_PLAIN: Final = frozenset((type(None), bool, int, float, str, bytes))
_CLASSES: Final = {
    kind.__name__: kind for kind in (Array, Group, Portrait, Runs, Step, Trace, Words)
}
_SEVERAL: Final[dict[str, Callable[[Any], Any]]] = {
    "list": list, "tuple": tuple, "set": set, "dict": dict,
}  # fmt: skip


class Table:
    """Entries by test case and key; :meth:`save` writes the new ones."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._entries: dict[str, dict[Any, Any]] = {}
        self._changed: set[str] = set()
        # By a trace's identity, which is unique while the trace is kept; traces never change.
        self._encoded: dict[int, tuple[Trace, msgspec.Raw]] = {}

    def of(self, place: str) -> dict[Any, Any]:
        """Return the entries of a test case, by keys of text, numbers and tuples."""
        if place not in self._entries:
            self._entries[place] = self._read(place)
        return self._entries[place]

    def note_change(self, place: str) -> None:
        """Note that a test case has new entries to be saved."""
        self._changed.add(place)

    def save(self) -> None:
        """Write new entries, each file whole or not at all; without write access they stay in
        memory.
        """
        changed, self._changed = self._changed, set()
        for place in changed if self._folder is not None else ():
            with contextlib.suppress(OSError):
                self._write(place)

    def _path(self, place: str) -> Path:
        assert self._folder is not None
        return self._folder / f"{hashlib.sha256(place.encode()).hexdigest()[:24]}.msgpack"

    def _read(self, place: str) -> dict[Any, Any]:
        if self._folder is None:
            return {}
        try:
            found = _unpacked(msgspec.msgpack.decode(self._path(place).read_bytes()))
        except (OSError, ValueError, TypeError, KeyError, msgspec.MsgspecError):
            return {}
        return found if isinstance(found, dict) else {}

    def _write(self, place: str) -> None:
        assert self._folder is not None
        if not self._folder.is_dir():
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _remove_old(self._folder.parent)
        data = msgspec.msgpack.encode(_packed(self._entries[place], self._encoded))
        handle, name = tempfile.mkstemp(dir=self._folder)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.replace(name, self._path(place))


def table_of(assignment: Assignment) -> Table:
    """Return the table of the present version of an assignment and of the grader."""
    digest = hashlib.sha256(f"{assignment.digest} {__version__} {np.__version__}".encode())
    for folder in ("checks", "judge/diagnose", "sandbox/wire"):
        for path in sorted((_PACKAGE / folder).rglob("*.py")):
            digest.update(path.read_bytes())
    cache = platformdirs.user_cache_path("grader")
    return Table(cache / "known" / digest.hexdigest()[:32])


def _remove_old(folder: Path) -> None:
    limit = time.time() - TABLE_DAYS * 86400
    for other in folder.iterdir():
        with contextlib.suppress(OSError):
            if other.stat().st_mtime < limit:
                shutil.rmtree(other)


def _packed(value: Any, encoded: dict[int, tuple[Trace, msgspec.Raw]]) -> Any:
    """Return a value as plain lists, each beginning with its type; traces as they are *encoded*."""
    kind = type(value)
    if kind is int and value.bit_length() > 63:
        return ["int", hex(value)]
    if kind in _PLAIN:
        return value
    if isinstance(value, np.generic):
        return _packed(value.item(), encoded)
    if kind is np.ndarray:
        return ["array", value.dtype.str, list(value.shape), value.tobytes()]
    if kind is dict:
        return ["dict", [_packed(pair, encoded) for pair in value.items()]]
    if kind in (list, tuple, set):
        return [kind.__name__, [_packed(entry, encoded) for entry in value]]
    if id(value) in encoded:
        return encoded[id(value)][1]
    if kind is Trace:
        value.steps  # noqa: B018  # looks become steps
    if kind.__name__ not in _CLASSES:
        raise TypeError(f"{kind.__name__} cannot be kept in a table")
    packed = [kind.__name__, [_packed(getattr(value, f.name), encoded) for f in fields(kind)]]
    if kind is not Trace:
        return packed
    encoded[id(value)] = value, msgspec.Raw(msgspec.msgpack.encode(packed))
    return encoded[id(value)][1]


def _unpacked(packed: Any) -> Any:
    if type(packed) is not list:
        return packed
    kind, content, *rest = packed
    if kind == "int":
        return int(content, 16)
    if kind == "array":
        shape, data = rest
        return np.frombuffer(data, np.dtype(content)).reshape(shape)
    entries = [_unpacked(entry) for entry in content]
    return _CLASSES[kind](*entries) if kind in _CLASSES else _SEVERAL[kind](entries)
