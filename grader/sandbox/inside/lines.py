"""Reads shell text: words, quotes, variables, patterns, redirections, here-documents.

Only what harmless lines need: everything else (loops, functions, substitutions) raises
``UnreadableError``, and no command of the text is done.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

_KEYWORDS: Final = frozenset(
    "if then else elif fi for while until do done case esac function select { } [[ (( time".split()
)
_OPERATORS: Final = ("&&", "||", "|", ";", "\n", "&", "(", ")")
_REDIRECTION: Final = re.compile(r"(\d*|&)(>>|>&|>|<<-|<<<|<<|<)")
_VARIABLE: Final = re.compile(r"\$(?:\{\w+\}|\w+)?")
_OTHER: Final = tuple("({?#@!$*")
_PATTERN: Final = frozenset("*?[")
ASSIGNMENT: Final = re.compile(r"(\w+)=")


class UnreadableError(ValueError):
    """The text uses a feature of shells that is not supported here."""


@dataclass
class Word:
    """A word as it stands in the text: its parts, and how each was quoted.

    Variables are filled in except in single quotes.
    """

    parts: list[tuple[str, str]] = field(default_factory=list)  # (text, quote: "", "'" or '"')

    @property
    def plain(self) -> str:
        """The text without quotes, nothing filled in."""
        return "".join(text for text, _ in self.parts)


@dataclass
class Command:
    """One command: its words, redirections and input."""

    words: list[Word] = field(default_factory=list)
    redirections: list[tuple[str, str, Word]] = field(default_factory=list)
    text: str | None = None  # a here-document
    is_filled: bool = False  # whether variables are filled in in it
    before: str = ";"  # the operator before it
    source: str = ""  # as it stands in the text

    @property
    def name(self) -> str:
        """The program's name as it stands in the text."""
        words = (word.plain for word in self.words)
        return next((word for word in words if not ASSIGNMENT.match(word)), "sh")


class Reader:
    """Reads the commands of one text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        # Here-documents to come: where they end, whether they are filled in and lose their tabs
        self._waiting: list[tuple[Command, str, bool, bool]] = []

    def commands(self) -> list[Command]:
        """Return the commands in order; raises UnreadableError."""
        found = [Command()]
        while self._at < len(self._text):
            if self._text[self._at] in " \t\r":
                self._at += 1
            elif self._follows("\\\n"):
                self._at += 2
            elif self._text[self._at] == "#":
                self._at = self._end_of_line()
            elif self._follows("&>"):
                self._note_source(found[-1])
            elif operator := next((o for o in _OPERATORS if self._follows(o)), ""):
                self._at += len(operator)
                found.append(self._next(found[-1], operator))
            else:
                self._note_source(found[-1])
        if self._waiting:
            raise UnreadableError("a here-document without end")
        return [command for command in found if command.words or command.redirections]

    def _next(self, last: Command, operator: str) -> Command:
        if operator in ("(", ")", "&"):
            raise UnreadableError(operator)
        if operator == "\n":
            self._read_documents()
        is_empty = not last.words and not last.redirections
        if is_empty and operator not in (";", "\n"):
            raise UnreadableError(operator)
        # A line may end behind an operator.
        before = last.before if is_empty else operator
        return Command(before=";" if before == "\n" else before)

    def _note_source(self, command: Command) -> None:
        """Read a word or redirection of the command, and keep its text."""
        start = self._at
        self._read(command)
        command.source = f"{command.source} {self._text[start : self._at]}".strip()

    def _read(self, command: Command) -> None:
        found = _REDIRECTION.match(self._text, self._at)
        if found is None:
            word = self._word()
            if not command.words and word.plain in _KEYWORDS:
                raise UnreadableError(word.plain)
            command.words.append(word)
            return
        self._at = found.end()
        while self._text[self._at : self._at + 1] in (" ", "\t"):
            self._at += 1
        target = self._word()
        if found[2] in ("<<", "<<-"):
            is_filled = not any(quote for _, quote in target.parts)
            self._waiting.append((command, target.plain, is_filled, found[2] == "<<-"))
            command.text = ""  # read at the end of the line
        elif found[2] == "<<<":
            # What no variable begins in, filled() puts back.
            parts = (t.replace("$", "\0") if quote == "'" else t for t, quote in target.parts)
            command.text, command.is_filled = "".join(parts) + "\n", True
        else:
            command.redirections.append((found[1], found[2], target))

    def _read_documents(self) -> None:
        for command, end, is_filled, loses_tabs in self._waiting:
            lines = []
            while True:
                if self._at >= len(self._text):
                    raise UnreadableError("a here-document without end")
                stop = self._end_of_line()
                line = self._text[self._at : stop].lstrip("\t" if loses_tabs else "")
                self._at = stop + 1
                if line.strip("\t\r") == end:
                    break
                lines.append(line + "\n")
            command.text, command.is_filled = "".join(lines), is_filled
        self._waiting.clear()

    def _word(self) -> Word:
        word = Word()
        while self._at < len(self._text):
            letter = self._text[self._at]
            if letter in " \t\r<>" or any(self._follows(operator) for operator in _OPERATORS):
                break
            self._at += 1
            if letter in "'\"":
                word.parts.append((self._quoted(letter), letter))
            elif letter == "\\":
                following = self._text[self._at : self._at + 1]
                self._at += 1
                if following != "\n":
                    word.parts.append((following, "'"))
            elif letter == "`":
                raise UnreadableError(letter)
            elif word.parts and not word.parts[-1][1]:
                word.parts[-1] = word.parts[-1][0] + letter, ""
            else:
                word.parts.append((letter, ""))
        if not word.parts:
            raise UnreadableError("a word is missing")
        return word

    def _quoted(self, quote: str) -> str:
        text = ""
        while self._at < len(self._text):
            letter = self._text[self._at]
            self._at += 1
            if letter == quote:
                return text
            if letter == "`" and quote == '"':
                raise UnreadableError(letter)
            following = self._text[self._at : self._at + 1]
            if letter == "\\" and quote == '"' and following and following in '"\\$`\n':
                self._at += 1
                # An escaped dollar begins no variable; filled() puts it back.
                letter = {"$": "\0", "\n": ""}.get(following, following)
            text += letter
        raise UnreadableError("a quote without end")

    def _follows(self, text: str) -> bool:
        return self._text.startswith(text, self._at)

    def _end_of_line(self) -> int:
        stop = self._text.find("\n", self._at)
        return len(self._text) if stop < 0 else stop


def filled(text: str, variables: dict[str, str]) -> str:
    """Return the text with its ``$variables`` filled in; other ``$`` raise UnreadableError."""

    def value(found: re.Match[str]) -> str:
        if found[0] == "$":
            if text[found.end() : found.end() + 1] in _OTHER:
                raise UnreadableError("$")
            return "$"
        return variables.get(found[0][1:].strip("{}"), "")

    return _VARIABLE.sub(value, text).replace("\0", "$")


def escaped(text: str) -> str:
    """Return a pattern that matches only the text."""
    return "".join(f"[{letter}]" if letter in _PATTERN else letter for letter in text)
