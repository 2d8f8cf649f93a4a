"""Replaces what reading test files needs of Otter, if Otter is not installed.

Otter brings some 340 MB that neither a student nor the grading of a class needs.  If it is
installed, its own classes read the test files; else this module takes their place while they are
read (:mod:`grader.course.hooks`), so that ``from otter.test_files import test_case`` works.
``tests/otter/test_otterless.py`` compares the two.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from textwrap import dedent
from typing import Any, ClassVar, Final

#: The modules that this one replaces.
MODULES: Final = (
    "otter.test_files",
    "otter.test_files.exception_test",
    "otter.test_files.ok_test",
)


def modules() -> dict[str, types.ModuleType]:
    """Return the modules by Otter's names, for :func:`grader.course.hooks.otter`."""
    package, own = types.ModuleType("otter"), sys.modules[__name__]
    package.test_files = own  # type: ignore[attr-defined]
    return {"otter": package, **dict.fromkeys(MODULES, own)}


class test_case:  # noqa: N801 (Otter's name for it)
    """Makes a test case out of the function that it decorates."""

    __test__: ClassVar[bool] = False  # not for pytest to collect
    test_func: Callable[..., object]

    def __init__(
        self,
        name: str | None = None,
        points: float | None = None,
        hidden: bool = False,
        success_message: str | None = None,
        failure_message: str | None = None,
    ) -> None:
        self.name, self.points, self.hidden = name, points, hidden
        self.success_message, self.failure_message = success_message, failure_message

    def __call__(self, test_func: Callable[..., object]) -> test_case:
        self.test_func = test_func
        return self


@dataclass(frozen=True, slots=True)
class Case:
    """A test case with its points; ``body`` is a :class:`test_case`, or a doctest's text."""

    name: str
    body: Any
    hidden: bool
    points: float
    success_message: str | None
    failure_message: str | None


@dataclass(frozen=True, slots=True)
class File:
    """The test cases of a test file."""

    name: str
    test_cases: tuple[Case, ...]
    all_or_nothing: bool


class ExceptionTestFile:
    """Reads a file of decorated functions."""

    @staticmethod
    def from_string(source: str, path: str = "<string>") -> File:
        """Execute ``source`` and return its test cases."""
        space: dict[str, Any] = {}
        exec(compile(source, path, "exec"), space)
        if "name" not in space:
            raise ValueError(f"Test file {path} does not define 'name'")
        name, found = space["name"], [v for v in space.values() if isinstance(v, test_case)]
        for number, case in enumerate(found, start=1):
            if case.name is None:
                case.name = f"{name} - {number}"
        points = resolved(space.get("points"), [case.points for case in found])
        cases = (
            Case(str(c.name), c, c.hidden, p, c.success_message, c.failure_message)
            for c, p in zip(found, points, strict=True)
        )
        return File(name, tuple(cases), space.get("all_or_nothing", False))


class OKTestFile:
    """Reads a dictionary of doctests."""

    @staticmethod
    def from_spec(spec: dict[str, Any], path: str = "") -> File:
        """Return the test cases of ``spec``; raises any error if it is not in the format."""
        (suite,) = spec["suites"]
        if suite.get("type", "doctest") != "doctest" or suite.get("setup") or suite.get("teardown"):
            raise ValueError("its suite is no doctest, or has a setup or a teardown")
        name, found = spec["name"], suite["cases"]
        points = resolved(spec.get("points"), [case.get("points") for case in found])
        cases = (
            Case(
                name=case.get("name", f"{name} - {number}"),
                body=dedent(case["code"]),
                hidden=case.get("hidden", True),
                points=own,
                success_message=case.get("success_message"),
                failure_message=case.get("failure_message"),
            )
            for number, (case, own) in enumerate(zip(found, points, strict=True), start=1)
        )
        return File(name, tuple(cases), spec.get("all_or_nothing", False))


def resolved(total: Any, points: Sequence[Any]) -> list[float]:
    """Return the points of each test case, from the file's ``total`` and the cases' ``points``.

    Cases without points share the rest of the total; a file without any points is worth one.
    Raises ValueError or TypeError if the two do not fit.
    """
    if isinstance(total, list):
        if len(total) != len(points):
            raise ValueError(f"{len(total)} points are listed for {len(points)} test cases")
        total, points = None, total
    elif total is not None and not isinstance(total, int | float):
        raise TypeError(f"points are a {type(total).__name__}, which is no number")
    for own in points:
        if own is not None and type(own) not in (int, float):
            raise TypeError(f"a test case's points are a {type(own).__name__}, which is no number")
    given = [own for own in points if own is not None]
    if total is not None and sum(given) > total:
        raise ValueError("the test cases have more points than the file")
    if total is None:
        total = sum(given) if any(given) else 1
    left, free = total - sum(given), len(points) - len(given)
    share = left / free if free else 0.0
    return [share if own is None else own for own in points]
