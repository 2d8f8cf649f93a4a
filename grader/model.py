"""Frozen values that travel through the grader: no behaviour, no input or output.

The way of the data is ``Handin`` (found) → ``Submission`` (read) → ``Result``
(graded); an ``Assignment`` (see :mod:`grader.course.assignment`) says what is asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from grader import bounds
from grader.words import Words, say

#: Of notebooks that came together and each answer everything: a person is asked to look.
RIVALS: Final = say(
    "More than one of them answers all that is asked. If they are several people's, each must be "
    "handed in by itself."
)


class Outcome(StrEnum):
    """How one test case ended."""

    PASSED = "passed"
    FAILED = "failed"  # a wrong answer
    ERROR = "error"  # the student's code raised
    MISSING = "missing"  # a name was never defined
    TIMEOUT = "timeout"
    MEMORY = "memory"
    CRASH = "crash"


class Status(StrEnum):
    """How a whole submission ended."""

    GRADED = "graded"
    TIMEOUT = "timeout"  # the cells could not be run to their end ...
    MEMORY = "memory"
    CRASH = "crash"
    MISSING = "missing"  # in the roster, and nothing was handed in: score 0, never graded
    UNREADABLE = "unreadable"  # no notebook, broken JSON, no code cell: score 0
    FAULT = "fault"  # ours: the score stays empty


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one submission may use (docs/limits.md).

    ``cell_seconds`` bound one cell, ``cells_seconds`` all cells together,
    ``call_seconds`` one call from a test case, ``total_seconds`` the whole submission:
    what the cells may not use is kept for the test cases.  All are seconds of CPU time, or
    of waiting.  ``memory_mb`` and ``scratch_mb`` are mebibytes, ``output_bytes`` what is
    kept of everything that the cells print, ``processes`` how many may live at once.
    """

    cell_seconds: float = bounds.CELL_SECONDS
    cells_seconds: float = bounds.CELLS_SHARE * bounds.TOTAL_SECONDS
    call_seconds: float = bounds.CALL_SECONDS
    total_seconds: float = bounds.TOTAL_SECONDS
    memory_mb: int = bounds.MEMORY_MB
    scratch_mb: int = bounds.SCRATCH_MB
    output_bytes: int = bounds.OUTPUT_BYTES
    processes: int = bounds.PROCESSES


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A student, as an export or a roster names them: a text is empty where it does not.

    ``id`` is the number that the learning platform or the school gave, ``login`` the name
    that the student logs in with.
    """

    name: str = ""
    id: str = ""
    email: str = ""
    login: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handin:
    """Something handed in, found but not yet read.

    ``name`` is safe and unique in its batch; ``source`` is the path as found
    under the PATH given by the user; ``path`` is a regular file or a folder;
    ``member`` names the member when ``path`` is a zip that holds a class.  Where several
    files or folders are one hand-in, ``files`` are all of them, ``path`` among them, the
    newest last: the name that each has beside the others (empty for what a folder holds),
    its path, and its member.

    ``people`` are those who handed it in, several where a group did; ``student`` is their
    names, as rows and pages show them.  ``submitted`` is when, in ISO 8601, or empty where
    the export does not say; ``late`` whether the export marks it so.  ``attempts`` are the
    sources of the same student's earlier hand-ins, which do not count, the oldest first.
    """

    name: str
    source: str
    student: str
    path: Path
    member: str | None = None
    files: tuple[tuple[str, Path, str | None], ...] = ()
    people: tuple[Person, ...] = ()
    submitted: str = ""
    late: bool = False
    attempts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """What a student handed in, read: code cells in order and the files beside them.

    ``problem`` is None, or the one-sentence reason why nothing can be run
    (status ``unreadable``).  ``files`` are (relative POSIX path, bytes) pairs laid
    into the worker's scratch folder, and ``folder`` is the one among them that the
    notebook lies in, the working directory (``""`` is their top).  ``prose`` are (kind,
    source) of cells that are no code but hold what looks like a definition.  ``digest``
    is the SHA-256 of the bytes handed in, in hexadecimal.  ``notes`` go to the student's
    page.  ``python`` is the version that the notebook was written with, where it says so.
    """

    name: str
    source: str
    student: str
    digest: str
    cells: tuple[str, ...] = ()
    files: tuple[tuple[str, bytes], ...] = ()
    folder: str = ""
    prose: tuple[tuple[str, str], ...] = ()
    notes: tuple[Words, ...] = ()
    problem: Words | None = None
    python: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """A wrong answer that nobody has named: those who gave the same have the same ``key``.

    ``code`` is what the student defined for it, cut to a stated size.
    """

    key: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Example:
    """What a student can try: ``code`` for the notebook, what theirs gives and what is right.

    It is of a public run, never of a hidden one.
    """

    code: str
    yours: str
    right: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseResult:
    """One test case's outcome.

    ``points`` were earned out of ``max_points``; ``said`` is what the student may read
    (never a hidden expected value), a sentence each; ``hint`` what may help to find the
    mistake; ``traceback`` holds the student's own lines; ``warnings`` what was accepted
    though it is not as asked; ``mistake`` is the catalogue's number of the named mistake,
    ``answer`` a wrong answer without one; ``example`` is what the student can try; ``title``
    says in words what is tested.
    """

    question: str
    test_case: str
    hidden: bool
    outcome: Outcome
    points: float
    max_points: float
    said: tuple[Words, ...] = ()
    hint: Words | None = None
    traceback: str = ""
    warnings: tuple[Words, ...] = ()
    mistake: int | None = None
    answer: Answer | None = None
    example: Example | None = None
    title: str = ""

    @property
    def message(self) -> str:
        """All that is said, in English, the hint last; one line each."""
        return "\n".join(str(words) for words in (*self.said, self.hint) if words is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class CellReport:
    """How one code cell ran: ``error`` is None, ``ClassName: message``, or why it was ended."""

    index: int
    error: str | Words | None = None
    traceback: str = ""
    output: str = ""
    notes: tuple[Words, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A picture on the page, under its ``question``: SVG (or PNG) bytes, shown as an image.

    ``beside`` are further panels of it.  ``alt`` says in words what they show.
    """

    question: str
    caption: str | Words
    alt: str | Words
    image: bytes
    beside: tuple[bytes, ...] = ()

    @property
    def panels(self) -> tuple[bytes, ...]:
        """All images."""
        return (self.image, *self.beside)


@dataclass(frozen=True, slots=True)
class Confirmed:
    """Of so ``many`` sentences that a page shows, those ``true`` of what the code gave.

    ``untrue`` are those that it contradicts; of others that cannot be told.
    """

    true: int
    many: int
    untrue: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A graded submission.  ``score`` is None only for the status ``fault``.

    ``figures`` are pictures for the student's page, those of its questions in their order.
    ``confirmed`` is there where the assignment is verified, and nowhere kept.
    """

    submission: str
    source: str
    student: str
    digest: str
    status: Status
    score: float | None
    max_score: float
    cases: tuple[CaseResult, ...] = ()
    cells: tuple[CellReport, ...] = ()
    notes: tuple[Words, ...] = ()
    problem: Words | None = None
    isolation: tuple[str, ...] = ()
    seconds: float = 0.0
    started: str = ""
    figures: tuple[Figure, ...] = ()
    confirmed: Confirmed | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How one row stands, besides its result: whose it is, and the score after all decisions.

    ``people`` are those whose it is, as the roster names them, or else as the hand-in does;
    ``ids`` their numbers.  ``attempts`` counts hand-ins, 0 where there is none.  ``final`` is
    the score after adjust.toml, of ``final_max``; None where there is none (excused, or the
    grader failed).  ``said`` are sentences for the student on what was taken, given and why;
    ``is_adjusted`` says whether any of them changes the score.
    """

    people: tuple[Person, ...] = ()
    ids: tuple[str, ...] = ()
    attempts: int = 1
    final: float | None = None
    final_max: float = 0.0
    said: tuple[Words, ...] = ()
    is_excused: bool = False
    is_adjusted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """A known mistake of an assignment: a change of the master notebook's own solution.

    ``changes`` are pairs (old, new), made in turn: ``old`` is source that stands exactly once
    in the class or function ``in_`` (in all required ones together, unless one is named), and
    ``new`` what stands there instead.  Either is dedented first; its lines after the first
    begin where the line begins in which ``old`` stands.  ``loses`` names the questions, or
    ``question/test case``, that must lose points; no other may.  ``hint`` explains without
    giving the formula away.  ``number`` is the catalogue's (docs/mistakes.md).

    ``code`` is what comes of it, a notebook cell to be run after the solution's: it is written
    by :func:`grader.course.known.mistakes`.
    """

    number: int
    name: str
    loses: frozenset[str]
    hint: str
    changes: tuple[tuple[str, str], ...]
    in_: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """A correct solution written otherwise: ``cells`` are a whole notebook's code cells."""

    name: str
    description: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """Something that was verified of an assignment; ``finding`` is empty where it holds.

    ``remark`` is worth reading, but nothing that must be mended.
    """

    assignment: str
    kind: str
    name: str
    finding: str = ""
    remark: str = ""
