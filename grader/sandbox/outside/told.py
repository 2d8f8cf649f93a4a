"""What a worker says in words, cut to what a page has room for: errors, notes, cells' output."""

from __future__ import annotations

from dataclasses import dataclass

from grader.bounds import (
    MAX_NEEDS,
    MAX_NOTE_CHARACTERS,
    MAX_NOTE_FIELDS,
    MAX_STUDENT_TEXT_CHARACTERS,
    MAX_STUDENT_TRACEBACK_CHARACTERS,
    MAX_TRACEBACKS_CHARACTERS,
)
from grader.errors import ANSWERED, log
from grader.sandbox.wire.bounds import MAX_NAME_CHARACTERS, MAX_NOTES
from grader.sandbox.wire.protocol import BUILTIN, Answers, CellDone, Done, Raised, Stop


@dataclass(frozen=True, slots=True)
class StudentError:
    """What is known of an exception that the student's code raised."""

    name: str
    message: str
    traceback: str
    limit: Stop


def raised(answer: Raised) -> Exception:
    """Return the student's exception, as its built-in class."""
    return _error(answer.kind, answer.name, answer.message, answer.traceback, answer.limit)


def as_students(name: str, message: str) -> Exception:
    """Return an exception that stands for one that the student's code raised."""
    return _error(name, name, message)


def _error(
    kind: str, name: str, message: str, traceback: str = "", limit: Stop = Stop.NONE
) -> Exception:
    student = StudentError(
        name=name[:MAX_NAME_CHARACTERS],
        message=message[:MAX_STUDENT_TEXT_CHARACTERS],
        traceback=traceback[:MAX_STUDENT_TRACEBACK_CHARACTERS],
        limit=limit,
    )
    error = BUILTIN.get(kind, RuntimeError)(student.message)
    setattr(error, ANSWERED, student)
    return error


def student_error(error: BaseException) -> StudentError | None:
    """Return what is known of a student's exception; None for the test's own."""
    found = getattr(error, ANSWERED, None)
    return found if isinstance(found, StudentError) else None


def said(error: BaseException) -> str:
    """Return ``str(error)``; a student's object may refuse that, or be too long."""
    try:
        return str(error)[:MAX_STUDENT_TEXT_CHARACTERS]
    except Exception as failure:
        # What cannot be printed is a value of the student's: an int of a million digits, say.
        log.debug("An error has no text", exc_info=failure)
        return "(its text could not be made)"


class Told:
    """What one worker tells besides its results; ``output_bytes`` is the most of all cells'."""

    def __init__(self, *, output_bytes: int) -> None:
        self._output_left = output_bytes
        self._errors_left = MAX_TRACEBACKS_CHARACTERS
        #: What operations said: notes, and what is missing (see Done); whoever reads resets these.
        self.notes: list[tuple[str, dict[str, str]]] = []
        self.needs: list[tuple[str, dict[str, str], bool]] = []

    def cell(self, done: CellDone) -> CellDone:
        """Return what a cell told, no longer than an honest worker would have made it."""
        output = done.output[: self._output_left]
        self._output_left -= len(output)
        error = done.error if done.error is None else done.error[:MAX_STUDENT_TEXT_CHARACTERS]
        trace = done.traceback[: min(MAX_STUDENT_TRACEBACK_CHARACTERS, self._errors_left)]
        self._errors_left -= len(trace)
        notes = done.notes[:MAX_NOTES]
        return CellDone(
            error=error,
            traceback=trace,
            output=output,
            notes=notes,
            limit=done.limit,
            befell=sorted({*done.befell}),
        )

    def heed(self, answer: Done | Raised | Answers) -> None:
        """Keep the notes and needs that came with an answer."""
        for text, fields in answer.notes[: MAX_NOTES - len(self.notes)]:
            self.notes.append(_cut(text, fields))
        for text, fields, certain in answer.needs[:MAX_NEEDS]:
            need = (*_cut(text, fields), certain)
            if need not in self.needs and len(self.needs) < MAX_NEEDS:
                self.needs.append(need)


def _cut(text: str, fields: dict[str, str]) -> tuple[str, dict[str, str]]:
    few = list(fields.items())[:MAX_NOTE_FIELDS]
    return text[:MAX_NOTE_CHARACTERS], {
        key[:MAX_NAME_CHARACTERS]: value[:MAX_NOTE_CHARACTERS] for key, value in few
    }
