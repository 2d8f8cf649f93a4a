"""How large values are when written out: what is held twice counts twice.

NumPy and ``repr`` write out what they are given.  Ten lists, each holding the next one
ten times, are few bytes on the wire, and no bound in memory or time for them.
"""

from __future__ import annotations

from collections.abc import Callable

from .codec import FROZENSET, MAX_DEPTH, MAX_EXPANDED, SHARED, TUPLE, are_floats


class Extents:
    """Counts what shared lists, dicts and sets hold.

    ``array_items`` gives the items of a shared array by its number; 0 for what is none.
    """

    def __init__(self, array_items: Callable[[int], int]) -> None:
        self._array_items = array_items
        self._held: dict[int, tuple[int, list[int]]] = {}  # items, shared objects among them

    def note(self, number: int, items: object) -> None:
        """A shared container holds these items on the wire."""
        self._held[number] = _measure(items)

    def forget(self, number: int) -> None:
        """A shared object is gone; it may be none of those noted."""
        self._held.pop(number, None)

    def are_bounded(self) -> bool:
        """Whether every container has a bounded number of items when written out."""
        return self._fit(self._held)

    def is_bounded(self, items: object) -> bool:
        """Whether a tuple of these items on the wire has, which is not shared itself."""
        size, inside = held = _measure(items)
        if any(number in self._held for number in inside):
            return self._fit({**self._held, -1: held})
        return size + sum(map(self._array_items, inside)) <= MAX_EXPANDED

    def _fit(self, held: dict[int, tuple[int, list[int]]]) -> bool:
        sizes = {number: size for number, (size, _) in held.items()}
        nested = {number: entry for number, entry in held.items() if entry[1]}
        if not nested:
            return True
        for _ in range(MAX_DEPTH):  # no reader goes deeper
            larger = dict(sizes)
            for number, (size, inside) in nested.items():
                larger[number] = size + sum(
                    sizes[i] if i in sizes else self._array_items(i) for i in inside
                )
            if max(larger.values()) > MAX_EXPANDED:
                return False
            if larger == sizes:
                return True
            sizes = larger
        return True


def _measure(items: object) -> tuple[int, list[int]]:
    """Items of a container on the wire, those of tuples too, and the shared objects in it."""
    size, inside = 0, []
    waiting = [items]
    while waiting:
        part = waiting.pop()
        if type(part) is not list:
            continue
        size += len(part)
        if are_floats(part):
            continue
        for item in part:
            if type(item) is list and len(item) >= 2:
                if item[0] == SHARED:
                    inside.append(item[1])
                elif item[0] in (TUPLE, FROZENSET):
                    waiting.append(item[1])
            elif type(item) in (str, bytes):
                size += len(item) // 8
    return size, [number for number in inside if type(number) is int]
