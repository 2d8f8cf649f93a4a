"""What need not be graded again: the same bytes, assignment, grader, source and student."""

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


def key_of(name: str, digest: str, assignment: Assignment) -> Key:
    """What the grade of the submission ``name`` with these bytes depends on."""
    return Key(
        submission=name,
        digest=digest,
        assignment_digest=assignment.digest,
        grader_version=__version__,
        limits=assignment.limits,
    )


def recorded(book: Gradebook, handin: Handin, assignment: Assignment) -> bool:
    """Whether ``handin``, as it lies on disk now, has its result in the ``book``.

    Nothing is read of what the book does not know; a file is hashed, not parsed.
    """
    known = book.known(handin.name)
    if known is None or known.status is Status.FAULT:
        return False
    if (known.source, known.student) != (handin.source, handin.student):
        return False
    if known.key != key_of(handin.name, known.key.digest, assignment):
        return False
    digest = file_digest(handin)
    if digest is None:
        now = read(handin, names=assignment.names)
        # What could not be opened has no bytes: then the reason must be the same.
        return (known.key.digest, known.problem) == (now.digest, now.problem)
    return known.key.digest == digest


def file_digest(handin: Handin) -> str | None:
    """``Submission.digest`` of a file that lies alone; None where only reading it all tells."""
    if handin.member is not None or handin.files:
        return None
    try:
        if not stat.S_ISREG(os.lstat(handin.path).st_mode):
            return None
        return hashlib.sha256(load_file(handin.path)).hexdigest()
    except (OSError, UnusableError):
        return None
