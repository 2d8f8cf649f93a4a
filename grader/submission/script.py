"""Python scripts: the cells that notebook tools mark in them, else a single cell."""

from __future__ import annotations

import re
from dataclasses import replace

from grader.bounds import MAX_CELLS, MAX_CODE_BYTES
from grader.words import distinct, say

from . import text
from .exported import cells_of
from .notebook import DEFINITION, Code, read_notebook
from .sniff import special_kind

_NOTEBOOK = re.compile(rb'\s*\{\s*"(?:cells|metadata|nbformat|worksheets)"\s*:')


def read_script(data: bytes) -> Code:
    """Return the cells of a script's bytes; any bytes give a :class:`Code`."""
    data, notes = text.utf8(data)
    if not data or data.isspace():
        return Code(problem=say("is empty: hand it in again"))
    if kind := special_kind(data):
        return Code(
            problem=say(
                "is not Python code but looks like {kind}: hand in the .py file itself", kind=kind
            )
        )
    if len(data) > MAX_CODE_BYTES:
        return Code(
            problem=say(
                "has over {size} MB of code: hand in a shorter one", size=MAX_CODE_BYTES >> 20
            )
        )
    if _NOTEBOOK.match(data):
        code = read_notebook(data)
        note = say("The file is a notebook with the ending of a script; read as a notebook.")
        return replace(code, notes=(note, *notes, *code.notes))
    source, more = text.decode(data)
    source, mended = text.tidy(source)
    cells, prose = cells_of(source)
    if len(cells) > MAX_CELLS:
        return Code(problem=say("has over {count} cells: hand in a shorter one", count=MAX_CELLS))
    if not any(map(str.strip, cells)):
        return Code(problem=say("has no code: hand in the file with your solution"))
    prose = tuple(part for part in prose if DEFINITION.search(part[1].encode()))
    return Code(cells=cells, prose=prose, notes=distinct((*notes, *more, *mended)))
