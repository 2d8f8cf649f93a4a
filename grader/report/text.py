"""Text for people and spreadsheets: students' words made harmless, numbers made short."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

# What moves a terminal's cursor or colours: whole sequences, then single characters.
_ESCAPES = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]"  # colours, moves
    r"|\][^\x07\x1b]*(?:\x07|\x1b\\)?"  # titles, links
    r"|[ -/]*[0-~])"
)
# Controls other than tab and line feed, and marks that change the direction of text.
_CONTROLS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ufeff\ufff9-\ufffb]"
)
_BREAKS = re.compile("[\t\n]")
_SURROGATES = re.compile("[\ud800-\udfff]")
#: What a spreadsheet takes for the beginning of a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")

CUT_MARK = "\n… (cut)"


def clean(text: str, limit: int) -> str:
    """Return ``text`` without control characters (tabs and line ends stay), cut to ``limit``.

    Terminal colours are removed as whole sequences; a lone carriage return, as progress bars
    write it, begins a new line; what UTF-8 cannot encode becomes U+FFFD.
    """
    # Cut first, with room for what cleaning removes: a long text costs no more than a short one.
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
    """Return ``text`` as :func:`clean` does, on one line: runs of blanks become one space."""
    # Cut by hand: the mark that clean() adds has a line of its own.
    line = " ".join(clean(text[: limit + 1], limit + 1).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def number(value: float) -> str:
    """Return a score as people write it: ``2`` for 2.0, ``0.3333333333`` for 1/3."""
    text = f"{value:.10g}"
    return "0" if text == "-0" else text


def cell(text: str) -> str:
    """Return ``text`` for a spreadsheet's cell: one line, never read as a formula."""
    line = _SURROGATES.sub("\ufffd", _BREAKS.sub("_", _CONTROLS.sub("_", text)))
    return "'" + line if text.lstrip(" ").startswith(FORMULA) else line


def csv_text(rows: Iterable[Sequence[str]], *, end: str = "\r\n") -> str:
    """Return ``rows`` as CSV; ``end`` is the line end."""
    file = io.StringIO(newline="")
    csv.writer(file, lineterminator=end).writerows(rows)
    return file.getvalue()
