"""Keeps the definitions of modules handed in whose demos run into the time limit.

A kernel would wait for the end of the demo.  Here only definitions are run below the line that
was interrupted, as in a cell, and the import succeeds; the cell still counts as one that ran
into the limit.
"""

from __future__ import annotations

import ast
import importlib.machinery
import importlib.util
import re
import traceback
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from types import ModuleType
from typing import Any, Final

from grader.sandbox.wire.bounds import MODULE_SECONDS

from .definitions import NAMED, UNPARSED, Definitions
from .limits import Alarm, TimeLimit
from .rewriting import rewritten

_WORD: Final = re.compile(r"[^\W\d]\w*")


@dataclass(eq=False)
class Partial:
    """Completes modules.  Words of the notebook's ``cells`` are names that a module must define."""

    alarm: Alarm
    is_student: Callable[[str], bool]
    cells: Iterable[str]

    def install(self) -> None:
        """From now on, complete each Python file of the submission that is imported."""
        loader: Any = importlib.machinery.SourceFileLoader
        plain = loader.exec_module

        def exec_module(this: Any, module: ModuleType) -> None:
            try:
                plain(this, module)
            except TimeLimit as limit:
                if not self.is_student(this.path):
                    raise
                source = importlib.util.decode_source(this.get_data(this.path))
                tree = rewritten(ast.parse(source, this.path), source)
                self.complete(vars(module), [(this.path, tree)], limit)

        loader.exec_module = exec_module

    def complete(
        self, namespace: dict[str, Any], rest: list[tuple[str, ast.Module]], limit: TimeLimit
    ) -> None:
        """Run the definitions in the ``rest`` of a module, parts of (file name, tree).

        ``limit`` interrupted the first part.
        """
        frames = traceback.walk_tb(limit.__traceback__)
        name = rest[0][0]
        line = next((n for frame, n in frames if frame.f_code.co_filename == name), 0)
        wanted = {word for cell in self.cells for word in _WORD.findall(cell)}
        wanted |= {node.name for _, tree in rest for node in tree.body if isinstance(node, NAMED)}
        end = monotonic() + MODULE_SECONDS
        with suppress(*UNPARSED):  # of an expression that is nested too deeply
            definitions = Definitions([tree for _, tree in rest], wanted, reaching=False)
            for name, tree in rest:
                for node in definitions.within(tree, after=line):
                    # As in a cell, later statements may work even if one fails.
                    with suppress(BaseException), self.alarm.instead((end - monotonic()) / 2):
                        code = compile(ast.Module([node], []), name, "exec", dont_inherit=True)
                        exec(code, namespace)
                line = 0
        self.alarm.cut = limit
        self.alarm.pause()
