"""The Linux calls that confinement needs and Python does not offer.

Each function raises OSError if the system call fails.  Numbers and flags are those of
<linux/*.h> for x86_64 and aarch64; on other machines a worker gets no private namespaces.
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct
from collections.abc import Callable
from signal import SIGCHLD
from typing import Final

CLONE_NEWNS: Final = 0x0002_0000
CLONE_NEWUTS: Final = 0x0400_0000
CLONE_NEWIPC: Final = 0x0800_0000
CLONE_NEWUSER: Final = 0x1000_0000
CLONE_NEWPID: Final = 0x2000_0000
CLONE_NEWNET: Final = 0x4000_0000


MS_RDONLY: Final = 1
MS_NOSUID: Final = 2
MS_NODEV: Final = 4
MS_NOEXEC: Final = 8
MS_REMOUNT: Final = 32
MS_BIND: Final = 4096
MS_REC: Final = 16384
MS_PRIVATE: Final = 1 << 18
MNT_DETACH: Final = 2

PR_SET_PDEATHSIG: Final = 1

PR_SET_KEEPCAPS: Final = 8
PR_CAPBSET_DROP: Final = 24
PR_SET_CHILD_SUBREAPER: Final = 36
PR_SET_NO_NEW_PRIVS: Final = 38
PR_CAP_AMBIENT: Final = 47
_AMBIENT_RAISE: Final = 2
CAP_DAC_READ_SEARCH: Final = 2

_NUMBERS: Final = {
    "x86_64": {"clone": 56, "pivot_root": 155},
    "aarch64": {"clone": 220, "pivot_root": 41},
}
_LANDLOCK: Final = {"create_ruleset": 444, "add_rule": 445, "restrict_self": 446}

_libc: Final = ctypes.CDLL(None, use_errno=True)
# Keeps the interpreter's lock during the call, which a fork needs.
_locked_libc: Final = ctypes.PyDLL(None, use_errno=True)


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def _number(name: str) -> int:
    numbers = _NUMBERS.get(platform.machine())
    if numbers is None:
        raise OSError(38, "not known for this machine")
    return numbers[name]


def unshare(flags: int) -> None:
    """Move this process into new namespaces, ``flags`` saying of which kinds."""
    _checked(_libc.unshare(flags))


def fork_into(flags: int) -> int:
    """Fork as os.fork does, the child in new namespaces; only for a process with one thread."""
    clone = _number("clone")
    ctypes.pythonapi.PyOS_BeforeFork()
    pid: int = _locked_libc.syscall(clone, flags | SIGCHLD, None, None, None, None)
    if pid == 0:
        ctypes.pythonapi.PyOS_AfterFork_Child()
        return 0
    ctypes.pythonapi.PyOS_AfterFork_Parent()
    return _checked(pid)


def mount(source: str | None, target: str, kind: str | None, flags: int, data: str = "") -> None:
    """mount(2)."""
    encode: Callable[[str | None], bytes | None] = lambda s: None if s is None else os.fsencode(s)  # noqa: E731
    _checked(_libc.mount(encode(source), encode(target), encode(kind), flags, encode(data)))


def unmount(target: str) -> None:
    """umount2(2), lazily."""
    _checked(_libc.umount2(os.fsencode(target), MNT_DETACH))


def pivot_root_here() -> None:
    """Make the working folder, a mount point, the root, and drop the old root."""
    _checked(_libc.syscall(_number("pivot_root"), b".", b"."))
    unmount(".")


def prctl(option: int, value: int, data: bytes | None = None) -> None:
    """prctl(2) with a number and, for some options, a structure."""
    _checked(_libc.prctl(option, value, data, 0, 0))


def drop_capabilities(*, keep: int | None = None) -> None:
    """Give up all capabilities for good, in the bounding set too; all but ``keep`` if given.

    Programs that this process starts have ``keep``, too.
    """
    for capability in range(64):
        try:
            if capability != keep:
                prctl(PR_CAPBSET_DROP, capability)
        except OSError:
            break  # the kernel has no more of them, or there are none to drop
    header = (ctypes.c_uint32 * 2)(0x2008_0522, 0)  # _LINUX_CAPABILITY_VERSION_3, this process
    kept = 0 if keep is None else 1 << keep
    _checked(_libc.capset(header, (ctypes.c_uint32 * 6)(kept, kept, kept)))
    if keep is not None:
        _checked(_libc.prctl(PR_CAP_AMBIENT, _AMBIENT_RAISE, keep, 0, 0))


# -- Landlock --------------------------------------------------------------------

EXECUTE: Final = 1 << 0
WRITE_FILE: Final = 1 << 1
READ_FILE: Final = 1 << 2
READ_DIR: Final = 1 << 3
_FS_BY_ABI: Final = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
_FILE_RIGHTS: Final = EXECUTE | WRITE_FILE | READ_FILE | 1 << 14 | 1 << 15
_NET_ALL: Final = 0b11  # bind and connect of TCP
_SCOPE_ALL: Final = 0b11  # abstract sockets and signals


def landlock(*, readable: list[str], writable: list[str]) -> int:
    """Allow this process and its children only these folders and files; no TCP, no outside signals.

    Return the version of Landlock in force.  Ignores paths that do not exist; needs
    no_new_privs.
    """
    abi = int(_libc.syscall(_LANDLOCK["create_ruleset"], None, 0, 1))
    if abi <= 0:
        raise OSError(38, "the kernel has no Landlock")
    every = _FS_BY_ABI[max(known for known in _FS_BY_ABI if known <= abi)]
    attributes = struct.pack("=QQQ", every, _NET_ALL, _SCOPE_ALL)
    size = 24 if abi >= 6 else 16 if abi >= 4 else 8  # older versions know fewer of these
    ruleset = _checked(_libc.syscall(_LANDLOCK["create_ruleset"], attributes, size, 0))
    try:
        for path in readable:
            _allow(ruleset, path, EXECUTE | READ_FILE | READ_DIR)
        for path in writable:
            _allow(ruleset, path, every)
        _checked(_libc.syscall(_LANDLOCK["restrict_self"], ruleset, 0))
    finally:
        os.close(ruleset)
    return abi


def _allow(ruleset: int, path: str, access: int) -> None:
    try:
        fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not os.path.isdir(f"/proc/self/fd/{fd}") and not os.path.isdir(path):
            access &= _FILE_RIGHTS
        rule = struct.pack("=Qi", access, fd)
        _checked(_libc.syscall(_LANDLOCK["add_rule"], ruleset, 1, rule, 0))
    finally:
        os.close(fd)
