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
                if self._unreferenced(number):
                    self._settled.add(number)  # from now on nobody here can change it
            # Encoding a list may have numbered what it holds.
            if len(self._objects) > len(numbers):
                numbers.extend(list(self._objects)[len(numbers) :])
        self._known.update(fresh)
        return contents, raw

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
        for container, number, content in fill:
            self._fill(container, content[1])
            self._known[number] = (msgspec.msgpack.encode(content), b"")

    def _receive_array(self, number: int, content: list[Any], raw: memoryview) -> memoryview:
        dtype, shape, flags, size = _array_header(content)
        _check(len(raw) >= size, "an array's bytes")
        data = bytes(raw[:size])
        _check_bytes(dtype, data)
        fresh = np.frombuffer(data, dtype=dtype).reshape(
            shape, order="F" if flags & FORTRAN else "C"
        )
        if number in self._objects:
            _overwrite(self._objects[number], fresh)
        else:
            array = fresh.copy(order="K")
            array.flags.writeable = not flags & READ_ONLY
            self._admit(number, array)
        self._known[number] = (msgspec.msgpack.encode(content), data)
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
            list.__setitem__(container, slice(None), [self.decode(item) for item in items])
            return
        if isinstance(container, set):
            fresh = [_hashable(self.decode(item)) for item in items]
            set.clear(container)
            set.update(container, fresh)
            return
        _check(len(items) % 2 == 0, "pairs of keys and values")
        decoded = [self.decode(item) for item in items]
        pairs = [(_hashable(key), decoded[2 * i + 1]) for i, key in enumerate(decoded[::2])]
        dict.clear(container)
        dict.update(container, pairs)

    def decode(self, wire: Wire, depth: int = 0) -> Any:
        """The value on the wire.  Raises ProtocolError for anything that is none."""
        if wire is None or type(wire) in (bool, int, float, str, bytes):
            return wire
        _check(type(wire) is list and len(wire) >= 2 and type(wire[0]) is int, "a value")
        _check(depth <= MAX_DEPTH, "a value that is not nested too deeply")
        tag, *rest = wire
        if tag == SHARED and len(rest) == 1:
            _check(type(rest[0]) is int and rest[0] in self._objects, "a known shared object")
            self._settled.discard(rest[0])
            return self._objects[rest[0]]
        if tag in (TUPLE, FROZENSET) and len(rest) == 1 and type(rest[0]) is list:
            items = [self.decode(item, depth + 1) for item in rest[0]]
            return tuple(items) if tag == TUPLE else frozenset(_hashable(item) for item in items)
        if tag == HANDLE and len(rest) == 2 and type(rest[0]) is int and type(rest[1]) is str:
            return self._resolve(rest[0], rest[1])
        return _decode_atom(tag, rest)

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
                self._known.pop(number, None)
                self._settled.discard(number)


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


def _overwrite(array: Any, fresh: np.ndarray[Any, np.dtype[Any]]) -> None:
    """Make ``array`` equal to ``fresh`` without making it another object."""
    _check(type(array) is np.ndarray, "a shared object that keeps its kind")
    _check(array.dtype.newbyteorder("=") == fresh.dtype, "an array that keeps its dtype")
    writeable = array.flags.writeable
    try:
        array.flags.writeable = True
        if array.shape != fresh.shape:
            array.resize(fresh.shape, refcheck=False)
        array[...] = fresh
        array.flags.writeable = writeable
    except ValueError as error:
        raise ProtocolError("expected an array that can be changed in place") from error


def _hashable(value: Any) -> Any:
    try:
        hash(value)
    except TypeError as error:
        raise ProtocolError("expected a key that can be hashed") from error
    return value


def _pair(entry: object) -> Iterator[Any]:
    _check(type(entry) is list and len(entry) == 2, "a pair")
    assert isinstance(entry, list)
    return iter(entry)


def _check(holds: bool, expected: str) -> None:
    if not holds:
        raise ProtocolError(f"expected {expected}")
