"""Reads what a class of one hands in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from grader.intake import find
from grader.model import Submission
from grader.submission import read

from .handed import lay


@pytest.fixture
def hand_in(tmp_path: Path) -> Callable[..., Submission]:
    """Reads the only submission of a class folder that holds the given files."""

    def reading(files: Mapping[str, bytes], *, names: tuple[str, ...] = ()) -> Submission:
        found = find([lay(tmp_path / "class", files)])
        (handin,) = found.handins
        return read(handin, names=names)

    return reading
