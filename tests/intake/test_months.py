"""The names of months are Babel's."""

from __future__ import annotations

from babel.dates import get_month_names

from grader.intake.months import MONTHS

LANGUAGES = ("en", "fr", "es", "pt", "nl", "de", "sv", "da", "it")


def test_they_are_those_of_babel() -> None:
    assert {
        name.casefold().rstrip("."): month
        for language in reversed(LANGUAGES)
        for width in ("abbreviated", "wide")
        for month, name in get_month_names(width, locale=language).items()
    } == MONTHS
