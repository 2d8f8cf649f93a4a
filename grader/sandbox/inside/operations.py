"""The operations on a student's names and objects: a function for each of OPERATIONS."""

from __future__ import annotations

import operator
import random
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy import memmap

from grader.sandbox.wire.arrays import ACTIONS
from grader.sandbox.wire.protocol import OPERATIONS

from .absent import Absent
from .examples import Examples
from .shell import Shell
from .standins import Note


class Names:
    """The names of a notebook that has run, for the judge to look at and to set."""

    def __init__(self, shell: Shell, absent: Absent) -> None:
        self._shell, self._absent = shell, absent
        self._namespace = shell.namespace
        self.examples = Examples(shell)

    def lookup(self, name: str, mark: str = "") -> Any:
        """Return the value of a name, now or at a mark; raises NameError."""
        names = self.examples.names.get(mark, self._namespace)
        if name not in names:
            raise NameError(f"name {name!r} is not defined")
        return names[name]

    def defined(self) -> tuple[list[str], list[Any], dict[str, Note]]:
        """Return all names, the notes since the last message, and a note for each missing name.

        The latter are required names that a missing module should have defined.
        """
        lacking = self._shell.put_back()
        note = self._absent.starred()
        if note is not None:
            never = [name for name in self._shell.ip.required if name not in self._namespace]
            lacking = dict.fromkeys(never, note) | lacking
        names = [
            name for name in self._namespace if isinstance(name, str) and not name.startswith("_")
        ]
        return names, self._shell.ip.take_notes(), lacking

    def seed(self, value: int, variable: str) -> None:
        """Set a variable to the seed, or seed the global generators if none is named."""
        if variable:
            self._namespace[variable] = value
        else:
            np.random.seed(value)
            random.seed(value)


def table(shell: Shell, absent: Absent) -> dict[str, Callable[..., Any]]:
    """Return the function of each operation, by its name."""
    names = Names(shell, absent)
    found: dict[str, Callable[..., Any]] = {
        "lookup": names.lookup,
        "defined": names.defined,
        "define": shell.namespace.__setitem__,
        "undefine": shell.namespace.__delitem__,
        "call": lambda target, /, *arguments, **keywords: target(*arguments, **keywords),
        "method": lambda target, name, /, *arguments, **keywords: getattr(target, name)(
            *arguments, **keywords
        ),
        "calls": _calls,
        "examples": names.examples.run,
        "mark": names.examples.mark,
        "seed": names.seed,
        "array": np.asarray,
        "contains": operator.contains,
        "getitem": operator.getitem,
        "setitem": operator.setitem,
        "delitem": operator.delitem,
        **ACTIONS,
    }
    for each in (
        getattr, setattr, delattr, len, iter, next, isinstance,
        bool, int, float, complex, str, repr,
    ):  # fmt: skip
        found[each.__name__] = each
    assert found.keys() == OPERATIONS
    return found


def _calls(target: Any, several: list[tuple[Any, ...]], name: str | None = None) -> list[Any]:
    """Call an object, or its method of this name, once for each tuple of arguments."""
    function = target if name is None else getattr(target, name)
    results = (function(*arguments) for arguments in several)
    # An array that is mapped to a file is copied: the next call may overwrite it.
    return [np.array(value) if type(value) is memmap else value for value in results]
