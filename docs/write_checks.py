"""Writes docs/checks.md from the docstrings of grader.checks: python docs/write_checks.py"""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PAGE = Path(__file__).with_name("checks.md")
#: What test files import from, in the order in which they need it.
MODULES = (
    "grader.checks.exercise",
    "grader.checks.scenario",
    "grader.checks.callers",
    "grader.checks.carrying",
    "grader.checks.judging",
    "grader.checks.training",
    "grader.checks.dropping",
    "grader.checks.standing_in",
    "grader.checks",
)
HEAD = """# What hidden tests can say, name by name

Every public name that a test file may use, with its docstring. How they belong together is said
in [hidden-tests.md](hidden-tests.md), how an exercise is written in
[write-an-exercise.md](write-an-exercise.md).

This page is written by `python docs/write_checks.py`; a test fails when it is stale.
"""
_ROLE = re.compile(r":\w+:`~?(?:[^`<]*\.)?([^`.]+)`")


def page() -> str:
    """The whole page."""
    return HEAD + "".join(map(section, MODULES))


def section(name: str) -> str:
    """One module's names, in the order of the alphabet."""
    module = importlib.import_module(name)
    lines = [f"\n## {name}\n\n{markdown(inspect.getdoc(module) or '', whole=False)}\n"]
    for public, thing in names(module):
        lines.append(
            f"\n### `{public}{signature(thing)}`\n\n{markdown(inspect.getdoc(thing) or '')}\n"
        )
        if public == "Exercise":
            methods = [(n, m) for n, m in vars(thing).items() if inspect.isfunction(m)]
            for method, code in methods:
                if not method.startswith("_"):
                    text = markdown(inspect.getdoc(code) or "")
                    lines.append(f"\n### `Exercise.{method}{signature(code)}`\n\n{text}\n")
    return "".join(lines)


def names(module: Any) -> Iterator[tuple[str, Any]]:
    """The public functions and classes of a module, those that it names itself where it does."""
    listed = getattr(module, "__all__", None)
    for name, thing in sorted(vars(module).items()):
        is_code = inspect.isfunction(thing) or inspect.isclass(thing)
        is_own = name in listed if listed else getattr(thing, "__module__", "") == module.__name__
        if is_code and is_own and not name.startswith("_"):
            yield name, thing


def signature(thing: Any) -> str:
    """The parameters and their defaults, without types; empty where there are none to be told."""
    is_protocol = getattr(thing, "_is_protocol", False)
    if is_protocol or (inspect.isclass(thing) and "__init__" not in vars(thing)):
        return ""
    found = inspect.signature(thing)
    parameters = [plain(one) for one in found.parameters.values() if one.name != "self"]
    told = found.replace(parameters=parameters, return_annotation=inspect.Signature.empty)
    return str(told).replace("Ellipsis", "...")


def plain(one: inspect.Parameter) -> inspect.Parameter:
    """A parameter without its type; a default that is code is a "..."."""
    default = ... if callable(one.default) and one.default is not one.empty else one.default
    return one.replace(annotation=one.empty, default=default)


def markdown(text: str, *, whole: bool = True) -> str:
    """A docstring, or its first paragraph, with roles and code as Markdown has them."""
    if not whole:
        text = text.partition("\n\n")[0]
    text = _ROLE.sub(r"`\1`", text).replace("``", "`")
    blocks = re.split(r"::\n\n((?:(?: {4}.*)?\n?)+)", text)
    return "".join(
        f":\n\n```python\n{inspect.cleandoc(block)}\n```\n\n" if place % 2 else block
        for place, block in enumerate(blocks)
    ).strip()


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
