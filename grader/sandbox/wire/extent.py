"""How large values are when written out: what is held twice counts twice.

NumPy and ``repr`` write out what they are given.  Ten lists, each holding the next one
ten times, are few bytes on the wire, and no bound in memory or time for them.
"""

from __future__ import annotations

from collections.abc import Callable

from .bounds import MAX_DEPTH, MAX_EXPANDED_ITEMS
from .codec import HOLDING, SHARED, are_floats

# Items of a container, those of its arrays too, and the containers among them.
_Held = tuple[int, list[int]]


class Extents:
    """Counts what shared lists, dicts and sets hold.

    ``array_items`` gives the items of a shared array by its number; 0 for what is none.
    """

    def __init__(self, array_items: Callable[[int], int]) -> None:
        self._array_items = array_items
        self._held: dict[int, _Held] = {}
        self._nested: set[int] = set()  # those that hold containers
        self._large: set[int] = set()  # those that are too large by themselves
        self._within: set[int] = set()  # at least those that others hold
        self._is_known = True  # whether what those that hold others hold was found to be bounded

    def note(self, number: int, items: object) -> None:
        """Note that a shared container holds these items on the wire."""
        self.forget(number)
        self._held[number] = size, inside = self._own(items)
        if inside:
            self._nested.add(number)
            self._within.update(inside)
        if inside or number in self._within:
            self._is_known = False
        if size > MAX_EXPANDED_ITEMS:
            self._large.add(number)

    def forget(self, number: int) -> None:
        """Note that a shared object is gone; it may be none of those noted."""
        if self._held.pop(number, None) is not None:
            self._nested.discard(number)
            self._large.discard(number)

    def are_bounded(self) -> bool:
        """Return whether every container has a bounded number of items when written out."""
        if self._large:
            return False
        if not self._is_known:
            nested = {number: self._held[number] for number in self._nested}
            self._is_known = self._fit(nested)
            self._within = {held for _, inside in nested.values() for held in inside}
        return self._is_known

    def is_bounded(self, items: object) -> bool:
        """Return whether that holds of a value of these items, which is not shared itself."""
        own = self._own(items)
        nested = {number: self._held[number] for number in self._nested}
        return own[0] <= MAX_EXPANDED_ITEMS and (not own[1] or self._fit({**nested, -1: own}))

    def _own(self, items: object) -> _Held:
        size, inside = _measure(items)
        others = []
        for number in inside:
            entries = self._array_items(number)
            size += entries
            if not entries:
                others.append(number)
        return size, others

    def _fit(self, nested: dict[int, _Held]) -> bool:
        if not nested:
            return True
        plain = {
            number: self._held[number][0]
            for _, inside in nested.values()
            for number in inside
            if number in self._held
        }
        sizes = {number: size for number, (size, _) in nested.items()}
        for _ in range(MAX_DEPTH):  # no reader goes deeper
            known = plain | sizes
            larger = {
                number: size + sum(known.get(held, 0) for held in inside)
                for number, (size, inside) in nested.items()
            }
            if max(larger.values()) > MAX_EXPANDED_ITEMS:
                return False
            if larger == sizes:
                return True
            sizes = larger
        return True


def _measure(items: object) -> tuple[int, list[int]]:
    """Return the number of items of a container, nested ones too, and the shared ones in it."""
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
                elif item[0] in HOLDING:
                    waiting.append(item[1])
            elif type(item) in (str, bytes):
                size += len(item) // 8
    return size, [number for number in inside if type(number) is int]
