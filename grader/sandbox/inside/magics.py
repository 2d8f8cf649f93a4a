"""Which cells under a ``%%magic`` are run, and some line magics.

A notebook does not run a cell under a magic that it does not know, and neither does the
grader.  But a student may have installed a well-known extension: a cell under one of its
magics is run without the magic.
"""

from __future__ import annotations

import ast
import copy
import re
import symtable
from collections.abc import Callable, Mapping
from typing import Any, Final

from .definitions import UNPARSED, assigned, parsed

#: Do not run Python in this process: not run, with a note of their own.
REFUSED: Final = frozenset(
    "pip conda mamba micromamba uv bash sh script system sx cmd ruby perl pypy python python2 "
    "python3 js javascript html svg latex markdown".split()
)
#: Cell magics that are left out, so that an error in the cell is like any other.
PLAIN: Final = frozenset("time capture prun debug".split())
#: Of well-known extensions that run their cell as Python in the notebook's namespace, and also
#: measure, check, draw, log or test something.
_RUN: Final = frozenset(
    # time, memory and profiles
    "memit mprun lprun snakeviz heat pyheat pyinstrument scalene viztracer filprofile fil yep "
    "yappi austin line_profile profile cprofile ptime itime timethis measure_energy emissions "
    # checks and formats
    "pycodestyle pycodestyle_on flake8 flake8_on pep8 pylint ruff ruff_on black blacken nb_black "
    "isort mypy typecheck nb_mypy pyright beartype jaxtyping "
    # tests
    "ipytest run_pytest unittest_main run_unittest doctest "
    # records, caches, notices, teaching
    "wandb mlflow neptune comet cache ipycache notify notifyme track manim exercise "
    "solution".split()
)
#: Run their cell unless the condition on their line is true.
_SKIPS: Final = frozenset("skip skip_if skipif skip_cell".split())
#: Run their cell only if the condition on their line is true.
_RUN_IFS: Final = frozenset("run_if runif execute_if exec_if if".split())
HEAD: Final = re.compile(r"\s*%%(\w+)(\[[^\]\n]*\])?([^\n]*)")


def is_run(name: str, line: str, source: str, *, names: Mapping[str, Any]) -> bool:
    """Whether a cell under this unknown magic is run without it; ``source`` includes the magic.

    ``names`` is the notebook's namespace, for conditions.
    """
    if name in _RUN or name.startswith("nbdev"):
        return True
    if name == "cython":  # most cells under it are; the others are plain Python
        return parsed(_body(source)) is not None
    if name in _SKIPS:
        return _value(line, names) is False
    return name in _RUN_IFS and _value(line, names) is True


def _value(line: str, names: Mapping[str, Any]) -> bool | None:
    """Return the truth of a condition that is a literal or a name; None if it is neither."""
    text = line.strip().lstrip("$").strip("{}")
    negated = text.startswith("not ")
    text = text.removeprefix("not ").strip().lstrip("$")
    value = names.get(text) if text.isidentifier() and text in names else _literal(text)
    if not isinstance(value, bool | int | float | str):
        return None
    return bool(value) is not negated


def _literal(text: str) -> object:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return {"true": True, "false": False}.get(text)


def defines(source: str, names: tuple[str, ...]) -> list[str]:
    """Return those of ``names`` that a cell, of which magics are a part, would have defined."""
    source = _body(source)
    try:
        defined = assigned(symtable.symtable(source, "<cell>", "exec"))
    except UNPARSED:
        found = re.findall(r"^(?:async +def|def|class) +(\w+)|^(\w+) *=[^=]", source, re.M)
        defined = {name for pair in found for name in pair}
    return [name for name in names if name in defined]


def _body(source: str) -> str:
    """Return a cell without the magics above it."""
    while found := HEAD.match(source):
        source = source[found.end() :]
    return source


# -- line magics -------------------------------------------------------------------


def import_each(line: str, names: dict[str, Any], cell: str) -> None:
    """Do ``%aimport module, other`` in the code that is named ``cell``."""
    for name in re.split(r"[,\s]+", line.strip()):
        if name and not name.startswith("-"):
            exec(compile(f"import {name}", cell, "exec"), names)


def store(
    line: str, kept: dict[str, Any], names: dict[str, Any], note: Callable[..., None]
) -> None:
    """Do ``%store``: keep values of ``names`` in ``kept`` while this notebook runs."""
    stored = kept.setdefault("store", {})
    flag, *words = line.split() or ["-l"]
    if flag == "-r":
        for name in words or stored:
            if name in stored:
                names[name] = copy.deepcopy(stored[name])
            else:
                note("%store -r {name}: this notebook stored nothing of that name.", name=name)
        return
    if flag in ("-d", "-z"):
        for name in [*stored] if flag == "-z" else words:
            stored.pop(name, None)
        return
    before, arrow, file = line.partition(">")
    if arrow:
        with open(file.lstrip(">").strip(), "a" if file[:1] == ">" else "w") as out:
            print(names[before.strip()], file=out)
        return
    for name in () if flag.startswith("-") else (flag, *words):
        if name in names:
            stored[name] = copy.deepcopy(names[name])
