"""Why a name that a test case asks for is not there: what can be seen in what was handed in.

Only what was observed is said, and only of the student's own text.  Nothing is parsed:
hostile code must not reach the judge's compiler.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from difflib import get_close_matches
from itertools import islice
from typing import Final

from .model import CellReport, Submission
from .submission import printable
from .submission.bundle import read_code
from .submission.lines import beginnings
from .words import Words, say

_MAX_LINE: Final = 80
_MAX_ERROR: Final = 200
_MAX_NAMES: Final = 2000  # that are compared with the one asked for
# A hostile notebook must not keep the judge busy.
_MAX_EXPLAINED: Final = 40
_MAX_LOOKED_AT: Final = 5
_MAX_SCANNED: Final = 100_000
_SYNTAX: Final = re.compile(
    r"(?P<why>(?:Syntax|Indentation|Tab)Error: .*?)(?: \(<cell \d+>, line (?P<line>\d+)\))", re.S
)
#: Under these a cell's code is the notebook's own.
_PLAIN: Final = frozenset("time capture prun debug".split())
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
        self._defined: Collection[str] = ()
        self._lacking: Mapping[str, Words] = {}
        self._known: dict[str, Words | None] = {}

    def after(
        self,
        reports: Mapping[int, CellReport],
        defined: Collection[str],
        lacking: Mapping[str, Words] | None = None,
    ) -> None:
        """How each cell ran, and what the notebook defines in the end.

        ``lacking`` are names that something missing should have given, and why it did not.
        """
        self._reports, self._defined, self._lacking = reports, defined, lacking or {}

    def why(self, names: Iterable[str]) -> dict[str, Words]:
        """What is to be said of each of ``names`` whose absence can be explained."""
        for name in names:
            if name not in self._known and len(self._known) < _MAX_EXPLAINED:
                self._known[name] = (
                    _never(name, self._lacking.get(name))
                    or self._taken_away(name)
                    or _never(name, self._never(name))
                )
        return {name: why for name in names if (why := self._known.get(name))}

    def of_error(self, error: str, message: str) -> Words | None:
        """What explains a NameError or AttributeError of the student's code."""
        if error == "NameError" and (found := _NO_NAME.fullmatch(message)):
            name = found[1]
            return None if name in self._defined else self.why([name]).get(name)
        if error == "AttributeError" and (found := _NO_ATTRIBUTE.fullmatch(message)):
            return self._in_class(*found.groups())
        return None

    def _in_class(self, kind: str, wanted: str) -> Words | None:
        """What a class has in place of a method."""
        methods: list[str] = []
        for cell in self._submission.cells:
            for start in re.finditer(rf"^class[ \t]+{kind}\b[^\n]*\n", cell, re.MULTILINE):
                end = _MARGIN.search(cell, start.end())
                methods += _METHOD.findall(cell, start.end(), end.start() if end else len(cell))
        outside = re.compile(rf"^def[ \t]+{wanted}\([ \t]*self\b", re.MULTILINE)
        for number, cell in enumerate(self._submission.cells, start=1):
            if methods and outside.search(cell):
                return say(
                    "Cell {cell} defines {name} outside of the class {kind}: it must be indented "
                    "as the class's other methods are.",
                    cell=number,
                    name=wanted,
                    kind=kind,
                )
        return _near(wanted, methods)

    # -- where a definition stands ---------------------------------------------

    def _never(self, name: str) -> Words | None:
        return (
            self._in_cells(name)
            or self._in_prose(name)
            or self._in_files(name)
            or self._in_comments(name)
            or _near(name, self._own_names())
        )

    def _in_cells(self, name: str) -> Words | None:
        """What became of the last code that is to define a name."""
        for number, match in islice(self._definitions(name), _MAX_LOOKED_AT):
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
                for match in reversed(list(pattern.finditer(cells[number - 1]))):
                    yield number, match

    def _fate(self, number: int, match: re.Match[str]) -> Words | None:
        cell = match.string
        report = self._reports.get(number, CellReport(index=number))
        if report.error is not None and (found := _SYNTAX.match(str(report.error))):
            return say(
                "The cell that defines it (cell {cell}) has a syntax error in line {line}, so that "
                "nothing in it was defined: {error}.",
                cell=number,
                line=int(found["line"]) + _ABOVE.match(cell)[0].count("\n"),  # type: ignore[index]
                error=printable(found["why"], limit=_MAX_ERROR),
            )
        before = cell.count("\n", 0, match.start())
        if len(cell) <= _MAX_SCANNED and beginnings(cell)[before : before + 1] == ["text"]:
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
        if magic and magic[1] not in _PLAIN and not any("run without" in n for n in report.notes):
            return say(
                "It stands in cell {cell} under %%{magic}, where it is no code of the notebook's.",
                cell=number,
                magic=magic[1],
            )
        if outer := _outer(cell.split("\n"), before):
            return say(
                "Cell {cell} defines it only within another block: {line}",
                cell=number,
                line=_shown(outer),
            )
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
                        file=printable(file, limit=_MAX_LINE),
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

    def _own_names(self) -> list[str]:
        """Functions and classes that the notebook defines, but for those asked for."""
        found = (
            match[1] or match[2] for cell in self._submission.cells for match in _OWN.finditer(cell)
        )
        return [n for n in dict.fromkeys(found) if n in self._defined and n not in self._asked]


def _never(name: str, why: Words | None) -> Words | None:
    return say("{name} was never defined. {why}", name=name, why=why) if why else None


def _definition(name: str, above: str) -> re.Pattern[str]:
    return re.compile(
        rf"^{above}(?:async[ \t]+def|def|class)[ \t]+{re.escape(name)}\b[^\n]*", re.MULTILINE
    )


def _told(error: str | Words) -> str | Words:
    return error if isinstance(error, Words) else printable(error, limit=_MAX_ERROR)


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
    return printable(line.strip().rstrip(":"), limit=_MAX_LINE)


def _near(name: str, candidates: Iterable[str]) -> Words | None:
    """A name nearly the same, as people mistype them."""
    plain: Callable[[str], str] = lambda text: text.replace("_", "").casefold()  # noqa: E731
    by_plain = {plain(other): other for other in list(candidates)[:_MAX_NAMES] if other != name}
    wanted = plain(name)
    close = get_close_matches(wanted, by_plain, n=1, cutoff=0.8) or [
        other
        for other in by_plain
        if min(len(other), len(wanted)) >= 4
        and (other.startswith(wanted) or wanted.startswith(other))
    ]
    if not close:
        return None
    return say(
        "{near} is there, which is nearly the same name: {name} must be written exactly so.",
        near=by_plain[close[0]],
        name=name,
    )
