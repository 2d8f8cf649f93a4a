"""Python scripts handed in: ``# %%`` or nbconvert's ``# In[1]:`` marks cells, else it is one."""

from __future__ import annotations

import re

from grader.submission import text
from grader.submission.notebook import MAX_CELLS, MAX_CODE, Code, read_notebook
from grader.submission.sniff import special_kind
from grader.words import distinct, say

_MARK = re.compile(r"^#[ \t]*(?:%%[^\n]*|In ?\[[\d *]*\]:?[ \t]*$)\n?", re.MULTILINE)
_PROSE = re.compile(r"\[(?:markdown|md|raw)\]", re.IGNORECASE)
_NOTEBOOK = re.compile(rb'\s*\{\s*"(?:cells|metadata|nbformat|worksheets)"\s*:')


def read_script(data: bytes) -> Code:
    """The cells of a script's bytes: any bytes give a :class:`Code`."""
    data, notes = text.utf8(data)
    if not data or data.isspace():
        return Code(problem=say("is empty: hand it in again"))
    if kind := special_kind(data):
        return Code(
            problem=say(
                "is not Python code but looks like {kind}: hand in the .py file itself", kind=kind
            )
        )
    if len(data) > MAX_CODE:
        return Code(
            problem=say("has over {size} MB of code: hand in a shorter one", size=MAX_CODE >> 20)
        )
    if _NOTEBOOK.match(data):
        code = read_notebook(data)
        note = say("The file is a notebook with the ending of a script; read as a notebook.")
        return Code(cells=code.cells, notes=(note, *notes, *code.notes), problem=code.problem)
    source, more = text.decode(data)
    source, mended = text.tidy(source)
    cells = _cells(source)
    if len(cells) > MAX_CELLS:
        return Code(problem=say("has over {count} cells: hand in a shorter one", count=MAX_CELLS))
    if not any(map(str.strip, cells)):
        return Code(problem=say("has no code: hand in the file with your solution"))
    return Code(cells=cells, notes=distinct((*notes, *more, *mended)))


def _cells(source: str) -> tuple[str, ...]:
    marks = list(_MARK.finditer(source))
    if not marks:
        return (source,)
    first = source[: marks[0].start()]
    ends = [*(mark.start() for mark in marks[1:]), len(source)]
    cells = [
        source[mark.end() : end]
        for mark, end in zip(marks, ends, strict=True)
        if not _PROSE.search(mark[0])
    ]
    return tuple([first, *cells] if first.strip() else cells)
