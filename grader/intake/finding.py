"""Finds what was handed in, under the paths that a teacher gives.

A path is a notebook, a script, a folder, or a zip; a zip counts as the folder that it
would unpack to.  Where a learning platform or a tool made the folder, its layout says who
handed in what (docs/layouts.md).  In any other class folder

- each notebook, script and zip is one student's submission (nothing lies beside it:
  the files next to it are other students');
- each sub-folder is one student's submission, whatever it holds, also where
  notebooks lie next to it; a folder of earlier results is passed over;
- links, devices and pipes each have a row, and are never followed or opened;
- everything else is passed over and named, junk (hidden files, ``__MACOSX``,
  ``__pycache__``) without a word.

A wrapper, the single folder that a zip of a folder or an export begins with, is looked
through.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from grader.bounds import NAMED_PERSON_CHARACTERS, PERSON_CHARACTERS
from grader.errors import UsageError
from grader.intake.plain import alone
from grader.intake.several import Given, several
from grader.intake.tree import Kind, of_file, of_folder, of_zip
from grader.intake.work import Asked, Recognised, Work, main_of
from grader.model import Handin
from grader.submission.content import UnusableError
from grader.submission.naming import (
    ARCHIVE_ENDING,
    ending_of,
    printable,
    unique_names,
    without_ending,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What :func:`find` found: hand-ins sorted by name, and what was left out.

    ``layout`` is what the folder was recognised as, empty for files and folders that no
    platform made.  ``passed_over`` are the paths of what is nobody's work, ``unknown`` of
    what has a row but no place in the layout; ``notes`` are sentences for the teacher.
    """

    handins: tuple[Handin, ...]
    layout: str = ""
    passed_over: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def find(paths: Sequence[Path], *, asked: Asked | None = None) -> Found:
    """Finds the submissions under ``paths``; the same file given twice counts once.

    ``asked`` is the assignment, where one is known: it tells the folders of several
    assignments apart, and a class from one student's work.

    Raises UsageError for a path that does not exist or a zip that is none.
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
            # What cannot be listed is said at once, not as an empty folder.
            next(path.iterdir(), None)
            return Given(name=str(given), path=path, tree=of_folder(path))
        file = of_file(path, name=given.name)
        if file.kind is Kind.FILE and ending_of(given.name) == ARCHIVE_ENDING:
            try:
                tree = replace(of_zip(path), name=without_ending(given.name))
            except UnusableError as error:
                return Given(name=str(given), path=path, file=file, broken=str(error))
            return Given(name=str(given), path=path, tree=tree, file=file)
        return Given(name=str(given), path=path, file=file)
    except (OSError, RuntimeError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise UsageError(
            f"{printable(str(given))} cannot be read ({why}): check the path."
        ) from error


def _found(all_recognised: Iterable[Recognised]) -> Found:
    all_recognised = tuple(all_recognised)
    students: dict[tuple[object, str], list[Work]] = {}
    seen: set[tuple[Path, str | None]] = set()
    for number, found in enumerate(all_recognised):
        for place, work in enumerate((*found.works, *map(alone, found.unknown))):
            main = work.main
            if (main.path, main.member) in seen:
                continue
            seen.add((main.path, main.member))
            # Only where it is known which is newer is a student of two folders one student.
            is_ordered = found.layout and work.order and place < len(found.works)
            scope: object = found.layout if is_ordered else (number, place >= len(found.works))
            students.setdefault((scope, work.key), []).append(work)
    groups = [_in_order(works) for works in students.values()]
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


def _in_order(works: Sequence[Work]) -> list[Work]:
    return sorted(works, key=lambda work: (work.order, work.main.where))


def _of_no_use(works: Sequence[Work]) -> str:
    """What to say where the newest of a student's works cannot be graded, and an earlier can."""
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
    """The last of a student's works, with the earlier ones as its attempts."""
    *earlier, newest = works
    called = newest.folder or newest.main
    main = newest.main
    replaced = [*(work.main.where for work in earlier)]
    replaced += [main_of(parts).where for parts in newest.earlier]
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
        attempts=tuple(printable(where) for where in replaced),
    )


def _told_apart(handins: list[Handin]) -> list[Handin]:
    """Students of the same name have their numbers shown."""
    count = Counter(handin.student for handin in handins)
    return [
        replace(handin, student=f"{handin.student} ({number})")
        if count[handin.student] > 1 and (number := _number(handin))
        else handin
        for handin in handins
    ]


def _number(handin: Handin) -> str:
    shown = handin.student
    known = [p.id or p.login or p.email for p in handin.people]
    return ", ".join(text for text in known if text and text != shown)


def _named(handins: list[Handin]) -> list[Handin]:
    """The hand-ins with safe, unique names, sorted by them."""
    sources = Counter(handin.source for handin in handins)
    wanted = []
    for handin in handins:
        is_alone = sources[handin.source] == 1
        full = f"{handin.path}\0{handin.member or ''}"
        wanted.append((handin.name, handin.source if is_alone else full))
    pairs = zip(handins, unique_names(wanted), strict=True)
    named = [replace(handin, name=name) for handin, name in pairs]
    return sorted(named, key=lambda handin: handin.name)
