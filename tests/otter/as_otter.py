"""Grades as Otter does: a script for otters.py, so that Otter has a process of its own.

Reads JSON objects, one a line, from standard input.  Each is answered by a line that says,
``{name: {"passed": {question: [passed, ...]}, "score": points}}``, how submissions did, in
one of two ways:

``{"autograder": zip, "notebooks": {name: path}}``
    by ``otter.api.grade_submission``, which is what ``otter run`` calls: the notebook in a
    kernel of its own.  Seconds each.

``{"tests": [paths], "root": course root, "submissions": {name: [cells]}}``
    the cells in an IPython shell, then Otter's test files on its namespace, without a
    kernel.  Every submission runs in a process forked from this warm one, in an empty
    folder; one that dies, or is not done after ``SECONDS``, has no answer.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import os
import signal
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

SECONDS = 60
# Students' notebooks install packages, and here nothing keeps them from it.
NO_INSTALLING = {"PIP_DRY_RUN": "1", "PIP_NO_INDEX": "1"}
# Imported before the first fork.
WARM = ["IPython.core.interactiveshell", "matplotlib.pyplot", "otter.test_files.exception_test"]


Answer = dict[str, Any]


def answer_of(files: list[Any]) -> Answer:
    """What Otter's test files say after they have run."""
    passed = {file.name: [case.passed for case in file.test_case_results] for file in files}
    return {"passed": passed, "score": sum(file.score for file in files)}


def by_otter_run(autograder: str, notebooks: dict[str, str]) -> dict[str, Answer]:
    """Grade notebooks with an autograder.zip."""
    from otter.api import grade_submission

    answers = {}
    for name, path in notebooks.items():
        results = grade_submission(path, autograder, quiet=True)
        if results.has_catastrophic_failure():
            sys.exit(f"Otter could not grade {name}: {results.catastrophic_error}")
        answers[name] = answer_of(list(results.results.values()))
    return answers


def in_process(cells: list[str], tests: list[str], root: str) -> Answer:
    """Run cells in a shell, errors ignored as Otter does, then each test file."""
    from IPython.core.interactiveshell import InteractiveShell
    from otter.test_files.exception_test import ExceptionTestFile

    sys.path.insert(0, root)
    shell = InteractiveShell.instance()
    for cell in cells:
        shell.run_cell(cell, silent=True)
    files = [ExceptionTestFile.from_string(Path(path).read_text("utf-8"), path) for path in tests]
    for file in files:
        file.run(shell.user_ns)
    return answer_of(files)


def in_child(cells: list[str], tests: list[str], root: str) -> Answer | None:
    """What in_process gives in a forked process; None where that process does not end well."""
    reading, writing = os.pipe()
    with tempfile.TemporaryDirectory() as folder:
        child = os.fork()
        if not child:
            _answer_and_exit((cells, tests, root), folder, writing)
        os.close(writing)
        with open(reading, "rb") as pipe:
            answer = pipe.read()
        _, status = os.waitpid(child, 0)
    return json.loads(answer) if status == 0 else None


def _answer_and_exit(asked: tuple[list[str], list[str], str], folder: str, writing: int) -> None:
    status = 1
    with contextlib.suppress(BaseException):
        signal.alarm(SECONDS)  # ends this process and nothing else
        os.chdir(folder)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)  # requests come there
        with contextlib.redirect_stdout(io.StringIO()):
            answer = json.dumps(in_process(*asked))
        os.write(writing, answer.encode())
        status = 0
    os._exit(status)


def by_test_files(request: dict[str, Any]) -> dict[str, Answer]:
    """Grade cells, each submission in a child."""
    for module in WARM:
        importlib.import_module(module)
    answers = {
        name: in_child(cells, request["tests"], request["root"])
        for name, cells in request["submissions"].items()
    }
    return {name: answer for name, answer in answers.items() if answer is not None}


def main() -> None:
    """Answer each request."""
    os.environ.update(NO_INSTALLING)
    os.environ["MPLBACKEND"] = "Agg"
    os.environ.pop("PYTHONPATH", None)  # the kernel finds the autograder's own files
    warnings.simplefilter("ignore")
    # Whatever else is printed is no answer.
    with os.fdopen(os.dup(1), "w") as answers:
        os.dup2(2, 1)
        for line in sys.stdin:
            request = json.loads(line)
            if "autograder" in request:
                found = by_otter_run(request["autograder"], request["notebooks"])
            else:
                found = by_test_files(request)
            print(json.dumps(found), file=answers, flush=True)


if __name__ == "__main__":
    main()
