"""Finds the lines of Python that begin inside a string or bracket, and the top-level statements.

Nothing is parsed: hostile code must not reach the judge's compiler, and broken code must be
kept whole.
"""

from __future__ import annotations

import re

from grader.bounds import MAX_PARAGRAPHS, MAX_SCRIPT_CHARACTERS

_TOKEN = re.compile(
    r"\"\"\"|'''|\"(?:\\.|[^\"\\\n])*\"?|'(?:\\.|[^'\\\n])*'?|#[^\n]*|\\\n|[\[({]|[\])}]|\n"
)
_END = {quotes: re.compile(rf"(?:\\.|[^\\])*?{quotes}", re.DOTALL) for quotes in ('"""', "'''")}
_SHELL = re.compile(r"[ \t]*[!%][^\n]*")
#: What continues the statement before.
_GOES_ON = re.compile(r"(?:else|elif|except|finally)\b|[\])}]")


def beginnings(source: str) -> list[str]:
    """Return what each line of ``source`` begins inside of: "text", "bracket" or ""."""
    found = [""]
    place = depth = 0
    while place < len(source):
        if not depth and (place == 0 or source[place - 1] == "\n"):
            # Shell commands and magics have their own quotes and brackets.
            place = match.end() if (match := _SHELL.match(source, place)) else place
        token = _TOKEN.search(source, place)
        if token is None:
            break
        text, place = token[0], token.end()
        if text in _END:
            end = _END[text].match(source, place)
            stop = end.end() if end else len(source)
            found += ["text"] * source.count("\n", place, stop)
            place = stop
        elif text[0] in "([{":
            depth += 1
        elif text[0] in ")]}":
            depth = max(0, depth - 1)
        elif text[-1] == "\n":
            found.append("bracket" if depth or text[0] == "\\" else "")
    return found


def paragraphs(source: str) -> list[str]:
    """Return the source cut at blank lines between top-level statements.

    Comments go with what follows them.  Open strings, brackets and blocks keep their blank lines.
    """
    if len(source) > MAX_SCRIPT_CHARACTERS:
        return [source]
    found: list[str] = []
    current: list[str] = []  # lines of the current paragraph
    ahead: list[str] = []  # comments and blank lines below it
    last = ""  # its last line
    inside = beginnings(source)
    lines = source.split("\n")
    ends = ["\n"] * (len(lines) - 1) + [""]
    for line, within in zip(map(str.__add__, lines, ends), inside, strict=False):
        if not within and (not line.strip() or line.startswith("#")):
            ahead.append(line)
            continue
        starts = not within and not line[0].isspace() and not _GOES_ON.match(line)
        if starts and current and any(map(str.isspace, ahead)) and not last.startswith("@"):
            found.append("".join(current))
            current = []
        current += [*ahead, line]
        ahead, last = [], line
    found.append("".join([*current, *ahead]))
    return found if len(found) <= MAX_PARAGRAPHS else [source]
