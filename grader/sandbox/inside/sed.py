"""``sed`` as notebooks use it: ``s/old/new/`` on each line; other scripts are refused."""

from __future__ import annotations

import getopt
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from .refusals import RefusedError

if TYPE_CHECKING:
    from .commands import Commands

#: Special with a backslash in a plain pattern, and without one in an extended one.
_SPECIAL: Final = frozenset("(){}+?|")
_SAME: Final = frozenset("wWsSbB123456789")


def sed(here: Commands, words: list[str], flags: str, piped: str) -> str:
    """``sed [-i] [-E] [-e script] script [files]``."""
    words = [word for word in words if word]  # ``-i ''`` of a Mac
    try:
        options, names = getopt.gnu_getopt(words, "iEre:", ["in-place"])
    except getopt.GetoptError as error:
        raise RefusedError("sed") from error
    given = {option for option, _ in options}
    scripts = [value for option, value in options if option == "-e"]
    if not scripts:
        scripts, names = names[:1], names[1:]
    texts = {name: piped if name == "-" else here.read(name) for name in names or ["-"]}
    for name in texts:
        for script in scripts:
            texts[name] = _replaced(texts[name], script, is_extended=bool(given & {"-E", "-r"}))
    if not given & {"-i", "--in-place"}:
        return "".join(texts.values())
    for name, text in texts.items():
        here.write(name, text)
    return ""


def _replaced(text: str, script: str, *, is_extended: bool) -> str:
    """Return ``text`` with the replacement of ``script`` made in each line."""
    if len(script) < 2 or script[0] != "s" or script[1].isalnum() or script[1] in " \\":
        raise RefusedError(script)
    mark = script[1]
    end = re.escape(mark)
    part = rf"((?:\\(?:.|\n)|[^\\\n{end}])*){end}"
    found = re.fullmatch(rf"{part}{part}([gIi]*)", script[2:])
    if found is None or not found[1]:  # an empty one is the one before
        raise RefusedError(script)
    old, new, flags = (one.replace(f"\\{mark}", mark) for one in found.groups())
    try:
        pattern = re.compile(
            "".join(_pattern(old, is_extended=is_extended)),
            re.IGNORECASE if flags.strip("g") else 0,
        )
        lines = text.split("\n")
        count = 0 if "g" in flags else 1
        last = lines.pop() if text.endswith("\n") else None
        lines = [pattern.sub("".join(_new(new)), line, count=count) for line in lines]
    except re.error as error:
        raise RefusedError(script) from error
    return "\n".join(lines if last is None else [*lines, last])


def _pattern(old: str, *, is_extended: bool) -> Iterator[str]:
    """Yield the parts of Python's pattern for sed's."""
    if re.search(r"(?<!\\)\[(?:\^?\]|[^]]*(?:\\|\[[:.=]))", old):
        raise RefusedError(old)  # brackets with a backslash or a class in them
    inside = False
    for place, part in enumerate(parts := re.findall(r"\\.|.", old, re.DOTALL)):
        escaped, letter = len(part) == 2, part[-1]
        if inside:
            inside = part != "]"
            yield r"\[" if part == "[" else part  # of which Python warns
        elif part == "[":
            inside = True
            yield part
        elif letter in _SPECIAL:
            yield letter if escaped is not is_extended else f"\\{letter}"
        elif escaped:
            yield part if letter in _SAME else r"\b" if letter in "<>" else (
                "\n" if letter == "n" else "\t" if letter == "t" else re.escape(_sign(letter))
            )  # fmt: skip
        elif (part == "*" and not place) or (part == "^" and place and not is_extended):
            yield f"\\{part}"
        elif part == "$" and place + 1 < len(parts) and not is_extended:
            yield r"\$"
        else:
            yield part


def _sign(letter: str) -> str:
    """Return a sign that stood behind a backslash; letters mean more: ``\\x41``, ``\\U``."""
    if letter.isalnum():
        raise RefusedError(letter)
    return letter


def _new(new: str) -> Iterator[str]:
    """Yield the parts of Python's replacement for sed's."""
    for part in re.findall(r"\\.|.", new, re.DOTALL):
        if part == "&":
            yield r"\g<0>"
        elif len(part) == 2 and part[1].isdigit():
            yield rf"\g<{part[1]}>"
        elif len(part) == 2:
            yield {"n": "\n", "t": "\t"}.get(part[1]) or _sign(part[1]).replace("\\", r"\\")
        else:
            yield part.replace("\\", r"\\")
