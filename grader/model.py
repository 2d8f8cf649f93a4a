"""Frozen values that travel through the grader, without behaviour.

A ``Handin`` is found, read as a ``Submission``, and graded to a ``Result``; an ``Assignment`` (see
:mod:`grader.course.assignment`) says what is asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from grader import bounds
from grader.words import Words, say

#: A note on notebooks that were handed in together and each answer everything.
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
    TIMEOUT = "timeout"  # the cells could not be run to their end, as with the next two
    MEMORY = "memory"
    CRASH = "crash"
    MISSING = "missing"  # in the roster, but nothing was handed in: score 0
    UNREADABLE = "unreadable"  # no notebook, broken JSON, no code cell: score 0
    FAULT = "fault"  # the grader failed: no score


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one submission may use (docs/limits.md).

    ``cell_seconds`` limit one cell, ``cells_seconds`` all cells together, ``call_seconds`` one
    call from a test case, ``total_seconds`` the whole submission; what is beyond
    ``cells_seconds`` is kept for the test cases.  All are seconds of CPU time, or of waiting.
    ``memory_mb`` and ``scratch_mb`` are mebibytes; ``output_bytes`` is how much of the cells'
    output is kept; ``processes`` is how many processes and threads may exist at once.
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
    """A student, as an export or a roster names them; a field is empty where it does not.

    ``id`` is the number given by the learning platform or the school, ``login`` the name that
    the student logs in with.
    """

    name: str = ""
    id: str = ""
    email: str = ""
    login: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handin:
    """Something handed in, found but not yet read.

    ``name`` is safe and unique in its batch; ``source`` is the path as found under the PATH
    given by the user; ``path`` is a regular file or a folder; ``member`` names the member when
    ``path`` is a zip that holds a class.  Where several files or folders are one hand-in,
    ``files`` holds (name, path, member) of each, ``path`` among them, the newest last; the name
    is the one beside the other files, empty for a folder, whose contents lie there.

    ``people`` handed it in, several where they are a group; ``student`` is their names, as rows
    and pages show them.  ``submitted`` is the time in ISO 8601, empty where the export does not
    say; ``late`` is whether the export marks it as late.  ``attempts`` are the sources of the
    student's earlier hand-ins, which do not count, oldest first.
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
    """What a student handed in, read: code cells in order, and the files beside them.

    ``problem`` is None, or a sentence on why nothing can be run (status ``unreadable``).
    ``files`` are (relative POSIX path, bytes) pairs written into the worker's scratch folder;
    ``folder`` is the folder of the notebook among them, the working directory (``""`` is their
    top).  ``prose`` holds (kind, source) of other cells with what looks like a definition.
    ``digest`` is the SHA-256 of the bytes handed in, in hexadecimal.  ``notes`` go to the
    student's page.  ``python`` is the version that the notebook was written with, if it says.
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
    """A wrong answer that is no known mistake; equal answers have the same ``key``.

    ``code`` is what the student defined for it, cut to ANSWER_CHARACTERS.
    """

    key: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Example:
    """What a student can try: ``code`` for the notebook, their result and the right one.

    It shows a public run, never a hidden one.
    """

    code: str
    yours: str
    right: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseResult:
    """The result of one test case.

    ``points`` were earned out of ``max_points``.  ``said`` are sentences for the student, never
    with a hidden expected value; ``hint`` helps to find the mistake; ``traceback`` holds the
    student's own lines; ``warnings`` name what was accepted though it is not as asked.
    ``mistake`` is the number of the known mistake, if any, and ``answer`` a wrong answer without
    one.  ``title`` says in words what is tested.
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
    """How one code cell ran: ``error`` is None, ``ClassName: message``, or why it was stopped."""

    index: int
    error: str | Words | None = None
    traceback: str = ""
    output: str = ""
    notes: tuple[Words, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A picture on the page, under its ``question``: SVG or PNG bytes, shown as an image.

    ``beside`` are further panels.  ``alt`` says in words what they show.
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
    """How ``many`` sentences a page shows, and how many the code's results prove ``true``.

    ``untrue`` are those they contradict; of the others neither can be told.
    """

    true: int
    many: int
    untrue: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A graded submission.  ``score`` is None only for the status ``fault``.

    ``figures`` are pictures for the student's page, in the order of its questions.
    ``confirmed`` is set only where an assignment is verified, and never stored.
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
    """What belongs to a row besides its result: its people, and the score after all decisions.

    ``people`` are named as in the roster, else as in the hand-in; ``ids`` are their numbers.
    ``attempts`` counts hand-ins, 0 for none.  ``final`` is the score after adjust.toml, out of
    ``final_max``; None where there is no score (excused, or the grader failed).  ``said`` are
    sentences for the student on points taken or given, and why; ``is_adjusted`` says whether
    any of them changes the score.
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

    ``changes`` are pairs (old, new), made in turn.  ``old`` is source that occurs exactly once in
    the class or function ``in_`` (in all required ones together, unless one is named); ``new``
    replaces it.  Both are dedented, and then indented as the line in which ``old`` begins.
    ``loses`` names the questions, or ``question/test case``, that must lose points; no other
    may.  ``hint`` explains without giving the formula away.  ``number`` is that of the catalogue
    (docs/mistakes.md).

    ``code`` is the resulting notebook cell, to be run after the solution's, which
    :func:`grader.course.known.mistakes` writes.
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
    """Another correct solution: ``cells`` are the code cells of a whole notebook."""

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
