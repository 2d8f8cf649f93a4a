"""Reads tables that platforms and spreadsheets export, in any usual encoding and separator.

The encoding is UTF-8 with or without a mark, UTF-16, Shift_JIS (cp932) or Latin-1 (cp1252);
the separator a comma, semicolon, tab or bar.  A table that cannot be read without losing
somebody is refused with a sentence that names the line.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Final

from grader.bounds import HEAD_SAMPLE, MAX_TABLE_BYTES
from grader.errors import UsageError

_SEPARATORS: Final = (",", ";", "\t", "|")
_FOREIGN: Final = (
    (b"PK\x03\x04", "an Excel workbook"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"%PDF", "a PDF"),
)
_NAMES: Final = {"utf-8-sig": "UTF-8", "utf-16": "UTF-16", "utf-16-le": "UTF-16",
                 "utf-16-be": "UTF-16", "cp932": "Shift_JIS", "cp1252": "cp1252",
                 "latin-1": "Latin-1"}  # fmt: skip
#: Excel keeps leading zeros of a number as the formula ="0012".
_KEPT_ZEROS: Final = re.compile(r'="([\w.@ -]*)"')


@dataclass(frozen=True, slots=True)
class Table:
    """A table: ``rows`` have as many cells as ``head``; ``lines`` are the lines they begin in.

    ``name`` is the file's, ``encoding`` the name of the encoding that it was read in.
    """

    name: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]
    encoding: str = "UTF-8"


def read_table(path: Path, known: Callable[[Sequence[str]], int]) -> Table:
    """Return the table in the file ``path``.

    ``known`` counts the columns that a row names, if it is a line of headings.  Raises
    UsageError, one sentence, where the file cannot be read.
    """
    text, encoding = _text(path)
    first, _, rest = text.partition("\n")
    separators: Sequence[str] = _SEPARATORS
    skipped = 0
    if said := re.fullmatch(r"sep=(.)\s*", first):
        text, separators, skipped = rest, said[1], 1
    parsed = [_parsed(text, separator) for separator in separators]
    found = [(*_head(rows, known), rows, error) for rows, error in parsed]
    count, place, rows, error = max(found, key=lambda each: each[0])
    if not count:
        raise UsageError(
            f"{path} has no line of headings that names the students' columns: "
            "give it one, such as name,id,email."
        )
    if error is not None:
        raise UsageError(f"{path}, {error}.")
    return _made(path, rows[place:], encoding, skipped)


def _made(path: Path, rows: Sequence[tuple[int, list[str]]], encoding: str, skipped: int) -> Table:
    head = tuple(cell.strip() for cell in rows[0][1])
    filled, lines = [], []
    for line, row in rows[1:]:
        if any(cell.strip() for cell in row[len(head) :]):
            raise UsageError(
                f"{path}, line {line + skipped}: there are {len(row)} cells and {len(head)} "
                'headings; a cell that holds the separator needs quotes, "Doe, Jane".'
            )
        cells = [*row[: len(head)], *[""] * (len(head) - len(row))]
        filled.append(tuple(map(_plain, cells)))
        lines.append(line + skipped)
    return Table(path.name, head, tuple(filled), tuple(lines), encoding)


def _plain(cell: str) -> str:
    kept = _KEPT_ZEROS.fullmatch(cell.strip())
    return kept[1] if kept else cell


def _head(
    rows: Sequence[tuple[int, list[str]]], known: Callable[[Sequence[str]], int]
) -> tuple[int, int]:
    """Return how many columns the best of the first rows names, and the index of that row."""
    counts = [known(row) for _, row in rows[:HEAD_SAMPLE]]
    count = max(counts, default=0)
    return count, counts.index(count) if counts else 0


def _parsed(text: str, separator: str) -> tuple[list[tuple[int, list[str]]], str | None]:
    """Return the rows that are not empty, each with its first line; and the error, if any."""
    rows: list[tuple[int, list[str]]] = []
    # Strict: otherwise a quote that is never closed swallows all rows that follow.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    line = 1
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                rows.append((line, row))
            line = reader.line_num + 1
    except csv.Error as error:
        return rows, f'line {line}: the quotes are not in pairs ({error}); write " as ""'
    return rows, None


def _text(path: Path) -> tuple[str, str]:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}): check the path.") from error
    for start, kind in _FOREIGN:
        if data.startswith(start):
            raise UsageError(f"{path} is {kind}: save it as CSV (UTF-8), and give that.")
    if len(data) > MAX_TABLE_BYTES:
        raise UsageError(
            f"{path} is larger than {MAX_TABLE_BYTES >> 20} MiB: is it the right file?"
        )
    for encoding in _encodings(data):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding == "cp932" and not _is_japanese(text):
            continue
        if not text.strip():
            break
        return text.replace("\0", ""), _NAMES[encoding]
    raise UsageError(f"{path} is empty: export it again.")


def _encodings(data: bytes) -> Iterator[str]:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        yield "utf-16"
    if b"\0" in data and not data.startswith(codecs.BOM_UTF8):
        yield "utf-16-le" if data[1:2] == b"\0" else "utf-16-be"
    yield from ("utf-8-sig", "cp932", "cp1252", "latin-1")  # the first with a mark or without


def _is_japanese(text: str) -> bool:
    """Return whether characters beyond ASCII come in runs, as Japanese does, unlike accents."""
    runs = [len(list(run)) for foreign, run in groupby(text, lambda c: c > "\x7f") if foreign]
    return sum(run for run in runs if run > 1) > sum(run for run in runs if run == 1)
