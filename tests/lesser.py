"""Runs a command with less than a tester has: as an ordinary user, in a container, or both.

    python -m tests.lesser [--user | --open] [--container] [--no-landlock] COMMAND...

``--user`` (root only) gives up root for a user who owns nothing but an empty home, and
sees the interpreter and this checkout even where they lie in a folder that only root may
enter; ``--open`` stays root, and shows both to every user.  ``--container`` refuses
namespaces and mounts by a filter of system calls, as Docker's does, ``--no-landlock``
Landlock, as an older kernel does.
"""

from __future__ import annotations

import ctypes
import os
import platform
import shutil
import struct
import sys
import tempfile
from pathlib import Path

import platformdirs

from grader.sandbox.inside import kernel, syscalls

ROOT = Path(__file__).resolve().parent.parent
USER = 54_321
#: Set for the command, which cannot be given less once more.
ALREADY = "GRADER_TESTS_HAVE_LESS"
#: unshare, setns, mount, umount2, pivot_root, chroot, on x86_64 and aarch64.
_REFUSED = ((272, 308, 165, 166, 155, 161), (97, 268, 40, 39, 41, 51))
_LANDLOCK = (444, 445, 446)


def become_user(home: Path) -> None:
    """Give up root, in a home that holds no more than the list of fonts (slow to make)."""
    open_interpreter()
    fonts = platformdirs.user_cache_path("grader")
    if fonts.is_dir():
        shutil.copytree(fonts, home / ".cache" / "grader")
    for path in (home, *home.rglob("*")):
        os.chown(path, USER, USER)
    os.setgroups([])
    os.setresgid(USER, USER, USER)
    os.setresuid(USER, USER, USER)
    os.environ.update(HOME=str(home), USER="user", XDG_CACHE_HOME=str(home / ".cache"),
                      HYPOTHESIS_STORAGE_DIRECTORY=str(home / "hypothesis"))  # fmt: skip


def open_interpreter() -> None:
    """Show the interpreter and this checkout to every user."""
    needed = {os.path.realpath(path) for path in (sys.prefix, sys.base_prefix, ROOT)}
    _open_ways(sorted(map(Path, needed)))


def _open_ways(paths: list[Path]) -> None:
    """Show ``paths`` also where a folder above them is closed, to this process alone."""
    if all(folder.stat().st_mode & 1 for path in paths for folder in path.parents):
        return
    kernel.unshare(kernel.CLONE_NEWNS)
    kernel.mount(None, "/", None, kernel.MS_REC | kernel.MS_PRIVATE)
    held = {path: os.open(path, os.O_PATH) for path in paths}
    for path in paths:
        for folder in reversed(path.parents):
            if not folder.stat().st_mode & 1:
                kernel.mount("tmpfs", str(folder), "tmpfs", 0, "mode=755,size=1m")
                break
    for path, descriptor in held.items():
        if not path.exists():
            path.mkdir(parents=True)
            kernel.mount(f"/proc/self/fd/{descriptor}", str(path), None, kernel.MS_BIND)
        os.close(descriptor)


def refuse_landlock() -> None:
    """From now on there is no Landlock."""
    lines = [(syscalls._LOAD, 0, 0, syscalls._NUMBER)]
    for number in _LANDLOCK:
        lines += [(syscalls._EQUAL, 0, 1, number), syscalls._fail(syscalls._ENOSYS)]
    _filter([*lines, (syscalls._RETURN, 0, 0, syscalls._ALLOW)])


def refuse_namespaces() -> None:
    """From now on no namespace and no mount can be had."""
    load, equal, any_bit = syscalls._LOAD, syscalls._EQUAL, syscalls._ANY_BIT
    _, column, clone, _, _ = syscalls._MACHINES[platform.machine()]
    refused = syscalls._fail(syscalls._EPERM)
    allowed = (syscalls._RETURN, 0, 0, syscalls._ALLOW)
    lines = [(load, 0, 0, syscalls._NUMBER)]
    for number in _REFUSED[column]:
        lines += [(equal, 0, 1, number), refused]
    lines += [
        (equal, 0, 1, syscalls._CLONE3), syscalls._fail(syscalls._ENOSYS),
        (equal, 0, 3, clone), (load, 0, 0, syscalls._FIRST_ARGUMENT),
        (any_bit, 0, 1, syscalls._NEW_NAMESPACES), refused, allowed,
    ]  # fmt: skip
    _filter(lines)


def _filter(lines: list[tuple[int, int, int, int]]) -> None:
    code = b"".join(struct.pack("HBBI", *line) for line in lines)
    buffer = ctypes.create_string_buffer(code, len(code))
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    program = struct.pack("HxxxxxxP", len(lines), ctypes.addressof(buffer))
    kernel.prctl(syscalls._SECCOMP, syscalls._FILTER, program)


def main(arguments: list[str]) -> None:
    """Run the command with what is named given up."""
    with tempfile.TemporaryDirectory(prefix="grader-tests-home-") as home:
        less = {
            "--user": lambda: become_user(Path(home)),
            "--open": open_interpreter,
            "--container": refuse_namespaces,
            "--no-landlock": refuse_landlock,
        }
        pid = os.fork()
        if pid == 0:
            while arguments and arguments[0] in less:
                less[arguments.pop(0)]()
            os.environ[ALREADY] = "1"
            os.execvp(arguments[0], arguments)
        status = os.waitpid(pid, 0)[1]
    sys.exit(os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main(sys.argv[1:])
