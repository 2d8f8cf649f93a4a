"""Runs on a Dask worker: a judge that stays, and grades chunks of submissions.

Only msgpack travels: an ``Order`` and submissions come, an ``Answer`` goes back.  Every worker
must have the course, at the same path or where its name is found; the digest in the order
says whether it is the same.
"""

from __future__ import annotations

import threading
import time
import weakref
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from grader import __version__
from grader.batch.pages import Graded, Pages, language_of
from grader.batch.wire import decode, encode
from grader.bounds import CHUNK_SECONDS
from grader.course.assignment import Assignment, load
from grader.errors import GraderError
from grader.judge.grade import Grader
from grader.model import Submission
from grader.report.language import ENGLISH
from grader.sandbox.outside.doctor import probe
from grader.sandbox.outside.host import Zygote
from grader.sandbox.outside.interpreter import Interpreter


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to grade, and with what: every worker must have the same.

    ``pages`` says whether results should come with their pages.
    """

    folder: str
    digest: str
    grader: str = __version__
    numpy: str = np.__version__
    python: str | None = None
    language: str = ENGLISH
    pages: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A worker's answer: ``problem`` says why it cannot grade this.

    ``graded`` holds the results of the chunk's first submissions, maybe not of all.
    """

    problem: str | None = None
    layers: tuple[str, ...] = ()
    graded: tuple[Graded, ...] = ()


def hello(asked: bytes) -> bytes:
    """Start the judge of this process; answer with its layers, or why there is none."""
    return grade_chunk(asked, encode(()))


def grade_chunk(asked: bytes, chunk: bytes) -> bytes:
    """Grade submissions with the judge of this process, at least the first ones."""
    graded = list[Graded]()
    with _LOCK:
        try:
            judge = _judge(decode(asked, Order))
        except (GraderError, OSError) as error:
            return encode(Answer(problem=str(error)))
        begin = time.monotonic()
        for submission in decode(chunk, tuple[Submission, ...]):
            graded.append(judge.grade(submission))
            if time.monotonic() - begin > CHUNK_SECONDS:
                break
    return encode(Answer(layers=judge.layers, graded=tuple(graded)))


class _Judge:
    def __init__(self, assignment: Assignment, order: Order) -> None:
        with ExitStack() as stack:
            interpreter = stack.enter_context(Interpreter(order.python))
            zygote = stack.enter_context(Zygote(interpreter))
            weakref.finalize(self, stack.pop_all().close)
        self.layers = probe(zygote)
        self._grader = Grader(assignment, zygote=zygote)
        language = language_of(assignment, order.language)
        self._pages = Pages(assignment.title, language) if order.pages else None

    def grade(self, submission: Submission) -> Graded:
        result = self._grader.grade(submission)
        return Graded(result, {} if self._pages is None else self._pages.of(result))


_LOCK = threading.Lock()
_JUDGES: dict[Order, _Judge] = {}  # one at most, for one thread at a time


def _judge(order: Order) -> _Judge:
    if order not in _JUDGES:
        _JUDGES.clear()  # its zygote ends before the next one starts
        _JUDGES[order] = _Judge(_assignment(order), order)
    return _JUDGES[order]


def _assignment(order: Order) -> Assignment:
    """Return the assignment as it is here; raise GraderError where anything is not as ordered."""
    folder = Path(order.folder)
    here = folder if (folder / "assignment.toml").is_file() else folder.name
    found = load(here)
    pairs = {
        "grader": (__version__, order.grader),
        "NumPy": (np.__version__, order.numpy),
        f"the assignment {found.name}": (found.digest[:12], order.digest[:12]),
    }
    for name, (mine, asked) in pairs.items():
        if mine != asked:
            raise GraderError(f"{name} is {mine} there and {asked} here")
    return found
