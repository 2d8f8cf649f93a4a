"""Finds whose hand-in is whose: by id, e-mail, login, then by name; nothing is guessed.

Names are compared without case and accents, in either order, and run together as Canvas
writes them into its file names (``doejane``).  Where several students of the roster fit, none
is taken.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

from grader.bounds import LEAST_ID_CHARACTERS
from grader.exchange.roster import Entry
from grader.model import Handin, Person

_LETTERS: Final = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe",
                                 "þ": "th", "ð": "d", "'": None, "’": None, "`": None})  # fmt: skip
_UMLAUTS: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa"})
_PARTS: Final = re.compile(r"[^\W_]+")
_TOKENS: Final = re.compile(r"[\w.+-]+@[\w.-]+|[^\W_]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Matching:
    """The students of the hand-ins, by the hand-ins' names.

    ``owners`` are the entries of each hand-in's people, in their order.  ``ambiguous`` are the
    entries that one person may be, where there are several; ``unknown`` the people (as texts)
    whom no entry fits.  ``missing`` are entries without a hand-in, not even an ambiguous one;
    ``several`` those with more than one hand-in, and which.
    """

    owners: dict[str, tuple[Entry, ...]]
    ambiguous: dict[str, tuple[Entry, ...]]
    unknown: dict[str, tuple[str, ...]]
    missing: tuple[Entry, ...]
    several: tuple[tuple[Entry, tuple[str, ...]], ...]


def match(handins: Iterable[Handin], entries: Sequence[Entry], told: Mapping[str, str]) -> Matching:
    """Find the people of ``handins`` among ``entries``.

    ``told`` maps the names of hand-ins to texts that mean one student, which then counts.
    """
    finder = Finder(entries)
    owners: dict[str, tuple[Entry, ...]] = {}
    ambiguous: dict[str, tuple[Entry, ...]] = {}
    unknown: dict[str, tuple[str, ...]] = {}
    theirs: dict[tuple[int, ...], list[str]] = defaultdict(list)
    for handin in handins:
        by_hand = told.get(handin.name)
        people = handin.people if by_hand is None else ()
        found = [finder.of(person) for person in people] or [
            finder.meant(by_hand or handin.student)
        ]
        own = tuple(dict.fromkeys(several[0] for several in found if len(several) == 1))
        owners[handin.name] = own
        if unsure := tuple(entry for several in found if len(several) > 1 for entry in several):
            ambiguous[handin.name] = unsure
        texts = [text_of(person) for person in people] or [handin.student]
        if lost := tuple(t for t, several in zip(texts, found, strict=True) if not several):
            unknown[handin.name] = lost
        for entry in own:
            theirs[entry.rows].append(handin.name)
    known = {*theirs, *(entry.rows for unsure in ambiguous.values() for entry in unsure)}
    several = [(entry, tuple(theirs.get(entry.rows, ()))) for entry in entries]
    return Matching(
        owners=owners,
        ambiguous=ambiguous,
        unknown=unknown,
        missing=tuple(entry for entry in entries if entry.rows not in known),
        several=tuple((entry, names) for entry, names in several if len(names) > 1),
    )


class Finder:
    """Finds students among ``entries``."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._ids = _index(entries, _ids)
        self._emails = _index(entries, lambda entry: [_key(entry.person.email)])
        self._logins = _index(entries, _logins)
        self._names = [
            (_index(entries, _by_name(kind)), kind)
            for kind in (_exact, _any_order, _run_together, _ascii_only)
        ]

    def of(self, person: Person) -> tuple[Entry, ...]:
        """Return the entries that may be this person: one, or several, or none."""
        if not (person.id or person.email or person.login):
            return self.meant(person.name)  # a file's name, perhaps
        for index, texts in (
            (self._ids, [person.id, _without_zeros(person.id)]),
            (self._emails, [person.email]),
            (self._logins, [person.login, person.email, person.email.partition("@")[0]]),
        ):
            for text in filter(None, map(_key, texts)):
                # Elsewhere the same id may be another person's.
                found = [e for e in index.get(text, ()) if _may_be(person.name, e)]
                if found:
                    return tuple(found)
        return self._named(person.name)

    def meant(self, text: str) -> tuple[Entry, ...]:
        """Return the entries that a text means: an id, e-mail, login or name, or holding one."""
        for key in filter(None, (_key(text), _without_zeros(text))):
            for index in (self._ids, self._emails, self._logins):
                if key in index:
                    return tuple(index[key])
        found = self._named(text)
        return found or self._inside(text)

    def _named(self, name: str) -> tuple[Entry, ...]:
        for index, kind in self._names:
            found = dict.fromkeys(e for key in kind(name) if key for e in index.get(key, ()))
            if found:
                return tuple(found)
        return ()

    def _inside(self, text: str) -> tuple[Entry, ...]:
        found: dict[Entry, None] = {}
        tokens = _TOKENS.findall(text)
        for token in (*tokens, *map(_without_zeros, tokens)):
            if len(token) >= LEAST_ID_CHARACTERS:
                for index in (self._ids, self._emails, self._logins):
                    found.update(dict.fromkeys(index.get(_key(token), ())))
        return tuple(found)


def _index(
    entries: Sequence[Entry], keys: Callable[[Entry], Iterable[str]]
) -> dict[str, list[Entry]]:
    index: dict[str, list[Entry]] = {}
    for entry in entries:
        for key in dict.fromkeys(keys(entry)):
            if key:
                index.setdefault(key, []).append(entry)
    return index


def _key(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().casefold()


def _without_zeros(text: str) -> str:
    """Return a number without its leading zeros, which spreadsheets drop; "" for other text."""
    key = _key(text)
    return key.lstrip("0") if key.isdigit() else ""


def _ids(entry: Entry) -> Iterator[str]:
    for each in entry.ids:
        yield _key(each)
        yield _without_zeros(each)


def _logins(entry: Entry) -> Iterator[str]:
    yield _key(entry.person.login)
    yield _key(entry.person.login).partition("@")[0]
    yield _key(entry.person.email).partition("@")[0]


def _written(entry: Entry) -> list[str]:
    """Return the ways in which a roster writes a name."""
    ways = [entry.person.name]
    if entry.first and entry.last:
        ways += [f"{entry.first} {entry.last}", f"{entry.last}, {entry.first}"]
    return [way for way in ways if way]


def _by_name(kind: Callable[[str], Iterator[str]]) -> Callable[[Entry], Iterator[str]]:
    return lambda entry: chain.from_iterable(map(kind, _written(entry)))


def _bare(text: str, *, umlauts: bool = False) -> str:
    text = unicodedata.normalize("NFKC", text).casefold().translate(_LETTERS)
    if umlauts:
        text = text.translate(_UMLAUTS)
    marked = unicodedata.normalize("NFD", text)
    # The marks of kana are no accents.
    return unicodedata.normalize("NFC", re.sub("[\u0300-\u036f]", "", marked))


def _parts(name: str) -> Iterator[tuple[str, ...]]:
    """Yield the words of a name, first names first; once more with ä as ae."""
    last, comma, first = name.partition(",")
    ordered = f"{first} {last}" if comma else name
    for umlauts in (False, True):
        yield tuple(_PARTS.findall(_bare(ordered, umlauts=umlauts)))


def _exact(name: str) -> Iterator[str]:
    return map(" ".join, _parts(name))


def _any_order(name: str) -> Iterator[str]:
    return (" ".join(sorted(parts)) for parts in _parts(name))


def _run_together(name: str) -> Iterator[str]:
    """Yield all rotations of the words: a last name of several words may come first."""
    for parts in _parts(name):
        for place in range(len(parts) or 1):
            yield "".join(parts[place:] + parts[:place])


def _ascii_only(name: str) -> Iterator[str]:
    plain = "".join(c for c in name if c.isascii())
    return _run_together(plain) if plain != name or " " not in name else iter(())


def _may_be(name: str, entry: Entry) -> bool:
    """Return whether a name may be the entry's: they share a word, or cannot be compared."""
    here = {part for parts in _parts(name) for part in parts}
    there = {part for way in _written(entry) for parts in _parts(way) for part in parts}
    if not here or not there or _is_latin(here) != _is_latin(there):
        return True
    together = {"".join(parts) for parts in _parts(name)}
    return bool(here & there) or any(_makes_up(there, whole) for whole in together)


def _makes_up(parts: Iterable[str], whole: str) -> bool:
    """Return whether these words make up at least half of ``whole``."""
    rest = whole
    for part in sorted(parts, key=len, reverse=True):
        rest = rest.replace(part, " ", 1)
    return 2 * len(rest.replace(" ", "")) <= len(whole)


def _is_latin(parts: Iterable[str]) -> bool:
    return any(part.isascii() for part in parts)


def text_of(person: Person) -> str:
    """Return what a person is called in the first of: name, e-mail, login, id."""
    return person.name or person.email or person.login or person.id
