"""A student's pages: their content and their place."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from grader.course.assignment import Assignment
from grader.model import Result, Standing
from grader.report.files import write
from grader.report.gradescope import results_json
from grader.report.language import Language, catalogues
from grader.report.page import FeedbackPage

_FILES: Final = ("feedback.html", "results.json")


class Graded(NamedTuple):
    """A result and its pages, by file name; no pages where they have still to be made."""

    result: Result
    pages: dict[str, str]


def language_of(assignment: Assignment, code: str) -> Language:
    """Return the language, with the assignment's own translations."""
    return Language(code, catalogue=catalogues(assignment.folder).get(code))


class Pages:
    """Makes the students' pages of an assignment with this ``title``."""

    def __init__(self, title: str, language: Language | None = None) -> None:
        self._title = title
        self._language = language or Language()
        self._feedback = FeedbackPage(self._language)

    def of(self, result: Result, standing: Standing | None = None) -> dict[str, str]:
        """Return the student's pages by file name; ``standing`` holds the final score."""
        return {
            "feedback.html": self._feedback.render(result, title=self._title, standing=standing),
            "results.json": results_json(result, self._language, standing),
        }


def write_pages(out: Path, submission: str, pages: Mapping[str, str]) -> None:
    """Write a submission's pages below ``out``."""
    for name, text in pages.items():
        write(out / "submissions" / submission / name, text)


def remove_others(out: Path, names: Iterable[str]) -> None:
    """Remove the pages of submissions other than ``names`` below ``out``, and nothing else."""
    keep = frozenset(names)
    folder = out / "submissions"
    for old in folder.iterdir() if folder.is_dir() else ():
        if old.name in keep or not old.is_dir() or old.is_symlink():
            continue
        with contextlib.suppress(OSError):  # a folder that holds anything else stays
            for name in _FILES:
                (old / name).unlink(missing_ok=True)
                (old / f".{name}.part").unlink(missing_ok=True)
            old.rmdir()
