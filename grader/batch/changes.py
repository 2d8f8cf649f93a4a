"""Tells whose score moved when it was graded again, and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby, pairwise

from grader.batch.gradebook import Gradebook, Graded
from grader.model import Status
from grader.report.text import number


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A score that moved from ``before`` to ``after``, and the reasons."""

    before: Graded
    after: Graded
    reasons: tuple[str, ...]

    def __str__(self) -> str:
        after, reasons = self.after, ", ".join(self.reasons)
        return f"{after.name}: {_score(self.before)} → {_score(after)} ({reasons}; {after.ended})"


def changes(book: Gradebook) -> Iterator[Change]:
    """Yield each time that a score of the batch moved, by submission, the oldest first."""
    for _, grades in groupby(book.history(), key=lambda graded: graded.name):
        for before, after in pairwise(grades):
            if (before.score, before.max_score) != (after.score, after.max_score):
                yield Change(before=before, after=after, reasons=tuple(_reasons(before, after)))


def listing(book: Gradebook) -> Iterator[str]:
    """Yield the changes as lines for people; one line that says so where there are none."""
    lines = map(str, changes(book))
    yield next(lines, "No score has moved.")
    yield from lines


def _reasons(before: Graded, after: Graded) -> Iterator[str]:
    if Status.FAULT in (before.status, after.status):
        yield "the grader itself failed " + ("before" if before.status is Status.FAULT else "now")
    if before.digest != after.digest and after.status is not Status.FAULT and before.digest:
        yield "the submission changed"
    if before.assignment_digest != after.assignment_digest:
        yield "the assignment changed"
    if before.grader_version != after.grader_version:
        yield f"the grader changed from {before.grader_version} to {after.grader_version}"
    same = (before.digest, before.assignment_digest, before.grader_version)
    if same == (after.digest, after.assignment_digest, after.grader_version):
        yield "graded again"


def _score(graded: Graded) -> str:
    score = "none" if graded.score is None else number(round(graded.score, 6))
    return f"{score} of {number(round(graded.max_score, 6))}"
