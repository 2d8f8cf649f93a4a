"""The toy course of Otter's tests, built for Gradescope."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from grader.course.assignment import load
from grader.gradescope.build import build
from tests.gradescope.container import Container
from tests.otter.toy_course import write_course

MakeContainer = Callable[..., Container]


@pytest.fixture(scope="session")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the assignment."""
    return write_course(tmp_path_factory.mktemp("course"))


@pytest.fixture(scope="session")
def make_container(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MakeContainer]:
    """Makes a container for the assignment in a folder."""
    images: list[Path] = []

    def make(folder: Path, *, language: str = "en", hidden: str = "visible") -> Container:
        out = tmp_path_factory.mktemp("built")
        built = build(load(folder), out, language=language, hidden=hidden)
        # Not below pytest's own folder, which no other user can enter.
        image = Path(tempfile.mkdtemp(prefix="image-"))
        image.chmod(0o755)
        images.append(image)
        return Container(image / "autograder", built.autograder)

    yield make
    for image in images:
        shutil.rmtree(image)


@pytest.fixture(scope="session")
def container(toy: Path, make_container: MakeContainer) -> Container:
    """One for the toy, shared by tests that each hand something in."""
    return make_container(toy)
