"""Measures how long a right solution with demo cells takes, under an assignment's limits.

    python benchmarks/demos.py [--assignment shallow_narrow]

Prints a Markdown table: the number of demo cells, what each does, and how grading ended.
"""

from __future__ import annotations

import argparse
import time

from grader.course import assignment, known
from grader.judge.grade import Grader
from grader.model import Submission
from grader.sandbox.outside.host import Zygote

TRAINS = """\
import time
until = time.process_time() + {seconds}
while time.process_time() < until:
    sum(n * n for n in range(1000))
"""
DEMOS = {
    "none": (0, ""),
    "trains for 0.5 s": (1, TRAINS.format(seconds=0.5)),
    "trains for 3 s": (7, TRAINS.format(seconds=3)),
    "trains for 0.2 s": (40, TRAINS.format(seconds=0.2)),
    "trains for 4 s": (40, TRAINS.format(seconds=4)),
    "trains for hours": (40, TRAINS.format(seconds=10_000)),
    "sleeps for hours": (40, "import time\ntime.sleep(10_000)"),
    "ends its process": (40, "import os\nos._exit(1)"),
}


def main() -> None:
    """Grade the assignment's first variant, followed by each set of demos."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--assignment", default="shallow_narrow")
    course = assignment.load(parser.parse_args().assignment)
    solution = known.variants(course)[0].cells
    print("| demo cells | each | seconds | status | points |\n|---|---|---|---|---|")
    with Zygote() as zygote:
        grader = Grader(course, zygote=zygote)
        grader.grade(_handed_in(solution))  # does the work that each job does once
        for each, (count, demo) in DEMOS.items():
            began = time.perf_counter()
            result = grader.grade(_handed_in((*solution, *[demo] * count)))
            seconds = time.perf_counter() - began
            score = f"{result.score:g} of {result.max_score:g}"
            print(f"| {count} | {each} | {seconds:.2f} | {result.status} | {score} |", flush=True)


def _handed_in(cells: tuple[str, ...]) -> Submission:
    return Submission(name="a", source="a.ipynb", student="a", digest="0" * 64, cells=cells)


if __name__ == "__main__":
    main()
