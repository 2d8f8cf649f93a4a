"""A control group around a zygote and its workers: memory and processes counted together.

Both versions of the kernel's interface are known.  A group is made below the judge's
own (version 1) or beside it (version 2, where a group with processes cannot hold
others); where neither may be written there is none, and ``watch`` does what it can.
"""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Final

from grader.bounds import GROUP_SPARE_BYTES, KILL_PAUSE_SECONDS, KILLS

_NAME: Final = "grader-"
_MEMORY: Final = (
    ("memory.limit_in_bytes", "memory.usage_in_bytes"),
    ("memory.max", "memory.current"),
)


class Group:
    """A control group: a directory in each hierarchy (version 1), or a single one (version 2)."""

    def __init__(self, folders: list[Path]) -> None:
        self._folders = folders

    @classmethod
    def make(cls) -> Group | None:
        """Return a new group, or None where no group that bounds memory can be made."""
        name = f"{_NAME}{os.getpid()}-{os.urandom(4).hex()}"
        folders: list[Path] = []
        for place in _places():
            try:
                _sweep(place)
                folder = place / name
                folder.mkdir()
            except OSError:
                continue
            if any((folder / limit).exists() for limit in ("pids.max", *(n for n, _ in _MEMORY))):
                folders.append(folder)
            else:
                folder.rmdir()
        group = cls(folders)
        if any((folder / limit).exists() for folder in folders for limit, _ in _MEMORY):
            return group
        group.remove()
        return None

    def add(self, pid: int) -> bool:
        """Move a process here, with all that it will start.  Return whether that was allowed."""
        try:
            for folder in self._folders:
                (folder / "cgroup.procs").write_text(str(pid))
        except OSError:
            return False
        return True

    def bound(self, *, memory_mb: int, processes: int) -> None:
        """Bound what may be used beyond what is used now."""
        for folder in self._folders:
            for limit, usage in _MEMORY:
                if (folder / limit).exists():
                    used = int((folder / usage).read_text())
                    (folder / limit).write_text(str(used + (memory_mb << 20) + GROUP_SPARE_BYTES))
            if (folder / "memory.swap.max").exists():
                (folder / "memory.swap.max").write_text("0")
            if (folder / "pids.max").exists():
                (folder / "pids.max").write_text(str(processes + 1))

    def kill(self, *, spare: int = 0) -> None:
        """End every process here but ``spare``."""
        for _ in range(KILLS):
            members = self._members() - {spare}
            if not members:
                return
            for pid in members:
                try:
                    os.kill(pid, signal.SIGKILL)
                except (ProcessLookupError, PermissionError):
                    pass
            time.sleep(KILL_PAUSE_SECONDS)

    def remove(self) -> None:
        """End what is left and remove the group."""
        self.kill()
        for folder in self._folders:
            try:
                folder.rmdir()
            except OSError:
                pass  # the next zygote's sweep gets it

    def _members(self) -> set[int]:
        found: set[int] = set()
        for folder in self._folders[:1]:
            try:
                found |= {int(line) for line in (folder / "cgroup.procs").read_text().split()}
            except OSError:
                pass
        return found - {0}


def _places() -> list[Path]:
    """Return the directories in which a group of ours may be made, one a hierarchy."""
    own: dict[str, str] = {}
    places: list[Path] = []
    try:
        for line in Path("/proc/self/cgroup").read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            own.update(dict.fromkeys(controllers.split(","), path))
        for line in Path("/proc/self/mountinfo").read_text().splitlines():
            left, _, right = line.partition(" - ")
            root, mount = left.split()[3:5]
            kind, _, options = right.split(" ", 2)
            for name in ("memory", "pids") if kind == "cgroup" else ("",):
                if (kind == "cgroup" and name in options.split(",")) or kind == "cgroup2":
                    path = own.get(name, "/")
                    below = path[len(root) :] if path.startswith(root) else path
                    place = Path(mount) / below.strip("/")
                    places.append(place if kind == "cgroup" else _beside(place, Path(mount)))
    except (OSError, ValueError):
        return []
    return list(dict.fromkeys(places))


def _beside(place: Path, mount: Path) -> Path:
    try:
        delegated = (place / "cgroup.subtree_control").read_text().split()
    except OSError:
        delegated = []
    return place if "memory" in delegated or place == mount else place.parent


def _sweep(place: Path) -> None:
    """Remove empty groups whose judge was killed."""
    for folder in place.glob(f"{_NAME}*"):
        pid = folder.name.split("-")[1]
        if pid.isdigit() and not os.path.exists(f"/proc/{pid}"):
            try:
                folder.rmdir()
            except OSError:
                pass
