"""Measures how many milliseconds confinement adds to a submission.

    python benchmarks/confinement.py

A worker is spawned, prepared and ended, first with all layers, then with process limits only.
"""

from __future__ import annotations

import statistics
import time

from grader.model import Limits
from grader.sandbox.outside import interpreter
from grader.sandbox.outside.groups import Group
from grader.sandbox.outside.host import Zygote

ROUNDS = 50
_LAYERS = (
    "def unshare(flags: int) -> None:",
    "def fork_into(flags: int) -> int:",
    "def landlock(*, readable: list[str], writable: list[str]) -> int:",
    "def refuse(*, network: bool) -> None:",
)


def milliseconds(zygote: Zygote) -> float:
    """Return the median time to spawn, prepare and end a worker."""
    took = []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        link = zygote.spawn(limits=Limits(), deadline=time.monotonic() + 60)
        link.prepare(files=(), names=())
        link.close()
        zygote.end()
        took.append(time.perf_counter() - begin)
    return statistics.median(took[5:]) * 1e3


def main() -> None:
    """Print both medians and their difference."""
    with Zygote() as zygote:
        confined = milliseconds(zygote)
    sources = interpreter._sources()
    for name, text in sources.items():
        for layer in _LAYERS:
            text = text.replace(layer, f"{layer}\n    raise OSError(1, 'left out')")
        # If only root can read the interpreter, no worker starts without Landlock.
        closed = "def _is_closed(view: View) -> bool:"
        sources[name] = text.replace(closed, f"{closed}\n    return False")
    interpreter._sources = lambda: sources
    interpreter._compiled = dict
    Group.make = classmethod(lambda cls: None)  # type: ignore[method-assign, assignment]
    with Zygote() as zygote:
        free = milliseconds(zygote)
    print(f"confined {confined:.1f} ms, free {free:.1f} ms, difference {confined - free:.1f} ms")


if __name__ == "__main__":
    main()
