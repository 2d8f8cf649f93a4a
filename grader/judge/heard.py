"""Turns what a worker told into words and reports: too long texts are cut, other data ignored."""

from __future__ import annotations

from grader.bounds import MAX_NOTE_CHARACTERS, MAX_NOTE_FIELDS, MAX_TOLD_NAMES
from grader.model import CellReport
from grader.sandbox.wire.bounds import MAX_NOTES
from grader.sandbox.wire.protocol import CellDone, Stop
from grader.words import Words, say


def report_of(index: int, done: CellDone, seconds: float) -> CellReport:
    """Return the report of a cell that was given so many *seconds*."""
    error: str | Words | None = done.error
    if done.error and done.limit is Stop.TIMEOUT:
        limit = f"{seconds:.3g}"  # Babel warns of f-strings in calls that it reads
        error = say("stopped at the time limit, {seconds} s", seconds=limit)
    return CellReport(
        index=index,
        error=error,
        traceback=done.traceback,
        output=done.output,
        notes=notes_of(done.notes),
    )


def texts_of(value: object) -> list[str]:
    """Return the texts that a worker told, each cut so that a hostile one cannot fill the page."""
    texts = value if isinstance(value, list) else []
    return [text[:MAX_NOTE_CHARACTERS] for text in texts[:MAX_TOLD_NAMES] if isinstance(text, str)]


def lacking_of(told: object) -> dict[str, Words]:
    """Return the note that a worker told about each lacking name, as of :func:`notes_of`."""
    pairs = list(told.items())[:MAX_NOTES] if isinstance(told, dict) else []
    found = [(name, notes_of([note])) for name, note in pairs if isinstance(name, str)]
    return {name: notes[0] for name, notes in found if notes}


def notes_of(told: object) -> tuple[Words, ...]:
    """Return a worker's notes, each (text, fields), as words; ignore anything else it told."""
    notes = []
    for note in told[:MAX_NOTES] if isinstance(told, list) else ():
        match note:
            case (str(text), dict(fields)):
                pairs = [
                    (k, v[:MAX_NOTE_CHARACTERS]) for k, v in fields.items() if isinstance(v, str)
                ]
                notes.append(Words(text[:MAX_NOTE_CHARACTERS], tuple(pairs[:MAX_NOTE_FIELDS])))
    return tuple(notes)
