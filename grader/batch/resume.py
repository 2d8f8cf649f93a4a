"""Tells what need not be graded again: the same bytes, assignment, grader, source and student."""

from __future__ import annotations

import hashlib
import os
import stat

from grader import __version__
from grader.batch.gradebook import Gradebook
from grader.batch.rows import Key
from grader.course.assignment import Assignment
from grader.model import Handin, Status
from grader.submission import read
from grader.submission.content import UnusableError, load_file


def key_of(digest: str, assignment: Assignment) -> Key:
    """Return what the grade of a submission with this ``digest`` depends on."""
    return Key(digest, assignment.digest, __version__, assignment.limits)


def recorded(book: Gradebook, handin: Handin, assignment: Assignment) -> bool:
    """Return whether ``handin``, as it is on disk now, has its result in the ``book``.

    A file is hashed, not parsed, and only where the book knows its name.
    """
    known = book.known(handin.name)
    if known is None or known.status is Status.FAULT:
        return False
    if (known.source, known.student) != (handin.source, handin.student):
        return False
    if known.key != key_of(known.key.digest, assignment):
        return False
    digest = _file_digest(handin)
    if digest is None:
        now = read(handin, names=assignment.names)
        # What could not be opened has no digest: then the reason must be the same.
        return (known.key.digest, known.problem) == (now.digest, now.problem)
    return known.key.digest == digest


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
