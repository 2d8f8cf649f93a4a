"""Builds the autograder.zip for Gradescope, and the student notebook beside it.

The zip holds ``setup.sh`` and ``run_autograder``, a wheel of this package with its needs
(``requirements.txt``), ``autograder.json`` (which assignment, which language), and the course's
part: the assignment's folder without its sample class, and what its files import from the
course.  https://gradescope-autograders.readthedocs.io/en/latest/specs/
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Final

from grader import otter as handout
from grader.assignment import Assignment, course_files, load

from .wheel import requirements, write_wheel, write_zip

#: Where the zip holds the course, and what says how to grade.
COURSE: Final = "course"
SETTINGS: Final = "autograder.json"

_LEFT_OUT: Final = ("sample_class", "sample_scores.csv", "variants.py", "__pycache__")
# Besides the limit of memory: the grader itself, and Python with NumPy once more.
_OWN_MB: Final = 400


def lines(name_or_dir: str, out: Path, *, otter: bool, hidden: str, language: str) -> Iterator[str]:
    """Do what ``grader build`` does; what is to be said of it."""
    assignment = load(name_or_dir)
    if otter:
        built = handout.build(assignment, out)
    else:
        built = build(assignment, out, language=language, hidden=hidden)
    yield f"Student notebook: {built.notebook}"
    yield f"Autograder for {'Otter' if otter else 'Gradescope'}: {built.autograder}"
    if not otter:
        yield f"Give its container {memory_mb(assignment)} MB of memory or more."


def build(assignment: Assignment, out: Path, *, language: str, hidden: str) -> handout.Built:
    """Write ``out/student/`` and ``out/autograder/autograder.zip``, replacing what is there.

    ``language`` is that of the messages, ``hidden`` when students see hidden test cases, in
    Gradescope's words.  Raises AssignmentError as :func:`grader.otter.build` does.
    """
    settings = {"assignment": assignment.name, "language": language, "visibility": hidden}
    with handout.handout(assignment) as made:
        wheel = write_wheel(made.scratch)
        files = {
            "setup.sh": _script("setup.sh"),
            "run_autograder": _script("run_autograder.sh"),
            "requirements.txt": _lines(requirements(handout.REQUIREMENTS)),
            "extra.txt": _lines(handout.REQUIREMENTS),
            SETTINGS: json.dumps(settings, indent=2).encode() + b"\n",
            wheel.name: wheel.read_bytes(),
        }
        root = assignment.course_root
        for path in _course(assignment):
            files[f"{COURSE}/{path.relative_to(root).as_posix()}"] = path.read_bytes()
        zipped = made.scratch / "autograder.zip"
        write_zip(zipped, files, executable=("setup.sh", "run_autograder"))
        return handout.put(made, zipped, out)


def memory_mb(assignment: Assignment) -> int:
    """How much memory the container needs, in MB."""
    return assignment.limits.memory_mb + _OWN_MB


def _course(assignment: Assignment) -> list[Path]:
    """The assignment's files, and what they import from their course."""
    own = [
        path
        for path in sorted(assignment.folder.rglob("*"))
        if path.is_file() and not set(path.relative_to(assignment.folder).parts) & set(_LEFT_OUT)
    ]
    imported = course_files([p for p in own if p.suffix == ".py"], assignment.course_root)
    return [*own, *(path for path in imported if path not in own)]


def _script(name: str) -> bytes:
    return resources.files(__package__).joinpath(name).read_bytes()


def _lines(texts: tuple[str, ...] | list[str]) -> bytes:
    return "".join(f"{text}\n" for text in texts).encode()
