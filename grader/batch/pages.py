"""A student's pages: what is in them, and where they lie."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from grader.assignment import Assignment
from grader.model import Result
from grader.report.figures import figures_of
from grader.report.files import write
from grader.report.gradescope import results_json
from grader.report.language import Language, catalogues
from grader.report.page import FeedbackPage


def language_of(assignment: Assignment, code: str) -> Language:
    """The language, with the assignment's own texts."""
    return Language(code, catalogue=catalogues(assignment.folder).get(code))


class Pages:
    """Makes the pages of an assignment of this ``title``, by their files' names."""

    def __init__(self, title: str, language: Language | None = None) -> None:
        self._title = title
        self._language = language or Language()
        self._feedback = FeedbackPage(self._language)

    def of(self, result: Result) -> dict[str, str]:
        """The student's pages."""
        return {
            "feedback.html": self._feedback.render(
                result, title=self._title, figures=figures_of(result)
            ),
            "results.json": results_json(result, self._language),
        }


def write_pages(out: Path, submission: str, pages: Mapping[str, str]) -> None:
    """Write a submission's pages to their place below ``out``."""
    for name, text in pages.items():
        write(out / "submissions" / submission / name, text)


def publisher(title: str, out: Path, language: Language) -> Callable[[Result], None]:
    """A function that writes a result's pages below ``out``."""
    pages = Pages(title, language)
    return lambda result: write_pages(out, result.submission, pages.of(result))
