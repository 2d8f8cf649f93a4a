"""Measures how many microseconds one operation takes from judge to worker and back.

    python benchmarks/messages.py

Prints, for each kind of operation, the time by the clock and the CPU time of both sides: first
on any cores, then on one core, where neither side has to wake another core.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from grader.model import Limits
from grader.sandbox.outside.host import Link, Zygote

ROUNDS = 3000
CELL = """
class Model:
    def __init__(self, weights):
        self.w1, self.w2 = weights

    def same(self, x):
        return x

    def twice(self, x):
        return 2 * x
"""


def main() -> None:
    """Print a table."""
    limits = Limits(total_seconds=600, call_seconds=100)
    with Zygote() as zygote:
        link = zygote.spawn(limits=limits, deadline=time.monotonic() + 600)
        link.prepare(files=(), names=("Model",))
        link.run_cell(1, CELL)
        for where, cores in (
            ("anywhere", os.sched_getaffinity(0)),
            ("on one core", {min(os.sched_getaffinity(0))}),
        ):
            for pid in (0, worker(link)):
                os.sched_setaffinity(pid, cores)
            print(f"{where:28}{'whole':>8}{'judge':>8}{'worker':>8}")
            for what, operation in operations(link).items():
                whole, judge, theirs = measured(operation, worker(link))
                print(f"  {what:26}{whole:8.0f}{judge:8.0f}{theirs:8.0f}")
        link.close()
        zygote.end()


def operations(link: Link) -> dict[str, Callable[[], object]]:
    """Return operations on a student's objects, as test cases perform them."""
    make = link.perform("lookup", "Model")
    model, x = make([0.5, 1.0]), np.arange(5.0)
    return {
        "read a number": lambda: model.w1,
        "pass an array known": lambda: model.same(x),
        "pass and get new arrays": lambda: model.twice(x.copy()),
        "make an object of a list": lambda: make([0.5, 1.0]),
    }


def measured(operation: Callable[[], object], pid: int) -> tuple[float, float, float]:
    """Return microseconds of an operation: by the clock, and CPU of judge and worker."""
    for _ in range(ROUNDS // 10):
        operation()
    theirs, begin, cpu = cpu_seconds(pid), time.perf_counter(), time.process_time()
    for _ in range(ROUNDS):
        operation()
    spent = time.perf_counter() - begin, time.process_time() - cpu, cpu_seconds(pid) - theirs
    return tuple(seconds / ROUNDS * 1e6 for seconds in spent)  # type: ignore[return-value]


def worker(link: Link) -> int:
    """Return the worker's process id."""
    return link._pid


def cpu_seconds(pid: int) -> float:
    """Return the CPU seconds of a process, more precisely than in clock ticks."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


if __name__ == "__main__":
    main()
