"""Builds the autograder.zip for Gradescope, and the student notebook beside it.

The zip holds ``setup.sh`` and ``run_autograder``, a wheel of this package with its needs
(``requirements.txt``), ``autograder.json`` (the assignment and the language), and the course's
part: the assignment's folder without its sample class, and what its files import from the
course.  https://gradescope-autograders.readthedocs.io/en/latest/specs/
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Final

from grader.bounds import GRADESCOPE_OWN_MB
from grader.course import otter as handout
from grader.course.assignment import Assignment, course_files, load
from grader.errors import UsageError
from grader.report.files import write_zip

from .wheel import files_of, requirements, write_wheel

#: In the zip: the course's folder, and the file that says how to grade.
COURSE: Final = "course"
SETTINGS: Final = "autograder.json"

_LEFT_OUT: Final = ("sample_class", "sample_scores.csv", "variants.py")


def lines(name_or_dir: str, out: Path, *, otter: bool, hidden: str, language: str) -> Iterator[str]:
    """Do what ``grader build`` does; yield what to say about it."""
    assignment = load(name_or_dir)
    if assignment.is_otters:
        if otter:
            raise UsageError(f"{name_or_dir} is Otter's own already; leave out --otter.")
        autograder = out / "autograder" / "autograder.zip"
        autograder.parent.mkdir(parents=True, exist_ok=True)
        write_autograder(assignment, autograder, language=language, hidden=hidden)
        yield from assignment.notices
    else:
        if otter:
            built = handout.build(assignment, out)
        else:
            built = build(assignment, out, language=language, hidden=hidden)
        autograder = built.autograder
        yield f"Student notebook: {built.notebook}"
    yield f"Autograder for {'Otter' if otter else 'Gradescope'}: {autograder}"
    if not otter:
        memory = assignment.limits.memory_mb + GRADESCOPE_OWN_MB
        yield f"Give its container {memory} MB of memory or more."


def build(assignment: Assignment, out: Path, *, language: str, hidden: str) -> handout.Built:
    """Write ``out/student/`` and ``out/autograder/autograder.zip``, replacing what is there.

    ``language`` is the language of messages; ``hidden`` says when students see hidden test
    cases, in Gradescope's words.  Raises AssignmentError as :func:`grader.course.otter.build` does.
    """
    with handout.handout(assignment) as made:
        zipped = made.scratch / "autograder.zip"
        write_autograder(assignment, zipped, language=language, hidden=hidden)
        return handout.put(made, zipped, out)


def write_autograder(assignment: Assignment, path: Path, *, language: str, hidden: str) -> None:
    """Write the zip; ``assignment`` may be one of Otter's own."""
    settings = {"assignment": assignment.name, "language": language, "visibility": hidden}
    with tempfile.TemporaryDirectory() as scratch:
        wheel = write_wheel(Path(scratch))
        files = {
            "setup.sh": _script("setup.sh"),
            "run_autograder": _script("run_autograder.sh"),
            "requirements.txt": _lines(requirements(handout.REQUIREMENTS)),
            "extra.txt": _lines(handout.REQUIREMENTS),
            SETTINGS: json.dumps(settings, indent=2).encode() + b"\n",
            wheel.name: wheel.read_bytes(),
        }
    folder = f"{COURSE}/assignments/{assignment.name}"
    for name, data in _own(assignment):
        files[f"{folder}/{name}"] = data
    for name, data in () if assignment.is_otters else _imported(assignment):
        files[f"{COURSE}/{name}"] = data
    write_zip(path, files.items(), executable=("setup.sh", "run_autograder"))


def _own(assignment: Assignment) -> Iterator[tuple[str, bytes]]:
    """Return the assignment's files, by their names in its folder."""
    return files_of(assignment.folder, *(() if assignment.is_otters else _LEFT_OUT))


def _imported(assignment: Assignment) -> Iterator[tuple[str, bytes]]:
    """Yield what the assignment's files import from the course, by the names there."""
    own = [assignment.folder / name for name, _ in _own(assignment)]
    for path in course_files([p for p in own if p.suffix == ".py"], assignment.course_root):
        if path not in own:
            yield path.relative_to(assignment.course_root).as_posix(), path.read_bytes()


def _script(name: str) -> bytes:
    return resources.files(__package__).joinpath(name).read_bytes()


def _lines(texts: tuple[str, ...] | list[str]) -> bytes:
    return "".join(f"{text}\n" for text in texts).encode()
