"""What leaves the course: nothing that is not for students, and a zip that holds what it needs."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import nbformat
import pytest

from grader.course import assignment, master, testfile
from grader.course.otter import build, require_kernel
from grader.errors import AssignmentError, UsageError

from .toy_course import COUNTER_SOLUTION, PUBLIC_TEST, master_cells, write_notebook


def cells_of(path: Path) -> list[Any]:
    return list(nbformat.read(path, as_version=4).cells)


def rewrite(folder: Path, old: str, new: str) -> None:
    """Replace a whole cell of the master notebook, or drop it where ``new`` is empty."""
    cells = master_cells()
    index = [cell.source for cell in cells].index(old)
    cells[index].source = new
    write_notebook(folder / "toy.ipynb", [cell for cell in cells if cell.source])


def test_student_notebook_holds_task_and_public_tests_only(toy: Path, tmp_path: Path) -> None:
    built = build(assignment.load(toy), tmp_path / "out")
    sources = [cell.source for cell in cells_of(built.notebook)]
    text = built.notebook.read_text("utf-8")
    assert "def double(x):\n    raise NotImplementedError" in sources
    assert "return 2 * x" not in text
    assert "self.n += 1" not in text
    assert "twice one is two" in text
    assert "hidden=True" not in text
    assert [path.name for path in built.notebook.parent.iterdir()] == ["toy.ipynb"]


def test_otter_passes_over_check_cells(toy: Path, tmp_path: Path) -> None:
    built = build(assignment.load(toy), tmp_path / "out")
    checks = [c for c in cells_of(built.notebook) if c.source.startswith("grader.check")]
    assert checks
    assert all("otter_ignore" in cell.metadata.tags for cell in checks)


def test_building_twice_gives_the_same_notebook(toy: Path, tmp_path: Path) -> None:
    loaded = assignment.load(toy)
    first = build(loaded, tmp_path / "out").notebook.read_bytes()
    assert build(loaded, tmp_path / "out").notebook.read_bytes() == first


def test_autograder_zip(toy: Path, tmp_path: Path) -> None:
    built = build(assignment.load(toy), tmp_path / "out")
    with zipfile.ZipFile(built.autograder) as archive:
        names = set(archive.namelist())
        environment = archive.read("environment.yml").decode()
        config = json.loads(archive.read("otter_config.json"))
    assert {"tests/double.py", "tests/counter.py", "run_autograder", "setup.sh"} <= names
    assert {"files/reference/__init__.py", "files/reference/toy.py"} <= names
    assert {"files/grader/__init__.py", "files/grader/checks/__init__.py"} <= names
    assert "files/reference/unrelated.py" not in names
    assert not [name for name in names if "cache" in name or "inside" in name]
    assert "numpy" in environment
    assert config["lang"] == "python"


def test_the_zip_needs_no_grader_besides(toy: Path, tmp_path: Path) -> None:
    built = build(assignment.load(toy), tmp_path / "out")
    with zipfile.ZipFile(built.autograder) as archive:
        archive.extractall(tmp_path / "unpacked")
    files = tmp_path / "unpacked" / "files"
    code = (
        "import sys; sys.modules['msgspec'] = None; import grader.checks.exercise as e; "
        "print(e.__file__)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=files, capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == str(files / "grader" / "checks" / "exercise.py"), done.stderr


def test_solution_and_template_are_told_apart(toy: Path) -> None:
    read = master.read(toy / "toy.ipynb")
    assert len(read.solution) == len(read.template) == 3
    assert "return 2 * x" in "\n".join(read.solution)
    assert "return 2 * x" not in "\n".join(read.template)
    assert not any("otter" in cell for cell in read.solution)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (COUNTER_SOLUTION, "class Counter:\n    n = 0", "marks nothing as solution"),
        (
            "import math  # given to students",
            "x = 3  # SOLUTION",
            "the mark '# SOLUTION' in toy.ipynb",
        ),
        (
            "import math  # given to students",
            "from reference import toy",
            "import of the reference",
        ),
        ("import math  # given to students", "def f(:", "is no Python"),
        (
            "# Toy\nDouble a number, then count.",
            "# BEGIN SOLUTION x",
            "the mark '# BEGIN SOLUTION'",
        ),
        ("Write `double`.", "Look at the factor 2x again.", "the message of a hidden test"),
        (PUBLIC_TEST, "assert double(1) == 2", "cannot be read as an Otter Assign"),
        ("# END QUESTION", "", "cannot be read as an Otter Assign"),
        (
            "# ASSIGNMENT CONFIG\ntests:\n  ok_format: false\nexport_cell: false",
            "# ASSIGNMENT CONFIG\nexport_cell: false",
            "doctest format",
        ),
    ],
)
def test_what_students_must_not_get(
    toy: Path, tmp_path: Path, old: str, new: str, message: str
) -> None:
    rewrite(toy, old, new)
    with pytest.raises(AssignmentError, match=message) as caught:
        build(assignment.load(toy), tmp_path / "out")
    assert "toy.ipynb" in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_no_master_notebook(toy: Path, tmp_path: Path) -> None:
    (toy / "toy.ipynb").unlink()
    with pytest.raises(AssignmentError, match=r"toy\.ipynb cannot be read"):
        build(assignment.load(toy), tmp_path / "out")


def test_without_a_kernel_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    manager = testfile.quiet_import("jupyter_client.kernelspec").KernelSpecManager
    require_kernel()
    monkeypatch.setattr(manager, "find_kernel_specs", lambda self: {})
    with pytest.raises(UsageError, match=r"ipykernel .* 'numgrader\[course\]'"):
        require_kernel()
