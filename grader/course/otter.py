"""Builds the student notebook, and an autograder.zip for Otter.

``OUT/student/`` is Otter Assign's student version of the master notebook, without solutions and
hidden tests, checked once more before it is written.  ``OUT/autograder/autograder.zip`` is for
``otter run -a`` and for Gradescope (for which :mod:`grader.gradescope` makes a better one).  It
holds the hidden tests, the part of the course's reference that they import, and
:mod:`grader.checks`.  Otter copies the zip's ``files/`` beside the submission and puts that
folder on ``sys.path``, where the tests find both.

Limits of grading with Otter: the student's code and the tests share one process, so a
submission can read the tests and the reference, and nothing bounds its memory or the time
of a call; ``grader grade`` bounds both.  Otter runs a question's hidden tests where the
notebook calls ``grader.check``; the student notebook's check cells are therefore tagged
``otter_ignore``, so that Otter, too, tests what the notebook defined last.
"""

from __future__ import annotations

import ast
import contextlib
import json
import multiprocessing
import os
import re
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grader
from grader.course import master
from grader.course.assignment import Assignment, course_files, public_questions
from grader.course.testfile import in_one_line, quiet_import
from grader.errors import AssignmentError, Fault, not_installed

# What the tests and an ordinary submission import; Otter adds itself and its own needs.
REQUIREMENTS = ("numpy>=1.26,<3", "matplotlib>=3.8,<4", "scikit-learn>=1.4,<2")

#: The part of this package that test files may import.
SHIPPED = (
    *("__init__.py", "bounds.py", "errors.py", "model.py", "words.py", "checks"),
    *("sandbox/__init__.py", "sandbox/wire/__init__.py", "sandbox/wire/arrays.py"),
)

# Comments that tell Otter Assign what to strip: none may be left for students.
_MARK = re.compile(
    r"#+\s*(?:BEGIN|END)\s+(?:SOLUTION|TESTS?|PROMPT|QUESTION)\b|#\s*SOLUTION\b|#\s*HIDDEN\b"
)
_OTTER_CALL = re.compile(r"^grader\.check(?:_all)?\(")


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """Where :func:`build` put the student notebook and the autograder."""

    notebook: Path
    autograder: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Handout:
    """A student notebook ready to be handed out, in the temporary folder ``scratch``.

    ``student`` is the notebook's folder, ``config`` are the settings for Otter Generate.
    """

    notebook: str
    student: Path
    config: dict[str, Any]
    scratch: Path


def build(assignment: Assignment, out: Path) -> Built:
    """Write ``out/student/`` and ``out/autograder/autograder.zip``, replacing what is there.

    Raises AssignmentError as :func:`handout` does, and then writes nothing.
    """
    with handout(assignment) as made:
        zipped = _generate(assignment, made.config, made.scratch / "generate")
        return put(made, zipped, out)


@contextlib.contextmanager
def handout(assignment: Assignment) -> Iterator[Handout]:
    """Make the student notebook in a temporary folder.

    Raises AssignmentError if the master notebook cannot be read or would give students
    a solution or a hidden test.
    """
    source = master.read(assignment.notebook)
    if source.unstripped:
        first = source.unstripped[0].strip().splitlines()[0]
        raise AssignmentError(
            f"{assignment.notebook}: the solution cell that begins with {first!r} marks nothing "
            "as solution, so students would get it whole; put # BEGIN SOLUTION and "
            "# END SOLUTION around it."
        )
    _refuse_broken(source.template, assignment.notebook)
    public_questions(assignment)
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        student, config = _assign(assignment, scratch / "assigned")
        name = assignment.notebook.name
        _tag_check_cells(student / name)
        _refuse_leftovers(assignment, student)
        yield Handout(notebook=name, student=student, config=config, scratch=scratch)


def put(made: Handout, zipped: Path, out: Path) -> Built:
    """Copy a handout and its autograder.zip to ``out``."""
    for name in ("student", "autograder"):
        shutil.rmtree(out / name, ignore_errors=True)
    (out / "autograder").mkdir(parents=True)
    shutil.copytree(made.student, out / "student")
    autograder = out / "autograder" / "autograder.zip"
    shutil.copy(zipped, autograder)
    return Built(notebook=out / "student" / made.notebook, autograder=autograder)


def require_kernel() -> None:
    """Raise UsageError if no kernel is installed to run notebooks: Otter's error says little."""
    kernels = quiet_import("jupyter_client.kernelspec").KernelSpecManager()
    if "python3" not in kernels.find_kernel_specs():
        raise not_installed("ipykernel", "course")


@contextlib.contextmanager
def scoring(
    graded: Sequence[tuple[Path, Path]], *, jobs: int
) -> Iterator[Callable[[], list[float]]]:
    """Have Otter grade (notebook, autograder.zip) pairs meanwhile, ``jobs`` at a time.

    Yields a function that waits and returns the points of each; it raises Fault if Otter cannot
    grade one.  Each takes seconds.
    """
    quiet_import("otter.api")  # once, not in each process
    # One process each: Otter changes its working folder and environment, and starts a kernel.
    with multiprocessing.get_context("fork").Pool(jobs, maxtasksperchild=1) as pool:
        answers = pool.map_async(_score, graded, chunksize=1)

        def collect() -> list[float]:
            for (notebook, _), answer in zip(graded, answers.get(), strict=True):
                if isinstance(answer, str):
                    raise Fault(f"Otter could not grade {notebook.name}: {answer}")
            return [float(answer) for answer in answers.get()]

        yield collect


def _score(graded: tuple[Path, Path]) -> float | str:
    """Return the points, or the reason why there are none."""
    notebook, autograder = graded
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):  # which the kernel inherits
        os.dup2(nowhere, descriptor)
    os.environ.pop("PYTHONPATH", None)
    os.chdir(notebook.parent)
    warnings.simplefilter("ignore")
    try:
        results = quiet_import("otter.api").grade_submission(
            str(notebook), str(autograder), quiet=True
        )
        if results.catastrophic_error:
            return in_one_line(results.catastrophic_error)
        return float(results.total)
    except Exception as error:
        return in_one_line(error)


def _assign(assignment: Assignment, result: Path) -> tuple[Path, dict[str, Any]]:
    """Run Otter Assign; return the folder for students and the settings for Otter Generate."""
    output = quiet_import("otter.assign.output")
    config = quiet_import("otter.assign").Assignment(require_valid_keys=True)
    config.master, config.result = assignment.notebook, result
    try:
        with contextlib.chdir(assignment.folder):  # its config names files relative to it
            output.write_output_directories(config)
    except Exception as error:
        raise AssignmentError(
            f"{assignment.notebook}: Otter Assign fails with {in_one_line(error)}; correct it."
        ) from error
    finally:
        if config.generate_tests_dir:
            shutil.rmtree(config.generate_tests_dir, ignore_errors=True)
    settings = dict(config.get_otter_config()) if config.generate_enabled else {}
    # With this, Otter refuses notebooks that were not made from the student notebook.
    settings.pop("assignment_name", None)
    return result / "student", settings


def _tag_check_cells(path: Path) -> None:
    """Have Otter ignore the cells that only run tests: it runs all tests at the end."""
    import nbformat

    notebook = nbformat.read(path, as_version=4)
    for index, cell in enumerate(notebook.cells):
        if "id" in cell:
            cell["id"] = f"cell-{index}"  # Otter's ids are random, but builds must be the same
        if cell.cell_type == "code" and _OTTER_CALL.match(cell.source):
            cell.metadata.setdefault("tags", []).append("otter_ignore")
    nbformat.write(notebook, path)


def _refuse_broken(cells: Sequence[str], notebook: Path) -> None:
    """Raise AssignmentError if a cell that students get is not Python before they fill it in."""
    from IPython.core.inputtransformer2 import TransformerManager

    for cell in cells:
        try:
            ast.parse(TransformerManager().transform_cell(cell))
        except SyntaxError as error:
            first = cell.strip().splitlines()[0]
            raise AssignmentError(
                f"{notebook}: without its solution, the cell that begins with {first!r} is no "
                f"Python ({error.msg}, line {error.lineno}); leave students a prompt."
            ) from error


def _refuse_leftovers(assignment: Assignment, student: Path) -> None:
    """Raise AssignmentError if a file for students holds a solution or a hidden test."""
    hidden = [c for q in assignment.questions for c in q.cases if c.hidden]
    secrets = {text for c in hidden for text in (c.failure_message, c.success_message) if text}
    for path in sorted(p for p in student.rglob("*") if p.is_file()):
        text = path.read_text("utf-8", errors="replace")
        for source in _sources(text) if path.suffix == ".ipynb" else [text]:
            found = _MARK.search(source)
            reason = f"the mark {found.group()!r}" if found else ""
            if re.search(r"hidden\s*=\s*True", source):
                reason = "a hidden test"
            if re.search(
                r"^\s*(?:from|import)\s+(?:reference|assignments)\b", source, re.MULTILINE
            ):
                reason = "an import of the reference"
            if any(secret in source for secret in secrets):
                reason = "the message of a hidden test"
            if reason:
                raise AssignmentError(
                    f"{assignment.notebook}: students would get {reason} in {path.name}; "
                    "put it within a solution or tests block, or remove it."
                )


def _sources(text: str) -> list[str]:
    """Return the cells of a notebook, and the tests that Otter keeps in its metadata."""
    notebook = json.loads(text)
    tests = notebook["metadata"].get("otter", {}).get("tests", {})
    return [*("".join(cell["source"]) for cell in notebook["cells"]), *map(str, tests.values())]


def _generate(assignment: Assignment, config: dict[str, Any], folder: Path) -> Path:
    """Run Otter Generate in a folder that holds what the zip needs and nothing else."""
    package, tests = Path(grader.__file__).parent, assignment.folder / "tests"
    imported = course_files(sorted(tests.glob("*.py")), assignment.course_root)
    copies = {f"grader/{name}": package / name for name in SHIPPED}
    copies |= {path.relative_to(assignment.course_root).as_posix(): path for path in imported}
    for name, source in copies.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    (folder / "requirements.txt").write_text("\n".join(REQUIREMENTS) + "\n", "utf-8")
    (folder / "otter_config.json").write_text(json.dumps(config), "utf-8")
    with contextlib.chdir(folder):  # Otter takes files below the working folder only
        quiet_import("otter.generate").main(
            tests_dir=str(tests),
            output_path="autograder.zip",
            config="otter_config.json",
            lang="python",
            requirements="requirements.txt",
            no_environment=True,
            files=sorted({name.partition("/")[0] for name in copies}),
        )
    return folder / "autograder.zip"
