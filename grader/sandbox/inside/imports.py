"""How modules are found and completed, so that an import gives what it gives in a notebook.

``Imports`` keeps the standard library before the working folder, where a notebook has it,
and lets a module be completed as soon as it was imported: what few notebooks ask for costs
the others nothing.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import sys
import types
from collections.abc import Callable, Mapping, Sequence
from typing import Any


class Imports(importlib.abc.MetaPathFinder):
    """``after`` says what is done to a module, by its name, once it was imported."""

    def __init__(self, after: Mapping[str, Callable[[Any], None]]) -> None:
        self._after = after

    def install(self) -> None:
        """Be asked first from now on; what is imported already is completed at once."""
        for name, complete in self._after.items():
            if name in sys.modules:
                complete(sys.modules[name])
        sys.meta_path.insert(0, self)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """The spec of a module of the standard library, or of one to be completed."""
        if path is not None:
            return None
        spec = None
        if fullname in sys.stdlib_module_names:
            # A helper file that is called random.py hides nothing, as in a notebook.
            folders = [entry for entry in sys.path if entry]
            spec = importlib.machinery.PathFinder.find_spec(fullname, folders)
        elif fullname in self._after:
            spec = importlib.machinery.PathFinder.find_spec(fullname)
        if spec is not None and fullname in self._after and spec.loader is not None:
            _then(spec.loader, self._after[fullname])
        return spec


def _then(loader: Any, complete: Callable[[Any], None]) -> None:
    execute = loader.exec_module

    def exec_module(module: types.ModuleType) -> None:
        execute(module)
        complete(module)

    loader.exec_module = exec_module
