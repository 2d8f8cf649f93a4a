"""Finds submissions with a new name: platforms rename a file that is handed in again.

``doejane_1234_99001_hw`` is ``doejane_1234_99042_hw-1`` a week later; both are Jane Doe's, so
the grades of the first become the history of the second.
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
    """Yield (new name, former name) where the same people have one hand-in before and now."""
    former, current = _by_people(before), _by_people(now)
    kept = set(former.values()) & set(current.values())
    for people, name in current.items():
        old = former.get(people)
        if old is not None and old not in kept and name not in kept:
            yield name, old


def carry(run: sqlite3.Connection, names: Iterable[tuple[str, str]]) -> None:
    """Copy the grades of the former names into the history of the new ones."""
    run.executemany(_CARRY, names)


def _by_people(handins: Iterable[Handin]) -> dict[tuple[Person, ...], str]:
    """Return the hand-ins' names by their people, where these have just one."""
    named = [handin for handin in handins if handin.people]
    count = Counter(handin.people for handin in named)
    return {handin.people: handin.name for handin in named if count[handin.people] == 1}
