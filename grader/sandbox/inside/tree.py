"""Lays what was handed in into the scratch folder: a tree, as the student had it.

The notebook's own folder is the working directory.  What lies in folders above it is
found from there too, by import and by its bare name, since many a notebook was moved
into a folder of its own just to be handed in.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

#: Say that the folder is installed with ``pip install -e .``.
_PROJECT: Final = frozenset({"pyproject.toml", "setup.py", "setup.cfg"})


@dataclass(frozen=True)
class Tree:
    """Where the files lie: ``top`` of them all, ``home`` of the notebook.

    ``importable`` are the folders that modules are looked for in after all others.
    """

    top: str
    home: str
    importable: tuple[str, ...]


def lay(
    files: Sequence[tuple[str, int]],
    raw: memoryview,
    *,
    top: str,
    folder: str,
    note: Callable[..., None],
) -> Tree:
    """Write ``files`` (name, size) below ``top``; ``raw`` holds their bytes, in this order."""
    home = os.path.join(top, folder) if folder else top
    os.makedirs(home, exist_ok=True)
    for name, size in files:
        try:
            path = os.path.join(top, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as file:
                file.write(raw[:size])
        except OSError as error:
            note(
                "The file {name} could not be laid beside the notebook: {error}.",
                name=name,
                error=error,
            )
        raw = raw[size:]
    parts = folder.split("/") if folder else []
    above = [os.path.join(top, *parts[:depth]) for depth in reversed(range(len(parts)))]
    names = [name for name, _ in files]
    if above:
        _show_from(home, above, top, names)
    return Tree(top, home, (*above, *_projects(top, names)))


def _show_from(home: str, above: list[str], top: str, names: list[str]) -> None:
    """Let data of the folders ``above`` be opened by its bare name, as if beside the notebook.

    Modules are not shown so: they are imported from where they lie.
    """
    coded = {part for name in names if name.endswith(".py") for part in _prefixes(name)}
    for place in above:
        for entry in os.listdir(place):
            path = os.path.join(place, entry)
            seen = os.path.join(home, entry)
            is_above = (home + "/").startswith(path + "/")
            if is_above or os.path.relpath(path, top) in coded or os.path.lexists(seen):
                continue
            try:
                os.symlink(path, seen)
            except OSError:
                return  # the scratch folder is full: what was handed in lies there all the same


def _prefixes(name: str) -> list[str]:
    parts = name.split("/")
    return ["/".join(parts[:depth]) for depth in range(1, len(parts) + 1)]


def _projects(top: str, names: list[str]) -> list[str]:
    """The folders from which ``pip install -e .`` would let packages be imported."""
    found = []
    for name in names:
        folder, _, last = name.rpartition("/")
        if last in _PROJECT:
            place = os.path.join(top, folder) if folder else top
            source = os.path.join(place, "src")
            found += [source, place] if os.path.isdir(source) else [place]
    return list(dict.fromkeys(found))
