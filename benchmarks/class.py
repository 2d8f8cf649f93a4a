"""Measures how long each grader takes for classes in which no two notebooks are alike.

    python benchmarks/class.py --nbgrader /some/venv/bin/python --write
    python benchmarks/class.py --quick

varied.py makes the classes: half of the notebooks are right, in several styles, and half have a
known mistake.  compare.py runs the contestants.  All of them grade the first assignment, also
with notebooks that compute for seconds; only grader and the floor grade the other assignments.
One run also measures where the milliseconds of a submission go, how near any grader could come
to the goals, the time to the first grade, and the memory.  ``--write`` updates
docs/performance.md and the figure beside it.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

import compare
from commands import command, part
from compare import Class, DisagreementError, Row, Scores
from page import Goal, Measured, figure, report, written
from varied import spread

ROOT = Path(__file__).resolve().parent.parent
OTHERS = "batchnorm optimizers dropout softmax weight_decay regression_net"
BOUND_BY_TESTS = ("batchnorm", "optimizers", "dropout")  # their test cases compute a lot
COMPUTING = (1, 4)  # seconds
PROFILED = 50  # notebooks of each kind, right and wrong


def main() -> None:
    """Measure and print; with ``--write``, also update the page and its figure."""
    options = parse()
    os.environ["PYTHONPATH"] = str(ROOT)
    begin = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        try:
            measured = Benchmark(options, Path(folder), begin).measure()
        except DisagreementError as error:
            sys.exit(f"A comparison of graders that disagree would be worth nothing. {error}")
    text = report(measured, options)
    print(text)
    if options.write:
        page = ROOT / "docs" / "performance.md"
        page.write_text(written(page.read_text("utf-8"), text), "utf-8")
        figure(measured, page.with_suffix(".svg"))


def parse() -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--assignment", default="shallow_narrow", help="graded by all contestants [%(default)s]")
    add("--others", default=OTHERS, help="graded only by grader and the floor [%(default)s]")
    add("--count", type=int, default=100, help="notebooks of each class [%(default)s]")
    add("--many", type=int, default=1000, help="of a large class; 0 for none [%(default)s]")
    add("--sample", type=int, default=20, help="notebooks for slow contestants [%(default)s]")
    add("--slow", type=int, default=4, help="notebooks that compute for a second, and half as many "
        "for four; 0 for none [%(default)s]")  # fmt: skip
    add("--nbgrader", metavar="PYTHON", help="an interpreter with nbgrader and matplotlib")
    add("--quick", action="store_true", help="few notebooks: takes a few minutes")
    add("--write", action="store_true", help="write docs/performance.md and its figure")
    options = parser.parse_args()
    if options.quick:
        options.count, options.many, options.sample, options.slow = 20, 0, 4, 0
    return options


@dataclass(frozen=True)
class Benchmark:
    """One run, which began at ``begin`` (``time.monotonic``)."""

    options: argparse.Namespace
    scratch: Path
    begin: float

    def measure(self) -> Measured:
        """Return all measurements, made one after another."""
        options = self.options
        main = options.assignment
        autograder = part("build", main, self.scratch / "built")["autograder"]
        groups = []
        for place, size in enumerate(filter(None, (options.many, options.count))):
            group, scores = self.group(main, size), Scores()
            sample = group.sample(options.sample) if not place else []
            groups.append((group, [*self.slow(group, sample, autograder, scores),
                                   *self.whole(group, scores)]))  # fmt: skip
        for name in options.others.split():
            group = self.group(name, options.count)
            compare.warm(group)
            groups.append((group, [compare.grader_apart(group, {}), self.floor(group)]))
        for seconds in COMPUTING if options.slow > 1 else ():
            few = max(2, options.slow if seconds == 1 else options.slow // 2)
            group, scores = self.group(main, few, seconds), Scores()
            rows = self.slow(group, list(group.notebooks), autograder, scores)
            ours = compare.grader_shared(group, scores)
            groups.append((group, [*rows, ours, self.floor(group)]))
        self.tell("where the milliseconds go")
        first = groups[0][0]
        profiles = {
            kind: part("profile", first.assignment, *spread(half, min(PROFILED, len(half))))
            for kind, half in (("right", first.right), ("wrong", first.wrong))
        }
        goals = ratios(groups, profiles, computed_by_tests(first))
        return Measured(groups, profiles, [*goals, *self.bound(groups), self.first_grade(first)])

    def group(self, name: str, size: int, computing: int = 0) -> Class:
        """Write and return a class; notebooks compute for ``computing`` seconds."""
        folder = Path(tempfile.mkdtemp(dir=self.scratch))
        self.tell(f"{name}, {size} notebooks" + f", {computing} s each" * bool(computing))
        made = part("make", name, folder / "notebooks", size, computing)
        return Class(
            assignment=Path(made["assignment"]),
            full=made["full"],
            notebooks=tuple(sorted((folder / "notebooks").iterdir())),
            scratch=folder,
            computing=computing,
            size=self.options.count if computing else size,
        )

    def slow(self, group: Class, sample: list[Path], autograder: str, scores: Scores) -> list[Row]:
        """Return the rows of the other graders for a sample; none if it is empty."""
        rows = []
        if sample:
            rows.append(compare.otter_run(group, sample, autograder, scores))
            rows.append(compare.otter_loop(group, sample, autograder, scores))
        if sample and self.options.nbgrader:
            rows.append(compare.nbgrader(group, sample, self.options.nbgrader))
        return rows

    def whole(self, group: Class, scores: Scores) -> list[Row]:
        """Return the rows of grader, with one job and with two, and of the floor."""
        compare.warm(group)
        apart = compare.grader_apart(group, scores)
        one = compare.grader(group, 1, scores)
        one = replace(one, right=apart.right, wrong=apart.wrong)
        return [one, compare.grader(group, 2, scores), self.floor(group)]

    def floor(self, group: Class) -> Row:
        """Return the row of the floor, measured on some of the notebooks."""
        return compare.warm_shell(group, group.sample(2 * compare.APART))

    def bound(self, groups: list[tuple[Class, list[Row]]]) -> list[Goal]:
        """Return how near to its limit grader is where test cases compute a lot."""
        goals = []
        for group, rows in groups:
            if group.name in BOUND_BY_TESTS:
                row = {row.name: row for row in rows}
                ours, floor = row[compare.JOBS[1]].right, row["warm shell"].right
                assert ours is not None
                assert floor is not None
                some = spread(group.right, min(20, len(group.right)))
                tests = computed_by_tests(group)
                profile = part("profile", group.assignment, *some)
                least = floor.wall + process(profile) + tests
                note = (
                    f"{ours.wall:.0f} ms; the cells {floor.wall:.0f}, a confined process "
                    f"{process(profile):.0f}, what the test cases compute {tests:.0f}"
                )
                what = f"{group.name}, right, 1 job / cells, process and test cases"
                goals.append(Goal(what, "≤ 2", f"{ours.wall / least:.2f}", note))
        return goals

    def first_grade(self, group: Class) -> Goal:
        """Return the time to the first grade, compared with ``import otter``."""
        ours = [compare.grade(group, group.notebooks[:1], 1, {})[0].wall for _ in range(3)]
        asked = [sys.executable, "-c", "import otter"]
        theirs = [command(asked)[0].wall for _ in range(3)]
        first, importing = statistics.median(ours) / 1000, statistics.median(theirs) / 1000
        note = f"{first:.2f} s for the whole command, {importing:.2f} s for the import"
        return Goal("first grade / `import otter`", "≤ 1.0", f"{first / importing:.2f}", note)

    def tell(self, what: str) -> None:
        """Print on stderr what is measured now."""
        print(f"{time.monotonic() - self.begin:5.0f} s  {what}", file=sys.stderr, flush=True)


def computed_by_tests(group: Class) -> float:
    """Return how many milliseconds the test cases themselves compute for a right notebook."""
    some = spread(group.right, min(compare.APART, len(group.right)))
    return float(part("direct", group.assignment, *some)["test cases"])


def process(profile: dict[str, float]) -> float:
    """Return the milliseconds of a profile that a confined process takes."""
    return sum(profile[name] for name in FORKED)


FORKED = ("fork a worker", "confine it, hand over files", "end the worker")


def ratios(
    groups: list[tuple[Class, list[Row]]], profiles: dict[str, dict[str, float]], tests: float
) -> list[Goal]:
    """Return the ratios with a goal, and how near to the goal any grader could come.

    ``tests`` is how many milliseconds the test cases themselves compute for a right notebook.
    """
    group, rows = groups[0]
    row = {row.name: row for row in rows}
    one, two, floor = (row[name] for name in (*compare.JOBS.values(), "warm shell"))
    cells = statistics.mean(profile["run the cells"] for profile in profiles.values())
    least = tests + cells + statistics.mean(map(process, profiles.values()))
    found = []
    asked = {"otter run": (160, 200), "otter loop": (85, 100), "nbgrader autograde": (70, 80)}
    for name, (limit, goal) in asked.items():
        if name in row:
            theirs = row[name].all.wall
            note = (
                f"at most {theirs * 2 / floor.all.wall:.0f} on two cores if nothing but the cells "
                f"is run, {theirs * 2 / least:.0f} with a confined process for each"
            )
            measured = f"{theirs / two.all.wall:.0f}"
            found.append(Goal(f"{name} / {two.name}", f"≥ {limit}, goal {goal}", measured, note))
    note = f"at least {least / floor.all.wall:.2f} with a confined process for each"
    measured = f"{one.all.wall / floor.all.wall:.2f}"
    found.append(Goal(f"{one.name} / floor", "≤ 2.2, goal 2", measured, note))
    measured = f"{one.all.wall / two.all.wall:.2f}"
    found.append(Goal("grader, 1 job / 2 jobs", "≥ 1.8", measured, "start included"))
    assert one.wrong is not None
    assert one.right is not None
    measured = f"{one.wrong.cpu / one.right.cpu:.2f}"
    found.append(Goal("wrong / right, 1 job, CPU", "≤ 2", measured, "start not counted"))
    if len(groups) > 1 and groups[1][0].name == group.name:
        peaks = [r.peak for _, rows in groups[:2] for r in rows if r.name == two.name]
        note = f"{peaks[0]:.0f} MB and {peaks[1]:.0f} MB, the largest of grader's own processes"
        what = f"peak memory for {group.size:,} / for {groups[1][0].size:,}"
        found.append(Goal(what, "≤ 1.2", f"{peaks[0] / peaks[1]:.2f}", note))
    return found


if __name__ == "__main__":
    main()
