"""The contestants of ``benchmarks/class.py``: what each takes for the same notebooks.

otter run            one process a submission, as its command line is used
otter loop           ``otter.api.grade_submission`` in a loop in one process
nbgrader autograde   the class, in a venv of its own, with one trivial test a notebook, which
                     is in its favour
grader               the whole command
warm shell           the cells in one IPython that is already warm, the names of each notebook
                     forgotten after it, no test case run: the floor, which no grader that runs
                     the cells can beat

Those that take seconds a submission grade a sample, evenly chosen.  All times are by the clock
and of CPU, of all processes together; a start that serves a whole class is shared by it.
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
APART = 50  # as many right ones, and wrong ones, are graded apart at most
Scores = dict[str, float]  # by the notebook's name


@dataclass(frozen=True, kw_only=True)
class Row:
    """What one contestant takes a submission: of all, and of the right and the wrong ones.

    ``graded`` is how many it was given, ``peak`` the memory of its largest process in MB.
    """

    name: str
    graded: int
    all: Cost
    right: Cost | None = None
    wrong: Cost | None = None
    peak: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Class:
    """A class's notebooks, every second of them right, and its assignment."""

    assignment: Path
    full: float
    notebooks: tuple[Path, ...]
    scratch: Path
    computing: int = 0
    size: int  # of the class that they stand for, which shares a start

    @property
    def name(self) -> str:
        """The assignment's."""
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
        """So many of them at most, evenly chosen, half of them right."""
        half = min(count, len(self.notebooks)) // 2
        return [*spread(self.right, half), *spread(self.wrong, half)]


class DisagreementError(Exception):
    """Two graders give one notebook different scores: their times are not worth comparing."""


# The contestants


def otter_run(group: Class, sample: list[Path], autograder: str, scores: Scores) -> Row:
    """One process a submission."""
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
    """One process for all of them; its start is shared by the class."""
    measured = part("otter_loop", autograder, *sample)
    given = zip((path.stem for path in sample), measured["scores"], strict=True)
    agree(scores, dict(given), "otter loop")
    start = seconds(measured["start"]).times(1 / group.size)
    return apart("otter loop", group, sample, [seconds(each) + start for each in measured["each"]])


def nbgrader(group: Class, sample: list[Path], python: str) -> Row:
    """The class; its own preparation is not counted, and its start is shared by the class."""
    course = group.scratch / "nbgrader"
    write_nbgrader(course / "source" / "ps1" / "work.ipynb", [])
    for handed_in in sample:
        cells = json.loads(handed_in.read_text("utf-8"))["cells"]
        write_nbgrader(course / "submitted" / handed_in.stem / "ps1" / "work.ipynb", cells)
    # nbgrader calls other programs of its venv.
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
    """A notebook with one graded cell, as nbgrader marks it."""
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
    """Grade wrong ones, not counted, so that what mistakes give is known from then on: after
    ``grader verify`` it is, and the user's cache keeps it."""
    grade(group, spread(group.wrong, min(APART, len(group.wrong))), 2, {})


def grader(group: Class, jobs: int, scores: Scores) -> Row:
    """The whole command on the whole class, its start included."""
    cost, peak = grade(group, group.notebooks, jobs, scores)
    count = len(group.notebooks)
    return Row(name=JOBS[jobs], graded=count, all=cost.times(1 / count), peak=peak)


def grader_apart(group: Class, scores: Scores) -> Row:
    """The command with one job on right ones and on wrong ones, in which no start is counted;
    of all, the start is shared by the class."""
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
    """The command with one job on few notebooks, its start shared by the class."""
    count = len(group.notebooks)
    some = (group.notebooks[:1], group.notebooks)
    (one, _), (everyone, _) = (grade(group, s, 1, scores) for s in some)
    each, start = after_first(one, everyone, count)
    return Row(name=JOBS[1], graded=count, all=each + start.times(1 / group.size))


def grade(group: Class, notebooks: Sequence[Path], jobs: int, scores: Scores) -> tuple[Cost, float]:
    """Grade notebooks from nothing: what the command takes, and the memory of its largest
    process in MB."""
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
    """The cells alone."""
    costs = [seconds(each) for each in part("warm_shell", *sample)["each"]]
    return apart("warm shell", group, sample, costs)


# What they share


def after_first(one: Cost, everyone: Cost, count: int) -> tuple[Cost, Cost]:
    """What each takes, and the start, of what one takes and what so many take."""
    each = (everyone - one).times(1 / (count - 1))
    return each, one - each


def apart(name: str, group: Class, sample: Sequence[Path], costs: Sequence[Cost]) -> Row:
    """A row of what each notebook took."""
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
    """Add scores to those that are known; raises DisagreementError where one is another."""
    for name, score in given.items():
        if abs(known.setdefault(name, score) - score) > 1e-4:  # Otter rounds to five digits
            raise DisagreementError(f"{name}: {known[name]:g} points, and {score:g} by {who}.")
