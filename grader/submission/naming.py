"""Names of submissions, made from the names of files.

Three kinds: the name that people see (:func:`printable`), a safe, unique and stable name for
rows and folders (:func:`unique_names`), and the student's (:func:`student_of`).
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

# Left by systems and editors, never handed in on purpose.
_JUNK = frozenset({"__macosx", "__pycache__"})

# Separators, and characters that a file system forbids or a shell expands.
_UNSAFE = frozenset('/\\:*?"<>|')
# A spreadsheet reads what follows as a formula; the wide forms count, too.
_FORMULA = frozenset("=+-@＝＋－＠")

# How Moodle and Canvas name downloads.
_MOODLE = re.compile(r"(?P<who>.+?)_\d{3,}_assignsubmission_(?:file|onlinetext)(?:_.*)?", re.S)
_CANVAS = re.compile(r"(?P<who>[^_]+)(?:_LATE)?_\d{3,}_\d{3,}_.+", re.S)


def is_junk(name: str) -> bool:
    """Return whether a file or folder of this name is passed over silently."""
    return name.startswith(".") or name.casefold() in _JUNK


def ending_of(name: str) -> str:
    """Return the known ending that ``name`` has, in lower case, or ``""``."""
    lower = name.lower()
    return next((ending for ending in ENDINGS if lower.endswith(ending)), "")


def without_ending(name: str) -> str:
    """Return ``name`` without its known ending, whatever its case."""
    return name[: len(name) - len(ending_of(name))]


def printable(text: str, *, limit: int = 0) -> str:
    """Return ``text`` on one line, with unprintable characters escaped.

    Undecodable bytes of a file's name (surrogates, as :func:`os.fsdecode` makes them) become
    ``\\xNN``.  ``limit`` is the most characters, 0 for no limit.
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
    """Return ``text`` as a name for a folder, a row and a spreadsheet's cell; never empty."""
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
    """Return a key that is equal for names that differ only in case or Unicode normalisation."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def unique_names(wanted: Sequence[tuple[str, str]]) -> list[str]:
    """Return safe names for ``(text, original)`` pairs, in their order.

    Names that would be equal get a hash of ``original``, which must be unique; so a further
    file renames only files that share its name.
    """
    bases = [safe_name(text) for text, _ in wanted]
    names = list(bases)
    # With ever longer hashes, since a file may be named like another's name with its hash.
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
    """Return the student named by the file or folder ``name``.

    Moodle (``Jane Doe_12345_assignsubmission_file_``) and Canvas
    (``doejane_LATE_12345_67890_hw.ipynb``) write the student's name into it; else it is the
    whole name, a file's without its ending.
    """
    match = _MOODLE.fullmatch(name) or (None if folder else _CANVAS.fullmatch(name))
    who = match["who"] if match else name if folder else without_ending(name)
    return printable(who.strip(), limit=PERSON_CHARACTERS) or "_"
