"""The layers of confinement, one small function each, with the escape that it closes.

The zygote calls ``enter_view`` once; every worker calls ``confine`` after it was
forked and before the first byte of a student is read.  A layer that the machine
does not offer is left out and named: the judge, not this module, decides whether
that will do.

Layers (``layers.LAYERS`` lists their names; ``doctor.ADVICE``, on the judge's side, says what
each prevents; docs/architecture.md says how to add one):

- ``mount``: sees only the interpreter, system libraries and its scratch folders;
  closes reading the course, other submissions, the judge's memory by path.
- ``network``: a network namespace without interfaces; closes every connection.
- ``ipc``, ``pid``: sees and signals no other process, shares no System V objects;
  when the worker, process 1 of its namespace, ends, all it started ends.
- ``user``: not root; closes what root may do without asking.
- ``capabilities``, ``no_new_privs``: no privilege is left, or gained from a
  set-user-id program.
- ``landlock``: the file rules again, and TCP and signals, in a second way that
  holds where there are no namespaces.
- ``syscalls``: calls that no notebook needs are refused: keys, memory that belongs to
  no process, other processes' memory, namespaces, sockets but internet and local ones.
- ``limits``: memory, processes, files, output size and CPU of each process are bounded.
- ``together``: memory of all its processes is bounded; the judge's side sees to that
  (``groups``, ``watch``).
"""

from __future__ import annotations

import os
import resource
import sys
import sysconfig
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

#: Where a submission's own folders lie; one file system, so that a file can be moved between.
PRIVATE: Final = "/private"
#: The working folder, the home folder and the temporary one; scratch files all of them.
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
    """Files and folders that Python and its packages are read from, and system libraries."""
    paths = {os.path.realpath(sys.executable), *_SYSTEM}
    for name in ("stdlib", "platstdlib", "purelib", "platlib"):
        paths.add(sysconfig.get_path(name))
    paths.update(path for path in sys.path if os.path.isdir(path))
    paths.add(os.path.join(sys.base_prefix, "lib"))
    existing = sorted(path for path in paths if os.path.lexists(path))
    # A folder inside another one of the list is there with it.
    return [p for p in existing if not any(p.startswith(q + "/") for q in existing)]


class View:
    """What the zygote's namespaces look like, kept for its workers."""

    def __init__(self) -> None:
        self.layers: list[str] = []
        self.paths = interpreter_paths()
        self.namespaces = False  # workers can be forked into namespaces of their own
        self.uid = os.getuid()


def enter_view(base: str) -> View:
    """Move this process into namespaces whose root, built at ``base``, shows only Python."""
    view = View()
    root = os.getuid() == 0
    uid, gid = os.getuid(), os.getgid()
    if root:
        # Another user in each zygote, so that their limits do not add up.
        view.uid = 60_000 + os.getpid() % 5_000
    try:
        kernel.unshare(_NAMESPACES | (0 if root else kernel.CLONE_NEWUSER))
    except OSError:
        return view
    if not root:
        _write("/proc/self/setgroups", "deny")
        _write("/proc/self/uid_map", f"{uid} {uid} 1")
        _write("/proc/self/gid_map", f"{gid} {gid} 1")
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
    # A fresh /proc can be mounted by a worker only where an old one is in sight.
    kernel.mount("/proc", base + "/proc", None, kernel.MS_BIND | kernel.MS_REC)
    # Nothing else is made to look like a known place: where there is a /content, or a
    # /kaggle, a notebook takes itself to be on Colab, or on Kaggle.
    if not os.path.lexists(base + "/tmp"):  # else the interpreter lies there
        os.symlink(f"{PRIVATE}/tmp", base + "/tmp")
    os.makedirs(base + "/etc", exist_ok=True)
    home = f"{PRIVATE}/home"
    _write(base + "/etc/passwd", f"student:x:{view.uid}:{view.uid}::{home}:/bin/false\n")
    _write(base + "/etc/hosts", "127.0.0.1 localhost\n")
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
        _write(target, "")
    kernel.mount(source, target, None, kernel.MS_BIND | kernel.MS_REC)
    # Flags that the mount has already must be kept in a user namespace.
    kept = os.statvfs(source).f_flag & (
        kernel.MS_RDONLY | kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC
    )
    device = 0 if source in _DEVICES else kernel.MS_NODEV
    kernel.mount(
        None,
        target,
        None,
        kernel.MS_REMOUNT | kernel.MS_BIND | kernel.MS_NOSUID | device | kept | flags,
    )


def fork_worker(view: View) -> int:
    """Fork; in the child (0), namespaces are private where that is possible."""
    if view.namespaces:
        try:
            return kernel.fork_into(_PRIVATE)
        except OSError:
            view.namespaces = False
    return os.fork()


def confine(view: View, *, scratch: str, memory_mb: int, scratch_mb: int, processes: int,
            seconds: float) -> tuple[list[str], str]:  # fmt: skip
    """Confine this freshly forked worker for good.

    Return the layers in force, and the folder in which ``FOLDERS`` lie: ``PRIVATE``, or
    ``scratch`` where nothing private can be mounted.
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
    _die_first()
    # Without a user of its own the count of processes is that of all the user's.
    others = 0 if view.namespaces or os.getuid() == 0 else _count_processes()
    _limit(
        memory_mb=memory_mb,
        scratch_mb=scratch_mb,
        processes=processes,
        seconds=seconds,
        others=others,
    )
    layers += ["limits", *_drop_rights(view, scratch)]
    for folder in FOLDERS:
        os.mkdir(f"{scratch}/{folder}", 0o700)
    os.chdir(f"{scratch}/{FOLDERS[0]}")
    try:
        syscalls.refuse(network="network" in layers)
        layers += ["syscalls", "network"]  # without internet sockets there is none either
    except OSError:
        pass
    return [layer for layer in LAYERS if layer in layers], scratch


def _drop_rights(view: View, scratch: str) -> list[str]:
    """Give up root, capabilities, and every file but Python's and the scratch folder's."""
    layers = []
    # Only with Landlock, which lets it read no more with this right than without.
    kept = kernel.CAP_DAC_READ_SEARCH if "mount" not in view.layers and _is_closed(view) else None
    _become(view.uid, keep=kept is not None)
    if os.getuid() != 0:
        layers.append("user")
    kernel.prctl(kernel.PR_SET_PDEATHSIG, 9)
    try:
        kernel.drop_capabilities(keep=kept)
        layers += ["capabilities"] if kept is None else []
    except OSError:
        pass
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    layers.append("no_new_privs")
    readable = [*view.paths, "/etc/passwd", "/etc/hosts"]
    if "mount" in view.layers:
        readable.append("/proc")  # one that shows this submission's processes
    try:
        # A machine's own /dev/shm would carry notes from one submission to the next.
        private = [scratch, "/dev/shm"] if "mount" in view.layers else [scratch]
        kernel.landlock(readable=readable, writable=[*private, *_DEVICES])
        layers.append("landlock")
    except OSError as error:
        if kept is not None:
            raise OSError(
                f"only root can read {sys.executable}, and this kernel has no Landlock; "
                "use --worker-python with an interpreter that everybody can read"
            ) from error
    return layers


def _is_closed(view: View) -> bool:
    """Whether only root can reach the interpreter: any other user could import no more of it."""
    if os.getuid() != 0:
        return False
    folders = {path.rpartition("/")[0] or "/" for path in view.paths}
    while folders:
        if any(not os.stat(folder).st_mode & 1 for folder in folders):
            return True
        folders = {folder.rpartition("/")[0] or "/" for folder in folders if folder != "/"}
    return False


def _become(uid: int, *, keep: bool) -> None:
    """Give up root; its capabilities are kept, to be chosen from, where ``keep`` is true."""
    if os.getuid() != 0:
        return
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    kernel.prctl(kernel.PR_SET_KEEPCAPS, int(keep))
    os.setresuid(uid, uid, uid)


def _die_first() -> None:
    """Where memory runs out, the kernel shall end this process, not the zygote."""
    try:
        _write("/proc/self/oom_score_adj", "500")
    except OSError:
        pass  # without /proc


def _mount_tmpfs(target: str, flags: int, options: str) -> None:
    kernel.mount("tmpfs", target, "tmpfs", flags, options)


def _private_folders(view: View, scratch_mb: int) -> None:
    options = f"mode=700,uid={view.uid},gid={view.uid if os.getuid() == 0 else os.getgid()}"
    flags = kernel.MS_NOSUID | kernel.MS_NODEV
    _mount_tmpfs(PRIVATE, flags, f"size={scratch_mb}m,nr_inodes={MAX_SCRATCH_FILES},{options}")
    _mount_tmpfs(
        "/dev/shm", flags, f"size={scratch_mb}m,nr_inodes={MAX_SHARED_MEMORY_FILES},{options}"
    )
    _private_proc()


def _private_proc() -> None:
    try:
        flags = kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC
        kernel.mount("proc", "/proc", "proc", flags)
    except OSError:
        # Masked, as in a container: better none than one that shows other processes.
        kernel.unmount("/proc")


def _limit(*, memory_mb: int, scratch_mb: int, processes: int, seconds: float, others: int) -> None:
    mebibyte = 1 << 20
    with open("/proc/self/statm") if os.path.exists("/proc/self/statm") else open(os.devnull) as f:
        pages = int((f.read().split() or ["262144"])[0])
    # What the zygote had mapped is not the student's.
    memory = pages * resource.getpagesize() + memory_mb * mebibyte
    cpu = int(seconds) + 1
    for limit, soft in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_CPU, cpu),
        (resource.RLIMIT_FSIZE, scratch_mb * mebibyte),
        (resource.RLIMIT_NOFILE, MAX_OPEN_FILES),
        (resource.RLIMIT_NPROC, processes + others),
        (resource.RLIMIT_MEMLOCK, MAX_LOCKED_BYTES),
        (resource.RLIMIT_MSGQUEUE, 0),
    ):
        hard = resource.getrlimit(limit)[1]
        bound = soft if hard == resource.RLIM_INFINITY else min(soft, hard)
        resource.setrlimit(limit, (bound, bound))


def _count_processes() -> int:
    """Tasks of this process's user on this machine, as far as they can be seen."""
    count = 0
    for name in os.listdir("/proc") if os.path.isdir("/proc") else []:
        try:
            if name.isdigit() and os.stat(f"/proc/{name}").st_uid == os.getuid():
                count += len(os.listdir(f"/proc/{name}/task"))
        except OSError:
            continue  # it ended meanwhile
    return count


def _write(path: str, text: str) -> None:
    with open(path, "w") as file:
        file.write(text)
