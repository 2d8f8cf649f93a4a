"""The members of a zip: their names, times and limits, whatever tool has made it."""

from __future__ import annotations

import io
import struct
import time
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.submission import archive
from grader.submission.archive import zip_entries
from grader.submission.content import Entry, UnusableError

from .handed import zipped


def names(data: bytes) -> list[str]:
    return [entry.name for entry in zip_entries(data)[0]]


def notes(data: bytes) -> list[str]:
    return list(map(str, zip_entries(data)[1]))


def made(*infos: zipfile.ZipInfo, data: bytes = b"x") -> bytes:
    """A zip of members that are described in every detail."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for info in infos:
            archive.writestr(info, data)
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("a/b.py", "a/b.py"),
        ("./a/b.py", "a/b.py"),
        ("a//b.py", "a/b.py"),
        ("a/./b.py", "a/b.py"),
        (".//./b.py", "b.py"),
        ("a\\b.py", "a/b.py"),
        ("a b/\u00e9 \u8ab2.py", "a b/\u00e9 \u8ab2.py"),
        ("a..b.py", "a..b.py"),
        ("...", None),
        ("a/", None),
        ("./", None),
        ("__MACOSX/a.py", None),
        ("a/.ipynb_checkpoints/b.py", None),
        ("a/__pycache__/b.pyc", None),
    ],
)
def test_under_which_name_a_member_is_seen(name: str, seen: str | None) -> None:
    data = zipped({name: b""})
    assert names(data) == ([] if seen is None else [seen])
    assert notes(data) == []


def test_equal_places_are_one_file_whose_last_counts() -> None:
    data = zipped({"a//b.py": b"1", "./a/b.py": b"2", "a\\b.py": b"3"})
    ((entry,), said) = zip_entries(data)
    assert (entry.name, entry.load()) == ("a/b.py", b"3")
    assert list(map(str, said)) == ["a/b.py is in the zip twice: the last counts."] * 2


@pytest.mark.parametrize(
    "name", ["../x", "a/../../x", "/x", "//x", "C:x", "c:/x", "..", "a\\..\\x", "./../x"]
)
def test_a_path_that_leads_out_is_told_and_never_a_file(name: str) -> None:
    data = zipped({name: b"1", "hw.py": b""})
    assert names(data) == ["hw.py"]
    (note,) = notes(data)
    assert "leads out of it" in note


@pytest.mark.parametrize("when", [(1980, 1, 1, 0, 0, 0), (2026, 7, 3, 12, 30, 58)])
def test_a_member_is_as_old_as_the_zip_says_in_this_places_time(
    when: tuple[int, int, int, int, int, int],
) -> None:
    ((entry,), _) = zip_entries(made(zipfile.ZipInfo("x", when)))
    assert time.localtime(entry.modified)[:6] == when


@pytest.mark.parametrize("month", [0, 13, 15])
def test_a_month_that_is_none_makes_a_file_no_newer(month: int) -> None:
    data = bytearray(made(zipfile.ZipInfo("x", (1980, 1, 1, 0, 0, 0))))
    central = data.rindex(b"PK\x01\x02")
    data[central + 14 : central + 16] = struct.pack("<H", month << 5 | 1)
    ((entry,), _) = zip_entries(bytes(data))
    assert entry.load() == b"x"
    assert entry.modified < time.mktime((1982, 1, 1, 0, 0, 0, 0, 0, -1))


@pytest.mark.parametrize("system", [0, 3, 10, 19], ids=["DOS", "Unix", "Windows", "macOS"])
@pytest.mark.parametrize("mode", [0o100644, 0o120777], ids=["file", "link"])
def test_a_link_is_refused_where_the_zip_has_unixs_modes(system: int, mode: int) -> None:
    info = zipfile.ZipInfo("x")
    info.create_system, info.external_attr = system, mode << 16
    said = notes(made(info, zipfile.ZipInfo("y")))
    assert [note.partition(",")[0] for note in said] == (
        ["x is a link in the zip"] if mode == 0o120777 and system == 3 else []
    )


@pytest.mark.parametrize("extra", [b"", struct.pack("<HH", 0x5455, 5) + b"\3abcd"])
@pytest.mark.parametrize("comment", [b"", b"a comment"])
def test_what_tools_add_to_a_member_does_not_move_its_bytes(extra: bytes, comment: bytes) -> None:
    first, second = zipfile.ZipInfo("x"), zipfile.ZipInfo("y")
    first.extra, first.comment = extra, comment
    entries, _ = zip_entries(b"#!/bin/sh\n" + made(first, second, data=b"0123456789"))
    assert [entry.load() for entry in entries] == [b"0123456789"] * 2


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_rare_compression_is_told(method: int) -> None:
    said = notes(zipped({"x.py": b"1"}, method=method))
    assert said == ["x.py is compressed in an unusual way: make an ordinary zip."]


@pytest.mark.parametrize(
    ("limit", "sizes", "loaded"),
    [(10, [4, 6], 2), (10, [4, 7], 1), (10, [11, 10], 1)],
    ids=["just", "too much", "a small one after a large one"],
)
def test_all_members_together_are_bounded(
    limit: int, sizes: list[int], loaded: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "MAX_UNPACKED_BYTES", limit)
    data = zipped({f"{place}": b"x" * size for place, size in enumerate(sizes)})

    def told(entry: Entry) -> str:
        try:
            return "" if entry.load() else "empty"
        except UnusableError as error:
            return str(error)

    said = [told(entry) for entry in zip_entries(data)[0]]
    assert [text.partition(":")[0] for text in said if text] == ["was left out"] * (2 - loaded)


def test_what_compresses_well_is_no_bomb_until_it_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    ((entry,), _) = zip_entries(zipped({"zeros": bytes(100_000)}))
    assert entry.load() == bytes(100_000)
    monkeypatch.setattr(archive, "RATIO_FROM_BYTES", 99_999)
    with pytest.raises(UnusableError, match="zip bomb"):
        entry.load()
    ((stored,), _) = zip_entries(zipped({"zeros": bytes(100_000)}, method=zipfile.ZIP_STORED))
    assert stored.load() == bytes(100_000)


def test_members_lie_so_deep(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_FOLDER_DEPTH", 2)
    data = zipped({"1/2/x": b"", "1/2/3/y": b"", "x": b""})
    assert names(data) == ["1/2/x", "x"]
    assert notes(data) == ["1/2/3/y lies too deep and was left out."]


@pytest.mark.parametrize(("count", "told"), [(3, 0), (4, 1)], ids=["at the limit", "above"])
def test_so_many_members_are_taken(count: int, told: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_ENTRIES", 3)
    data = zipped({f"{number}": b"" for number in range(count)} | {"folder/": b""})
    assert (len(names(data)), len(notes(data))) == (3, told)


@given(st.dictionaries(st.text("ab/.\\é\u0308_ ", min_size=1, max_size=9), st.binary(max_size=9)))
def test_each_member_is_a_file_or_is_told_or_is_junk(members: dict[str, bytes]) -> None:
    entries, said = zip_entries(zipped(members))
    for entry in entries:
        parts = entry.name.split("/")
        assert not {"", ".", ".."} & set(parts)
        assert not any(part.startswith(".") for part in parts)
        entry.load()
    assert [entry.name for entry in entries] == sorted({entry.name for entry in entries})
    plain = [n for n in members if n.strip("/\\. ") and not n.endswith(("/", "\\"))]
    hidden = [n for n in plain if any(p.startswith(".") for p in n.replace("\\", "/").split("/"))]
    assert len(entries) + len(said) >= len(plain) - len(hidden)
