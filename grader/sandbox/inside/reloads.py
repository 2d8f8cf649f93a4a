"""``%autoreload``: reloads a helper module that a cell has rewritten, before the next cell."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable
from typing import Any

from IPython.extensions.autoreload import superreload


class Reloads:
    """Reloads only modules whose files were handed in or written by a cell."""

    def __init__(self, is_student: Callable[[str], bool]) -> None:
        self._is_student = is_student
        self._seen: dict[str, bytes] = {}
        self._old: dict[tuple[str, str], Any] = {}

    def check(self) -> None:
        """Reload the modules whose files changed since the last call."""
        for name, module in list(sys.modules.items()):
            path = vars(module).get("__file__") if hasattr(module, "__dict__") else None
            if not isinstance(path, str) or not self._is_student(path):
                continue
            try:
                with open(path, "rb") as file:
                    now = hashlib.blake2b(file.read()).digest()
            except OSError:
                continue
            if self._seen.setdefault(name, now) != now:
                self._seen[name] = now
                try:
                    superreload(module, old_objects=self._old)
                except Exception as error:
                    print(f"[autoreload of {name} failed: {error}]")
