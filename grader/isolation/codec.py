"""Values on the wire: by value where they are plain data, by handle otherwise.

A wire value is made of what msgpack knows (None, bool, 64-bit int, float, str,
bytes) and of short lists ``[tag, ...]`` for the rest.  Arrays, lists, dicts and
sets are *shared*: on the wire they are ``[SHARED, number]``, and their contents
travel beside, once, whenever they changed.  A :class:`Heap` on each side keeps
number and object together, so that identity holds within a call and across
calls, and a change on one side is made in place on the other.

The contents of arrays follow the message as raw bytes, so that the size of what
has to be parsed stays small whatever the arrays hold.

Nothing here executes what it reads: any bytes give a value or a ProtocolError.
Both sides use this module; it imports nothing of the project.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

import msgspec
import numpy as np

BIG_INT: Final = 0  # [BIG_INT, little-endian two's complement]
COMPLEX: Final = 1  # [COMPLEX, real, imaginary]
TUPLE: Final = 2  # [TUPLE, [item, ...]]
SCALAR: Final = 3  # [SCALAR, dtype, bytes]
SHARED: Final = 4  # [SHARED, number]
HANDLE: Final = 5  # [HANDLE, number, type name]
FROZENSET: Final = 6  # [FROZENSET, [item, ...]]
TEXT: Final = 7  # [TEXT, UTF-8 with lone surrogates]

ARRAY: Final = 0  # contents of a shared array: [ARRAY, dtype, shape, flags], bytes beside
LIST: Final = 1  # [LIST, [item, ...]]
DICT: Final = 2  # [DICT, [key, value, key, value, ...]]
SET: Final = 3  # [SET, [item, ...]]

FORTRAN: Final = 1
READ_ONLY: Final = 2

MAX_DEPTH: Final = 64
MAX_INT_BYTES: Final = 1 << 16
MAX_SHARED: Final = 1 << 18
MAX_ARRAY_BYTES: Final = 256 << 20
#: What all shared objects of one side may take in memory, roughly.
MAX_HEAP_BYTES: Final = 1 << 30
#: Items (8 bytes of an array are one) of a value when what it holds twice counts twice:
#: ten lists, each holding the next one ten times, are few on the wire and no bound in NumPy.
MAX_EXPANDED: Final = 1 << 25
#: Keys of one dict or set with the hash of another one: each costs a look at all of them.
MAX_COLLISIONS: Final = 64
_INT64 = range(-(1 << 63), 1 << 63)
_ITEM_SIZES: Final = {
    "b": {1},
    "i": {1, 2, 4, 8},
    "u": {1, 2, 4, 8},
    "f": {2, 4, 8, np.dtype(np.longdouble).itemsize},
    "c": {8, 16, np.dtype(np.clongdouble).itemsize},
}

Wire = Any
Content = tuple[list[Any], bytes]  # what is parsed, and an array's raw bytes


class ProtocolError(Exception):
    """The other side sent something that is no message or no value."""


class TooMuchError(ProtocolError):
    """The other side sent more than this side is ready to hold."""


def by_value(dtype: np.dtype[Any]) -> bool:
    """Whether arrays of this dtype travel by value."""
    return dtype.kind in "biufcU" and dtype.names is None and dtype.subdtype is None


class Heap:
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
        self._next = first
        self._export = export
        self._resolve = resolve
        self._objects: dict[int, Any] = {}
        self._numbers: dict[int, int] = {}  # id(object) -> number, objects are held
        self._known: dict[int, tuple[bytes, bytes]] = {}  # the content the other side has
        self._settled: set[int] = set()  # looked at after nobody held them any more
        self._bytes = 0  # what the known contents take, see _cost
        self._held: dict[int, tuple[int, list[int]]] = {}  # containers: items, shared in them

    def __len__(self) -> int:
        return len(self._objects)

    # -- to the wire -------------------------------------------------------

    def encode(self, value: Any, depth: int = 0) -> Wire:
        """Put ``value`` on the wire; shared objects in it are numbered, not yet sent.

        Raises TypeError where ``export`` does, ValueError for what is too deep or
        too large to send.
        """
        if value is None or value is True or value is False:
            return value
        kind = type(value)
        if kind is float:
            return value
        if kind is int:
            return value if value in _INT64 else _big_int(value)
        if kind is str:
            return _text(value)
        if isinstance(value, np.generic):
            if by_value(value.dtype):
                native = value.dtype.newbyteorder("=")
                return [SCALAR, native.str, np.asarray(value, dtype=native).tobytes()]
            return [HANDLE, *self._export(value)]
        if kind is np.ndarray and by_value(value.dtype):
            return [SHARED, self._number(value)]
        return self._encode_rest(value, depth)

    def _encode_rest(self, value: Any, depth: int) -> Wire:
        if depth > MAX_DEPTH:
            raise ValueError(f"a value nested deeper than {MAX_DEPTH} levels cannot be sent")
        if _is_of_a_class_of_its_own(value):
            return [HANDLE, *self._export(value)]
        if isinstance(value, tuple):
            return [TUPLE, [self.encode(item, depth + 1) for item in tuple.__iter__(value)]]
        if isinstance(value, list | dict | set):
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
            return _text(str.__str__(value))
        if isinstance(value, bytes):
            return bytes(value)
        return [HANDLE, *self._export(value)]

    def _number(self, shared: Any) -> int:
        number = self._numbers.get(id(shared))
        if number is None:
            if len(self._objects) >= MAX_SHARED:
                raise ValueError(f"more than {MAX_SHARED} arrays, lists and dicts cannot be sent")
            number = self._next
            self._next += 2
            self._keep(number, shared)
        return number

    def _keep(self, number: int, shared: Any) -> None:
        self._objects[number] = shared
        self._numbers[id(shared)] = number

    def changes(self) -> tuple[list[list[Any]], list[bytes]]:
        """Contents that the other side does not have yet: ``[[number, content], ...]``, raw bytes.

        Call it after all values of a message were encoded.  Raises ValueError or
        MemoryError when they cannot be sent; then nothing counts as sent.
        """
        contents: list[list[Any]] = []
        raw: list[bytes] = []
        fresh: dict[int, tuple[bytes, bytes]] = {}
        seen = 0
        numbers = list(self._objects)
        while seen < len(numbers):
            for number in numbers[seen:]:
                seen += 1
                if number in self._settled and self._unreferenced(number):
                    continue
                content, data = self._content(self._objects[number])
                # Compared as bytes: to Python, 1 and True and 1.0 are equal.
                key = (msgspec.msgpack.encode(content), data)
                if self._known.get(number) != key:
                    fresh[number] = key
                    contents.append([number, content])
                    raw.append(data)
                    if content[0] != ARRAY:
                        self._held[number] = _measure(content[1])
                if self._unreferenced(number):
                    self._settled.add(number)  # from now on nobody here can change it
            # Encoding a list may have numbered what it holds.
            if len(self._objects) > len(numbers):
                numbers.extend(list(self._objects)[len(numbers) :])
        if any(content[0] != ARRAY for _, content in contents) and self._is_endless():
            raise ValueError("lists and dicts that hold each other too often cannot be sent")
        for number, key in fresh.items():
            self._know(number, key)
        return contents, raw

    def _know(self, number: int, key: tuple[bytes, bytes]) -> None:
        self._bytes += _cost(key) - _cost(self._known.get(number))
        self._known[number] = key

    def _is_endless(self) -> bool:
        """Whether any object is too large when written out, as NumPy and repr write it out."""
        sizes = {number: size for number, (size, _) in self._held.items()}
        own = {number: held for number, held in self._held.items() if held[1]}
        if not own:
            return False
        for _ in range(MAX_DEPTH):  # no reader goes deeper
            larger = dict(sizes)
            for number, (size, inside) in own.items():
                larger[number] = size + sum(
                    sizes[i] if i in sizes else self._size(i) for i in inside
                )
            if max(larger.values()) > MAX_EXPANDED:
                return True
            if larger == sizes:
                return False
            sizes = larger
        return False

    def _size(self, number: int) -> int:
        shared = self._objects.get(number)
        return int(shared.nbytes) // 8 if isinstance(shared, np.ndarray) else 0

    def _content(self, shared: Any) -> Content:
        if isinstance(shared, np.ndarray):
            return _array_content(shared)
        if isinstance(shared, dict):
            pairs = (part for pair in dict.items(shared) for part in pair)
            return [DICT, [self.encode(part, 1) for part in pairs]], b""
        if isinstance(shared, list):
            return [LIST, [self.encode(item, 1) for item in list.__iter__(shared)]], b""
        return [SET, [self.encode(item, 1) for item in set.__iter__(shared)]], b""

    # -- from the wire -----------------------------------------------------

    def receive(self, contents: Iterable[Any], raw: memoryview) -> None:
        """Take over contents of the other side: make what is new, change the rest in place."""
        fill: list[tuple[Any, int, list[Any]]] = []
        for entry in contents:
            number, content = _pair(entry)
            _check(type(number) is int and 0 <= number < 1 << 40, "a number of a shared object")
            _check(type(content) is list and len(content) >= 2, "the content of a shared object")
            if content[0] == ARRAY:
                raw = self._receive_array(number, content, raw)
            else:
                fill.append((self._container(number, content[0]), number, content))
        _check(not raw, "no bytes after the last array")
        for _, number, content in fill:
            self._held[number] = _measure(content[1])
        if fill and self._is_endless():
            raise TooMuchError("expected lists and dicts that do not hold each other endlessly")
        for container, number, content in fill:
            self._fill(container, content[1])
            self._know(number, (msgspec.msgpack.encode(content), b""))
            if self._bytes > MAX_HEAP_BYTES:
                raise TooMuchError("expected less data")

    def _receive_array(self, number: int, content: list[Any], raw: memoryview) -> memoryview:
        dtype, shape, flags, size = _array_header(content)
        _check(len(raw) >= size, "an array's bytes")
        data = bytes(raw[:size])
        _check_bytes(dtype, data)
        fresh = np.frombuffer(data, dtype=dtype).reshape(
            shape, order="F" if flags & FORTRAN else "C"
        )
        if number in self._objects:
            # What the owner made read-only stays as it is; a student's own array may be both.
            _overwrite(self._objects[number], fresh, owned=number % 2 == self._next % 2)
        else:
            array = fresh.copy(order="K")
            array.flags.writeable = not flags & READ_ONLY
            self._admit(number, array)
        self._know(number, (msgspec.msgpack.encode(content), data))
        if self._bytes > MAX_HEAP_BYTES:
            raise TooMuchError("expected less data")
        return raw[size:]

    def _container(self, number: int, tag: object) -> Any:
        kinds: dict[object, type] = {LIST: list, DICT: dict, SET: set}
        _check(type(tag) is int and tag in kinds, "a known kind of shared object")
        if number not in self._objects:
            self._admit(number, kinds[tag]())
        container = self._objects[number]
        _check(isinstance(container, kinds[tag]), "a shared object that keeps its kind")
        return container

    def _admit(self, number: int, shared: Any) -> None:
        # The other side numbers its own objects: even in the judge, odd in the worker.
        _check(number % 2 != self._next % 2, "a shared object numbered by its owner")
        _check(len(self._objects) < MAX_SHARED, "a bounded number of shared objects")
        self._keep(number, shared)

    def _fill(self, container: Any, items: object) -> None:
        _check(type(items) is list, "the items of a shared object")
        assert isinstance(items, list)
        if isinstance(container, list):
            list.__setitem__(container, slice(None), [self.decode(item, 1) for item in items])
            return
        if isinstance(container, set):
            fresh = _keys(self.decode(item, 1) for item in items)
            set.clear(container)
            set.update(container, fresh)
            return
        _check(len(items) % 2 == 0, "pairs of keys and values")
        decoded = [self.decode(item, 1) for item in items]
        keys = _keys(decoded[::2])
        dict.clear(container)
        dict.update(container, zip(keys, decoded[1::2], strict=True))

    def decode(self, wire: Wire, depth: int = 0) -> Any:
        """The value on the wire.  Raises ProtocolError for anything that is none."""
        if wire is None or type(wire) in (bool, int, float, str, bytes):
            return wire
        _check(type(wire) is list and len(wire) >= 2 and type(wire[0]) is int, "a value")
        _check(depth <= MAX_DEPTH, "a value that is not nested too deeply")
        tag, *rest = wire
        if depth == 0 and tag in (TUPLE, FROZENSET) and type(rest[0]) is list:
            self._check_expanded(rest[0])
        if tag == SHARED and len(rest) == 1:
            _check(type(rest[0]) is int and rest[0] in self._objects, "a known shared object")
            self._settled.discard(rest[0])
            return self._objects[rest[0]]
        if tag in (TUPLE, FROZENSET) and len(rest) == 1 and type(rest[0]) is list:
            items = [self.decode(item, depth + 1) for item in rest[0]]
            return tuple(items) if tag == TUPLE else frozenset(_keys(items))
        if tag == HANDLE and len(rest) == 2 and type(rest[0]) is int and type(rest[1]) is str:
            return self._resolve(rest[0], rest[1])
        return _decode_atom(tag, rest)

    def _check_expanded(self, items: list[Any]) -> None:
        size, inside = held = _measure(items)
        if any(number in self._held for number in inside):
            self._held[-1] = held
            endless = self._is_endless()
            del self._held[-1]
        else:
            endless = size + sum(map(self._size, inside)) > MAX_EXPANDED
        if endless:
            raise TooMuchError("expected a tuple of bounded size")

    # -- the life of shared objects ----------------------------------------

    def unreferenced(self) -> list[int]:
        """Numbers of objects that nobody on this side but the heap holds any more.

        A view of an array holds it, a list holds its items; so an object that is
        listed cannot be reached by anyone here.  (Counts references: CPython.)
        """
        return [number for number in self._objects if self._unreferenced(number)]

    def _unreferenced(self, number: int) -> bool:
        # Two references: the dictionary's, and getrefcount's own argument.
        return sys.getrefcount(self._objects[number]) <= 2

    def unsent(self) -> list[int]:
        """Numbers of objects whose content was never sent or received."""
        return [number for number in self._objects if number not in self._known]

    def forget(self, numbers: Iterable[int]) -> None:
        """Drop shared objects; unknown numbers are passed over."""
        for number in numbers:
            shared = self._objects.pop(number, None)
            if shared is not None:
                del self._numbers[id(shared)]
                self._bytes -= _cost(self._known.pop(number, None))
                self._held.pop(number, None)
                self._settled.discard(number)


def _is_of_a_class_of_its_own(value: Any) -> bool:
    """Whether this is a container whose class a notebook defines: it is more than its items."""
    if not isinstance(value, list | tuple | dict | set | frozenset):
        return False
    kind = type(value)
    return kind.__module__ == "__main__" and not hasattr(kind, "_fields")


def _decode_atom(tag: int, rest: list[Any]) -> Any:
    if tag == BIG_INT and len(rest) == 1 and type(rest[0]) is bytes:
        _check(len(rest[0]) <= MAX_INT_BYTES, "an int of bounded size")
        return int.from_bytes(rest[0], "little", signed=True)
    if tag == COMPLEX and len(rest) == 2 and all(type(part) is float for part in rest):
        return complex(rest[0], rest[1])
    if tag == SCALAR and len(rest) == 2 and type(rest[1]) is bytes:
        dtype = _dtype(rest[0])
        _check(len(rest[1]) == dtype.itemsize, "a scalar's bytes")
        _check_bytes(dtype, rest[1])
        return np.frombuffer(rest[1], dtype=dtype).reshape(())[()]
    if tag == TEXT and len(rest) == 1 and type(rest[0]) is bytes:
        try:
            return rest[0].decode("utf-8", "surrogatepass")
        except UnicodeDecodeError as error:
            raise ProtocolError("expected text") from error
    raise ProtocolError("expected a value of a known kind")


def _big_int(value: int) -> Wire:
    size = value.bit_length() // 8 + 1
    if size > MAX_INT_BYTES:
        raise ValueError(f"an int of more than {MAX_INT_BYTES} bytes cannot be sent")
    return [BIG_INT, value.to_bytes(size, "little", signed=True)]


def _text(value: str) -> Wire:
    try:
        value.encode()
    except UnicodeEncodeError:
        return [TEXT, value.encode("utf-8", "surrogatepass")]
    return value


def _array_content(array: np.ndarray[Any, np.dtype[Any]]) -> Content:
    if array.nbytes > MAX_ARRAY_BYTES:
        raise ValueError("too much data to send in one call")
    native = array.dtype.newbyteorder("=")
    if native != array.dtype:
        array = array.astype(native)
    fortran = array.flags.f_contiguous and not array.flags.c_contiguous
    flags = (FORTRAN if fortran else 0) | (0 if array.flags.writeable else READ_ONLY)
    data = array.tobytes(order="F" if fortran else "C")
    return [ARRAY, native.str, list(array.shape), flags], data


def _array_header(content: list[Any]) -> tuple[np.dtype[Any], tuple[int, ...], int, int]:
    _check(len(content) == 4 and content[0] == ARRAY, "an array")
    dtype = _dtype(content[1])
    shape, flags = content[2], content[3]
    _check(type(shape) is list and len(shape) <= 32, "an array's shape")
    _check(all(type(n) is int and 0 <= n < 1 << 32 for n in shape), "an array's shape")
    _check(type(flags) is int and 0 <= flags < 4, "an array's flags")
    size = dtype.itemsize
    for n in shape:
        size *= n
    # A hole of zero length must not hide lengths that NumPy cannot multiply.
    _check(_product(shape) * max(1, dtype.itemsize) < 1 << 40, "an array of bounded size")
    return dtype, tuple(shape), flags, size


def _product(shape: list[int]) -> int:
    total = 1
    for n in shape:
        total *= max(n, 1)
    return total


def _dtype(name: object) -> np.dtype[Any]:
    if type(name) is not str:
        raise ProtocolError("expected a dtype")
    return _dtype_named(name)


@functools.lru_cache(maxsize=256)
def _dtype_named(name: str) -> np.dtype[Any]:
    _check(2 <= len(name) <= 12, "a dtype")
    order, kind, digits = name[0], name[1:2], name[2:]
    _check(order in "<>|=" and digits.isascii() and digits.isdigit(), "a dtype")
    size = int(digits)
    if kind == "U":
        _check(0 <= size <= 1 << 20, "a dtype of bounded size")
    else:
        _check(size in _ITEM_SIZES.get(kind, ()), "a dtype that travels by value")
    dtype = np.dtype(name)
    _check(dtype.isnative, "a dtype in this machine's byte order")
    return dtype


def _check_bytes(dtype: np.dtype[Any], data: bytes) -> None:
    """Refuse bytes that are no value of the dtype: NumPy would not notice."""
    if dtype.kind == "b" and data:
        _check(max(data) <= 1, "bools of 0 and 1")
    elif dtype.kind == "U" and data:
        points = np.frombuffer(data, dtype=np.uint32)
        _check(int(points.max()) <= 0x10FFFF, "text in Unicode")


def _overwrite(array: Any, fresh: np.ndarray[Any, np.dtype[Any]], *, owned: bool) -> None:
    """Make ``array`` equal to ``fresh`` without making it another object.

    Its memory stays where it is: this side may hold views of it.
    """
    _check(type(array) is np.ndarray, "a shared object that keeps its kind")
    _check(array.dtype.newbyteorder("=") == fresh.dtype, "an array that keeps its dtype")
    _check(array.size == fresh.size, "an array that keeps its size")
    writeable = array.flags.writeable
    _check(writeable or not owned, "a read-only array that keeps its contents")
    try:
        array.flags.writeable = True
        if array.shape != fresh.shape:
            array.resize(fresh.shape, refcheck=False)
        array[...] = fresh
        array.flags.writeable = writeable
    except ValueError as error:
        raise ProtocolError("expected an array that can be changed in place") from error


def _measure(items: object) -> tuple[int, list[int]]:
    """Items of a container on the wire, those of tuples too, and the shared objects in it."""
    size, inside = 0, []
    waiting = [items]
    while waiting:
        part = waiting.pop()
        if type(part) is not list:
            continue
        size += len(part)
        for item in part:
            if type(item) is list and len(item) >= 2:
                if item[0] == SHARED:
                    inside.append(item[1])
                elif item[0] in (TUPLE, FROZENSET):
                    waiting.append(item[1])
            elif type(item) in (str, bytes):
                size += len(item) // 8
    return size, [number for number in inside if type(number) is int]


def _cost(key: tuple[bytes, bytes] | None) -> int:
    """Roughly what a content takes in memory: the object, and the bytes it is known by."""
    return 0 if key is None else 32 * len(key[0]) + 2 * len(key[1])


def _keys(values: Iterable[Any]) -> list[Any]:
    """Keys of a dict or items of a set, which can be hashed and found in short time."""
    keys = list(values)
    try:
        different = len({hash(key) for key in keys})
    except TypeError as error:
        raise ProtocolError("expected a key that can be hashed") from error
    _check(len(keys) - different <= MAX_COLLISIONS, "keys that can be told apart")
    return keys


def _pair(entry: object) -> Iterator[Any]:
    _check(type(entry) is list and len(entry) == 2, "a pair")
    assert isinstance(entry, list)
    return iter(entry)


def _check(holds: bool, expected: str) -> None:
    if not holds:
        raise ProtocolError(f"expected {expected}")
