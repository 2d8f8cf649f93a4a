"""What a worker says in words, cut to what a page has room for: errors, notes, cells' output."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from grader.errors import ANSWERED, swallow
from grader.sandbox.wire.protocol import BUILTIN, Answers, CellDone, Done, Raised, Stop

# What is kept of a student's words, in characters, each and for all cells of a worker.
_MAX_NAME: Final = 200
_MAX_TEXT: Final = 4000
_MAX_TRACEBACK: Final = 8000
_MAX_NOTES: Final = 50
_MAX_NEEDS: Final = 5
_MAX_NOTE: Final = 500
_MAX_FIELDS: Final = 5
_MAX_ALL_ERRORS: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class StudentError:
    """What is known of an exception that the student's code raised."""

    name: str
    message: str
    traceback: str
    limit: Stop


def raised(answer: Raised) -> Exception:
    """The student's exception, of its built-in class."""
    student = StudentError(
        name=answer.name[:_MAX_NAME],
        message=answer.message[:_MAX_TEXT],
        traceback=answer.traceback[:_MAX_TRACEBACK],
        limit=answer.limit,
    )
    error = BUILTIN.get(answer.kind, RuntimeError)(student.message)
    setattr(error, ANSWERED, student)
    return error


def as_students(name: str, message: str) -> Exception:
    """An exception that stands for one that the student's code raised."""
    student = StudentError(name[:_MAX_NAME], message[:_MAX_TEXT], traceback="", limit=Stop.NONE)
    error = BUILTIN.get(name, RuntimeError)(student.message)
    setattr(error, ANSWERED, student)
    return error


def student_error(error: BaseException) -> StudentError | None:
    """The student's side of an exception raised through a proxy; None for the test's own."""
    found = getattr(error, ANSWERED, None)
    return found if isinstance(found, StudentError) else None


def said(error: BaseException) -> str:
    """``str(error)``, whatever the error holds: a student's object may refuse, or be too long."""
    try:
        return str(error)[:_MAX_TEXT]
    except Exception as failure:
        swallow(failure)
        return "(its text could not be made)"


class Told:
    """What one worker tells besides its results; ``output_bytes`` is the most of all cells'."""

    def __init__(self, *, output_bytes: int) -> None:
        self._output_left = output_bytes
        self._errors_left = _MAX_ALL_ERRORS
        #: What operations said: notes, and what is missing (see Done); whoever reads resets these.
        self.notes: list[tuple[str, dict[str, str]]] = []
        self.needs: list[tuple[str, dict[str, str], bool]] = []

    def cell(self, done: CellDone) -> CellDone:
        """What a cell told, no longer than the worker's own shell would have made it."""
        output = done.output[: self._output_left]
        self._output_left -= len(output)
        error = done.error if done.error is None else done.error[:_MAX_TEXT]
        trace = done.traceback[: min(_MAX_TRACEBACK, self._errors_left)]
        self._errors_left -= len(trace)
        notes = done.notes[:_MAX_NOTES]
        return CellDone(
            error=error,
            traceback=trace,
            output=output,
            notes=notes,
            limit=done.limit,
            befell=sorted({*done.befell}),
        )

    def heed(self, answer: Done | Raised | Answers) -> None:
        """Keep what is told beside an answer."""
        for text, fields in answer.notes[: _MAX_NOTES - len(self.notes)]:
            self.notes.append(_cut(text, fields))
        for text, fields, certain in answer.needs[:_MAX_NEEDS]:
            need = (*_cut(text, fields), certain)
            if need not in self.needs and len(self.needs) < _MAX_NEEDS:
                self.needs.append(need)


def _cut(text: str, fields: dict[str, str]) -> tuple[str, dict[str, str]]:
    few = list(fields.items())[:_MAX_FIELDS]
    return text[:_MAX_NOTE], {key[:_MAX_NAME]: value[:_MAX_NOTE] for key, value in few}
