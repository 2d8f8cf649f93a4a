"""The exception tree: what can go wrong on the grader's side.

    GraderError
    ├── UsageError        the command was used wrongly (exit code 1)
    ├── AssignmentError   the assignment's files are unsound (exit code 1)
    └── Fault             the grader itself failed (exit code 2, never a student's zero)

What a student's code does is never one of these: it is an :class:`~grader.model.Outcome`.  A
class exists only where a caller reacts differently to it.
"""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from grader import DISTRIBUTION


class GraderError(Exception):
    """Base of all errors raised on purpose; its text is one sentence for people."""


class UsageError(GraderError):
    """The command was used wrongly: what, and what to do."""


class AssignmentError(GraderError):
    """An assignment's files cannot be used: which file, and what to correct."""


class Fault(GraderError):  # noqa: N818 (the grader's own, not an error of somebody else)
    """The grader itself failed while it graded a submission."""


#: Logs what goes wrong and costs nobody a point; ``grader --debug`` shows it.
log = logging.getLogger("grader")
log.addHandler(logging.NullHandler())


#: Marks an error that a student's code raised (sandbox/outside/told.py).
ANSWERED: Final = "_answered_by_student"
_PACKAGE: Final = str(Path(__file__).parent) + "/"
#: This code calls what a student defined, which may not be a function, or says what it is not.
_ASKING: Final = (_PACKAGE + "checks/scenario/", _PACKAGE + "sandbox/outside/proxy.py")
_LIBRARIES: Final = (sys.prefix, sys.base_prefix, "<frozen ", "<__array_function__")


def swallow(error: BaseException) -> None:
    """Log an error that ends here and costs nobody a point, with its traceback.

    An error of the grader's own is logged at level ERROR, which fails tests and ``verify``.  One
    of a student's code, or of a course's code on a student's values, only ``--debug`` shows.
    """
    level = logging.ERROR if _is_ours(error) else logging.DEBUG
    log.log(level, "Passed over: %s", type(error).__name__, exc_info=error)


def _is_ours(error: BaseException) -> bool:
    """Return whether an error was raised by this package's code, not by a student's or a check."""
    if hasattr(error, ANSWERED) or isinstance(error, AssertionError | SyntaxError):
        return False  # all of this package's code is compiled before it runs
    names = [frame.f_code.co_filename for frame, _ in traceback.walk_tb(error.__traceback__)]
    own = [n for n in names if n.startswith(_PACKAGE) or not n.startswith(_LIBRARIES)]
    return bool(own) and own[-1].startswith(_PACKAGE) and not own[-1].startswith(_ASKING)


class _Ears(logging.Handler):
    def __init__(self, heard: list[logging.LogRecord]) -> None:
        super().__init__(logging.ERROR)
        self._heard = heard

    def emit(self, record: logging.LogRecord) -> None:
        self._heard.append(record)


@contextmanager
def overheard() -> Iterator[list[logging.LogRecord]]:
    """A context whose list collects the records logged at level ERROR."""
    heard: list[logging.LogRecord] = []
    ears = _Ears(heard)
    log.addHandler(ears)
    try:
        yield heard
    finally:
        log.removeHandler(ears)


# By the imported module: the package's name, and the extra that brings it.
_EXTRAS: Final = {
    "otter": ("Otter", "course"),
    "ipykernel": ("ipykernel", "course"),
    "nbformat": ("nbformat", "course"),
    "babel": ("Babel", "course"),
    "packaging": ("packaging", "course"),
    "distributed": ("Dask distributed", "dask"),
}


def absent(error: Exception) -> UsageError | None:
    """Return the error to report where an extra's package is missing; None for other errors."""
    name = str(error.name).partition(".")[0] if isinstance(error, ModuleNotFoundError) else ""
    return not_installed(*_EXTRAS[name]) if name in _EXTRAS else None


def not_installed(what: str, extra: str) -> UsageError:
    """Return the error for a missing package that an extra of this one brings."""
    return UsageError(
        f"{what} is needed for this and not installed: pip install '{DISTRIBUTION}[{extra}]'."
    )
