"""Trees to hand in, on disk and as the zip of the same."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path

from grader.intake import Found, find
from grader.intake.work import Asked


def notebook(*sources: str) -> bytes:
    cells = [
        {"cell_type": "code", "source": source, "metadata": {}, "outputs": []} for source in sources
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    document = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4,
                "nbformat_minor": 5}  # fmt: skip
    return json.dumps(document).encode()


ASKED = Asked(assignment="doubling", names=("double",))
NB = notebook("def double(x):\n    return 2 * x")
OTHER = notebook("y = 1")
PDF = b"%PDF-1.7"


def lay(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Writes ``files`` below ``folder``; names that end in ``/`` are empty folders."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        path = folder / name
        (path if name.endswith("/") else path.parent).mkdir(parents=True, exist_ok=True)
        if not name.endswith("/"):
            path.write_bytes(data)
    return folder


def zipped(files: Mapping[str, bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 2, 3, 4, 6)), data)
    return held.getvalue()


def both(tmp_path: Path, files: Mapping[str, bytes], *, asked: Asked = ASKED) -> Found:
    """What is found in a folder of ``files``; the same must be found in its zip."""
    folder = lay(tmp_path / "handed in", files)
    (tmp_path / "handed in.zip").write_bytes(zipped(files))
    found = find([folder], asked=asked)
    same = find([tmp_path / "handed in.zip"], asked=asked)
    assert [_facts(handin) for handin in same.handins] == [_facts(h) for h in found.handins]
    assert (same.layout, same.notes) == (found.layout, found.notes)
    assert sorted(same.passed_over) == sorted(found.passed_over)
    assert sorted(same.unknown) == sorted(found.unknown)
    return found


def _facts(handin: object) -> tuple[object, ...]:
    names = ("name", "source", "student", "people", "submitted", "late", "attempts")
    inner = [name for name, _, _ in handin.files]  # type: ignore[attr-defined]
    return (*(getattr(handin, name) for name in names), inner)


def students(found: Found) -> dict[str, str]:
    """The source of each student's hand-in."""
    assert len({handin.student for handin in found.handins}) == len(found.handins)
    return {handin.student: handin.source for handin in found.handins}
