"""A filter that refuses system calls which no notebook needs or which bypass other layers.

It is written as instructions of the kernel's classic BPF machine, which is shorter than using a
library.  Refused calls fail with EPERM.
"""

from __future__ import annotations

import ctypes
import platform
import struct
from typing import Final

from .kernel import prctl

#: Name → number on x86_64 and on aarch64.
_REFUSED: Final = {
    # Other processes' memory and descriptors.
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "pidfd_getfd": (438, 438), "kcmp": (312, 272), "process_madvise": (440, 440),
    # Keys stay in the kernel when their process ends; the next one of this user could read them.
    "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219),
    # Own namespaces and mounts: they give rights, and file systems without limits.
    "unshare": (272, 97), "setns": (308, 268), "mount": (165, 40), "umount2": (166, 39),
    "pivot_root": (155, 41), "chroot": (161, 51), "open_tree": (428, 428),
    "move_mount": (429, 429), "fsopen": (430, 430), "fsmount": (432, 432),
    "mount_setattr": (442, 442), "open_by_handle_at": (304, 265),
    # Large parts of the kernel that no notebook uses.
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
    "fanotify_init": (300, 262), "syslog": (103, 116),
    # Memory that belongs to no process, so no limit counts it.
    "memfd_create": (319, 279), "memfd_secret": (447, 447), "shmget": (29, 194),
    "msgget": (68, 186), "semget": (64, 190), "mq_open": (240, 180),
    # Priorities, which take from other submissions.
    "setpriority": (141, 140), "ioprio_set": (251, 30),
}  # fmt: skip
_CLONE3: Final = 435
_MACHINES: Final = {  # AUDIT_ARCH, column of the table, clone, prctl, socket
    "x86_64": (0xC000_003E, 0, 56, 157, 41),
    "aarch64": (0xC000_00B7, 1, 220, 167, 198),
}
_NEW_NAMESPACES: Final = 0x7E02_0000  # every CLONE_NEW*
_PDEATHSIG: Final = 1
_AF_UNIX, _AF_INET, _AF_INET6 = 1, 2, 10
_EPERM, _ENOSYS, _EAFNOSUPPORT = 1, 38, 97
_SECCOMP, _FILTER = 22, 2  # PR_SET_SECCOMP, SECCOMP_MODE_FILTER

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCH, _FIRST_ARGUMENT = 0, 4, 16  # offsets into struct seccomp_data
_ALLOW: Final = 0x7FFF_0000


def refuse(*, network: bool) -> None:
    """Filter the calls of this process and all that it starts.  Needs no_new_privs.

    With ``network`` internet sockets are allowed, for namespaces without interfaces.  Raises
    OSError if the kernel or this module does not support filters on this machine.
    """
    if platform.machine() not in _MACHINES:
        raise OSError(_ENOSYS, "not known for this machine")
    code = _program(*_MACHINES[platform.machine()], network=network)
    buffer = ctypes.create_string_buffer(code, len(code))
    program = struct.pack("HxxxxxxP", len(code) // 8, ctypes.addressof(buffer))
    prctl(_SECCOMP, _FILTER, program)


def _program(
    arch: int, column: int, clone: int, process: int, make_socket: int, *, network: bool
) -> bytes:
    families = (_AF_UNIX, _AF_INET, _AF_INET6) if network else (_AF_UNIX,)
    lines = [
        (_LOAD, 0, 0, _ARCH), (_EQUAL, 1, 0, arch), _fail(_EPERM),
        (_LOAD, 0, 0, _NUMBER),
        # x32, the variant of x86_64 with 32-bit pointers, has its own numbers.
        (_AT_LEAST, 0, 1, 0x4000_0000), _fail(_EPERM),
        # A filter cannot read clone3's flags; the C library falls back to clone.
        (_EQUAL, 0, 1, _CLONE3), _fail(_ENOSYS),
        (_EQUAL, 0, 4, clone), (_LOAD, 0, 0, _FIRST_ARGUMENT),
        (_ANY_BIT, 0, 1, _NEW_NAMESPACES), _fail(_EPERM), (_RETURN, 0, 0, _ALLOW),
        (_EQUAL, 0, 4, process), (_LOAD, 0, 0, _FIRST_ARGUMENT),
        (_EQUAL, 0, 1, _PDEATHSIG), _fail(_EPERM), (_RETURN, 0, 0, _ALLOW),
        (_EQUAL, 0, 2 * len(families) + 2, make_socket), (_LOAD, 0, 0, _FIRST_ARGUMENT),
    ]  # fmt: skip
    for family in families:
        lines += [(_EQUAL, 0, 1, family), (_RETURN, 0, 0, _ALLOW)]
    lines.append(_fail(_EAFNOSUPPORT))
    for numbers in _REFUSED.values():
        lines += [(_EQUAL, 0, 1, numbers[column]), _fail(_EPERM)]
    lines.append((_RETURN, 0, 0, _ALLOW))
    return b"".join(struct.pack("HBBI", *line) for line in lines)


def _fail(error: int) -> tuple[int, int, int, int]:
    return _RETURN, 0, 0, 0x0005_0000 | error
