"""Finds whom adjust.toml names, and what it says of each row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from grader.bounds import LISTED_PEOPLE
from grader.errors import UsageError
from grader.exchange.adjust import Adjust
from grader.exchange.deciding import Decisions
from grader.exchange.matching import Finder
from grader.exchange.roster import Entry
from grader.model import Person
from grader.words import counted


class Rows:
    """Which rows each student has.

    ``entries`` are the roster's, ``missing`` those without a hand-in, by the names of their rows.
    """

    def __init__(self, entries: Iterable[Entry], missing: Mapping[str, Entry]) -> None:
        self._entries = {entry.rows: entry for entry in entries}
        self._rows = defaultdict(list, {entry.rows: [name] for name, entry in missing.items()})
        self._people: dict[str, int] = {}
        self._finder: Finder | None = None

    def add(self, name: str, owners: Sequence[Entry], strangers: Sequence[Person]) -> None:
        """Add the hand-in ``name`` of ``owners``, and of ``strangers`` to the roster."""
        self._people[name] = len(owners) + len(strangers)
        unknown = [
            Entry(person=who, rows=(-1, len(self._people), place), ids=(who.id,) if who.id else ())
            for place, who in enumerate(strangers)
        ]
        for entry in (*owners, *unknown):
            self._entries[entry.rows] = entry
            self._rows[entry.rows].append(name)

    def meant(self, text: str, where: str) -> str:
        """Return the one row that ``text`` means; raise UsageError for none or several."""
        if text in self._people:
            return text
        if self._finder is None:
            self._finder = Finder(list(self._entries.values()))
        entry = the_one(self._finder.meant(text), text, where)
        names = self._rows[entry.rows]
        if not names:
            raise UsageError(
                f"{where}: the hand-in of {text!r} is unknown: name it in [belongs], "
                "or write the submission's name here."
            )
        if len(names) != 1:
            raise UsageError(
                f"{where}: {text!r} has {len(names)} hand-ins: write the one that you mean, "
                f"of {listed(names)}."
            )
        return names[0]

    def people(self, name: str) -> int:
        """Return how many people a row belongs to."""
        return self._people.get(name, 1)


def decisions_of(
    adjust: Adjust, rows: Rows, *, path: Path, max_score: float
) -> dict[str, Decisions]:
    """Return what ``adjust`` says, by row; rows that it does not name are left out.

    Raises UsageError, one sentence, where a name means nobody, several, or somebody twice.
    """
    decided: defaultdict[str, Decisions] = defaultdict(Decisions)
    for key in ("extra_time", "excused", "score", "submitted"):
        for place, table in enumerate(getattr(adjust, key), 1):
            where = f"{path}, {key}[{place}]"
            name = rows.meant(table.student, f"{where}.student")
            if getattr(decided[name], key) is not None:
                raise UsageError(
                    f"{where}.student: {table.student!r} ({name}) is listed twice: keep one."
                )
            if key == "excused" and rows.people(name) > 1 and table.student != name:
                raise UsageError(
                    f"{where}.student: {table.student!r} handed in with others: "
                    f"write {name!r} to excuse them all."
                )
            decided[name] = replace(decided[name], **{key: table})
    for place, corrected in enumerate(adjust.score, 1):
        if max_score and corrected.score > max_score:
            raise UsageError(
                f"{path}, score[{place}].score: {corrected.score:g} is more than the maximum, "
                f"{max_score:g}: correct it."
            )
    _add_manual(adjust, rows, path, decided)
    return dict(decided)


def _add_manual(
    adjust: Adjust, rows: Rows, path: Path, decided: defaultdict[str, Decisions]
) -> None:
    for place, manual in enumerate(adjust.manual, 1):
        for student, points in manual.points.items():
            where = f"{path}, manual[{place}].points.{student}"
            name = rows.meant(student, where)
            given = decided[name].points
            # The people of a group may be listed one by one.
            if given.get(manual.question, points) != points:
                raise UsageError(
                    f"{where}: the row {name} has "
                    f"{counted(given[manual.question], 'point')} there already: keep one."
                )
            decided[name] = replace(decided[name], points={**given, manual.question: points})


def the_one(found: Sequence[Entry], text: str, where: str) -> Entry:
    """Return the only entry that was ``found`` for ``text``; raise UsageError otherwise."""
    if not found:
        raise UsageError(
            f"{where}: {text!r} is nobody here: write an id, an e-mail, a login or a name of "
            "the roster, or the submission's name."
        )
    if len(found) > 1:
        several = listed([shown(entry.person) for entry in found])
        raise UsageError(f"{where}: {text!r} may be {several}: write the id.")
    return found[0]


def shown(person: Person) -> str:
    """Return a person for a line of text: the name and the id."""
    name = person.name or person.email or person.login
    return f"{name} ({person.id})" if name and person.id else name or person.id


def listed(names: Sequence[str]) -> str:
    """Return the first names for a line of text, and how many more there are."""
    # Names hold commas: "Doe, Jane".
    more = f"; and {len(names) - LISTED_PEOPLE} more" if len(names) > LISTED_PEOPLE else ""
    return "; ".join(names[:LISTED_PEOPLE]) + more
