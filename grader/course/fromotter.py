"""An assignment in Otter's own form: an autograder.zip, or a folder of test files.

There is no assignment.toml: students must define what the test files ask for, and points are
the files' own.  The zip's ``files/`` are put beside each submission, except what
exception-based tests import: these tests run here, and so what they import stays here.  A
setting of otter_config.json is followed, refused if it would change scores, or listed in
``Assignment.notices``.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import platformdirs

from grader.course import doctests, testfile
from grader.course.assignment import Assignment, check_questions, digest_of, imported_files
from grader.course.hooks import course, otter
from grader.course.testfile import Question
from grader.errors import AssignmentError
from grader.model import Limits

CONFIG: Final = "otter_config.json"

#: Settings that change scores, and why they are refused.
_REFUSED: Final[dict[str, str]] = {
    "plugins": "plugins are not run",
    "grade_from_log": "Otter's log is not read",
    "score_threshold": "points are added up as the tests have them",
    "points_possible": "points are added up as the tests have them",
    "debug": "an error in a cell does not end grading here",
}
#: Settings that change no score, and the notice that is given if they are set.
_NAMED: Final[dict[str, str]] = {
    key: notice
    for notice, keys in {
        "nothing is sent to Gradescope": "token course_id assignment_id",
        "no PDF is made": "pdf filtering pagebreaks pdf_via_html use_submission_pdf "
        "submit_blank_pdf_on_export_failure warn_missing_pdf",
        "Otter's log is not read": "serialized_variables",
        "a notebook's own assignment name is not compared with it": "assignment_name",
        "pages say what they always say": "show_stdout show_hidden show_all_public "
        "force_public_test_summary",
    }.items()
    for key in keys.split()
}
_SILENT: Final = frozenset(
    "autograder_dir lang miniconda_path logo print_summary print_score zips log_level "
    "seed seed_variable".split()
)
_DEFAULT: Final[tuple[object, ...]] = (None, False, [], {})


def is_otters(path: Path) -> bool:
    """Whether ``path`` is a zip, an unpacked autograder.zip, or a folder of test files."""
    if path.is_file():
        return path.suffix.lower() == ".zip"
    if (path.parent / "assignment.toml").is_file():
        return False  # a folder of one of our assignments, which is what is meant
    return path.is_dir() and ((path / CONFIG).is_file() or bool(_test_files(path)))


def load(path: Path) -> Assignment:
    """Read the assignment at ``path``, for which :func:`is_otters` is true.

    A zip is unpacked into the user's cache, by its contents, where other processes find it.
    Raises AssignmentError if it cannot be graded as Otter does.
    """
    folder = _unpacked(path) if path.is_file() else path
    paths, config = _test_files(folder), _config(folder)
    if config.get("lang", "python") != "python" or any((folder / "tests").glob("*.[rR]")):
        raise AssignmentError(f"{path} is an assignment in R; only Python is graded here.")
    if not paths:
        raise AssignmentError(f"{path} holds no test file; give an autograder.zip of Otter's.")
    settings = _notices(config, path)
    files, limits = folder / "files", Limits()
    root = files if files.is_dir() else folder
    with course(root), otter():
        questions = tuple(_question(each, limits) for each in paths)
    names = doctests.names_asked(questions)
    check_questions(questions, paths, names)
    kept = _kept_here(paths, files)
    name = path.stem if path.is_file() else (path.parent if path.name == "tests" else path).name
    return Assignment(
        name=name,
        title=str(config.get("assignment_name") or name),
        folder=folder,
        course_root=root,
        limits=limits,
        names=names,
        questions=questions,
        digest=digest_of(_files(folder), folder),
        files=tuple(
            (path.relative_to(files).as_posix(), path.read_bytes())
            for path in sorted(_files(files))
            if path not in kept
        ),
        notices=(*settings, *_remarks(folder, questions, paths, kept)),
        in_place=_in_place(questions, files),
        seed=_seed(config, path),
        is_otters=True,
    )


def _remarks(
    folder: Path, questions: Sequence[Question], paths: Sequence[Path], kept: set[Path]
) -> Iterator[str]:
    """Yield what somebody who comes from Otter must know of these tests."""
    files = folder / "files"
    if kept:
        listed = ", ".join(sorted({path.relative_to(files).parts[0] for path in kept}))
        yield f"{listed}: imported by tests, and so not given to students' code."
    if doctested := [question.name for question in questions if doctests.holds(question)]:
        yield (
            f"{', '.join(doctested)}: doctests, which run where students' code does; who sets "
            "out to can read and fool them. Exception-based test cases run apart from it."
        )
    known = {*sys.stdlib_module_names, "numpy", "otter", *(p.stem for p in files.glob("*"))}
    for path, question in zip(paths, questions, strict=True):
        packages = {module.partition(".")[0] for module in testfile.imported_modules(path)}
        if not doctests.holds(question) and (libraries := sorted(packages - known)):
            yield (
                f"{question.name} imports {', '.join(libraries)}: where a student's object is no "
                "plain data and no array, operators, == and isinstance do not reach it there "
                "(docs/otter.md)."
            )
    if (folder / "environment.yml").is_file():
        yield "environment.yml: students' code runs in this Python, or in --worker-python's."


def _unpacked(path: Path) -> Path:
    try:
        data = path.read_bytes()
        target = platformdirs.user_cache_path("grader") / "otter" / hashlib.sha256(data).hexdigest()
        if target.is_dir():
            return target
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
            with zipfile.ZipFile(path) as archive:
                archive.extractall(scratch)  # stays within the folder whatever the names
            if not _test_files(Path(scratch)):
                raise AssignmentError(f"{path} is no autograder.zip of Otter's: it has no tests.")
            shutil.copytree(scratch, target, dirs_exist_ok=True)
    except (OSError, zipfile.BadZipFile) as error:
        raise AssignmentError(f"{path} cannot be read as a zip ({error}).") from error
    return target


def _test_files(folder: Path) -> list[Path]:
    """Return Otter's test files in ``folder/tests``, or in ``folder`` itself, sorted."""
    inside = folder / "tests"
    found = sorted((inside if inside.is_dir() else folder).glob("*.py"))
    return [p for p in found if testfile.is_test_file(p.read_text("utf-8", errors="replace"))]


def _config(folder: Path) -> dict[str, Any]:
    path = folder / CONFIG
    if not path.is_file():
        return {}
    try:
        config = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise AssignmentError(f"{path} cannot be read as JSON ({error}); correct it.") from error
    if not isinstance(config, dict):
        raise AssignmentError(f"{path} holds no table of settings; correct it.")
    return config


def _notices(config: dict[str, Any], path: Path) -> list[str]:
    """Return which settings have no effect; raises AssignmentError if that changes scores."""
    passed_over: dict[str, list[str]] = {}
    for key, value in config.items():
        if value in _DEFAULT or key in _SILENT:
            continue
        if key not in _NAMED:
            why = _REFUSED.get(key, "it is unknown here")
            raise AssignmentError(
                f"{path}: {CONFIG} sets {key}, which may change scores ({why}); remove it to "
                "grade without."
            )
        passed_over.setdefault(_NAMED[key], []).append(key)
    return [f"{CONFIG}, {', '.join(keys)}: {why}." for why, keys in passed_over.items()]


def _seed(config: dict[str, Any], path: Path) -> tuple[int, str] | None:
    value, variable = config.get("seed"), config.get("seed_variable") or ""
    if value is None:
        return None
    if not isinstance(value, int) or not 0 <= value < 2**32 or not isinstance(variable, str):
        raise AssignmentError(f"{path}: {CONFIG} has the seed {value!r}; write a whole number.")
    return value, variable


def _question(path: Path, limits: Limits) -> Question:
    source = path.read_text("utf-8")
    if testfile.is_ok_format(source):
        return doctests.parse(source, path, seconds=limits.call_seconds)
    return testfile.read(path)


def _in_place(questions: Sequence[Question], files: Path) -> frozenset[str]:
    """Return the questions that Otter tests where a notebook asks for that.

    In notebooks of ours, whose zip holds our checks, Otter ignores the cells that ask.
    """
    is_ours = (files / "grader" / "checks").is_dir()
    return frozenset() if is_ours else frozenset(question.name for question in questions)


def _kept_here(tests: Iterable[Path], files: Path) -> set[Path]:
    """Return those of the ``files`` that exception-based tests import, directly or not."""
    sources = (p for p in tests if not testfile.is_ok_format(p.read_text("utf-8")))
    found = imported_files(sources, files)
    # Nothing else in an imported package is for students.
    packages = {path.parent for path in found if path.parent != files}
    return found | {path for package in packages for path in _files(package)}


def _files(folder: Path) -> Iterator[Path]:
    """Yield the files in a folder, but Python's caches; none if there is no such folder."""
    for path in folder.rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            yield path
