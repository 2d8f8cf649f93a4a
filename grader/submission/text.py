"""Decodes bytes of unknown encoding, and cleans code so that it can run.

The decoders return some text for any bytes; notes say what was guessed or mended.
"""

from __future__ import annotations

import codecs
import re
from contextlib import suppress

from grader.bounds import SNIFFED_ENCODING_BYTES
from grader.words import Words, say

# The longer marks first: UTF-32's little-endian one begins with UTF-16's.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Only encodings of text: Python has other codecs as well.
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
    """Return ``data`` in UTF-8 if it is marked as, or looks like, UTF-16 or UTF-32; and notes."""
    if data.startswith(codecs.BOM_UTF8):
        return data[3:], (BOM_NOTE,)
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _recoded(data, encoding)
    head = data[:SNIFFED_ENCODING_BYTES]
    if len(head) > 1 and b"\0" in head:
        # Nearly all code is ASCII, so every other byte of UTF-16 is zero.
        for first, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
            half = head[first::2]
            if half.count(0) * 10 > len(half) * 8 and head[1 - first] != 0:
                return _recoded(data, encoding)
    return data, ()


def _recoded(data: bytes, encoding: str) -> tuple[bytes, tuple[Words, ...]]:
    text = data.decode(encoding, "replace")
    return text.encode("utf-8", "replace"), (_encoded(encoding[:6].upper()),)


def _encoded(encoding: str) -> Words:
    return say("The file is in {encoding}; read as such.", encoding=encoding)


def decode(data: bytes) -> tuple[str, tuple[Words, ...]]:
    """Return ``data`` as text, and notes.

    It is decoded as UTF-8, else as its first lines say, else as Latin-1.
    """
    data, notes = utf8(data)
    with suppress(UnicodeDecodeError):
        return data.decode("utf-8"), notes
    if cookie := _COOKIE.match(data):
        name = cookie[1].decode("ascii", "replace")
        with suppress(LookupError, UnicodeError):
            return data.decode(name), (*notes, _encoded(name))
    return latin(data), (*notes, LATIN_NOTE)


def latin(data: bytes) -> str:
    """Return ``data`` decoded as Windows-1252, or else as Latin-1, which never fails."""
    with suppress(UnicodeDecodeError):
        return data.decode("cp1252")
    return data.decode("latin-1")


def tidy(code: str) -> tuple[str, tuple[Words, ...]]:
    """Return ``code`` with plain line ends and only characters that source can hold; and notes."""
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
