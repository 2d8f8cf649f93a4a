"""The programs that read and print text (see :mod:`.programs`), without :mod:`.sed`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .refusals import CommandError, RefusedError

if TYPE_CHECKING:
    from .commands import Commands


def cat(here: Commands, names: list[str], flags: str, piped: str) -> str:
    return "".join(piped if name == "-" else here.read(name) for name in names or ["-"])


def tee(here: Commands, names: list[str], flags: str, piped: str) -> str:
    for name in names:
        here.write(name, piped, append="a" in flags)
    return piped


def echo(here: Commands, words: list[str], flags: str, piped: str) -> str:
    end, special = "\n", False
    while words and words[0] in ("-n", "-e", "-E", "-ne", "-en"):
        flag = words.pop(0)
        end = "" if "n" in flag else end
        special = special or "e" in flag
    text = " ".join(words)
    return (_unescaped(text) if special else text) + end


def printf(here: Commands, words: list[str], flags: str, piped: str) -> str:
    if not words:
        raise CommandError("usage: printf format [arguments]")
    form, arguments = _unescaped(words[0]), words[1:]
    if "%" in form.replace("%s", "").replace("%%", ""):
        raise RefusedError("printf")  # numbers and widths
    first, *rest = (part.replace("%%", "%") for part in form.split("%s"))
    text = ""
    while True:
        text += first
        for part in rest:
            text += (arguments.pop(0) if arguments else "") + part
        if not arguments or not rest:
            return text


def head(here: Commands, words: list[str], flags: str, piped: str) -> str:
    count, names = _count(words)
    lines = cat(here, names, "", piped).splitlines(keepends=True)
    return "".join(lines[:count])


def tail(here: Commands, words: list[str], flags: str, piped: str) -> str:
    count, names = _count(words)
    lines = cat(here, names, "", piped).splitlines(keepends=True)
    return "".join(lines[-count:] if count else [])


def wc(here: Commands, names: list[str], flags: str, piped: str) -> str:
    if set(flags) - set("lwcm"):
        raise RefusedError("wc")
    text, asked_for = "", flags or "lwc"
    for name in names or ["-"]:
        read = piped if name == "-" else here.read(name)
        numbers = {"l": read.count("\n"), "w": len(read.split()), "m": len(read)}
        numbers["c"] = len(read.encode())
        asked = [str(number) for flag, number in numbers.items() if flag in asked_for]
        text += " ".join([*asked, *([] if name == "-" else [name])]) + "\n"
    return text


def _count(words: list[str]) -> tuple[int, list[str]]:
    """Return the number of lines that ``-n 3``, ``-n3`` or ``-3`` ask for, and the names."""
    count, names, words = 10, [], list(words)
    while words:
        word = words.pop(0)
        if word == "-n" and words:
            word = "-" + words.pop(0)
        if re.fullmatch(r"-n?\d+", word):
            count = int(word.lstrip("-n"))
        elif word.startswith("-") and word != "-":
            raise RefusedError(word)
        else:
            names.append(word)
    return count, names


def _unescaped(text: str) -> str:
    """Return the text with escape sequences replaced, as by ``echo -e`` and ``printf``."""
    letters = {"n": "\n", "t": "\t", "\\": "\\", "r": "\r", "0": "\0", "a": "", "b": ""}
    return re.sub(r"\\(.)", lambda found: letters.get(found[1], found[0]), text)
