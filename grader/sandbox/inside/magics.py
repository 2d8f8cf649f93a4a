"""Which cells under ``%%magic`` are run, and how; and some line magics that are done here.

A notebook refuses a magic that it does not know and does not run the cell, so that
``%%skip`` and a typing error count there as here.  But a student whose own machine has a
well-known extension sees the cell run: those magics are passed over and the cell is run.
"""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

#: Run no Python in this process, whoever knows them: not run, with a note of their own.
REFUSED: Final = frozenset(
    "pip conda mamba micromamba uv bash sh script system sx cmd ruby perl pypy python python2 "
    "python3 js javascript html svg latex markdown".split()
)
#: Cell magics that a cell is run without, so that an error in it is like any other.
PLAIN: Final = frozenset("time capture prun debug".split())
#: Of well-known extensions that run their cell as Python in the notebook's own namespace, and
#: measure, check, draw, log or test beside it.
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
#: Run their cell unless what stands behind them says to skip it.
_SKIPS: Final = frozenset("skip skip_if skipif skip_cell".split())
#: Run their cell only if what stands behind them holds.
_RUN_IFS: Final = frozenset("run_if runif execute_if exec_if if".split())
HEAD: Final = re.compile(r"\s*%%(\w+)(\[[^\]\n]*\])?([^\n]*)")


def is_run(name: str, line: str, source: str, *, names: Mapping[str, Any]) -> bool:
    """Whether a cell under this unknown magic is run without it; ``source`` begins with the magic.

    ``names`` are the notebook's, for conditions.
    """
    if name in _RUN or name.startswith("nbdev"):
        return True
    if name == "cython":  # most cells under it are; the others are plain Python
        return _parsed(body(source)) is not None
    if name in _SKIPS:
        return _value(line, names) is False
    return name in _RUN_IFS and _value(line, names) is True


def _value(line: str, names: Mapping[str, Any]) -> bool | None:
    """The truth of a condition that is a literal or a name; None where it cannot be told."""
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
    """Those of ``names`` that a cell, magics and all, would have defined."""
    source = body(source)
    tree = _parsed(source)
    if tree is None:
        found = set(re.findall(r"^(?:async +def|def|class) +(\w+)|^(\w+) *=[^=]", source, re.M))
        return [name for name in names if any(name in pair for pair in found)]
    defined = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            defined.add(node.name)
        elif isinstance(node, ast.Assign):
            defined |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.Import | ast.ImportFrom):
            defined |= {alias.asname or alias.name for alias in node.names}
    return [name for name in names if name in defined]


def _parsed(source: str) -> ast.Module | None:
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def body(source: str) -> str:
    """A cell without the magics above it."""
    while found := HEAD.match(source):
        source = source[found.end() :]
    return source


# -- line magics -------------------------------------------------------------------


def import_each(line: str, names: dict[str, Any], cell: str) -> None:
    """``%aimport module, other``, of the code that is named ``cell``."""
    for name in re.split(r"[,\s]+", line.strip()):
        if name and not name.startswith("-"):
            exec(compile(f"import {name}", cell, "exec"), names)


def store(
    line: str, kept: dict[str, Any], names: dict[str, Any], note: Callable[..., None]
) -> None:
    """``%store``: keeps values in ``kept`` for as long as this notebook is run."""
    flag, *words = line.split() or ["-l"]
    if flag == "-r":
        for name in words or [key[6:] for key in kept if key.startswith("store/")]:
            if f"store/{name}" in kept:
                names[name] = copy.deepcopy(kept[f"store/{name}"])
            else:
                note("%store -r {name}: this notebook stored nothing of that name.", name=name)
        return
    if flag in ("-d", "-z"):
        for key in [key for key in kept if key.startswith("store/")]:
            if flag == "-z" or key[6:] in words:
                del kept[key]
        return
    before, arrow, file = line.partition(">")
    if arrow:
        with open(file.lstrip(">").strip(), "a" if file[:1] == ">" else "w") as out:
            print(names[before.strip()], file=out)
        return
    for name in () if flag.startswith("-") else (flag, *words):
        if name in names:
            kept[f"store/{name}"] = copy.deepcopy(names[name])
