"""A batch in its course: the roster, the hand-ins and adjust.toml brought together.

Made from what the gradebook knows before anything is graded, so that a misspelt name stops
a run at its start.  It gives rows for students without a hand-in, says how each row stands,
and what a teacher should know.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from grader.bounds import MAX_NAMESAKES
from grader.errors import UsageError
from grader.exchange.adjust import FILE, Adjust, read_adjust
from grader.exchange.deciding import standing_of, time_of
from grader.exchange.matching import Finder, Matching, match
from grader.exchange.meaning import Rows, decisions_of, listed, shown, the_one
from grader.exchange.roster import Entry, Roster, roster_of
from grader.exchange.table import Table
from grader.model import Handin, Person, Result, Standing, Status
from grader.submission.naming import safe_name, same_key
from grader.words import say

_NOTHING: Final = say("Nothing was found that you handed in.")
_KINDS: Final = {"canvas": "Canvas", "moodle": "Moodle", "gradescope": "Gradescope", "plain": ""}


class Course:
    """What is known of a batch besides its results.

    ``out`` is the folder that adjust.toml lies in.  Raises UsageError where that or the
    roster cannot be used, or names somebody who is not there.
    """

    def __init__(
        self, handins: Iterable[Handin], *, roster: Table | None, out: Path, max_score: float
    ) -> None:
        self._path = out / FILE
        self.adjust: Adjust = read_adjust(out)
        self.roster: Roster | None = None if roster is None else roster_of(roster)
        self.handins = {handin.name: handin for handin in handins}
        self._max_score = max_score
        entries = self.roster.entries if self.roster else ()
        self.matching: Matching = match(
            self.handins.values(), entries, self._told() if self.roster else None
        )
        self.missing: dict[str, Entry] = self._missing_names()
        self._decisions = decisions_of(
            self.adjust, self._rows(), path=self._path, max_score=max_score
        )

    @property
    def is_plain(self) -> bool:
        """Whether a page shows nothing but its result: there is no roster, and no adjust.toml."""
        return self.roster is None and self.adjust == Adjust()

    @property
    def names(self) -> Iterator[str]:
        """All rows: of what was handed in, and of those who did not."""
        yield from self.handins
        yield from self.missing

    def rows(self, results: Iterable[Result]) -> Iterator[tuple[Result, Standing]]:
        """The ``results``, sorted by name, and those of the missing among them, as they stand."""
        missing = sorted(map(self._missing, self.missing), key=_name)
        for result in heapq.merge(results, missing, key=_name):
            yield self.named(result), self.standing(result)

    def named(self, result: Result) -> Result:
        """The ``result`` under its student's name in the roster, where that is known."""
        owners = self.matching.owners.get(result.submission, ())
        names = [entry.person.name for entry in owners]
        if not names or not all(names) or result.submission in self.matching.unknown:
            return result
        return replace(result, student="; ".join(names))

    def standing(self, result: Result) -> Standing:
        """How this row stands."""
        name = result.submission
        handin = self.handins.get(name)
        if handin is None:
            entry = self.missing[name]
            standing = Standing(people=(entry.person,), ids=_ids((entry.person,)), attempts=0)
        else:
            people = self.people(name)
            ids = _ids(people)
            standing = Standing(people=people, ids=ids, attempts=1 + len(handin.attempts))
        return standing_of(result, standing, handin, self.adjust, self._decisions.get(name))

    def people(self, name: str) -> tuple[Person, ...]:
        """Whose a hand-in is: as the roster names them, and the others as the hand-in does."""
        owners = self.matching.owners.get(name, ())
        if owners:
            return tuple(entry.person for entry in owners)
        handin = self.handins[name]
        return handin.people or (Person(name=handin.student),)

    def summary(self) -> str | None:
        """One line on the roster; None where there is none."""
        if self.roster is None:
            return None
        count = len(self.roster.entries)
        table = self.roster.table
        kind = ", ".join(filter(None, (_KINDS[self.roster.kind], table.encoding)))
        return (
            f"Roster: {count} student{'s' * (count != 1)} ({table.name}: {kind}); "
            f"{len(self.missing)} without a hand-in."
        )

    def notices(self) -> Iterator[str]:
        """What a teacher should look at, a line each."""
        if self.adjust.late is not None:
            unknown = [name for name in self.handins if self._time(name) is None]
            marked = [name for name in unknown if self.handins[name].late]
            if unknown:
                yield (
                    f"When these were handed in is not known, so nothing is taken for lateness: "
                    f"{listed(unknown)}."
                )
            if marked:
                yield (
                    f"The platform marks these as late, without a time: {listed(marked)}; "
                    f"give it in {self._path}, under [[submitted]]."
                )
        for manual in self.adjust.manual:
            open_ = [name for name in self.handins if not self._is_marked(name, manual.question)]
            if open_:
                yield f"Not marked yet in {manual.question!r}, 0 points so far: {listed(open_)}."
        if self.roster is None:
            return
        if self.matching.unknown:
            named = [
                name
                if (texts := self.matching.unknown[name]) == (name,)
                else f"{name} ({'; '.join(texts)})"
                for name in self.matching.unknown
            ]
            yield f"Not in the roster, and kept: {listed(named)}."
        for name, entries in self.matching.ambiguous.items():
            several = listed([shown(entry.person) for entry in entries])
            yield (
                f"{name} may be {several}: it is nobody's until [belongs] in {self._path} "
                f'says whose: "{name}" = "ID".'
            )
        for entry, names in self.matching.several:
            yield (
                f"{shown(entry.person)} has {len(names)} hand-ins, {listed(names)}: "
                "no grade is exported until all but one are taken out."
            )

    def _is_marked(self, name: str, question: str) -> bool:
        decisions = self._decisions.get(name)
        return decisions is not None and (
            question in decisions.points or decisions.excused is not None
        )

    def _time(self, name: str) -> object:
        late = self.adjust.late
        decisions = self._decisions.get(name)
        return None if late is None else time_of(self.handins[name], late, decisions)

    def _told(self) -> Mapping[str, str]:
        finder = Finder(self.roster.entries if self.roster else ())
        for name, student in self.adjust.belongs.items():
            where = f"{self._path}, belongs.{name}"
            if name not in self.handins:
                raise UsageError(
                    f"{where}: there is no such submission: write it as scores.csv does."
                )
            the_one(finder.meant(student), student, where)
        return self.adjust.belongs

    def _missing_names(self) -> dict[str, Entry]:
        taken = {same_key(name) for name in self.handins}
        names: dict[str, Entry] = {}
        for entry in self.matching.missing:
            person = entry.person
            text = person.name or person.email or person.login or person.id
            tries = (text, f"{text} {person.id}", *(f"{text} {n}" for n in range(2, MAX_NAMESAKES)))
            name = next(name for name in map(safe_name, tries) if same_key(name) not in taken)
            taken.add(same_key(name))
            names[name] = entry
        return names

    def _rows(self) -> Rows:
        """Which rows each student has."""
        rows = Rows()
        rows.add_students(self.roster.entries if self.roster else ())
        for name, missing in self.missing.items():
            rows.add_missing(name, missing)
        for name in self.handins:
            owners = self.matching.owners.get(name, ())
            strangers = () if owners else self.people(name)
            rows.add(name, owners, strangers)
        return rows

    def _missing(self, name: str) -> Result:
        return Result(
            submission=name,
            source="",
            student=self.missing[name].person.name or name,
            digest="",
            status=Status.MISSING,
            score=0.0,
            max_score=self._max_score,
            problem=_NOTHING,
        )


def _name(result: Result) -> str:
    return result.submission


def _ids(people: Iterable[Person]) -> tuple[str, ...]:
    return tuple(person.id for person in people if person.id)
