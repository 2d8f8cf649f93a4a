"""Reads ``assignments/<name>/``: what is asked, and its test cases.

An assignment is found by name or folder (:func:`load`), is checked once and then never
changes.  The course root is the folder that holds ``assignments/`` and ``reference/``; while
a course's own files are executed (:func:`grader.course.hooks.course`), a test file's ``from
reference import dropout`` finds the course's reference.
"""

from __future__ import annotations

import ast
import dataclasses
import hashlib
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.bounds import CELLS_SHARE
from grader.course import catalogue, master, testfile
from grader.course.hooks import COURSE, course, otter
from grader.course.testfile import Question, TestCase, score
from grader.errors import AssignmentError, UsageError
from grader.model import Limits

__all__ = [
    "Assignment",
    "Question",
    "TestCase",
    "available",
    "course",
    "course_files",
    "load",
    "public_questions",
    "score",
]

SETTINGS = frozenset(
    ["title", "names", "template_score", "conventions", "sources", "limits", "preload"]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """What is asked of a student, and how it is tested.

    ``names`` are the required names that students define.  ``questions`` stand in the order of
    the master notebook, others after those.  ``digest`` is the SHA-256, in hexadecimal, of
    the files that may influence a result or its page: all of its folder but what only verifies
    it, and what these import from the course's reference.  ``template_score`` is what the untouched
    template earns.  ``preload`` are modules that its notebooks import and that take long: they
    are imported once, and not by each submission that names them.  Where it ``is_otters``
    it was read from Otter's own files (:mod:`grader.course.fromotter`): ``files`` are laid beside
    each submission, ``notices`` say what is not done of what was asked for, ``in_place`` are the
    questions that are tested where a notebook asks for that, and ``seed`` is set before each cell
    (:class:`grader.judge.session.Session`).
    """

    name: str
    title: str
    folder: Path
    course_root: Path
    limits: Limits
    names: tuple[str, ...]
    questions: tuple[Question, ...]
    digest: str
    template_score: float = 0.0
    conventions: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    preload: tuple[str, ...] = ()
    files: tuple[tuple[str, bytes], ...] = ()
    notices: tuple[str, ...] = ()
    in_place: frozenset[str] = frozenset()
    seed: tuple[int, str] | None = None
    is_otters: bool = False

    @property
    def max_score(self) -> float:
        """The points of all questions."""
        return sum(question.points for question in self.questions)

    @property
    def notebook(self) -> Path:
        """The master notebook."""
        return self.folder / f"{self.name}.ipynb"


# Finding


def load(name_or_dir: str | Path, *, start: Path | None = None) -> Assignment:
    """Find an assignment and read it.

    ``name_or_dir`` is an assignment's folder, or its name: then ``assignments/NAME`` is
    looked for in ``start`` (the current folder unless given), in its parents, and beside the
    grader's own package.  It may also be Otter's own autograder.zip, or a folder of its test
    files (:mod:`grader.course.fromotter`).  Raises UsageError where there is none, listing those
    that exist, and AssignmentError where a file of it cannot be used.
    """
    folder = find(name_or_dir, (start or Path.cwd()).resolve())
    if not (folder / "assignment.toml").is_file():
        from grader.course import fromotter

        return fromotter.load(folder)
    settings = _settings(folder / "assignment.toml")
    root = folder.parent.parent
    paths = sorted((folder / "tests").glob("*.py"))
    if not paths:
        raise AssignmentError(f"{folder / 'tests'} holds no test file; write one a question.")
    with course(root), otter():
        questions = tuple(testfile.read(path) for path in paths)
    names = settings.pop("names")
    check_questions(questions, paths, names)
    asked = catalogue.question_names(folder / f"{folder.name}.ipynb")
    questions = testfile.in_order(questions, asked)
    return Assignment(
        name=folder.name,
        folder=folder,
        course_root=root,
        names=names,
        questions=questions,
        digest=_digest(folder, root, paths, questions),
        **{"title": folder.name, **settings},
    )


def available(*, start: Path | None = None) -> tuple[str, ...]:
    """The names of the assignments that :func:`load` would find, sorted."""
    shelves = _shelves((start or Path.cwd()).resolve())
    return tuple(
        sorted({path.parent.name for s in shelves for path in s.glob("*/assignment.toml")})
    )


def _shelves(start: Path) -> list[Path]:
    """The folders ``assignments`` of ``start``, its parents and the grader's checkout."""
    package = Path(__file__).resolve().parents[1]
    return [place / "assignments" for place in (start, *start.parents, package.parent)]


def find(name_or_dir: str | Path, start: Path) -> Path:
    """The folder of an assignment, or Otter's zip; raises UsageError as :func:`load` does."""
    wanted = str(name_or_dir)
    direct = start / wanted
    # A folder of submissions may bear the assignment's name: only one with settings counts.
    if wanted and (direct / "assignment.toml").is_file():
        return direct.resolve()
    if Path(wanted).name == wanted:
        for shelf in _shelves(start):
            if (shelf / wanted / "assignment.toml").is_file():
                return (shelf / wanted).resolve()
    from grader.course import fromotter

    if wanted and fromotter.is_otters(direct):
        return direct.resolve()
    if Path(wanted).name != wanted and direct.is_dir():
        raise UsageError(
            f"{direct} holds no assignment.toml and so is no assignment's folder; name one that is."
        )
    known = ", ".join(available(start=start))
    hint = f"choose from {known}" if known else "name the assignment's folder"
    raise UsageError(f"There is no assignment {wanted!r} in or above {start}; {hint}.")


# Reading


def _settings(path: Path) -> dict[str, Any]:
    """What ``assignment.toml`` says, in the types of :class:`Assignment`."""
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise AssignmentError(f"{path} cannot be read as TOML ({error}); correct it.") from error
    for key in raw.keys() - SETTINGS:
        raise AssignmentError(
            f"{path} sets {key!r}, which is unknown; use {', '.join(sorted(SETTINGS))}."
        )
    names = _strings(raw, "names", path)
    for name in names:
        if not name.isidentifier():
            raise AssignmentError(f"{path}: {name!r} in names is no Python name; correct it.")
    if not names or len(set(names)) < len(names):
        raise AssignmentError(f"{path} must list in names, once each, what students define.")
    template_score = raw.get("template_score", 0.0)
    if not _is_number(template_score) or template_score < 0:
        raise AssignmentError(f"{path}: template_score is {template_score!r}; write its points.")
    settings: dict[str, Any] = {
        "names": names,
        "limits": _limits(raw.get("limits", {}), path),
        "template_score": float(template_score),
        "conventions": _strings(raw, "conventions", path),
        "sources": _strings(raw, "sources", path),
        "preload": _strings(raw, "preload", path),
    }
    if "title" in raw:
        if not isinstance(raw["title"], str):
            raise AssignmentError(f"{path}: title is {raw['title']!r}; write a string.")
        settings["title"] = raw["title"]
    return settings


def _strings(raw: dict[str, Any], key: str, path: Path) -> tuple[str, ...]:
    value = raw.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise AssignmentError(f"{path}: {key} is {value!r}; write a list of strings.")
    return tuple(value)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _limits(raw: object, path: Path) -> Limits:
    known = dataclasses.asdict(Limits())
    if not isinstance(raw, dict):
        raise AssignmentError(f"{path}: limits is {raw!r}; write a table [limits].")
    for key, value in raw.items():
        if key not in known:
            raise AssignmentError(
                f"{path} sets the limit {key!r}, which is unknown; use {', '.join(known)}."
            )
        whole = isinstance(known[key], int)
        if not _is_number(value) or not 0 < value < float("inf") or (whole and value % 1):
            kind = "whole number" if whole else "number"
            raise AssignmentError(f"{path}: the limit {key} is {value!r}; write a {kind} above 0.")
    limits = Limits(**{key: type(known[key])(value) for key, value in raw.items()})
    if "cells_seconds" not in raw:
        limits = dataclasses.replace(limits, cells_seconds=CELLS_SHARE * limits.total_seconds)
    if limits.cells_seconds >= limits.total_seconds:
        raise AssignmentError(
            f"{path}: cells_seconds is {limits.cells_seconds:g} and total_seconds "
            f"{limits.total_seconds:g}, which leaves the test cases no time; make it smaller."
        )
    return limits


def check_questions(
    questions: tuple[Question, ...], paths: list[Path], names: tuple[str, ...]
) -> None:
    seen: dict[str, Path] = {}
    for question, path in zip(questions, paths, strict=True):
        if question.name in seen:
            # Otter would keep the second file's score only.
            raise AssignmentError(
                f"{path} has the name {question.name!r} of {seen[question.name]}; "
                "give each test file a name of its own."
            )
        seen[question.name] = path
        for case in question.cases:
            for parameter in case.parameters:
                if parameter not in (*names, "env"):  # env is Otter's: all names at once
                    raise AssignmentError(
                        f"{path}: test case {case.name!r} asks for {parameter!r}, which the names "
                        "of assignment.toml do not list; add it there, or correct the parameter."
                    )


# The course's own modules


_OF_PAGES = ("mistakes.py", "figures.py")  # code that a page depends on, besides the tests
_OF_VERIFY = ("variants.py", "sample_class", "sample_scores.csv")  # no result depends on these
_RESULTS = "gradebook.sqlite"  # a folder that holds it was written by grading


def course_files(sources: list[Path], root: Path) -> tuple[Path, ...]:
    """The course's own files that ``sources`` import, directly or not, sorted.

    These lie in ``reference/``, or are an assignment's inputs.  Found by reading import
    statements, so nothing is executed and nothing of another assignment is taken along.
    """
    found: set[Path] = set()
    waiting = list(sources)
    while waiting:
        for module in _imported_course_modules(waiting.pop()):
            base = root.joinpath(*module.split("."))
            for path in (base.with_suffix(".py"), base / "__init__.py"):
                if path.is_file() and path not in found:
                    found.add(path)
                    waiting.append(path)
    return tuple(sorted(found))


def _imported_course_modules(path: Path) -> Iterator[str]:
    inside = path.parent.name == "reference"
    for node in ast.walk(ast.parse(path.read_text("utf-8"), str(path))):
        imported: list[str] = []
        if isinstance(node, ast.Import):
            imported = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and (not node.level or inside):
            base = node.module or ""
            if node.level:
                base = f"reference.{base}".rstrip(".")
            imported = [base, *(f"{base}.{alias.name}" for alias in node.names)]
        for module in imported:
            parts = module.split(".")
            if parts[0] in COURSE:
                yield from (".".join(parts[:end]) for end in range(1, len(parts) + 1))


def _digest(folder: Path, root: Path, tests: list[Path], questions: tuple[Question, ...]) -> str:
    """Return one of all that a result or its page may depend on: tests and pictures read data."""
    digest = hashlib.sha256("\0".join(question.name for question in questions).encode())
    code = [*tests, *(folder / name for name in _OF_PAGES if (folder / name).is_file())]
    for path in sorted({*_files(folder), *course_files(code, root)}):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(root).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    """Yield the files in a folder; but what proves an assignment, leftovers, and results."""
    for path in folder.iterdir():
        if path.name in _OF_VERIFY or path.name == "__pycache__" or path.name[0] == ".":
            continue
        if path.is_file():
            yield path
        elif path.is_dir() and not path.is_symlink() and not (path / _RESULTS).exists():
            yield from _files(path)


# What students may run


def public_questions(assignment: Assignment) -> tuple[Question, ...]:
    """What a student may run: the test cases that are not hidden, by question.

    Those of the master notebook, which Otter's own have not, come before those of the test
    files, in the notebook's order.

    Raises AssignmentError where the master notebook cannot be read.
    """
    cases: dict[str, list[TestCase]] = {}
    own = () if assignment.is_otters else master.read(assignment.notebook).questions
    for question in (*own, *assignment.questions):
        public = [case for case in question.cases if not case.hidden]
        if public:
            cases.setdefault(question.name, []).extend(public)
    return tuple(Question(name=name, cases=tuple(found)) for name, found in cases.items())
