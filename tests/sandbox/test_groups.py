"""Control groups: where one is made, what is written to it, and how it ends, on trees made up here."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from grader.sandbox.outside import groups
from grader.sandbox.outside.groups import Group

MIB = 1 << 20


class Tree:
    """A made-up hierarchy: a folder made in it holds the files that the kernel would make."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, str]) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)
        made = Path.mkdir

        def mkdir(path: Path, *arguments: object, **options: object) -> None:
            made(path, *arguments, **options)  # type: ignore[arg-type]
            if path.is_relative_to(root) and path.name.startswith("grader-"):
                for name, text in files.items():
                    (path / name).write_text(text)

        monkeypatch.setattr(Path, "mkdir", mkdir)
        # The kernel's own files are in nobody's way.
        monkeypatch.setattr(Path, "rmdir", shutil.rmtree)

    def group(self) -> Path:
        (found,) = self.root.rglob("grader-*")
        return found


V2 = {"memory.max": "max\n", "memory.current": f"{10 * MIB}\n", "memory.swap.max": "max\n",
      "pids.max": "max\n", "cgroup.procs": "", "cgroup.kill": ""}  # fmt: skip
V1 = {"memory.limit_in_bytes": "-1\n", "memory.usage_in_bytes": f"{10 * MIB}\n",
      "cgroup.procs": ""}  # fmt: skip


def machine(monkeypatch: pytest.MonkeyPatch, *, own: str, mounts: str) -> None:
    """Let /proc/self tell of other control groups."""
    told = {"/proc/self/cgroup": own, "/proc/self/mountinfo": mounts}
    read = Path.read_text
    monkeypatch.setattr(
        Path, "read_text", lambda path, *a, **k: told.get(str(path)) or read(path, *a, **k)
    )


def mount(where: Path, kind: str, options: str = "rw") -> str:
    return f"30 25 0:26 / {where} rw,nosuid - {kind} {kind} {options}\n"


def test_version_2_beside_the_judges_own_group(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = Tree(tmp_path / "cgroup", monkeypatch, V2)
    own = tree.root / "user.slice" / "scope"
    own.mkdir(parents=True)
    (own / "cgroup.subtree_control").write_text("")
    mounts = mount(tree.root, "cgroup2")
    machine(monkeypatch, own="0::/user.slice/scope\n", mounts=mounts)
    group = Group.make()
    assert group is not None
    # A group that holds processes cannot hold groups: not below the judge's.
    assert tree.group().parent == tree.root / "user.slice"
    group.bound(memory_mb=100, processes=8)
    assert int((tree.group() / "memory.max").read_text()) == (10 + 100 + 64) * MIB
    assert (tree.group() / "memory.swap.max").read_text() == "0"
    assert (tree.group() / "pids.max").read_text() == "9"


def test_version_2_below_a_group_that_was_delegated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = Tree(tmp_path / "cgroup", monkeypatch, V2)
    own = tree.root / "delegated"
    own.mkdir()
    (own / "cgroup.subtree_control").write_text("cpu memory pids\n")
    machine(monkeypatch, own="0::/delegated\n", mounts=mount(tree.root, "cgroup2"))
    assert Group.make() is not None
    assert tree.group().parent == own


def test_version_1_has_one_group_a_hierarchy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = Tree(tmp_path / "memory", monkeypatch, V1)
    pids = Tree(tmp_path / "pids", monkeypatch, {"pids.max": "max\n", "cgroup.procs": ""})
    mounts = mount(memory.root, "cgroup", "rw,memory") + mount(pids.root, "cgroup", "rw,pids")
    machine(monkeypatch, own="4:memory:/\n8:pids:/\n", mounts=mounts)
    group = Group.make()
    assert group is not None
    group.bound(memory_mb=100, processes=8)
    limit = memory.group() / "memory.limit_in_bytes"
    assert int(limit.read_text()) == (10 + 100 + 64) * MIB
    assert (pids.group() / "pids.max").read_text() == "9"
    assert group.add(os.getpid())
    assert (pids.group() / "cgroup.procs").read_text() == str(os.getpid())


@pytest.mark.parametrize("files", [{"cgroup.procs": ""}, {"pids.max": "max\n"}, {}])
def test_without_a_limit_of_memory_there_is_no_group(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, str]
) -> None:
    tree = Tree(tmp_path / "cgroup", monkeypatch, files)
    machine(monkeypatch, own="0::/\n", mounts=mount(tree.root, "cgroup2"))
    assert Group.make() is None


@pytest.mark.parametrize("text", ["", "nonsense\n", "0::/elsewhere\n"])
def test_a_machine_that_tells_nothing_has_no_group(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    machine(monkeypatch, own=text or "\n", mounts=text or "\n")
    assert Group.make() is None


def test_a_group_ends_what_is_in_it_but_the_zygote(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = Tree(tmp_path / "cgroup", monkeypatch, V2)
    machine(monkeypatch, own="0::/\n", mounts=mount(tree.root, "cgroup2"))
    group = Group.make()
    assert group is not None
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    (tree.group() / "cgroup.procs").write_text(f"{os.getpid()}\n{child.pid}\n")
    end = os.kill

    def kill(pid: int, number: int) -> None:
        end(pid, number)
        (tree.group() / "cgroup.procs").write_text(f"{os.getpid()}\n")  # as the kernel would

    monkeypatch.setattr(os, "kill", kill)
    group.kill(spare=os.getpid())
    assert child.wait() == -signal.SIGKILL


def test_groups_of_judges_that_were_killed_are_swept_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    (tmp_path / f"grader-{gone.pid}-abcd").mkdir()
    (tmp_path / f"grader-{os.getpid()}-abcd").mkdir()
    groups._sweep(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == [f"grader-{os.getpid()}-abcd"]


@pytest.mark.parametrize(
    ("root", "own", "place"),
    [
        ("/", "/a/b", "a/b"),
        ("/docker/1", "/docker/1/a", "a"),
        ("/docker/1", "/docker/1", ""),
        ("/docker/1", "/elsewhere", "elsewhere"),
    ],
)
def test_a_container_sees_its_hierarchy_from_its_own_group(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, root: str, own: str, place: str
) -> None:
    tree = Tree(tmp_path / "memory", monkeypatch, V1)
    (tree.root / place).mkdir(parents=True, exist_ok=True)
    line = f"30 25 0:26 {root} {tree.root} rw,nosuid - cgroup cgroup rw,memory\n"
    machine(monkeypatch, own=f"4:memory:{own}\n", mounts=line)
    assert Group.make() is not None
    assert tree.group().parent == tree.root / place


@pytest.mark.parametrize(
    "mounts",
    ["30 25 0:26 / {root} rw - tmpfs tmpfs rw,memory\n", "30 25 0:26 / {root} rw - cgroup cgroup rw,cpu\n"],
    ids=["another file system", "another controller"],
)  # fmt: skip
def test_other_mounts_are_no_place_for_a_group(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mounts: str
) -> None:
    tree = Tree(tmp_path / "memory", monkeypatch, V1)
    machine(monkeypatch, own="4:memory:/\n", mounts=mounts.format(root=tree.root))
    assert Group.make() is None
    assert not [*tree.root.iterdir()]


def test_a_hierarchy_that_may_not_be_written_has_no_group(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cgroup").write_text("no folder")
    machine(monkeypatch, own="0::/\n", mounts=mount(tmp_path / "cgroup", "cgroup2"))
    assert Group.make() is None


def test_a_group_without_a_limit_of_memory_is_taken_away_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = Tree(tmp_path / "pids", monkeypatch, {"pids.max": "max\n", "cgroup.procs": ""})
    machine(monkeypatch, own="8:pids:/\n", mounts=mount(tree.root, "cgroup", "rw,pids"))
    assert Group.make() is None
    assert not [*tree.root.iterdir()]


def test_a_process_that_may_not_be_moved_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "grader-1-abcd"
    (folder / "cgroup.procs").mkdir(parents=True)  # which cannot be written
    assert not Group([folder]).add(os.getpid())
    assert not Group([tmp_path / "gone"]).add(os.getpid())


def test_ending_a_group_gives_up_and_minds_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever is gone, or may not be ended, is asked again for a while; 0 is of another namespace."""
    asked: list[int] = []

    def kill(pid: int, number: int) -> None:
        asked.append(pid)
        raise ProcessLookupError if pid == 7 else PermissionError

    monkeypatch.setattr(os, "kill", kill)
    monkeypatch.setattr(groups, "KILLS", 3)
    monkeypatch.setattr(groups, "KILL_PAUSE_SECONDS", 0)
    (tmp_path / "cgroup.procs").write_text("0\n7\n8\n9\n")
    Group([tmp_path]).kill(spare=9)
    assert sorted(asked) == [7, 7, 7, 8, 8, 8]
    Group([tmp_path]).remove()  # it cannot be, as it is not empty: no error
    assert tmp_path.exists()
    asked.clear()
    Group([tmp_path / "gone"]).kill()
    Group([]).remove()
    assert asked == []


def test_only_empty_groups_of_judges_that_are_gone_are_swept_away(tmp_path: Path) -> None:
    gone = 4_194_305  # more than any process has
    for name in (
        f"grader-{gone}-abcd",
        f"grader-{gone}-used",
        "grader-x-abcd",
        f"other-{gone}-abcd",
    ):
        (tmp_path / name).mkdir()
    (tmp_path / f"grader-{gone}-used" / "below").mkdir()
    groups._sweep(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {
        f"grader-{gone}-used", "grader-x-abcd", f"other-{gone}-abcd"
    }  # fmt: skip
