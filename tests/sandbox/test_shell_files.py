"""What shell lines leave behind in their folder: as GNU's programs would, or nothing at all."""

from __future__ import annotations

import io
import os
import tarfile
import zipfile
from pathlib import Path

import pytest

from grader.sandbox.inside import archives, commands
from grader.sandbox.inside.commands import Commands
from grader.sandbox.inside.refusals import CommandError

Tree = dict[str, str | None]
#: A file's text, None for a folder, and what a link leads to after an arrow.
BEFORE: Tree = {"a": "A", "b": "B", "d": None, "d/in": "inner", "d/e": None, "d/e/deep": "deep"}


def lay(folder: Path, tree: Tree) -> None:
    for name, text in tree.items():
        if text is None:
            (folder / name).mkdir()
        elif text.startswith("-> "):
            (folder / name).symlink_to(text[3:])
        else:
            (folder / name).write_text(text)


def seen(folder: Path) -> Tree:
    return {
        str(path.relative_to(folder)): f"-> {os.readlink(path)}" if path.is_symlink()
        else None if path.is_dir() else path.read_text(errors="replace")
        for path in sorted(folder.rglob("*"))
    }  # fmt: skip


def run(folder: Path, text: str) -> Commands:
    done = Commands((str(folder),), cwd=str(folder))
    done.run(text)
    assert done.refused == []
    return done


def under(name: str, *, of: str = "d") -> Tree:
    """The folder ``d`` by another name."""
    return {name + key[len(of):]: text for key, text in BEFORE.items() if key.split("/")[0] == of}  # fmt: skip


DONE: list[tuple[str, Tree, set[str]]] = [
    # the line, what is new or changed, what is gone
    ("mkdir n m", {"n": None, "m": None}, set()),
    ("mkdir -p d/n/m d", {"d/n": None, "d/n/m": None}, set()),
    ("mkdir --parents n/m", {"n": None, "n/m": None}, set()),
    ("mkdir n; rmdir n", {}, set()),
    ("touch a n", {"n": ""}, set()),
    ("rm a b", {}, {"a", "b"}),
    ("rm -f none a", {}, {"a"}),
    ("rm -- a; unlink b", {}, {"a", "b"}),
    ("rm -r d", {}, {"d", "d/in", "d/e", "d/e/deep"}),
    ("rm -Rf d/e none", {}, {"d/e", "d/e/deep"}),
    ("cd d; rm -rf e", {}, {"d/e", "d/e/deep"}),
    ("cp a n", {"n": "A"}, set()),
    ("cp a b d", {"d/a": "A", "d/b": "B"}, set()),
    ("cp a b", {"b": "A"}, set()),
    ("cp -n a b", {}, set()),
    ("cp -r d n", under("n"), set()),
    ("mkdir n; cp -r d n", {"n": None, **under("n/d")}, set()),
    ("mkdir n; cp -a d/. n", under("n"), set()),
    ("mkdir n; cp -R d/ n", {"n": None, **under("n/d")}, set()),
    ("cp a* d/e/deep d", {"d/a": "A", "d/deep": "deep"}, set()),
    ("mv a n", {"n": "A"}, {"a"}),
    ("mv a b", {"b": "A"}, {"a"}),
    ("mv -n a b", {}, set()),
    ("mv a b d/", {"d/a": "A", "d/b": "B"}, {"a", "b"}),
    ("mv d n", under("n"), {"d", "d/in", "d/e", "d/e/deep"}),
    ("mv d/e .", {"e": None, "e/deep": "deep"}, {"d/e", "d/e/deep"}),
    ("ln -s a n", {"n": "-> a"}, set()),
    ("ln -s none n", {"n": "-> none"}, set()),
    ("ln -s ../a d/n; cd d; ln -s ../b", {"d/n": "-> ../a", "d/b": "-> ../b"}, set()),
    ("ln a n", {"n": "A"}, set()),
    ("ln -s d n; ln -s ../a n; ln -sfn b n", {"n": "-> b", "d/a": "-> ../a"}, set()),
    ("ln -sf b a", {"a": "-> b"}, set()),
    ("ln -s d l; rm l", {}, set()),
    ("ln -s d l; rm -rf l", {}, set()),
    ("ln -s a l; mv l m", {"m": "-> a"}, set()),
    ("ln -s a l; cp l m", {"l": "-> a", "m": "A"}, set()),
    ("ln -s in d/l; cp -r d n", {**under("n"), "n/l": "-> in", "d/l": "-> in"}, set()),
    ("sed -i s/A/x/ a; echo > b; cat a a > n", {"a": "x", "b": "\n", "n": "xx"}, set()),
    ("zip -qr n.zip d a; rm -r d a; unzip -q n; rm n.zip", {}, set()),
    ("zip -r n a; unzip n.zip -d m; rm n.zip", {"m": None, "m/a": "A"}, set()),
    ("zip n.zip a; echo x > a; unzip -o n.zip; unlink n.zip", {}, set()),
    ("zip n.zip a; echo -n x > a; unzip -n n.zip; unlink n.zip", {"a": "x"}, set()),
    ("zip -r n.zip d; rm -r d; unzip n.zip 'd/e/*'; rm n.zip", {}, {"d/in"}),
    ("zip -r n.zip d; rm -r d; unzip n.zip d/e; rm n.zip", {}, {"d/in"}),
    ("tar czf n.tgz d a; rm -r d; tar xzf n.tgz; rm n.tgz", {}, set()),
    ("tar -cjf n d; tar -xf n -C d/e; rm n", under("d/e/d"), set()),
    ("tar cvf n.tar a b; rm a b; tar -xvf n.tar b; rm n.tar", {}, {"a"}),
    ("ln -s a d/l; tar cf n d; rm -r d; tar xf n; rm n", {}, set()),
    ("mkdir n; tar cf t n; rmdir n; tar xf t; rm t", {"n": None}, set()),
    ("find . -name deep | cat > n", {"n": "./d/e/deep\n"}, set()),
]  # fmt: skip


@pytest.mark.parametrize(("line", "new", "gone"), DONE, ids=[line for line, *_ in DONE])
def test_what_is_there_afterwards(tmp_path: Path, line: str, new: Tree, gone: set[str]) -> None:
    lay(tmp_path, BEFORE)
    done = run(tmp_path, line)
    assert ("".join(done.out), done.status) == ("", 0)
    assert seen(tmp_path) == {k: text for k, text in {**BEFORE, **new}.items() if k not in gone}


FAILS = [
    ("mkdir d", "mkdir: {here}/d: File exists"),
    ("mkdir n/m", "mkdir: {here}/n/m: No such file or directory"),
    ("rmdir d", "rmdir: {here}/d: Directory not empty"),
    ("touch n/m", "touch: {here}/n/m: No such file or directory"),
    ("rm none", "rm: cannot remove 'none': No such file or directory"),
    ("rm -f d", "rm: cannot remove 'd': Is a directory"),
    ("cd d; rm -r ../d", "rm: refusing to remove '../d'"),
    ("cp a", "cp: missing file operand"),
    ("mv", "mv: missing file operand"),
    ("cp a b n", "cp: target 'n' is not a directory"),
    ("cp none n", "cp: {here}/none: No such file or directory"),
    ("cp d n", "cp: -r not specified; omitting directory '{here}/d'"),
    ("cp -r d d/n", "cp: cannot copy a directory, '{here}/d', into itself"),
    ("mv none n", "mv: {here}/none: No such file or directory"),
    ("cd none", "cd: none: No such file or directory"),
    ("cd a", "cd: a: No such file or directory"),
    ("ls none", "ls: cannot access 'none': No such file or directory"),
    ("cat none", "cat: {here}/none: No such file or directory"),
    ("cat d", "cat: {here}/d: Is a directory"),
    ("cat < none", "cat: {here}/none: No such file or directory"),
    ("find none", "find: 'none': No such file or directory"),
    ("ln -s b a", "ln: b: File exists"),
    ("printf", "printf: usage: printf format [arguments]"),
    ("tar cf n none; rm n", "tar: none: No such file or directory"),
    ("unzip a", "unzip: cannot find or open it (File is not a zip file)"),
    ("tar xf a", "tar: cannot open it (file could not be opened successfully:"),
    ("unzip none", "unzip: {here}/none: No such file or directory"),
    ("cat > d/in/n", "d/in/n: [Errno 20] Not a directory: '{here}/d/in/n'"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "said"), FAILS, ids=[line for line, _ in FAILS])
def test_a_failure_is_told_and_changes_nothing(tmp_path: Path, line: str, said: str) -> None:
    lay(tmp_path, BEFORE)
    done = run(tmp_path, f"{line} || echo failed")
    assert "".join(done.out).startswith(said.replace("{here}", str(tmp_path)))
    assert done.out[-1] == "failed\n" or "rm n" in line
    assert seen(tmp_path) == BEFORE


@pytest.mark.parametrize(
    "line", ["rm -rf .", "rm -rf ../../{name}", "mv . x", "mv ../../{name} x", "rm -rf d/.."]
)
def test_the_folder_itself_stays(tmp_path: Path, line: str) -> None:
    lay(tmp_path, BEFORE)
    done = Commands((str(tmp_path),), cwd=str(tmp_path / "d"))
    done.run(line.format(name=tmp_path.name) if "name" in line else f"cd ..; {line}")
    assert len(done.refused) == 1
    assert seen(tmp_path) == BEFORE


def test_a_file_too_large_to_be_read_is_said_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay(tmp_path, {"five": "x" * 5, "six": "x" * 6})
    monkeypatch.setattr(commands, "MAX_COMMAND_FILE_BYTES", 5)
    done = run(tmp_path, "cat five\ncat six")
    assert (done.out, done.status) == (["xxxxx", "cat: six: too large\n"], 1)


@pytest.mark.parametrize("line", ["echo {words}", "echo {braces}"])
def test_as_many_words_as_there_may_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    monkeypatch.setattr(commands, "MAX_COMMAND_WORDS", 9)
    text = line.format(words="a " * 8, braces="{a,b}{a,b}{a,b}")
    assert run(tmp_path, text).status == 0
    text = line.format(words="a " * 9, braces="{a,b}{a,b}{a,b}{a,b}")
    done = run(tmp_path, text)
    assert (done.out, done.status) == (["echo: too many arguments\n"], 1)


# -- archives --------------------------------------------------------------------


def packed(path: Path, names: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in names.items():
            archive.writestr(name, data)


def unpacked(path: Path, folder: Path, *, room: int = 1000, asked: tuple[str, ...] = ()) -> None:
    archives.unpack(
        archives.zipped(str(path)), place=lambda name: str(folder / name),
        room=room, asked=list(asked), keep=False,
    )  # fmt: skip


def test_all_that_there_is_room_for_is_unpacked(tmp_path: Path) -> None:
    packed(tmp_path / "a.zip", {"a": b"x" * 600, "b/c": b"x" * 400, "empty": b""})
    unpacked(tmp_path / "a.zip", tmp_path / "out")
    assert [len(text or "") for text in seen(tmp_path / "out").values()] == [600, 0, 400, 0]
    packed(tmp_path / "b.zip", {"a": b"x" * 600, "b": b"x" * 401, "c": b""})
    with pytest.raises(CommandError, match="more than there is room for"):
        unpacked(tmp_path / "b.zip", tmp_path / "more")
    assert [*seen(tmp_path / "more")] == ["a"]


def test_no_more_is_read_of_a_member_than_there_is_room_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "UNPACK_BYTES", 10)
    parts = iter([b"x" * 10] * 1000)

    class Bomb(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            return next(parts)

    with pytest.raises(CommandError, match="more than there is room for"):
        archives.unpack(
            [("a", Bomb)], place=lambda name: str(tmp_path / name), room=100, asked=[], keep=False
        )
    assert len([*parts]) == 1000 - 11
    assert not [*tmp_path.iterdir()]


def test_a_large_member_is_written_in_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "UNPACK_BYTES", 7)
    packed(tmp_path / "a.zip", {"a": bytes(range(100))})
    unpacked(tmp_path / "a.zip", tmp_path / "out")
    assert (tmp_path / "out" / "a").read_bytes() == bytes(range(100))


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ((), ["a.py", "d", "d/a.py", "d/b.txt", "dd.txt"]),
        (("a.py",), ["a.py"]),
        (("*.py",), ["a.py", "d", "d/a.py"]),
        (("d/",), ["d", "d/a.py", "d/b.txt"]),
        (("d", "a.py"), ["a.py", "d", "d/a.py", "d/b.txt"]),
        (("none",), []),
    ],
    ids=str,
)
def test_only_what_is_asked_for_is_unpacked(
    tmp_path: Path, asked: tuple[str, ...], found: list[str]
) -> None:
    packed(tmp_path / "a.zip", dict.fromkeys(("a.py", "d/a.py", "d/b.txt", "dd.txt"), b"x"))
    (tmp_path / "out").mkdir()
    unpacked(tmp_path / "a.zip", tmp_path / "out", asked=asked)
    assert [*seen(tmp_path / "out")] == found


@pytest.mark.parametrize(
    ("kind", "cut"),
    [*((kind, cut) for kind in ("zip", "gz", "bz2", "") for cut in (10, 40, 60)), ("zip", -1)],
)
def test_a_broken_archive_is_an_error_of_the_command(tmp_path: Path, kind: str, cut: int) -> None:
    lay(tmp_path, {"a": "A" * 3000})
    archives.pack(str(tmp_path / "n"), [(str(tmp_path / "a"), "a")], kind=kind)
    data = (tmp_path / "n").read_bytes()
    (tmp_path / "n").write_bytes(data[:cut] + (b"\xff" * 20 if cut > 0 else b""))
    done = run(tmp_path, "unzip -o n -d m" if kind == "zip" else "tar xf n -C m")
    assert "cannot" in done.out[0]
    assert done.status == 1


def test_a_secret_or_unknown_compression_is_an_error_of_the_command(tmp_path: Path) -> None:
    packed(tmp_path / "n", {"a": b"A"})
    data = bytearray((tmp_path / "n").read_bytes())
    for offset, value in ((6, 1), (8, 99)):  # encrypted; a method that does not exist
        changed = data.copy()
        place = data.index(b"PK\x01\x02")
        changed[offset] = changed[place + offset + 2] = value
        (tmp_path / "n").write_bytes(changed)
        assert "a cannot be read" in run(tmp_path, "unzip -o n").out[0]


def test_names_of_other_systems_are_read(tmp_path: Path) -> None:
    packed(tmp_path / "n.zip", {"a\\b.txt": b"x", "./c//d": b"y", "日本": b"z", "..": b"w"})
    with tarfile.open(tmp_path / "n.tar", "w") as tar:
        tar.addfile(tarfile.TarInfo("./"), io.BytesIO())
    run(tmp_path, "unzip n.zip -d m; tar xf n.tar; rm n.zip n.tar")
    assert seen(tmp_path) == {
        "m": None, "m/a": None, "m/a/b.txt": "x", "m/c": None, "m/c/d": "y", "m/日本": "z"
    }  # fmt: skip
