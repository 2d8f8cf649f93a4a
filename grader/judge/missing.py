"""Why a name that a test case asks for is not there: what can be seen in what was handed in.

Only what was observed is said, and only of the student's own text.  Nothing is parsed:
hostile code must not reach the judge's compiler.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import islice
from typing import Final

from grader.bounds import (
    ERROR_CHARACTERS,
    MAX_EXPLAINED,
    MAX_PLACES,
    QUOTED_CHARACTERS,
    SCANNED_CHARACTERS,
)
from grader.model import CellReport, Submission
from grader.sandbox.wire.protocol import Befell
from grader.submission import printable
from grader.submission.bundle import read_code
from grader.submission.lines import beginnings
from grader.words import Words, say

from .spelling import alike, near

_SYNTAX: Final = re.compile(
    r"(?P<why>(?:Syntax|Indentation|Tab)Error: .*?)"
    r"(?: \(<(?:cell \d+|tokenize|string|unknown)>, line (?P<line>\d{1,7})\))",
    re.S,
)
#: Under these a cell's code is the notebook's own.
_PLAIN: Final = frozenset("time capture prun debug".split())
#: Under these it is none, in any notebook.
_FOREIGN: Final = frozenset(
    "writefile file bash sh script system sx cmd html javascript js latex svg markdown ruby perl "
    "pypy python python2 python3 pip conda mamba cython timeit".split()
)
#: Text in which code may stand that was meant for the notebook.
_TEXTS: Final = (".txt", ".md", ".rst", ".rtf", ".tex")
#: Is taken away from a cell before its lines are counted.
_ABOVE: Final = re.compile(r"(?:[ \t]*(?:%%[a-z][^\n]*)?\n)*")
_CELL_MAGIC: Final = re.compile(r"\s*%%(\w+)")
_OWN: Final = re.compile(
    r"^(?:(?:async[ \t]+def|def|class)[ \t]+(\w{1,60})\b|(\w{1,60})[ \t]*=[ \t]*lambda\b)",
    re.MULTILINE,
)
_METHOD: Final = re.compile(r"^[ \t]+(?:async[ \t]+)?def[ \t]+(\w{1,60})\b", re.MULTILINE)
_MARGIN: Final = re.compile(r"^[^\s#)]", re.MULTILINE)
_NO_NAME: Final = re.compile(r"name '(\w{1,60})' is not defined")
_NO_ATTRIBUTE: Final = re.compile(
    r"(?:type object )?'(\w{1,60})' (?:object )?has no attribute '(\w{1,60})'"
)
_NO_CALLABLE: Final = "'NoneType' object is not callable"
_RESET: Final = (
    r"%reset\b|%xdel\b|%reset_selective\b|get_ipython\(\)[^\n]*reset|globals\(\)\.(?:clear|pop)"
)


class Clues:
    """What a submission tells of names that it does not define.

    ``asked`` are the names that the assignment asks for.
    """

    def __init__(self, submission: Submission, asked: Collection[str]) -> None:
        self._submission = submission
        self._asked = asked
        self._reports: Mapping[int, CellReport] = {}
        self._shortened: Collection[int] = ()
        self._befell: Mapping[int, Collection[Befell]] = {}
        self._defined: Collection[str] = ()
        self._lacking: Mapping[str, Words] = {}
        self._known: dict[str, Words | None] = {}
        self._methods: dict[str, Words | None] = {}  # by the message that one is missing

    def after(
        self,
        reports: Mapping[int, CellReport],
        defined: Collection[str],
        *,
        lacking: Mapping[str, Words] | None = None,
        shortened: Collection[int] = (),
        befell: Mapping[int, Collection[Befell]] | None = None,
    ) -> None:
        """How each cell ran, what befell it, and what the notebook defines in the end.

        ``lacking`` are names that something missing should have given, and why it did not.
        Of the ``shortened`` cells only what defines something was run.
        """
        self._reports, self._defined = reports, defined
        self._lacking, self._shortened = lacking or {}, shortened
        self._befell = befell or {}

    def why(self, names: Iterable[str]) -> dict[str, Words]:
        """What is to be said of each of ``names`` whose absence can be explained."""
        return self._why(names, are_callables=True)

    def _why(self, names: Iterable[str], *, are_callables: bool) -> dict[str, Words]:
        for name in names:
            if name not in self._known and len(self._known) < MAX_EXPLAINED:
                self._known[name] = (
                    _never(name, self._lacking.get(name))
                    or self._taken_away(name)
                    or _never(name, self._never(name, are_callables))
                )
        return {name: why for name in names if (why := self._known.get(name))}

    def of_error(self, error: str, message: str) -> Words | None:
        """What explains a NameError or AttributeError of the student's code."""
        if error == "NameError" and (found := _NO_NAME.fullmatch(message)):
            name = found[1]
            if name in self._defined:
                return None
            return self._why([name], are_callables=self._is_called(name)).get(name)
        if error == "AttributeError" and (found := _NO_ATTRIBUTE.fullmatch(message)):
            if message not in self._methods and len(self._methods) < MAX_EXPLAINED:
                self._methods[message] = self._in_class(*found.groups())
            return self._methods.get(message)
        if error == "TypeError" and message == _NO_CALLABLE:
            return next(filter(None, map(self.of_none, self._asked)), None)
        return None

    def of_none(self, name: str) -> Words | None:
        """The cell that gives ``name`` the value None, and none gives it another."""
        number, match = next(self._definitions(name), (0, None))
        if match is None or not re.match(
            r"None[ \t]*(?:#|$)", match.string[match.end() :].lstrip(" \t"), re.M
        ):
            return None
        return say("Cell {cell} sets {name} to None.", cell=number, name=name)

    def _in_class(self, kind: str, wanted: str) -> Words | None:
        """What a class has in place of a method."""
        methods: list[str] = []
        for number, cell in enumerate(self._submission.cells, start=1):
            for start in re.finditer(rf"^class[ \t]+{kind}\b[^\n]*\n", cell, re.MULTILINE):
                end = _MARGIN.search(cell, start.end())
                found = list(_METHOD.finditer(cell, start.end(), end.start() if end else len(cell)))
                methods += [match[1] for match in found]
                if why := self._nested(number, [m for m in found if m[1] == wanted]):
                    return _no_attribute(kind, wanted, why)
        if not methods:
            return None
        if why := self._outside(kind, wanted):
            return why
        if self._is_data(wanted):
            return None
        methods = [name for name in methods if not name.startswith("__")]
        return alike(wanted, methods) or near(wanted, methods)

    def _nested(self, number: int, found: list[re.Match[str]]) -> Words | None:
        """Of a method that stands within another: what it stands in."""
        for match in found:
            cell = match.string
            outer = _outer(cell.split("\n"), cell.count("\n", 0, match.start()))
            if outer and not outer.lstrip().startswith("class"):
                return _within(number, outer)
        return None

    def _outside(self, kind: str, wanted: str) -> Words | None:
        """Of a method that stands in no class: what became of it."""
        outside = re.compile(rf"^def[ \t]+{wanted}\([ \t]*self\b", re.MULTILINE)
        for number, cell in enumerate(self._submission.cells, start=1):
            if match := outside.search(cell):
                if why := self._fate(number, match):
                    return _no_attribute(kind, wanted, why)
                magic = _CELL_MAGIC.match(cell)
                if magic is None or magic[1] in _PLAIN:
                    return say(
                        "Cell {cell} defines {name} outside of the class {kind}: it must be "
                        "indented as the class's other methods are.",
                        cell=number,
                        name=wanted,
                        kind=kind,
                    )
        return None

    def _is_data(self, attribute: str) -> bool:
        """Whether the notebook reads an attribute, and never calls it."""
        code = "\n".join(self._submission.cells)[:SCANNED_CHARACTERS]
        read = re.findall(rf"\.{attribute}\b[ \t]*(\(?)", code)
        return bool(read) and not any(read)

    def _is_called(self, name: str) -> bool:
        """Whether the notebook calls what it does not define, or was to define it for us."""
        pattern = re.compile(rf"\b{re.escape(name)}[ \t]*\(")
        return name in self._asked or any(map(pattern.search, self._submission.cells))

    # -- where a definition stands ---------------------------------------------

    def _never(self, name: str, is_callable: bool) -> Words | None:
        return (
            self._in_cells(name)
            or self._in_prose(name)
            or self._in_files(name)
            or self._in_comments(name)
            or self._in_broken(name)
            or self._in_shortened(name)
            or alike(name, self._own_names(True))
            or (near(name, self._own_names(False)) if is_callable else None)
        )

    def _in_cells(self, name: str) -> Words | None:
        """What became of the last code that is to define a name."""
        for number, match in islice(self._definitions(name), MAX_PLACES):
            if why := self._fate(number, match):
                return why
        return None

    def _definitions(self, name: str) -> Iterator[tuple[int, re.Match[str]]]:
        """Where it stands in cells, the last first, but what is indented after all others."""
        if not name.isidentifier():
            return
        define = rf"(?:async[ \t]+def|def|class)[ \t]+{name}\b[^\n]*"
        give = rf"{name}[ \t]*(?::[^=\n]*)?=(?!=)|from\b[^\n]*\b{name}\b"
        cells = self._submission.cells
        for text in (f"^(?:{define}|{give})", rf"^[ \t]+{define}"):
            pattern = re.compile(text, re.MULTILINE)
            for number in range(len(cells), 0, -1):
                for match in reversed(deque(pattern.finditer(cells[number - 1]), MAX_PLACES)):
                    yield number, match

    def _fate(self, number: int, match: re.Match[str]) -> Words | None:
        cell = match.string
        report = self._reports.get(number, CellReport(index=number))
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
        magic = _CELL_MAGIC.match(cell)
        befell = self._befell.get(number, ())
        if magic and Befell.NOT_RUN in befell:
            return say(
                "Cell {cell}, in which it stands, was not run: %%{magic} is not known.",
                cell=number,
                magic=magic[1],
            )
        if number in self._shortened:
            return _cut_short(number)
        if magic and magic[1] in _FOREIGN and Befell.WITHOUT_MAGIC not in befell:
            return say(
                "It stands in cell {cell} under %%{magic}, where it is no code of the notebook's.",
                cell=number,
                magic=magic[1],
            )
        if len(cell) <= SCANNED_CHARACTERS and (outer := _outer(cell.split("\n"), before)):
            return _within(number, outer)
        return None

    def _taken_away(self, name: str) -> Words | None:
        """The last definition ran, and a line behind it deletes the name."""
        number, match = next(self._definitions(name), (0, None))
        if match is None or match[0][:1].isspace() or self._fate(number, match):
            return None
        pattern = re.compile(rf"^[ \t]*(?:del\b[^\n#]*\b{name}\b|(?:{_RESET}))[^\n]*", re.MULTILINE)
        for later in range(number, len(self._submission.cells) + 1):
            cell = self._submission.cells[later - 1]
            if found := pattern.search(cell, match.end() if later == number else 0):
                return say(
                    "{name} was defined in cell {cell}, but cell {other} takes it away again: "
                    "{line}",
                    name=name,
                    cell=number,
                    other=later,
                    line=_shown(found[0]),
                )
        return None

    def _in_prose(self, name: str) -> Words | None:
        pattern = _definition(name, r"[ \t>#`]*")
        for kind, source in self._submission.prose:
            if found := pattern.search(source):
                line = _shown(found[0])
                if kind == "raw":
                    return say(
                        "A raw cell holds it as text ({line}): change the cell's type to code.",
                        line=line,
                    )
                return say(
                    "A Markdown cell holds it as text ({line}): change the cell's type to code.",
                    line=line,
                )
        return None

    def _in_files(self, name: str) -> Words | None:
        pattern = _definition(name, "")
        for file, data in self._submission.files:
            if file.endswith((".py", ".ipynb")) and name.encode() in data:
                code = read_code(file, data)
                if any(map(pattern.search, code.cells)):
                    return say(
                        "{file}, which was handed in too, defines it; the notebook that counts "
                        "does not take it from there.",
                        file=printable(file, limit=QUOTED_CHARACTERS),
                    )
        pattern = _definition(name, r"[ \t>]*")
        for file, data in self._submission.files:
            text = data[:SCANNED_CHARACTERS] if file.lower().endswith(_TEXTS) else b""
            if pattern.search(text.decode("utf-8", "replace")):
                return say(
                    "{file}, which was handed in too, holds it as text; it must stand in a cell of "
                    "the notebook.",
                    file=printable(file, limit=QUOTED_CHARACTERS),
                )
        return None

    def _in_comments(self, name: str) -> Words | None:
        pattern = _definition(name, r"[ \t]*#[# \t]*")
        for number, cell in enumerate(self._submission.cells, start=1):
            if found := pattern.search(cell):
                return say(
                    "Cell {cell} holds it only as a comment: {line}",
                    cell=number,
                    line=_shown(found[0]),
                )
        return None

    def _in_broken(self, name: str) -> Words | None:
        """A cell that is no Python, but seems to define it: another language, numbered lines."""
        word = re.escape(name)
        pattern = re.compile(
            rf"\b(?:def|class|function|func|fn)[ \t]+{word}\b|\b{word}[ \t]*(?:<-|=(?!=))"
            rf"|^[ \t]*{word}\([^\n]*\)[ \t]*=(?!=)",
            re.MULTILINE,
        )
        for number, cell in enumerate(self._submission.cells, start=1):
            report = self._reports.get(number)
            if report and report.error is not None and pattern.search(cell[:SCANNED_CHARACTERS]):
                return _syntax_error(number, cell, report)
        return None

    def _in_shortened(self, name: str) -> Words | None:
        """A cell that may give it a value in a way that was not run."""
        word = re.escape(name)
        pattern = re.compile(
            rf"\b{word}\b[ \t]*(?:=(?!=)|,[^\n=]*=(?!=))|(?:\b(?:def|class|as)[ \t]+|['\"]){word}\b"
        )
        for number in sorted(self._shortened):
            if pattern.search(self._submission.cells[number - 1][:SCANNED_CHARACTERS]):
                return _cut_short(number)
        return None

    def _own_names(self, asked: bool) -> list[str]:
        """Functions and classes that the notebook defines, and those ``asked`` for too."""
        found = (
            match[1] or match[2] for cell in self._submission.cells for match in _OWN.finditer(cell)
        )
        return [
            name
            for name in dict.fromkeys(found)
            if name in self._defined and (asked or name not in self._asked)
        ]


def _never(name: str, why: Words | None) -> Words | None:
    return say("{name} was never defined. {why}", name=name, why=why) if why else None


def _definition(name: str, above: str) -> re.Pattern[str]:
    return re.compile(
        rf"^{above}(?:async[ \t]+def|def|class)[ \t]+{re.escape(name)}\b[^\n]*", re.MULTILINE
    )


def _within(number: int, outer: str) -> Words:
    return say(
        "Cell {cell} defines it only within another block: {line}",
        cell=number,
        line=_shown(outer),
    )


def _no_attribute(kind: str, name: str, why: Words) -> Words:
    return say("{kind} has no {name}. {why}", kind=kind, name=name, why=why)


def _cut_short(number: int) -> Words:
    return say(
        "Cell {cell}, in which it stands, was cut short: only imports, definitions and what these "
        "need were run of it.",
        cell=number,
    )


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


def _told(error: str | Words) -> str | Words:
    return error if isinstance(error, Words) else printable(error, limit=ERROR_CHARACTERS)


def _outer(lines: list[str], at: int) -> str:
    """The line that opens the block which line ``at`` stands in, or ""."""
    indent = _indent(lines[at])
    for line in reversed(lines[:at]):
        if line.strip() and not line.lstrip().startswith("#") and _indent(line) < indent:
            return line
    return ""


def _indent(line: str) -> int:
    expanded = line.expandtabs()
    return len(expanded) - len(expanded.lstrip())


def _shown(line: str) -> str:
    return printable(line.strip()[: 2 * QUOTED_CHARACTERS].rstrip(":"), limit=QUOTED_CHARACTERS)
