"""Lets an assignment's ``figures.py`` draw what explains a failed question.

A picture is a courtesy: whatever goes wrong while it is drawn, the student's page has
one picture less and the result is what it was.
"""

from __future__ import annotations

import runpy
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

import numpy as np

from grader.assignment import Assignment, course
from grader.isolation.host import Stopped
from grader.isolation.proxy import Environment
from grader.model import CaseResult, Outcome
from grader.report.figures import packed, svg
from grader.report.page import Figure
from grader.words import Words

SECONDS: Final = 3.0  # for all pictures of a submission; looked at before each question
_DRAWN: Final = (Outcome.FAILED, Outcome.ERROR)
Draw = Callable[[str, Environment], Iterable[tuple[Any, str | Words, str | Words]]]


class Pictures:
    """Draws for one assignment; without a ``figures.py`` there is nothing to draw."""

    def __init__(self, assignment: Assignment) -> None:
        self._assignment = assignment
        self._path = assignment.folder / "figures.py"
        self._draw: Draw | None = None

    def draw(self, cases: Iterable[CaseResult], environment: Environment) -> dict[str, str]:
        """Pictures for the questions with a wrong answer, as a result's ``extra``."""
        wrong = dict.fromkeys(case.question for case in cases if case.outcome in _DRAWN)
        if not wrong or not self._path.is_file():
            return {}
        end = time.monotonic() + SECONDS
        figures: list[Figure] = []
        for question in wrong:
            if time.monotonic() < end:
                figures += self._of(question, environment)
        return packed(figures)

    def _of(self, question: str, environment: Environment) -> Iterator[Figure]:
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                for drawing, caption, alt in self._function()(question, environment):
                    yield Figure(question=question, caption=caption, alt=alt, image=svg(drawing))
        except (Exception, Stopped):
            return

    def _function(self) -> Draw:
        if self._draw is None:
            with course(self._assignment.course_root):
                draw: Draw = runpy.run_path(str(self._path))["draw"]
            self._draw = draw
        return self._draw
