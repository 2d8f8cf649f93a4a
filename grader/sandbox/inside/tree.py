"""Writes the files of a submission into the scratch folder, in the student's own layout.

The notebook's folder is the working directory.  Files in the folders above it can be imported
and opened by their bare names, too, since many students move their notebook into a folder of
its own just to hand it in.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from grader.sandbox.wire.protocol import Prepare

#: Files of a folder that is installed with ``pip install -e .``.
_PROJECT: Final = frozenset({"pyproject.toml", "setup.py", "setup.cfg"})


@dataclass(frozen=True)
class Tree:
    """The folders of the files: ``top`` holds them all, ``home`` the notebook.

    ``importable`` are the folders in which modules are looked up last.
    """

    top: str
    home: str
    importable: tuple[str, ...]


def lay(asked: Prepare, raw: memoryview, *, top: str, note: Callable[..., None]) -> Tree:
    """Write the files of a submission below ``top``; ``raw`` begins with their contents.

    A file that cannot be written is noted.
    """
    folder = asked.folder
    home = os.path.join(top, folder) if folder else top
    os.makedirs(home, exist_ok=True)
    for name, size in asked.files:
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
    names = [name for name, _ in asked.files]
    if above:
        _show_from(home, above, top, names)
    return Tree(top, home, (*above, *_projects(top, names)))


def _show_from(home: str, above: list[str], top: str, names: list[str]) -> None:
    """Link the data files of the folders ``above`` into ``home``.

    Modules are not linked; they are imported from their own folders.
    """
    modules = [PurePosixPath(name) for name in names if name.endswith(".py")]
    coded = {str(path) for module in modules for path in (module, *module.parents)}
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
                return  # the scratch folder is full; the files themselves are there


def _projects(top: str, names: list[str]) -> list[str]:
    """Return the folders from which packages could be imported after ``pip install -e .``."""
    found = []
    for name in names:
        folder, _, last = name.rpartition("/")
        if last in _PROJECT:
            place = os.path.join(top, folder) if folder else top
            source = os.path.join(place, "src")
            found += [source, place] if os.path.isdir(source) else [place]
    return list(dict.fromkeys(found))
