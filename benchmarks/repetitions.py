"""How often does a correct solution lose a point by chance?

    python benchmarks/repetitions.py dropout batchnorm --repetitions 1000

Runs every correct variant of the assignments against every test case, again and again, each
time with new definitions and new random draws.  The test cases are called directly on the
objects, like Otter does, which is faster than a worker for each; ``grader verify --thorough
--repetitions N`` does the same through judge and worker.  Prints a table; exits with 1 if any
point was lost.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import multiprocessing
import os
import random
import sys
import time
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np

from grader.course.assignment import load
from grader.course.known import variants

Lost = list[str]


def definitions(cells: tuple[str, ...]) -> dict[str, Any]:
    """Return what a variant's cells define, executed in a new namespace."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    for cell in cells:
        exec(compile(cell, "<cell>", "exec"), namespace)
    return namespace


def lost_points(assignment: str, variant: str, repetitions: int) -> tuple[str, str, int, Lost]:
    """Run one variant; return its names and count, and the test cases that failed."""
    asked = load(assignment)
    cells = next(v.cells for v in variants(asked) if v.name == variant)
    lost: Lost = []
    quiet = io.StringIO()
    with warnings.catch_warnings(), contextlib.redirect_stdout(quiet):
        warnings.simplefilter("ignore")
        for turn in range(repetitions):
            np.random.seed(int.from_bytes(os.urandom(4), "little"))
            random.seed()
            namespace = definitions(cells)
            for question in asked.questions:
                for case in question.cases:
                    given = {"env": namespace} | namespace
                    given = {name: given[name] for name in case.parameters}
                    try:
                        case.function(**given)
                    except Exception as error:
                        lost.append(f"{turn}: {question.name}/{case.name}: {error}")
    return assignment, variant, repetitions, lost


def work(names: list[str], repetitions: int, part: int) -> Iterator[tuple[str, str, int]]:
    """Yield every variant in parts, so that all processes stay busy to the end."""
    for name in names:
        for variant in variants(load(name)):
            for start in range(0, repetitions, part):
                yield name, variant.name, min(part, repetitions - start)


def main() -> int:
    """Run all and print a table; return 1 if any point was lost."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("assignments", nargs="+")
    parser.add_argument("--repetitions", type=int, default=1000)
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    options = parser.parse_args()
    begin = time.perf_counter()
    done: dict[tuple[str, str], int] = {}
    failed: list[str] = []
    with multiprocessing.Pool(options.processes) as pool:
        parts = [
            pool.apply_async(lost_points, each)
            for each in work(options.assignments, options.repetitions, 50)
        ]
        for part in parts:
            assignment, variant, count, lost = part.get()
            key = assignment, variant
            done[key] = done.get(key, 0) + count
            failed += [f"{assignment} {variant} {text}" for text in lost]
            if done[key] == options.repetitions:
                print(f"{assignment:15} {variant:25} {done[key]:6} repetitions", flush=True)
    print(f"{sum(done.values())} repetitions, {time.perf_counter() - begin:.0f} s")
    print(*(failed or ["No point was lost."]), sep="\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
