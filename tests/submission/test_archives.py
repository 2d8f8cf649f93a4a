"""Zips from students: whatever is wrong with one has a reason, and the rest is read."""

from __future__ import annotations

import io
import os
import stat
import warnings
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.intake import find
from grader.model import Submission
from grader.submission import archive, read
from grader.submission.archive import zip_entries
from grader.submission.content import UnusableError

from .handed import lay, notebook, zipped

NB = notebook("x = 1")
HandIn = Callable[..., Submission]


def crafted(*members: tuple[zipfile.ZipInfo | str, bytes]) -> bytes:
    """A zip that may hold a name twice, links, and other odd entries."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, data in members:
            made.writestr(name, data)
    return file.getvalue()


def link(name: str, to: str) -> tuple[zipfile.ZipInfo, bytes]:
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info, to.encode()


def encrypted(data: bytes) -> bytes:
    """The zip with its last member marked as encrypted."""
    central = data.rindex(b"PK\x01\x02")
    return data[: central + 8] + b"\x01" + data[central + 9 :]


BAD = {
    "up": (crafted(("../x.csv", b"1"), ("hw.ipynb", NB)), "leads out"),
    "absolute": (crafted(("/etc/x.csv", b"1"), ("hw.ipynb", NB)), "leads out"),
    "drive": (crafted(("C:\\x.csv", b"1"), ("hw.ipynb", NB)), "leads out"),
    "backslashes": (crafted(("a\\..\\..\\x.csv", b"1"), ("hw.ipynb", NB)), "leads out"),
    "link": (crafted(link("key", "/etc/passwd"), ("hw.ipynb", NB)), "is a link"),
    "twice": (crafted(("hw.ipynb", b"{}"), ("hw.ipynb", NB)), "twice"),
    "case": (crafted(("hw.ipynb", NB), ("a.csv", b"1"), ("A.csv", b"2")), "up to case"),
    "form": (crafted(("hw.ipynb", NB), ("ä.csv", b"1"), ("a\u0308.csv", b"2")), "up to case"),
    "file and folder": (crafted(("hw.ipynb", NB), ("a", b"1"), ("a/b.csv", b"2")), "another file"),
    "encrypted": (encrypted(crafted(("hw.ipynb", NB), ("x.csv", b"1"))), "encrypted"),
    "bzip2": (None, "unusual way"),
    "nested": (crafted(("hw.ipynb", NB), ("in.zip", zipped({"b.ipynb": NB}))), "zip in a zip"),
    "bomb": (crafted(("hw.ipynb", NB), ("zeros", bytes(20 << 20))), "bomb"),
    "huge": (crafted(("hw.ipynb", NB), ("zeros", bytes(51 << 20))), "larger than 50 MB"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_members_are_left_out_with_a_reason(name: str, hand_in: HandIn) -> None:
    data, reason = BAD[name]
    if data is None:
        file = io.BytesIO(zipped({"hw.ipynb": NB}))
        with zipfile.ZipFile(file, "a") as made:
            made.writestr("x.csv", b"1", zipfile.ZIP_BZIP2)
        data = file.getvalue()
    submission = hand_in({"alice.zip": data})
    assert submission.problem is None
    assert submission.cells == ("x = 1",)
    assert any(reason in note for note in submission.notes)
    assert all(".." not in path and path[:1] != "/" for path, _ in submission.files)
    assert len({path.casefold() for path, _ in submission.files}) == len(submission.files)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "cannot be read as a zip"),
        (b"not a zip", "looks like text"),
        (NB, "looks like JSON"),
        (b"Rar!\x1a\x07", "looks like a RAR archive"),
        (zipped({}), "holds no notebook"),
        (zipped({"hw.ipynb": NB})[:-30], "cannot be read as a zip"),
        (zipped({"hw.ipynb": NB}).replace(b"PK\x03\x04", b"PK\x03\x05"), "is damaged"),
        (encrypted(zipped({"hw.ipynb": NB})), "is encrypted"),
        (crafted(("../hw.ipynb", NB)), "leads out"),
        (crafted(link("hw.ipynb", "/etc/passwd")), "is a link"),
        (zipped({"report.pdf": b"%PDF"}), "holds no notebook"),
        (zipped({"inner.zip": zipped({"hw.ipynb": NB})}), "zip in a zip"),
        (zipped({"__MACOSX/._hw.ipynb": NB, ".ipynb_checkpoints/hw.ipynb": NB}), "no notebook"),
    ],
)
def test_zips_without_a_notebook_are_unreadable(data: bytes, reason: str, hand_in: HandIn) -> None:
    submission = hand_in({"alice.zip": data})
    assert submission.problem is not None
    assert reason in submission.problem
    assert str(submission.problem).startswith("alice.zip ")
    assert (submission.cells, submission.files) == ((), ())


def test_a_member_that_unpacks_to_more_than_it_says(hand_in: HandIn) -> None:
    data = zipped({"hw.ipynb": NB, "zeros": bytes(5_000_000)})
    size, small = (5_000_000).to_bytes(4, "little"), (100).to_bytes(4, "little")
    submission = hand_in({"alice.zip": data.replace(size, small)})
    assert submission.problem is None
    assert submission.files == ()
    assert any("more than the zip says" in note for note in submission.notes)


def test_a_member_whose_bytes_are_damaged(hand_in: HandIn) -> None:
    data = zipped({"hw.ipynb": NB, "x.csv": b"0123456789"}, method=zipfile.ZIP_STORED)
    submission = hand_in({"alice.zip": data.replace(b"0123456789", b"0123456780", 1)})
    assert submission.files == ()
    assert any("damaged" in note for note in submission.notes)


def test_many_members(hand_in: HandIn) -> None:
    submission = hand_in({"alice.zip": zipped({f"{i:05}": b"" for i in range(2500)})})
    assert submission.problem is not None
    assert any("More than 2000 files" in note for note in submission.notes)


def test_a_huge_directory_is_not_loaded() -> None:
    data = zipped({f"{i:0240}": b"" for i in range(4000)})
    with pytest.raises(UnusableError, match="too many files"):
        zip_entries(data)


def test_total_size_is_bounded(monkeypatch: pytest.MonkeyPatch, hand_in: HandIn) -> None:
    monkeypatch.setattr(archive, "MAX_UNPACKED_BYTES", 10_000)
    files = {f"{i}.csv": os.urandom(3000) for i in range(6)}
    submission = hand_in({"alice.zip": zipped({"0.ipynb": NB, **files})})
    assert len(submission.files) == 3
    assert any("unpacks to over" in note for note in submission.notes)


def test_names_that_macos_wrote(hand_in: HandIn) -> None:
    """UTF-8 without the mark that says so."""
    data = bytearray(zipped({"hw.ipynb": NB, "größe.csv": b"1"}))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.rindex(mark) + offset : data.rindex(mark) + offset + 2] = b"\0\0"
    assert hand_in({"alice.zip": bytes(data)}).files == (("größe.csv", b"1"),)


def test_dates_that_are_none(hand_in: HandIn) -> None:
    data = bytearray(zipped({"hw.ipynb": NB}))
    for mark, offset in ((b"PK\x03\x04", 10), (b"PK\x01\x02", 12)):
        data[data.rindex(mark) + offset : data.rindex(mark) + offset + 4] = b"\xff\xff\xff\xff"
    assert hand_in({"alice.zip": bytes(data)}).problem is None


def test_a_name_twice_in_a_class_zip(tmp_path: Path) -> None:
    data = crafted(("alice.ipynb", NB), ("alice.ipynb", NB), ("bob.ipynb", NB))
    alice, bob = find([lay(tmp_path, {"class.zip": data}) / "class.zip"]).handins
    assert "2 times" in (read(alice).problem or "")
    assert read(bob).problem is None


def test_bad_members_of_a_class_zip_have_rows(tmp_path: Path) -> None:
    data = encrypted(crafted(link("a.ipynb", "/etc/passwd"), ("b.ipynb", NB), ("c.ipynb", NB)))
    path = lay(tmp_path, {"class.zip": data}) / "class.zip"
    a, b, c = (read(handin) for handin in find([path]).handins)
    assert "is a link" in (a.problem or "")
    assert b.problem is None
    assert "is encrypted" in (c.problem or "")


def test_a_class_zip_that_is_replaced_is_read_anew(tmp_path: Path) -> None:
    path = lay(tmp_path, {"class.zip": zipped({"a.ipynb": NB})}) / "class.zip"
    (handin,) = find([path]).handins
    assert read(handin).cells == ("x = 1",)
    path.write_bytes(zipped({"more.txt": b"1", "a.ipynb": notebook("y = 2")}))
    assert read(handin).cells == ("y = 2",)


@given(st.data())
def test_a_damaged_zip_is_answered(data: st.DataObject) -> None:
    whole = bytearray(zipped({"a/hw.ipynb": NB, "a/x.csv": b"123" * 50, "b.py": b"x = 1"}))
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(whole) - 1))
        whole[place : place + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=4))
    try:
        entries, _ = zip_entries(bytes(whole))
    except UnusableError:
        return
    for entry in entries:
        try:
            entry.load()
        except UnusableError:
            pass


@given(st.binary(max_size=200_000 // 100), st.integers(0, 9))
def test_bytes_come_back(data: bytes, level: int) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as made:
        made.writestr("x", data)
    ((entry,), notes) = zip_entries(file.getvalue())
    assert (entry.load(), notes) == (data, [])


def test_large_members_come_back() -> None:
    data = zlib.compress(os.urandom(700_000)) * 3 + bytes(1_000_000)
    ((entry,), _) = zip_entries(zipped({"x": data}))
    assert entry.load() == data
