"""Finds misspelled names: those that look like, or nearly equal, the one that is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from difflib import get_close_matches
from itertools import islice
from typing import Final

from grader.bounds import LEAST_NEAR_CHARACTERS, MAX_COMPARED_NAMES
from grader.words import Words, say

#: Cyrillic and Greek letters that look like Latin ones.
_LOOKS: Final = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u04bb\u0501\u051b\u051d"
    "\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0425\u0405\u0406"
    "\u03bf\u03bd\u0391\u0392\u0395\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a7",
    "aeopcyxijshdqwABEKMHOPCTXSIovABEHIKMNOPTX",
)


def alike(name: str, candidates: Iterable[str]) -> Words | None:
    """Return a sentence on a candidate that looks the same as the name; None if there is none."""
    for other in islice(candidates, MAX_COMPARED_NAMES):
        if other != name and other.translate(_LOOKS) == name.translate(_LOOKS):
            return say(
                "{near} is there, which only looks like {name}: one of them has letters of another "
                "alphabet.",
                near=other,
                name=name,
            )
    return None


def near(name: str, candidates: Iterable[str]) -> Words | None:
    """Return a sentence on a candidate that is nearly the same; None if there is none."""
    plain: Callable[[str], str] = lambda text: text.replace("_", "").casefold()  # noqa: E731
    by_plain = {
        plain(other): other for other in list(candidates)[:MAX_COMPARED_NAMES] if other != name
    }
    wanted = plain(name)
    close = get_close_matches(wanted, by_plain, n=1, cutoff=0.8) or [
        other
        for other in by_plain
        if min(len(other), len(wanted)) >= LEAST_NEAR_CHARACTERS
        and (other.startswith(wanted) or wanted.startswith(other))
    ]
    if not close:
        return None
    return say(
        "{near} is there, which is nearly the same name: {name} must be written exactly so.",
        near=by_plain[close[0]],
        name=name,
    )
