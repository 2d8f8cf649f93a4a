"""Text on its way to people: students' words made harmless, and numbers made short."""

from __future__ import annotations

import re

# What moves a terminal's cursor or colours: whole sequences, then single characters.
_ESCAPES = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]"  # colours, moves
    r"|\][^\x07\x1b]*(?:\x07|\x1b\\)?"  # titles, links
    r"|[ -/]*[0-~])"
)
# Controls but tab and line feed, and marks that turn the order of what follows.
_CONTROLS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ufeff\ufff9-\ufffb]"
)
_BREAKS = re.compile("[\t\n]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")

CUT_MARK = "\n… (cut)"


def clean(text: str, limit: int) -> str:
    """``text`` without control characters (tabs and line ends stay), cut to ``limit``.

    Terminal colours go as whole sequences; a lone carriage return, as progress bars
    write it, begins a new line; what UTF-8 cannot hold becomes U+FFFD.
    """
    # Cut first, with room for what cleaning takes away, so that length costs nothing.
    was_long = len(text) > 4 * limit
    text = text[: 4 * limit]
    if not text.isprintable():
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        text = _CONTROLS.sub("", _ESCAPES.sub("", text))
        text = _SURROGATES.sub("\ufffd", text)
    if was_long or len(text) > limit:
        return text[:limit] + CUT_MARK
    return text


def one_line(text: str, limit: int) -> str:
    """As :func:`clean`, on one line: each run of blanks becomes one space."""
    # Cut by hand: the mark that clean() adds has a line of its own.
    line = " ".join(clean(text[: limit + 1], limit + 1).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def number(value: float) -> str:
    """A score as people write it: ``2`` for 2.0, ``0.3333333333`` for 1/3."""
    text = f"{value:.10g}"
    return "0" if text == "-0" else text


def cell(text: str) -> str:
    """``text`` for a spreadsheet's cell: one line, and never read as a formula."""
    line = _SURROGATES.sub("\ufffd", _BREAKS.sub("_", _CONTROLS.sub("_", text)))
    return "'" + line if text.lstrip(" ").startswith(_FORMULA) else line
