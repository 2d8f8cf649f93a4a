"""Names of submissions: from whatever a file is called to a safe, unique, stable name.

Three kinds of text are made here from a file's name: what people see
(:func:`printable`), what names a row, a folder and a key (:func:`unique_names`),
and who handed it in (:func:`student_of`).
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

from grader.bounds import FOLDER_NAME_BYTES, FOLDER_NAME_CHARACTERS, PERSON_CHARACTERS

NOTEBOOK_ENDINGS = (".ipynb.txt", ".ipynb.json", ".ipynb")
SCRIPT_ENDING = ".py"
ARCHIVE_ENDING = ".zip"
ENDINGS = (*NOTEBOOK_ENDINGS, SCRIPT_ENDING, ARCHIVE_ENDING)

# Left by systems and editors, never by a student on purpose.
_JUNK = frozenset({"__macosx", "__pycache__"})

# Separators, and what some file system or shell forbids or reads as a pattern.
_UNSAFE = frozenset('/\\:*?"<>|')
# A spreadsheet would read what follows as a formula; the wide forms count too.
_FORMULA = frozenset("=+-@＝＋－＠")

# How three learning platforms name what a teacher downloads.
_MOODLE = re.compile(r"(?P<who>.+?)_\d{3,}_assignsubmission_(?:file|onlinetext)(?:_.*)?", re.S)
_CANVAS = re.compile(r"(?P<who>[^_]+)(?:_LATE)?_\d{3,}_\d{3,}_.+", re.S)


def is_junk(name: str) -> bool:
    """Whether a file or folder of this name is passed over without a word."""
    return name.startswith(".") or name.casefold() in _JUNK


def ending_of(name: str) -> str:
    """The known ending that ``name`` has, in lower case, or ``""``."""
    lower = name.lower()
    return next((ending for ending in ENDINGS if lower.endswith(ending)), "")


def without_ending(name: str) -> str:
    """``name`` without its known ending, whatever its case."""
    return name[: len(name) - len(ending_of(name))]


def printable(text: str, *, limit: int = 0) -> str:
    """``text`` as people can read it on one line: what cannot be shown is escaped.

    Undecodable bytes of a file's name (surrogates, as :func:`os.fsdecode` makes
    them) become ``\\xNN``.  ``limit`` cuts to so many characters; 0 does not cut.
    """
    if limit:
        text = text[: limit + 1]
    if not text.isprintable():
        text = "".join(map(_shown, text))
    return text if not limit or len(text) <= limit else text[: limit - 1] + "…"


def _shown(character: str) -> str:
    if character.isprintable() or unicodedata.category(character) == "Zs":
        return character
    if "\udc80" <= character <= "\udcff":
        return f"\\x{ord(character) - 0xDC00:02x}"
    return character.encode("unicode_escape").decode("ascii")


def safe_name(text: str) -> str:
    """``text`` as a name for a folder, a row and a spreadsheet's cell.  Never empty."""
    name = unicodedata.normalize("NFC", "".join(map(_safe, text))).strip()
    name = name.rstrip(". ") or "_"
    if name[0] in _FORMULA or name[0] == ".":
        name = "_" + name[1:]
    cut = name[:FOLDER_NAME_CHARACTERS]
    while len(cut.encode()) > FOLDER_NAME_BYTES:
        cut = cut[:-1]
    return name if cut == name else f"{cut.rstrip('. ')}-{_hash(text, 8)}"


def _safe(character: str) -> str:
    if character in _UNSAFE:
        return "_"
    if character.isprintable():
        return character
    return " " if unicodedata.category(character) == "Zs" else "_"


def _hash(text: str, digits: int) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:digits]


def same_key(name: str) -> str:
    """Equal for two names that differ in case or Unicode normalisation only."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def unique_names(wanted: Sequence[tuple[str, str]]) -> list[str]:
    """Safe names for ``(text, original)`` pairs, in their order.

    Only where two would meet does a hash of the ``original`` (which must differ
    from pair to pair) tell them apart, so that a further file never renames one
    that it does not meet.
    """
    bases = [safe_name(text) for text, _ in wanted]
    names = list(bases)
    # Longer and longer, since a file may be named like another's name with its hash.
    for digits in (8, 16, 32, 64):
        keys = [same_key(name) for name in names]
        count = Counter(keys)
        clashing = [place for place, key in enumerate(keys) if count[key] > 1]
        if not clashing:
            break
        for place in clashing:
            names[place] = f"{bases[place]}-{_hash(wanted[place][1], digits)}"
    return names


def student_of(name: str, *, folder: bool) -> str:
    """Who handed in the file or folder ``name``.

    Moodle (``Jane Doe_12345_assignsubmission_file_``) and Canvas
    (``doejane_LATE_12345_67890_hw.ipynb``) write the student's name into it; else
    it is the folder's name (a Gradescope export's ``submission_123`` too) or the
    file's without its ending.
    """
    match = _MOODLE.fullmatch(name) or (None if folder else _CANVAS.fullmatch(name))
    who = match["who"] if match else name if folder else without_ending(name)
    return printable(who.strip(), limit=PERSON_CHARACTERS) or "_"
