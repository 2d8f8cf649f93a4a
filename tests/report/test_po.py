"""Catalogues are read as Babel, which writes them, reads them."""

from __future__ import annotations

import gettext
import io
from pathlib import Path

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po as read_with_babel

from grader.report.po import read_po

ROOT = Path(__file__).resolve().parents[2]
CATALOGUES = sorted(
    [*ROOT.glob("grader/report/locale/*.po"), *ROOT.glob("assignments/*/locale/*.po")]
)

HEAD = r"""
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\n"
"""


def by_babel(text: str) -> gettext.GNUTranslations:
    compiled = io.BytesIO()
    write_mo(compiled, read_with_babel(io.BytesIO(text.encode())))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def read(text: str) -> dict[object, str]:
    catalogue: dict[object, str] = vars(read_po(text))["_catalog"]
    return catalogue


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_projects_catalogues(path: Path) -> None:
    text = path.read_text("utf-8")
    ours, theirs = read(text), by_babel(text)._catalog  # type: ignore[attr-defined]
    ours.pop(""), theirs.pop("")  # the header, of which Babel adds lines of its own
    assert ours == theirs
    assert len(ours) > 5


@pytest.mark.parametrize(
    "entry",
    [
        'msgid "a"\nmsgstr "b"',
        'msgid ""\n"a\\n"\n"\\"b\\" \\\\ \\t"\nmsgstr ""\n"x"\n"y"',
        '#, fuzzy\nmsgid "a"\nmsgstr "b"',
        '#, python-format, fuzzy\nmsgid "a"\nmsgstr "b"\n\nmsgid "c"\nmsgstr "d"',
        'msgid "a"\nmsgstr ""',
        'msgid "a"\nmsgid_plural "as"\nmsgstr[0] "b"\nmsgstr[1] "bs"',
        'msgid "a"\nmsgid_plural "as"\nmsgstr[0] "b"\nmsgstr[1] ""',
        'msgctxt "here"\nmsgid "a"\nmsgstr "b"\nmsgctxt "there"\nmsgid "a"\nmsgstr "c"',
        '#~ msgid "old"\n#~ msgstr "alt"',
        '# said\n#: file.py:3\nmsgid "a"\nmsgstr "ö 日本"\n#: file.py:4\nmsgid "b"\nmsgstr "c"',
    ],
    ids=range(10),
)  # fmt: skip
def test_entries(entry: str) -> None:
    text = f"{HEAD}\n{entry}\n"
    ours, theirs = read(text), by_babel(text)._catalog  # type: ignore[attr-defined]
    ours.pop(""), theirs.pop("")
    assert ours == theirs


def test_an_empty_catalogue_translates_nothing() -> None:
    assert read_po("").gettext("a") == "a"
