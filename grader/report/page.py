"""A student's feedback page: one HTML file that needs no network and runs no script.

The page shows what the student may read and nothing else: messages of test cases never hold
a hidden expected value (see :class:`~grader.model.CaseResult`).  Students' own words are
cleaned and cut here, and escaped in the template.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Sequence
from functools import partial
from html import escape, unescape
from itertools import groupby
from typing import Any

from grader.bounds import (
    PAGE_ITEMS,
    PAGE_LINE_CHARACTERS,
    PAGE_MESSAGE_CHARACTERS,
    PAGE_TRACEBACK_CHARACTERS,
)
from grader.model import CaseResult, CellReport, Example, Figure, Outcome, Result, Standing, Status
from grader.report.language import Language
from grader.report.summary import hinted_once, summary
from grader.report.template import template
from grader.report.text import clean, number, one_line
from grader.words import Words

_LABEL = re.compile(rb"(<text\b[^>]*>)([^<]+)<")


def _address(image: bytes, tell: Callable[[str], str]) -> str:
    """Return a picture as a data address, in which no script of an SVG ever runs.

    ``tell`` translates the texts of an SVG, which are texts and not curves.
    """
    kind = "png" if image.startswith(b"\x89PNG") else "svg+xml"
    if kind != "png":
        image = _LABEL.sub(partial(_translated, tell), image)
    return f"data:image/{kind};base64,{base64.b64encode(image).decode('ascii')}"


def _translated(tell: Callable[[str], str], label: re.Match[bytes]) -> bytes:
    return b"%s%s<" % (label[1], escape(tell(unescape(label[2].decode()))).encode())


class FeedbackPage:
    """Renders feedback pages in one language; make one and use it for the whole class."""

    def __init__(self, language: Language | None = None) -> None:
        language = language or Language()
        self._tell = language.tell
        self._template = template("feedback.html", language)

    def render(self, result: Result, *, title: str, standing: Standing | None = None) -> str:
        """Return the page of ``result``; ``title`` is the assignment's.

        ``standing`` holds the final score.  All that is shown is cleaned and cut here.
        """
        return self._template.render(
            **self._view(result, title), **self._score(result, standing or Standing())
        )

    def _view(self, result: Result, title: str) -> dict[str, Any]:
        unreadable = result.status in (Status.UNREADABLE, Status.MISSING)
        # Why the grader failed is for teachers: it may tell of hidden tests.
        problem = None if result.status is Status.FAULT else result.problem
        cells = [cell for cell in result.cells if cell.error is not None]
        noted = [(cell.index, self._line(note)) for cell in result.cells for note in cell.notes]
        # A result's notes may repeat those of its cells, where the place says more.
        of_cells = {note for cell in result.cells for note in cell.notes}
        return {
            "title": self._line(title),
            "submission": one_line(result.submission, PAGE_LINE_CHARACTERS),
            "student": one_line(result.student, PAGE_LINE_CHARACTERS),
            "source": one_line(result.source, PAGE_LINE_CHARACTERS),
            "status": result.status.value,
            "problem": "" if problem is None else self._text(problem),
            "summary": [] if unreadable else [self._tell(s) for s in summary(result.cases)],
            "notes": self._lines([note for note in result.notes if note not in of_cells]),
            "cell_notes": noted[:PAGE_ITEMS],
            # Nothing was run: one reason says more than a list of test cases.
            "questions": [] if unreadable else self._questions(result),
            "ungraded": [
                self._figure(figure)
                for figure in result.figures
                if figure.question not in {case.question for case in result.cases}
            ],
            "cells": [self._cell(cell) for cell in cells[:PAGE_ITEMS]],
            "more_cells": max(0, len(cells) - PAGE_ITEMS),
            "isolation": [
                one_line(layer, PAGE_LINE_CHARACTERS) for layer in result.isolation[:PAGE_ITEMS]
            ],
            "started": one_line(result.started, PAGE_LINE_CHARACTERS),
            "seconds": number(round(result.seconds, 1)),
            "digest": result.digest[:12],
        }

    def _score(self, result: Result, standing: Standing) -> dict[str, Any]:
        """Return the score that counts: the final one where it differs from the grader's."""
        has_score = result.status is not Status.FAULT and result.score is not None
        score, most = (result.score if has_score else None), result.max_score
        if standing.is_adjusted:
            score, most = standing.final, standing.final_max
        share = (score or 0.0) / most if most else 0.0
        return {
            "score": None if score is None else _short(score),
            "max_score": _short(most),
            "percent": round(100 * min(max(share, 0.0), 1.0), 1),
            "excused": standing.is_excused,
            "adjusted": self._lines(standing.said),
        }

    def _text(self, said: str | Words) -> str:
        return clean(self._tell(said), PAGE_MESSAGE_CHARACTERS)

    def _line(self, said: str | Words) -> str:
        return one_line(self._tell(said), PAGE_LINE_CHARACTERS)

    def _lines(self, several: Sequence[Words]) -> list[str]:
        return [self._line(said) for said in several[:PAGE_ITEMS]]

    def _questions(self, result: Result) -> list[dict[str, Any]]:
        """Return the test cases by question, in their order; those that passed apart."""
        questions = []
        for name, group in groupby(result.cases, key=lambda case: case.question):
            own = list(group)
            points, most = sum(case.points for case in own), sum(case.max_points for case in own)
            passed = [case for case in own if case.outcome is Outcome.PASSED]
            lost = hinted_once(case for case in own if case.outcome is not Outcome.PASSED)
            questions.append(
                {
                    "name": name,
                    "points": _short(points),
                    "percent": round(100 * min(max(points / most, 0.0), 1.0), 1) if most else 0.0,
                    "max_points": _short(most),
                    "complete": not lost,
                    "lost": [self._case(case, result.problem) for case in lost],
                    "passed": [self._case(case, result.problem) for case in passed],
                    "remarked": sum(bool(case.warnings) for case in passed),
                    "figures": [
                        self._figure(figure) for figure in result.figures if figure.question == name
                    ],
                }
            )
        return questions

    def _case(self, case: CaseResult, problem: Words | None) -> tuple[Any, ...]:
        """Return a tuple, which the template unpacks much faster than it looks up names."""
        return (
            case.outcome.value,
            self._line(case.title or case.test_case),
            case.test_case if case.title else "",
            case.hidden,
            f"{_short(case.points)} / {_short(case.max_points)}" if case.max_points else "",
            # The page shows a reason that stops all test cases once, not at each.
            [self._text(said) for said in case.said if said not in (problem, Words(case.title))],
            "" if case.hint is None else self._text(case.hint),
            self._lines(case.warnings),
            clean(case.traceback, PAGE_TRACEBACK_CHARACTERS),
            _example(case.example),
        )

    def _cell(self, cell: CellReport) -> dict[str, Any]:
        return {
            "number": cell.index,
            "error": self._line(cell.error or ""),
            "traceback": clean(cell.traceback, PAGE_TRACEBACK_CHARACTERS),
            "output": clean(cell.output, PAGE_TRACEBACK_CHARACTERS),
        }

    def _figure(self, figure: Figure) -> dict[str, Any]:
        return {
            "addresses": [_address(image, self._tell) for image in figure.panels],
            "caption": self._text(figure.caption),
            "alt": self._text(figure.alt),
        }


def _example(example: Example | None) -> tuple[str, ...]:
    """Return what to try: the code, the student's result and the right one; or nothing."""
    if example is None:
        return ()
    return tuple(
        clean(text, PAGE_MESSAGE_CHARACTERS)
        for text in (example.code, example.yours, example.right)
    )


def _short(points: float) -> str:
    """Return points with two decimals; scores.csv has all."""
    return number(round(points, 2))
