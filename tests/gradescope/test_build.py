"""What is in the zip, and that its wheel and its scripts do what they should."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

from grader import DISTRIBUTION
from grader.course.assignment import load
from grader.gradescope.build import build
from grader.gradescope.wheel import requirements, write_wheel
from tests.gradescope.container import ROOT

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def built(toy: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The zip."""
    out = tmp_path_factory.mktemp("out")
    (toy / "sample_class").mkdir(exist_ok=True)
    (toy / "sample_class" / "somebody.py").write_text("pass")
    return build(load(toy), out, language="ja", hidden="visible").autograder


def test_the_zip_holds_what_grading_needs_and_nothing_else(built: Path) -> None:
    with zipfile.ZipFile(built) as archive:
        names = set(archive.namelist())
        settings = json.loads(archive.read("autograder.json"))
        may_run = {i.filename for i in archive.infolist() if i.external_attr >> 16 & 0o100}
    wheel = {name for name in names if name.endswith(".whl")}
    assert len(wheel) == 1
    assert names - wheel == {
        "setup.sh", "run_autograder", "requirements.txt", "extra.txt", "autograder.json",
        *(f"course/reference/{name}" for name in ("__init__.py", "toy.py")),
        *(f"course/assignments/toy/{name}" for name in (
            "assignment.toml", "toy.ipynb", "mistakes.py", "tests/double.py", "tests/counter.py",
        )),
    }  # fmt: skip
    assert settings == {"assignment": "toy", "language": "ja", "visibility": "visible"}
    assert may_run == {"setup.sh", "run_autograder"}


def test_students_get_their_notebook(built: Path) -> None:
    handed_out = built.parent.parent / "student"
    assert [path.name for path in handed_out.iterdir()] == ["toy.ipynb"]
    assert "return 2 * x" not in (handed_out / "toy.ipynb").read_text("utf-8")


def test_building_twice_gives_the_same_zip(built: Path, toy: Path, tmp_path: Path) -> None:
    again = build(load(toy), tmp_path, language="ja", hidden="visible")
    assert again.autograder.read_bytes() == built.read_bytes()


def test_pip_installs_the_wheel(tmp_path: Path) -> None:
    wheel = write_wheel(tmp_path)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-cache-dir"]
    subprocess.run(
        [*pip, "install", "-q", "--no-index", "--no-deps", "--target", tmp_path / "site", wheel],
        check=True,
    )
    assert (tmp_path / "site" / "bin" / "grader").is_file()
    distributions = metadata.distributions(path=[str(tmp_path / "site")])
    (found,) = (each for each in distributions if each.name == DISTRIBUTION)
    assert any(need.startswith("numpy") for need in found.requires or ())


def test_a_grader_that_was_installed_from_a_wheel_builds_the_same(
    toy: Path, built: Path, tmp_path: Path
) -> None:
    with zipfile.ZipFile(write_wheel(tmp_path)) as archive:
        archive.extractall(tmp_path / "site")
    command = [sys.executable, "-m", "grader", "build", str(toy), "--out", "out", "--lang", "ja"]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "site")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Autograder for Gradescope" in done.stdout
    assert (tmp_path / "out" / "autograder" / "autograder.zip").read_bytes() == built.read_bytes()


def test_otters_own_zip_is_still_to_be_had(toy: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "grader", "build", str(toy), "--out", str(tmp_path), "--otter"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "Autograder for Otter" in done.stdout
    with zipfile.ZipFile(tmp_path / "autograder" / "autograder.zip") as archive:
        assert "otter_config.json" in archive.namelist()


def test_what_is_needed_is_pinned_and_no_browser_is() -> None:
    pinned = requirements(["numpy>=1.26", "surely-not-installed>=3"])
    assert f"numpy=={metadata.version('numpy')}" in pinned
    assert f"msgspec=={metadata.version('msgspec')}" in pinned
    assert "surely-not-installed>=3" in pinned
    assert not [line for line in pinned if line.startswith(("playwright", "grader=", "numgrader="))]


# setup.sh, on a machine of which everything is made up but the shell

PYTHON = """#!/bin/sh
case "$*" in
  *"import sys, venv"*) exit {fits} ;;
  "-m venv "*) mkdir -p "$3/bin"; cp "$0" "$3/bin/python" ;;
  *"--no-deps -r"*) echo "pip $*" >> "{log}"; exit {pins} ;;
  *) echo "pip $*" >> "{log}" ;;
esac
"""
APT = """#!/bin/sh
echo "apt-get $*" >> "{log}"
exit {code}
"""


def set_up(built: Path, root: Path, *, fits: int = 0, pins: int = 0) -> tuple[int, str, str]:
    """Run setup.sh; its exit code, what it complained of, and what it asked for."""
    source, programs, log = root / "source", root / "programs", root / "log"
    programs.mkdir()
    with zipfile.ZipFile(built) as archive:
        archive.extractall(source)
    for name, text in {
        "apt-get": APT.format(log=log, code=fits),
        "python3": PYTHON.format(log=log, fits=fits, pins=pins),
    }.items():
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    for name in ("sh", "chmod", "mkdir", "cp"):
        (programs / name).symlink_to(shutil.which(name) or name)
    done = subprocess.run(
        [shutil.which("bash") or "bash", str(source / "setup.sh")],
        env={"PATH": str(programs), "AUTOGRADER_ROOT": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stderr, log.read_text()


def test_setup_installs_the_pins_and_the_wheel(built: Path, tmp_path: Path) -> None:
    code, _, asked = set_up(built, tmp_path)
    assert code == 0
    assert f"--no-deps -r {tmp_path}/source/requirements.txt" in asked
    assert "grader-" in asked
    assert "extra.txt" not in asked
    assert not (tmp_path / "source").stat().st_mode & 0o077


def test_setup_takes_other_versions_where_a_python_has_no_such(built: Path, tmp_path: Path) -> None:
    code, complaint, asked = set_up(built, tmp_path, pins=1)
    assert code == 0
    assert "not all pinned versions exist" in complaint
    assert f"-r {tmp_path}/source/extra.txt" in asked


def test_setup_says_where_python_is_too_old(built: Path, tmp_path: Path) -> None:
    code, complaint, asked = set_up(built, tmp_path, fits=1)
    assert code == 1
    assert "no Python 3.11 or later" in complaint
    assert "apt-get install -y -qq python3.12 python3.12-venv" in asked


@pytest.mark.parametrize("script", ["setup.sh", "run_autograder.sh"])
def test_scripts_are_bash(script: str) -> None:
    path = ROOT / "grader" / "gradescope" / script
    subprocess.run(["bash", "-n", str(path)], check=True)
    assert "conda" not in path.read_text()
