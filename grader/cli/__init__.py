"""The command ``grader``: parsing, messages and exit codes, nothing else.

Exit code 0: the command finished, whatever the scores.  1: wrong usage, an unsound assignment, or
a test case of ``check`` that does not pass.  2: the grader itself failed.
"""

from __future__ import annotations

import os
import sys
import traceback
from typing import Final

import click

from grader.errors import Fault, GraderError, absent

from . import classes, courses
from .group import cli

__all__ = ["classes", "cli", "courses", "main", "script"]

#: One thread of linear algebra each: results are reproducible, and jobs do not fight over cores.
_ONE_THREAD: Final = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    for name in _ONE_THREAD:
        os.environ.setdefault(name, "1")
    given = sys.argv[1:] if arguments is None else arguments
    debug = "--debug" in given
    try:
        code = cli.main(given, prog_name="grader", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except click.ClickException as error:
        error.show()
        return 1
    except click.Abort:
        click.echo("Stopped. Run the same command again to go on where it stopped.", err=True)
        return 1
    except Exception as error:
        if debug:
            traceback.print_exc()
        told = absent(error) or error
        ours = isinstance(told, Fault) or not isinstance(told, GraderError)
        text = str(told) if isinstance(told, GraderError) else f"{type(told).__name__}: {told}"
        hint = "" if debug or not ours else " (grader --debug shows where)"
        click.echo(f"Error: {text}{hint}", err=True)
        return 2 if ours else 1


def script() -> None:
    """Run the console script."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:  # closed, as by 2>&-: no file of ours may get its number
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115
    sys.exit(main())
