"""Files are written whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.errors import UsageError
from grader.report.files import write


def test_write_makes_folders_and_replaces(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "page.html"
    write(path, "é\n")
    write(path, "neu\r\n")
    assert path.read_bytes() == b"neu\r\n"
    assert [file.name for file in path.parent.iterdir()] == ["page.html"]


def test_a_place_that_cannot_be_written_to(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="cannot be written"):
        write(tmp_path / "file" / "page.html", "x")
