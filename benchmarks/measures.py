"""Compares the size of the code with our goals: ``python benchmarks/measures.py [--types]``.

Exits with 1 if a goal is missed.  ``--types`` also runs mypy, which takes longer.
"""

from __future__ import annotations

import argparse
import ast
import io
import statistics
import subprocess
import sys
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_NO_CODE = (
    tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT,
    tokenize.ENDMARKER,
)  # fmt: skip
_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class Measure:
    """One line of the table; the ``goal`` is a text such as "at most 400"."""

    name: str
    value: float
    goal: str = ""
    is_met: bool = True


def at_most(name: str, value: float, most: float) -> Measure:
    """Return a measure that must not exceed ``most``."""
    return Measure(name, value, f"at most {most:g}", value <= most)


def at_least(name: str, value: float, least: float) -> Measure:
    """Return a measure that must not fall below ``least``."""
    return Measure(name, value, f"at least {least:g}", value >= least)


def code_lines(source: str) -> int:
    """Return how many lines hold code, without blank lines, comments and docstrings."""
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in _NO_CODE:
            lines |= set(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, _DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
            text = node.body[0]
            lines -= set(range(text.lineno, (text.end_lineno or text.lineno) + 1))
    return len(lines)


def function_lines(source: str) -> Iterator[int]:
    """Yield the length of each function and method, from ``def`` to its last line."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield (node.end_lineno or node.lineno) - node.lineno + 1


def measure() -> list[Measure]:
    """Return all measures that need no program to run."""
    package = list(read(ROOT.glob("grader/**/*.py")))
    tests = list(read(ROOT.glob("tests/**/*.py")))
    files = [len(source.splitlines()) for source in package]
    functions = [length for source in package for length in function_lines(source)]
    code, tested = (sum(map(code_lines, sources)) for sources in (package, tests))
    return [
        Measure("grader/: lines of code", code),
        Measure("grader/: files", len(files)),
        at_most("grader/: lines of a file, median", statistics.median(files), 150),
        at_most("grader/: lines of a file, largest", max(files), 400),
        Measure("grader/: functions", len(functions)),
        at_most("grader/: lines of a function, median", statistics.median(functions), 7),
        at_most("grader/: lines of a function, nine in ten", tenth(functions), 25),
        at_least("tests/: lines of code for one of grader/", round(tested / code, 2), 1.0),
        *of_assignments(),
    ]


def tenth(lengths: Iterable[int]) -> float:
    """Return the length that nine in ten do not exceed."""
    return statistics.quantiles(lengths, n=10)[-1]


def of_assignments() -> Iterator[Measure]:
    """Yield the lines of code of each assignment's hidden tests and inputs.

    The goal is at most 90, plus two for each line of its reference.
    """
    for folder in sorted(path.parent for path in ROOT.glob("assignments/*/assignment.toml")):
        inputs, reference = folder / "inputs.py", ROOT / "reference" / f"{folder.name}.py"
        sources = read([*folder.glob("tests/*.py"), inputs])
        (right,) = map(code_lines, read([reference]))
        lines = sum(map(code_lines, sources))
        yield at_most(f"{folder.name}: lines of hidden tests and inputs", lines, 90 + 2 * right)


def read(paths: Iterable[Path]) -> Iterator[str]:
    """Yield the text of each file that exists."""
    return (path.read_text("utf-8") for path in paths if path.exists())


def typed() -> Measure:
    """Return how many errors mypy --strict finds, in tests and assignments as well."""
    ended = subprocess.run([sys.executable, "-m", "mypy"], cwd=ROOT, capture_output=True, text=True)
    if ended.returncode not in (0, 1):
        raise SystemExit(f"measures: mypy did not run: {ended.stderr.strip()}")
    return at_most("errors of mypy --strict", ended.stdout.count(": error:"), 0)


def table(measures: Iterable[Measure]) -> Iterator[str]:
    """Yield the lines of a Markdown table."""
    yield "| | measured | goal | |"
    yield "|---|--:|--:|---|"
    for one in measures:
        met = "" if one.is_met else "missed"
        yield f"| {one.name} | {one.value:,g} | {one.goal} | {met} |"


def main() -> int:
    """Print the table; return 1 if a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__.partition(":")[0] + ".")
    parser.add_argument("--types", action="store_true", help="also run mypy")
    measures = measure()
    measures += [typed()] if parser.parse_args().types else []
    print(*table(measures), sep="\n")
    return int(not all(one.is_met for one in measures))


if __name__ == "__main__":
    sys.exit(main())
