"""Says things in the reader's language, from gettext catalogues in source form (.po).

The grader's own texts are in ``locale/LANGUAGE.po`` beside this file; an assignment's (hints,
failure messages, titles) in ``assignments/NAME/locale/LANGUAGE.po``.  Nothing has to be
compiled or installed.  ``grader translations`` brings the files up to date and says what they
lack.
"""

from __future__ import annotations

import gettext
from pathlib import Path
from typing import Final

from grader.report.po import read_po
from grader.words import Words

ENGLISH: Final = "en"
LOCALE: Final = Path(__file__).parent / "locale"


def languages() -> tuple[str, ...]:
    """Return the languages of the grader's own texts, English first."""
    return (ENGLISH, *sorted(path.stem for path in LOCALE.glob("*.po")))


def catalogues(folder: Path) -> dict[str, bytes]:
    """Return the catalogues in an assignment's ``folder``: the files' bytes, by language."""
    return {path.stem: path.read_bytes() for path in sorted(folder.glob("locale/*.po"))}


class Language:
    """One language; ``catalogue`` is the assignment's ``.po`` file for it.

    Texts without a translation stay English.
    """

    def __init__(self, code: str = ENGLISH, *, catalogue: bytes | None = None) -> None:
        self.code = code
        self.translations = gettext.NullTranslations()
        if code != ENGLISH:
            self.translations = _read((LOCALE / f"{code}.po").read_bytes())
            if catalogue is not None:
                assignments = _read(catalogue)
                assignments.add_fallback(self.translations)
                self.translations = assignments

    def tell(self, said: str | Words) -> str:
        """Return ``said`` in this language."""
        if isinstance(said, Words):
            return said.told(self.translations.gettext)
        return self.translations.gettext(said) if said else ""


def _read(catalogue: bytes) -> gettext.GNUTranslations:
    return read_po(catalogue.decode("utf-8"))
