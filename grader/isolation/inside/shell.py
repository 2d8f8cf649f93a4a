"""A real IPython shell that runs a student's cells: no kernel, no terminal, no history.

``Shell.run`` gives a cell's error, the student's own traceback lines, its output
and notes.  Shell commands, installs and the network are refused with a note; the
rest of the cell goes on.
"""

from __future__ import annotations

import ast
import builtins
import importlib
import io
import linecache
import re
import socket
import sys
import traceback
from collections.abc import Iterable
from typing import Any, Final

import matplotlib
import matplotlib.pyplot as plt
from IPython.core.compilerop import CachingCompiler
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from .limits import Alarm, TimeLimit

_REFUSED: Final = frozenset(
    "pip conda mamba micromamba uv bash sh script system sx cmd ruby perl pypy python python2 "
    "python3 js javascript html svg latex markdown".split()
)
_OFTEN_IMPORTED: Final = (
    "numpy.random", "numpy.linalg", "numpy.fft", "numpy.testing", "IPython.display", "copy",
    "dataclasses", "itertools", "functools", "json", "logging", "math", "random", "secrets",
    "mpl_toolkits.axes_grid1", "mpl_toolkits.mplot3d",
)  # fmt: skip
_HARMLESS: Final = frozenset("matplotlib config load_ext reload_ext autoreload pylab gui".split())
_CELL_FILE: Final = re.compile(r"<cell (\d+)>")
_DEFINING: Final = (
    ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef,
)  # fmt: skip
MAX_TRACEBACK: Final = 4000


class _Compiler(CachingCompiler):  # type: ignore[misc]
    """Names each cell's code ``<cell N>``, so that tracebacks can say which one."""

    number = 0

    def get_code_name(self, raw_code: str, transformed_code: str, number: int) -> str:
        return f"<cell {self.number}>"


class _StudentShell(InteractiveShell):  # type: ignore[misc]
    """IPython without what would reach outside, or take long to print nothing."""

    notes: list[str]

    def showtraceback(self, *arguments: Any, **keywords: Any) -> None:
        pass  # the result holds the exception; colouring it costs milliseconds

    showsyntaxerror = showindentationerror = showtraceback

    def system(self, cmd: str) -> None:
        self.note(f"The shell command !{cmd.strip()[:60]} was not run: none is while grading.")

    system_piped = system_raw = system

    def ask_exit(self) -> None:
        self.note("exit() and quit() are passed over while grading.")

    def getoutput(self, cmd: str, split: bool = True, depth: int = 0) -> Any:
        self.system(cmd)
        return [] if split else ""

    def run_line_magic(self, magic_name: str, line: str, _stack_depth: int = 1) -> Any:
        if magic_name in _HARMLESS:
            return None
        if magic_name in _REFUSED:
            self.note(f"%{magic_name} was not run: installs and commands are not while grading.")
            return None
        if self.find_line_magic(magic_name) is None:
            self.note(f"%{magic_name} is not known here and was passed over.")
            return None
        return super().run_line_magic(magic_name, line, _stack_depth + 1)

    def run_cell_magic(self, magic_name: str, line: str, cell: str) -> Any:
        if magic_name in _REFUSED:
            self.note(f"%%{magic_name}: this cell was not run, it is no Python.")
            return None
        if self.find_cell_magic(magic_name) is None:
            self.note(f"%%{magic_name} is not known here; the cell was run without it.")
            self.run_cell(cell, store_history=False).raise_error()
            return None
        return super().run_cell_magic(magic_name, line, cell)

    def note(self, text: str) -> None:
        if text not in self.notes and len(self.notes) < 50:
            self.notes.append(text)


class Output(io.TextIOBase):
    """Takes what a student prints and keeps the first ``limit`` characters of it."""

    encoding = "utf-8"

    def __init__(self, limit: int) -> None:
        self._left = limit
        self._parts: list[str] = []
        self.cut = False
        self.buffer = _Bytes(self)

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        if self._left > 0:
            kept = str.__str__(text)[: self._left]
            self._parts.append(kept)
            self._left -= max(len(kept), 1)
        elif text:
            self.cut = True
        return len(text)

    def take(self) -> str:
        """What was printed since the last call."""
        text = "".join(self._parts)
        self._parts.clear()
        return text

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return 1


class _Bytes(io.RawIOBase):
    def __init__(self, output: Output) -> None:
        self._output = output

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        return self._output.write(bytes(data).decode("utf-8", "replace"))


class Shell:
    """Runs cells.  Made and warmed in the zygote; each worker has its own copy of it."""

    def __init__(self) -> None:
        config = Config()
        config.HistoryManager.enabled = False
        config.InteractiveShell.colors = "NoColor" if _old_colors() else "nocolor"
        config.InteractiveShell.cache_size = 0
        self.ip = _StudentShell.instance(config=config)
        self.ip.compile = _Compiler()
        self.ip.notes = []
        self.ip.display_formatter.active_types = ["text/plain"]
        self.namespace: dict[str, Any] = self.ip.user_ns
        self.output = Output(0)
        self.alarm = Alarm()
        self._callables: dict[str, Any] = {}
        self._required: tuple[str, ...] = ()

    def prepare(self, *, required: Iterable[str], output_bytes: int) -> None:
        """Redirect what the student prints and reads; remember which names are asked for."""
        self._required = tuple(required)
        self.output = Output(output_bytes)
        sys.stdout = sys.stderr = self.output
        sys.stdin = io.StringIO()
        builtins.input = lambda prompt="", /: ""
        sys.addaudithook(self._audit)
        self.alarm.start()

    def note(self, text: str) -> None:
        """Add a note to the student's page; the same one only once."""
        self.ip.note(text)

    def is_student(self, filename: str) -> bool:
        """Whether code of this file name was handed in."""
        return _CELL_FILE.fullmatch(filename) is not None or filename.startswith("/scratch/")

    def run(self, index: int, source: str, seconds: float) -> tuple[BaseException | None, str]:
        """Run one cell; gives its exception, if any, and the cell's output."""
        self.ip.compile.number = index
        error: BaseException | None
        try:
            with self.alarm.limit(seconds):
                result = self.ip.run_cell(source, store_history=False)
            error = result.error_before_exec or result.error_in_exec
        except BaseException as escaped:
            error = escaped
        if error is not None and self._run_rest(index, source, error, seconds):
            self.note(
                f"Cell {index} stopped at an error; the imports and definitions after it "
                "were still run."
            )
        return error, self._end_cell(index, source)

    def run_definitions(
        self, index: int, source: str, seconds: float
    ) -> tuple[BaseException | None, str]:
        """Run only the imports, functions and classes of a cell; no error of theirs counts."""
        self._run_definitions(index, source, 0, seconds)
        self.note(f"Of cell {index} only the imports and definitions were run.")
        return None, self._end_cell(index, source)

    def _end_cell(self, index: int, source: str) -> str:
        try:
            # As a notebook does after each cell; figures would pile up otherwise.
            plt.close("all")
            self._remember_callables(source, index)
        except BaseException:
            pass  # the student may have rebound whatever this needs
        return self.output.take()

    def _run_rest(self, index: int, source: str, error: BaseException, seconds: float) -> bool:
        """After an error, still run the imports and definitions that follow it in the cell."""
        name = f"<cell {index}>"
        frames = traceback.walk_tb(error.__traceback__)
        line = next((n for frame, n in frames if frame.f_code.co_filename == name), None)
        return line is not None and self._run_definitions(index, source, line, seconds)

    def _run_definitions(self, index: int, source: str, after: int, seconds: float) -> bool:
        """Run the imports and definitions below line ``after``; whether there were any."""
        name = f"<cell {index}>"
        try:
            tree = ast.parse(self.ip.transform_cell(source), name)
        except (SyntaxError, ValueError):
            return False
        nodes = [node for node in tree.body if node.lineno > after and isinstance(node, _DEFINING)]
        for node in nodes:
            try:
                with self.alarm.limit(seconds):
                    exec(compile(ast.Module([node], []), name, "exec"), self.namespace)
            except BaseException:
                continue
        return bool(nodes)

    def _remember_callables(self, source: str, index: int) -> None:
        for name in self._required:
            value = self.namespace.get(name)
            if callable(value):
                self._callables[name] = value
            elif name in self.namespace and re.search(rf"\b(def|class)\s+{name}\b", source):
                self._redefine(name, source, index)

    def _redefine(self, name: str, source: str, index: int) -> None:
        """A cell defined ``name`` and then overwrote it: run the definition once more, aside."""
        tree = ast.parse(self.ip.transform_cell(source), f"<cell {index}>")
        nodes = [
            node
            for node in tree.body
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == name
        ]
        overwritten = self.namespace[name]
        for node in nodes[-1:]:
            exec(compile(ast.Module([node], []), f"<cell {index}>", "exec"), self.namespace)
            self._callables[name] = self.namespace[name]
        self.namespace[name] = overwritten

    def put_back(self) -> None:
        """Give required names that a later line overwrote by a value their last callable back."""
        for name, value in self._callables.items():
            if name in self.namespace and not callable(self.namespace[name]):
                self.namespace[name] = value
                self.note(
                    f"The name {name} was overwritten by something that cannot be called; "
                    "its last definition was graded."
                )

    def traceback(self, error: BaseException) -> str:
        """The student's own lines of the error's traceback, as text."""
        lines = []
        for frame in traceback.extract_tb(error.__traceback__):
            cell = _CELL_FILE.fullmatch(frame.filename)
            if cell or self.is_student(frame.filename):
                where = f"cell {cell[1]}" if cell else frame.filename.removeprefix("/scratch/")
                code = linecache.getline(frame.filename, frame.lineno or 0).strip()
                lines.append(f"{where}, line {frame.lineno}, in {frame.name}\n    {code}")
        if isinstance(error, SyntaxError) and not isinstance(error, TimeLimit):
            lines.append(f"line {error.lineno}\n    {(error.text or '').strip()}")
        text = "\n".join(lines)
        half = MAX_TRACEBACK // 2
        return text if len(text) <= MAX_TRACEBACK else f"{text[:half]}\n...\n{text[-half:]}"

    def _audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        # A courtesy, not a wall (the network namespace is): fails at once, and says so.
        if event == "socket.getaddrinfo":
            self.note("The network was asked for; there is none while grading.")
            raise socket.gaierror(socket.EAI_AGAIN, "no network while grading")
        if event == "socket.connect" and arguments and isinstance(arguments[-1], tuple):
            self.note("The network was asked for; there is none while grading.")
            raise OSError(101, "no network while grading")


def _old_colors() -> bool:
    from IPython import version_info

    return bool(version_info[0] < 9)


def warm() -> Shell:
    """A shell that has run a cell and drawn a figure, so that workers need not do it first."""
    matplotlib.use("Agg")
    plt.show = lambda *arguments, **keywords: plt.close("all")
    shell = Shell()
    for module in _OFTEN_IMPORTED:
        importlib.import_module(module)
    shell.ip.run_cell("pass", store_history=False)
    shell.ip.run_cell("def f(x):\n    return x\nf(1);\n%matplotlib inline", store_history=False)
    shell.namespace.pop("f", None)
    figure, axes = plt.subplots()
    axes.plot([1, 2], [1, 2], label="warm")
    axes.set_title("warm $x_1$")
    axes.legend()
    figure.canvas.draw()
    plt.close("all")
    return shell
