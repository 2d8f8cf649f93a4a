"""Files on disk as students hand them in: what is opened, what is not, and what is said of it."""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.submission import content
from grader.submission.content import UnusableError, folder_entries, load_file, odd_kind

from .handed import lay


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (stat.S_IFREG, None),
        (stat.S_IFDIR, None),
        (stat.S_IFLNK, "is a link, which is not followed"),
        (stat.S_IFIFO, "is a named pipe, not a file"),
        (stat.S_IFSOCK, "is a socket, not a file"),
        (stat.S_IFCHR, "is a device, not a file"),
        (stat.S_IFBLK, "is a device, not a file"),
    ],
    ids=["file", "folder", "link", "pipe", "socket", "terminal", "disk"],
)
@pytest.mark.parametrize("rights", [0o000, 0o777, 0o4755])
def test_what_is_never_opened(kind: int, said: str | None, rights: int) -> None:
    found = odd_kind(kind | rights)
    assert (found is None) if said is None else str(found).startswith(said)


@pytest.mark.parametrize("size", [0, 1, 1000])
def test_a_file_is_loaded_up_to_the_limit(
    size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(content, "MAX_FILE_BYTES", 1000)
    path = tmp_path / "x"
    path.write_bytes(b"\0" * size)
    assert load_file(path) == b"\0" * size
    path.write_bytes(b"\0" * 1001)
    with pytest.raises(UnusableError, match="is larger than"):
        load_file(path)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("missing", r"could not be opened \(No such file or directory\)"),
        ("file/x", r"could not be opened \(Not a directory\)"),
        ("x" * 300, r"could not be opened \(File name too long\)"),
        ("a\0b", r"could not be opened \(its name cannot be used\)"),
    ],
)
def test_why_a_file_cannot_be_opened(name: str, said: str, tmp_path: Path) -> None:
    lay(tmp_path, {"file": b""})
    with pytest.raises(UnusableError, match=said):
        load_file(tmp_path / name)


def make_link(path: Path) -> None:
    path.symlink_to(path.with_name("secret"))


@pytest.mark.parametrize(
    ("exchanged", "said"),
    [
        (make_link, "could not be opened"),
        (os.mkfifo, "is not a file"),
        (Path.mkdir, "could not be opened"),
        (lambda path: path.write_bytes(b"0" * 2000), "is larger than"),
    ],
    ids=["link", "pipe", "folder", "a large file"],
)
def test_what_was_exchanged_after_it_was_looked_at_is_not_read(
    exchanged: Callable[[Path], None], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pipe that was opened to wait for its writer would hang the grader."""
    monkeypatch.setattr(content, "MAX_FILE_BYTES", 1000)
    before = os.lstat(lay(tmp_path, {"file": b"1", "secret": b"the key"}) / "file")
    path = tmp_path / "hw.ipynb"
    exchanged(path)
    with monkeypatch.context() as patched:
        patched.setattr(os, "lstat", lambda path: before)
        with pytest.raises(UnusableError, match=said):
            load_file(path)


def test_files_are_sorted_by_their_whole_names_and_junk_is_passed_over(tmp_path: Path) -> None:
    wanted = ["a/x", "a/y/z", "a.b", "b"]
    junk = [".git/config", "a/.DS_Store", "__MACOSX/._b", "a/y/__pycache__/c.pyc", ".hidden"]
    lay(tmp_path, {name: name.encode() for name in (*wanted, *junk)})
    lay(tmp_path, {"empty/": b""})
    entries, notes = folder_entries(tmp_path)
    assert [entry.name for entry in entries] == sorted(wanted)
    assert {entry.name: entry.load() for entry in entries} == {n: n.encode() for n in wanted}
    assert notes == []


def test_a_file_is_as_old_as_the_disk_says(tmp_path: Path) -> None:
    os.utime(lay(tmp_path, {"hw.ipynb": b""}) / "hw.ipynb", (1_700_000_000, 1_600_000_000))
    assert [entry.modified for entry in folder_entries(tmp_path)[0]] == [1_600_000_000]


def test_each_thing_that_is_no_file_is_told_with_its_place(tmp_path: Path) -> None:
    lay(tmp_path, {"in/x": b"", "out": b""})
    (tmp_path / "in" / "up").symlink_to("..")
    (tmp_path / "lost").symlink_to("nowhere")
    os.mkfifo(tmp_path / "in" / "pipe\n")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.relpath(tmp_path / "s"))
    entries, notes = folder_entries(tmp_path)
    assert [entry.name for entry in entries] == ["in/x", "out"]
    assert sorted(str(note).split(",")[0] for note in notes) == [
        "in/pipe\\n is a named pipe", "in/up is a link", "lost is a link", "s is a socket",
    ]  # fmt: skip


def test_folders_are_looked_into_so_deep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content, "MAX_FOLDER_DEPTH", 2)
    lay(tmp_path, {"1/2/x": b"", "1/2/3/y": b"", "x": b""})
    entries, notes = folder_entries(tmp_path)
    assert [entry.name for entry in entries] == ["1/2/x", "x"]
    assert list(map(str, notes)) == ["1/2/3 lies too deep and was left out."]


@pytest.mark.parametrize(("count", "told"), [(4, 0), (5, 1)], ids=["at the limit", "above"])
def test_so_many_files_are_taken(
    count: int, told: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(content, "MAX_ENTRIES", 4)
    lay(tmp_path, {f"b/{number}": b"" for number in range(count - 2)} | {"a": b""})
    entries, notes = folder_entries(tmp_path)
    assert [entry.name for entry in entries] == sorted(entry.name for entry in entries)
    assert (len(entries), len(notes)) == (3, told)
    assert notes in ([], [content.TOO_MANY])


@pytest.mark.parametrize("locked", ["", "a", "a/b"])
def test_a_folder_that_cannot_be_opened_hides_no_other(
    locked: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scan = os.scandir

    def refusing(path: Path) -> object:
        if Path(path) == tmp_path / locked:
            raise PermissionError(13, "Permission denied")
        return scan(path)

    lay(tmp_path, {"a/b/x": b"", "a/y": b"", "z": b""})
    with monkeypatch.context() as patched:
        patched.setattr(os, "scandir", refusing)
        entries, notes = folder_entries(tmp_path)
    left = {"": [], "a": ["z"], "a/b": ["a/y", "z"]}
    assert [entry.name for entry in entries] == left[locked]
    name = f"{locked}/" if locked else tmp_path.name
    assert list(map(str, notes)) == [f"{name} could not be opened (Permission denied)."]
