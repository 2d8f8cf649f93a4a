"""The zip of feedback files that Moodle gives back to its students.

Its folders are named as in Moodle's own download of submissions: the full name, the
participant's number, and where files come from.
"""

from __future__ import annotations

import os
import re
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from grader.errors import UsageError
from grader.exchange.lms import Grade

_FOLDER: Final = re.compile(r"(.+?)_(\d+)_(assignsubmission_(?:file|onlinetext))")
_UNSAFE: Final = re.compile(r'[\\/:*?"<>|_\x00-\x1f]+')
_NEVER: Final = (1980, 1, 1, 0, 0, 0)  # the same pages give the same bytes


def folder_of(grade: Grade, source: str) -> str | None:
    """The folder for a student's page; None where the participant's number is not known.

    ``source`` is where the hand-in was found, in a download of Moodle's perhaps.
    """
    number = grade.entry.participant
    for part in source.split("/"):
        found = _FOLDER.match(part)
        if found and (not number or number == found[2]):
            return f"{found[1]}_{found[2]}_{found[3]}_"
    if not number.isdigit():
        return None
    # Moodle takes the name apart at underscores.
    name = _UNSAFE.sub(" ", grade.entry.person.name).strip() or "Participant"
    return f"{name}_{number}_assignsubmission_file_"


def write_zip(path: Path, pages: Mapping[str, Path]) -> int:
    """Write the pages, by their folders' names, to ``path``; how many there were."""
    unfinished = path.with_name(f".{path.name}.part")
    count = 0
    try:
        with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as archive:
            for folder, page in sorted(pages.items()):
                if page.is_file():
                    info = zipfile.ZipInfo(f"{folder}/feedback.html", _NEVER)
                    info.compress_type = zipfile.ZIP_DEFLATED
                    info.external_attr = 0o644 << 16
                    archive.writestr(info, page.read_bytes())
                    count += 1
        os.replace(unfinished, path)
    except OSError as error:
        raise UsageError(
            f"{path} cannot be written ({error.strerror}): check the folder's rights and space."
        ) from error
    return count


def pages_of(
    grades: Iterable[Grade], sources: Mapping[str, str], out: Path
) -> tuple[dict[str, Path], list[str]]:
    """The pages by their folders, and the names of those whose folder is not known."""
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
