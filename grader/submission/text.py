"""Text from bytes whose encoding nobody wrote down, and code made fit to run.

Every decoder here answers any bytes with some text; what had to be guessed or
mended is said in a note.
"""

from __future__ import annotations

import codecs
import re

from grader.bounds import SNIFFED_ENCODING_BYTES
from grader.words import Words, say

# The longer marks first: UTF-32's little-endian one begins with UTF-16's.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Only encodings of text: Python also knows codecs for other ends.
_COOKIE = re.compile(
    rb"\A(?:[^\n]*\n)?[ \t\f]*#[^\n]*?coding[:=][ \t]*"
    rb"((?:utf|latin|iso|cp|windows|shift|s?jis|euc|gb|big5|koi8|mac)[-\w]{1,30})",
    re.IGNORECASE,
)
_SURROGATE = re.compile("[\ud800-\udfff]")

BOM_NOTE = say("The file begins with a byte order mark; read without it.")
LATIN_NOTE = say("The file is not in UTF-8; read as Latin-1.")
LINES_NOTE = say("Lines end as on Windows or old Macs (CR); read as usual.")
MENDED_NOTE = say("Characters that no text can hold were replaced in the code.")


def utf8(data: bytes) -> tuple[bytes, tuple[Words, ...]]:
    """``data`` in UTF-8 where it is marked as, or looks like, another Unicode encoding."""
    if data.startswith(codecs.BOM_UTF8):
        return data[3:], (BOM_NOTE,)
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _recoded(data, encoding)
    head = data[:SNIFFED_ENCODING_BYTES]
    if len(head) > 1 and b"\0" in head:
        # Nearly all code is ASCII, so one half of UTF-16's bytes is zero.
        for first, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
            half = head[first::2]
            if half.count(0) * 10 > len(half) * 8 and head[1 - first] != 0:
                return _recoded(data, encoding)
    return data, ()


def _recoded(data: bytes, encoding: str) -> tuple[bytes, tuple[Words, ...]]:
    text = data.decode(encoding, "replace")
    return text.encode("utf-8", "replace"), (
        say("The file is in {encoding}; read as such.", encoding=encoding[:6].upper()),
    )


def decode(data: bytes) -> tuple[str, tuple[Words, ...]]:
    """``data`` as text: UTF-8, else the encoding that its first lines name, else Latin-1."""
    data, notes = utf8(data)
    try:
        return data.decode("utf-8"), notes
    except UnicodeDecodeError:
        pass
    if cookie := _COOKIE.match(data):
        name = cookie[1].decode("ascii", "replace")
        try:
            return data.decode(name), (
                *notes,
                say("The file is in {encoding}; read as such.", encoding=name),
            )
        except (LookupError, UnicodeError):
            pass
    return latin(data), (*notes, LATIN_NOTE)


def latin(data: bytes) -> str:
    """``data`` as Western European Windows writes it, or else as Latin-1: never fails."""
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def tidy(code: str) -> tuple[str, tuple[Words, ...]]:
    """``code`` with plain line ends and no character that Python's source cannot hold."""
    notes: tuple[Words, ...] = ()
    if "\r" in code:
        code = code.replace("\r\n", "\n").replace("\r", "\n")
        notes = (LINES_NOTE,)
    if not code.isascii() and _SURROGATE.search(code):
        code = _SURROGATE.sub("\ufffd", code)
        notes = (*notes, MENDED_NOTE)
    if "\0" in code:
        code = code.replace("\0", "")
        notes = (*notes, MENDED_NOTE)
    return code, notes
