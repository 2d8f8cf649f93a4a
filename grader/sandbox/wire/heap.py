"""The objects that judge and worker share, each with its number and its latest content.

A :class:`Heap` on each side keeps number and object together, so that identity holds
within a call and across calls, and a change on one side is made in place on the other.
Values are written as in ``codec``; both sides use this module.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable
from itertools import islice
from sys import getrefcount
from typing import Any, Final

import msgspec
from numpy import asarray, dtype, generic, memmap, ndarray  # which a notebook may overwrite

from .arrays import plain_array
from .bounds import MAX_DEPTH, MAX_HEAP_BYTES, MAX_NUMBER, MAX_SHARED_OBJECTS
from .codec import (
    ARRAY,
    COMPLEX,
    DICT,
    FROZENSET,
    HANDLE,
    HOLDING,
    INT64,
    LIST,
    OWN_DICT,
    OWN_LIST,
    READ_ONLY,
    SCALAR,
    SET,
    SHARED,
    TUPLE,
    TooMuchError,
    Wire,
    are_floats,
    array_content,
    big_int,
    by_value,
    check,
    decode_atom,
    overwrite,
    read_array,
    text,
    told_apart,
)
from .holdings import ALONE, Holdings, Known

_PLAIN: Final = frozenset((type(None), bool, int, float, str, bytes))
_CONTAINERS: Final = (list, tuple, dict, set, frozenset)
_GIVEN: Final = frozenset((list, tuple, dict))
_BUILT_IN: Final = (*_CONTAINERS, int, float, complex, str, bytes)


_encode: Final = msgspec.msgpack.Encoder().encode
_FLOAT: Final = dtype(float)


class Heap(Holdings):
    """The objects shared with the other side, and the way to put values on the wire.

    ``first`` is 0 in the judge and 1 in the worker, so that both can number new
    objects without asking.  ``export`` gives a handle ``(number, type name)`` for
    an object that is no plain data, or raises TypeError; ``resolve`` turns the
    other side's handle (or one's own, come back) into an object.
    """

    def __init__(
        self,
        *,
        first: int,
        export: Callable[[object], tuple[int, str]],
        resolve: Callable[[int, str], object],
    ) -> None:
        super().__init__()
        self._next = first
        self._export = export
        self._resolve = resolve

    # -- to the wire -------------------------------------------------------

    def encode_given(self, values: Collection[Any], depth: int = 0) -> list[Wire]:
        """Encode what a container holds that is given away with all in it.

        A list or dict that nothing else holds goes as it is: on this side nobody can know it
        again, or change it.  Results are mostly such, and rows of numbers are many lists.
        Call it after all else was done; raises as ``encode``.
        """
        counts = list(map(getrefcount, values))  # while nothing else here holds one
        return [
            self._encode_given(value, depth) if count <= ALONE else self.encode(value, depth)
            for value, count in zip(values, counts, strict=True)
        ]

    def _encode_given(self, value: Any, depth: int) -> Wire:
        kind = type(value)
        if depth >= MAX_DEPTH or kind not in _GIVEN:
            return self.encode(value, depth)
        if kind is dict:
            keys = [self.encode(key, depth + 1) for key in value]
            entries = self.encode_given(value.values(), depth + 1)
            return [OWN_DICT, [part for pair in zip(keys, entries, strict=True) for part in pair]]
        tag = OWN_LIST if kind is list else TUPLE
        return [tag, value if are_floats(value) else self.encode_given(value, depth + 1)]

    def encode(self, value: Any, depth: int = 0) -> Wire:
        """Encode ``value``; shared objects in it are numbered, not yet sent.

        Raises TypeError where ``export`` does, ValueError for what is too deep or
        too large to send.
        """
        kind = type(value)
        if kind is ndarray and (value.dtype is _FLOAT or by_value(value.dtype)):
            return [SHARED, self._number(value)]
        if kind is float or value is None or value is True or value is False:
            return value
        if kind is str:
            return text(value)
        if kind is int:
            return value if value in INT64 else big_int(value)
        if isinstance(value, generic):
            if by_value(value.dtype):
                found = asarray(value, dtype=value.dtype.newbyteorder("="))
                return [SCALAR, found.dtype.str, found.tobytes()]  # <U1 of an empty text
            return [HANDLE, *self._export(value)]
        return self._encode_rest(value, depth)

    def _encode_rest(self, value: Any, depth: int) -> Wire:
        if depth > MAX_DEPTH:
            raise ValueError(f"a value nested deeper than {MAX_DEPTH} levels cannot be sent")
        if isinstance(value, ndarray) and by_value(value.dtype):
            array = plain_array(value)
            if array is not None:
                # What a file is mapped to may be cut off later, and kills who reads it then.
                return self.encode(array.copy() if isinstance(value, memmap) else array)
        if not isinstance(value, _BUILT_IN) or _is_of_a_class_of_its_own(value):
            return [HANDLE, *self._export(value)]
        if isinstance(value, tuple):
            return [TUPLE, [self.encode(item, depth + 1) for item in tuple.__iter__(value)]]
        if isinstance(value, (list, dict, set)):  # an | is made each time
            return [SHARED, self._number(value)]
        if isinstance(value, frozenset):
            return [FROZENSET, [self.encode(item, depth + 1) for item in frozenset.__iter__(value)]]
        if isinstance(value, int):
            return self.encode(int.__int__(value))
        if isinstance(value, float):
            return float.__float__(value)
        if isinstance(value, complex):
            plain = complex.__complex__(value)
            return [COMPLEX, plain.real, plain.imag]
        if isinstance(value, str):
            return text(str.__str__(value))
        return bytes(value)

    def _number(self, shared: Any) -> int:
        number = self._numbers.get(id(shared))
        if number is None:
            if len(self._objects) >= MAX_SHARED_OBJECTS:
                raise ValueError(
                    f"more than {MAX_SHARED_OBJECTS} arrays, lists and dicts cannot be sent"
                )
            number = self._next
            self._next += 2
            self._keep(number, shared)
        self._touched[number] = None
        return number

    def changes(
        self, *, everywhere: bool = True, but: Collection[int] = ()
    ) -> tuple[list[list[Any]], list[bytes]]:
        """Return what the other side does not have yet: ``[[number, content], ...]``, raw bytes.

        Call it after all values of a message were encoded.  Without ``everywhere`` only these
        are looked at, and what they hold; the numbers in ``but`` only if they are among these.
        Raises ValueError or MemoryError when the contents cannot be sent; then nothing counts
        as sent.
        """
        if everywhere:
            objects = self._objects
            looked_at = [n for n in objects if n not in but] if but else objects
            self._touched = dict.fromkeys(looked_at) | self._touched
        try:
            return self._changes_in(self._touched)
        finally:
            self._touched = {}

    def _changes_in(self, touched: dict[int, None]) -> tuple[list[list[Any]], list[bytes]]:
        contents: list[list[Any]] = []
        raw: list[bytes] = []
        fresh: dict[int, Known] = {}
        objects, known, settled = self._objects, self._known, self._settled
        numbers = list(touched)
        has_containers = False
        for number in numbers:
            alone = getrefcount(objects[number]) <= ALONE
            if alone and number in settled:
                continue
            shared = objects[number]
            if type(shared) is ndarray:
                header, data = key = array_content(shared)
                if known.get(number) != key:
                    fresh[number] = key
                    contents.append([number, (ARRAY, header[0].str, *header[1:])])
                    raw.append(data)
            else:
                content = self._content(shared)
                encoded = _encode(content)  # as bytes: 1 == True == 1.0
                if known.get(number) != (None, encoded):
                    fresh[number] = None, encoded
                    contents.append([number, content])
                    self._extents.note(number, content[1])
                    has_containers = True
                if len(touched) > len(
                    numbers
                ):  # encoding it numbered what it holds: looked at, too
                    numbers.extend(islice(touched, len(numbers), None))
            if alone:
                settled.add(number)  # from now on nobody here can change it
        if has_containers and not self._extents.are_bounded():
            raise ValueError("lists and dicts that hold each other too often cannot be sent")
        for number, new in fresh.items():
            self._know(number, new)
        return contents, raw

    def _content(self, shared: Any) -> list[Any]:
        """Return what a list, dict or set holds, encoded."""
        if isinstance(shared, dict):
            parts: list[Wire] = []
            for key, value in _dict_class(shared).items(shared):
                parts += self.encode(key, 1), self.encode(value, 1)
            return [DICT, parts]
        if isinstance(shared, list):
            items = list(list.__iter__(shared))
            return [LIST, items if are_floats(items) else [self.encode(i, 1) for i in items]]
        return [SET, [self.encode(item, 1) for item in set.__iter__(shared)]]

    # -- from the wire -----------------------------------------------------

    def receive(self, contents: Iterable[Any], raw: memoryview) -> None:
        """Take over contents of the other side: make what is new, change the rest in place."""
        fill: list[tuple[Any, int, list[Any]]] = []
        at = 0  # so many of the raw bytes were read
        for entry in contents:
            check(type(entry) is list and len(entry) == 2, "a pair")
            number, content = entry
            check(type(number) is int and 0 <= number < MAX_NUMBER, "a number of a shared object")
            check(type(content) is list and len(content) >= 2, "the content of a shared object")
            if content[0] == ARRAY:
                at += self._receive_array(number, content, raw, at)
            else:
                fill.append((self._container(number, content[0]), number, content))
        check(at == len(raw), "no bytes after the last array")
        for _, number, content in fill:
            self._extents.note(number, content[1])
        if fill and not self._extents.are_bounded():
            raise TooMuchError("expected lists and dicts that do not hold each other endlessly")
        for container, number, content in fill:
            self._fill(container, content[1])
            self._know(number, (None, _encode(content)))
            if self._bytes > MAX_HEAP_BYTES:
                raise TooMuchError("expected less data")

    def _receive_array(self, number: int, content: list[Any], raw: memoryview, at: int) -> int:
        fresh, header, data = read_array(content, raw, at)
        if number in self._objects:
            # What the owner made read-only stays as it is; a student's own array may be both.
            overwrite(self._objects[number], fresh, owned=number % 2 == self._next % 2)
        else:
            array = fresh.copy(order="K")
            if header[2] & READ_ONLY:
                array.flags.writeable = False
            self._admit(number, array)
        self._know(number, (header, data))
        if self._bytes > MAX_HEAP_BYTES:
            raise TooMuchError("expected less data")
        return len(data)

    def _container(self, number: int, tag: object) -> Any:
        kinds: dict[object, type] = {LIST: list, DICT: dict, SET: set}
        check(type(tag) is int and tag in kinds, "a known kind of shared object")
        if number not in self._objects:
            self._admit(number, kinds[tag]())
        container = self._objects[number]
        check(isinstance(container, kinds[tag]), "a shared object that keeps its kind")
        return container

    def _admit(self, number: int, shared: Any) -> None:
        # The other side numbers its own objects: even in the judge, odd in the worker.
        check(number % 2 != self._next % 2, "a shared object numbered by its owner")
        check(len(self._objects) < MAX_SHARED_OBJECTS, "a bounded number of shared objects")
        self._keep(number, shared)

    def _fill(self, container: Any, items: object) -> None:
        check(type(items) is list, "the items of a shared object")
        assert isinstance(items, list)
        if isinstance(container, list):
            fresh = items if are_floats(items) else self._decode_all(items, 1)
            list.__setitem__(container, slice(None), fresh)
            return
        if isinstance(container, set):
            members = told_apart(self._decode_all(items, 1))
            set.clear(container)
            set.update(container, members)
            return
        entries = _pairs(self._decode_all(items, 1))
        kind = _dict_class(container)
        kind.clear(container)
        for key, value in entries:
            kind.__setitem__(container, key, value)

    def decode(self, wire: Wire, depth: int = 0) -> Any:
        """Return the value on the wire; raise ProtocolError if it is none."""
        if type(wire) in _PLAIN:
            return wire
        if type(wire) is list and len(wire) == 2 and wire[0] == SHARED:
            number = wire[1]
            check(type(number) is int and number in self._objects, "a known shared object")
            self._settled.discard(number)
            return self._objects[number]
        check(type(wire) is list and len(wire) >= 2 and type(wire[0]) is int, "a value")
        check(depth <= MAX_DEPTH, "a value that is not nested too deeply")
        tag, *rest = wire
        if depth == 0 and tag in HOLDING and not self._extents.is_bounded(rest[0]):
            raise TooMuchError("expected a value of bounded size")
        if tag in HOLDING and len(rest) == 1 and type(rest[0]) is list:
            return self._decode_held(tag, rest[0], depth + 1)
        if tag == HANDLE and len(rest) == 2 and type(rest[0]) is int and type(rest[1]) is str:
            return self._resolve(rest[0], rest[1])
        return decode_atom(tag, rest)

    def _decode_held(self, tag: int, items: list[Wire], depth: int) -> Any:
        values = items if are_floats(items) else self._decode_all(items, depth)
        if tag == OWN_LIST:
            return values
        if tag == OWN_DICT:
            return dict(_pairs(values))
        return tuple(values) if tag == TUPLE else frozenset(told_apart(values))

    def _decode_all(self, items: list[Wire], depth: int) -> list[Any]:
        # Most items of long lists are plain, and a call for each is what takes the time.
        return [item if type(item) in _PLAIN else self.decode(item, depth) for item in items]

    def unheld(self) -> list[int]:
        """Return those unreferenced ones that the other side has as they are here."""
        known, objects = self._known, self._objects
        touched, self._touched = self._touched, {}
        gone = []
        for number in self.unreferenced():
            if number in self._settled:  # nobody could change it since it was looked at
                gone.append(number)
                continue
            shared = objects[number]
            is_array = type(shared) is ndarray
            now = array_content(shared) if is_array else (None, _encode(self._content(shared)))
            if known.get(number) == now:
                gone.append(number)
        self._touched = touched
        return gone


def _pairs(decoded: list[Any]) -> Iterable[tuple[Any, Any]]:
    """Return the pairs of a dict, from its keys and values in turn."""
    check(len(decoded) % 2 == 0, "pairs of keys and values")
    return zip(told_apart(decoded[::2]), decoded[1::2], strict=True)


def _dict_class(mapping: Any) -> type[dict[Any, Any]]:
    """Return the class whose methods a dict is read and changed by: some keep their own order."""
    return OrderedDict if isinstance(mapping, OrderedDict) else dict


def _is_of_a_class_of_its_own(value: Any) -> bool:
    """Return whether a notebook defines the class of this container: it is more than its items."""
    if not isinstance(value, _CONTAINERS):
        return False
    kind = type(value)
    return kind.__module__ == "__main__" and not hasattr(kind, "_fields")
