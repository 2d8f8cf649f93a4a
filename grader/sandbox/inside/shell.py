"""Runs a student's cells in an IPython shell without kernel, terminal or history on disk.

What a notebook may ask for and is not there is handled in ``notebook`` (IPython's own
syntax) and ``lenient`` (screen, keyboard, network).
"""

from __future__ import annotations

import ast
import builtins
import importlib
import io
import linecache
import os
import re
import sys
import traceback
from collections.abc import Callable, Iterable
from contextlib import suppress
from time import monotonic
from typing import Any, Final

import matplotlib.pyplot as plt
from IPython import version_info
from IPython.utils.capture import CapturedIO
from traitlets.config import Config

from grader.sandbox.wire.bounds import MAX_TRACEBACK_CHARACTERS
from grader.sandbox.wire.protocol import Befell, Prepare

from . import jupyter, rewriting
from .definitions import UNPARSED, Definitions
from .figures import Figures
from .imports import Imports
from .lenient import listen, soften
from .limits import Alarm, TimeLimit
from .notebook import StudentShell
from .output import Output, sendable
from .plain import Compiler, Transformers
from .smuggling import as_imports
from .standins import Note, StandIn
from .terminal import Terminal
from .tree import Tree

_OFTEN_IMPORTED: Final = (
    "numpy.random", "numpy.linalg", "numpy.fft", "numpy.testing", "IPython.display", "copy",
    "dataclasses", "itertools", "functools", "json", "logging", "math", "random", "secrets",
    "mpl_toolkits.axes_grid1", "mpl_toolkits.mplot3d",
)  # fmt: skip
#: Errors of cells that were written for a newer Python.
_OF_OTHER_PYTHONS: Final = (SyntaxError, ImportError)
#: How the file names of the notebook's own code begin.
_STUDENT_FILES: Final = ("<cell ", "<timed ", "<magic-timeit")
_CELL_FILE: Final = re.compile(r"<cell (\d+)>")
_CELL_MAGICS: Final = re.compile(r"(?:\s*%%\w[^\n]*\n)+")
_NUMBER: Final = (type(None), int, bool)


class Shell:
    """Runs cells.  Made and warmed in the warm interpreter; each worker has a copy of it."""

    def __init__(self) -> None:
        config = Config()
        config.HistoryManager.enabled = False
        config.IPKernelApp.connection_file = jupyter.CONNECTION  # as in a kernel's
        config.InteractiveShell.colors = "NoColor" if version_info[0] < 9 else "nocolor"
        self.ip = StudentShell.instance(config=config)
        self.ip.compile = Compiler()
        self.ip.input_transformer_manager = Transformers(self.ip.compile, as_imports)
        self.ip.notes = []
        self.ip.befell = set()
        self.note = self.ip.note
        self.ip.terminal = Terminal(self.note)
        self.ip.kernel = jupyter.Kernel(self.ip, self.note)
        self.ip.is_student = self.is_student
        jupyter.install(self.ip, Output)
        self.ip.displayhook.write_output_prompt = lambda: None
        self.ip.db = {}  # where %cd and others keep values; on disk in a notebook
        self.ip.display_formatter.active_types = ["text/plain"]
        self.namespace: dict[str, Any] = self.ip.user_ns
        self.output = Output(0)
        self.alarm = Alarm()
        self.figures = Figures()
        self._callables: dict[str, Any] = {}
        self._required: tuple[str, ...] = ()
        self._cells: list[str] = []
        self._definitions: dict[bool, Definitions] = {}  # made when they are first needed
        self._top = "/"
        self._student_files: tuple[str, ...] = _STUDENT_FILES
        self.imports = Imports({"asyncio": self._one_loop, "joblib": _joblib})
        self._loop: Any = None
        self._reloads: Any = None
        self._builtins = {k: v for k, v in vars(builtins).items() if callable(v)}

    def prepare(self, asked: Prepare, cells: list[str], tree: Tree) -> None:
        """Get ready to run a notebook of these ``cells``, whose files are in ``tree``."""
        self._required = self.ip.required = tuple(asked.names)
        self._cells = cells
        self._top = tree.top + "/"
        private = os.path.dirname(tree.top)
        # /tmp may be another name of one of the submission's own folders.
        own = (private, "/tmp") if os.path.realpath("/tmp") == f"{private}/tmp" else (private,)
        self.ip.terminal.own = own
        self._student_files = (*_STUDENT_FILES, *(folder + "/" for folder in own))
        self.output = Output(asked.output_bytes)
        sys.stdout = sys.stderr = self.output
        # Scripts look for files beside them.  (Among the builtins, as a notebook has no file.)
        vars(builtins)["__file__"] = tree.home + "/notebook.py"
        rewriting.install(is_student=self.is_student, note=self.note)
        listen(self.note, is_student=self.is_student)
        visited = self.ip.history_manager.dir_hist  # for "%cd -"
        visited[:] = [type(one)(os.getcwd()) for one in visited[:1]]
        self.alarm.start()

    def is_student(self, filename: str) -> bool:
        """Whether code with this file name is the student's."""
        return filename.startswith(self._student_files)

    def run(self, index: int, source: str, seconds: float) -> tuple[BaseException | None, str]:
        """Run one cell; return its exception, if any, and its output."""
        self.ip.compile.number = index
        source, kept = self.ip.without_cell_magic(source)
        self.ip.count(source)
        if jupyter.asks_for_file(source):
            vars(builtins).pop("__file__", None)
        error: BaseException | None
        end = monotonic() + seconds
        try:
            with self.alarm.limit(seconds):
                result = self.ip.run_cell(source, store_history=False)
                self._settle()
            error = result.error_before_exec or result.error_in_exec or self.alarm.cut
        except BaseException as escaped:
            error = escaped
        if error is not None:
            error = self._after_error(index, source, error, end - monotonic())
        elif self.alarm.has_rung:
            self.note("Cell {index} was interrupted at its limit of time.", index=index)
        return error, self._end_cell(source, kept)

    def befell(self, error: BaseException | None) -> list[Befell]:
        """Return what befell the last cell, which ended with this error, and forget it."""
        found = set(self.ip.befell)
        self.ip.befell.clear()
        if type(error) in _OF_OTHER_PYTHONS:
            found.add(Befell.OTHER_PYTHON)
        return sorted(found)

    def _settle(self) -> None:
        """Do what a notebook does between two cells: continue tasks, reload changed modules."""
        if self._loop is not None:
            self._loop.settle()
        if self.ip.reloads:
            if self._reloads is None:
                from .reloads import Reloads

                self._reloads = Reloads(self.is_student)
            self._reloads.check()

    def _one_loop(self, asyncio: Any) -> None:
        """Give asyncio one loop for all cells."""
        from .loop import OneLoop

        self._loop = OneLoop(asyncio)
        self.ip.loop_runner = self._loop.run

    def _after_error(
        self, index: int, source: str, error: BaseException, seconds: float
    ) -> BaseException | None:
        """Run the imports and definitions below the error; return it, or None if it is none."""
        name = self.ip.compile.name
        frames = traceback.walk_tb(error.__traceback__)
        line = next((n for frame, n in frames if frame.f_code.co_filename == name), None)
        rest = line is not None and self._run_definitions(source, line, seconds)
        is_exit = type(error) is SystemExit and type(error.code) in _NUMBER and not error.code
        if is_exit and rest:
            self.note(
                "sys.exit() ended cell {index}; the imports and definitions after it were "
                "still run.",
                index=index,
            )
        elif is_exit:
            self.note("sys.exit() ended cell {index}.", index=index)
        elif rest:
            self.note(
                "Cell {index} stopped at an error; the imports and definitions after it were "
                "still run.",
                index=index,
            )
        return None if is_exit else error

    def run_definitions(
        self, index: int, source: str, seconds: float, *, reaching: bool = True
    ) -> tuple[BaseException | None, str]:
        """Run only what defines something in a cell (see ``Definitions``).

        Return an error of syntax, if any, and the output.  Other errors do not count: they may
        come from what was left out.
        """
        self.ip.compile.number = index
        source, _ = self.ip.without_cell_magic(source)
        error: BaseException | None = None
        try:
            transformed = self.ip.transform_cell(source)
            ast.parse(transformed, f"<cell {index}>")
            self.ip.compile.cache(transformed, index, source)
            self._run_definitions(source, 0, seconds, reaching=reaching)
        except UNPARSED as unparsed:
            error = unparsed
        return error, self._end_cell(source)

    def _end_cell(self, source: str, kept: str = "") -> str:
        """Tidy up after a cell and return its output, which is also bound to the name ``kept``."""
        self._mend()
        output = self.output.take()
        with suppress(BaseException):  # the student may have rebound whatever this needs
            # As a notebook does after each cell; figures would pile up otherwise.
            plt.close("all")
            self.figures.end_cell()
            self._remember_callables(source)
            if kept:
                self.namespace[kept] = CapturedIO(io.StringIO(output), None)
        if self.output.cut:
            self.note("More output was printed than is kept; the rest was cut.")
        return output

    def _mend(self) -> None:
        """Put back built-in functions and streams that a cell has broken for all later cells."""
        for name, value in self._builtins.items():
            if not callable(getattr(builtins, name, None)):
                setattr(builtins, name, value)
        for name in ("stdout", "stderr"):
            stream = getattr(sys, name, None)
            if stream is None or getattr(stream, "closed", False) is True:
                setattr(sys, name, self.output)

    def _run_definitions(
        self, source: str, after: int, seconds: float, *, reaching: bool = False
    ) -> bool:
        """Run what defines something below line ``after``; return whether there was anything.

        Each statement may take half of the time that is left, so that none takes all of it.
        """
        tree = self._parsed(source, self.ip.compile.name, parse=self.ip.compile.ast_parse)
        defining = self._defining(reaching=reaching)
        nodes = [] if tree is None else defining.within(tree, after=after)
        end = monotonic() + seconds
        for node in nodes:
            with suppress(BaseException), self.alarm.limit((end - monotonic()) / 2):
                if any(isinstance(part, ast.Await) for part in ast.walk(node)):
                    self.ip.run_cell(ast.unparse(node), store_history=False)
                else:
                    exec(self._compiled(node), self.namespace)
        return bool(nodes)

    def _defining(self, *, reaching: bool) -> Definitions:
        if reaching not in self._definitions:
            sources = (_CELL_MAGICS.sub("", cell) for cell in self._cells)
            trees = [tree for s in sources if (tree := self._parsed(s, "<cell>")) is not None]
            self._definitions[reaching] = Definitions(trees, self._required, reaching=reaching)
        return self._definitions[reaching]

    def _parsed(
        self, source: str, name: str, *, parse: Callable[..., Any] = ast.parse
    ) -> ast.Module | None:
        try:
            tree: ast.Module = parse(self.ip.transform_cell(source), name)
        except UNPARSED:
            return None
        return tree

    def _compiled(self, node: ast.stmt) -> Any:
        """Return a statement's code, under the ``__future__`` imports of the student's cells."""
        return self.ip.compile(ast.Module([node], []), self.ip.compile.name, "exec")

    def _remember_callables(self, source: str) -> None:
        for name in self._required:
            value = self.namespace.get(name)
            if _is_own_callable(value):
                self._callables[name] = value
            elif name in self.namespace and re.search(rf"\b(def|class)\s+{name}\b", source):
                self._redefine(name, source)

    def _redefine(self, name: str, source: str) -> None:
        """Remember what a cell defined as ``name`` before it overwrote it: define it once more."""
        tree = ast.parse(self.ip.transform_cell(source), self.ip.compile.name)
        nodes = [
            node
            for node in tree.body
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == name
        ]
        overwritten = self.namespace[name]
        for node in nodes[-1:]:
            exec(self._compiled(node), self.namespace)
            self._callables[name] = self.namespace[name]
        self.namespace[name] = overwritten

    def put_back(self) -> dict[str, Note]:
        """Bind required names to their last callable, if a later line made them something else.

        Return the required names that only a missing module could have defined, each with the
        note about it; they count as never defined.
        """
        lacking: dict[str, Note] = {}
        for name in self._required:
            value = self.namespace.get(name)
            if name not in self._callables and isinstance(value, StandIn):
                lacking[name] = value._origin.note
                del self.namespace[name]
        for name, value in self._callables.items():
            if name in self.namespace and not _is_own_callable(self.namespace[name]):
                self.namespace[name] = value
                self.note(
                    "The name {name} was overwritten by something that cannot be called; "
                    "its last definition was graded.",
                    name=name,
                )
        return lacking

    def traceback(self, error: BaseException) -> str:
        """Return the student's own lines of the error's traceback."""
        lines = []
        for frame in traceback.extract_tb(error.__traceback__):
            cell = _CELL_FILE.fullmatch(frame.filename)
            if cell or self.is_student(frame.filename):
                where = f"cell {cell[1]}" if cell else frame.filename.removeprefix(self._top)
                code = linecache.getline(frame.filename, frame.lineno or 0).strip()
                lines.append(f"{where}, line {frame.lineno}, in {frame.name}\n    {code}")
        if isinstance(error, SyntaxError) and not isinstance(error, TimeLimit):
            lines.append(f"line {error.lineno}\n    {(error.text or '').strip()}")
        text = sendable("\n".join(lines))
        if len(text) <= MAX_TRACEBACK_CHARACTERS:
            return text
        half = MAX_TRACEBACK_CHARACTERS // 2
        return f"{text[:half]}\n...\n{text[-half:]}"


def _joblib(module: Any) -> None:
    from .parallel import use_threads

    use_threads(module)


def _is_own_callable(value: object) -> bool:
    return callable(value) and not isinstance(value, StandIn)


def preload(modules: Iterable[str]) -> None:
    """Import ``modules``, except those that are not installed or fail."""
    for module in modules:
        with suppress(Exception):
            importlib.import_module(module)


def warm() -> Shell:
    """Return a shell that has run cells, whose first time is slow."""
    shell = Shell()
    soften(shell.note)
    shell.ip.terminal.install()
    shell.ip.display_pub.clear_output = lambda wait=False: shell.output.clear(wait)
    shell.ip.run_cell("pass", store_history=False)
    shell.ip.run_cell("def f(x):\n    return x\nf(1);\n%matplotlib inline", store_history=False)
    shell.namespace.pop("f", None)
    shell.figures.install()
    return shell


def warm_for_many() -> None:
    """Import what notebooks often import, and draw what makes matplotlib read its fonts."""
    for module in _OFTEN_IMPORTED:
        importlib.import_module(module)
    figure, axes = plt.subplots()
    axes.plot([1, 2], [1, 2], label="warm")
    axes.set_title("warm $x_1$")
    axes.legend()
    figure.canvas.draw()
    plt.close("all")
