"""A temporary folder that outlives no grader: a killed one's is removed by the next.

Whose folder it is says a lock (flock) on the folder itself, which the kernel lets go
when its process ends, however that dies.  A folder whose lock is free has no owner.
"""

from __future__ import annotations

import fcntl
import itertools
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Final

_PREFIX: Final = "grader-judge-"


class Folder:
    """A folder of our own below the machine's temporary one: ``path``, until ``close``."""

    def __init__(self) -> None:
        remove_abandoned()
        while True:
            self.path = Path(tempfile.mkdtemp(prefix=_PREFIX))
            descriptor = _locked(self.path)
            if descriptor is not None and self.path.exists():
                self._lock = descriptor
                return
            # Another grader took it for abandoned, before the lock.
            if descriptor is not None:
                os.close(descriptor)

    def close(self) -> None:
        """Remove the folder with all that is in it; closing twice is no error."""
        if self._lock >= 0:
            remove(self.path)
            os.close(self._lock)
            self._lock = -1


def remove_abandoned() -> None:
    """Remove the folders of graders that were killed."""
    for path in Path(tempfile.gettempdir()).glob(_PREFIX + "*"):
        descriptor = _locked(path)
        if descriptor is not None:
            remove(path)
            os.close(descriptor)


def remove(folder: Path) -> None:
    """Remove a folder in which a student may have done anything: too deep, or closed to us."""
    try:
        _flatten(folder)
        folder.rmdir()
    except OSError:
        subprocess.run(["rm", "-rf", folder], check=False, capture_output=True)


def _flatten(folder: Path) -> None:
    """Empty a folder: what lies deeper is moved up before, so that no path gets long.

    A program that goes down to the end and up again takes minutes for thousands of levels.
    """
    prefix, count = os.urandom(8).hex(), itertools.count()
    waiting = [folder]
    while waiting:
        inner = waiting.pop()
        os.chmod(inner, 0o700)
        with os.scandir(inner) as entries:
            for entry in entries:
                if not entry.is_dir(follow_symlinks=False):
                    os.unlink(entry)
                    continue
                os.chmod(entry, 0o700)  # what is moved must be writable itself
                waiting.append(folder / f"{prefix}-{next(count)}")
                os.rename(entry, waiting[-1])
        if inner != folder:
            os.rmdir(inner)


def _locked(path: Path) -> int | None:
    """Return a descriptor that locks ``path``; None if another process holds it, or it is gone."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        if os.fstat(descriptor).st_uid != os.geteuid():
            raise PermissionError
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor
