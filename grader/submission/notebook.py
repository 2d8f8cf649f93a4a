"""Notebooks: the code cells of whatever JSON a student's tools have written.

The fast way decodes only the type and source of each cell, so that megabytes of stored pictures
cost next to nothing.  What it cannot read (odd types, the old format 3, JSON that only lenient
parsers accept) is read by a slow, forgiving one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from grader.bounds import (
    COUNT_FROM_BYTES,
    MAX_CELLS,
    MAX_CODE_BYTES,
    MAX_LANGUAGE_CHARACTERS,
    MAX_PROSE_BYTES,
    MAX_VALUES,
    MAX_VERSION_CHARACTERS,
)
from grader.words import Words, distinct, say

from . import text
from .naming import printable
from .sniff import looks_like, looks_like_json, looks_like_python

DEFINITION = re.compile(rb"(?:def|class)[ \t]+\w")  # no \b: JSON's "\n" may stand before it

# Kernels of other languages that some tools name without their language.
_FOREIGN = frozenset({"ir", "xr", "julia", "javascript", "deno", "bash", "octave", "scala", "ruby"})

_EMPTY = msgspec.Raw(b"")
_CODE = b'"code"'
_MALFORMED = (msgspec.DecodeError, RecursionError, UnicodeDecodeError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """A file's code cells in order, or the ``problem`` (a clause) why there are none.

    ``prose`` holds (kind, source) of other cells with what looks like a definition.  ``python``
    is the version that a notebook says it was written with, if any.
    """

    cells: tuple[str, ...] = ()
    prose: tuple[tuple[str, str], ...] = ()
    notes: tuple[Words, ...] = ()
    problem: Words | None = None
    python: str = ""


class _Cell(msgspec.Struct, gc=False):
    cell_type: msgspec.Raw = _EMPTY
    source: msgspec.Raw = _EMPTY


class _Notebook(msgspec.Struct, gc=False):
    cells: list[_Cell] | msgspec.UnsetType = msgspec.UNSET
    metadata: msgspec.Raw = _EMPTY


class _Metadata(msgspec.Struct, gc=False):
    kernelspec: Any = None
    language_info: Any = None


_NOTEBOOK = msgspec.json.Decoder(_Notebook)
_METADATA = msgspec.json.Decoder(_Metadata)
_SOURCE = msgspec.json.Decoder(str | list[str])


def read_notebook(data: bytes) -> Code:
    """Return the code cells of a notebook's bytes; any bytes give a :class:`Code`."""
    data, notes = text.utf8(data)
    if not data or data.isspace():
        return Code(problem=say("is empty: hand it in again"))
    if len(data) > COUNT_FROM_BYTES and data.count(b"{") + data.count(b"[") > MAX_VALUES:
        return Code(
            problem=say("holds too many values: clear the notebook's outputs, hand it in again")
        )
    fast = _Notebook()
    with suppress(*_MALFORMED):
        fast = _NOTEBOOK.decode(data)
    if fast.cells is msgspec.UNSET:
        return _slow(data, notes)
    sources = [cell.source for cell in fast.cells if bytes(cell.cell_type) == _CODE]
    if not fast.cells or not all(map(bytes, sources)):  # half of it may be in the old format
        return _slow(data, notes)
    if sum(len(bytes(source)) for source in sources) > MAX_CODE_BYTES:
        return _too_much()
    extra = list(notes)
    found = [_decoded(source, extra) for source in sources]
    kernel, info = _metadata(fast.metadata)
    code = _finish(found, _languages(kernel, info), extra)
    version = _part(info, "version")
    return replace(
        code,
        prose=_prose(fast.cells),
        python=version[:MAX_VERSION_CHARACTERS] if isinstance(version, str) else "",
    )


def _prose(cells: list[_Cell]) -> tuple[tuple[str, str], ...]:
    """Return the cells that are not code but seem to define something, which may be asked for."""
    found = []
    left = MAX_PROSE_BYTES
    for cell in cells:
        kind, source = bytes(cell.cell_type), bytes(cell.source)
        if kind != _CODE and len(source) <= left and DEFINITION.search(source):
            left -= len(source)
            plain, _ = text.tidy(_joined(_decoded(cell.source, []), []))
            found.append(("raw" if kind == b'"raw"' else "markdown", plain))
    return tuple(found)


def bare(cells: Iterable[str]) -> bytes:
    """Return the JSON of a notebook with these code cells and nothing else."""
    rest: dict[str, object] = {"metadata": {}, "outputs": [], "execution_count": None}
    made = [{"cell_type": "code", "source": cell, **rest} for cell in cells]
    return json.dumps({"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}).encode()


def _decoded(source: msgspec.Raw, notes: list[Words]) -> object:
    """Return a cell's source: text, or whatever else is there."""
    with suppress(*_MALFORMED):
        return _SOURCE.decode(source)
    raw = bytes(source)
    try:
        plain = raw.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        plain = text.latin(raw)
        notes.append(text.LATIN_NOTE)
    return _lenient(plain)[0]


def _lenient(plain: str) -> tuple[object, Words | None]:
    """Return the value of ``plain`` as Python's parser reads JSON, and why it cannot be read."""
    if len(plain) > COUNT_FROM_BYTES and plain.count(",") > 3 * MAX_VALUES:
        return None, say("holds too many values")
    try:
        # As float: int fails for a number of many digits, and no number matters here.
        return json.loads(plain, strict=False, parse_int=float), None
    except RecursionError:
        return None, say("is nested too deeply")
    except ValueError as error:
        cut_off = getattr(error, "pos", 0) >= len(plain.rstrip()) - 1
        return None, say("breaks off in the middle") if cut_off else say("is broken")


def _slow(data: bytes, notes: tuple[Words, ...]) -> Code:
    """Read what the fast way cannot: odd types, format 3, invalid JSON."""
    try:
        plain = data.decode("utf-8")
    except UnicodeDecodeError:
        plain = text.latin(data)
        notes = (*notes, text.LATIN_NOTE)
    document, why = _lenient(plain)
    if why:
        if looks_like_json(data):
            return Code(
                problem=say("is no whole notebook, its JSON {why}: hand it in again", why=why)
            )
        return Code(
            problem=say(
                "is not a notebook but looks like {kind}: hand in the .ipynb itself",
                kind=looks_like(data),
            )
        )
    if not isinstance(document, dict):
        return Code(problem=say("is JSON but not a notebook: hand in the .ipynb itself"))
    cells = document.get("cells")
    extra = list(notes)
    is_old = not (isinstance(cells, list) and cells)
    if is_old and isinstance(sheets := document.get("worksheets"), list):
        cells = list(_sheet_cells(sheets))
        extra.append(say("The notebook is in the old format 3; converted."))
    if not isinstance(cells, list):
        return Code(
            problem=say("is JSON but has no cells, so not a notebook: hand in the .ipynb itself")
        )
    odd = [cell for cell in cells if not isinstance(cell, dict)]
    if odd:
        extra.append(
            say(
                "{count} entries among the notebook's cells are no cells and were passed over.",
                count=len(odd),
            )
        )
    code = [c for c in cells if isinstance(c, dict) and c.get("cell_type") == "code"]
    sources = [cell.get("source", cell.get("input")) for cell in code]
    metadata = document.get("metadata")
    # Format 3 names the language in each cell.
    in_cell = code[0].get("language") if code else ""
    languages = _languages(_part(metadata, "kernelspec"), _part(metadata, "language_info"), in_cell)
    return _finish(sources, languages, extra)


def _sheet_cells(sheets: Iterable[object]) -> Iterator[object]:
    for sheet in sheets:
        cells = sheet.get("cells") if isinstance(sheet, dict) else None
        yield from cells if isinstance(cells, list) else ()


def _too_much() -> Code:
    return Code(
        problem=say(
            "has over {count} code cells or {size} MB of code: "
            "keep what the exercise asks for and hand it in again",
            count=MAX_CELLS,
            size=MAX_CODE_BYTES >> 20,
        )
    )


def _finish(sources: list[object], languages: tuple[str, ...], notes: list[Words]) -> Code:
    if len(sources) > MAX_CELLS:
        return _too_much()
    cells: list[str] = []
    for source in sources:
        code, found = text.tidy(_joined(source, notes))
        cells.append(code)
        notes += found
    if sum(map(len, cells)) > MAX_CODE_BYTES:
        return _too_much()
    if not cells:
        return Code(problem=say("has no code cell: hand in the notebook with your solution"))
    if not any(map(str.strip, cells)):
        return Code(
            problem=say("has only empty code cells: save the notebook and hand it in again")
        )
    if not languages:
        notes.append(say("The notebook names no kernel; taken as Python."))
    elif "python" not in languages:
        language = printable(languages[0], limit=MAX_LANGUAGE_CHARACTERS)
        if not looks_like_python(cells):
            return Code(
                problem=say(
                    "is a notebook for {language}, not for Python: solve it in Python",
                    language=language,
                )
            )
        notes.append(
            say(
                "The notebook names a kernel for {language}; its code was run as Python.",
                language=language,
            )
        )
    return Code(cells=tuple(cells), notes=distinct(notes))


def _joined(source: object, notes: list[Words]) -> str:
    """Return a cell's source as one text, from a text, a list of lines, or something odd."""
    if isinstance(source, str):
        return source
    lines: list[Any] = source if isinstance(source, list) else [source]
    try:
        code = "".join(lines)
    except TypeError:
        notes.append(say("Part of a code cell's source is not text and was left out."))
        lines = [line for line in lines if isinstance(line, str)]
        code = "".join(lines)
    # Lines should carry their own ends; some writers leave out all of them.
    if len(lines) > 1 and "\n" not in code and "\r" not in code:
        return "\n".join(lines)
    return code


def _part(of: object, key: str) -> object:
    return of.get(key, "") if isinstance(of, dict) else ""


def _metadata(raw: msgspec.Raw) -> tuple[object, object]:
    """Return the kernelspec and language_info in a notebook's metadata, of any type."""
    with suppress(*_MALFORMED):
        found = _METADATA.decode(raw)
        return found.kernelspec, found.language_info
    document, _ = _lenient(bytes(raw).decode("utf-8", "replace"))
    return _part(document, "kernelspec"), _part(document, "language_info")


def _languages(kernel: object, info: object, *others: object) -> tuple[str, ...]:
    """Return the languages that metadata name, in lower case; Python is ``python``."""
    given = (_part(kernel, "language"), _part(info, "name"), *others)
    names = [name.lower() for name in given if isinstance(name, str) and name]
    name = _part(kernel, "name")
    if isinstance(name, str) and ("python" in name.lower() or name.lower() in _FOREIGN):
        names.append(name.lower())
    return tuple("python" if "python" in name else name for name in names)
