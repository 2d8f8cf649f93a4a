"""Known mistakes as code: changes of the master notebook's solution.

A mistake's code is a notebook cell that, run after the solution's cells, redefines what a
student with this mistake would have written.
"""

from __future__ import annotations

import ast
import json
import re
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from grader.errors import AssignmentError
from grader.model import Mistake

_Change = tuple[str, str]
#: One way to do what the text leaves open: takes the source of a definition and returns it changed.
Convention = Callable[[str], str]
# Otter reads these cells as YAML, in which a question's name is one plain line.
_QUESTION = re.compile(r"#\s*BEGIN QUESTION\b", re.IGNORECASE)
_NAME = re.compile(r"^name:[ \t]*(.+?)[ \t]*(?:#.*)?$", re.MULTILINE)


def table(
    *loses: str, in_: str = "", rows: Iterable[tuple[int, str, str, *tuple[_Change, ...]]]
) -> tuple[Mistake, ...]:
    """Return mistakes that lose the same points, from rows (number, name, hint, change, ...)."""
    return tuple(
        Mistake(
            number=number,
            name=name,
            hint=hint,
            changes=tuple(changes),
            loses=frozenset(loses),
            in_=in_,
        )
        for number, name, hint, *changes in rows
    )


def as_written(source: str) -> str:
    """Return ``source`` as it is: the convention of the solution itself."""
    return source


def in_turn(first: Convention, second: Convention) -> Convention:
    """Return the convention that applies one and then another."""
    return lambda source: second(first(source))


def rewriting(*changes: _Change) -> Convention:
    """Return a convention that makes these changes in a definition that holds all of them."""

    def rewrite(source: str) -> str:
        if all(old in source for old, _ in changes):
            for old, new in changes:
                source = source.replace(old, new)
        return source

    return rewrite


def cells(notebook: Path) -> list[str]:
    """Return the sources of a notebook's code cells, without magics and shell lines.

    Raises AssignmentError if the notebook cannot be read.
    """
    return list(map(without_magics, _sources(notebook, "code")))


def _sources(notebook: Path, kind: str) -> list[str]:
    try:
        found = json.loads(notebook.read_text("utf-8"))["cells"]
        return ["".join(cell["source"]) for cell in found if cell["cell_type"] == kind]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise AssignmentError(f"{notebook} cannot be read as a notebook; correct it.") from error


def without_magics(source: str) -> str:
    """Return a cell's source without magics and shell lines."""
    return "\n".join(line for line in source.splitlines() if not line.startswith(("%", "!")))


def question_names(notebook: Path) -> tuple[str, ...]:
    """Return the names of an Otter Assign notebook's questions, in its order.

    Empty if it cannot be read: whoever needs the notebook itself reports that.
    """
    try:
        raw = _sources(notebook, "raw")
    except AssignmentError:
        return ()
    named = (_NAME.search(text) for text in raw if _QUESTION.match(text))
    return tuple(name[1].strip("\"'") for name in named if name)


def definitions(notebook: Path, names: Iterable[str]) -> dict[str, str]:
    """Return, by name, the source of each named class and function that a notebook defines.

    Raises AssignmentError if the notebook cannot be read or a cell is not Python.
    """
    try:
        return defined_in(cells(notebook), names)
    except SyntaxError as error:
        raise AssignmentError(f"{notebook} holds a cell that is no Python; correct it.") from error


def defined_in(sources: Iterable[str], names: Iterable[str]) -> dict[str, str]:
    """Return :func:`definitions` of cells; raises SyntaxError if one is not Python."""
    wanted, found = set(names), dict[str, str]()
    for source in sources:
        for node in ast.parse(source).body:
            if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name in wanted:
                found[node.name] = "\n".join(source.splitlines()[node.lineno - 1 : node.end_lineno])
    return found


def written(
    solution: Mapping[str, str], *mistakes: Mistake, convention: Convention = as_written
) -> str:
    """Return the code of mistakes made together, each in the result of the one before it.

    ``solution`` holds the sources of :func:`definitions`.  The result is then written in the
    *convention*.  Raises ValueError, with the reason, if a mistake cannot be made or the code
    is not Python.
    """
    changed = {name: convention(text) for name, text in made(solution, *mistakes).items()}
    code = "\n\n\n".join(text for name, text in changed.items() if text != solution[name])
    try:
        compile(code, "<mistake>", "exec")
    except SyntaxError as error:
        raise ValueError(f"makes code that is no Python ({error.msg}, {error.text!r})") from error
    if not code and mistakes:
        raise ValueError("changes nothing")
    return code


def made(solution: Mapping[str, str], *mistakes: Mistake) -> dict[str, str]:
    """Return the sources of definitions with mistakes made in them, by name.

    Raises ValueError, with the reason, if a mistake cannot be made.
    """
    changed = dict(solution)
    for mistake in mistakes:
        for old, new in mistake.changes:
            name, text = _made(changed, mistake.in_, _dedented(old), _dedented(new))
            if text == changed[name]:
                raise ValueError(f"changes nothing where it replaces {old!r}")
            changed[name] = text
    return changed


def together(
    solution: Mapping[str, str], *mistakes: Mistake, convention: Convention = as_written
) -> str | None:
    """Return :func:`written` in whichever order is possible; None if they exclude each other."""
    for order in (mistakes, mistakes[::-1]):
        with suppress(ValueError):
            return written(solution, *order, convention=convention)
    return None


def complete(
    file: Path, solution: Mapping[str, str], known: AbstractSet[str], mistake: Mistake
) -> Mistake:
    """Return the mistake with its code.

    Raises AssignmentError, naming ``file``, if it cannot be made or loses what is not ``known``.
    """
    for lost in sorted(mistake.loses - known):
        raise AssignmentError(
            f"{file}: mistake {mistake.name!r} loses {lost!r}, "
            "which is neither a question nor QUESTION/TEST CASE; correct it."
        )
    try:
        return replace(mistake, code=written(solution, mistake))
    except ValueError as error:
        raise AssignmentError(f"{file}: mistake {mistake.name!r} {error}; correct it.") from error


def _made(solution: Mapping[str, str], in_: str, old: str, new: str) -> tuple[str, str]:
    """Return the name of the definition that holds ``old``, and its source with ``new`` instead."""
    if in_ and in_ not in solution:
        raise ValueError(f"is in {in_!r}, which the notebook does not define")
    inside = {in_: solution[in_]} if in_ else solution
    found = [(name, *place) for name, text in inside.items() for place in _places(text, old)]
    if len(found) != 1:
        where = in_ or "the notebook's solution"
        times = f"{len(found)} times; write more of it" if found else "nowhere"
        raise ValueError(f"replaces {old!r}, which {where} holds {times}")
    name, start, end, indent = found[0]
    text = inside[name]
    return name, text[:start] + _indented(new, indent) + text[end:]


def _places(text: str, old: str) -> Iterator[tuple[int, int, str]]:
    """Yield where ``old`` is (start, end), and the indentation of the line in which it begins."""
    first, offset = old.partition("\n")[0], 0
    for line in text.splitlines(keepends=True):
        column = line.find(first) if first else -1
        while column >= 0:
            indent = line[: len(line) - len(line.lstrip())]
            whole = _indented(old, indent)
            if text.startswith(whole, offset + column):
                yield offset + column, offset + column + len(whole), indent
            column = line.find(first, column + 1)
        offset += len(line)


def _dedented(text: str) -> str:
    return textwrap.dedent(text).strip("\n")


def _indented(text: str, indent: str) -> str:
    """Return the text with the lines after the first indented."""
    return textwrap.indent(text, indent).removeprefix(indent)
