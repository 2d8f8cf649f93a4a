"""The wheel, installed without the checkout, with what it asks for and nothing else.

Packages are not fetched: those of this environment that the wheel's metadata asks for, with all
that these ask for, are linked into an empty one.
"""

from __future__ import annotations

import subprocess
import sys
import venv
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.install import trial
from tests.install.trial import Installed

# On every push CI does the same with the packages from the index (benchmarks/versions.py).
pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return trial.build_wheel(tmp_path_factory.mktemp("wheel"))


def install(wheel: Path, folder: Path, *extras: str) -> Installed:
    """The wheel in an environment with what it and these extras ask for."""
    environment = folder / "environment"
    venv.create(environment)
    (site,) = environment.glob("lib/python*/site-packages")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python"]
    offline: list[str | Path] = ["install", "-q", "--no-index", "--no-deps", wheel]
    subprocess.run([*pip, environment / "bin" / "python", *offline], check=True)
    (own,) = metadata.distributions(path=[str(site)])
    for name in needed(own, {*extras}):
        found = metadata.distribution(name)
        for entry in {file.parts[0] for file in found.files or ()} - {"..", "__pycache__"}:
            link = site / entry
            if not link.exists():
                link.symlink_to(Path(str(found.locate_file(entry))))
    return Installed(environment, folder / "elsewhere")


def needed(own: metadata.Distribution, extras: set[str]) -> set[str]:
    """The names of all that a distribution asks for, directly or not."""
    found: set[str] = set()
    waiting = [*required(own, extras)]
    while waiting:
        wanted = waiting.pop()
        if (key := f"{wanted.name}[{','.join(sorted(wanted.extras))}]") not in found:
            found.add(key)
            waiting += required(metadata.distribution(wanted.name), wanted.extras)
    return {key.partition("[")[0] for key in found}


def required(distribution: metadata.Distribution, extras: set[str]) -> Iterator[Requirement]:
    for text in distribution.requires or ():
        wanted = Requirement(text)
        environments = [{"extra": extra} for extra in ("", *extras)]
        if wanted.marker is None or any(map(wanted.marker.evaluate, environments)):
            yield wanted


def test_without_extras_a_student_checks_and_a_class_is_graded(wheel: Path, tmp_path: Path) -> None:
    grader = install(wheel, tmp_path)
    present = [m for m in ("otter", "babel", "nbformat", "sklearn", "distributed") if grader.has(m)]
    assert not present
    assert grader.has("numpy")
    trial.student(grader)
    trial.class_(grader)
    trial.no_course(grader)


def test_with_the_extra_a_course_is_made(wheel: Path, tmp_path: Path) -> None:
    trial.course(install(wheel, tmp_path, "course"))
