"""``python -m grader.cli`` is ``grader``."""

from grader.cli import script

script()
