"""Writes docs/mistakes.md from the assignments' mistakes.py: python docs/write_mistakes.py"""

from __future__ import annotations

from pathlib import Path

from grader.course.assignment import Assignment, available, load
from grader.course.known import mistakes

PAGE = Path(__file__).with_name("mistakes.md")
HEAD = """# The catalogue of mistakes

What students really get wrong, as executable code: `grader verify` proves that the hidden tests
catch each one in the right question and nowhere else. Numbers up to 137 are the course's
catalogue; higher ones were added with an assignment. One number may stand in several forms.

This page is written by `python docs/write_mistakes.py`; a test fails when it is stale.
"""


def page() -> str:
    """The whole page."""
    return HEAD + "".join(section(load(name)) for name in available())


def section(assignment: Assignment) -> str:
    """One assignment's table."""
    rows = [
        f"| {m.number} | {m.name.replace('_', ' ')} | {', '.join(sorted(m.loses))} | {m.hint} |\n"
        for m in sorted(mistakes(assignment), key=lambda m: (m.number, m.name))
    ]
    head = "| number | mistake | loses | hint |\n| ---: | --- | --- | --- |\n"
    return f"\n## {assignment.title} (`{assignment.name}`)\n\n{head}{''.join(rows)}"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
