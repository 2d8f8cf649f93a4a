"""The objects of one side that the other knows by number: which there are, and who holds them.

CPython counts references: an object that only these holdings refer to can be changed by nobody.
"""

from __future__ import annotations

from collections.abc import Iterable
from sys import getrefcount
from typing import Any, Final

from numpy import ndarray  # which a notebook may overwrite

from .codec import ArrayHeader
from .extent import Extents

#: References to an object that one container holds alone: its own, and getrefcount's.
ALONE: Final = 2
_COPIED: Final = frozenset((ndarray, list, tuple, dict))  # with what is in them, in a snapshot

#: What the content of a shared object is known by: an array's dtype, shape and flags (None for
#: all others), and its bytes.
Known = tuple[ArrayHeader | None, bytes]


class Holdings:
    """Shared objects by their numbers, and what the other side knows of each."""

    def __init__(self) -> None:
        self._objects: dict[int, Any] = {}
        self._numbers: dict[int, int] = {}  # id(object) -> number, objects are held
        self._known: dict[int, Known] = {}  # the content the other side has
        self._touched: dict[int, None] = {}  # encoded since contents were last looked at
        self._settled: set[int] = set()  # looked at after nobody held them any more
        self._costs: dict[int, int] = {}  # what each of the known contents takes in memory
        self._bytes = 0  # what they all take
        self._extents = Extents(self._array_items)

    def __len__(self) -> int:
        return len(self._objects)

    def _keep(self, number: int, shared: Any) -> None:
        self._objects[number] = shared
        self._numbers[id(shared)] = number

    def _know(self, number: int, key: Known) -> None:
        header, data = key
        # The object, and what it is known by; items of a container take more than on the wire.
        cost = 320 + 2 * len(data) if header is not None else 32 * max(10, len(data))
        self._bytes += cost - self._costs.get(number, 0)
        self._costs[number] = cost
        self._known[number] = key

    def _array_items(self, number: int) -> int:
        shared = self._objects.get(number)
        return int(shared.nbytes) // 8 if isinstance(shared, ndarray) else 0

    def unreferenced(self) -> list[int]:
        """Return the numbers of objects that on this side only the heap still holds.

        A view of an array holds it, a list holds its items; so an object that is listed cannot
        be reached by anyone here, but through others that are.  (Counts references: CPython.)
        """
        objects, numbers = self._objects, self._numbers
        gone = [number for number in objects if getrefcount(objects[number]) <= ALONE]
        within: dict[int, int] = {}  # how often those that are gone hold another one
        for number in gone:
            shared = objects[number]
            if type(shared) is ndarray:
                continue
            for part in _entries(shared):
                held = numbers.get(id(part))
                if held is not None:
                    within[held] = within.get(held, 0) + 1
                    if getrefcount(part) - within[held] <= ALONE + 1:  # and the loop's own
                        gone.append(held)
        return gone

    def unsent(self) -> list[int]:
        """Return the numbers of objects whose content was never sent or received."""
        return [number for number in self._objects if number not in self._known]

    def disown(self, value: Any) -> list[int]:
        """Drop *value* and the arrays, lists and dicts in it.  Return their numbers."""
        found: list[int] = []
        seen: set[int] = set()
        waiting = [value] if type(value) in _COPIED else []
        while waiting:
            part = waiting.pop()
            if id(part) in seen:
                continue
            seen.add(id(part))
            number = self._numbers.get(id(part))
            if number is not None:
                found.append(number)
            if type(part) is not ndarray:
                entries = part.values() if type(part) is dict else part
                waiting += [entry for entry in entries if type(entry) in _COPIED]
        self.forget(found)
        return found

    def forget(self, numbers: Iterable[int]) -> None:
        """Drop shared objects; unknown numbers are passed over."""
        for number in numbers:
            shared = self._objects.pop(number, None)
            if shared is not None:
                del self._numbers[id(shared)]
                self._known.pop(number, None)
                self._bytes -= self._costs.pop(number, 0)
                self._extents.forget(number)
                self._settled.discard(number)
                self._touched.pop(number, None)


def _entries(shared: Any) -> Iterable[Any]:
    """Return an iterable of what a dict, list or set holds; a copy would hold it, too."""
    if isinstance(shared, dict):
        return dict.values(shared)
    return list.__iter__(shared) if isinstance(shared, list) else set.__iter__(shared)
