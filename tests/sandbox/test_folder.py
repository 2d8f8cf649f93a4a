"""Folders in which anything may have been done are removed, and links in them not followed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from grader.sandbox.outside.folder import Folder, remove


def deep(folder: Path) -> None:
    here = os.open(folder, os.O_RDONLY)
    for _ in range(2000):
        os.mkdir("d", dir_fd=here)
        below = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)


def closed(folder: Path) -> None:
    (folder / "a" / "b").mkdir(parents=True)
    (folder / "a" / "b" / "c").write_text("x")
    (folder / "a" / "b").chmod(0)
    (folder / "a").chmod(0)


def odd(folder: Path) -> None:
    (folder / "link").symlink_to("/")
    (folder / "nowhere").symlink_to("missing")
    os.mkfifo(folder / "pipe")
    (folder / "d").mkdir()
    (folder / "d" / "link").symlink_to(folder.parent / "kept")
    (folder / os.fsdecode(b"\xff\n")).write_text("x")
    (folder / "d" / "read-only").touch(0o400)


@pytest.mark.parametrize("fill", [deep, closed, odd])
def test_anything_is_removed_and_nothing_else(tmp_path: Path, fill: object) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "file").write_text("kept")
    folder = tmp_path / "scratch"
    folder.mkdir()
    assert callable(fill)
    fill(folder)
    remove(folder)
    assert [p.name for p in tmp_path.iterdir()] == ["kept"]
    assert (tmp_path / "kept" / "file").read_text() == "kept"
    remove(folder)  # once more is no error


def test_a_folder_of_ours_is_gone_after_close() -> None:
    folder = Folder()
    (folder.path / "a" / "b").mkdir(parents=True)
    folder.close()
    folder.close()
    assert not folder.path.exists()
