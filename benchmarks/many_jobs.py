"""Measures what each result costs the main process when many jobs are faster than it.

    python benchmarks/many_jobs.py [--jobs 64] [--notebooks 4000]

The jobs answer at once with results made beforehand, half of them for a known mistake.  Only the
way of a result is measured: the main process receives it, stores it in the gradebook and gives
its job the next submission.  Prints a Markdown table.
"""

from __future__ import annotations

import argparse
import itertools
import os
import resource
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any
from unittest import mock

from grader.batch import jobs, run
from grader.batch.gradebook import Gradebook
from grader.batch.pages import Graded, Pages
from grader.batch.progress import Quiet
from grader.batch.wire import decode, encode
from grader.course import assignment, known
from grader.course.assignment import Assignment
from grader.exchange.course import Course
from grader.judge.grade import Grader
from grader.model import Handin, Result, Submission
from grader.sandbox.inside.layers import LAYERS
from grader.sandbox.outside.host import Zygote
from grader.sandbox.outside.interpreter import Interpreter


class NoInterpreter(Interpreter):
    """An interpreter from which nothing is forked."""

    def start(self) -> None:
        """Start nothing."""


def main() -> None:
    """Print a line for each number of jobs."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--assignment", default="shallow_narrow", help="[%(default)s]")
    parser.add_argument("--jobs", type=int, nargs="*", default=[1, 8, 64], help="[%(default)s]")
    parser.add_argument("--notebooks", type=int, default=4000, help="class size [%(default)s]")
    options = parser.parse_args()
    course = assignment.load(options.assignment)
    results = made(course)
    print("| jobs | a second | ms of the main process each | of all |\n|--:|--:|--:|--:|")
    for count in options.jobs:
        seconds, own, whole = measured(course, results, count, options.notebooks)
        each = [1000 * value / options.notebooks for value in (own, whole)]
        rate = options.notebooks / seconds
        print(f"| {count} | {rate:.0f} | {each[0]:.3f} | {each[1]:.3f} |", flush=True)


def made(course: Assignment) -> list[Result]:
    """Return the results of a correct variant and of a known mistake."""
    solution = known.variants(course)[0].cells
    mistake = known.mistakes(course)[0].code
    graded = []
    with Zygote() as zygote:
        grader = Grader(course, zygote=zygote)
        for cells in (solution, (*solution, mistake)):
            submission = Submission(
                name="s", source="s.ipynb", student="s", digest="0" * 64, cells=cells
            )
            graded.append(grader.grade(submission))
    return graded


def measured(
    course: Assignment, results: list[Result], count: int, notebooks: int
) -> tuple[float, float, float]:
    """Return seconds for all notebooks: by the clock, CPU of the main process, CPU of all."""
    spent: list[float] = []
    pages = Pages(course.title)

    def serve(setup: jobs.Setup, pipe: Connection, other_end: Connection) -> None:
        other_end.close()
        pipe.send_bytes(encode(LAYERS))
        turns = itertools.cycle([Graded(result, pages.of(result)) for result in results])
        while (asked := pipe.recv_bytes()) != b"":
            name = decode(asked, jobs.Task).handin.name
            result, made = next(turns)
            pipe.send_bytes(encode(Graded(replace(result, submission=name), made)))

    @contextmanager
    def reporter(*arguments: Any, **keywords: Any) -> Iterator[Quiet]:
        begin, cpu = time.perf_counter(), time.process_time()
        yield Quiet()
        spent.extend((time.perf_counter() - begin, time.process_time() - cpu))

    handins = [
        Handin(name=f"s{n:06}", source=f"s{n:06}.ipynb", student=f"s{n:06}", path=Path("s"))
        for n in range(notebooks)
    ]
    with (
        tempfile.TemporaryDirectory() as folder,
        mock.patch.object(jobs, "_serve", serve),
        mock.patch.object(run, "reporter", reporter),
        Gradebook(Path(folder)) as book,
    ):
        options = run.Options(out=Path(folder), jobs=count, interpreter=NoInterpreter())
        before = children()
        whole = Course(handins, roster=None, out=options.out, max_score=course.max_score)
        run._grade(course, handins, options, book, whole)
        return spent[0], spent[1], spent[1] + children() - before


def children() -> float:
    """Return the CPU seconds of child processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    main()
