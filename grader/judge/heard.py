"""What a worker told, as words and reports: cut, and whatever is none of these left out."""

from __future__ import annotations

from grader.bounds import MAX_NOTE_CHARACTERS, MAX_NOTE_FIELDS, MAX_TOLD_NAMES
from grader.model import CellReport
from grader.sandbox.wire.bounds import MAX_NOTES
from grader.sandbox.wire.protocol import CellDone, Stop
from grader.words import Words, say


def report_of(index: int, done: CellDone, seconds: float) -> CellReport:
    """Return how a cell ran that had so many *seconds*."""
    error: str | Words | None = done.error
    if done.error and done.limit is Stop.TIMEOUT:
        limit = f"{seconds:.3g}"
        error = say("stopped at the time limit, {seconds} s", seconds=limit)
    return CellReport(
        index=index,
        error=error,
        traceback=done.traceback,
        output=done.output,
        notes=notes_of(done.notes),
    )


def texts_of(value: object) -> list[str]:
    """The texts among what a worker told, each cut, lest a hostile one fill the page."""
    texts = value if isinstance(value, list) else []
    return [text[:MAX_NOTE_CHARACTERS] for text in texts[:MAX_TOLD_NAMES] if isinstance(text, str)]


def lacking_of(told: object) -> dict[str, Words]:
    """Return the note that a worker told of each lacking name, made as :func:`notes_of` does."""
    pairs = list(told.items())[:MAX_NOTES] if isinstance(told, dict) else []
    found = [(name, notes_of([note])) for name, note in pairs if isinstance(name, str)]
    return {name: notes[0] for name, notes in found if notes}


def notes_of(told: object) -> tuple[Words, ...]:
    """A worker's notes, (text, fields) each, as words; whatever else it told is left out."""
    notes = []
    for note in told[:MAX_NOTES] if isinstance(told, list) else ():
        match note:
            case (str(text), dict(fields)):
                pairs = [
                    (k, v[:MAX_NOTE_CHARACTERS]) for k, v in fields.items() if isinstance(v, str)
                ]
                notes.append(Words(text[:MAX_NOTE_CHARACTERS], tuple(pairs[:MAX_NOTE_FIELDS])))
    return tuple(notes)
