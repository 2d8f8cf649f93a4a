"""Finds the pages for the zip of feedback that Moodle gives to its students.

Its folders are named as in Moodle's own download of submissions: the full name, the
participant's number, and where the files come from.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from grader.exchange.lms import Grade

_FOLDER: Final = re.compile(r"(.+?)_(\d+)_(assignsubmission_(?:file|onlinetext))")
_UNSAFE: Final = re.compile(r'[\\/:*?"<>|_\x00-\x1f]+')


def folder_of(grade: Grade, source: str) -> str | None:
    """Return the folder for a student's page; None where the participant's number is unknown.

    ``source`` is the hand-in's path, perhaps in a download of Moodle's.
    """
    number = grade.entry.participant
    for part in source.split("/"):
        found = _FOLDER.match(part)
        if found and (not number or number == found[2]):
            return f"{found[1]}_{found[2]}_{found[3]}_"
    if not number.isdigit():
        return None
    # Moodle splits the folder's name at underscores.
    name = _UNSAFE.sub(" ", grade.entry.person.name).strip() or "Participant"
    return f"{name}_{number}_assignsubmission_file_"


def pages_of(
    grades: Iterable[Grade], sources: Mapping[str, str], out: Path
) -> tuple[dict[str, Path], list[str]]:
    """Return the pages by their folders, and the hand-ins whose folder is unknown."""
    pages: dict[str, Path] = {}
    nameless = []
    for grade in grades:
        if grade.result is None or grade.is_missing:
            continue
        name = grade.result.submission
        folder = folder_of(grade, sources.get(name, ""))
        if folder is None:
            nameless.append(name)
        else:
            pages[folder] = out / "submissions" / name / "feedback.html"
    return pages, nameless
