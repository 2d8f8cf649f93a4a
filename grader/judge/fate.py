"""Why code that should define a name did not: its cell failed, it is within quotes, ….

Nothing is parsed: hostile code must not reach the judge's compiler.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from grader.bounds import ERROR_CHARACTERS, MAX_PLACES, QUOTED_CHARACTERS, SCANNED_CHARACTERS
from grader.model import CellReport
from grader.sandbox.wire.protocol import Befell
from grader.submission import printable
from grader.submission.lines import beginnings
from grader.words import Words, say

_SYNTAX: Final = re.compile(
    r"(?P<why>(?:Syntax|Indentation|Tab)Error: .*?)"
    r"(?: \(<(?:cell \d+|tokenize|string|unknown)>, line (?P<line>\d{1,7})\))",
    re.S,
)
#: Under these magics a cell does not hold code of the notebook.
_FOREIGN: Final = frozenset(
    "writefile file bash sh script system sx cmd html javascript js latex svg markdown ruby perl "
    "pypy python python2 python3 pip conda mamba cython timeit".split()
)
#: Removed from a cell before its lines are counted.
_ABOVE: Final = re.compile(r"(?:[ \t]*(?:%%[a-z][^\n]*)?\n)*")
CELL_MAGIC: Final = re.compile(r"\s*%%(\w+)")


@dataclass(frozen=True, slots=True)
class Fates:
    """What happened to the definitions in a notebook's ``cells``.

    By a cell's number, from 1: ``reports`` say how it ran and ``befell`` what happened to it.  Of
    the ``shortened`` cells only what defines something was run.
    """

    cells: Sequence[str]
    reports: Mapping[int, CellReport] = field(default_factory=dict)
    shortened: Collection[int] = ()
    befell: Mapping[int, Collection[Befell]] = field(default_factory=dict)

    def definitions(self, name: str) -> Iterator[tuple[int, re.Match[str]]]:
        """Yield the number of the cell and the match of each definition of a name, the last first.

        Those that are indented come after all others.
        """
        if not name.isidentifier():
            return
        define = rf"(?:async[ \t]+def|def|class)[ \t]+{name}\b[^\n]*"
        give = rf"{name}[ \t]*(?::[^=\n]*)?=(?!=)|from\b[^\n]*\b{name}\b"
        cells = self.cells
        for text in (f"^(?:{define}|{give})", rf"^[ \t]+{define}"):
            pattern = re.compile(text, re.MULTILINE)
            for number in range(len(cells), 0, -1):
                for match in reversed(deque(pattern.finditer(cells[number - 1]), MAX_PLACES)):
                    yield number, match

    def of_last(self, name: str) -> Words | None:
        """Return a sentence on the last code that should define a name; None if it was run."""
        several = islice(self.definitions(name), MAX_PLACES)
        return next((why for number, match in several if (why := self.of(number, match))), None)

    def of(self, number: int, match: re.Match[str]) -> Words | None:
        """Return a sentence on one of :meth:`definitions`; None if it was run."""
        cell = match.string
        report = self.reports.get(number, CellReport(index=number))
        if broken := _syntax_error(number, cell, report):
            return broken
        before = cell.count("\n", 0, match.start())
        if len(cell) <= SCANNED_CHARACTERS and beginnings(cell)[before : before + 1] == ["text"]:
            return say(
                "In cell {cell} it stands within quotes, as text: take the quotes away.",
                cell=number,
            )
        if report.error is not None:
            return say(
                "Cell {cell}, which is to define it, did not get that far: {error}.",
                cell=number,
                error=_told(report.error),
            )
        magic = CELL_MAGIC.match(cell)
        befell = self.befell.get(number, ())
        if magic and Befell.NOT_RUN in befell:
            return say(
                "Cell {cell}, in which it stands, was not run: %%{magic} is not known.",
                cell=number,
                magic=magic[1],
            )
        if number in self.shortened:
            return _cut_short(number)
        if magic and magic[1] in _FOREIGN and Befell.WITHOUT_MAGIC not in befell:
            return say(
                "It stands in cell {cell} under %%{magic}, where it is no code of the notebook's.",
                cell=number,
                magic=magic[1],
            )
        if len(cell) <= SCANNED_CHARACTERS and (line := outer(cell.split("\n"), before)):
            return within(number, line)
        return None

    def broken(self, name: str) -> Words | None:
        """Return a sentence on a cell that is not Python but seems to define the name.

        It may be in another language, or have numbered lines.
        """
        word = re.escape(name)
        pattern = re.compile(
            rf"\b(?:def|class|function|func|fn)[ \t]+{word}\b|\b{word}[ \t]*(?:<-|=(?!=))"
            rf"|^[ \t]*{word}\([^\n]*\)[ \t]*=(?!=)",
            re.MULTILINE,
        )
        for number, cell in enumerate(self.cells, start=1):
            report = self.reports.get(number)
            if report and report.error is not None and pattern.search(cell[:SCANNED_CHARACTERS]):
                return _syntax_error(number, cell, report)
        return None

    def cut_short(self, name: str) -> Words | None:
        """Return a sentence on a cell that was cut short and may give the name a value."""
        word = re.escape(name)
        pattern = re.compile(
            rf"\b{word}\b[ \t]*(?:=(?!=)|,[^\n=]*=(?!=))|(?:\b(?:def|class|as)[ \t]+|['\"]){word}\b"
        )
        for number in sorted(self.shortened):
            if pattern.search(self.cells[number - 1][:SCANNED_CHARACTERS]):
                return _cut_short(number)
        return None


def _syntax_error(number: int, cell: str, report: CellReport) -> Words | None:
    found = _SYNTAX.match(str(report.error or ""))
    if found is None:
        return None
    return say(
        "The cell that defines it (cell {cell}) has a syntax error in line {line}, so that "
        "nothing in it was defined: {error}.",
        cell=number,
        line=int(found["line"]) + _ABOVE.match(cell)[0].count("\n"),  # type: ignore[index]
        error=printable(found["why"], limit=ERROR_CHARACTERS),
    )


def _cut_short(number: int) -> Words:
    return say(
        "Cell {cell}, in which it stands, was cut short: only imports, definitions and what these "
        "need were run of it.",
        cell=number,
    )


def within(number: int, line: str) -> Words:
    """Return a sentence on a definition within the block that this line opens."""
    return say(
        "Cell {cell} defines it only within another block: {line}",
        cell=number,
        line=shown(line),
    )


def _told(error: str | Words) -> str | Words:
    return error if isinstance(error, Words) else printable(error, limit=ERROR_CHARACTERS)


def outer(lines: list[str], at: int) -> str:
    """Return the line that opens the block which holds line ``at``, or ""."""
    indent = _indent(lines[at])
    for line in reversed(lines[:at]):
        if line.strip() and not line.lstrip().startswith("#") and _indent(line) < indent:
            return line
    return ""


def _indent(line: str) -> int:
    expanded = line.expandtabs()
    return len(expanded) - len(expanded.lstrip())


def shown(line: str) -> str:
    """Return a line of code, cut for a sentence."""
    return printable(line.strip()[: 2 * QUOTED_CHARACTERS].rstrip(":"), limit=QUOTED_CHARACTERS)
