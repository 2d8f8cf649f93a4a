"""IPython as a student's notebook knows it, without what reaches outside.

Shell commands and installs are refused with a note and the cell goes on; harmless commands are
done (``terminal``).  Magics that only a live notebook needs do nothing; ``%timeit`` runs once.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import re
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from typing import Any, Final

from IPython.core.interactiveshell import InteractiveShell
from IPython.core.pylabtools import import_pylab
from IPython.utils.text import LSString, SList
from traitlets import Any as AnyTrait

from grader.sandbox.wire.bounds import MAX_NOTES
from grader.sandbox.wire.protocol import Befell

from . import adding, magics
from .output import sendable
from .terminal import Terminal

_HARMLESS: Final = frozenset(
    "matplotlib config unload_ext autosave gui edit notebook recall rerun".split()
)
_REPEATS: Final = re.compile(r"(?<!\S)-[nr] ?\d+\s*")


class StudentShell(InteractiveShell):  # type: ignore[misc]
    """IPython without what reaches outside, or takes time only to be displayed."""

    kernel = AnyTrait()
    notes: list[tuple[str, dict[str, str]]]
    befell: set[Befell]  # of the present cell
    terminal: Terminal
    required: tuple[str, ...] = ()
    is_student: Callable[[str], bool]
    reloads = False  # whether %autoreload was asked for

    def note(self, text: str, /, befell: Befell | None = None, **fields: object) -> None:
        """Add a note to the student's page, unless it is there; ``text`` names its ``fields``."""
        if befell is not None:
            self.befell.add(befell)
        note = sendable(text), {key: sendable(str(value)) for key, value in fields.items()}
        if note not in self.notes and len(self.notes) < MAX_NOTES:
            self.notes.append(note)

    def take_notes(self) -> list[tuple[str, dict[str, str]]]:
        """Return the notes since the last call."""
        notes, self.notes = self.notes, []
        return notes

    def count(self, source: str) -> None:
        """Number the next cell for ``In`` and ``Out``."""
        if source and not source.isspace():
            inputs = self.history_manager.input_hist_parsed
            # Some versions of IPython increment before a cell is run, some after.
            self.execution_count += len(inputs) - self.displayhook.prompt_count
            inputs.append(source)

    def without_cell_magic(self, source: str) -> tuple[str, str]:
        """Return a cell without the magics above it, with the same line numbers.

        Return also the name under which ``%%capture`` keeps the output, or "".  If a notebook
        would not run the cell, its source becomes ``pass``.
        """
        kept = marked = ""
        while found := magics.HEAD.match(source):
            name, rest = found[1], found[3]
            if name in adding.MAGICS:
                marked = adding.marked(name, rest)
            elif name not in magics.PLAIN:
                if self.find_cell_magic(name) is not None or name in magics.REFUSED:
                    break
                if not magics.is_run(name, rest, source, names=self.user_ns):
                    self._note_unknown(name, source)
                    return "pass", kept
                self.note(
                    "%%{name} is not known here; the cell was run without it.",
                    Befell.WITHOUT_MAGIC,
                    name=name,
                )
            elif name == "capture":
                kept = next((word for word in rest.split() if word.isidentifier()), "")
            source = "\n" * found[0].count("\n") + source[found.end() :]
        return marked + source, kept

    def _note_unknown(self, name: str, source: str) -> None:
        index, defined = self.compile.number, magics.defines(source, self.required)
        if defined:
            self.note(
                "Cell {index} was not run, as in a notebook: %%{name} is not known. It defines "
                "{names}.",
                Befell.NOT_RUN,
                index=index,
                name=name,
                names=", ".join(defined),
            )
        else:
            self.note(
                "Cell {index} was not run, as in a notebook: %%{name} is not known.",
                Befell.NOT_RUN,
                index=index,
                name=name,
            )

    def should_run_async(self, raw_cell: str, **keywords: Any) -> bool:
        text = keywords.get("transformed_cell")
        if text is not None and self.compile.compile(text):
            return False  # a plain cell awaits nothing
        return bool(super().should_run_async(raw_cell, **keywords))

    def transform_ast(self, node: Any) -> Any:
        if self.ast_transformers:
            self.compile.forget_codes()
        return super().transform_ast(node)

    # -- refused, or done in another way -----------------------------------------

    def showtraceback(self, *arguments: Any, **keywords: Any) -> None:
        pass  # the result has the exception; formatting it takes milliseconds

    showsyntaxerror = showindentationerror = showtraceback

    def _tee(self, *arguments: Any, **keywords: Any) -> AbstractContextManager[None]:
        return nullcontext()  # IPython's would copy all output into a history in memory

    def system(self, cmd: str) -> None:
        out, self.user_ns["_exit_code"] = self.terminal.line(self.var_expand(cmd, depth=1))
        print(out, end="")

    system_piped = system_raw = system

    def getoutput(self, cmd: str, split: bool = True, depth: int = 0) -> Any:
        out, _ = self.terminal.line(self.var_expand(cmd, depth=depth + 1))
        return SList(out.splitlines()) if split else LSString(out)

    @property
    def parent_header(self) -> dict[str, Any]:
        """The message that asked for this cell, as a kernel's shell has it."""
        return self.get_parent()

    def get_parent(self) -> dict[str, Any]:
        """Return the message that asked for this cell."""
        return dict(self.kernel.get_parent())

    def ask_exit(self) -> None:
        self.note("exit() and quit() are passed over while grading.")

    def ask_yes_no(self, prompt: str, default: str | None = None, interrupt: Any = None) -> bool:
        return default == "y"

    def set_next_input(self, s: str, replace: bool = False) -> None:
        """Do nothing: there is no front end to which the next cell could be offered."""

    def magic(self, line: str) -> Any:
        """Run a magic, by the method that notebooks exported by old versions call."""
        name, _, rest = line.strip().lstrip("%").partition(" ")
        return self.run_line_magic(name, rest.strip())

    def run_line_magic(self, magic_name: str, line: str, _stack_depth: int = 1) -> Any:
        if self._is_students(magic_name, "line"):
            return super().run_line_magic(magic_name, line, _stack_depth + 1)
        if magic_name in ("sx", "system"):
            return self.getoutput(line, depth=_stack_depth)
        if magic_name in ("load_ext", "reload_ext"):
            return self._load_extension(line.strip())
        if magic_name == "autoreload":
            self.reloads = line.strip() not in ("0", "off")
            return None
        if magic_name == "aimport":
            return magics.import_each(line, self.user_ns, f"<cell {self.compile.number}>")
        if magic_name == "store":
            return magics.store(line, self.db, self.user_ns, self.note)
        if magic_name in _HARMLESS:
            return None
        if magic_name == "pylab":
            return import_pylab(self.user_ns, "--no-import-all" not in line)
        if magic_name in magics.REFUSED:
            self.note(
                "%{name} was not run: nothing is installed, and no command run, while grading.",
                name=magic_name,
            )
            return None
        if self.find_line_magic(magic_name) is None:
            other = magic_name.removeprefix("%")
            if other != magic_name and self.find_cell_magic(other) is not None:
                self.note(
                    "%%{name} does something only in a cell's first line; it was passed over.",
                    name=other,
                )
            else:
                self.note("%{name} is not known here and was passed over.", name=magic_name)
            return None
        if magic_name == "timeit":
            line = _once(line)
        return super().run_line_magic(magic_name, line, _stack_depth + 1)

    def run_cell_magic(self, magic_name: str, line: str, cell: str) -> Any:
        if self._is_students(magic_name, "cell"):
            return super().run_cell_magic(magic_name, line, cell)
        if magic_name in ("sx", "system", "!"):
            return self.getoutput(f"{line}\n{cell}", depth=1)
        if magic_name in magics.REFUSED:
            return self._run_shell(magic_name, self.var_expand(line, depth=1), cell)
        if magic_name in magics.PLAIN or self.find_cell_magic(magic_name) is None:
            # Called by name, as in scripts that were exported from a notebook.
            cell, _ = self.without_cell_magic(f"%%{magic_name} {line}\n{cell}")
            return self.run_cell(cell, store_history=False).raise_error()
        if magic_name == "timeit":
            line = _once(line)
        if magic_name in ("writefile", "file"):
            self._make_folder(self.var_expand(line, depth=1))
        try:
            return super().run_cell_magic(magic_name, line, cell)
        finally:
            # Else a file just written may not be found as a module.
            importlib.invalidate_caches()

    def _run_shell(self, name: str, line: str, cell: str) -> None:
        done = self.terminal.cell(name, line, cell)
        if done is None and name in ("script", "python", "python2", "python3", "pypy"):
            words = [word for word in line.split() if not word.startswith("-")]
            self.terminal.note_cell(name, words[0] if name == "script" and words else name)
        elif done is None:
            self.note("%%{name}: this cell was not run, it is no Python.", name=name)
        else:
            print(done[0], end="")
            self.user_ns.update(done[1])

    def _is_students(self, name: str, kind: str) -> bool:
        """Whether a magic is not IPython's own, but was registered by a cell or its imports."""
        magic = self.magics_manager.magics[kind].get(name)
        module = getattr(magic, "__module__", None) or ""
        return magic is not None and module.partition(".")[0] != "IPython"

    def _make_folder(self, line: str) -> None:
        """Make the folder of the file that ``%%writefile`` writes."""
        words = line.split()
        folder = os.path.dirname(os.path.expanduser(words[-1].strip("'\""))) if words else ""
        with suppress(OSError):  # also if there is no folder
            os.makedirs(folder, exist_ok=True)

    def _load_extension(self, name: str) -> None:
        """Load an extension if it was handed in; installed ones are ignored."""
        spec = None
        with suppress(ImportError, ValueError):
            spec = importlib.util.find_spec(name) if name else None
        if spec is not None and self.is_student(spec.origin or ""):
            self.extension_manager.load_extension(name)


def _once(line: str) -> str:
    """Return ``%timeit``'s arguments for one run: thousands would use up the cell's time."""
    return "-n 1 -r 1 " + _REPEATS.sub("", line)


# Notebooks ask for the name to learn where they run.
StudentShell.__name__ = StudentShell.__qualname__ = "ZMQInteractiveShell"
StudentShell.__module__ = "ipykernel.zmqshell"
