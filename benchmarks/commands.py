"""Runs programs and measures their time by the clock, CPU time and memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
_NO_GRADER = ("otter_loop", "warm_shell")  # parts that must not find this checkout's modules first


@dataclass(frozen=True)
class Cost:
    """Milliseconds of a submission or a command: by the clock, and of CPU in all processes."""

    wall: float
    cpu: float

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.wall + other.wall, self.cpu + other.cpu)

    def __sub__(self, other: Cost) -> Cost:
        return self + other.times(-1)

    def times(self, factor: float) -> Cost:
        """Return the cost multiplied by ``factor``."""
        return Cost(self.wall * factor, self.cpu * factor)


def seconds(pair: Sequence[float]) -> Cost:
    """Return the cost of (seconds by the clock, seconds of CPU)."""
    return Cost(pair[0], pair[1]).times(1000)


def mean(costs: Iterable[Cost]) -> Cost:
    """Return the mean of at least one cost."""
    several = list(costs)
    return sum(several, Cost(0, 0)).times(1 / len(several))


def command(
    asked: Sequence[str], environment: dict[str, str] | None = None, folder: Path | None = None
) -> tuple[Cost, float]:
    """Run a command; return its cost, with all processes that it starts, and a peak memory in MB.

    The memory is that of the largest process that somebody waited for; nobody waits for
    students' processes.  If the command fails, exit with its output.
    """
    with _control_group() as group, tempfile.TemporaryFile() as said:
        begin = time.perf_counter()
        running = subprocess.Popen(
            asked, env=environment, cwd=folder, stdout=said, stderr=said,
            preexec_fn=lambda: group and (group / "run" / "cgroup.procs").write_text("0"),
        )  # fmt: skip
        _, status, used = os.wait4(running.pid, 0)
        wall = time.perf_counter() - begin
        running.returncode = os.waitstatus_to_exitcode(status)
        if running.returncode:
            said.seek(0)
            text = said.read().decode("utf-8", "replace")
            sys.exit(f"{' '.join(asked)[:300]} ended with {running.returncode}:\n{text}")
        return seconds((wall, _cpu_seconds(group))), used.ru_maxrss / 1024


def part(name: str, *given: object) -> dict[str, Any]:
    """Return what a function of parts.py returns in a fresh interpreter."""
    measured: dict[str, Any] = json.loads(printed("parts.py", name, *given).splitlines()[-1])
    return measured


def printed(script: str, *given: object) -> str:
    """Return what another script of this folder prints; if it fails, exit with its output."""
    asked = [sys.executable, str(HERE / script), *map(str, given)]
    environment = clean_environment() if {*given} & {*_NO_GRADER} else None
    done = subprocess.run(asked, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(asked)[:300]} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def clean_environment() -> dict[str, str]:
    """Return our environment without PYTHONPATH: the autograder's own files come first."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


@contextmanager
def _control_group() -> Iterator[Path | None]:
    """Yield a new control group that contains one named ``run``; None if none can be made.

    It counts the CPU time of every process.  ``getrusage`` counts only processes that somebody
    waited for, and nobody waits for grader's confined ones.
    """
    found = _place()
    group = found / f"benchmark-{os.getpid()}" if found else None
    try:
        if group:
            (group / "run").mkdir(parents=True)
    except OSError:
        group = None
    try:
        yield group
    finally:
        for folder in (group / "run", group) if group else ():
            _remove(folder)


def _remove(folder: Path) -> None:
    for _ in range(100):
        try:
            return folder.rmdir()
        except OSError:  # a process is still ending
            time.sleep(0.02)
    return None


def _place() -> Path | None:
    """Return the folder of our own control group (cgroup v2), or None."""
    mounts = [line.split() for line in Path("/proc/mounts").read_text().splitlines()]
    own = [line.split("::")[1] for line in Path("/proc/self/cgroup").read_text().splitlines()
           if line.startswith("0::")]  # fmt: skip
    places = [Path(mount[1]) for mount in mounts if mount[2] == "cgroup2"]
    return places[0] / own[0].strip("/") if places and own else None


def _cpu_seconds(group: Path | None) -> float:
    """Return the CPU seconds of all processes of a group, past ones too; nan without a group."""
    if group is None:
        return float("nan")
    told = dict(line.split() for line in (group / "cpu.stat").read_text().splitlines())
    return int(told["usage_usec"]) / 1e6
