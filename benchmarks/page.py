"""Writes measurements as the page docs/performance.md and its figure."""

from __future__ import annotations

import argparse
import os
import platform
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from commands import printed
from compare import JOBS, Class, Row

BEGIN = "<!-- What follows is written by benchmarks/class.py. -->"
END = "<!-- The end of what benchmarks/class.py writes. -->"
LIMIT = (
    '"With a confined process for each" includes: copying the warm process and every page that is '
    "written to; its confinement and its end; running the cells in it; and the computation of the "
    "hidden test cases, called directly. The grader's remaining time goes into messages between "
    "judge and worker, comparisons, pages, and the start."
)
WHAT = {
    "fork a worker": "the zygote copies itself; from then on, every page that is written to is "
    "copied",
    "confine it, hand over files": "namespaces, Landlock, the filter of system calls, limits; "
    "see below",
    "run the cells": "the student's own code, including plots",
    "calls from test cases": "messages in both directions, and the student's code that they call",
    "end the worker": "kill it with all processes that it started, remove its files",
    "read the notebook": "parse and check the JSON; cells and files beside it",
    "the judge's tests": "comparisons, examples to try, and the record used to name a mistake",
    "name the mistakes": "look up which known mistake gives the same results, or try it on the "
    "solution",
    "draw what is wrong": "an assignment's own pictures, if it has any",
    "write the pages": "feedback.html and results.json",
    "gradebook": "one transaction",
}


@dataclass(frozen=True)
class Goal:
    """One line of the table of goals."""

    what: str
    asked: str
    measured: str
    note: str


@dataclass(frozen=True)
class Measured:
    """All measurements of a run.

    ``groups`` has the rows of each class, the floor last; ``profiles`` the milliseconds of a
    right and a wrong submission by step.
    """

    groups: list[tuple[Class, list[Row]]]
    profiles: dict[str, dict[str, float]]
    goals: list[Goal]


def written(page: str, text: str) -> str:
    """Return the page with ``text`` between its two marks; the rest is kept.

    Raises IndexError if the page lacks the mark at the end.
    """
    before, after = page.split(BEGIN)[0], page.split(END)[1]
    return f"{before}{BEGIN}\n\n{text}\n{END}{after}"


def report(measured: Measured, options: argparse.Namespace) -> str:
    """Return the text and the tables in Markdown."""
    flag = " --nbgrader PYTHON" if options.nbgrader else ""
    lines = [
        f"Measured by `python benchmarks/class.py --write{flag}` in one run; Python "
        f"{platform.python_version()}, {os.cpu_count()} cores.",
        "",
        "No two notebooks are alike. Half of each class is right, written in several styles, and "
        "half makes one of the known mistakes; each notebook has three plots. Times are "
        "milliseconds for each submission, by the clock (ms) and of CPU time in all processes "
        "(CPU ms). The start of a grader is divided among the whole class; the columns *right* "
        "and *wrong* do not include it. The warm shell is the floor: it runs the same cells in a "
        "single warm IPython, without processes of their own and without test cases. No grader "
        "that runs the cells can be faster than the floor divided by the number of cores.",
        "",
        *table(measured),
        "",
        "![Times](performance.svg)",
        "",
        *computing(measured),
        "## Goals",
        "",
        "| | goal | measured | |",
        "|---|--:|--:|---|",
        *(f"| {g.what} | {g.asked} | {g.measured} | {g.note} |" for g in measured.goals),
        "",
        LIMIT,
        "",
        "## Where each millisecond goes",
        "",
        f"Milliseconds by the clock for {measured.groups[0][0].name} with one job, without the "
        "start:",
        "",
        "| | right | wrong | |",
        "|---|--:|--:|---|",
        *spent(measured.profiles),
        "",
        "To spawn, prepare and end a worker, with all layers and with process limits only, takes "
        f"(`python benchmarks/confinement.py`): {printed('confinement.py').strip()}. A free worker "
        "also has a cost: at its end, the grader must search for the processes that it started, "
        "whereas a namespace ends as a whole.",
        "",
        "One message and its answer take, in microseconds (`python benchmarks/messages.py`):",
        "",
        "```",
        printed("messages.py").rstrip(),
        "```",
    ]
    return "\n".join(lines) + "\n"


def table(measured: Measured) -> list[str]:
    """Return the lines of the table of classes and contestants."""
    lines = [
        f"| class | | graded | {' | right | wrong | '.join(('ms', 'CPU ms', '× floor'))} "
        "| right | wrong |",
        "|---|---|--:" + "|--:" * 9 + "|",
    ]
    for group, rows in measured.groups:
        label = label_of(group)
        floor = rows[-1]
        for row in rows:
            pairs = ((row.all, floor.all), (row.right, floor.right), (row.wrong, floor.wrong))
            cells = [shown(cost.wall) if cost else "" for cost, _ in pairs]
            cells += [shown(cost.cpu) if cost else "" for cost, _ in pairs]
            cells += [
                f"{cost.wall / least.wall:.2f}" if cost and least else "" for cost, least in pairs
            ]
            lines.append(f"| {label} | {row.name} | {row.graded} | " + " | ".join(cells) + " |")
            label = ""
    return lines


def label_of(group: Class) -> str:
    """Return the name of a class in the table."""
    if group.computing:
        return f"{group.name}, {group.computing} s of its own"
    return f"{group.name}, {group.size:,}"


def shown(milliseconds: float) -> str:
    """Return the number with a sensible number of digits; nothing for nan."""
    if milliseconds != milliseconds:
        return ""
    return f"{milliseconds:.{1 if milliseconds < 100 else 0}f}"


def computing(measured: Measured) -> list[str]:
    """Return the paragraph on notebooks that compute themselves, if there are any."""
    told = []
    for group, rows in measured.groups:
        if group.computing:
            floor = rows[-1].all.wall
            each = ", ".join(f"{row.name} {row.all.wall / floor:.2f}" for row in rows[:-1])
            told.append(f"with {group.computing} s of computing: {each}")
    if not told:
        return []
    return [
        "A grader can save only the time that it adds itself. The longer a notebook computes, the "
        "closer all graders are to the floor. As multiples of the floor, "
        f"{'; '.join(told)}. These figures rest on few notebooks; see the table.",
        "",
    ]


def spent(profiles: dict[str, dict[str, float]]) -> list[str]:
    """Return the lines of the table of steps, the longest first."""
    right, wrong = profiles["right"], profiles["wrong"]
    ordered = sorted(right, key=lambda name: -right[name])
    lines = [f"| {name} | {right[name]:.2f} | {wrong[name]:.2f} | {WHAT[name]} |"
             for name in ordered]  # fmt: skip
    return [*lines, f"| all | {sum(right.values()):.2f} | {sum(wrong.values()):.2f} | |"]


# The figure


def figure(measured: Measured, path: Path) -> None:
    """Draw four panels: all graders, all assignments, notebooks that compute, and steps."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "performance"  # the same numbers give the same file
    from matplotlib import pyplot

    drawn, axes = pyplot.subplots(2, 2, figsize=(11, 8), layout="constrained")
    all_graders(axes[0][0], measured)
    assignments(axes[0][1], measured)
    own_computing(axes[1][0], measured)
    parts(axes[1][1], measured.profiles)
    for place in axes.flat:
        place.spines[["top", "right"]].set_visible(False)
    drawn.savefig(path, metadata={"Date": None})
    pyplot.close(drawn)


def all_graders(axes: Any, measured: Measured) -> None:
    """Draw the time of each contestant for the first class."""
    group, rows = measured.groups[0]
    bars = axes.barh([row.name for row in rows], [row.all.wall for row in rows], color="tab:blue")
    axes.bar_label(bars, [f" {shown(row.all.wall)}" for row in rows])
    axes.set(title=f"A class of {label_of(group)}", xlabel="ms a submission", xscale="log")
    axes.invert_yaxis()
    axes.margins(x=0.15)


def assignments(axes: Any, measured: Measured) -> None:
    """Draw right and wrong submissions of each assignment with one job, and the floors."""
    groups = {group.name: rows for group, rows in measured.groups if not group.computing}
    for place, rows in enumerate(groups.values()):
        one = next(row for row in rows if row.name == JOBS[1])
        floor = rows[-1]
        for shift, kind, color in ((-0.2, "right", "tab:green"), (0.2, "wrong", "tab:red")):
            bar = axes.bar(place + shift, getattr(one, kind).wall, 0.38, color=color)
            least = getattr(floor, kind).wall
            line = axes.hlines(least, place + shift - 0.19, place + shift + 0.19, color="black")
            if not place:
                bar.set_label(kind)
                if kind == "wrong":
                    line.set_label("floor")
    axes.set_xticks(range(len(groups)), groups, rotation=25, ha="right")
    axes.set(title="Right and wrong, one job", ylabel="ms a submission")
    axes.margins(y=0.2)  # room for the legend
    axes.legend(frameon=False, loc="upper center", ncols=3)


def own_computing(axes: Any, measured: Measured) -> None:
    """Draw each contestant's multiple of the floor over the seconds that a notebook computes."""
    first = measured.groups[0]
    groups = [first, *(pair for pair in measured.groups if pair[0].computing)]
    for name in [row.name for row in first[1] if row.name != JOBS[2]]:
        found = {
            group.computing: row.all.wall / rows[-1].all.wall
            for group, rows in groups
            for row in rows
            if row.name == name
        }
        axes.plot(found.keys(), found.values(), marker="o", label=name)
    axes.set(title="Where a notebook computes itself", xlabel="seconds that it computes")
    axes.set(
        ylabel="times the floor", yscale="log", xticks=[group.computing for group, _ in groups]
    )
    axes.legend(frameon=False)


def parts(axes: Any, profiles: dict[str, dict[str, float]]) -> None:
    """Draw the milliseconds of each step."""
    names = sorted(profiles["right"], key=lambda name: profiles["right"][name])
    for shift, kind, color in ((0.2, "right", "tab:green"), (-0.2, "wrong", "tab:red")):
        places = [place + shift for place in range(len(names))]
        bars = axes.barh(places, [profiles[kind][n] for n in names], 0.38, color=color, label=kind)
        axes.bar_label(bars, fmt=" {:.1f}", fontsize="small")
    axes.set_yticks(range(len(names)), names)
    axes.set(title="Where the milliseconds go", xlabel="ms a submission, one job")
    axes.margins(x=0.12)
    axes.legend(frameon=False)
