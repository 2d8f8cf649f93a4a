"""Values on the wire: how each kind of plain value is written, and how it is checked when read.

A wire value is made of what msgpack knows (None, bool, 64-bit int, float, str,
bytes) and of short lists ``[tag, ...]`` for the rest.  Arrays, lists, dicts and
sets are *shared*: on the wire they are ``[SHARED, number]``, and their contents
travel beside, once, whenever they changed (``heap``); a list or dict that nobody
keeps who could change it or know it again goes as it is.  The contents of arrays follow
the message as raw bytes, so that the size of what has to be parsed stays small
whatever the arrays hold.

Here lives what needs no memory of earlier messages: tags, bounds, numbers, text,
arrays, keys.  Nothing here executes what it reads: any bytes give a value or a
ProtocolError.  Both sides use this module; it imports nothing of the project.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable
from typing import Any, Final

import numpy as np
from numpy import frombuffer, ndarray, uint8, uint32  # a notebook may overwrite numpy's own names

from .bounds import (
    KEPT_DTYPES,
    KEPT_HEADERS,
    MAX_ARRAY_BYTES,
    MAX_AXES,
    MAX_AXIS,
    MAX_CLAIMED_BYTES,
    MAX_COLLISIONS,
    MAX_DTYPE_CHARACTERS,
    MAX_DTYPE_LENGTH,
    MAX_INT_BYTES,
)

BIG_INT: Final = 0  # [BIG_INT, little-endian two's complement]
COMPLEX: Final = 1  # [COMPLEX, real, imaginary]
TUPLE: Final = 2  # [TUPLE, [item, ...]]
SCALAR: Final = 3  # [SCALAR, dtype, bytes]
SHARED: Final = 4  # [SHARED, number]
HANDLE: Final = 5  # [HANDLE, number, type name]
FROZENSET: Final = 6  # [FROZENSET, [item, ...]]
TEXT: Final = 7  # [TEXT, UTF-8 with lone surrogates]
OWN_LIST: Final = 8  # [OWN_LIST, [item, ...]], of a list that its sender does not keep
OWN_DICT: Final = 9  # [OWN_DICT, [key, value, key, value, ...]], of such a dict
#: What holds its items itself: [tag, [item, ...]]
HOLDING: Final = (TUPLE, FROZENSET, OWN_LIST, OWN_DICT)

ARRAY: Final = 0  # contents of a shared array: [ARRAY, dtype, shape, flags], bytes beside
LIST: Final = 1  # [LIST, [item, ...]]
DICT: Final = 2  # [DICT, [key, value, key, value, ...]]
SET: Final = 3  # [SET, [item, ...]]

FORTRAN: Final = 1
READ_ONLY: Final = 2
#: Of texts without any letter: NumPy itself gives most arrays of them this one, not <U0.
_EMPTY_TEXTS: Final = np.dtype("U1")
_F_CONTIGUOUS: Final = 2  # NumPy's own flags
_WRITEABLE: Final = 0x400

INT64 = range(-(1 << 63), 1 << 63)
_LENGTHS: Final = frozenset({int})
_ITEM_SIZES: Final = {
    "b": {1},
    "i": {1, 2, 4, 8},
    "u": {1, 2, 4, 8},
    "f": {2, 4, 8, np.dtype(np.longdouble).itemsize},
    "c": {8, 16, np.dtype(np.clongdouble).itemsize},
}

Wire = Any
ArrayHeader = tuple[np.dtype[Any], tuple[int, ...], int]  # dtype, shape and flags


class ProtocolError(Exception):
    """The other side sent something that is no message or no value."""


class TooMuchError(ProtocolError):
    """The other side sent more than this side is ready to hold."""


def by_value(dtype: np.dtype[Any]) -> bool:
    """Return whether arrays of this dtype travel by value."""
    return dtype.kind in "biufcU" and dtype.names is None and dtype.subdtype is None


def check(holds: bool, expected: str) -> None:
    """Raise ProtocolError unless what was ``expected`` is there."""
    if not holds:
        raise ProtocolError(f"expected {expected}")


def big_int(value: int) -> Wire:
    """Encode an int of more than 64 bits; raise ValueError if it is too long to send."""
    size = value.bit_length() // 8 + 1
    if size > MAX_INT_BYTES:
        raise ValueError(f"an int of more than {MAX_INT_BYTES} bytes cannot be sent")
    return [BIG_INT, value.to_bytes(size, "little", signed=True)]


def text(value: str) -> Wire:
    """Encode a str, which may hold lone surrogates."""
    if value.isascii():
        return value
    try:
        value.encode()
    except UnicodeEncodeError:
        return [TEXT, value.encode("utf-8", "surrogatepass")]
    return value


def are_floats(items: list[Any]) -> bool:
    """Return whether a list holds floats only, as rows of numbers do: these travel as they are."""
    return set(map(type, items)) == {float}


def decode_atom(tag: int, rest: list[Any]) -> Any:
    """Return the value of a tag that holds no other values."""
    if tag == BIG_INT and len(rest) == 1 and type(rest[0]) is bytes:
        check(len(rest[0]) <= MAX_INT_BYTES, "an int of bounded size")
        return int.from_bytes(rest[0], "little", signed=True)
    if tag == COMPLEX and len(rest) == 2 and all(type(part) is float for part in rest):
        return complex(rest[0], rest[1])
    if tag == SCALAR and len(rest) == 2 and type(rest[1]) is bytes:
        dtype = _dtype(rest[0])
        check(len(rest[1]) == dtype.itemsize, "a scalar's bytes")
        _check_bytes(dtype, rest[1])
        return frombuffer(rest[1], dtype=dtype).reshape(())[()]
    if tag == TEXT and len(rest) == 1 and type(rest[0]) is bytes:
        try:
            return rest[0].decode("utf-8", "surrogatepass")
        except UnicodeDecodeError as error:
            raise ProtocolError("expected text") from error
    raise ProtocolError("expected a value of a known kind")


def array_content(array: np.ndarray[Any, np.dtype[Any]]) -> tuple[ArrayHeader, bytes]:
    """Return header and bytes of an array; raise ValueError if it cannot be sent.

    Memory that was never filled holds anything: all but 0 is True, and no text may be there.
    """
    if array.nbytes > MAX_ARRAY_BYTES:
        raise ValueError("too much data to send in one call")
    dtype = array.dtype
    if not dtype.isnative or not dtype.itemsize:
        dtype = dtype.newbyteorder("=") if dtype.itemsize else _EMPTY_TEXTS
        array = array.astype(dtype)
    own = array.flags.num  # once: each flag by its name takes as long as the rest
    flags = 0 if own & _WRITEABLE else READ_ONLY
    if dtype.kind == "b":
        array = array.view(uint8) != 0
    elif dtype.kind == "U" and not _is_text(array.tobytes()):
        raise ValueError("an array of texts that was never filled cannot be sent")
    if own & 3 == _F_CONTIGUOUS:  # and not C-contiguous
        return (dtype, array.shape, flags | FORTRAN), array.tobytes("F")
    return (dtype, array.shape, flags), array.tobytes()


def read_array(
    content: list[Any], raw: memoryview, at: int
) -> tuple[np.ndarray[Any, Any], ArrayHeader, bytes]:
    """Return an array to be copied, its header and its bytes, which begin at ``at`` in ``raw``."""
    check(len(content) == 4 and content[0] == ARRAY, "an array")
    _, name, lengths, flags = content
    check(type(name) is str and type(flags) is int and type(lengths) is list, "an array")
    check(_LENGTHS.issuperset(map(type, lengths)), "an array's shape")
    dtype, shape, size = _layout(name, tuple(lengths), flags)
    data = bytes(raw[at : at + size])
    check(len(data) == size, "an array's bytes")
    if dtype.kind in "bU":
        _check_bytes(dtype, data)
    array = ndarray(shape, dtype, data, order="F" if flags & FORTRAN else "C")
    return array, (dtype, shape, flags), data


@functools.lru_cache(maxsize=KEPT_HEADERS)
def _layout(
    name: str, shape: tuple[int, ...], flags: int
) -> tuple[np.dtype[Any], tuple[int, ...], int]:
    """Return dtype, shape and size in bytes of an array with this header."""
    dtype = _dtype(name)
    check(len(shape) <= MAX_AXES and all(0 <= n < MAX_AXIS for n in shape), "an array's shape")
    check(0 <= flags < 4, "an array's flags")
    # A hole of zero length must not hide lengths that NumPy cannot multiply.
    whole = math.prod(max(n, 1) for n in shape)
    check(whole * dtype.itemsize < MAX_CLAIMED_BYTES, "an array of bounded size")
    return dtype, shape, dtype.itemsize * math.prod(shape)


def _dtype(name: object) -> np.dtype[Any]:
    if type(name) is not str:
        raise ProtocolError("expected a dtype")
    return _dtype_named(name)


@functools.lru_cache(maxsize=KEPT_DTYPES)
def _dtype_named(name: str) -> np.dtype[Any]:
    check(2 <= len(name) <= MAX_DTYPE_CHARACTERS, "a dtype")
    order, kind, digits = name[0], name[1:2], name[2:]
    check(order in "<>|=" and digits.isascii() and digits.isdigit(), "a dtype")
    size = int(digits)
    if kind == "U":
        # Any number of empty texts are no bytes, and each takes four as soon as it is copied.
        check(1 <= size <= MAX_DTYPE_LENGTH, "a dtype of bounded size")
    else:
        check(size in _ITEM_SIZES.get(kind, ()), "a dtype that travels by value")
    dtype = np.dtype(name)
    check(dtype.isnative, "a dtype in this machine's byte order")
    return dtype


def _check_bytes(dtype: np.dtype[Any], data: bytes) -> None:
    """Refuse bytes that are no value of the dtype: NumPy would not notice."""
    if dtype.kind == "b" and data:
        check(max(data) <= 1, "bools of 0 and 1")
    elif dtype.kind == "U":
        check(_is_text(data), "text in Unicode")


def _is_text(data: bytes) -> bool:
    return not data or int(frombuffer(data, dtype=uint32).max()) <= 0x10FFFF


def overwrite(array: Any, fresh: np.ndarray[Any, np.dtype[Any]], *, owned: bool) -> None:
    """Make ``array`` equal to ``fresh`` without making it another object.

    Its memory stays where it is: this side may hold views of it.
    """
    check(type(array) is ndarray, "a shared object that keeps its kind")
    check(array.dtype.newbyteorder("=") == fresh.dtype, "an array that keeps its dtype")
    check(array.size == fresh.size, "an array that keeps its size")
    writeable = array.flags.writeable
    check(writeable or not owned, "a read-only array that keeps its contents")
    try:
        array.flags.writeable = True
        if array.shape != fresh.shape:
            array.resize(fresh.shape, refcheck=False)
        array[...] = fresh
        array.flags.writeable = writeable
    except ValueError as error:
        raise ProtocolError("expected an array that can be changed in place") from error


def told_apart(values: Iterable[Any]) -> list[Any]:
    """Return the keys of a dict or items of a set, once they are known to hash well."""
    keys = list(values)
    try:
        different = len({hash(key) for key in keys})
    except TypeError as error:
        raise ProtocolError("expected a key that can be hashed") from error
    check(len(keys) - different <= MAX_COLLISIONS, "keys that can be told apart")
    return keys
