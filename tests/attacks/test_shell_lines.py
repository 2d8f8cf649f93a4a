"""Shell lines that are done by us, and archives that they unpack: nothing outside is touched.

The process that does them is confined whatever they do; here they run without, in a folder of
a test's own, so that what is shown is the courtesy itself.  Each line does its harm where the
folder outside counts as the submission's own.
"""

from __future__ import annotations

import io
import os
import tarfile
import zipfile
from pathlib import Path

import pytest

from grader.sandbox.inside import archives, programs
from grader.sandbox.inside.commands import Commands

from .conftest import SECRET, Attack

#: Each reads the secret outside, or changes something there; {out} is that folder.
LINES = [
    "cat {out}/secret.txt",
    "cat ../outside/secret.txt",
    "cat link/secret.txt",
    "cat file_link",
    "cat < {out}/secret.txt",
    "cat link/*.txt",
    "head -1 link/secret.txt",
    "cp {out}/secret.txt here && cat here",
    "cp file_link here && cat here",
    "cp -r {out} here && cat here/secret.txt",
    "cp -r link here && cat here/secret.txt",
    "mv {out}/secret.txt here",
    "mv link/secret.txt here",
    "rm {out}/secret.txt",
    "rm -rf {out}",
    "rm -rf ../outside",
    "rm -rf link/*",
    "rm -rf link/secret.txt",
    "rm -rf ~/secret.txt",
    "rm -rf $OUT",
    'cd "$OUT" && rm secret.txt',
    "cd link; rm secret.txt",
    "echo x > {out}/secret.txt",
    "echo x >> link/secret.txt",
    "echo x > file_link",
    "echo x 2> file_link",
    "echo x | tee file_link",
    "touch {out}/new",
    "mkdir -p {out}/new/deeper",
    "mkdir link/new",
    "cp x file_link",
    "cp x link/",
    "mv x {out}/",
    "mv -f x file_link",
    "unzip -o a.zip -d {out}",
    "unzip -o a.zip -d link",
    "unzip -o through.zip",
    "tar xf a.tar -C {out}",
    "tar xf through.tar",
    "cat > {out}/secret.txt <<< x",
    "cat <<END > link/secret.txt\nx\nEND",
    "ls {out}",
    "find {out} -name '*.txt'",
    "find link/",
    "sed s/x/y/ link/secret.txt",
    "sed -i s/./y/ {out}/secret.txt",
    "ln -s {out} here",
    "ln file_link here",
    "tar cf here link",
    "zip -qr here.z link; mv here.z here",
    "test -d . && rmdir {out}/empty",
]


def _lay(folder: Path) -> tuple[Path, Path]:
    own, out = folder / "own", folder / "outside"
    own.mkdir()
    (out / "empty").mkdir(parents=True)
    (out / "secret.txt").write_text(SECRET)
    (own / "x").write_text("mine")
    (own / "link").symlink_to(out)
    (own / "file_link").symlink_to(out / "secret.txt")
    with zipfile.ZipFile(own / "a.zip", "w") as archive:
        archive.writestr("secret.txt", "x")
    with zipfile.ZipFile(own / "through.zip", "w") as archive:
        archive.writestr("link/secret.txt", "x")
    for name, inside in (("a.tar", "secret.txt"), ("through.tar", "link/secret.txt")):
        with tarfile.open(own / name, "w") as tar:
            member = tarfile.TarInfo(inside)
            member.size = 1
            tar.addfile(member, io.BytesIO(b"x"))
    return own, out


def _seen(out: Path) -> dict[str, str]:
    return {str(p): p.read_text() if p.is_file() else "" for p in sorted(out.rglob("*"))}


@pytest.mark.parametrize("is_own", [False, True], ids=["refused", "does harm"])
@pytest.mark.parametrize("line", LINES)
def test_nothing_outside_is_read_or_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, is_own: bool
) -> None:
    own, out = _lay(tmp_path)
    monkeypatch.setenv("HOME", str(out))
    before = _seen(out)
    done = Commands((str(tmp_path if is_own else own),), cwd=str(own))
    done.variables["OUT"] = str(out)
    done.run(line.format(out=out))
    shown = "".join(done.out)
    is_harmed = _seen(out) != before if out.exists() else True
    harm = is_harmed or SECRET in shown or "secret.txt\n" in shown or (own / "here").exists()
    assert harm is is_own, (line, done.out, done.refused)


@pytest.mark.parametrize(
    "name",
    ["../evil", "/evil", "a/../../evil", "..\\evil", "./../evil", "//evil", "a/./../../evil"],
)
def test_names_in_an_archive_lead_nowhere(tmp_path: Path, name: str) -> None:
    own, _ = _lay(tmp_path)
    with zipfile.ZipFile(own / "bad.zip", "w") as archive:
        archive.writestr(zipfile.ZipInfo(name), "x")
    with tarfile.open(own / "bad.tar", "w") as tar:
        member = tarfile.TarInfo(name)
        member.size = 1
        tar.addfile(member, io.BytesIO(b"x"))
    Commands((str(own),), cwd=str(own)).run("mkdir un\nunzip bad.zip -d un\ntar xf bad.tar -C un")
    inside = [*(own / "un").rglob("evil")]
    assert inside == [*tmp_path.rglob("evil")]
    assert len(inside) >= 1


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE]
)
def test_links_and_devices_are_not_unpacked(tmp_path: Path, kind: bytes) -> None:
    own, out = _lay(tmp_path)
    with tarfile.open(own / "bad.tar", "w") as tar:
        member = tarfile.TarInfo("odd")
        member.type, member.linkname = kind, str(out / "secret.txt")
        tar.addfile(member)
    Commands((str(own),), cwd=str(own)).run("tar xf bad.tar")
    assert not os.path.lexists(own / "odd")


def test_bombs_end_where_there_is_no_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own, _ = _lay(tmp_path)
    monkeypatch.setattr(Commands, "room", lambda self: 1 << 20)
    with zipfile.ZipFile(own / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", bytes(900_000))
        archive.writestr("b", bytes(50 << 20))
    done = Commands((str(own),), cwd=str(own))
    done.run("unzip bomb.zip -d un || echo full")
    assert "more than there is room for" in done.out[-2]
    assert [p.name for p in (own / "un").iterdir()] == ["a"]


def test_an_archive_of_too_many_files_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, _ = _lay(tmp_path)
    monkeypatch.setattr(archives, "MAX_MEMBERS", 5)
    with zipfile.ZipFile(own / "many.zip", "w") as archive:
        for number in range(9):
            archive.writestr(str(number), "")
    done = Commands((str(own),), cwd=str(own))
    done.run("unzip many.zip -d un")
    assert (done.status, len([*(own / "un").iterdir()])) == (1, 5)


@pytest.mark.parametrize(
    "line",
    [
        "echo " + "{a,b}" * 40,
        "echo x > " + "{a,b}" * 40,
        "echo " + "x " * 20_000,
        "'" * 9999,
        "<" * 999,
        "cat << E" * 99,
        "&&" * 99,
        "$(" * 999,
        "${" * 999,
        "cat " + "\\" * 999,
        "mkdir " + "a/" * 3000,
        "printf %s%d%n",
        "printf '{0.__class__}%s' x",
        "head -n -1 -- -x",
        "test " + "! " * 999,
        "\0",
        "echo \udc80 > \udc80",
    ],
)
def test_odd_lines_end_quickly_and_without_an_error(tmp_path: Path, line: str) -> None:
    own, out = _lay(tmp_path)
    before = _seen(out)
    done = Commands((str(own),), cwd=str(own))
    done.run(line)
    assert sum(map(len, done.out)) < 100_000
    assert _seen(out) == before


@pytest.mark.parametrize("line", ["rm none", "FORCE=no rm none", "rm none none2"])
def test_a_failure_begins_with_its_commands_name(tmp_path: Path, line: str) -> None:
    done = Commands((str(tmp_path),), cwd=str(tmp_path))
    done.run(line)
    assert done.out == ["rm: cannot remove 'none': No such file or directory\n"]


def test_what_is_done_here_is_refused_without_a_folder_of_ones_own() -> None:
    done = Commands((), cwd="/")
    done.run("ls; mkdir x; cat /etc/passwd; cd /tmp")
    assert (done.out, len(done.refused)) == ([""] * 4, 4)
    assert {"sh", "python", "wget", "kill"}.isdisjoint(programs.PROGRAMS)


FOLDERS = [
    "open('/tmp/left', 'w').write('x'); won = os.listdir('/tmp') != ['left']",
    "os.symlink('/', '/tmp/root'); won = 'course' in str(os.listdir('/tmp/root/..'))",
    "os.rmdir('/private/tmp'); os.symlink('/etc', '/private/tmp'); won = os.listdir('/tmp') and "
    "'shadow' in os.listdir('/tmp')",
    "os.remove('/tmp'); won = 1",
    "os.rename('/private', '/other'); won = 1",
    "os.symlink('/proc/1', '/elsewhere'); won = 1",
    "[open(f'/tmp/{n}', 'wb').write(bytes(1 << 20)) for n in range(9)]\n"
    "[open(f'{n}', 'wb').write(bytes(1 << 20)) for n in range(9)]; won = 1",
    "for n in range(5000): open(f'/tmp/{n}', 'w').close()\nwon = 1",
]


@pytest.mark.parametrize("code", FOLDERS, ids=range(len(FOLDERS)))
def test_the_temporary_folder_is_the_submissions_own(attack: Attack, code: str) -> None:
    answer = "def double(x):\n    return x * 2 if not won else won"
    attack("import os\nwon = None", f"try:\n    {code.replace(chr(10), chr(10) + '    ')}\n"
           "except OSError as e:\n    print(e)", answer, score=4.0)  # fmt: skip
    # The next one, in the same zygote, finds nothing of it.
    answer = "def double(x):\n    return x * 2 if found == [] else found"
    attack("import os, tempfile\nfound = os.listdir(tempfile.gettempdir()) + os.listdir('.')",
           answer, score=4.0)  # fmt: skip
