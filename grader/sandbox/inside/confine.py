"""Puts the layers of confinement in force.

The zygote calls ``enter_view`` once; every worker calls ``confine`` before it reads the first
byte of a submission.  A layer that the machine does not offer is left out of the list that
``confine`` returns: the judge decides whether the rest is enough.

Layers (``layers.LAYERS`` lists their names; ``doctor.ADVICE``, on the judge's side, says what
each prevents; docs/architecture.md says how to add one):

- ``mount``: the worker sees only the interpreter, system libraries and its scratch folders,
  not the course, other submissions, or the judge's memory.
- ``network``: a network namespace without interfaces; no connection is possible.
- ``ipc``, ``pid``: the worker sees and signals no other process and shares no System V
  objects; when it ends, as process 1 of its namespace, all that it started ends.
- ``user``: the worker is not root.
- ``capabilities``, ``no_new_privs``: no privilege is left, or gained from a set-user-id program.
- ``landlock``: rules for files, TCP and signals that also hold without namespaces.
- ``syscalls``: calls that no notebook needs are refused: keys, memory that belongs to
  no process, other processes' memory, namespaces, sockets other than internet and local ones.
- ``limits``: memory, processes, files, output size and CPU of each process are bounded.
- ``together``: the memory of all processes together is bounded, on the judge's side
  (``groups``, ``watch``).
"""

from __future__ import annotations

import os
import resource
import sys
import sysconfig
from contextlib import suppress
from pathlib import Path
from typing import Final

from grader.sandbox.wire.bounds import (
    MAX_LOCKED_BYTES,
    MAX_OPEN_FILES,
    MAX_SCRATCH_FILES,
    MAX_SHARED_MEMORY_FILES,
    ROOT_MB,
)

from . import kernel, syscalls
from .layers import LAYERS

#: The parent of a submission's own folders: one file system, so files can be moved among them.
PRIVATE: Final = "/private"
#: The working, home and temporary folders.
FOLDERS: Final = ("work", "home", "tmp")
_NAMESPACES: Final = (
    kernel.CLONE_NEWNS | kernel.CLONE_NEWNET | kernel.CLONE_NEWIPC | kernel.CLONE_NEWUTS
)
_PRIVATE: Final = kernel.CLONE_NEWNS | kernel.CLONE_NEWIPC | kernel.CLONE_NEWPID
_SYSTEM: Final = (
    "/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/share/fonts", "/usr/share/zoneinfo",
    "/etc/ld.so.cache", "/etc/localtime", "/etc/fonts",
)  # fmt: skip
_DEVICES: Final = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
_NOBODY: Final = 65534


def interpreter_paths() -> list[str]:
    """Return the files and folders of Python, its packages and the system libraries."""
    paths = {os.path.realpath(sys.executable), *_SYSTEM}
    for name in ("stdlib", "platstdlib", "purelib", "platlib"):
        paths.add(sysconfig.get_path(name))
    paths.update(path for path in sys.path if os.path.isdir(path))
    paths.add(os.path.join(sys.base_prefix, "lib"))
    existing = sorted(path for path in paths if os.path.lexists(path))
    # Without those that lie in another folder of the list.
    return [p for p in existing if not any(p.startswith(q + "/") for q in existing)]


class View:
    """The zygote's namespaces: the layers in force, readable paths and user of its workers."""

    def __init__(self) -> None:
        self.layers: list[str] = []
        self.paths = interpreter_paths()
        self.namespaces = False  # whether workers can be forked into private namespaces
        self.uid = os.getuid()


def enter_view(base: str) -> View:
    """Move this process into namespaces whose root, built at ``base``, has only Python's files."""
    view = View()
    root = os.getuid() == 0
    uid, gid = os.getuid(), os.getgid()
    if root:
        # A different user for each zygote: limits of processes count per user.
        view.uid = 60_000 + os.getpid() % 5_000
    try:
        kernel.unshare(_NAMESPACES | (0 if root else kernel.CLONE_NEWUSER))
    except OSError:
        return view
    if not root:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
        Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")
    view.namespaces = True
    try:
        _build_root(base, view)
    except OSError:
        return view
    view.layers.append("mount")
    return view


def _build_root(base: str, view: View) -> None:
    kernel.mount(None, "/", None, kernel.MS_REC | kernel.MS_PRIVATE)
    kernel.mount(
        "tmpfs", base, "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV, f"size={ROOT_MB}m,mode=755"
    )
    for path in view.paths:
        _show(base, path)
    for device in _DEVICES:
        _bind(device, base + device, 0)
    for folder in ("/proc", "/dev/shm", PRIVATE):
        os.makedirs(base + folder, exist_ok=True)
    # A worker can mount a new /proc only if an old one is visible.
    kernel.mount("/proc", base + "/proc", None, kernel.MS_BIND | kernel.MS_REC)
    # No other folders are made: with a /content or a /kaggle, a notebook would think that it
    # runs on Colab or Kaggle.
    if not os.path.lexists(base + "/tmp"):  # else the interpreter lies there
        os.symlink(f"{PRIVATE}/tmp", base + "/tmp")
    etc = Path(base, "etc")
    etc.mkdir(exist_ok=True)
    home = f"{PRIVATE}/home"
    etc.joinpath("passwd").write_text(f"student:x:{view.uid}:{view.uid}::{home}:/bin/false\n")
    etc.joinpath("hosts").write_text("127.0.0.1 localhost\n")
    os.chdir(base)
    kernel.pivot_root_here()
    os.chdir("/")
    kernel.mount(None, "/", None, kernel.MS_REMOUNT | kernel.MS_BIND | kernel.MS_RDONLY)


def _show(base: str, path: str) -> None:
    """Show ``path`` at the same place below ``base``, read-only; links stay links."""
    parts = path.strip("/").split("/")
    for end in range(1, len(parts) + 1):
        part = "/" + "/".join(parts[:end])
        if os.path.islink(part):
            if not os.path.lexists(base + part):
                os.makedirs(os.path.dirname(base + part), exist_ok=True)
                os.symlink(os.readlink(part), base + part)
            target = os.path.realpath(path)
            if not os.path.lexists(base + target) and target not in _SYSTEM:
                _show(base, target)
            return
    _bind(path, base + path, kernel.MS_RDONLY)


def _bind(source: str, target: str, flags: int) -> None:
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        Path(target).touch()
    kernel.mount(source, target, None, kernel.MS_BIND | kernel.MS_REC)
    # A user namespace must keep the flags that the mount already has.
    flags |= os.statvfs(source).f_flag & (
        kernel.MS_RDONLY | kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC
    )
    flags |= kernel.MS_NOSUID | (0 if source in _DEVICES else kernel.MS_NODEV)
    kernel.mount(None, target, None, kernel.MS_REMOUNT | kernel.MS_BIND | flags)


def fork_worker(view: View) -> int:
    """Fork, the child (0) into private namespaces if the machine offers them."""
    if view.namespaces:
        try:
            return kernel.fork_into(_PRIVATE)
        except OSError:
            view.namespaces = False
    return os.fork()


def confine(view: View, *, scratch: str, memory_mb: int, scratch_mb: int, processes: int,
            seconds: float) -> tuple[list[str], str]:  # fmt: skip
    """Confine this freshly forked worker for good.

    ``memory_mb``, ``scratch_mb``, ``processes`` and ``seconds`` are its limits.  Return the
    layers in force, and the folder that holds ``FOLDERS``: ``PRIVATE``, or ``scratch`` if
    nothing private can be mounted.
    """
    layers = list(view.layers)
    os.setsid()
    if view.namespaces:
        layers += ["network", "ipc", "pid"]
    if "mount" in layers:
        scratch = PRIVATE
        _private_folders(view, scratch_mb)
    elif os.getuid() == 0:
        os.chown(scratch, view.uid, view.uid)
    with suppress(OSError):  # without /proc
        # If memory runs out, the kernel is to kill this process, not the zygote.
        Path("/proc/self/oom_score_adj").write_text("500")
    if not view.namespaces and os.getuid() != 0:
        processes += _count_processes()  # the limit is one of all this user's processes
    _limit(memory_mb << 20, scratch_mb << 20, processes, seconds)
    layers += ["limits", *_drop_rights(view, scratch)]
    for folder in FOLDERS:
        os.mkdir(f"{scratch}/{folder}", 0o700)
    os.chdir(f"{scratch}/{FOLDERS[0]}")
    with suppress(OSError):
        syscalls.refuse(network="network" in layers)
        layers += ["syscalls", "network"]  # either way no connection is possible
    return [layer for layer in LAYERS if layer in layers], scratch


def _drop_rights(view: View, scratch: str) -> list[str]:
    """Give up root, capabilities, and all files but Python's and the scratch folder's.

    Return the layers in force.  Raises OSError if the worker could not import anything then.
    """
    layers = []
    # Landlock, which is required then, allows no more files with this right than without.
    kept = kernel.CAP_DAC_READ_SEARCH if "mount" not in view.layers and _is_closed(view) else None
    if os.getuid() == 0:
        os.setgroups([])
        os.setresgid(view.uid, view.uid, view.uid)
        kernel.prctl(kernel.PR_SET_KEEPCAPS, int(kept is not None))  # for now
        os.setresuid(view.uid, view.uid, view.uid)
    if os.getuid() != 0:
        layers.append("user")
    kernel.prctl(kernel.PR_SET_PDEATHSIG, 9)
    with suppress(OSError):
        kernel.drop_capabilities(keep=kept)
        layers += ["capabilities"] if kept is None else []
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    layers.append("no_new_privs")
    readable = [*view.paths, "/etc/passwd", "/etc/hosts"]
    writable = [scratch, *_DEVICES]
    if "mount" in view.layers:
        # Private ones; the machine's own would show others' processes, and let submissions
        # leave notes for the next one.
        readable.append("/proc")
        writable.append("/dev/shm")
    try:
        kernel.landlock(readable=readable, writable=writable)
        layers.append("landlock")
    except OSError as error:
        if kept is not None:
            raise OSError(
                f"only root can read {sys.executable}, and this kernel has no Landlock; "
                "use --worker-python with an interpreter that everybody can read"
            ) from error
    return layers


def _is_closed(view: View) -> bool:
    """Whether only root can read the interpreter's files."""
    if os.getuid() != 0:
        return False
    folders = {path.rpartition("/")[0] or "/" for path in view.paths}
    while folders:
        if any(not os.stat(folder).st_mode & 1 for folder in folders):
            return True
        folders = {folder.rpartition("/")[0] or "/" for folder in folders if folder != "/"}
    return False


def _private_folders(view: View, scratch_mb: int) -> None:
    group = view.uid if os.getuid() == 0 else os.getgid()
    flags = kernel.MS_NOSUID | kernel.MS_NODEV
    for folder, files in ((PRIVATE, MAX_SCRATCH_FILES), ("/dev/shm", MAX_SHARED_MEMORY_FILES)):
        options = f"size={scratch_mb}m,nr_inodes={files},mode=700,uid={view.uid},gid={group}"
        kernel.mount("tmpfs", folder, "tmpfs", flags, options)
    try:
        kernel.mount("proc", "/proc", "proc", flags | kernel.MS_NOEXEC)
    except OSError:
        # Masked, as in a container: better none than one that shows other processes.
        kernel.unmount("/proc")


def _limit(memory: int, scratch: int, processes: int, seconds: float) -> None:
    """Bound this process and those that it starts; ``memory`` and ``scratch`` are in bytes."""
    with open("/proc/self/statm") if os.path.exists("/proc/self/statm") else open(os.devnull) as f:
        pages = int((f.read().split() or ["262144"])[0])
    for limit, soft in (
        # What the zygote had mapped is not the student's.
        (resource.RLIMIT_AS, pages * resource.getpagesize() + memory),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_CPU, int(seconds) + 1),
        (resource.RLIMIT_FSIZE, scratch),
        (resource.RLIMIT_NOFILE, MAX_OPEN_FILES),
        (resource.RLIMIT_NPROC, processes),
        (resource.RLIMIT_MEMLOCK, MAX_LOCKED_BYTES),
        (resource.RLIMIT_MSGQUEUE, 0),
    ):
        hard = resource.getrlimit(limit)[1]
        bound = soft if hard == resource.RLIM_INFINITY else min(soft, hard)
        resource.setrlimit(limit, (bound, bound))


def _count_processes() -> int:
    """Return how many tasks of this user /proc shows."""
    count = 0
    for name in os.listdir("/proc") if os.path.isdir("/proc") else []:
        try:
            if name.isdigit() and os.stat(f"/proc/{name}").st_uid == os.getuid():
                count += len(os.listdir(f"/proc/{name}/task"))
        except OSError:
            continue  # it ended meanwhile
    return count
