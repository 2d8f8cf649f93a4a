"""Gradescope's container, as its documents describe it, below a folder of ours.

https://gradescope-autograders.readthedocs.io/en/latest/specs/ ("File hierarchy").
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbformat import v4, writes

ROOT = Path(__file__).resolve().parents[2]
METADATA = {
    "id": 1,
    "created_at": "2024-07-01T14:22:32.365935-07:00",
    "users": [{"email": "student@example.com", "id": 7, "name": "Student User"}],
    "previous_submissions": [],
}
# In place of the environment that setup.sh makes, with the wheel in it: this one's packages, and
# the wheel's files before them. -I would leave that out.
PYTHON = """#!/bin/sh
[ "$1" = -I ] && shift
PYTHONPATH='{wheel}' exec '{python}' "$@"
"""


@dataclass(frozen=True)
class Run:
    """What the autograder leaves: ``code`` of exit, ``out`` for the staff, ``results``."""

    code: int
    out: str
    results: dict[str, Any]

    @property
    def points(self) -> dict[str, float]:
        """Points by ``question/test case``."""
        return {
            "{question}/{test_case}".format(**test["extra_data"]): test["score"]
            for test in self.results["tests"]
        }


class Container:
    """An image made from an autograder.zip, in which one hand-in after the other is graded."""

    def __init__(self, root: Path, autograder: Path) -> None:
        self.root = root
        self.source = root / "source"
        for name in ("source", "submission", "results"):
            (root / name).mkdir(parents=True)
        with zipfile.ZipFile(autograder) as archive:
            for member in archive.infolist():
                Path(archive.extract(member, self.source)).chmod(member.external_attr >> 16 & 0o777)
        shutil.copy(self.source / "run_autograder", root)
        (root / "submission_metadata.json").write_text(json.dumps(METADATA))
        unpacked = root / "venv" / "wheel"
        (wheel,) = self.source.glob("numgrader-*.whl")
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(unpacked)
        python = root / "venv" / "bin" / "python"
        python.parent.mkdir()
        python.write_text(PYTHON.format(wheel=unpacked, python=sys.executable))
        python.chmod(0o755)

    def grade(self, handed: Mapping[str, str] | Path, *less: str) -> Run:
        """Grade these files, or this file, or what is in this folder, as Gradescope does.

        ``less`` are options of ``tests.lesser``: what the container lacks.
        """
        submission, results = self.root / "submission", self.root / "results" / "results.json"
        shutil.rmtree(submission)
        submission.mkdir()
        results.unlink(missing_ok=True)
        if isinstance(handed, Path) and handed.is_dir():
            shutil.copytree(handed, submission, symlinks=True, dirs_exist_ok=True)
        elif isinstance(handed, Path):
            shutil.copy(handed, submission)
        else:
            for name, text in handed.items():
                (submission / name).write_text(text, "utf-8")
        command = [str(self.root / "run_autograder")]
        if less:
            command = [sys.executable, "-m", "tests.lesser", *less, *command]
        done = subprocess.run(
            command,
            cwd=self.root,
            env={**os.environ, "AUTOGRADER_ROOT": str(self.root), "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert not done.stderr, done.stderr
        return Run(done.returncode, done.stdout, json.loads(results.read_text("utf-8")))


def notebook(*cells: str) -> str:
    """A notebook of these code cells."""
    return str(writes(v4.new_notebook(cells=[v4.new_code_cell(cell) for cell in cells])))
