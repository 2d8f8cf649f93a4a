"""Finds modules in a notebook's order, and changes some as soon as they are imported.

``Imports`` keeps the standard library before the working folder, as in a notebook.  Modules
that few notebooks import are adapted only when they are imported.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import sys
import types
from collections.abc import Callable, Mapping, Sequence
from typing import Any


class Imports(importlib.abc.MetaPathFinder):
    """``after`` maps a module's name to a function that is called with the imported module."""

    def __init__(self, after: Mapping[str, Callable[[Any], None]]) -> None:
        self._after = after

    def install(self) -> None:
        """Be asked first from now on; complete modules that are already imported."""
        for name, complete in self._after.items():
            if name in sys.modules:
                complete(sys.modules[name])
        sys.meta_path.insert(0, self)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Return the spec of a module of the standard library, or of one to be completed."""
        if path is not None:
            return None
        spec = None
        if fullname in sys.stdlib_module_names:
            # As in a notebook, a file random.py of the student does not hide the module.
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
