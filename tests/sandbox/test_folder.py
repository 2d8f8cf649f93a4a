"""Folders in which anything may have been done are removed, and links in them not followed."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from grader.sandbox.outside.folder import Folder, remove, remove_abandoned


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


def test_folders_of_graders_that_were_killed_are_removed_and_no_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    used = Folder()
    (tmp_path / f"{used.path.name}x" / "d").mkdir(parents=True)  # which nobody has locked
    (tmp_path / f"{used.path.name}file").write_text("kept")
    (tmp_path / "kept").mkdir()
    (tmp_path / f"{used.path.name}link").symlink_to(tmp_path / "kept")
    before = {path.name for path in tmp_path.iterdir()}
    remove_abandoned()
    assert before - {path.name for path in tmp_path.iterdir()} == {f"{used.path.name}x"}
    used.close()
    assert not used.path.exists()


def test_another_users_folder_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    used = Folder()
    theirs = tmp_path / f"{used.path.name}x"
    theirs.mkdir()
    with monkeypatch.context() as another:
        another.setattr(os, "geteuid", lambda: os.getuid() + 1)
        remove_abandoned()
    assert theirs.exists()
    Folder().close()  # whoever makes one sweeps up
    assert not theirs.exists()
    used.close()
