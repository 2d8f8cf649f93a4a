"""What a queued operation will give, and who asks for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from sys import getrefcount
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from .proxy import Proxy

if TYPE_CHECKING:
    from .remote import Remote

_PENDING: Final = object()
# References to a promise that only the queue holds: its Queued's, and getrefcount's own.
_UNHELD: Final = 2
_HOLDERS: Final = frozenset((list, tuple, dict))


class Promise(Proxy):
    """What a queued operation will give.

    It can be called, indexed and asked for attributes, which is queued in turn; any other use
    needs the value, and has the queue done first.
    """

    __slots__ = ("_grader_value",)

    def __init__(self, remote: Remote, number: int, kind: str) -> None:
        super().__init__(remote, number, kind)
        keep(self, _PENDING)

    def __del__(self) -> None:
        pass  # no object of the worker's

    def __getitem__(self, key: Any) -> Any:
        value = kept(self)
        plain = value is not self and not isinstance(value, Proxy)
        return value[key] if plain else super().__getitem__(key)

    def __iter__(self) -> Iterator[Any]:
        return iter(_forced(self))

    def __len__(self) -> int:
        return len(_forced(self))

    def __contains__(self, item: Any) -> bool:
        return item in _forced(self)

    def __bool__(self) -> bool:
        return bool(_forced(self))

    def __int__(self) -> int:
        return int(_forced(self))

    def __float__(self) -> float:
        return float(_forced(self))

    def __complex__(self) -> complex:
        return complex(_forced(self))

    def __str__(self) -> str:
        return str(_forced(self))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        return np.array(_forced(self), dtype)


@dataclass(slots=True)
class Queued:
    """An operation whose result is promised."""

    operation: str
    arguments: tuple[Any, ...]
    keywords: dict[str, Any]
    promise: Promise


def is_kept(promise: Promise) -> bool:
    """Return whether its operation was done."""
    return promise._grader_value is not _PENDING


def keep(promise: Promise, value: Any) -> None:
    """Note what its operation gave."""
    object.__setattr__(promise, "_grader_value", value)


def kept(value: Any) -> Any:
    """Return ``value`` with kept promises replaced, also those in lists, tuples and dicts."""
    kind = type(value)
    if kind is Promise:
        return value._grader_value if is_kept(value) else value
    if kind in _HOLDERS and _holds_promise(value):
        if kind is dict:
            return {key: kept(entry) for key, entry in value.items()}
        return kind(map(kept, value))
    return value


def _holds_promise(value: Any) -> bool:
    entries = value.values() if type(value) is dict else value
    kinds = set(map(type, entries))  # at once: a call for each entry is what takes the time
    if Promise in kinds:
        return True
    return not kinds.isdisjoint(_HOLDERS) and any(
        _holds_promise(entry) for entry in entries if type(entry) in _HOLDERS
    )


def held(queue: Sequence[Queued]) -> list[bool]:
    """Return which promises somebody holds besides the queue itself, and the caller."""
    used: Counter[int] = Counter()
    seen: set[int] = set()
    for queued in queue:
        used.update(_promises(queued.arguments, seen))
        used.update(_promises(queued.keywords, seen))
    return [getrefcount(queued.promise) - used[id(queued.promise)] > _UNHELD for queued in queue]


def let_go(queue: Sequence[Queued]) -> None:
    """Drop what the operations were given."""
    for queued in queue:
        queued.arguments, queued.keywords = (), {}


def _promises(value: Any, seen: set[int]) -> Iterator[int]:
    """Yield the id of each promise in a value, except in what was ``seen`` before."""
    for entry in value.values() if type(value) is dict else value:
        if type(entry) is Promise:
            yield id(entry)
        elif type(entry) in _HOLDERS and id(entry) not in seen and _holds_promise(entry):
            seen.add(id(entry))
            yield from _promises(entry, seen)


def _forced(promise: Promise) -> Any:
    if not is_kept(promise):
        promise._grader_remote.keep_promises()
    return kept(promise)
