"""A student's feedback page: one HTML file that needs no network and runs no script.

The page shows what the student may read and nothing else: the messages of test
cases never hold a hidden expected value (see :class:`~grader.model.CaseResult`).
All of a student's own words are cleaned and cut here, and escaped in the template.
"""

from __future__ import annotations

import base64
import gettext
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from grader.model import CaseResult, CellReport, Outcome, Result, Status
from grader.report.text import clean, number, one_line

MAX_MESSAGE = 3000  # characters of a test case's message
MAX_TRACEBACK = 6000  # of a traceback, or of a cell's output
MAX_LINE = 600  # of a note, a warning, a name
MAX_ITEMS = 50  # notes, failed cells, warnings of one test case


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A picture on the page, under its ``question``: SVG (or PNG) bytes, shown as an image.

    ``alt`` says in words what it shows.
    """

    question: str
    caption: str
    alt: str
    image: bytes

    @property
    def address(self) -> str:
        """The picture as an address that needs no file; an image's scripts never run."""
        kind = "png" if self.image.startswith(b"\x89PNG") else "svg+xml"
        return f"data:image/{kind};base64,{base64.b64encode(self.image).decode('ascii')}"


class FeedbackPage:
    """Renders feedback pages in one language; make one and use it for the whole class.

    ``translations`` hold the page's own words (None: English); messages and notes
    come as they are in the result.
    """

    def __init__(
        self, *, language: str = "en", translations: gettext.NullTranslations | None = None
    ) -> None:
        environment = Environment(
            loader=PackageLoader("grader.report"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            extensions=["jinja2.ext.i18n"],
        )
        words = translations or gettext.NullTranslations()
        environment.install_gettext_translations(words, newstyle=True)  # type: ignore[attr-defined]
        environment.globals["language"] = language
        self._template = environment.get_template("feedback.html")

    def render(self, result: Result, *, title: str, figures: Sequence[Figure] = ()) -> str:
        """The page of ``result``; ``title`` is the assignment's."""
        return self._template.render(_view(result, title, figures))


def _view(result: Result, title: str, figures: Sequence[Figure]) -> dict[str, Any]:
    """What the template shows, cleaned and cut."""
    has_score = result.status is not Status.FAULT and result.score is not None
    unreadable = result.status is Status.UNREADABLE
    share = (result.score or 0.0) / result.max_score if result.max_score else 0.0
    # How the grader failed is for teachers: it may tell of hidden tests.
    problem = "" if result.status is Status.FAULT else result.problem or ""
    cells = [cell for cell in result.cells if cell.error is not None]
    noted = [(cell.index, one_line(note, MAX_LINE)) for cell in result.cells for note in cell.notes]
    # A result's notes may repeat those of its cells; the place says more.
    of_cells = {note for cell in result.cells for note in cell.notes}
    notes = [note for note in result.notes if note not in of_cells]
    return {
        "title": title,
        "submission": one_line(result.submission, MAX_LINE),
        "student": one_line(result.student, MAX_LINE),
        "source": one_line(result.source, MAX_LINE),
        "status": result.status.value,
        "score": _short(result.score or 0.0) if has_score else None,
        "max_score": _short(result.max_score),
        "percent": round(100 * min(max(share, 0.0), 1.0), 1),
        "problem": clean(problem, MAX_MESSAGE),
        "notes": _lines(notes),
        "cell_notes": noted[:MAX_ITEMS],
        # Nothing was run: one reason says more than a list of test cases.
        "questions": [] if unreadable else _questions(result, figures),
        "ungraded": [f for f in figures if f.question not in {c.question for c in result.cases}],
        "cells": [_cell(cell) for cell in cells[:MAX_ITEMS]],
        "more_cells": max(0, len(cells) - MAX_ITEMS),
        "isolation": _lines(result.isolation),
        "started": one_line(result.started, 40),
        "seconds": number(round(result.seconds, 1)),
        "digest": result.digest[:12],
    }


def _lines(texts: Sequence[str]) -> list[str]:
    return [one_line(text, MAX_LINE) for text in texts[:MAX_ITEMS]]


def _questions(result: Result, figures: Sequence[Figure]) -> list[dict[str, Any]]:
    """The test cases by question, in their order."""
    questions = []
    for name, group in groupby(result.cases, key=lambda case: case.question):
        own = list(group)
        points, most = sum(case.points for case in own), sum(case.max_points for case in own)
        questions.append(
            {
                "name": name,
                "points": _short(points),
                "percent": round(100 * min(max(points / most, 0.0), 1.0), 1) if most else 0.0,
                "max_points": _short(most),
                "complete": all(case.outcome is Outcome.PASSED for case in own),
                "cases": [_case(case, result.problem) for case in own],
                "figures": [figure for figure in figures if figure.question == name],
            }
        )
    return questions


def _case(case: CaseResult, problem: str | None) -> tuple[Any, ...]:
    """A tuple, which the template takes apart much faster than it looks up names."""
    # Once on the page is enough for a reason that stands at each test case.
    message = "" if case.message == problem else clean(case.message, MAX_MESSAGE)
    # A named mistake's hint is the last line.
    hint = ""
    if case.mistake is not None:
        message, _, hint = message.rpartition("\n")
    return (
        case.outcome.value,
        case.test_case,
        case.hidden,
        f"{_short(case.points)} / {_short(case.max_points)}" if case.max_points else "",
        message,
        hint,
        _lines(case.warnings),
        clean(case.traceback, MAX_TRACEBACK),
    )


def _short(points: float) -> str:
    """Points to two decimals: scores.csv has them all."""
    return number(round(points, 2))


def _cell(cell: CellReport) -> dict[str, Any]:
    return {
        "number": cell.index,
        "error": one_line(cell.error or "", MAX_LINE),
        "traceback": clean(cell.traceback, MAX_TRACEBACK),
        "output": clean(cell.output, MAX_TRACEBACK),
    }
