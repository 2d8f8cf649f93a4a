"""Runs in Gradescope's container: grades /autograder/submission, writes results/results.json.

    python -I -m grader.gradescope /autograder

Only the course's staff see standard output: the score, the layers of isolation that this
container offers, and why grading failed where it did.  Then results.json has no score, so that
Gradescope reports that the autograder failed and records no zero.
"""

from __future__ import annotations

import contextlib
import json
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from grader import __version__
from grader.batch.pages import language_of
from grader.course.assignment import load
from grader.errors import Fault
from grader.judge.grade import Grader, faulty
from grader.model import Handin, Result, Status
from grader.report.files import write
from grader.report.gradescope import VISIBLE, results_json
from grader.report.language import Language
from grader.sandbox.outside.doctor import describe, probe
from grader.sandbox.outside.host import Zygote
from grader.sandbox.outside.interpreter import Interpreter
from grader.submission import read

from .build import COURSE, SETTINGS

# Any of these keeps the hidden tests from a student's code; nothing else does.
_CLOSING: Final = frozenset(["mount", "landlock", "user"])
_CLOSED: Final = ("source", "submission", "submission_metadata.json", "results")
_NAME: Final = "submission"  # Gradescope itself knows whose it is


def main(root: Path) -> int:
    """Grade the hand-in below ``root``; return the exit code, 0 whatever the score."""
    language, visibility = Language(), VISIBLE
    try:
        settings = json.loads((root / "source" / SETTINGS).read_text("utf-8"))
        language, visibility = Language(settings["language"]), settings["visibility"]
        result, language = _graded(root, settings)
    except Exception:
        traceback.print_exc(file=sys.stdout)
        nothing = Result(submission=_NAME, source=_NAME, student="", digest="", score=None,
                         status=Status.FAULT, max_score=0.0)  # fmt: skip
        result = faulty(nothing, Fault("see the traceback"))
    write(root / "results" / "results.json", results_json(result, language, hidden=visibility))
    for line in _told(result):
        print(line)
    return 2 if result.status is Status.FAULT else 0


def _graded(root: Path, settings: dict[str, Any]) -> tuple[Result, Language]:
    """Return the result, and the language for it."""
    _close(root)
    with Interpreter(is_for_one=True) as interpreter:
        interpreter.start()  # it warms up while the assignment is read
        folder = root / "source" / COURSE / "assignments" / settings["assignment"]
        assignment = load(folder)
        handin = Handin(name=_NAME, source=_NAME, student="", path=root / "submission")
        submission = read(handin, names=assignment.names)
        with Zygote(interpreter) as zygote:
            layers = probe(zygote)
            for line in describe(layers):
                print(line)
            if not _CLOSING & set(layers):
                raise Fault(
                    "nothing in this container keeps the hidden tests from a student's code: "
                    "it must run as root, or offer Landlock"
                )
            result = Grader(assignment, zygote=zygote).grade(submission)
    return result, language_of(assignment, settings["language"])


def _close(root: Path) -> None:
    """Let only this user into the folders of tests, hand-in and results."""
    for name in _CLOSED:
        with contextlib.suppress(FileNotFoundError):
            (root / name).chmod(0o700)


def _told(result: Result) -> Iterator[str]:
    """Yield lines for the course's staff."""
    points = "no score" if result.score is None else f"{result.score:g} of {result.max_score:g}"
    yield f"grader {__version__}: {result.status.value}, {points}, {result.seconds:.1f} s."
    if result.problem is not None:
        yield str(result.problem)
    active = ", ".join(result.isolation) or "no code was run"
    yield f"Isolation of the student's code: {active}."


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
