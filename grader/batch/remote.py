"""What runs on a Dask worker: a judge that stays, and the chunks that it grades.

Only msgpack travels: an ``Order`` and submissions come, an ``Answer`` goes back.  The
course must lie on every worker, at the same place or where its name is found; its digest
says whether it is the same.
"""

from __future__ import annotations

import threading
import time
import weakref
from dataclasses import dataclass
from functools import cache
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
    """What is to be graded, and with what: every worker must have the same.

    ``pages`` says whether results are to come with their pages.
    """

    folder: str
    digest: str
    grader: str
    numpy: str
    python: str | None = None
    language: str = ENGLISH
    pages: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A worker's: ``problem`` says why it cannot grade this.

    ``graded`` are of the chunk's first submissions, maybe not of all.
    """

    problem: str | None = None
    layers: tuple[str, ...] = ()
    graded: tuple[Graded, ...] = ()


def order(
    assignment: Assignment,
    *,
    python: str | None = None,
    language: str = ENGLISH,
    pages: bool = True,
) -> Order:
    """The order to grade ``assignment`` with what this process has."""
    return Order(
        folder=str(assignment.folder),
        digest=assignment.digest,
        grader=__version__,
        numpy=np.__version__,
        python=python,
        language=language,
        pages=pages,
    )


def hello(asked: bytes) -> bytes:
    """Start the judge of this process; its layers, or why there is none."""
    return _bench().work(decode(asked, Order), ())


def grade_chunk(asked: bytes, chunk: bytes) -> bytes:
    """Grade submissions with the judge of this process, the first ones at least."""
    return _bench().work(decode(asked, Order), decode(chunk, tuple[Submission, ...]))


class _Judge:
    def __init__(self, assignment: Assignment, order: Order) -> None:
        interpreter = Interpreter(order.python)
        zygote = Zygote(interpreter)
        self._end = weakref.finalize(self, _close, zygote, interpreter)
        self.layers = probe(zygote)
        self._grader = Grader(assignment, zygote=zygote)
        language = language_of(assignment, order.language)
        self._pages = Pages(assignment.title, language) if order.pages else None

    def grade(self, submission: Submission) -> Graded:
        result = self._grader.grade(submission)
        return Graded(result, {} if self._pages is None else self._pages.of(result))


def _close(zygote: Zygote, interpreter: Interpreter) -> None:
    zygote.close()
    interpreter.close()


class _Bench:
    """One judge a process, used by one thread at a time, made anew when the order changes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._order: Order | None = None
        self._judge: _Judge | None = None

    def work(self, order: Order, submissions: tuple[Submission, ...]) -> bytes:
        with self._lock:
            try:
                judge = self._fitting(order)
            except (GraderError, OSError) as error:
                return encode(Answer(problem=str(error)))
            graded, begin = list[Graded](), time.monotonic()
            for submission in submissions:
                graded.append(judge.grade(submission))
                if time.monotonic() - begin > CHUNK_SECONDS:
                    break
        return encode(Answer(layers=judge.layers, graded=tuple(graded)))

    def _fitting(self, order: Order) -> _Judge:
        if self._judge is None or self._order != order:
            self._judge = self._order = None
            self._judge = _Judge(_assignment(order), order)
            self._order = order
        return self._judge


@cache
def _bench() -> _Bench:
    return _Bench()


def _assignment(order: Order) -> Assignment:
    """The assignment as it lies here; GraderError where anything is not as ordered."""
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
