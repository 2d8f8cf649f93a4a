"""Tells what need not be graded again: the same bytes, assignment, grader, source and student."""

from __future__ import annotations

import hashlib
import os
import stat

from grader import __version__
from grader.batch.gradebook import Gradebook
from grader.batch.rows import Key
from grader.course.assignment import Assignment
from grader.model import Handin
from grader.submission import read
from grader.submission.content import UnusableError, load_file


def key_of(assignment: Assignment) -> Key:
    """Return what grades of ``assignment`` depend on besides the submission."""
    return Key(assignment.digest, __version__, assignment.limits)


def recorded(book: Gradebook, handin: Handin, assignment: Assignment) -> bool:
    """Return whether ``handin``, as it is on disk now, has its result in the ``book``.

    A file is hashed, not parsed, and only where the book knows its name.
    """
    known = book.known(handin, key_of(assignment))
    if known is None:
        return False
    if digest := _file_digest(handin):
        return known[0] == digest
    now = read(handin, names=assignment.names)
    # What could not be opened has no digest: then the reason must be the same.
    return known == (now.digest, now.problem)


def _file_digest(handin: Handin) -> str | None:
    """Return the ``Submission.digest`` of a single file; None for other hand-ins."""
    if handin.member is not None or handin.files:
        return None
    try:
        if not stat.S_ISREG(os.lstat(handin.path).st_mode):
            return None
        return hashlib.sha256(load_file(handin.path)).hexdigest()
    except (OSError, UnusableError):
        return None
