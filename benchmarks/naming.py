"""Measures how long it takes to name mistakes: ``python benchmarks/naming.py [NAME]...``.

Each known mistake of an assignment is a failing submission.  Its look-up is timed after all have
been looked up once, as in a class after the first few.  CPU time in one process.
"""

from __future__ import annotations

import sys
import time

from grader.course import master
from grader.course.assignment import Assignment, available, load
from grader.course.known import mistakes
from grader.proof.elsewhere import Bench


def measure(assignment: Assignment) -> tuple[float, float, float]:
    """Return milliseconds: mean and maximum of failing submissions, and the solution."""
    bench = Bench(assignment)
    core = master.definitions(master.read(assignment.notebook).solution, assignment.names)
    several = [bench.attempts([*core, mistake.code]) for mistake in mistakes(assignment)]
    right = bench.attempts(core)
    for attempts in several:
        bench.explained(attempts)
    taken = []
    for attempts in [*several, right]:
        start = time.process_time()
        bench.explained(attempts)
        taken.append(1e3 * (time.process_time() - start))
    *failing, passing = taken
    return sum(failing) / len(failing), max(failing), passing


def main() -> None:
    print("| | ms on average | at most | a right one |\n|---|--:|--:|--:|")
    for name in sys.argv[1:] or available():
        average, most, passing = measure(load(name))
        print(f"| {name} | {average:.1f} | {most:.1f} | {passing:.2f} |")


if __name__ == "__main__":
    main()
