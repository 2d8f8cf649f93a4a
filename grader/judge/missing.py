"""Explains why a name that a test case asks for is missing, from what was handed in.

Only what was observed is said, and only about the student's own text.  Nothing is parsed:
hostile code must not reach the judge's compiler.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Final

from grader.bounds import MAX_EXPLAINED, QUOTED_CHARACTERS, SCANNED_CHARACTERS
from grader.model import Submission
from grader.submission import printable
from grader.submission.bundle import read_code
from grader.words import Words, say

from .fate import CELL_MAGIC, Fates, outer, shown, within
from .spelling import alike, near

#: Under these magics a cell holds code of the notebook.
_PLAIN: Final = frozenset("time capture prun debug".split())
#: Text files that may hold code meant for the notebook.
_TEXTS: Final = (".txt", ".md", ".rst", ".rtf", ".tex")
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
    """Explains why a submission does not define names.

    ``asked`` are the names that the assignment asks for.
    """

    def __init__(self, submission: Submission, asked: Collection[str]) -> None:
        self._submission = submission
        self._asked = asked
        self._fates = Fates(submission.cells)
        self._defined: Collection[str] = ()
        self._lacking: Mapping[str, Words] = {}
        self._known: dict[str, Words | None] = {}
        self._methods: dict[str, Words | None] = {}  # by the message that one is missing

    def after(self, fates: Fates, defined: Collection[str], lacking: Mapping[str, Words]) -> None:
        """Note how the cells ran, and the names ``defined`` at the end.

        ``lacking`` are names that a missing module should have given, and why it did not.
        """
        self._fates, self._defined, self._lacking = fates, defined, lacking

    def why(self, names: Iterable[str], *, are_callables: bool = True) -> dict[str, Words]:
        """Return a sentence about each of the ``names`` whose absence can be explained."""
        for name in names:
            if name not in self._known and len(self._known) < MAX_EXPLAINED:
                self._known[name] = (
                    _never(name, self._lacking.get(name))
                    or self._taken_away(name)
                    or _never(name, self._never(name, are_callables))
                )
        return {name: why for name in names if (why := self._known.get(name))}

    def of_error(self, error: str, message: str) -> Words | None:
        """Return a sentence that explains an error, by its class and message; None if none does."""
        if error == "NameError" and (found := _NO_NAME.fullmatch(message)):
            name = found[1]
            if name in self._defined:
                return None
            return self.why([name], are_callables=self._is_called(name)).get(name)
        if error == "AttributeError" and (found := _NO_ATTRIBUTE.fullmatch(message)):
            if message not in self._methods and len(self._methods) < MAX_EXPLAINED:
                self._methods[message] = self._in_class(*found.groups())
            return self._methods.get(message)
        if error == "TypeError" and message == _NO_CALLABLE:
            return next(filter(None, map(self.of_none, self._asked)), None)
        return None

    def of_none(self, name: str) -> Words | None:
        """Return a sentence on the cell that sets ``name`` to None, if no later one defines it."""
        number, match = next(self._fates.definitions(name), (0, None))
        if match is None or not re.match(
            r"None[ \t]*(?:#|$)", match.string[match.end() :].lstrip(" \t"), re.M
        ):
            return None
        return say("Cell {cell} sets {name} to None.", cell=number, name=name)

    def _in_class(self, kind: str, wanted: str) -> Words | None:
        """Return a sentence on what a class has in place of a method."""
        methods: list[str] = []
        for number, cell in enumerate(self._submission.cells, start=1):
            for start in re.finditer(rf"^class[ \t]+{kind}\b[^\n]*\n", cell, re.MULTILINE):
                end = _MARGIN.search(cell, start.end())
                for match in _METHOD.finditer(cell, start.end(), end.start() if end else len(cell)):
                    methods.append(match[1])
                    if match[1] == wanted and (why := self._nested(number, match)):
                        return _no_attribute(kind, wanted, why)
        if not methods:
            return None
        if why := self._outside(kind, wanted):
            return why
        if self._is_data(wanted):
            return None
        methods = [name for name in methods if not name.startswith("__")]
        return alike(wanted, methods) or near(wanted, methods)

    def _nested(self, number: int, match: re.Match[str]) -> Words | None:
        """Return a sentence on a method that is defined within another block than a class."""
        opened = outer(match.string.split("\n"), match.string.count("\n", 0, match.start()))
        is_nested = opened and not opened.lstrip().startswith("class")
        return within(number, opened) if is_nested else None

    def _outside(self, kind: str, wanted: str) -> Words | None:
        """Return a sentence on a method that is defined outside of its class."""
        outside = re.compile(rf"^def[ \t]+{wanted}\([ \t]*self\b", re.MULTILINE)
        for number, cell in enumerate(self._submission.cells, start=1):
            if match := outside.search(cell):
                if why := self._fates.of(number, match):
                    return _no_attribute(kind, wanted, why)
                magic = CELL_MAGIC.match(cell)
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
        """Whether the notebook calls the name, or the assignment asks for it."""
        pattern = re.compile(rf"\b{re.escape(name)}[ \t]*\(")
        return name in self._asked or any(map(pattern.search, self._submission.cells))

    # -- where a definition is ---------------------------------------------------

    def _never(self, name: str, is_callable: bool) -> Words | None:
        return (
            self._fates.of_last(name)
            or self._in_prose(name)
            or self._in_files(name)
            or self._in_comments(name)
            or self._fates.broken(name)
            or self._fates.cut_short(name)
            or alike(name, self._own_names(True))
            or (near(name, self._own_names(False)) if is_callable else None)
        )

    def _taken_away(self, name: str) -> Words | None:
        """Return a sentence on a line that deletes the name after its last definition ran."""
        number, match = next(self._fates.definitions(name), (0, None))
        if match is None or match[0][:1].isspace() or self._fates.of(number, match):
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
                    line=shown(found[0]),
                )
        return None

    def _in_prose(self, name: str) -> Words | None:
        pattern = _definition(name, r"[ \t>#`]*")
        for kind, source in self._submission.prose:
            if found := pattern.search(source):
                line = shown(found[0])
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
                    line=shown(found[0]),
                )
        return None

    def _own_names(self, asked: bool) -> list[str]:
        """Return the functions and classes that the notebook defines; those ``asked`` for, too."""
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


def _no_attribute(kind: str, name: str, why: Words) -> Words:
    return say("{kind} has no {name}. {why}", kind=kind, name=name, why=why)
