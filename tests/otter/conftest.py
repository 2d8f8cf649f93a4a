"""The toy course, written into a temporary folder, to be spoilt by a test."""

from __future__ import annotations

from pathlib import Path

import pytest

from .toy_course import write_course


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    """The folder of a sound assignment named toy, in a course of its own."""
    return write_course(tmp_path / "course")
