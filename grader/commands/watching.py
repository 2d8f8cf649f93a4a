"""``grader verify --watch``: verifies assignments again when one of their files changes."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from grader.bounds import WATCH_SECONDS
from grader.course.assignment import course_files, find
from grader.submission.naming import is_junk

_Stamps = dict[Path, tuple[int, int]]


def watch_all(names: Sequence[str], options: Sequence[str], *, tell: Callable[[str], None]) -> None:
    """Run ``grader verify`` with these options on what changes, until Ctrl-C.

    Each run is a process of its own, since this one keeps the course's modules as it read them.
    """

    def again(changed: Sequence[str]) -> None:
        tell(f"verifying {', '.join(changed)}; Ctrl-C ends it")
        command = [sys.executable, "-m", "grader", "verify", *changed, *options]
        with subprocess.Popen(command):  # Ctrl-C reaches it, too: wait until it has cleaned up
            pass

    watch({name: find(name, Path.cwd()) for name in names}, again)


def watch(
    folders: Mapping[str, Path],
    verify: Callable[[Sequence[str]], object],
    *,
    pause: Callable[[], None] = lambda: time.sleep(WATCH_SECONDS),
) -> None:
    """Call ``verify`` with all names, then with those whose files changed, until Ctrl-C.

    ``folders`` are the assignments' by name.  What changes during a call is seen after it.
    """
    seen: dict[str, _Stamps] = {}
    try:
        while True:
            now = {name: _stamps(folder) for name, folder in folders.items()}
            changed = [name for name in folders if now[name] != seen.get(name)]
            seen = now
            if changed:
                verify(changed)
            pause()
    except KeyboardInterrupt:
        return


def _stamps(folder: Path) -> _Stamps:
    """Return the time and size of an assignment's files, and of what they import."""
    root = folder.parent.parent
    own = [file for file in folder.rglob("*") if file.is_file()]
    own = [file for file in own if not any(map(is_junk, file.relative_to(folder).parts))]
    imported: Sequence[Path]
    try:
        imported = course_files([*folder.glob("*.py"), *folder.glob("tests/*.py")], root)
    except (OSError, SyntaxError, ValueError):  # half written: all that may be imported counts
        imported = list(root.glob("reference/*.py"))
    found: _Stamps = {}
    for path in (*own, *imported):
        with suppress(OSError):  # an editor that saves by renaming has just removed it
            stat = path.stat()
            found[path] = stat.st_mtime_ns, stat.st_size
    return found
