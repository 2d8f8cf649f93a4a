"""A student's pages: what is in them, and where they lie."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from grader.course.assignment import Assignment
from grader.model import Result, Standing
from grader.report.files import write
from grader.report.gradescope import results_json
from grader.report.language import Language, catalogues
from grader.report.page import FeedbackPage

_FILES: Final = ("feedback.html", "results.json")


class Graded(NamedTuple):
    """A result with its pages, by their files' names; without, where it has still to be made."""

    result: Result
    pages: dict[str, str]


class Publisher(Protocol):
    """Writes a result's pages."""

    def __call__(self, result: Result, standing: Standing | None = None) -> None: ...


def language_of(assignment: Assignment, code: str) -> Language:
    """The language, with the assignment's own texts."""
    return Language(code, catalogue=catalogues(assignment.folder).get(code))


class Pages:
    """Makes the pages of an assignment of this ``title``, by their files' names."""

    def __init__(self, title: str, language: Language | None = None) -> None:
        self._title = title
        self._language = language or Language()
        self._feedback = FeedbackPage(self._language)

    def of(self, result: Result, standing: Standing | None = None) -> dict[str, str]:
        """The student's pages; ``standing`` says what adjust.toml makes of the score."""
        return {
            "feedback.html": self._feedback.render(result, title=self._title, standing=standing),
            "results.json": results_json(result, self._language, standing),
        }


def write_pages(out: Path, submission: str, pages: Mapping[str, str]) -> None:
    """Write a submission's pages to their place below ``out``."""
    for name, text in pages.items():
        write(out / "submissions" / submission / name, text)


def publisher(title: str, out: Path, language: Language) -> Publisher:
    """A function that writes a result's pages below ``out``."""
    pages = Pages(title, language)

    def publish(result: Result, standing: Standing | None = None) -> None:
        write_pages(out, result.submission, pages.of(result, standing))

    return publish


def remove_others(out: Path, names: Iterable[str]) -> None:
    """Remove the pages below ``out`` of submissions other than ``names``; nothing else."""
    keep = frozenset(names)
    folder = out / "submissions"
    for old in folder.iterdir() if folder.is_dir() else ():
        if old.name in keep or not old.is_dir() or old.is_symlink():
            continue
        with contextlib.suppress(OSError):  # one that holds anything else stays
            for name in _FILES:
                (old / name).unlink(missing_ok=True)
                (old / f".{name}.part").unlink(missing_ok=True)
            old.rmdir()
