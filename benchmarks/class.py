"""A class of 100 notebooks with three plots each: the times of the graders, in one run.

    python benchmarks/class.py --nbgrader /some/venv/bin/python --write

The contestants of compare.py, on the same notebooks, and besides

nbgrader         ``nbgrader autograde`` for the class, in a venv of its own (``--nbgrader``),
                 with one trivial test a notebook, which is in its favour
grader, 2 jobs   the whole command with two jobs, to see how it scales

then what compare.py does not tell: where the milliseconds of one submission go, how near to
the goals any grader could come, the time to the first grade, and the peak memory for 100 and
for ``--many`` submissions.  ``--write`` puts tables and figure into docs/performance.md and
docs/performance.svg.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import platform
import resource
import shutil
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import compare
from compare import Row

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
GRADE = [sys.executable, "-c", "from grader.cli import main; raise SystemExit(main())", "grade"]
Parts = dict[str, float]  # milliseconds a submission


def main() -> None:
    """Parse the command line, measure, print and write."""
    options = parse()
    sys.path.insert(0, str(ROOT))
    os.environ["PYTHONPATH"] = str(ROOT)
    if options.part:
        print(json.dumps(PARTS[options.part](options.path)))
        return
    from grader import assignment, otter

    asked = assignment.load(options.assignment)
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        notebooks = compare.write_notebooks(asked, scratch / "notebooks", options)
        autograder = otter.build(asked, scratch / "built").autograder
        rows = contestants(asked, notebooks, autograder, scratch, options)
        parts = part("profile", [asked.folder, *notebooks])
        alone = part("direct", [asked.folder])["test cases"]
        reached = goals(rows, parts, alone, len(notebooks))
        reached += starts(asked, notebooks, scratch, options)
        if options.many:
            reached += memory(asked, scratch, options.many)
    text = report(rows, parts, reached, options)
    print(text)
    if options.write:
        (DOCS / "performance.md").write_text(text, "utf-8")
        figure(rows, parts, DOCS / "performance.svg")


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--assignment", default="shallow_narrow", help="name or folder [%(default)s]")
    add("--notebooks", type=int, default=100, help="how many [%(default)s]")
    add("--plots", type=int, default=3, help="plots in each [%(default)s]")
    add("--sample", type=int, default=10, help="how many the slow ones grade [%(default)s]")
    add("--repeat", type=int, default=3, help="runs of the fast ones [%(default)s]")
    add("--many", type=int, default=10_000, help="for the memory; 0 for none [%(default)s]")
    add("--nbgrader", metavar="PYTHON", help="an interpreter that has nbgrader and numpy")
    add("--write", action="store_true", help="write docs/performance.md and its figure")
    add("--part", choices=sorted(PARTS), help=argparse.SUPPRESS)
    add("path", nargs="*", type=Path, help=argparse.SUPPRESS)
    return argparse.Namespace(**vars(parser.parse_args()), mistakes=False)


# The contestants


def contestants(
    asked: Any, notebooks: list[Path], autograder: Path, scratch: Path, options: argparse.Namespace
) -> list[Row]:
    """Every row of the table; the last one is the floor."""
    sample = notebooks[: options.sample]
    rows = []
    if sample:
        rows.append(compare.otter_run(sample, autograder, scratch, len(notebooks)))
        rows.append(compare.otter_loop(sample, autograder, len(notebooks)))
    if options.nbgrader:
        rows.append(
            compare.nbgrader(sample, scratch / "nbgrader", options.nbgrader, len(notebooks))
        )
    for jobs in (1, 2):
        place = scratch / f"jobs{jobs}"
        place.mkdir()
        chosen = argparse.Namespace(**{**vars(options), "jobs": jobs})
        row = compare.grader_grade(asked.folder, notebooks, place, chosen)
        rows.append(
            Row(name=f"grader, {jobs} job{'s' * (jobs > 1)}", seconds=row.seconds,
                note=row.note, scores=row.scores)
        )  # fmt: skip
    compare.refuse_other_scores(rows)
    return [*rows, compare.warm_shell(notebooks, options.repeat)]


# Where each millisecond goes


def part_profile(paths: list[Path]) -> Parts:
    """Milliseconds a submission, by what they are spent on, in one process."""
    from grader.assignment import load
    from grader.batch.gradebook import Gradebook
    from grader.batch.pages import Pages, write_pages
    from grader.batch.resume import key_of
    from grader.grade import Grader
    from grader.isolation.host import Link, Zygote
    from grader.submission import find, read

    assignment = load(paths[0])
    spent: Parts = defaultdict(float)
    timed(spent, Zygote, "spawn", FORK)
    timed(spent, Link, "prepare", CONFINE)
    timed(spent, Link, "run_cell", CELLS)
    timed(spent, Link, "operate", CALLS)
    timed(spent, Zygote, "end", END)
    handins = find([paths[1].parent]).handins
    with tempfile.TemporaryDirectory() as folder, Gradebook(Path(folder)) as book:
        pages = Pages(assignment.title)
        with Zygote() as zygote:
            grader = Grader(assignment, zygote=zygote)
            grader.grade(read(handins[0]))
            spent.clear()
            for handin in handins:
                marks = [time.perf_counter()]
                submission = read(handin, names=assignment.names)
                marks.append(time.perf_counter())
                inner = sum(spent.values())
                result = grader.grade(submission)
                inner = sum(spent.values()) - inner
                marks.append(time.perf_counter())
                write_pages(Path(folder), result.submission, pages.of(result))
                marks.append(time.perf_counter())
                book.record(result, key=key_of(handin.name, result.digest, assignment))
                marks.append(time.perf_counter())
                steps = [after - before for before, after in itertools.pairwise(marks)]
                for name, seconds in zip(STEPS, steps, strict=True):
                    spent["own " + name] += seconds
                spent["own the judge's tests"] -= inner
    return {name.removeprefix("own "): s * 1000 / len(handins) for name, s in spent.items()}


FORK, CONFINE, CELLS = "fork a worker", "confine it, hand over files", "run the cells"
CALLS, END = "calls from test cases", "end the worker"
STEPS = ("read the notebook", "the judge's tests", "write the pages", "gradebook")
WHAT = {
    FORK: "the zygote copies itself; from here on every page that is written to is copied",
    CONFINE: "namespaces, Landlock, the filter of system calls, limits; see below",
    CELLS: "the student's own code, plots among it",
    CALLS: "messages to and fro, and the student's code that they call",
    END: "kill it with all that it started, remove its files",
    "read the notebook": "JSON, checked; cells and files beside it",
    "the judge's tests": "comparisons, and what is kept to name a mistake",
    "write the pages": "feedback.html and results.json",
    "gradebook": "one transaction",
}


def timed(spent: Parts, owner: type, method: str, name: str) -> None:
    """Add the time of every call of ``method`` to ``spent``."""
    original = getattr(owner, method)

    def measured(*arguments: Any, **keywords: Any) -> Any:
        begin = time.perf_counter()
        try:
            return original(*arguments, **keywords)
        finally:
            spent[name] += time.perf_counter() - begin

    setattr(owner, method, measured)


def part_direct(paths: list[Path]) -> Parts:
    """Milliseconds of all hidden test cases on the solution when nothing stands between."""
    from grader import assignment, master

    asked = assignment.load(paths[0])
    names: dict[str, Any] = {}
    for cell in master.definitions(master.read(asked.notebook).solution, asked.names):
        exec(cell, names)
    cases = [case for question in asked.questions for case in question.cases]
    times = []
    for _ in range(20):
        begin = time.perf_counter()
        for case in cases:
            case.function(**{n: names if n == "env" else names[n] for n in case.parameters})
        times.append(time.perf_counter() - begin)
    return {"test cases": statistics.median(times) * 1000}


# Start and memory


def starts(
    asked: Any, notebooks: list[Path], scratch: Path, options: argparse.Namespace
) -> list[Goal]:
    """The time to the first grade, beside ``import otter``."""
    out = scratch / "first"
    grade = [*GRADE, str(notebooks[0]), "--assignment", str(asked.folder), "--out", str(out)]
    ours = [seconds([*grade, "--fresh", "--quiet"]) for _ in range(options.repeat)]
    theirs = [seconds([sys.executable, "-c", "import otter"]) for _ in range(options.repeat)]
    first, importing = statistics.median(ours), statistics.median(theirs)
    note = f"{first:.2f} s for the whole command, {importing:.2f} s for `python -c 'import otter'`"
    return [Goal("first grade / `import otter`", "≤ 1.5", f"{first / importing:.2f}", note)]


def seconds(command: list[str]) -> float:
    """How long a command takes."""
    begin = time.perf_counter()
    compare.run(command)
    return time.perf_counter() - begin


def memory(asked: Any, scratch: Path, many: int) -> list[Goal]:
    """The peak memory of the largest process, for 100 submissions without plots and for many."""
    plain = argparse.Namespace(notebooks=100, plots=0, mistakes=True)
    notebooks = compare.write_notebooks(asked, scratch / "plain", plain)
    peaks = []
    for count in (100, many):
        folder = scratch / f"class{count}"
        folder.mkdir()
        for number in range(count):
            shutil.copy(notebooks[number % len(notebooks)], folder / f"s{number:06}.ipynb")
        out = scratch / f"memory{count}"
        peaks.append(part("memory", [asked.folder, folder, out])["megabytes"])
        shutil.rmtree(out)
    note = f"{peaks[1]:.0f} MB and {peaks[0]:.0f} MB, the largest process of each"
    what = f"peak memory for {many} submissions / for 100"
    return [Goal(what, "≤ 1.2", f"{peaks[1] / peaks[0]:.2f}", note)]


def part_memory(paths: list[Path]) -> dict[str, float]:
    """Grade a folder; the peak of the largest process of all, in MB."""
    command = [*GRADE, str(paths[1]), "--assignment", str(paths[0]), "--out", str(paths[2])]
    compare.run([*command, "--quiet"])
    return {"megabytes": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024}


PARTS: dict[str, Callable[[list[Path]], dict[str, float]]] = {
    "direct": part_direct,
    "profile": part_profile,
    "memory": part_memory,
}


def part(name: str, paths: list[Path]) -> dict[str, float]:
    """Run one of PARTS in a fresh interpreter; what it returns."""
    output = compare.run([sys.executable, __file__, "--part", name, *map(str, paths)])
    measured: dict[str, float] = json.loads(output.splitlines()[-1])
    return measured


# Tables and figure


LIMIT = [
    "A confined process for each costs: a copy of the warm process, in which every page that is "
    "written to is copied; its confinement and its end; the cells, run in it; and what the hidden "
    "test cases compute when nothing stands between them and the solution. What we take beyond "
    "that are the messages between judge and worker, the comparisons, the pages, and the start.",
]


@dataclass(frozen=True)
class Goal:
    """One line of the table of goals."""

    what: str
    asked: str
    measured: str
    note: str


def goals(rows: list[Row], parts: Parts, alone: float, count: int) -> list[Goal]:
    """The ratios that the goals speak of, and how near to them any grader could come.

    ``alone`` are the milliseconds that the test cases' own computing takes.
    """
    each = {row.name: row.seconds * 1000 / count for row in rows}
    one, two, floor = each["grader, 1 job"], each["grader, 2 jobs"], each["warm shell"]
    least = alone + sum(parts[name] for name in (FORK, CONFINE, CELLS, END))
    found = [
        Goal(
            f"{name} / grader, 2 jobs",
            f"≥ {asked}",
            f"{each[name] / two:.0f}",
            f"at most {each[name] * 2 / floor:.0f} on two cores if nothing but the cells is run, "
            f"{each[name] * 2 / least:.0f} with a confined process for each",
        )
        for name, asked in {"otter run": 200, "otter loop": 100, "nbgrader autograde": 80}.items()
        if name in each
    ]
    note = f"at least {least / floor:.2f} with a confined process for each"
    found.append(Goal("grader, 1 job / floor", "≤ 2", f"{one / floor:.2f}", note))
    found.append(Goal("grader, 1 job / 2 jobs", "≥ 1.8", f"{one / two:.2f}", "start included"))
    return found


def report(rows: list[Row], parts: Parts, reached: list[Goal], options: argparse.Namespace) -> str:
    """The page docs/performance.md."""
    flag = " --nbgrader PYTHON" if options.nbgrader else ""
    lines = [
        "# Performance",
        "",
        f"Made by `python benchmarks/class.py --write{flag}`: {options.notebooks} notebooks of "
        f"{Path(options.assignment).name}, solved, with {options.plots} plots each, in one run; "
        f"Python {platform.python_version()}, {os.cpu_count()} cores.",
        "",
        "The warm shell is the floor: the same cells in one IPython that is already warm, no "
        "process of their own, no test case. No grader that runs the cells is faster than that, "
        "divided by the cores.",
        "",
        "| | seconds | ms each | how |",
        "|---|--:|--:|---|",
    ]
    for row in rows:
        each = row.seconds / options.notebooks * 1000
        lines.append(f"| {row.name} | {row.seconds:.2f} | {each:.1f} | {row.note} |")
    lines += ["", "![Times](performance.svg)", "", "## Goals", ""]
    lines += ["| | goal | measured | |", "|---|--:|--:|---|"]
    lines += [f"| {goal.what} | {goal.asked} | {goal.measured} | {goal.note} |" for goal in reached]
    lines += ["", *LIMIT, "", "## Where each millisecond goes", ""]
    lines += ["One job, a submission, start not counted.", "", "| | ms | |", "|---|--:|---|"]
    ordered = sorted(parts.items(), key=lambda item: -item[1])
    lines += [f"| {name} | {value:.2f} | {WHAT[name]} |" for name, value in ordered]
    lines.append(f"| all | {sum(parts.values()):.2f} | |")
    lines += ["", "What confinement adds to a process (`python benchmarks/confinement.py`): "]
    lines[-1] += beside("confinement.py").strip() + "."
    lines += ["", "What one message and its answer cost, in microseconds (`python "]
    lines[-1] += "benchmarks/messages.py`):"
    lines += ["", "```", beside("messages.py").rstrip(), "```"]
    return "\n".join(lines) + "\n"


def beside(name: str) -> str:
    """What another benchmark of this folder prints."""
    return compare.run([sys.executable, str(Path(__file__).parent / name)])


def figure(rows: list[Row], parts: Parts, path: Path) -> None:
    """The times of all, and the parts of ours."""
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    drawn, (left, right) = pyplot.subplots(1, 2, figsize=(11, 3.2), layout="constrained")
    bars = left.barh([row.name for row in rows], [row.seconds for row in rows], color="tab:blue")
    left.bar_label(bars, fmt=" {:.1f} s")
    left.set(xlabel="seconds for the class")
    left.invert_yaxis()
    ordered = sorted(parts.items(), key=lambda item: item[1])
    bars = right.barh([name for name, _ in ordered], [ms for _, ms in ordered], color="tab:orange")
    right.bar_label(bars, fmt=" {:.1f}")
    right.set(xlabel="milliseconds a submission, one job")
    for axes in (left, right):
        axes.margins(x=0.15)
        axes.spines[["top", "right"]].set_visible(False)
    drawn.savefig(path, metadata={"Date": None})


if __name__ == "__main__":
    main()
