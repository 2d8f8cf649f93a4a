"""Has an assignment's ``figures.py`` draw pictures that explain a failed question.

Whatever goes wrong while a picture is drawn, the page lacks it and the result stays the same.
"""

from __future__ import annotations

import runpy
import time
import warnings
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from grader.bounds import PICTURE_BYTES, PICTURES_SECONDS
from grader.course.assignment import Assignment
from grader.course.hooks import course
from grader.errors import log
from grader.model import CaseResult, Figure
from grader.report.figures import CUT, images
from grader.sandbox.outside.host import Stopped, student_error
from grader.sandbox.outside.proxy import Environment
from grader.words import Words, say

from .diagnose import WRONG

Drawn = tuple[str, Any, str | Words, str | Words]  # question, picture, caption, alt


class Pictures:
    """Draws for one assignment; nothing if it has no ``figures.py``."""

    def __init__(self, assignment: Assignment) -> None:
        self._assignment = assignment
        self._path = assignment.folder / "figures.py"
        self._functions: dict[str, Any] | None = None

    def draw(self, cases: Iterable[CaseResult], environment: Environment) -> tuple[Figure, ...]:
        """Draw for each question with a wrong answer, then for all; leave out what is too large."""
        if not self._path.is_file():
            return ()
        wrong = dict.fromkeys(case.question for case in cases if case.outcome in WRONG)
        end = time.monotonic() + PICTURES_SECONDS
        figures: list[Figure] = []
        for question in (*wrong, None):
            if time.monotonic() < end:
                figures += self._of(question, environment)
        return tuple(one for one in figures if sum(map(len, one.panels)) <= PICTURE_BYTES)

    def _of(self, question: str | None, environment: Environment) -> Iterator[Figure]:
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                for name, picture, caption, alt in self._drawn(question, environment):
                    if shown := images(picture):
                        if any(CUT in panel for panel in shown):
                            cut = say("What leaves the picture is cut off.")
                            caption = say("{caption} {cut}", caption=caption, cut=cut)
                        image, *beside = shown
                        yield Figure(question=name, caption=caption, alt=alt, image=image,
                                     beside=tuple(beside))  # fmt: skip
        except Stopped:
            return
        except Exception as error:
            if student_error(error) is None:  # else what the student gave cannot be drawn
                log.warning("There is no picture for %s", question or "all", exc_info=True)

    def _drawn(self, question: str | None, environment: Environment) -> Iterable[Drawn]:
        if self._functions is None:
            with course(self._assignment.course_root):
                self._functions = runpy.run_path(str(self._path))
        if question is None:
            for_all = self._functions.get("draw_for_all")
            return [] if for_all is None else for_all(environment)
        draw = self._functions.get("draw")
        pictures = [] if draw is None else draw(question, environment)
        return ((question, *picture) for picture in pictures)
