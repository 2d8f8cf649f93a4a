"""What a check reports: the failure, the warning, and how a value is written for people.

A failure's text is one sentence that a student may always read: what was checked, the kind
of mismatch, the first place and the student's own value.  It never holds the expected value,
which has an attribute of its own, for public test cases only.  Texts are
:class:`~grader.words.Words`, so that pages can show them in the reader's language.
"""

from __future__ import annotations

import re
from types import MemberDescriptorType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.bounds import RESULT_NAME_CHARACTERS
from grader.words import Words, as_words, say

# An identifier, with what follows it, alone or after a comma: "After update 2, params['b1']".
_EXPRESSION = re.compile(r"(^|, )[^\W\d]\w*(\.\w+|\[[^\]]*\])*$")
_RESULT = say("Result {number} of {name}")

#: What was checked, as a message names it.
Name = str | Words


class CheckFailure(AssertionError):  # noqa: N818 (the name that hidden tests use)
    """A check found something wrong with what the student returned.

    ``kind`` is a stable word for programs: ``"kind"`` (the type or dtype), ``"shape"``,
    ``"finite"``, ``"value"``, ``"keys"``, ``"gradient"``, ``"mutated"``, ``"aliased"``,
    ``"shared_state"``, ``"order"``, ``"randomness"`` or ``"seed"``.  ``name`` says what was
    checked and fills the message's field ``{name}`` unless the message has one.  ``where`` is
    the index of the first wrong entry (None if there is none), ``actual`` the student's value
    and ``expected`` the right one, both as text and empty if there is none.  ``words`` is the
    message; ``str`` of the failure is the message in English and never holds ``expected``.
    """

    def __init__(
        self,
        message: str | Words,
        *,
        kind: str = "value",
        name: Name = "",
        where: tuple[int, ...] | None = None,
        actual: str | Words = "",
        expected: str | Words = "",
    ) -> None:
        words = as_words(message)
        if "{name}" in words.text and "name" not in dict(words.fields):
            words = Words(words.text, (("name", name), *words.fields))
        super().__init__(str(words))
        self.words = words
        self.kind = kind
        self.name = str(name)
        self.where = where
        self.actual = str(actual)
        self.expected = str(expected)


class CheckWarning(UserWarning):
    """A result is accepted, though not as asked: a list for an array, shape (1,) for a scalar."""

    def __init__(self, message: str | Words) -> None:
        super().__init__(str(message))
        self.words = as_words(message)


def type_name(thing: object) -> str:
    """Return the name of the type of *thing*, made short and printable.

    For a handle of an object in the worker it is the name of that object's type.
    """
    kind = type(thing)
    handle = isinstance(getattr(kind, "student_type", None), MemberDescriptorType)
    name = str(thing.student_type if handle else kind.__name__)  # type: ignore[attr-defined]
    return "".join(c if c.isprintable() else "?" for c in name)[:RESULT_NAME_CHARACTERS]


def number_text(number: Any) -> str:
    """Return a real number as text with six significant digits."""
    return f"{number:.6g}"


def percent(share: float) -> str:
    """Return a share of 1 as text: ``29.5 %``."""
    return f"{round(100 * float(share), 1):g} %"


def place_text(where: tuple[int, ...]) -> str:
    """Return an index as Python writes it: ``[2]``, ``[0, 3]``; empty for a scalar."""
    return f"[{', '.join(str(int(i)) for i in where)}]" if where else ""


def entry_of(name: Name, where: tuple[int, ...]) -> Words:
    """Return the name of the entry at *where* of *name*; *name* itself for a scalar.

    A name that ends in an expression is indexed, ``dx[0, 3]``; a phrase gives "Entry [0, 3] of
    ...".
    """
    if not where:
        return as_words(name)
    if isinstance(name, Words) and name.text == _RESULT.text:
        entry = say("Entry {place} of result {number} of {name}", place=place_text(where))
        return Words(entry.text, entry.fields + name.fields)
    if _EXPRESSION.search(str(name)):
        return say("{name}{place}", name=name, place=place_text(where))
    return say("Entry {place} of {name}", name=name, place=place_text(where))


def part(name: Name, key: object) -> Words:
    """Return the name of one part of *name*: ``grads['W1']``, "Result 1 of forward"."""
    if isinstance(key, int) and not _EXPRESSION.search(str(name)):
        return Words(_RESULT.text, (("number", key + 1), ("name", name)))
    return say("{name}[{key}]", name=name, key=str(key))


def whole(name: Name) -> Name:
    """Return the name of what *name* is a part of, for what is said once of all its results."""
    if isinstance(name, Words) and name.text == _RESULT.text:
        return as_words(dict(name.fields)["name"])  # type: ignore[arg-type]
    return name


def first_place(wrong: NDArray[np.bool_]) -> tuple[int, ...] | None:
    """Return the index of the first True in *wrong*; None if there is none."""
    return tuple(np.argwhere(wrong)[0].tolist()) if wrong.any() else None


def failure_at(
    where: tuple[int, ...], entries: NDArray[Any], text: Words, *, kind: str, name: Name,
    expected: str = "",
) -> CheckFailure:  # fmt: skip
    """Return the failure of one of the *entries*, the fields ``{entry}`` and ``{own}`` of *text*.

    They are its name, made of *name* and *where*, and its value.
    """
    own = number_text(entries[where])
    words = Words(text.text, (("entry", entry_of(name, where)), ("own", own), *text.fields))
    return CheckFailure(words, kind=kind, name=name, where=where, actual=own, expected=expected)


def require_each(
    right: NDArray[np.bool_], entries: NDArray[Any], text: Words, *, kind: str, name: Name
) -> None:
    """Raise :func:`failure_at` the first of the *entries* that is not *right*."""
    if not right.all() and (where := first_place(~right)) is not None:
        raise failure_at(where, entries, text, kind=kind, name=name)
