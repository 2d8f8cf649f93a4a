"""Parts of the benchmark that need a fresh interpreter: ``python benchmarks/parts.py NAME ...``.

Prints what the function NAME returns as one line of JSON.  ``benchmarks/class.py`` imports none
of this, because the memory of a process with Otter would count as that of programs it starts.
"""

from __future__ import annotations

import contextlib
import io
import itertools
import json
import resource
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

Parts = dict[str, float]  # milliseconds for each submission


def make(name: str, folder: str, count: str, computing: str) -> dict[str, Any]:
    """Write a class's notebooks; return its assignment's folder and full marks."""
    from varied import write

    from grader.course import assignment

    asked = assignment.load(name)
    write(asked, Path(folder), int(count), computing=int(computing))
    return {"assignment": str(asked.folder), "full": asked.max_score}


def build(name: str, folder: str) -> dict[str, str]:
    """Build the autograder for Otter; return its path."""
    from grader.course import assignment, otter

    return {"autograder": str(otter.build(assignment.load(name), Path(folder)).autograder)}


# The contestants that run in one process


def otter_loop(autograder: str, *notebooks: str) -> dict[str, Any]:
    """Grade with ``otter.api``; return seconds of its import and of each notebook, and scores."""
    begin = clock()
    from otter.api import grade_submission

    measured: dict[str, Any] = {"start": since(begin), "each": [], "scores": []}
    for notebook in notebooks:
        begin = clock()
        results = grade_submission(notebook, autograder, quiet=True)
        measured["each"].append(since(begin))
        measured["scores"].append(results.total)
    return measured


def warm_shell(*notebooks: str) -> dict[str, Any]:
    """Run the cells of each notebook in one warm IPython; return seconds for each.

    The first notebook is run once before, uncounted.
    """
    import matplotlib

    matplotlib.use("Agg")
    from IPython.core.interactiveshell import InteractiveShell
    from matplotlib import pyplot

    shell = InteractiveShell.instance()
    own = set(shell.user_ns)

    def run_cells(cells: list[str]) -> None:
        for cell in cells:
            shell.run_cell(cell, silent=True)
        pyplot.close("all")
        # shell.reset() takes longer than the cells, so it would raise the floor.
        for name in set(shell.user_ns) - own:
            del shell.user_ns[name]

    read = [json.loads(Path(path).read_text("utf-8"))["cells"] for path in notebooks]
    sources = [[cell["source"] for cell in cells] for cells in read]
    run_cells(sources[0])
    each = []
    for cells in sources:
        begin = clock()
        run_cells(cells)
        each.append(since(begin))
    return {"each": each}


def clock() -> tuple[float, float]:
    """Return seconds by the clock, and of CPU of this process and its ended children."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.perf_counter(), time.process_time() + ended.ru_utime + ended.ru_stime


def since(begin: tuple[float, float]) -> tuple[float, float]:
    """Return the same, counted from ``begin``."""
    wall, cpu = clock()
    return wall - begin[0], cpu - begin[1]


# Where each millisecond goes

FORK, CONFINE, CELLS = "fork a worker", "confine it, hand over files", "run the cells"
CALLS, END = "calls from test cases", "end the worker"
NAME, DRAW = "name the mistakes", "draw what is wrong"
STEPS = ("read the notebook", "the judge's tests", "write the pages", "gradebook")


def profile(assignment: str, *notebooks: str) -> Parts:
    """Return the milliseconds of a submission by step, measured in one process."""
    from grader.batch.gradebook import Gradebook
    from grader.batch.pages import Pages, write_pages
    from grader.batch.resume import key_of
    from grader.course.assignment import load
    from grader.intake import find
    from grader.judge.diagnose import Diagnoser
    from grader.judge.grade import Grader
    from grader.judge.pictures import Pictures
    from grader.sandbox.outside.host import Link, Zygote
    from grader.submission import read

    asked = load(assignment)
    spent: Parts = defaultdict(float)
    timed(spent, Zygote, "spawn", FORK)
    timed(spent, Link, "prepare", CONFINE)
    timed(spent, Link, "run_cell", CELLS)
    timed(spent, Link, "perform", CALLS)
    timed(spent, Link, "perform_all", CALLS)
    timed(spent, Diagnoser, "explain", NAME)
    timed(spent, Pictures, "draw", DRAW)
    timed(spent, Zygote, "end", END)
    handins = find([Path(path) for path in notebooks]).handins
    with (
        tempfile.TemporaryDirectory() as folder,
        Gradebook(Path(folder)) as book,
        Zygote(preload=asked.preload) as zygote,
    ):
        pages = Pages(asked.title)
        grader = Grader(asked, zygote=zygote)
        grader.grade(read(handins[0]))
        spent.clear()
        for handin in handins:
            marks = [time.perf_counter()]
            submission = read(handin, names=asked.names)
            marks.append(time.perf_counter())
            inner = sum(spent.values())
            result = grader.grade(submission)
            inner = sum(spent.values()) - inner
            marks.append(time.perf_counter())
            write_pages(Path(folder), result.submission, pages.of(result))
            marks.append(time.perf_counter())
            book.record([result], key_of(asked))
            marks.append(time.perf_counter())
            steps = [after - before for before, after in itertools.pairwise(marks)]
            for name, seconds in zip(STEPS, steps, strict=True):
                spent["own " + name] += seconds
            spent["own the judge's tests"] -= inner
    return {name.removeprefix("own "): s * 1000 / len(handins) for name, s in spent.items()}


def timed(spent: Parts, owner: type, method: str, name: str) -> None:
    """Add the time of each call of ``method`` to ``spent``, without timed calls inside it."""
    original = getattr(owner, method)

    def measured(*arguments: Any, **keywords: Any) -> Any:
        begin, before = time.perf_counter(), sum(spent.values())
        try:
            return original(*arguments, **keywords)
        finally:
            inner = sum(spent.values()) - before
            spent[name] += time.perf_counter() - begin - inner

    setattr(owner, method, measured)


def direct(assignment: str, *notebooks: str) -> Parts:
    """Return the mean milliseconds of all hidden test cases, called directly."""
    import matplotlib

    from grader.course.assignment import load

    matplotlib.use("Agg")
    asked = load(assignment)
    cases = [case for question in asked.questions for case in question.cases]
    means = []
    for path in notebooks:
        names: dict[str, Any] = {}
        with contextlib.redirect_stdout(io.StringIO()):
            for cell in json.loads(Path(path).read_text("utf-8"))["cells"]:
                exec(cell["source"], names)
            times = []
            for _ in range(3):
                begin = time.perf_counter()
                for case in cases:
                    given = {n: names if n == "env" else names[n] for n in case.parameters}
                    case.function(**given)
                times.append(time.perf_counter() - begin)
        means.append(statistics.median(times))
    return {"test cases": statistics.mean(means) * 1000}


PARTS: dict[str, Callable[..., dict[str, Any]]] = {
    part.__name__: part for part in (make, build, otter_loop, warm_shell, profile, direct)
}

if __name__ == "__main__":
    print(json.dumps(PARTS[sys.argv[1]](*sys.argv[2:])))
