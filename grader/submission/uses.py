"""Which of a student's files define the names asked for, directly or by files that they use."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from grader.bounds import KEPT_PATTERNS

from . import text
from .naming import NOTEBOOK_ENDINGS, SCRIPT_ENDING, ending_of, without_ending
from .notebook import Code, read_notebook

_TAKES = re.compile(
    r"^[ \t]*(?:from|import)[ \t]+([^\n]+)|^[ \t]*%run[ \t]+([^\n]+)"
    r"|run_line_magic\(['\"]run['\"],([^\n]+)|\bload\w*\([ \t]*['\"]([^'\"\n]+)",
    re.MULTILINE,
)
_WORD = re.compile(r"[\w-]+")
# A file named in a string, which counts where the code has something to run it with.  (Otter is
# told the notebook's own name.)
_FILE = re.compile(r"(?<!otter\.Notebook\()(?<!export\()['\"]([^'\"\n]{1,200}\.(?:ipynb|py))['\"]")
_RUNS = re.compile(
    r"\bexec\b|%run\b|run_cell|run_line_magic|runpy|nbformat|nbclient|testbook|papermill"
    r"|execute_notebook|Loader\b|spec_from_file"
)

# What a template has where students are to write code.
_UNWRITTEN = re.compile(r"^[ \t]*raise[ \t]+NotImplementedError\b", re.MULTILINE)
# A definition of one of NAMES, and all of it.
_DEFINITION = (
    r"^[ \t]*(?:async[ \t]+def|def|class)[ \t]+(NAMES)\b"
    r"|^(NAMES)[ \t]*(?::[^=\n]*)?=(?!=)"
    r"|^[ \t]*(?:from|import)\b[^\n]*\b(NAMES)\b"
)
_BLOCK = r"^(?:async[ \t]+def|def|class)[ \t]+(NAMES)\b[^\n]*(?:\n(?:[ \t][^\n]*)?)*"


class Rank(NamedTuple):
    """How well a notebook fits, the weightiest criterion first; greater is better."""

    written: int = 0  # names defined, also by what it uses, and changed from the template
    total: int = 0  # names defined, also by what it uses
    names: tuple[bool, ...] = ()  # which, in the order in which they are asked for
    left: int = 0  # minus the number of places left as in the template
    own_total: int = 0  # names defined in the notebook itself
    own_names: tuple[bool, ...] = ()  # which
    is_unused: bool = True  # by the other notebooks


class Uses:
    """Which of the required ``names`` files define.

    ``codes`` are those read already; others of ``files`` are read if a notebook seems to import
    or ``%run`` them.
    """

    def __init__(
        self, names: tuple[str, ...], *, codes: Mapping[str, Code], files: Mapping[str, bytes]
    ) -> None:
        self._names = names
        self._files = files
        self._sources = {name: "\n".join(code.cells) for name, code in codes.items()}
        self._read = set(codes)
        self._known: dict[str, set[str]] = {}
        self._by_stem: dict[str, list[str]] = {}
        for name in files:
            if ending_of(name) in (*NOTEBOOK_ENDINGS, SCRIPT_ENDING):
                self._by_stem.setdefault(_stem(name), []).append(name)

    def rank(self, name: str) -> Rank:
        """Return how well a notebook fits."""
        if not self._names:
            return Rank()
        used = self._used(name)
        sources = [self._source(file) for file in sorted(used)]
        found = {part for source in sources for part in defined(source, self._names)}
        open_ = {part for source in sources for part in _unwritten(source, self._names)}
        own = defined(self._source(name), self._names)
        is_used = any(name in self._used(other) for other in self._read - used)
        return Rank(
            len(found - open_),
            len(found),
            tuple(part in found for part in self._names),
            -sum(len(_UNWRITTEN.findall(source)) for source in sources),
            len(own),
            tuple(part in own for part in self._names),
            not is_used,
        )

    def _used(self, name: str) -> set[str]:
        """Return ``name`` and the files that it imports or runs, also indirectly."""
        if name not in self._known:
            seen, waiting = {name}, [name]
            while waiting:
                taken = self._taken(self._source(waiting.pop()))
                used = {other for stem in taken for other in self._by_stem[stem]} - seen
                waiting += sorted(used)
                seen |= used
            self._known[name] = seen
        return self._known[name]

    def _taken(self, source: str) -> set[str]:
        lines = "\n".join(line for match in _TAKES.findall(source) for line in match if line)
        # A name with spaces is imported with underscores.
        words = {*_WORD.findall(lines), *_WORD.findall(lines.replace(" ", "_"))}
        if _RUNS.search(source):
            words |= set(map(_stem, _FILE.findall(source)))
        return words & self._by_stem.keys()

    def _source(self, name: str) -> str:
        if name not in self._sources:
            data = self._files[name]
            if ending_of(name) == SCRIPT_ENDING:
                self._sources[name] = text.decode(data)[0]
            else:
                self._sources[name] = "\n".join(read_notebook(data).cells)
        return self._sources[name]


def _stem(name: str) -> str:
    return without_ending(name.rpartition("/")[2]).replace(" ", "_")


def defined(source: str, names: tuple[str, ...]) -> set[str]:
    """Return the ``names`` that a source seems to define."""
    found = _pattern(_DEFINITION, names).finditer(source)
    return {match[1] or match[2] or match[3] for match in found}


def _unwritten(source: str, names: tuple[str, ...]) -> set[str]:
    """Return the ``names`` whose last definition still raises as the template's does."""
    blocks = {match[1]: match[0] for match in _pattern(_BLOCK, names).finditer(source)}
    return {name for name, block in blocks.items() if _UNWRITTEN.search(block)}


@lru_cache(maxsize=2 * KEPT_PATTERNS)
def _pattern(form: str, names: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(form.replace("NAMES", "|".join(map(re.escape, names))), re.MULTILINE)
