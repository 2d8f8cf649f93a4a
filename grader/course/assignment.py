"""Reads ``assignments/<name>/``: its settings and its test cases.

An assignment is found by name or folder (:func:`load`), checked once, and never changes after
that.  The course root is the folder that holds ``assignments/`` and ``reference/``; while
a course's own files are executed (:func:`grader.course.hooks.course`), a test file's ``from
reference import dropout`` finds the course's reference.
"""

from __future__ import annotations

import dataclasses
import hashlib
import tomllib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.bounds import CELLS_SHARE
from grader.course import catalogue, master, testfile
from grader.course.hooks import COURSE, course, otter
from grader.course.testfile import Question, TestCase
from grader.errors import AssignmentError, UsageError
from grader.model import Limits

SETTINGS = frozenset(
    ["title", "names", "template_score", "conventions", "sources", "limits", "preload"]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """An assignment: what students must define, and how it is tested.

    ``names`` are the names that students must define.  ``questions`` are in the order of the
    master notebook, followed by those that it does not name.  ``digest`` is the SHA-256, in
    hexadecimal, of the files that may influence a result or its page: its folder, without what
    only verifies it, and what these files import from the course's reference.
    ``template_score`` is what the untouched template earns, in points.  ``preload`` are slow
    modules that its notebooks import: they are imported once, not by each submission.

    If ``is_otters``, it was read from Otter's own files (:mod:`grader.course.fromotter`).  Then
    ``files`` are put beside each submission's notebook, ``notices`` say which settings have no
    effect, ``in_place`` are the questions that are tested where a notebook asks for that, and
    ``seed`` is set before each cell (:class:`grader.judge.session.Session`).
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
    preload: tuple[str, ...] = ()
    files: tuple[tuple[str, bytes], ...] = ()
    notices: tuple[str, ...] = ()
    in_place: frozenset[str] = frozenset()
    seed: tuple[int, str] | None = None
    is_otters: bool = False

    @property
    def max_score(self) -> float:
        """Return the sum of all questions' points."""
        return sum(question.points for question in self.questions)

    @property
    def notebook(self) -> Path:
        """Return the path of the master notebook."""
        return self.folder / f"{self.name}.ipynb"


# Finding


def load(name_or_dir: str | Path, *, start: Path | None = None) -> Assignment:
    """Find an assignment and read it.

    ``name_or_dir`` is an assignment's folder or its name.  ``assignments/NAME`` is looked for
    in ``start`` (by default the current folder), in its parents, and beside the grader's
    package.  It may also be an autograder.zip of Otter's, or a folder of Otter's test files
    (:mod:`grader.course.fromotter`).  Raises UsageError, listing the assignments that exist, if
    there is none, and AssignmentError if one of its files cannot be used.
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
    check_questions(questions, paths, settings["names"])
    asked = catalogue.question_names(folder / f"{folder.name}.ipynb")
    questions = testfile.in_order(questions, asked)
    return Assignment(
        name=folder.name,
        folder=folder,
        course_root=root,
        questions=questions,
        digest=_digest(folder, root, paths, questions),
        **settings,
    )


def available(*, start: Path | None = None) -> tuple[str, ...]:
    """Return the names of the assignments that :func:`load` would find, sorted."""
    shelves = _shelves((start or Path.cwd()).resolve())
    return tuple(
        sorted({path.parent.name for s in shelves for path in s.glob("*/assignment.toml")})
    )


def _shelves(start: Path) -> list[Path]:
    """Return the folders ``assignments`` of ``start``, its parents and the grader's checkout."""
    checkout = Path(__file__).resolve().parents[2]
    return [place / "assignments" for place in (start, *start.parents, checkout)]


def find(name_or_dir: str | Path, start: Path) -> Path:
    """Return an assignment's folder, or Otter's zip; raises UsageError as :func:`load` does."""
    wanted = str(name_or_dir)
    direct = start / wanted
    # A folder of submissions may have the assignment's name: only one with settings counts.
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
    """Return the settings in ``assignment.toml``, as arguments of :class:`Assignment`."""
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
    for key in ("conventions", "sources"):  # for readers of the file
        _strings(raw, key, path)
    title = raw.get("title", path.parent.name)
    if not isinstance(title, str):
        raise AssignmentError(f"{path}: title is {title!r}; write a string.")
    return {
        "title": title,
        "names": names,
        "limits": _limits(raw.get("limits", {}), path),
        "template_score": float(template_score),
        "preload": _strings(raw, "preload", path),
    }


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
    """Raise AssignmentError if two questions share a name, or ask for what is not in ``names``."""
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
                if parameter not in (*names, "env"):  # Otter's env holds all names
                    raise AssignmentError(
                        f"{path}: test case {case.name!r} asks for {parameter!r}, which the names "
                        "of assignment.toml do not list; add it there, or correct the parameter."
                    )


# The course's own modules


_OF_PAGES = ("mistakes.py", "figures.py")  # code that a page depends on, besides the tests
_OF_VERIFY = ("variants.py", "sample_class", "sample_scores.csv")  # no result depends on these
_RESULTS = "gradebook.sqlite"  # grading writes it into a folder of results


def course_files(sources: Iterable[Path], root: Path) -> tuple[Path, ...]:
    """Return the course's own files that ``sources`` import, directly or not, sorted.

    They are in ``reference/``, or are an assignment's inputs.
    """
    return tuple(sorted(imported_files(sources, root, COURSE)))


def imported_files(
    sources: Iterable[Path], root: Path, packages: Collection[str] = ()
) -> set[Path]:
    """Return the files below ``root`` that ``sources`` import, directly or not.

    Of ``packages`` alone, if given.  Only import statements are read; nothing is executed.
    """
    found: set[Path] = set()
    waiting = list(sources)
    while waiting:
        for module in testfile.imported_modules(waiting.pop()):
            parts = module.split(".")
            base = root.joinpath(*parts)
            for path in (base.with_suffix(".py"), base / "__init__.py"):
                if path.is_file() and path not in found and parts[0] in (packages or parts):
                    found.add(path)
                    waiting.append(path)
    return found


def _digest(folder: Path, root: Path, tests: list[Path], questions: tuple[Question, ...]) -> str:
    """Return the digest of all that a result or its page may depend on, data files included."""
    code = [*tests, *(folder / name for name in _OF_PAGES if (folder / name).is_file())]
    names = "\0".join(question.name for question in questions)
    return digest_of({*_files(folder), *course_files(code, root)}, root, names)


def digest_of(files: Iterable[Path], root: Path, names: str = "") -> str:
    """Return the SHA-256 of ``names`` and of the files below ``root``, in hexadecimal."""
    digest = hashlib.sha256(names.encode())
    for path in sorted(files):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(root).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    """Yield a folder's files, without what only verifies it, hidden files, and results."""
    for path in folder.iterdir():
        if path.name in _OF_VERIFY or path.name == "__pycache__" or path.name[0] == ".":
            continue
        if path.is_file():
            yield path
        elif path.is_dir() and not path.is_symlink() and not (path / _RESULTS).exists():
            yield from _files(path)


# What students may run


def public_questions(assignment: Assignment) -> tuple[Question, ...]:
    """Return the test cases that students may run, those that are not hidden, by question.

    Those of the master notebook, if there is one, come before those of the test files, in the
    notebook's order.  Raises AssignmentError if the master notebook cannot be read.
    """
    cases: dict[str, list[TestCase]] = {}
    own = () if assignment.is_otters else master.read(assignment.notebook).questions
    for question in (*own, *assignment.questions):
        public = [case for case in question.cases if not case.hidden]
        if public:
            cases.setdefault(question.name, []).extend(public)
    return tuple(Question(name=name, cases=tuple(found)) for name, found in cases.items())
