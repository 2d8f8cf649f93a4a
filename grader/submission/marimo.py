"""The cells of a marimo notebook: a script whose cells are the bodies of functions.

    @app.cell
    def _(np):
        def loss(a, b): ...
        return (loss,)

A cell returns what it defines, and its parameters are what it needs.  marimo runs cells in the
order of these needs, not of the file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

_APP = re.compile(r"^app = marimo\.App\(", re.MULTILINE)
_PART = re.compile(
    r"^(?:@app\.(?P<kind>cell|function|class_definition)\b[^\n]*\n"
    r"|(?P<setup>with app\.setup\b[^\n]*:[ \t]*\n)"
    r"|(?P<broken>app\._unparsable_cell\(\s*)|if __name__ == [^\n]*\n)",
    re.MULTILINE,
)
_DISABLED = re.compile(r"\bdisabled[ \t]*=[ \t]*True\b")
_HEAD = re.compile(r"\s*(?:#[^\n]*\n\s*)*(?:async )?def \w+\((?P<needs>[^)]*)\)[^:\n]*:[ \t]*")
_RETURN = re.compile(r"^return\b(?P<gives>[^\n]*(?:\n(?!\S)[^\n]*|\n[)\]][^\n]*)*)", re.MULTILINE)
_INDENT = re.compile(r"^(?: {1,4}|\t)", re.MULTILINE)
_COMMENT = re.compile(r"#[^\n]*")
_NAME = re.compile(r"\w+")
_TEXT = re.compile(r"r?(\"\"\"|''')(?P<code>.*?)\1|r?(\"|')(?P<line>[^\n]*?)\3", re.DOTALL)


@dataclass(frozen=True)
class _Cell:
    code: str
    needs: frozenset[str] = frozenset()
    gives: frozenset[str] = frozenset()


def is_app(source: str) -> bool:
    """Return whether a script is a marimo notebook."""
    return "marimo" in source and _APP.search(source) is not None and "@app." in source


def cells_of(source: str) -> tuple[str, ...]:
    """Return the bodies of the cells, each after those it needs."""
    marks = list(_PART.finditer(source))
    ends = [*(mark.start() for mark in marks[1:]), len(source)]
    cells = [_cell(mark, source[mark.end() : end]) for mark, end in zip(marks, ends, strict=True)]
    return tuple(cell.code for cell in _ordered([cell for cell in cells if cell.code.strip()]))


def _cell(mark: re.Match[str], text: str) -> _Cell:
    if mark["setup"]:
        return _Cell(_INDENT.sub("", text))
    if mark["broken"]:
        found = _TEXT.match(text)
        return _Cell((found["code"] or found["line"] or "") if found else "")
    if mark["kind"] != "cell":  # a function or class of the top level, as it is
        named = re.search(r"^(?:async )?(?:def|class) (\w+)", text, re.MULTILINE)
        return _Cell(text if mark["kind"] else "", gives=frozenset(named.groups() if named else ()))
    if _DISABLED.search(mark[0]):
        return _Cell("")  # marimo does not run it
    head = _HEAD.match(text)
    if head is None:
        return _Cell(text)
    body = _INDENT.sub("", text[head.end() :])
    gives: frozenset[str] = frozenset()
    returns = list(_RETURN.finditer(body))
    if returns and not body[returns[-1].end() :].strip():
        gives = frozenset(_NAME.findall(returns[-1]["gives"]))
        body = body[: returns[-1].start()]
    return _Cell(body, frozenset(_NAME.findall(_COMMENT.sub("", head["needs"]))), gives)


def _ordered(cells: list[_Cell]) -> list[_Cell]:
    """Return the cells in the order of the file, unless one needs a later one."""
    given_by = {name: number for number, cell in enumerate(cells) for name in cell.gives}
    needs = {
        number: {given_by[name] for name in cell.needs if name in given_by} - {number}
        for number, cell in enumerate(cells)
    }
    if all(max(earlier, default=-1) < number for number, earlier in needs.items()):
        return cells
    sorter = TopologicalSorter(needs)
    order: list[int] = []
    try:
        sorter.prepare()
    except CycleError:
        return cells
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        order += ready
        sorter.done(*ready)
    return [cells[number] for number in order]
