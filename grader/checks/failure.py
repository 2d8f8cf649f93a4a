"""What a check reports: the failure, the warning, and how a value is written for people.

A failure's text is one sentence that a student may always read: what was checked,
the kind of mismatch, the first place and the student's own value.  The expected
value never stands in it; it travels in an attribute of its own, for public test
cases only.
"""

from __future__ import annotations

from types import MemberDescriptorType
from typing import Any

_LONGEST_NAME = 40


class CheckFailure(AssertionError):  # noqa: N818 (the name that hidden tests use)
    """A check found something wrong with what the student returned.

    ``kind`` is a stable word for programs: ``"kind"`` (the type or dtype), ``"shape"``,
    ``"finite"``, ``"value"``, ``"keys"``, ``"gradient"``, ``"mutated"``, ``"aliased"``,
    ``"shared_state"``, ``"order"``, ``"randomness"`` or ``"seed"``.  ``name`` says what was
    checked, ``where`` is the index of the first bad entry (None where there is none),
    ``actual`` the student's own value and ``expected`` the right one, both as text and
    empty where there is none.  ``str`` of the failure never holds ``expected``.
    """

    def __init__(
        self,
        message: str,
        *,
        kind: str = "value",
        name: str = "",
        where: tuple[int, ...] | None = None,
        actual: str = "",
        expected: str = "",
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.name = name
        self.where = where
        self.actual = actual
        self.expected = expected


class CheckWarning(UserWarning):
    """Accepted, though not as asked: a list for an array, shape (1,) for a scalar."""


def type_name(thing: object) -> str:
    """Name the type of *thing* for a message: short and printable, whatever it is called.

    A handle for an object in the worker carries the name of that object's type.
    """
    kind = type(thing)
    handle = isinstance(getattr(kind, "student_type", None), MemberDescriptorType)
    name = str(thing.student_type if handle else kind.__name__)  # type: ignore[attr-defined]
    return "".join(c if c.isprintable() else "?" for c in name)[:_LONGEST_NAME]


def number_text(number: Any) -> str:
    """Write a real number with six significant digits."""
    return f"{number:.6g}"


def place_text(where: tuple[int, ...]) -> str:
    """Write an index as Python would: ``[2]``, ``[0, 3]``; empty for a scalar."""
    return f"[{', '.join(str(int(i)) for i in where)}]" if where else ""
