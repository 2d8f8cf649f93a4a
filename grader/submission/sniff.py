"""Guesses from bytes: the kind of a file, whatever its ending; and whether code is Python."""

from __future__ import annotations

import re
from collections.abc import Iterable

from grader.bounds import SNIFFED_BINARY_BYTES, SNIFFED_BYTES, SNIFFED_CODE_BYTES
from grader.words import Words, say

_MAGIC = (
    (b"%PDF", say("a PDF document")),
    (b"PK\x03\x04", say("a zip archive")),
    (b"PK\x05\x06", say("an empty zip archive")),
    (b"\x1f\x8b", say("a gzip archive")),
    (b"Rar!", say("a RAR archive")),
    (b"7z\xbc\xaf", say("a 7z archive")),
    (b"\x89PNG", say("a picture")),
    (b"\xff\xd8\xff", say("a picture")),
    (b"GIF8", say("a picture")),
    (b"\xd0\xcf\x11\xe0", say("an old Office document")),
    (b"{\\rtf", say("an RTF document")),
    (b"\x7fELF", say("a program")),
    (b"MZ\x90", say("a program")),
    (b"version https://git-lfs", say("a Git LFS pointer")),
)
_HTML = re.compile(
    rb"\s*(?:<!--.{0,500}?-->\s*)?<(?:!doctype\s+html|html|head|body)\b", re.I | re.S
)
_PYTHON = re.compile(
    r"^[ \t]*(?:(?:async[ \t]+def|def|class)[ \t]+\w[^\n]*:"
    r"|import[ \t]+\w+|from[ \t]+[\w.]+[ \t]+import\b|(?:if|for|while)\b[^\n{]*:[ \t]*$)",
    re.M,
)
_OTHER = re.compile(
    r"<-|\bfunction\b|\blibrary\(|^[ \t]*(?:using|end|let|var|const|val|fi|done|echo)\b"
    r"|^[ \t]*#include|std::|;[ \t]*$|^[ \t]*[}{]|^[ \t]*(?:SELECT|INSERT|CREATE)\b",
    re.M,
)

_CONFLICT = re.compile(rb"^(?:<{7}|>{7}) ", re.M)


def special_kind(data: bytes) -> Words | None:
    """Return the kind of a file that is not text, or is a web page; None for other text."""
    if data.startswith(b"PK") and b"[Content_Types].xml" in data[:SNIFFED_BYTES]:
        return say("an Office document")
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            return kind
    if _HTML.match(data[:SNIFFED_BYTES]):
        return say("a web page (HTML)")
    head = data[:SNIFFED_BINARY_BYTES]
    if head.count(0) == len(head):
        return say("zeros only")
    return say("binary data") if b"\0" in head else None


def looks_like_json(data: bytes) -> bool:
    """Return whether ``data`` begins as JSON does, and holds no merge conflicts."""
    return (
        data.lstrip()[:1] in (b"{", b"[") and not _CONFLICT.search(data) and not special_kind(data)
    )


def looks_like(data: bytes) -> Words:
    """Return what ``data`` looks like, for a sentence: ``a PDF document``, ``JSON``, ``text``."""
    if not data:
        return say("an empty file")
    if kind := special_kind(data):
        return kind
    if _CONFLICT.search(data):
        return say("a file with unresolved merge conflicts")
    if looks_like_json(data):
        return say("JSON")
    head = data[:SNIFFED_CODE_BYTES].decode("utf-8", "replace")
    if head.lstrip().startswith("<"):
        return say("XML")
    return say("a Python script") if _PYTHON.search(head) else say("text")


def looks_like_python(cells: Iterable[str]) -> bool:
    """Return whether code in a notebook for another language is Python nevertheless.

    Signs of both are counted; code without any sign counts as Python, in the student's favour.
    Nothing is parsed: hostile code must not reach the judge's compiler.
    """
    code = "\n".join(cells)
    return len(_PYTHON.findall(code)) >= len(_OTHER.findall(code))
