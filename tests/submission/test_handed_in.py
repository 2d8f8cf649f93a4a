"""A student's folder or zip: which notebook counts, what lies beside it, its digest."""

from __future__ import annotations

import hashlib
import io
import os
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from grader.intake import find
from grader.model import Handin, Submission
from grader.submission import bundle, content, read
from grader.submission.notebook import read_notebook
from tests.cases import examples

from .handed import lay, notebook, zipped

NB = notebook("x = 1")
SGD = notebook("class SGD:\n    pass\ndef loss(a, b):\n    return 0")
HandIn = Callable[..., Submission]


def aged(folder: Path, ages: Mapping[str, int]) -> None:
    for name, age in ages.items():
        os.utime(folder / name, (1_700_000_000 - age, 1_700_000_000 - age))


def test_what_lies_beside_comes_along(hand_in: HandIn) -> None:
    files = {"hw.ipynb": NB, "helper.py": b"y = 2", "data/x.csv": b"1", "data/.hidden": b"?"}
    submission = hand_in({f"alice/{name}": data for name, data in files.items()})
    assert submission.cells == ("x = 1",)
    assert submission.files == (("data/x.csv", b"1"), ("helper.py", b"y = 2"))
    assert submission.notes == ()


def test_files_lie_where_they_were(hand_in: HandIn) -> None:
    files = {"work/hw.ipynb": NB, "work/helper.py": b"1", "data/x.csv": b"2", "helper.py": b"3"}
    submission = hand_in({f"alice/{name}": data for name, data in files.items()})
    assert submission.folder == "work"
    assert submission.files == (
        ("data/x.csv", b"2"),
        ("helper.py", b"3"),
        ("work/helper.py", b"1"),
    )
    assert submission.notes == ()


def test_what_gives_way_to_the_notebooks_folder(hand_in: HandIn) -> None:
    members = {"Work/hw.ipynb": NB, "work": b"1", "Work/helper.py": b"2", "WORK/HELPER.py": b"3"}
    submission = hand_in({"alice.zip": zipped(members)})
    assert (submission.folder, submission.files) == ("Work", (("Work/helper.py", b"2"),))
    assert sum("another file" in note for note in submission.notes) == 2


def test_a_folder_named_like_the_notebook(hand_in: HandIn) -> None:
    submission = hand_in({"alice.zip": zipped({"hw.ipynb": SGD, "hw.ipynb/hw.ipynb": NB})},
                         names=("SGD",))  # fmt: skip
    assert (submission.folder, [name for name, _ in submission.files]) == (
        "",
        ["hw.ipynb/hw.ipynb"],
    )
    inner = hand_in({"alice.zip": zipped({"hw.ipynb": NB, "hw.ipynb/hw.ipynb": SGD})},
                    names=("SGD",))  # fmt: skip
    assert (inner.folder, inner.files) == ("hw.ipynb", ())


@pytest.mark.parametrize("folder", ["a\x07b", "x" * 300, "\ud800"])
def test_a_folder_whose_name_cannot_be_made(folder: str, hand_in: HandIn) -> None:
    members = {f"{folder}/hw.ipynb": NB, f"{folder}/helper.py": b"1", "data/x.csv": b"2"}
    data = zipped({name.encode("utf-8", "replace").decode(): d for name, d in members.items()})
    submission = hand_in({"alice.zip": data})
    assert submission.cells == ("x = 1",)
    assert "data/x.csv" in dict(submission.files)
    assert submission.folder.isprintable()
    assert len(submission.folder) < 255


def test_a_zip_in_a_students_folder_is_opened(hand_in: HandIn) -> None:
    inner = zipped({"hw/hw.ipynb": NB, "hw/helper.py": b"1", "deep.zip": zipped({"a.ipynb": NB})})
    submission = hand_in({"alice/work.zip": inner, "alice/note.txt": b"2"})
    assert submission.cells == ("x = 1",)
    assert submission.folder == "hw"
    assert submission.files == (("hw/helper.py", b"1"), ("note.txt", b"2"))
    assert any("zip in a zip" in note for note in submission.notes)


def test_a_large_notebook_comes_along_without_its_outputs(hand_in: HandIn) -> None:
    picture = {"output_type": "display_data", "data": {"image/png": "A" * 2_000_000}}
    other = notebook({"cell_type": "code", "source": "y = 2", "outputs": [picture]})
    submission = hand_in({"alice/a.ipynb": SGD, "alice/b.ipynb": other}, names=("SGD",))
    ((name, data),) = submission.files
    assert (name, read_notebook(data).cells) == ("b.ipynb", ("y = 2",))
    assert len(data) < 1000


@pytest.mark.parametrize(
    ("main", "other"),
    [
        ("from b import *\nclass SGD: pass", "def loss(): ..."),
        ("%run b.ipynb\nloss = 1", "class SGD: pass"),
        ("get_ipython().run_line_magic('run', './b.ipynb')\nclass SGD: pass", "loss = 1"),
        ("import b, c", "class SGD: pass"),
    ],
)
def test_a_notebook_that_takes_from_another_counts(main: str, other: str, tmp_path: Path) -> None:
    files = {"alice/a.ipynb": notebook(main), "alice/b.ipynb": notebook(other),
             "alice/c.py": b"loss = 1"}  # fmt: skip
    folder = lay(tmp_path, files)
    aged(folder / "alice", {"a.ipynb": 100, "b.ipynb": 0})
    (handin,) = find([folder]).handins
    assert read(handin, names=("SGD", "loss")).cells == (main,)


def test_the_work_counts_before_what_only_runs_it(hand_in: HandIn) -> None:
    files = {"alice/a.ipynb": notebook("%run b.ipynb"), "alice/b.ipynb": SGD}
    assert hand_in(files, names=("SGD", "loss")).cells[0].startswith("class SGD")


def test_a_script_counts_where_there_is_no_notebook(hand_in: HandIn) -> None:
    files = {"alice/a.py": b"y = 1", "alice/b.py": b"class SGD: pass"}
    submission = hand_in(files, names=("SGD",))
    assert submission.cells == ("class SGD: pass",)
    assert submission.files == (("a.py", b"y = 1"),)


@pytest.mark.parametrize(
    "wanted",
    ["class SGD:\n    pass", "async def loss():\n    pass", "loss = 1", "loss: int = 1"],
)
def test_the_notebook_that_defines_what_is_asked_counts(wanted: str, tmp_path: Path) -> None:
    folder = lay(tmp_path, {"alice/a.ipynb": NB, "alice/b.ipynb": notebook(wanted)})
    aged(folder / "alice", {"a.ipynb": 0, "b.ipynb": 100})
    (handin,) = find([folder]).handins
    submission = read(handin, names=("SGD", "loss"))
    assert submission.cells == (wanted,)
    assert "b.ipynb counts" in submission.notes[0]
    assert [name for name, _ in submission.files] == ["a.ipynb"]


def test_else_the_newest_then_the_first_by_name(tmp_path: Path) -> None:
    other = notebook("class SGD:\n    x = 1\nloss = 2")
    folder = lay(tmp_path, {"alice/a.ipynb": SGD, "alice/b.ipynb": other, "alice/c.ipynb": b"{"})
    (handin,) = find([folder]).handins
    aged(folder / "alice", {"a.ipynb": 100, "b.ipynb": 50, "c.ipynb": 0})
    assert "x = 1" in read(handin, names=("SGD", "loss")).cells[0]
    aged(folder / "alice", {"a.ipynb": 50, "b.ipynb": 50})
    assert "x = 1" not in read(handin, names=("SGD", "loss")).cells[0]


def test_the_newest_in_a_zip_counts(hand_in: HandIn) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        made.writestr(zipfile.ZipInfo("a.ipynb", (2024, 1, 1, 0, 0, 0)), NB)
        made.writestr(zipfile.ZipInfo("b.ipynb", (2024, 1, 2, 0, 0, 0)), notebook("y = 2"))
    assert hand_in({"alice.zip": file.getvalue()}).cells == ("y = 2",)


@pytest.mark.parametrize(
    "files",
    [
        {"alice/": b""},
        {"alice/essay.pdf": b"%PDF"},
        {"alice/.ipynb_checkpoints/hw.ipynb": NB},
        {"alice/work.zip": b"broken"},
        {"alice/a/b/c/d/e/f/g/h/i/j/hw.ipynb": NB},
    ],
)
def test_a_folder_without_a_notebook_is_unreadable(
    files: dict[str, bytes], hand_in: HandIn
) -> None:
    submission = hand_in(files)
    assert str(submission.problem).startswith("alice holds no notebook")
    assert submission.name == "alice"


def test_an_unreadable_notebook_in_a_folder_says_which(hand_in: HandIn) -> None:
    submission = hand_in({"alice/hw.ipynb": b"%PDF"})
    assert submission.problem is not None
    assert str(submission.problem).startswith(
        "alice/hw.ipynb is not a notebook but looks like a PDF"
    )


def test_what_lies_beside_is_bounded(monkeypatch: pytest.MonkeyPatch, hand_in: HandIn) -> None:
    monkeypatch.setattr(bundle, "MAX_FILES", 3)
    monkeypatch.setattr(bundle, "MAX_FILES_BYTES", 100)
    files = {"0.csv": b"x" * 200, "1.csv": b"x" * 80, "2.csv": b"x" * 30, "3.csv": b"x" * 10}
    submission = hand_in({f"alice/{n}": d for n, d in {"hw.ipynb": NB, **files}.items()})
    assert [name for name, _ in submission.files] == ["1.csv", "3.csv"]
    assert len(submission.notes) == 2


def test_a_file_over_the_size_limit(monkeypatch: pytest.MonkeyPatch, hand_in: HandIn) -> None:
    monkeypatch.setattr(content, "MAX_FILE_BYTES", 5 << 20)
    submission = hand_in({"alice.ipynb": NB + b" " * (6 << 20)})
    assert "larger than 5 MB" in (submission.problem or "")


def test_file_names_that_cannot_be_laid_out(hand_in: HandIn) -> None:
    bad = os.fsdecode(b"\xff.csv")
    submission = hand_in(
        {"alice/hw.ipynb": NB, f"alice/{bad}": b"1", "alice/全角\u3000x.csv": b"2"}
    )
    assert submission.files == (("全角\u3000x.csv", b"2"),)
    "".join(map(str, submission.notes)).encode()


@pytest.mark.parametrize("name", ["a.IPYNB", "a.ipynb.txt", "a.Ipynb.TXT", "a.PY"])
def test_unusual_endings_are_noted(name: str, hand_in: HandIn) -> None:
    submission = hand_in({name: b"x = 1" if name == "a.PY" else NB})
    assert submission.cells == ("x = 1",)
    assert submission.name == "a"
    assert "ending" in submission.notes[0]


def test_the_digest_is_of_the_bytes_alone(tmp_path: Path) -> None:
    lay(tmp_path, {"a.ipynb": NB, "b.ipynb": NB, "c.ipynb": SGD, "d.zip": zipped({"x.ipynb": NB})})
    digests = {h.name: read(h).digest for h in find([tmp_path]).handins}
    assert digests["a"] == digests["b"] == hashlib.sha256(NB).hexdigest()
    assert len(set(digests.values())) == 3
    assert digests["d"] == hashlib.sha256((tmp_path / "d.zip").read_bytes()).hexdigest()


def test_the_digest_of_a_folder_is_of_names_and_bytes(tmp_path: Path) -> None:
    folders: list[dict[str, bytes]] = [
        {"hw.ipynb": NB, "x": b"12"},
        {"hw.ipynb": NB, "x": b"12"},
        {"hw.ipynb": NB, "y": b"12"},
        {"hw.ipynb": NB, "x": b"1", "2": b""},
        {"hw.ipynb": SGD, "x": b"12"},
    ]
    for number, files in enumerate(folders):
        lay(tmp_path / str(number), files)
    digests = [read(handin).digest for handin in find([tmp_path]).handins]
    assert digests[0] == digests[1]
    assert len(set(digests)) == 4


@given(
    st.dictionaries(
        st.sampled_from(["a.ipynb", "b.py", "c.zip", "d/e.ipynb", "d/f.csv", "g.ipynb.txt"]),
        st.sampled_from([NB, b"", b"{}", zipped({"x.ipynb": NB, "../y": b"", "/z/w.ipynb": SGD})])
        | st.binary(),
        max_size=4,
    ),
    st.sampled_from(["alice.zip", "alice.ipynb", "alice.py"]),
    st.binary(),
)
@examples(60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_handed_in_is_a_submission(
    tmp_path: Path, files: dict[str, bytes], name: str, data: bytes
) -> None:
    root = tmp_path / os.urandom(8).hex()
    lay(root, {"bob/" + inner: content for inner, content in files.items()})
    lay(root, {name: data, "carol.zip": zipped({**files, name: data})})
    for handin in find([root]).handins:
        submission = read(handin, names=("SGD",))
        assert (submission.problem is None) == bool(submission.cells)
        assert (submission.name, submission.source) == (handin.name, handin.source)
        assert len(submission.digest) == 64
        for path in (submission.folder, *(name for name, _ in submission.files)):
            assert not path.startswith("/")
            assert ".." not in path.split("/")


def test_a_path_that_cannot_be_opened(tmp_path: Path) -> None:
    handin = Handin(name="a", source="a", student="a", path=tmp_path / ("x" * 300))
    assert "could not be opened" in (read(handin).problem or "")


def test_a_notebook_that_only_names_another_does_not_use_it(tmp_path: Path) -> None:
    source = "import otter\ngrader = otter.Notebook('hw.ipynb')\nclass SGD: x = {}"
    files = {"alice/hw.ipynb": notebook(source.format(1)),
             "alice/hw (1).ipynb": notebook(source.format(2))}  # fmt: skip
    folder = lay(tmp_path, files)
    aged(folder / "alice", {"hw.ipynb": 0, "hw (1).ipynb": 100})
    (handin,) = find([folder]).handins
    assert "x = 1" in read(handin, names=("SGD",)).cells[0]


NETWORK, LOSS = "class Net:\n    x = loss", "def loss(a, b): ..."
LEFT = "    raise NotImplementedError('not written yet')\n"
UNWRITTEN = f"class Net:\n    def f(self):\n\n    {LEFT}\ndef loss(a, b):\n{LEFT}"
READ = "for c in json.load(open('{}'))['cells']:\n    exec(''.join(c['source']))"
CHOICES = {
    # What the one that counts holds, the other's name and cell, and why it counts.
    "json": (READ.format("a loss.ipynb") + "\n" + NETWORK, "a loss.ipynb", LOSS, "most of what"),
    "nbformat": ("nb = nbformat.read('a (1).ipynb', 4)\n" + NETWORK, "a (1).ipynb", LOSS, "most"),
    "nbclient": ('import nbclient\nrun("x/a.ipynb")\n' + NETWORK, "x/a.ipynb", LOSS, "most of"),
    "%run $name": ("name = 'a.ipynb'\n%run $name\n" + NETWORK, "a.ipynb", LOSS, "most of what"),
    "the order of names": (NETWORK, "a.ipynb", LOSS, "it defines Net"),
    "in itself": ("%run m\n" + NETWORK, "m.ipynb", "%run hw.ipynb", "stands in this one itself"),
    "used by none": ("from m import Net", "m.ipynb", NETWORK, "no other uses it"),
    "the template beside the work": (NETWORK, "a.ipynb", UNWRITTEN, "more of what is asked"),
    "fewer places left": (UNWRITTEN, "a.ipynb", UNWRITTEN + "\n" + LEFT, "more"),
    "written below the template's": (UNWRITTEN + "\n" + NETWORK, "a.ipynb", UNWRITTEN, "more of"),
    "broken": (NETWORK, "a.ipynb", None, "no other can be read"),
    "equal": (NETWORK, "z.ipynb", NETWORK, "it is the newest, or the first by name"),
}


@pytest.mark.parametrize("case", CHOICES)
def test_which_notebook_counts_and_why(case: str, tmp_path: Path) -> None:
    cell, other, its, why = CHOICES[case]
    data = b"{" if its is None else notebook(its)
    folder = lay(tmp_path, {"alice/hw.ipynb": notebook(cell), f"alice/{other}": data})
    age = {"equal": 100, "the template beside the work": 200}.get(case, 0)
    aged(folder / "alice", {"hw.ipynb": 100, other: age})
    (handin,) = find([folder]).handins
    submission = read(handin, names=("Net", "loss"))
    assert submission.cells == (cell,)
    assert any("hw.ipynb counts" in str(n) and why in str(n) for n in submission.notes)
