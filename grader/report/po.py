"""Reads catalogues of translations (.po) with Python alone: translated pages need no package."""

from __future__ import annotations

import ast
import gettext
import io
import re
import struct
from collections.abc import Iterator

_FIELD = re.compile(r'(msgctxt|msgid_plural|msgid|msgstr(?:\[\d+\])?)\s*(".*")')
_MAGIC = 0x950412DE
_CHARSET = re.compile(r"^Content-Type:.*\n?", re.M | re.I)


def read_po(text: str) -> gettext.GNUTranslations:
    """Return the translations of a catalogue, without those that are empty or marked fuzzy."""
    texts = dict(_messages(text))
    # The header may name the encoding of the file; here the texts are encoded in UTF-8.
    texts[""] = _CHARSET.sub("", texts.get("", "")) + "Content-Type: text/plain; charset=utf-8\n"
    return gettext.GNUTranslations(io.BytesIO(_compiled(texts)))


def _messages(text: str) -> Iterator[tuple[str, str]]:
    """Yield texts and their translations; zero bytes separate the forms of a plural."""
    for entry in _entries(text):
        forms = [value for field, value in entry.items() if field.startswith("msgstr")]
        said, plural = entry.get("msgid", ""), entry.get("msgid_plural")
        if "fuzzy" in entry or not any(forms):
            continue
        if plural is not None:
            filled = (form or (said if n == 0 else plural) for n, form in enumerate(forms))
            said, forms = f"{said}\0{plural}", ["\0".join(filled)]
        if "msgctxt" in entry:
            said = f"{entry['msgctxt']}\x04{said}"
        yield said, forms[0]


def _entries(text: str) -> Iterator[dict[str, str]]:
    """Yield the fields of each entry, and ``fuzzy`` where it is marked so."""
    entry: dict[str, str] = {}
    field = ""
    for line in map(str.strip, text.splitlines()):
        found = _FIELD.fullmatch(line)
        begins = found is None and line.startswith("#")
        begins |= found is not None and found[1] in ("msgctxt", "msgid")
        if begins and field.startswith("msgstr"):
            yield entry
            entry, field = {}, ""
        if found is not None:
            field = found[1]
            entry[field] = ast.literal_eval(found[2])
        elif line.startswith("#,") and "fuzzy" in line:
            entry["fuzzy"] = ""
        elif line.startswith('"') and field:
            entry[field] += ast.literal_eval(line)
    if field.startswith("msgstr"):
        yield entry


def _compiled(texts: dict[str, str]) -> bytes:
    """Return the catalogue in the format .mo, which :mod:`gettext` reads."""
    pairs = sorted((key.encode(), value.encode()) for key, value in texts.items())
    strings = [key for key, _ in pairs] + [value for _, value in pairs]
    tables = 7 * 4
    place = tables + 8 * len(strings)
    index, data = b"", b""
    for string in strings:
        index += struct.pack("<II", len(string), place + len(data))
        data += string + b"\0"
    head = struct.pack("<7I", _MAGIC, 0, len(pairs), tables, tables + 8 * len(pairs), 0, place)
    return head + index + data
