"""Known mistakes."""

from grader.model import Mistake

MISTAKES: tuple[Mistake, ...] = ()
