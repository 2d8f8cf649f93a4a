"""IPython as a student's notebook knows it, without what would reach outside.

Shell commands and installs are refused with a note, and the cell goes on; magics
that only a live notebook needs are passed over; ``%timeit`` runs once.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Final

from IPython.core.compilerop import CachingCompiler
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.pylabtools import import_pylab

from . import adding
from .rewriting import rewritten

_REFUSED: Final = frozenset(
    "pip conda mamba micromamba uv bash sh script system sx cmd ruby perl pypy python python2 "
    "python3 js javascript html svg latex markdown".split()
)
_HARMLESS: Final = frozenset(
    "matplotlib config load_ext reload_ext unload_ext autoreload aimport autosave gui edit "
    "notebook recall rerun".split()
)
#: Cell magics that a cell is run without, so that an error in it is like any other.
_PLAIN: Final = frozenset("time capture prun debug".split())
_CELL_MAGIC: Final = re.compile(r"\s*%%(\w+)([^\n]*)")
_REPEATS: Final = re.compile(r"(?<!\S)-[nr] ?\d+\s*")


class Compiler(CachingCompiler):  # type: ignore[misc]
    """Names each cell's code ``<cell N>``, so that tracebacks can say which one."""

    number = 0
    #: Told of each cell before it is run.
    look: Callable[[ast.AST], None] = staticmethod(lambda tree: None)

    def ast_parse(self, source: str, filename: str = "<unknown>", symbol: str = "exec") -> Any:
        tree = super().ast_parse(source, filename, symbol)
        self.look(tree)
        return rewritten(tree, source, self.flags)

    def get_code_name(self, raw_code: str, transformed_code: str, number: int) -> str:
        return f"<cell {self.number}>"


class StudentShell(InteractiveShell):  # type: ignore[misc]
    """IPython without what would reach outside, or take long to print nothing."""

    notes: list[tuple[str, dict[str, str]]]

    def note(self, text: str, /, **fields: object) -> None:
        """Add a note, ``{field}`` for what differs, to the student's page; the same one once."""
        note = _utf8(text), {key: _utf8(str(value)) for key, value in fields.items()}
        if note not in self.notes and len(self.notes) < 50:
            self.notes.append(note)

    def count(self, source: str) -> None:
        """Number the next cell for ``In`` and ``Out``."""
        if source and not source.isspace():
            inputs = self.history_manager.input_hist_parsed
            # Some versions count on before a cell is run, some after.
            self.execution_count += len(inputs) - self.displayhook.prompt_count
            inputs.append(source)

    def without_cell_magic(self, source: str) -> tuple[str, str]:
        """A cell without the magics above it, its lines where they were.

        Gives the name, too, under which ``%%capture`` is to keep the output, or "".
        """
        kept = marked = ""
        while found := _CELL_MAGIC.match(source):
            name, rest = found[1], found[2]
            if name in adding.MAGICS:
                marked = adding.marked(name, rest)
            elif name not in _PLAIN:
                if name in _REFUSED or self.find_cell_magic(name) is not None:
                    break
                self.note("%%{name} is not known here; the cell was run without it.", name=name)
            elif name == "capture":
                kept = next((word for word in rest.split() if word.isidentifier()), "")
            source = "\n" * found[0].count("\n") + source[found.end() :]
        return marked + source, kept

    # -- what is refused, or answered in another way ---------------------------

    def showtraceback(self, *arguments: Any, **keywords: Any) -> None:
        pass  # the result holds the exception; colouring it costs milliseconds

    showsyntaxerror = showindentationerror = showtraceback

    def _tee(self, *arguments: Any, **keywords: Any) -> AbstractContextManager[None]:
        return nullcontext()  # would keep all that is printed, in memory, for a history

    def system(self, cmd: str) -> None:
        command = cmd.strip()[:60]
        self.note(
            "The shell command !{command} was not run: none is while grading.", command=command
        )

    system_piped = system_raw = system

    def getoutput(self, cmd: str, split: bool = True, depth: int = 0) -> Any:
        self.system(cmd)
        return [] if split else ""

    def ask_exit(self) -> None:
        self.note("exit() and quit() are passed over while grading.")

    def ask_yes_no(self, prompt: str, default: str | None = None, interrupt: Any = None) -> bool:
        return default == "y"

    def magic(self, line: str) -> Any:
        """Run a magic as exported notebooks of old did."""
        name, _, rest = line.strip().lstrip("%").partition(" ")
        return self.run_line_magic(name, rest.strip())

    def run_line_magic(self, magic_name: str, line: str, _stack_depth: int = 1) -> Any:
        if magic_name in _HARMLESS:
            return None
        if magic_name == "pylab":
            return import_pylab(self.user_ns, "--no-import-all" not in line)
        if magic_name in _REFUSED:
            self.note(
                "%{name} was not run: installs and commands are not while grading.",
                name=magic_name,
            )
            return [] if magic_name in ("sx", "system") else None
        if self.find_line_magic(magic_name) is None:
            self.note("%{name} is not known here and was passed over.", name=magic_name)
            return None
        if magic_name == "timeit":
            line = _once(line)
        return super().run_line_magic(magic_name, line, _stack_depth + 1)

    def run_cell_magic(self, magic_name: str, line: str, cell: str) -> Any:
        if magic_name in _REFUSED:
            self.note("%%{name}: this cell was not run, it is no Python.", name=magic_name)
            return None
        if magic_name in _PLAIN or self.find_cell_magic(magic_name) is None:
            # Called by name, as scripts exported from a notebook do.
            cell, _ = self.without_cell_magic(f"%%{magic_name} {line}\n{cell}")
            return self.run_cell(cell, store_history=False).raise_error()
        if magic_name == "timeit":
            line = _once(line)
        return super().run_cell_magic(magic_name, line, cell)


def _once(line: str) -> str:
    """Let ``%timeit`` run what it times once: thousands of times would use up the cell's."""
    return "-n 1 -r 1 " + _REPEATS.sub("", line)


def _utf8(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
