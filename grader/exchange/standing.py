"""How each row stands: whose it is, and what the score is after all that was decided."""

from __future__ import annotations

from dataclasses import dataclass

from grader.model import Person
from grader.words import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Of one row, besides its result.

    ``people`` are those whose it is, as the roster names them, or else as the hand-in does;
    ``ids`` their numbers.  ``attempts`` counts hand-ins, 0 where there is none.  ``final`` is
    the score after adjust.toml, of ``final_max``; None where there is none (excused, or the
    grader failed).  ``said`` are sentences for the student on what was taken, given and why;
    ``is_adjusted`` says whether any of them changes the score.
    """

    people: tuple[Person, ...] = ()
    ids: tuple[str, ...] = ()
    attempts: int = 1
    final: float | None = None
    final_max: float = 0.0
    said: tuple[Words, ...] = ()
    is_excused: bool = False
    is_adjusted: bool = False
