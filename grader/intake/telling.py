"""What was recognised, for people: a line, and one for each thing that is out of the way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from grader.submission.naming import printable

if TYPE_CHECKING:
    from grader.intake.finding import Found

_SHOWN = 5  # names in a list, then how many more


def told(found: Found) -> Iterator[str]:
    """Lines for the teacher: layout, students, attempts, what was passed over, what is unknown."""
    counts = [_many(len(found.handins), "student")]
    if attempts := sum(len(handin.attempts) for handin in found.handins):
        counts.append(f"{_many(attempts, 'earlier attempt')} not graded")
    sentences = [f"{found.layout or 'Notebooks and folders'}: {', '.join(counts)}."]
    if found.unknown:
        sentences.append(f"Of unknown students: {listed(found.unknown)}.")
    if found.passed_over:
        files = _many(len(found.passed_over), "file or folder", "files or folders")
        sentences.append(f"Passed over {files}: {listed(found.passed_over)}.")
    yield " ".join(sentences)
    yield from found.notes


def listed(names: Sequence[str]) -> str:
    """The first few names, then how many more there are."""
    shown = ", ".join(printable(name, limit=80) for name in names[:_SHOWN])
    more = len(names) - _SHOWN
    return f"{shown} and {more} more" if more > 0 else shown


def _many(count: int, one: str, more: str = "") -> str:
    return f"{count} {one if count == 1 else more or one + 's'}"
