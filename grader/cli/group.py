"""The group of commands, and what several of them use."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable
from pathlib import Path

import click

from grader import __version__
from grader.errors import log
from grader.report.language import ENGLISH, languages

ASSIGNMENT = click.option(
    "--assignment",
    metavar="NAME_OR_DIR",
    help="The assignment: its name, its folder, or an autograder.zip of Otter's.",
)

PYTHON = click.option(
    "--worker-python",
    metavar="PYTHON",
    type=click.Path(exists=True, dir_okay=False),
    help="Interpreter for the students' code; it needs numpy, matplotlib, ipython and msgspec.",
)

ROSTER = click.option(
    "--roster",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="The course's roster: a CSV as Canvas, Moodle or Gradescope export it, or name,id,email.",
)

LANGUAGE = click.option(
    "--lang",
    type=click.Choice(languages()),
    default=ENGLISH,
    help="The language of pages and messages; en unless given.",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
@click.option("--debug", is_flag=True, help="Show tracebacks of the grader's own errors.")
def cli(debug: bool) -> None:
    """Grade NumPy deep-learning notebook exercises."""
    if debug:
        log.addHandler(logging.StreamHandler())


def print_lines(lines: Iterable[str], *, err: bool = False) -> None:
    """Print each line, to standard error with ``err``."""
    for line in lines:
        click.echo(line, err=err)


def cores() -> int:
    """Return the number of cores that this process may use; the machine may have more."""
    everywhere = os.cpu_count() or 1
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else everywhere
