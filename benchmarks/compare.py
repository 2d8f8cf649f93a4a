"""The contestants of ``benchmarks/class.py``: each grades the same notebooks.

otter run            one process for each submission, like its command line
otter loop           ``otter.api.grade_submission`` in a loop in one process
nbgrader autograde   the whole sample, in a venv of its own, with one trivial test in each
                     notebook, which favours it
grader               the whole command
warm shell           the cells in one warm IPython, without test cases; the names of each
                     notebook are deleted after it.  This is the floor: no grader that runs
                     the cells can be faster.

Contestants that take seconds for a submission grade an evenly chosen sample.  All times are by
the clock and of CPU in all processes; a start that serves a whole class is divided among it.
"""

from __future__ import annotations

import csv
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from commands import Cost, clean_environment, command, mean, part, seconds
from varied import spread

GRADE = [sys.executable, "-c", "from grader.cli import main; raise SystemExit(main())", "grade"]
JOBS = {1: "grader, 1 job", 2: "grader, 2 jobs"}
APART = 150  # at most so many right ones, and wrong ones, are measured separately
Scores = dict[str, float]  # by the name of the notebook


@dataclass(frozen=True, kw_only=True)
class Row:
    """The cost of one submission for a contestant: of all, of the right and of the wrong ones.

    ``graded`` is how many it graded, ``peak`` the memory of its largest process in MB.
    """

    name: str
    graded: int
    all: Cost
    right: Cost | None = None
    wrong: Cost | None = None
    peak: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Class:
    """The notebooks of a class, right and wrong in turn, and its assignment."""

    assignment: Path
    full: float
    notebooks: tuple[Path, ...]
    scratch: Path
    computing: int = 0
    size: int  # of the class that the notebooks stand for; the start is divided by it

    @property
    def name(self) -> str:
        """The assignment's name."""
        return self.assignment.name

    @property
    def right(self) -> tuple[Path, ...]:
        """The notebooks that earn full marks."""
        return self.notebooks[::2]

    @property
    def wrong(self) -> tuple[Path, ...]:
        """The notebooks that lose points."""
        return self.notebooks[1::2]

    def sample(self, count: int) -> list[Path]:
        """Return at most ``count`` notebooks, evenly chosen, half of them right."""
        half = min(count, len(self.notebooks)) // 2
        return [*spread(self.right, half), *spread(self.wrong, half)]


class DisagreementError(Exception):
    """Two graders give one notebook different scores, so their times mean nothing."""


# The contestants


def otter_run(group: Class, sample: list[Path], autograder: str, scores: Scores) -> Row:
    """Measure ``otter run``, one process for each submission."""
    out = group.scratch / "otter"
    out.mkdir()
    costs = []
    for path in sample:
        asked = [sys.executable, "-m", "otter", "run", str(path), "-a", autograder]
        costs.append(command([*asked, "-o", str(out), "--no-logo"], clean_environment())[0])
        tests = json.loads((out / "results.json").read_text("utf-8"))["tests"]
        agree(scores, {path.stem: sum(test.get("score", 0) for test in tests)}, "otter run")
    return apart("otter run", group, sample, costs)


def otter_loop(group: Class, sample: list[Path], autograder: str, scores: Scores) -> Row:
    """Measure Otter in one process; its start is divided among the class."""
    measured = part("otter_loop", autograder, *sample)
    given = zip((path.stem for path in sample), measured["scores"], strict=True)
    agree(scores, dict(given), "otter loop")
    start = seconds(measured["start"]).times(1 / group.size)
    return apart("otter loop", group, sample, [seconds(each) + start for each in measured["each"]])


def nbgrader(group: Class, sample: list[Path], python: str) -> Row:
    """Measure nbgrader without its preparation; its start is divided among the class."""
    course = group.scratch / "nbgrader"
    write_nbgrader(course / "source" / "ps1" / "work.ipynb", [])
    for handed_in in sample:
        cells = json.loads(handed_in.read_text("utf-8"))["cells"]
        write_nbgrader(course / "submitted" / handed_in.stem / "ps1" / "work.ipynb", cells)
    # nbgrader starts other programs of its venv.
    path = f"{Path(python).absolute().parent}:{os.environ['PATH']}"
    do = partial(command, environment={**clean_environment(), "PATH": path}, folder=course)
    do([python, "-m", "nbgrader", "generate_assignment", "ps1", "--create"])
    autograde = [python, "-m", "nbgrader", "autograde", "ps1", "--force"]
    one, _ = do([*autograde, "--student", sample[0].stem])
    everyone, _ = do(autograde)
    each, start = after_first(one, everyone, len(sample))
    shared = start.times(1 / group.size)
    return Row(name="nbgrader autograde", graded=len(sample), all=each + shared)


def write_nbgrader(path: Path, cells: list[dict[str, Any]]) -> None:
    """Write a notebook with one graded cell, marked as nbgrader does."""
    mark = {"grade": True, "grade_id": "test", "locked": True, "points": 1,
            "schema_version": 3, "solution": False, "task": False}  # fmt: skip
    test: dict[str, Any] = {"cell_type": "code", "id": "test", "metadata": {"nbgrader": mark},
                            "outputs": [], "execution_count": None,
                            "source": "assert True"}  # fmt: skip
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    book = {"cells": [*cells, test], "metadata": {"kernelspec": kernel},
            "nbformat": 4, "nbformat_minor": 5}  # fmt: skip
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(book), "utf-8")


def warm(group: Class) -> None:
    """Grade wrong notebooks, uncounted, to fill the user's cache of what known mistakes give.

    In a course, ``grader verify`` has filled it.
    """
    grade(group, spread(group.wrong, min(APART, len(group.wrong))), 2, {})


def grader(group: Class, jobs: int, scores: Scores) -> Row:
    """Measure the whole command on the whole class, including its start."""
    cost, peak = grade(group, group.notebooks, jobs, scores)
    count = len(group.notebooks)
    return Row(name=JOBS[jobs], graded=count, all=cost.times(1 / count), peak=peak)


def grader_apart(group: Class, scores: Scores) -> Row:
    """Measure the command with one job, on right and on wrong notebooks separately.

    These two costs do not include the start; in the cost of all, it is divided among the class.
    """
    each, starts, graded = [], [], 0
    for half in (group.right, group.wrong):
        some = spread(half, min(APART, len(half)))
        (one, _), (everyone, _) = (grade(group, s, 1, scores) for s in (some[:1], some))
        found, start = after_first(one, everyone, len(some))
        each.append(found)
        starts.append(start)
        graded += len(some)
    whole = mean(each) + mean(starts).times(1 / group.size)
    return Row(name=JOBS[1], graded=graded, all=whole, right=each[0], wrong=each[1])


def grader_shared(group: Class, scores: Scores) -> Row:
    """Measure the command with one job on few notebooks; the class shares its start."""
    count = len(group.notebooks)
    some = (group.notebooks[:1], group.notebooks)
    (one, _), (everyone, _) = (grade(group, s, 1, scores) for s in some)
    each, start = after_first(one, everyone, count)
    return Row(name=JOBS[1], graded=count, all=each + start.times(1 / group.size))


def grade(group: Class, notebooks: Sequence[Path], jobs: int, scores: Scores) -> tuple[Cost, float]:
    """Grade into an empty folder; return the cost and the largest process's memory in MB.

    Raises DisagreementError if a right notebook loses points, a wrong one does not, or a score
    is not the known one.
    """
    with tempfile.TemporaryDirectory(dir=group.scratch) as out:
        asked = ["--assignment", str(group.assignment), "--out", out, "--jobs", str(jobs)]
        measured = command([*GRADE, *map(str, notebooks), *asked, "--quiet"])
        with (Path(out) / "scores.csv").open(encoding="utf-8", newline="") as stream:
            given = {row["submission"]: float(row["score"]) for row in csv.DictReader(stream)}
    for half, is_right in ((group.right, True), (group.wrong, False)):
        for path in half:
            if path.stem in given and (abs(given[path.stem] - group.full) < 1e-9) != is_right:
                text = f"{given[path.stem]:g} of {group.full:g} points"
                raise DisagreementError(f"{group.name}, {path.stem}: {text}.")
    agree(scores, given, f"grader, {jobs}")
    return measured


def warm_shell(group: Class, sample: list[Path]) -> Row:
    """Measure the cells alone."""
    costs = [seconds(each) for each in part("warm_shell", *sample)["each"]]
    return apart("warm shell", group, sample, costs)


# What they share


def after_first(one: Cost, everyone: Cost, count: int) -> tuple[Cost, Cost]:
    """Return the cost of each notebook and of the start, from those of one and of ``count``."""
    each = (everyone - one).times(1 / (count - 1))
    return each, one - each


def apart(name: str, group: Class, sample: Sequence[Path], costs: Sequence[Cost]) -> Row:
    """Return the row for the costs of the notebooks of a sample."""
    right = set(group.right)
    pairs = list(zip(sample, costs, strict=True))
    return Row(
        name=name,
        graded=len(sample),
        all=mean(costs),
        right=mean([cost for path, cost in pairs if path in right]),
        wrong=mean([cost for path, cost in pairs if path not in right]),
    )


def agree(known: Scores, given: Scores, who: str) -> None:
    """Add ``given`` to the known scores; raises DisagreementError if one differs."""
    for name, score in given.items():
        if abs(known.setdefault(name, score) - score) > 1e-4:  # Otter rounds to five digits
            raise DisagreementError(f"{name}: {known[name]:g} points, and {score:g} by {who}.")
