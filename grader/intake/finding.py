"""Finds the submissions under the paths that a teacher gives.

A path is a notebook, a script, a folder, or a zip; a zip counts as the folder that it would
unpack to.  Where a learning platform or a tool made the folder, its layout says who handed in
what (docs/layouts.md).  In any other class folder

- each notebook, script and zip is one student's submission (the files next to it are other
  students');
- each sub-folder is one student's submission, whatever it holds, even next to notebooks; a
  folder of earlier results is passed over;
- links, devices and pipes have a row each, and are never followed or opened;
- everything else is passed over and named, except junk (hidden files, ``__MACOSX``,
  ``__pycache__``).

A wrapper, the single folder that a zip or an export begins with, is skipped.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from grader.bounds import NAMED_PERSON_CHARACTERS, PERSON_CHARACTERS
from grader.errors import UsageError
from grader.model import Handin
from grader.submission.content import UnusableError
from grader.submission.naming import (
    ARCHIVE_ENDING,
    ending_of,
    printable,
    unique_names,
    without_ending,
)

from .plain import alone
from .several import Given, several
from .tree import Kind, of_file, of_folder, of_zip
from .work import Asked, Recognised, Work, main_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What :func:`find` found: hand-ins sorted by name, and what was left out.

    ``layout`` names the recognised layout, and is empty where no platform made the files.
    ``passed_over`` are the paths of what is nobody's work, ``unknown`` of what has a row but
    no place in the layout; ``notes`` are sentences for the teacher.
    """

    handins: tuple[Handin, ...]
    layout: str = ""
    passed_over: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def find(paths: Sequence[Path], *, asked: Asked | None = None) -> Found:
    """Return the submissions under ``paths``; a path given twice counts once.

    ``asked`` is the assignment, if known: it tells folders of several assignments apart, and
    a class from one student's work.

    Raises UsageError for a path that does not exist, or a broken zip given alone.
    """
    asked = asked or Asked()
    given = list({one.path: one for one in (_given(path) for path in paths)}.values())
    broken = [one for one in given if one.broken]
    if broken and len(given) == 1:
        raise UsageError(f"{printable(broken[0].name)} {broken[0].broken}.")
    return _found(several(given, asked))


def _given(given: Path) -> Given:
    try:
        path = given.resolve(strict=True)
        if path.is_dir():
            # A folder that cannot be listed is an error, not empty.
            next(path.iterdir(), None)
            return Given(name=str(given), path=path, tree=of_folder(path))
        file, tree, broken = of_file(path, name=given.name), None, ""
        if file.kind is Kind.FILE and ending_of(given.name) == ARCHIVE_ENDING:
            try:
                tree = replace(of_zip(path), name=without_ending(given.name))
            except UnusableError as error:
                broken = str(error)
        return Given(name=str(given), path=path, tree=tree, file=file, broken=broken)
    except (OSError, RuntimeError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise UsageError(
            f"{printable(str(given))} cannot be read ({why}): check the path."
        ) from error


def _found(all_recognised: Sequence[Recognised]) -> Found:
    students: dict[tuple[object, str], list[Work]] = {}
    seen: set[tuple[Path, str | None]] = set()
    for number, found in enumerate(all_recognised):
        for place, work in enumerate((*found.works, *map(alone, found.unknown))):
            main = work.main
            if (main.path, main.member) in seen:
                continue
            seen.add((main.path, main.member))
            # Works of one student in two folders are attempts only where their order is known.
            is_ordered = found.layout and work.order and place < len(found.works)
            scope: object = found.layout if is_ordered else (number, place >= len(found.works))
            students.setdefault((scope, work.key), []).append(work)
    groups = [
        sorted(works, key=lambda work: (work.order, work.main.where)) for works in students.values()
    ]
    handins = _told_apart([_handin(works) for works in groups])
    passed = [_of_no_use(works) for works in groups]
    return Found(
        handins=tuple(_named(handins)),
        layout="; ".join(dict.fromkeys(f.layout for f in all_recognised if f.layout)),
        passed_over=tuple(n.where for found in all_recognised for n in found.passed_over),
        unknown=tuple(n.where for f in all_recognised if f.layout for n in f.unknown),
        notes=(
            *(note for found in all_recognised for note in found.notes),
            *(note for note in passed if note),
        ),
    )


def _of_no_use(works: Sequence[Work]) -> str:
    """Return a note where only an earlier work of a student, not the newest, can be graded."""
    *earlier, newest = works
    graded = [work.main.where for work in earlier if _can_be_read(work)]
    if not graded or _can_be_read(newest):
        return ""
    who = printable(newest.student, limit=NAMED_PERSON_CHARACTERS)
    return (
        f"The newest hand-in of {who} seems to hold no notebook "
        f"or script; an earlier one does, and is not graded: {printable(graded[-1])}."
    )


def _can_be_read(work: Work) -> bool:
    return any(node.is_work or any(n.is_work for n in node.below()) for _, node in work.parts)


def _handin(works: Sequence[Work]) -> Handin:
    """Return the last of a student's works, with the earlier ones as its attempts."""
    *earlier, newest = works
    main = newest.main
    called = newest.folder or main
    replaced = [work.main for work in earlier] + [main_of(parts) for parts in newest.earlier]
    is_folder = called.kind is Kind.FOLDER
    return Handin(
        name=newest.name or (called.name if is_folder else without_ending(called.name)),
        source=printable(called.where),
        student=printable(newest.student, limit=PERSON_CHARACTERS) or "_",
        path=main.path,
        member=main.member,
        files=tuple((name, node.path, node.member) for name, node in newest.parts)
        if len(newest.parts) > 1
        else (),
        people=newest.people,
        submitted=newest.submitted,
        late=newest.late,
        attempts=tuple(printable(node.where) for node in replaced),
    )


def _told_apart(handins: list[Handin]) -> list[Handin]:
    """Return the hand-ins, with numbers shown for students of the same name."""
    count = Counter(handin.student for handin in handins)
    return [
        replace(handin, student=f"{handin.student} ({number})")
        if count[handin.student] > 1 and (number := _number(handin))
        else handin
        for handin in handins
    ]


def _number(handin: Handin) -> str:
    known = [person.id or person.login or person.email for person in handin.people]
    return ", ".join(text for text in known if text and text != handin.student)


def _named(handins: list[Handin]) -> list[Handin]:
    """Return the hand-ins with safe, unique names, sorted by them."""
    sources = Counter(handin.source for handin in handins)
    wanted = [
        (one.name, one.source if sources[one.source] == 1 else f"{one.path}\0{one.member or ''}")
        for one in handins
    ]
    pairs = zip(handins, unique_names(wanted), strict=True)
    named = [replace(handin, name=name) for handin, name in pairs]
    return sorted(named, key=lambda handin: handin.name)
