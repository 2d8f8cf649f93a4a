"""Rows that have a new name: a platform calls a file that is handed in again by another.

``doejane_1234_99001_hw`` is ``doejane_1234_99042_hw-1`` a week later; both are Jane Doe's, so
what the first was given is the history of the second.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator

from grader.model import Handin, Person

_GRADE = "digest, assignment_digest, grader_version, status, score, max_score, ended"
_CARRY = f"""
    INSERT INTO history (name, {_GRADE})
    SELECT ?1, {_GRADE} FROM (
        SELECT number, {_GRADE} FROM history WHERE name = ?2
        UNION ALL SELECT (SELECT ifnull(max(number), 0) + 1 FROM history), {_GRADE}
        FROM submissions WHERE name = ?2
    ) ORDER BY number
"""


def renamed(before: Iterable[Handin], now: Iterable[Handin]) -> Iterator[tuple[str, str]]:
    """The new name and the former one of each row that is the same people's, and only theirs."""
    former, current = _by_people(before), _by_people(now)
    kept = set(former.values()) & set(current.values())
    for people, name in current.items():
        old = former.get(people)
        if old is not None and old not in kept and name not in kept:
            yield name, old


def carry(run: sqlite3.Connection, names: Iterable[tuple[str, str]]) -> None:
    """Let the grades of the former names be the history of the new ones."""
    run.executemany(_CARRY, names)


def _by_people(handins: Iterable[Handin]) -> dict[tuple[Person, ...], str]:
    """The row of all who have one of their own."""
    named = [handin for handin in handins if handin.people]
    count = Counter(handin.people for handin in named)
    return {handin.people: handin.name for handin in named if count[handin.people] == 1}
