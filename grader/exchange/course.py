"""Brings the roster, the hand-ins and adjust.toml of a batch together.

That needs no result, so that a misspelt name stops a run before anything is graded.  It adds
rows for students without a hand-in, and gives the final score of each row and notices for
teachers.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from operator import attrgetter
from pathlib import Path
from typing import Final

from grader.bounds import MAX_NAMESAKES
from grader.errors import UsageError
from grader.exchange.adjust import FILE, Adjust, read_adjust
from grader.exchange.deciding import Decisions, standing_of, time_of
from grader.exchange.matching import Finder, Matching, match, text_of
from grader.exchange.meaning import Rows, decisions_of, listed, shown, the_one
from grader.exchange.roster import Entry, Roster, roster_of
from grader.exchange.table import Table
from grader.model import Handin, Person, Result, Standing, Status
from grader.submission.naming import safe_name, same_key
from grader.words import counted, say

_NOTHING: Final = say("Nothing was found that you handed in.")
_KINDS: Final = {"canvas": "Canvas", "moodle": "Moodle", "gradescope": "Gradescope", "plain": ""}


class Course:
    """What is known of a batch besides its results.

    ``out`` is the folder of adjust.toml.  Raises UsageError where adjust.toml or the roster
    cannot be used, or where adjust.toml names somebody unknown.
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
        told = self._belongings(entries) if self.roster else {}
        self.matching: Matching = match(self.handins.values(), entries, told)
        self.missing: dict[str, Entry] = self._missing_names()
        rows = Rows(entries, self.missing)
        for name in self.handins:
            owners = self.matching.owners[name]
            rows.add(name, owners, () if owners else self.people(name))
        decided = decisions_of(self.adjust, rows, path=self._path, max_score=max_score)
        self._decisions = {name: decided.get(name, Decisions()) for name in self.names}

    @property
    def is_plain(self) -> bool:
        """Whether pages show nothing but results: there is no roster and no adjust.toml."""
        return self.roster is None and self.adjust == Adjust()

    @property
    def names(self) -> Iterator[str]:
        """The names of all rows: the hand-ins, and the students without one."""
        yield from self.handins
        yield from self.missing

    def rows(self, results: Iterable[Result]) -> Iterator[tuple[Result, Standing]]:
        """Yield ``results``, which are sorted by name, and those of the missing in between."""
        by_name = attrgetter("submission")
        missing = sorted(map(self._missing, self.missing), key=by_name)
        for result in heapq.merge(results, missing, key=by_name):
            yield self.named(result), self.standing(result)

    def named(self, result: Result) -> Result:
        """Return ``result`` with the student's name of the roster, where that is known."""
        owners = self.matching.owners.get(result.submission, ())
        names = [entry.person.name for entry in owners]
        if not names or not all(names) or result.submission in self.matching.unknown:
            return result
        return replace(result, student="; ".join(names))

    def standing(self, result: Result) -> Standing:
        """Return whose this row is, and its final score."""
        name = result.submission
        handin = self.handins.get(name)
        people = self.people(name) if handin else (self.missing[name].person,)
        attempts = 1 + len(handin.attempts) if handin else 0
        ids = tuple(person.id for person in people if person.id)
        standing = Standing(people=people, ids=ids, attempts=attempts)
        return standing_of(result, standing, handin, self.adjust, self._decisions[name])

    def people(self, name: str) -> tuple[Person, ...]:
        """Return whose a hand-in is, as the roster names them, or else the hand-in."""
        owners, handin = self.matching.owners[name], self.handins[name]
        people = tuple(entry.person for entry in owners) or handin.people
        return people or (Person(name=handin.student),)

    def summary(self) -> str | None:
        """Return one line on the roster; None where there is none."""
        if self.roster is None:
            return None
        count, table = counted(len(self.roster.entries), "student"), self.roster.table
        kind = ", ".join(filter(None, (_KINDS[self.roster.kind], table.encoding)))
        return f"Roster: {count} ({table.name}: {kind}); {len(self.missing)} without a hand-in."

    def notices(self, regraded: Iterable[str] = ()) -> Iterator[str]:
        """Yield what a teacher should look at, a line each.

        ``regraded`` are the hand-ins that this run graded though they had a grade before.
        """
        corrected = [name for name in regraded if self._decisions[name].score]
        if corrected:
            yield (
                f"Graded again, but [[score]] in {self._path} still sets the score: "
                f"{listed(corrected)}; take it out where it was meant for the earlier hand-in."
            )
        if self.adjust.late is not None:
            late, decisions = self.adjust.late, self._decisions
            unknown = [
                name
                for name, handin in self.handins.items()
                if time_of(handin, late, decisions[name]) is None
            ]
            marked = [name for name in unknown if self.handins[name].late]
            if unknown:
                yield (
                    f"The time of these hand-ins is unknown, so nothing is taken for lateness: "
                    f"{listed(unknown)}."
                )
            if marked:
                yield (
                    f"The platform marks these as late, without a time: {listed(marked)}; "
                    f"give it in {self._path}, under [[submitted]]."
                )
        for question in (manual.question for manual in self.adjust.manual):
            open_ = [
                name
                for name in self.handins
                if question not in self._decisions[name].points
                and not self._decisions[name].excused
            ]
            if open_:
                yield f"Not marked yet in {question!r}, 0 points so far: {listed(open_)}."
        if self.roster is not None:
            yield from self._unmatched()

    def _unmatched(self) -> Iterator[str]:
        if self.matching.unknown:
            named = [
                name if texts == (name,) else f"{name} ({'; '.join(texts)})"
                for name, texts in self.matching.unknown.items()
            ]
            yield f"Not in the roster, and kept: {listed(named)}."
        for name, entries in self.matching.ambiguous.items():
            several = listed([shown(entry.person) for entry in entries])
            yield (
                f"{name} may be {several}: it belongs to nobody until [belongs] in {self._path} "
                f'says whose: "{name}" = "ID".'
            )
        for entry, names in self.matching.several:
            yield (
                f"{shown(entry.person)} has {len(names)} hand-ins, {listed(names)}: "
                "no grade is exported until all but one are taken out."
            )

    def _belongings(self, entries: Sequence[Entry]) -> Mapping[str, str]:
        """Return adjust.toml's [belongs], after checking its names."""
        finder = Finder(entries)
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
            text = text_of(entry.person)
            numbered = (f"{text} {number}" for number in range(2, MAX_NAMESAKES))
            tries = (text, f"{text} {entry.person.id}", *numbered)
            name = next(name for name in map(safe_name, tries) if same_key(name) not in taken)
            taken.add(same_key(name))
            names[name] = entry
        return names

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
