"""Grades the same notebooks with Otter and with grader, and prints the time of each.

    python benchmarks/compare.py --assignment dropout --notebooks 50

Four contestants, the same notebooks, one run:

otter run        one ``otter run`` process a submission, as its command line is used
otter loop       ``otter.api.grade_submission`` in a loop in one process, its import included
grader grade     the whole command, its start included
warm shell       the same cells in one IPython shell that is already warm, in one process, the
                 names of each forgotten after it, no test case run: the floor, which no grader
                 that runs the cells can beat

The first two take seconds a submission, so they grade a sample (``--sample``) and the table
gives what all notebooks would take; it says so.  The last two are run ``--repeat`` times and
the median is given.  Every contestant that grades must give every submission the same score,
or the comparison stops.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PLOT = """\
import matplotlib.pyplot as plt
import numpy as np

plt.figure(figsize=(6, 4))
plt.plot(np.linspace(0, 10, 500), np.sin(np.linspace(0, 10, 500) + {index}), label="curve {index}")
plt.xlabel("epoch")
plt.ylabel("loss")
plt.legend()
plt.show()"""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the table: ``seconds`` for all notebooks, ``note`` on how it was measured."""

    name: str
    seconds: float
    note: str
    scores: tuple[float, ...] = ()


def main() -> None:
    """Parse the command line, run the contestants, print the table."""
    options = parse()
    if options.part:
        print(json.dumps(PARTS[options.part](options.path)))
        return
    from grader import assignment, otter

    asked = assignment.load(options.assignment)
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        notebooks = write_notebooks(asked, scratch / "notebooks", options)
        autograder = otter.build(asked, scratch / "built").autograder
        sample = notebooks[: options.sample]
        rows = []
        if sample:
            rows.append(otter_run(sample, autograder, scratch, len(notebooks)))
            rows.append(otter_loop(sample, autograder, len(notebooks)))
        rows.append(grader_grade(asked.folder, notebooks, scratch, options))
        rows.append(warm_shell(notebooks, options.repeat))
    refuse_other_scores(rows)
    print_table(rows, len(notebooks), options)


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--assignment", default="shallow_narrow", help="name or folder [%(default)s]"
    )
    parser.add_argument("--notebooks", type=int, default=50, help="how many [%(default)s]")
    parser.add_argument("--plots", type=int, default=3, help="plots in each notebook [%(default)s]")
    parser.add_argument(
        "--mistakes", action="store_true", help="every second notebook makes a known mistake"
    )
    parser.add_argument(
        "--sample",
        type=int,
        default=5,
        help="how many of them Otter grades, 0 for none at all; the rest is scaled [%(default)s]",
    )
    parser.add_argument(
        "--repeat", type=int, default=3, help="runs of the fast contestants [%(default)s]"
    )
    parser.add_argument("--jobs", type=int, help="grader's --jobs [its own choice]")
    parser.add_argument("--part", choices=sorted(PARTS), help=argparse.SUPPRESS)
    parser.add_argument("path", nargs="*", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def write_notebooks(asked: Any, folder: Path, options: argparse.Namespace) -> list[Path]:
    """Notebooks of what is to be defined, solved, and a few plots; no two alike."""
    import nbformat

    from grader import assignment, master

    solution = master.definitions(master.read(asked.notebook).solution, asked.names)
    wrong = [mistake.code for mistake in assignment.mistakes(asked)] if options.mistakes else []
    folder.mkdir()
    paths = []
    for index in range(options.notebooks):
        cells = [f"student = {index}", *solution]
        if wrong and index % 2:
            cells.append(wrong[index // 2 % len(wrong)])
        cells += [PLOT.format(index=plot) for plot in range(options.plots)]
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(cell) for cell in cells],
            metadata={"kernelspec": kernel},
        )
        paths.append(folder / f"student{index:03}.ipynb")
        nbformat.write(notebook, paths[-1])
    return paths


# The contestants


def otter_run(sample: list[Path], autograder: Path, scratch: Path, wanted: int) -> Row:
    """One process a submission."""
    scores = []
    begin = time.perf_counter()
    for path in sample:
        command = [sys.executable, "-m", "otter", "run", str(path), "-a", str(autograder)]
        run([*command, "-o", str(scratch), "--no-logo"], environment=clean_environment())
        tests = json.loads((scratch / "results.json").read_text("utf-8"))["tests"]
        scores.append(sum(test.get("score", 0) for test in tests))
    seconds = (time.perf_counter() - begin) / len(sample) * wanted
    return Row(
        name="otter run", seconds=seconds, note=sampled(sample, wanted), scores=tuple(scores)
    )


def otter_loop(sample: list[Path], autograder: Path, wanted: int) -> Row:
    """One process for all of them."""
    measured = part("otter-loop", [autograder, *sample])
    seconds = measured["start"] + statistics.mean(measured["each"]) * wanted
    note = sampled(sample, wanted)
    return Row(name="otter loop", seconds=seconds, note=note, scores=tuple(measured["scores"]))


def nbgrader(sample: list[Path], course: Path, python: str, wanted: int) -> Row:
    """``nbgrader autograde`` for a class; its own preparation is not counted."""
    write_nbgrader(course / "source" / "ps1" / "work.ipynb", [])
    for handed_in in sample:
        cells = json.loads(handed_in.read_text("utf-8"))["cells"]
        write_nbgrader(course / "submitted" / handed_in.stem / "ps1" / "work.ipynb", cells)
    command = [python, "-m", "nbgrader"]
    # nbgrader calls other programs of its venv.
    path = f"{Path(python).absolute().parent}:{os.environ['PATH']}"
    found = {**clean_environment(), "PATH": path}
    in_course: dict[str, Any] = {"cwd": course, "env": found, "check": True, "capture_output": True}
    subprocess.run([*command, "generate_assignment", "ps1", "--create"], **in_course)
    begin = time.perf_counter()
    subprocess.run([*command, "autograde", "ps1"], **in_course)
    seconds = (time.perf_counter() - begin) / len(sample) * wanted
    note = sampled(sample, wanted)
    return Row(name="nbgrader autograde", seconds=seconds, note=note)


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


def grader_grade(
    assignment: Path, notebooks: list[Path], scratch: Path, options: argparse.Namespace
) -> Row:
    """The whole command, each time from nothing."""
    times = []
    for number in range(options.repeat):
        out = scratch / f"out{number}"
        command = [sys.executable, "-c", "from grader.cli import main; main()", "grade"]
        command += [str(notebooks[0].parent), "--assignment", str(assignment), "--out", str(out)]
        command += ["--quiet", *(["--jobs", str(options.jobs)] if options.jobs else [])]
        begin = time.perf_counter()
        run(command)
        times.append(time.perf_counter() - begin)
    with (out / "scores.csv").open(encoding="utf-8", newline="") as stream:
        scores = tuple(float(row["score"]) for row in csv.DictReader(stream))
    note = f"median of {options.repeat}, {min(times):.2f} to {max(times):.2f} s"
    return Row(name="grader grade", seconds=statistics.median(times), note=note, scores=scores)


def warm_shell(notebooks: list[Path], repeat: int) -> Row:
    """The cells alone."""
    times = [part("warm-shell", notebooks)["seconds"] for _ in range(repeat)]
    note = f"median of {repeat}, {min(times):.2f} to {max(times):.2f} s"
    return Row(name="warm shell", seconds=statistics.median(times), note=note)


# What runs in a process of its own


def part_otter_loop(paths: list[Path]) -> dict[str, Any]:
    """Grade ``paths[1:]`` with the autograder ``paths[0]``."""
    begin = time.perf_counter()
    from otter.api import grade_submission

    measured: dict[str, Any] = {"start": time.perf_counter() - begin, "each": [], "scores": []}
    for path in paths[1:]:
        begin = time.perf_counter()
        results = grade_submission(str(path), str(paths[0]), quiet=True)
        measured["each"].append(time.perf_counter() - begin)
        measured["scores"].append(results.total)
    return measured


def part_warm_shell(paths: list[Path]) -> dict[str, Any]:
    """Run the cells of all notebooks, after a first one that is not counted."""
    import matplotlib

    matplotlib.use("Agg")
    import nbformat
    from IPython.core.interactiveshell import InteractiveShell
    from matplotlib import pyplot

    shell = InteractiveShell.instance()
    own = set(shell.user_ns)

    def run_cells(cells: list[str]) -> None:
        for cell in cells:
            shell.run_cell(cell, silent=True)
        pyplot.close("all")
        # shell.reset() takes longer than the cells: that would be no floor.
        for name in set(shell.user_ns) - own:
            del shell.user_ns[name]

    read = [nbformat.read(path, as_version=4).cells for path in paths]
    notebooks = [[c.source for c in cells if c.cell_type == "code"] for cells in read]
    run_cells(notebooks[0])
    begin = time.perf_counter()
    for cells in notebooks:
        run_cells(cells)
    return {"seconds": time.perf_counter() - begin}


PARTS: dict[str, Callable[[list[Path]], dict[str, Any]]] = {
    "otter-loop": part_otter_loop,
    "warm-shell": part_warm_shell,
}


def part(name: str, paths: list[Path]) -> dict[str, Any]:
    """Run one of PARTS in a fresh interpreter; what it returns."""
    command = [sys.executable, __file__, "--part", name, *map(str, paths)]
    output = run(command, environment=clean_environment())
    measured: dict[str, Any] = json.loads(output.splitlines()[-1])
    return measured


def clean_environment() -> dict[str, str]:
    """Ours, but with nothing before the autograder's own files on the path for modules."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


def run(command: list[str], environment: dict[str, str] | None = None) -> str:
    """Run a command and return what it prints; where it fails, end with what it said."""
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


# The table


def sampled(sample: list[Path], wanted: int) -> str:
    """How an Otter row was measured."""
    return "" if len(sample) == wanted else f"scaled from {len(sample)} of {wanted}"


def refuse_other_scores(rows: list[Row]) -> None:
    """A comparison of graders that disagree would be worth nothing."""
    graded = [row for row in rows if row.scores]
    for row in graded:
        for mine, theirs in zip(row.scores, graded[-1].scores, strict=False):
            if abs(mine - theirs) > 1e-4:  # Otter rounds to five digits
                sys.exit(f"{row.name} and {graded[-1].name} disagree: {mine} and {theirs} points.")


def print_table(rows: list[Row], wanted: int, options: argparse.Namespace) -> None:
    """Seconds for all, milliseconds a submission, and ratios to the last two rows."""
    version = ".".join(map(str, sys.version_info[:3]))
    print(
        f"{wanted} notebooks of {Path(options.assignment).name}, {options.plots} plots each; "
        f"Python {version}, {os.cpu_count()} cores"
    )
    print(f"{'':14}{'seconds':>9}{'ms each':>9}{'x grader':>10}{'x shell':>9}")
    ours, floor = rows[-2].seconds, rows[-1].seconds
    for row in rows:
        print(
            f"{row.name:14}{row.seconds:9.2f}{row.seconds / wanted * 1000:9.1f}"
            f"{row.seconds / ours:10.2f}{row.seconds / floor:9.2f}  {row.note}"
        )


if __name__ == "__main__":
    main()
