"""What a check reports: the failure, the warning, and how a value is written for people.

A failure's text is one sentence that a student may always read: what was checked,
the kind of mismatch, the first place and the student's own value.  The expected
value never stands in it; it travels in an attribute of its own, for public test
cases only.  Texts are :class:`~grader.words.Words`, so that pages can say them in the
reader's language.
"""

from __future__ import annotations

import re
from types import MemberDescriptorType
from typing import Any

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
    checked, ``where`` is the index of the first bad entry (None where there is none),
    ``actual`` the student's own value and ``expected`` the right one, both as text and
    empty where there is none.  ``words`` is the message as it was given; ``str`` of the
    failure is it in English and never holds ``expected``.
    """

    def __init__(
        self,
        message: str | Words,
        *,
        kind: str = "value",
        name: str | Words = "",
        where: tuple[int, ...] | None = None,
        actual: str | Words = "",
        expected: str | Words = "",
    ) -> None:
        super().__init__(str(message))
        self.words = as_words(message)
        self.kind = kind
        self.name = str(name)
        self.where = where
        self.actual = str(actual)
        self.expected = str(expected)


class CheckWarning(UserWarning):
    """Accepted, though not as asked: a list for an array, shape (1,) for a scalar."""

    def __init__(self, message: str | Words) -> None:
        super().__init__(str(message))
        self.words = as_words(message)


def type_name(thing: object) -> str:
    """Name the type of *thing* for a message: short and printable, whatever it is called.

    A handle for an object in the worker carries the name of that object's type.
    """
    kind = type(thing)
    handle = isinstance(getattr(kind, "student_type", None), MemberDescriptorType)
    name = str(thing.student_type if handle else kind.__name__)  # type: ignore[attr-defined]
    return "".join(c if c.isprintable() else "?" for c in name)[:RESULT_NAME_CHARACTERS]


def number_text(number: Any) -> str:
    """Write a real number with six significant digits."""
    return f"{number:.6g}"


def percent(share: float) -> str:
    """Write a share of 1: ``29.5 %``."""
    return f"{round(100 * float(share), 1):g} %"


def place_text(where: tuple[int, ...]) -> str:
    """Write an index as Python would: ``[2]``, ``[0, 3]``; empty for a scalar."""
    return f"[{', '.join(str(int(i)) for i in where)}]" if where else ""


def entry_of(name: Name, where: tuple[int, ...]) -> Words:
    """Name the entry at *where* of what is called *name*; *name* itself for a scalar.

    What ends in an expression is indexed, ``dx[0, 3]``; of a phrase it is "Entry [0, 3] of ...".
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
    """Name an entry of what is called *name*: ``grads['W1']``, "Result 1 of forward"."""
    if isinstance(key, int) and not _EXPRESSION.search(str(name)):
        return Words(_RESULT.text, (("number", key + 1), ("name", name)))
    return say("{name}[{key}]", name=name, key=str(key))


def whole(name: Name) -> Name:
    """Name what a result is one of, for what is said once of them all."""
    if isinstance(name, Words) and name.text == _RESULT.text:
        return as_words(dict(name.fields)["name"])  # type: ignore[arg-type]
    return name
