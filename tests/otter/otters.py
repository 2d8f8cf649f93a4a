"""Otter, asked from a test: as_otter.py in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from grader.course.assignment import Assignment

SCRIPT = Path(__file__).with_name("as_otter.py")


class Otter:
    """One warm process for as many questions as there are; see as_otter.py for the answers."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(SCRIPT)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Otter:
        return self

    def __exit__(self, *exception: object) -> None:
        self._process.communicate()

    def run(self, autograder: Path, notebooks: dict[str, Path]) -> dict[str, Any]:
        """What ``otter run`` gives notebooks, with a kernel each."""
        paths = {name: str(path) for name, path in notebooks.items()}
        return self._ask({"autograder": str(autograder), "notebooks": paths})

    def by_test_files(
        self, asked: Assignment, submissions: dict[str, Sequence[str]]
    ) -> dict[str, Any]:
        """What Otter's test files give cells that run without a kernel."""
        return self._ask(
            {
                "tests": [str(path) for path in sorted((asked.folder / "tests").glob("*.py"))],
                "root": str(asked.course_root),
                "submissions": submissions,
            }
        )

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, "Otter's process has ended; what it said is on the error output"
        found: dict[str, Any] = json.loads(answer)
        return found
