"""Many files of one student: all are looked at, none hides another, and limits are told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from grader.intake import find
from grader.model import RIVALS, Submission
from grader.submission import bundle, read
from grader.submission.bundle import read_code, read_work
from grader.submission.content import Entry, UnusableError
from grader.words import Words

from .handed import code_cell, lay, notebook, zipped

NB = notebook("x = 1")
SOLVED = notebook("def double(x):\n    return 2 * x")
OTHERWISE = notebook("from helper import double")
TEMPLATE = notebook("def double(x):\n    raise NotImplementedError")
HELPER = b"def double(x): return 2 * x"
HandIn = Callable[..., Submission]


def entry(name: str, data: bytes, modified: float = 0.0) -> Entry:
    return Entry(name=name, modified=modified, load=lambda: data)


def work(
    files: dict[str, bytes], *, names: tuple[str, ...] = (), open_zips: bool = True
) -> bundle.Work:
    """What is made of files of one time."""
    entries = [entry(name, data) for name, data in sorted(files.items())]
    return read_work(entries, names=names, open_zips=open_zips)


@pytest.mark.parametrize(
    ("files", "main", "beside"),
    [
        ({"hw.ipynb": TEMPLATE, "work.zip": zipped({"hw.ipynb": SOLVED})},
         "work/hw.ipynb", ["hw.ipynb"]),
        ({"hw.ipynb": SOLVED, "given.zip": zipped({"hw.ipynb": TEMPLATE})},
         "hw.ipynb", ["given/hw.ipynb"]),
        ({"a.zip": zipped({"hw.ipynb": TEMPLATE}), "b.zip": zipped({"hw.ipynb": SOLVED})},
         "b/hw.ipynb", ["hw.ipynb"]),
        ({"in/hw.ipynb": TEMPLATE, "in/work.zip": zipped({"hw.ipynb": SOLVED})},
         "in/work/hw.ipynb", ["in/hw.ipynb"]),
        ({"helper.py": b"double = None",
          "work.zip": zipped({"hw.ipynb": OTHERWISE, "helper.py": HELPER})},
         "work/hw.ipynb", ["helper.py", "work/helper.py"]),
        ({"hw.ipynb": TEMPLATE, "work/hw.ipynb": NB, "work.zip": zipped({"hw.ipynb": SOLVED})},
         "work (2)/hw.ipynb", ["hw.ipynb", "work/hw.ipynb"]),
        ({"hw.ipynb": SOLVED, "work.zip": zipped({"hw.ipynb": SOLVED, "helper.py": HELPER})},
         "hw.ipynb", ["helper.py"]),
        ({"hw.ipynb": OTHERWISE, "x.csv": b"1",
          "lib.zip": zipped({"helper.py": HELPER, "x.csv": b""})},
         "hw.ipynb", ["helper.py", "x.csv"]),
        ({"hw.ipynb": b"{", "work.zip": zipped({"hw.ipynb": SOLVED})},
         "work/hw.ipynb", ["hw.ipynb"]),
    ],
    ids=["template beside", "template in the zip", "two zips", "in a folder", "its own helper",
         "the folder is taken", "the same twice", "data", "broken beside"],
)  # fmt: skip
def test_a_zip_and_what_lies_beside_it_may_share_names(
    files: dict[str, bytes], main: str, beside: list[str]
) -> None:
    found = work(files, names=("double",))
    assert (found.main, [name for name, _ in found.files]) == (main, beside)
    assert found.code.problem is None
    assert found.folder == main.rpartition("/")[0]


@pytest.mark.parametrize(
    "files",
    [
        {"ann_1001_9001_first/hw.ipynb": TEMPLATE, "ann_1001_9002_second/hw.ipynb": SOLVED},
        {"ann_1001_9001_first/hw.ipynb": SOLVED, "ann_1001_9002_second/hw.ipynb": TEMPLATE},
        {"ann_1001_9001_first/hw.ipynb": TEMPLATE, "ann_1001_9002_hw.ipynb": SOLVED},
        {"ann_1001_9001_hw.ipynb": TEMPLATE, "ann_1001_9002_w.zip": zipped({"hw.ipynb": SOLVED})},
    ],
    ids=["second folder", "first folder", "a file", "a zip"],
)  # fmt: skip
@pytest.mark.parametrize("is_zip", [False, True], ids=["folder", "zip"])
def test_of_several_places_each_is_looked_at(
    is_zip: bool, files: dict[str, bytes], tmp_path: Path
) -> None:
    files = files | {"bob_1002_9003_hw.ipynb": NB}
    if is_zip:
        path = lay(tmp_path, {"class.zip": zipped(files)}) / "class.zip"
    else:
        path = lay(tmp_path / "class", files)
    ann = next(handin for handin in find([path]).handins if handin.student == "ann")
    assert "return 2 * x" in read(ann, names=("double",)).cells[0]


def test_an_unreadable_file_in_a_zip_hides_none_beside_it() -> None:
    def fails() -> bytes:
        raise UnusableError(Words("is damaged"))

    found = {"hw.ipynb": entry("hw.ipynb", NB)}
    bundle.add(found, [Entry(name="hw.ipynb", modified=0.0, load=fails)], below="", apart="work")
    assert sorted(found) == ["hw.ipynb", "work/hw.ipynb"]
    assert found["hw.ipynb"].load() == NB


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, None),
        ({"essay.pdf": b"%PDF-1"}, "essay.pdf looks like a PDF document"),
        ({"a.csv": b"1", "b.csv": b"2"}, "a.csv looks like text, and 1 more"),
        ({"a.csv": b"", "b.csv": b"2", "c": b""}, "a.csv looks like an empty file, and 2 more"),
        ({"b\x07.csv": b"x"}, "b\\x07.csv looks like text"),
        ({"hw.ipynb": NB, "a.csv": b"1"}, None),
    ],
    ids=["nothing", "one", "two", "three", "odd name", "a notebook"],
)
def test_what_was_handed_in_instead_of_a_notebook(
    files: dict[str, bytes], said: str | None
) -> None:
    instead = work(files).instead
    assert (None if instead is None else str(instead)) == said


@pytest.mark.parametrize("name", ["hw", "hw.json", "hw.ipynb (1).txt", "hw.txt"])
@pytest.mark.parametrize(
    ("data", "is_one"),
    [(NB, True), (b'\n {"cells": []}', True), (b'{"nbformat": 4}', False), (b"[1]", False)],
    ids=["notebook", "empty", "no cells", "a list"],
)
def test_a_notebook_under_another_ending_counts_where_there_is_no_other(
    name: str, data: bytes, is_one: bool
) -> None:
    assert work({name: data}).main == (name if is_one else "")
    assert work({name: data, "z.ipynb": NB}).main == "z.ipynb"
    assert work({name: data, "z.py": b"x = 1"}).main == "z.py"


@pytest.mark.parametrize(
    ("name", "ending"),
    [("hw.ipynb", None), ("hw.py", None), ("hw.IPYNB", ".IPYNB"), ("hw.PY", ".PY"),
     ("hw.ipynb.txt", ".ipynb.txt"), ("hw.ipynb.json", ".ipynb.json"), ("hw.txt", ".txt")],
)  # fmt: skip
def test_the_ending_that_is_noted_is_the_files(name: str, ending: str | None) -> None:
    notes = [
        str(note) for note in read_code(name, b"x = 1" if "p" in name[-2:].lower() else NB).notes
    ]
    assert [str(ending) in note for note in notes] == ([True] if ending else [])


def test_only_some_zips_are_opened_and_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle, "MAX_ZIPS", 2)
    zips = {f"{name}.zip": zipped({f"{name}.ipynb": NB}) for name in "abc"}
    found = work(zips)
    assert {found.main, *(name for name, _ in found.files)} == {"a.ipynb", "b.ipynb"}
    assert "Only 2 of 3 zips were opened." in map(str, found.notes)
    assert "Only" not in " ".join(map(str, work(dict(list(zips.items())[:2])).notes))


@pytest.mark.parametrize("open_zips", [True, False])
def test_zips_in_a_zip_stay_closed_and_are_named(open_zips: bool) -> None:
    inner = zipped({"in.zip": zipped({"b.ipynb": NB}), "a.ipynb": NB})
    found = work({"out.zip": inner, "z.py": b"y = 1"}, open_zips=open_zips)
    closed = "in.zip" if open_zips else "out.zip"
    assert found.main == ("a.ipynb" if open_zips else "z.py")
    assert [str(note) for note in found.notes] == [
        f"{closed} is a zip in a zip, which is not opened."
    ]


def test_what_is_wrong_in_an_inner_zip_is_said_with_its_name() -> None:
    found = work({"hw.ipynb": NB, "w.zip": zipped({"../up.py": b""}), "v.zip": b"none"})
    said = "\n".join(map(str, found.notes))
    assert "w.zip: ../up.py has a path in the zip that leads out" in said
    assert "v.zip cannot be read as a zip" in said


@pytest.mark.parametrize(
    ("limits", "sizes", "kept"),
    [
        ({"MAX_FILES": 2}, [1, 1, 1], [0, 1]),
        ({"MAX_FILES_BYTES": 10}, [5, 5, 1], [0, 1]),
        ({"MAX_FILES_BYTES": 10}, [5, 6, 5], [0, 2]),
        ({"MAX_UNPACKED_BYTES": 10, "MAX_FILES_BYTES": 99}, [5, 6, 1], [0, 1]),
        ({"MAX_UNPACKED_BYTES": 10, "MAX_FILES_BYTES": 99}, [5, 5, 1], [0, 1, 2]),
    ],
    ids=["how many", "bytes, just", "bytes", "all together", "all together, just"],
)
def test_files_beside_a_notebook_are_bounded(
    monkeypatch: pytest.MonkeyPatch, limits: dict[str, int], sizes: list[int], kept: list[int]
) -> None:
    for name, limit in limits.items():
        monkeypatch.setattr(bundle, name, limit)
    files = {f"{number}.csv": b"x" * size for number, size in enumerate(sizes)}
    found = work(files)
    left_out = [str(note).partition(" ")[0] for note in found.notes]
    assert left_out == [f"{n}.csv" for n in range(len(sizes)) if n not in kept]


def test_notebooks_do_not_count_among_the_files_beside_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bundle, "MAX_FILES", 2)
    monkeypatch.setattr(bundle, "MAX_FILES_BYTES", 10)
    found = work({"a.csv": b"1", "b.csv": b"2", "c.ipynb": SOLVED, "d.ipynb": NB})
    assert {found.main, *(name for name, _ in found.files)} == {
        "a.csv", "b.csv", "c.ipynb", "d.ipynb",
    }  # fmt: skip


def test_many_notes_end_with_how_many_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle, "MAX_FILE_NOTES", 3)
    files = {"hw.ipynb": NB} | {f"{number}\x07.csv": b"" for number in range(5)}
    notes = [str(note) for note in work(files).notes]
    assert (len(notes), notes[-1]) == (4, "2 more such notes are left out.")
    del files["4\x07.csv"], files["3\x07.csv"]
    assert len(work(files).notes) == 3


def test_only_the_newest_notebooks_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle, "MAX_CANDIDATES", 2)
    entries = [entry(f"{age}.ipynb", notebook(f"x = {age}"), -age) for age in (3, 1, 2)]
    entries.append(entry("old.ipynb", SOLVED, -9))
    found = read_work(entries, names=("double",), open_zips=False)
    assert found.main == "1.ipynb"
    assert "Only the 2 newest of 4 notebooks were read." in map(str, found.notes)
    assert {name for name, _ in found.files} == {"2.ipynb", "3.ipynb", "old.ipynb"}


@pytest.mark.parametrize(
    ("size", "stays"), [(1000, True), (1001, False)], ids=["at the limit", "above"]
)
def test_a_large_notebook_lies_there_without_outputs(
    size: int, stays: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundle, "MAX_OTHER_NOTEBOOK_BYTES", 1000)
    data = notebook(code_cell("y = 2", outputs=[{"data": ""}]))
    data += b" " * (size - len(data))
    files = dict(work({"a.ipynb": SOLVED, "b.ipynb": data, "c.csv": b"0" * 2000}).files)
    assert (files["b.ipynb"] == data) == stays
    assert len(files["c.csv"]) == 2000
    too_much = notebook("z" * 1001)
    assert dict(work({"a.ipynb": SOLVED, "b.ipynb": too_much}, names=("double",)).files) == {}


@pytest.mark.parametrize(
    "names",
    [
        ["hw/hw.ipynb", "hw/x.csv", "y.csv"],
        ["\x07/hw.ipynb", "\x07/x.csv", "y.csv"],
        ["a/b/hw.ipynb", "a/b/c/x.csv", "a/x.csv"],
        ["hw/hw.ipynb", "hwx/x.csv", "hw.csv"],
    ],
    ids=["folder", "no name for a folder", "deep", "alike"],
)
def test_each_file_lies_where_it_was(names: list[str]) -> None:
    found = work({name: NB if name.endswith("ipynb") else name.encode() for name in names})
    folder = "" if "\x07" in names[0] else names[0].rpartition("/")[0]
    assert found.folder == folder
    assert dict(found.files) == {name.removeprefix("\x07/"): name.encode() for name in names[1:]}
    assert found.notes == ()


@pytest.mark.parametrize(("length", "fits"), [(255, True), (256, False)])
@pytest.mark.parametrize("character", ["x", "ä"])
def test_a_name_is_as_long_as_a_file_system_takes_it(
    character: str, length: int, fits: bool
) -> None:
    name = character * (length // len(character.encode())) + "x" * (
        length % len(character.encode())
    )
    found = work({"hw.ipynb": NB, f"d/{name}": b"1", f"{name}/e": b"2"})
    assert [file for file, _ in found.files] == (sorted([f"d/{name}", f"{name}/e"]) if fits else [])
    assert len(found.notes) == (0 if fits else 2)


def test_rivals_are_told_only_where_each_is_whole() -> None:
    first, second = notebook("f = 1\ng = 1"), notebook("f = 2\ng = 2")
    uses = notebook("%run a.ipynb\nf = 3\ng = 3")
    names = ("f", "g")
    assert RIVALS in work({"a.ipynb": first, "b.ipynb": second}, names=names).notes
    assert RIVALS not in work({"a.ipynb": first, "b.ipynb": second}).notes
    assert RIVALS not in work({"a.ipynb": first, "b.ipynb": notebook("f = 1")}, names=names).notes
    assert RIVALS not in work({"a.ipynb": first, "b.ipynb": uses}, names=names).notes
    assert RIVALS not in work({"a.ipynb": first, "b.ipynb": b"{"}, names=names).notes


def test_order_of_the_files_does_not_matter() -> None:
    files = {"b.ipynb": SOLVED, "a.ipynb": NB, "c.py": HELPER, "d/e.csv": b"1", "d": b"2"}
    entries = [entry(name, data) for name, data in files.items()]
    one = read_work(entries, names=("double",), open_zips=True)
    two = read_work(entries[::-1], names=("double",), open_zips=True)
    assert (one.main, one.files, one.tree_digest) == (two.main, two.files, two.tree_digest)
