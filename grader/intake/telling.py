"""What was recognised, in lines for the teacher."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from grader.bounds import LISTED_FILES, NAMED_FILE_CHARACTERS
from grader.submission.naming import printable
from grader.words import counted

if TYPE_CHECKING:
    from .finding import Found

# Files that are passed over, though one may be all that somebody handed in.
_DOCUMENTS = (
    *(".pdf", ".html", ".htm", ".doc", ".docx", ".odt", ".rtf", ".pages", ".jpg", ".jpeg"),
    *(".rar", ".7z", ".tar", ".tgz", ".gz", ".bz2", ".xz", ".zst", ".mlx", ".m", ".r", ".rmd"),
)

# Work under an ending that nothing reads, such as "hw.ipynb (1).txt" or "hw.py.txt".
_WORK = re.compile(r"\.(?:ipynb|py|zip)\b", re.I)


def told(found: Found) -> Iterator[str]:
    """Yield lines on the layout, students, attempts, and what was passed over or is unknown."""
    counts = [counted(len(found.handins), "student")]
    if attempts := sum(len(handin.attempts) for handin in found.handins):
        counts.append(f"{counted(attempts, 'earlier attempt')} not graded")
    sentences = [f"{found.layout or 'Notebooks and folders'}: {', '.join(counts)}."]
    if found.unknown:
        sentences.append(f"Of unknown students: {listed(found.unknown)}.")
    if found.passed_over:
        count = len(found.passed_over)
        files = "1 file or folder" if count == 1 else f"{count} files or folders"
        sentences.append(f"Passed over {files}: {_passed_over(found.passed_over)}.")
    yield " ".join(sentences)
    yield from found.notes


def listed(names: Sequence[str]) -> str:
    """Return the first few names, then how many more there are."""
    shown = ", ".join(printable(name, limit=NAMED_FILE_CHARACTERS) for name in names[:LISTED_FILES])
    more = len(names) - LISTED_FILES
    return f"{shown} and {more} more" if more > 0 else shown


def _passed_over(names: Sequence[str]) -> str:
    """Return all documents and archives, which may be somebody's only file, and a few others."""
    documents = [n for n in names if n.casefold().endswith(_DOCUMENTS) or _WORK.search(n)]
    others = [name for name in names if name not in documents]
    shown = [printable(name, limit=NAMED_FILE_CHARACTERS) for name in documents]
    return ", ".join(shown + ([listed(others)] if others else []))
